"""`spcse-ml predict`: one recipe by flags, or many by a CSV file."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from spcse_ml.literature.schema import Column, Formulation, columns

UNIT_ENDINGS = (
    "_percent", "_ms_cm", "_kcal_mol", "_um", "_ma_cm2", "_cm2", "_ohm", "_mpa", "_c", "_h",
)  # fmt: skip
"""A flag leaves the unit out of the column's name; its help tells it."""


def flag(name: str) -> str:
    """Return the flag of a column."""
    for ending in UNIT_ENDINGS:
        name = name.removesuffix(ending)
    return f"--{name.replace('_', '-')}"


def _metavar(column: Column) -> str:
    return column.unit.upper() if column.unit else "NUMBER" if column.is_number else "TEXT"


def _help(column: Column) -> str:
    allowed = f" ({column.allowed})" if column.allowed else ""
    meaning = column.meaning[:1].upper() + column.meaning[1:]
    return f"{meaning}{allowed}."


def flags_of(row: type[BaseModel]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds a flag for every column of a kind of row, read from its schema."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for one in reversed(columns(row).values()):
            command = click.option(flag(one.name), one.name, metavar=_metavar(one), help=_help(one))(command)
        return command

    return decorate


recipe_flags = flags_of(Formulation)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@recipe_flags
@click.option("--level", default=0.9, show_default=True, help="Level of the intervals; 29 papers allow at most 0.966.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the answers to this CSV file.")
@click.option(
    "--format", "style", type=click.Choice(["text", "csv", "json"]), help="Default: text for one, csv for many."
)
@click.option("--card", is_flag=True, help="Show the evidence: the nearest published membranes (JSON always has it).")
@click.option("--register", "is_registered", is_flag=True, help="Put it into the ledger, before the membrane exists.")
@click.option(
    "--strict", is_flag=True, help="Exit 3 if the model of the retention is not 'useful' or a recipe outside."
)
def predict(
    file: Path | None,
    level: float,
    out: Path | None,
    style: str | None,
    *,
    card: bool,
    is_registered: bool,
    strict: bool,
    **recipe: str | None,
) -> None:
    """Predict untested recipes: one by its flags, or every row of a CSV FILE.

    \b
    spcse-ml predict --sulfide Li6PS5Cl --binder PTFE --binder-wt 0.5 --method dry
    spcse-ml predict recipes.csv --out predictions.csv

    The columns of the FILE are named like the flags with their units: see `spcse-ml names columns`.
    """
    from spcse_ml.storage.store import store_folder
    from spcse_ml.workflows.ask import predict_file, predict_one

    given = {name: text for name, text in recipe.items() if text is not None}
    if (file is None) == (not given):
        raise click.UsageError("Give either a FILE or the flags of one recipe (at least --sulfide and --method).")
    if file is None:
        answers = predict_one(given, store=store_folder(), level=level)
        if out is not None:
            from spcse_ml.storage.store import write_whole

            write_whole(out, answers.to_csv())
    else:
        answers = predict_file(file, store=store_folder(), level=level, out=out)
    if out is None or style is not None:
        show(answers, style or ("text" if file is None or card else "csv"), level, card=card)
    warn(answers, is_file=file is not None)
    if is_registered:
        from spcse_ml.workflows.lab import foretell

        added = foretell(store_folder(), answers, level=level)
        click.echo(f"Registered: {', '.join(entry.name for entry in added)}; head {added[-1].digest}", err=True)
    table = answers.table
    if strict and ((table["retention_verdict"] != "useful") | (table["domain"] == "outside")).any():
        sys.exit(3)


def warn(answers: Any, *, is_file: bool) -> None:
    """Say on stderr which rules the recipes break, and what of them is not learnt from."""
    for rule, lines in answers.broken().items():
        which = f"line {', '.join(map(str, lines[:10]))}{' ...' if lines[10:] else ''}: " if is_file else ""
        click.echo(f"Warning: {which}{rule}", err=True)
    if any(recipe.lithium_salt for recipe in answers.recipes):
        click.echo("Note: a lithium salt is kept and not learnt from; too few published rows name one.", err=True)


def show(answers: Any, style: str, level: float, *, card: bool) -> None:
    """Print the answers."""
    if style == "csv":
        click.echo(answers.to_csv(), nl=False)
        return
    rows = answers.plain(level=level)
    if style == "json":
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    texts = [f"{_text(row, level)}\n{_evidence(row['card'])}" if card else _text(row, level) for row in rows]
    click.echo("\n\n".join(texts))


def _evidence(card: Mapping[str, Any]) -> str:
    lines = ["nearest published membranes, and what the model said of each while its paper was held out"]
    for near in card["nearest"]:
        apart = f"; differs in {', '.join(near['differs_in'])}" if near["differs_in"] else ""
        lines.append(f"  [{near['references']}] {near['recipe']} (distance {near['distance']:.2f}{apart})")
        said = f"{near['predicted']:.3g} ({near['low']:.3g} to {near['high']:.3g})"
        lines.append(f"      kept {near['observed']:.3g} %, predicted {said} %; {near['paper']}")
        lines += [f"      note: {near['note']}"] if near["note"] else []
    return "\n".join(lines)


def _text(row: Mapping[str, Any], level: float) -> str:
    reason = f" ({row['domain_reason']})" if row["domain_reason"] else ""
    lines = [
        f"verdict          recipe {row['domain']}{reason}; model {row['retention_verdict']}",
        f"retention σm/σp  {_percent(row)}",
    ]
    if row["domain"] == "outside":
        lines.insert(1, "                 the rows say nothing of such a recipe: do not rely on the number")
    if row["sigma_m_ms_cm"] is not None:
        lines.append(f"conductivity σm  {span(row, 'sigma_m{}_ms_cm')} mS/cm")
    if row["areal_resistance_ohm_cm2"] is not None:
        lines.append(f"areal resistance {span(row, 'areal_resistance{}_ohm_cm2')} Ω cm² at the thickness you plan")
    else:
        lines.append(f"thickness        {thickness(row)}")
    lines.append(f"answered by      {row['model']}; ranges are {100 * level:g}% intervals")
    return "\n".join(lines)


def _percent(row: Mapping[str, Any]) -> str:
    value, low, high = (row[f"retention{end}_percent"] for end in ("", "_low", "_high"))
    return f"{value:.0f} ({low:.0f} to {high:.0f}) %"


def thickness(row: Mapping[str, Any]) -> str:
    """Return the thickness of an answer in words, and what it is good for."""
    told = f"{span(row, 'thickness{}_um')} µm"
    if row["thickness_verdict"] != "no skill":
        return f"{told}; model {row['thickness_verdict']}"
    return f"{told}: no skill, you choose it; this is the median and the range of the rows"


def span(row: Mapping[str, Any], pattern: str) -> str:
    """Return a value of an answer with its interval; the pattern leaves a place for the ends of column names."""
    value, low, high = (row[pattern.format(end)] for end in ("", "_low", "_high"))
    most = "no limit" if high is None else f"{high:.3g}"
    return f"{value:.3g} ({low:.3g} to {most})"
