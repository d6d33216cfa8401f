"""A line of a printed table becomes a measurement: corrections applied, ranges and bounds read, names resolved.

A file in the format of the measurements is checked here too: names, repeated rows, and what physics allows.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.chemistry.catalogue import Catalogue, catalogue
from spcse_ml.chemistry.compositions import net_charge
from spcse_ml.chemistry.substances import Sulfide
from spcse_ml.data.validation import name_faults, placed, read_row, read_rows
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import CheckedMeasurement, Formulation, Measurement, Method, columns
from spcse_ml.tables import read_table
from spcse_ml.to_json import objects

TABLES = {
    1: ("table1_slurry_coating.csv", Method.SLURRY),
    2: ("table2_dry_binder_laminating.csv", Method.DRY),
    3: ("table3_skeleton_templating.csv", Method.SKELETON),
}
_BLANK = {"", "—", "-"}
MARK = "^a"
"""At the end of a sulfide as printed: the paper shows a pouch cell."""
_RANGE = re.compile(r"^(?P<below><)?(?P<first>\d+(?:\.\d+)?)(?:[-–](?P<second>\d+(?:\.\d+)?))?$")


NEEDED = (
    "Row", "Sulfide solid electrolytes", "Binder", "σ_m (mS/cm)", "σ_m/σ_p", "Thickness (μm)", "Cathode/Anode", "Ref.",
)  # fmt: skip


def header_faults(printed: pd.DataFrame) -> list[Fault]:
    """Return a fault for every column that each printed table has and this one lacks."""
    return [Fault("missing-column", column=name) for name in NEEDED if name not in printed.columns]


def corrected(table: int, cells: Mapping[Any, str], corrections: pd.DataFrame, faults: list[Fault]) -> dict[str, str]:
    """Return the cells of a printed row with its corrections applied; one that fits no printed cell is a fault."""
    used = {str(name): text for name, text in cells.items()}
    mine = corrections[(corrections["table"] == str(table)) & (corrections["row"] == used["Row"])]
    for line, correction in mine.iterrows():
        column, printed = correction["column"], correction["printed"]
        if used.get(column, "") != printed or f"[{correction['reference']}]" != used["Ref."]:
            faults.append(
                Fault(
                    "correction-mismatch",
                    file="corrections.csv",
                    row=f"line {line}",
                    column=column,
                    given=printed,
                    allowed=f"{used.get(column, '')} {used['Ref.']}",
                )
            )
        used[column] = correction["used"]
    return used


def read_printed(
    table: int, method: Method, cells: Mapping[str, str], *, family: str | None = None, is_as_printed: bool = False
) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return the measurement of a printed row as plain values, or None, and its faults.

    A sulfide that the catalogue lacks is of the family given; as printed, any name that it lacks stays as it stands.
    """
    faults: list[Fault] = []
    retention, qualifier = _retention(cells["σ_m/σ_p"], faults)
    values = {
        "table": table, "row": cells["Row"], "reference": cells["Ref."].strip("[]"), "method": method,
        "sulfide": cells["Sulfide solid electrolytes"].removesuffix(MARK),
        "has_pouch_cell": cells["Sulfide solid electrolytes"].endswith(MARK),
        "binder": _none_if_blank(cells["Binder"]), "template": _none_if_blank(cells.get("Template", "")),
        "solvent": _mixture_as_printed(_none_if_blank(cells.get("Solvent", ""))),
        **_span("binder_wt_percent", cells.get("Binder content (wt%)", ""), faults),
        **_span("template_wt_percent", cells.get("Template content (wt%)", ""), faults),
        **_span("sigma_m_ms_cm", cells["σ_m (mS/cm)"], faults),
        **_span("thickness_um", cells["Thickness (μm)"], faults),
        **_energy(cells), **_electrodes(cells["Cathode/Anode"]),
        "retention_percent_low": retention[0], "retention_percent_high": retention[1],
        "retention_qualifier": qualifier, "note": cells.get("note"),
        "lithium_salt": cells.get("lithium_salt"), "same_membrane_as": cells.get("same_membrane_as"),
    }  # fmt: skip
    row, row_faults = read_row(values, Measurement)
    faults += row_faults
    if row is None:
        return None, faults
    known = catalogue()
    unknown = unknown_names(row, known, family)
    if unknown and not is_as_printed:
        return None, faults + unknown
    lacking = {fault.column for fault in unknown}
    return _with_catalogue(row, known, family, lacking).model_dump(mode="json"), faults


def _with_catalogue(row: Measurement, known: Catalogue, family: str | None, lacking: set[str]) -> Measurement:
    sulfide = None if "sulfide" in lacking else _sulfide(row.sulfide, known, family)
    mixture = known.mixture(row.solvent) if row.solvent and "solvent" not in lacking else None
    names = {
        "sulfide": sulfide and sulfide.name, "sulfide_family": sulfide and sulfide.family,
        "binder": known.binder(row.binder).name if row.binder and "binder" not in lacking else None,
        "template": known.template(row.template).name if row.template and "template" not in lacking else None,
        "solvent": mixture and mixture.name,
        "donor_number_kcal_mol": mixture and mixture.donor_number_kcal_mol,
    }  # fmt: skip
    return row.model_copy(update={name: value for name, value in names.items() if name not in lacking})


def _sulfide(name: str, known: Catalogue, family: str | None) -> Sulfide:
    """Return a sulfide of the catalogue; the family given counts only where the catalogue cannot tell it."""
    try:
        return known.sulfide(name)
    except InputError:
        return known.sulfide(name, family)


def unknown_names(row: Measurement, known: Catalogue, family: str | None = None) -> list[Fault]:
    """Return a fault for every name of a measurement that the catalogue does not hold."""
    return name_faults(
        [
            ("sulfide", lambda name: _sulfide(name, known, family), row.sulfide),
            ("binder", known.binder, row.binder),
            ("template", known.template, row.template),
            ("solvent", known.mixture, row.solvent),
        ]
    )


