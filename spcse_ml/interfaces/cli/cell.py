"""`spcse-ml cell`: what a cell around the membrane holds."""

import json
from pathlib import Path

import click

_FLAGS = {
    "thickness_um": "Thickness of the membrane in µm.",
    "sulfide": "Sulfide of the membrane.",
    "binder": "Binder of the membrane, or none.",
    "binder_wt_percent": "Binder in the membrane in wt%, or none.",
    "template": "Template of the membrane.",
    "template_wt_percent": "Template in the membrane in wt%.",
}


def _pairs(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [[part.strip() for part in text.split("=", 1)] for text in given]
    if bad := [text for text, pair in zip(given, pairs, strict=True) if len(pair) == 1 or not pair[0]]:
        msg = f"{bad[0]!r} is not NAME=VALUE, as in loading_mg_cm2=20."
        raise click.BadParameter(msg)
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        msg = f"{', '.join(twice)}: given twice."
        raise click.BadParameter(msg)
    return dict(pairs)


@click.command()
@click.option(
    "--cell",
    "base",
    metavar="CATHODE/ANODE",
    help="Cathode NCM811, LCO or S; anode Li, anode-free, graphite, Li-In or silicon.  [default: NCM811/Li]",
)
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="TOML", help="A cell of your own, as --show prints one."
)
@click.option("--thickness", "thickness_um", metavar="UM", help=_FLAGS["thickness_um"])
@click.option("--sulfide", metavar="TEXT", help=_FLAGS["sulfide"])
@click.option("--binder", metavar="TEXT", help=_FLAGS["binder"])
@click.option("--binder-wt", "binder_wt_percent", metavar="WT%", help=_FLAGS["binder_wt_percent"])
@click.option("--template", metavar="TEXT", help=_FLAGS["template"])
@click.option("--template-wt", "template_wt_percent", metavar="WT%", help=_FLAGS["template_wt_percent"])
@click.option("--set", "changes", multiple=True, callback=_pairs, metavar="NAME=VALUE",
              help="Change any figure that the answer lists; may be given many times.")  # fmt: skip
@click.option("--show", is_flag=True, help="Print the cell as TOML, to edit, with the source of each figure.")
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="Draw the energy against the membrane's thickness there.")  # fmt: skip
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def cell(
    base: str | None,
    file: Path | None,
    changes: dict[str, str],
    folder: Path | None,
    style: str,
    *,
    show: bool,
    **membrane: str | None,
) -> None:
    """Tell what a cell with this membrane holds, in Wh/kg and Wh/L, with every assumption and its source.

    \b
    spcse-ml cell --cell NCM811/Li --thickness 30 --sulfide Li6PS5Cl --binder PTFE --binder-wt 0.5
    spcse-ml cell --cell NCM811/silicon --set loading_mg_cm2=25 --set packaging_factor=0.8
    spcse-ml cell --cell LCO/Li-In --show > cell.toml
    """
    from spcse_ml.design.stated_cell import stated_cell
    from spcse_ml.workflows.cell import what_a_cell_holds

    flags = {name: text for name, text in membrane.items() if text is not None}
    if twice := sorted(set(flags) & set(changes)):
        raise click.UsageError("A figure is given by its flag and by --set; leave one out: " + ", ".join(twice))
    stated = stated_cell(base, file=file, **flags, **changes)
    if show:
        click.echo(stated.toml(), nl=False)
        return
    answer = what_a_cell_holds(stated, folder)
    if style == "json":
        click.echo(json.dumps(answer.plain(), indent=1, ensure_ascii=False))
        return
    click.echo(answer.text() + (f"figure: {folder}\n" if folder else ""), nl=False)
