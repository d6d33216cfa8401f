"""`spcse-ml cell`: the energy density of a cell with this membrane."""

from pathlib import Path

import click

from spcse_ml.cli.output import echo_file, echo_json
from spcse_ml.cli.predict import pairs


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
@click.option("--thickness", "thickness_um", metavar="UM", help="Thickness of the membrane in µm.")
@click.option("--sulfide", metavar="TEXT", help="Sulfide of the membrane.")
@click.option("--binder", metavar="TEXT", help="Binder of the membrane, or none.")
@click.option("--binder-wt", "binder_wt_percent", metavar="WT%", help="Binder in the membrane in wt%, or none.")
@click.option("--template", metavar="TEXT", help="Template of the membrane.")
@click.option("--template-wt", "template_wt_percent", metavar="WT%", help="Template in the membrane in wt%.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    callback=pairs("loading_mg_cm2=20", may_be_blank=True),
    help="Change any figure that the answer lists; may be given many times.",
)
@click.option("--show", is_flag=True, help="Print the cell as TOML, to edit, with the source of each figure.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Draw the energy against the membrane's thickness there.",
)
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
    """Compute the energy density of a cell with this membrane, in Wh/kg and Wh/L, with every assumption and its source.

    \b
    spcse-ml cell --cell NCM811/Li --thickness 30 --sulfide Li6PS5Cl --binder PTFE --binder-wt 0.5
    spcse-ml cell --cell NCM811/silicon --set loading_mg_cm2=25 --set packaging_factor=0.8
    spcse-ml cell --cell LCO/Li-In --show > cell.toml
    """
    from spcse_ml.cell.stated import stated_cell
    from spcse_ml.reports.messages.cell import cell_toml
    from spcse_ml.workflows.cell import what_a_cell_holds

    flags = {name: text for name, text in membrane.items() if text is not None}
    if twice := sorted(set(flags) & set(changes)):
        raise click.UsageError("A figure is given by its flag and by --set; leave one out: " + ", ".join(twice))
    stated = stated_cell(base, file, **flags, **changes)
    if show:
        echo_file(cell_toml(stated))
        return
    answer = what_a_cell_holds(stated, folder)
    if style == "json":
        echo_json(answer.plain())
        return
    click.echo(answer.text() + (f"figure: {folder}\n" if folder else ""), nl=False)
