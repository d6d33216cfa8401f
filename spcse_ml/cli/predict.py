"""`spcse-ml predict`: one recipe by flags, or many by a CSV file."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from spcse_ml.cli.output import echo_file, echo_json
from spcse_ml.schema import Column, Formulation, columns


def _metavar(column: Column) -> str:
    return column.unit.replace("**2", "²") or ("NUMBER" if column.is_number else "TEXT")


def _help(column: Column) -> str:
    allowed = f" ({column.allowed})" if column.allowed else ""
    meaning = column.meaning[:1].upper() + column.meaning[1:]
    return f"{meaning}{allowed}."


def flags_of(row: type[BaseModel]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds a flag for every column of a kind of row, read from its schema."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for column in reversed(columns(row).values()):
            command = click.option(column.flag, column.name, metavar=_metavar(column), help=_help(column))(command)
        return command

    return decorate


recipe_flags = flags_of(Formulation)

USES = f"{__name__}.uses"
"""Under this name the context of `predict` holds what the options of other rooms do with its answers."""


def pairs(example: str, *, may_be_blank: bool = False) -> Callable[..., dict[str, str]]:
    """Return a callback that reads the pairs of an option as a mapping; what is not like the example is refused."""

    def read(_: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
        assignments = [tuple(part.strip() for part in text.partition("=")) for text in texts]
        for text, (name, sign, value) in zip(texts, assignments, strict=True):
            if not (name and sign and (value or may_be_blank)):
                msg = f"{text!r}: not {option.metavar}; write it as in {example}"
                raise click.BadParameter(msg)
        names = [name for name, *_ in assignments]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            msg = f"{', '.join(twice)}: given twice; leave one out"
            raise click.BadParameter(msg)
        return {name: value for name, _, value in assignments}

    return read


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@recipe_flags
@click.option(
    "--level",
    default=0.9,
    show_default=True,
    help="Level of the prediction intervals.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the answers to this CSV file.")
@click.option(
    "--format", "style", type=click.Choice(["text", "csv", "json"]), help="Default: text for one, csv for many."
)
@click.option("--card", is_flag=True, help="Show the evidence: the nearest published membranes (JSON always has it).")
@click.option(
    "--strict", is_flag=True, help="Exit 3 if the retention model is not 'useful' or a recipe is outside the domain."
)
def predict(
    file: Path | None,
    level: float,
    out: Path | None,
    style: str | None,
    *,
    card: bool,
    strict: bool,
    **recipe: str | None,
) -> None:
    """Predict untested recipes: one by its flags, or every row of a CSV FILE.

    \b
    spcse-ml predict --sulfide Li6PS5Cl --binder PTFE --binder-wt 0.5 --method dry
    spcse-ml predict recipes.csv --out predictions.csv

    The columns of the FILE are named like the flags with their units: see `spcse-ml names columns`.
    """
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.predict import predict_file, predict_recipe

    cells = {name: text for name, text in recipe.items() if text is not None}
    if (file is None) == (not cells):
        raise click.UsageError("Give either a FILE or the flags of one recipe (at least --sulfide and --method).")
    if card and style == "csv":
        raise click.UsageError("--card is for --format text; CSV has no room for it and JSON always has it.")
    if file is None:
        answers = predict_recipe(cells, store=store_folder(), level=level)
        if out is not None:
            from spcse_ml.storage.files import write_whole

            write_whole(out, answers.to_csv())
    else:
        answers = predict_file(file, store=store_folder(), level=level, out=out)
    if out is None or style is not None or card:
        show(answers, style or ("text" if file is None or card else "csv"), card=card)
    warn(answers, is_file=file is not None)
    for use in click.get_current_context().meta.get(USES, ()):
        use(answers)
    if strict and not _is_sound(answers):
        sys.exit(3)


def _is_sound(answers: Any) -> bool:
    """Return whether the retention model is useful and no recipe outside its domain."""
    from spcse_ml.evaluation.verdict import Verdict
    from spcse_ml.models.applicability import OUTSIDE

    table = answers.table
    return bool(((table["retention_verdict"] == Verdict.USEFUL) & (table["domain"] != OUTSIDE)).all())


def warn(answers: Any, *, is_file: bool) -> None:
    """Print on stderr the rules that the recipes break, and the columns that the models ignore."""
    from spcse_ml.reports.messages.rules import rule_text

    for rule, lines in answers.broken().items():
        which = f"line {', '.join(map(str, lines[:10]))}{' ...' if lines[10:] else ''}: " if is_file else ""
        click.echo(f"Warning: {which}{rule_text(rule)}", err=True)
    if is_file:
        for line, remarks in zip(answers.requested.index, answers.table["remarks"], strict=True):
            for remark in remarks:
                click.echo(f"Check: line {line}: {remark}", err=True)
    if ignored := answers.ignored():
        from spcse_ml.reports.messages.predictions import ignored_text

        click.echo(f"Note: {ignored_text(ignored)}", err=True)


def show(answers: Any, style: str, *, card: bool) -> None:
    """Print the answers."""
    if style == "csv":
        echo_file(answers.to_csv())
    elif style == "json":
        echo_json(answers.plain())
    else:
        rows = answers.plain() if card else answers.rows()
        click.echo("\n\n".join(map(_answer_in_lines, rows)))


def _answer_in_lines(row: Mapping[str, Any]) -> str:
    from spcse_ml.reports.messages.predictions import answer_text, nearest_text, neighbour_lines

    lines = [f"{name:16} {text}" for name, text in answer_text(row).items()]
    if "card" in row:
        lines.append(nearest_text(row["card"]["nearest"]))
        for first, *rest in map(neighbour_lines, row["card"]["nearest"]):
            lines += [f"  {first}", *(f"      {line}" for line in rest)]
    return "\n".join(lines)