def recipe_faults(row: Measurement) -> list[Fault]:
    """Return a fault for everything in a measurement that no recipe may hold, such as a slurry without a solvent."""
    names = {name: getattr(row, name) for name in ("sulfide", "method", "binder", "template", "solvent")}
    return read_row(names, Formulation)[1]


def _retention(text: str, faults: list[Fault]) -> tuple[tuple[float | None, float | None], str | None]:
    if text == "masked":
        return (None, None), "masked"
    span = _span("retention_percent", text, faults)
    low, high = span["retention_percent_low"], span["retention_percent_high"]
    if high is None:
        return (None, None), None
    return ((None, high), "<") if text.startswith("<") else ((low, high), "=")


def span(text: str) -> tuple[float, float] | None:
    """Return the ends of a number or a range as printed, an upper bound from 0; None where the text is neither.

    >>> span("5-30"), span("<41"), span("about 1")
    ((5.0, 30.0), (0.0, 41.0), None)
    """
    if (match := _RANGE.match(text)) is None:
        return None
    low, high = sorted(float(part) for part in (match["first"], match["second"] or match["first"]))
    return (0.0 if match["below"] else low), high


def is_blank(text: str) -> bool:
    """Return whether a printed cell is blank."""
    return text in _BLANK


def _span(name: str, text: str, faults: list[Fault]) -> dict[str, float | None]:
    ends: list[float | None] = [None, None]
    if text not in _BLANK:
        match = _RANGE.match(text)
        if match is None:
            faults.append(Fault("not-a-range", column=name, given=text, allowed="as in 5 or 5-30"))
        else:
            numbers = sorted(float(part) for part in (match["first"], match["second"] or match["first"]))
            ends = [numbers[0], numbers[1]]
    return {f"{name}_low": ends[0], f"{name}_high": ends[1]}


def _none_if_blank(text: str) -> str | None:
    return None if text in _BLANK else text


def _mixture_as_printed(text: str | None) -> str | None:
    """Read `p-XYL-IBIB` as a mixture: where the whole is no name, the hyphen between two names joins them."""
    if text is None or _is_solvent(text):
        return text
    cuts = [(text[: mark.start()], text[mark.end() :]) for mark in re.finditer("-", text)]
    return next((f"{first} + {second}" for first, second in cuts if _is_solvent(first) and _is_solvent(second)), text)


def _is_solvent(name: str) -> bool:
    try:
        catalogue().mixture(name)
    except InputError:
        return False
    return True


def _energy(cells: Mapping[str, str]) -> dict[str, float | None]:
    text = cells.get("Energy density", "")
    if in_heading := cells.get("Energy density (Wh/kg)", ""):
        text = "" if in_heading in _BLANK else f"{in_heading} Wh/kg"
    densities = {unit: float(value) for value, unit in re.findall(r"(\d+(?:\.\d+)?) (Wh/kg|Wh/L)(?![\w/])", text)}
    return {"energy_density_wh_kg": densities.get("Wh/kg"), "energy_density_wh_l": densities.get("Wh/L")}


def _electrodes(text: str) -> dict[str, str | None]:
    cathode, _, anode = text.partition("/")
    return {"cathode": _none_if_blank(cathode), "anode": _none_if_blank(anode)}


def measurement_frame(records: Iterable[dict[str, Any]], kind: type[Measurement] = Measurement) -> pd.DataFrame:
    """Return rows of measurements as a frame of plain objects, None where nothing is told."""
    return objects(pd.DataFrame(records, columns=list(columns(kind))))


def check_measurements(path: Path) -> pd.DataFrame:
    """Return the rows of a file in the format of `spcse-ml data --format csv`, of any view of printed rows, checked.

    Raises:
        InputError: every bad cell, unknown name and repeated row of the file, in one error.
    """
    frame = read_table(path)
    rows, faults = read_rows(frame, CheckedMeasurement, file=path.name)
    known, places = catalogue(), set()
    for line, row in rows:
        names = unknown_names(row, known, row.sulfide_family)
        row_faults = [*names, *_physics_faults(row), *recipe_faults(row)]
        if (row.table, row.row) in places:
            row_faults.append(Fault("repeated-row", given=f"{row.table}.{row.row}"))
        places.add((row.table, row.row))
        faults += placed(row_faults, file=path.name, row=line)
    if faults:
        raise InputError(faults)
    return measurement_frame([row.model_dump(mode="json") for _, row in rows])


def _physics_faults(row: Measurement) -> list[Fault]:
    powder = _implied_powder_conductivity(row)
    charge = 0.0 if row.note else _charge(row.sulfide)
    faults = []
    if powder is not None and not 0 < powder <= 40:  # noqa: PLR2004 - above every known sulfide, 32 mS/cm
        faults.append(
            Fault(
                "implausible-powder",
                column="retention_percent_low",
                given=f"{row.retention_percent_low:g}",
                values={"sigma_p": powder},
            )
        )
    if abs(charge) > 0.05:  # noqa: PLR2004 - rounding of printed compositions
        faults.append(Fault("not-charge-neutral", column="sulfide", given=row.sulfide, values={"charge": charge}))
    return faults


def _charge(sulfide: str) -> float:
    composition = catalogue().composition(sulfide)
    return 0.0 if composition is None else net_charge(composition)  # no formula, or a name that is faulted elsewhere


def _implied_powder_conductivity(row: Measurement) -> float | None:
    if row.sigma_m_ms_cm_low is None or row.retention_percent_low is None:
        return None
    return row.sigma_m_ms_cm_low / row.retention_percent_low * 100
