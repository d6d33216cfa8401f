"""The printed tables plus their corrections become one Dataset with a fingerprint, or one error with every bad cell.

Not reported, not applicable and masked stay three different things: a blank content of a named binder is not
reported; a blank binder, template or solvent does not apply; a masked retention was printed and cannot be right.
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.catalogue import Catalogue, catalogue
from spcse_ml.literature.composition import net_charge, read_composition
from spcse_ml.literature.recipes import placed, read_row, read_rows
from spcse_ml.literature.released import released
from spcse_ml.literature.schema import Formulation, Measurement, Method, Target, columns
from spcse_ml.literature.table import read_table

TABLES = {
    1: ("table1_slurry_coating.csv", Method.SLURRY),
    2: ("table2_dry_binder_laminating.csv", Method.DRY),
    3: ("table3_skeleton_templating.csv", Method.SKELETON),
}
PRINTED_COLUMNS = tuple(name for name in columns(Measurement) if name not in {"lithium_salt", "same_membrane_as"})
"""The columns of `spcse-ml data --format csv`, in order."""

RECIPE_COLUMNS = tuple(
    name for name in columns(Formulation) if name not in {"sigma_p_ms_cm", "planned_thickness_um", "id", "note"}
)
"""What a model may see of a recipe."""

_BLANK = {"", "—", "-"}
_MARK = "^a"
_RANGE = re.compile(r"^(?P<below><)?(?P<first>\d+(?:\.\d+)?)(?:[-–](?P<second>\d+(?:\.\d+)?))?$")


@dataclass(frozen=True)
class Trainable:
    """The rows from which one target can be learnt: recipes, outcomes, the group of each row and its place."""

    recipes: pd.DataFrame
    outcomes: np.ndarray
    papers: np.ndarray
    """One label per row; rows of one label are never on both sides of a fold."""
    places: tuple[str, ...]
    """`table.row` of each row."""


@dataclass(frozen=True)
class Dataset:
    """Checked rows, one per printed line, columns as in `Measurement`; blanks are None."""

    rows: pd.DataFrame
    references: pd.DataFrame
    """Bibliography, indexed by reference number, with who shares a recipe or a laboratory."""

    @functools.cached_property
    def fingerprint(self) -> str:
        """Return a digest that changes with any one cell and not with the order of the rows."""
        lines = sorted(json.dumps(record, sort_keys=True, default=str) for record in self.rows.to_dict("records"))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def trainable(self, target: Target) -> Trainable:
        """Return the rows that carry one value of the target (a range of thickness counts as its middle)."""
        rows = self.rows[self._has_value(target) & self.rows["same_membrane_as"].isna()]
        return Trainable(
            recipes=recipe_frame(rows),
            outcomes=_middle(rows, target.column).to_numpy(dtype=float),
            papers=rows["reference"].map(self._paper).to_numpy(),
            places=tuple(f"{row.table}.{row.row}" for row in rows.itertuples()),
        )

    def _has_value(self, target: Target) -> pd.Series:
        both = self.rows[f"{target.column}_low"].notna() & self.rows[f"{target.column}_high"].notna()
        return both & (self.rows["retention_qualifier"] == "=") if target.name == "retention" else both

    def _paper(self, reference: int) -> str:
        shared = self.references["shares_recipe_with"].get(reference)
        numbers = [reference, *(int(number) for number in str(shared or "").split("|") if number)]
        return "+".join(str(number) for number in sorted(numbers))


def recipe_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the recipe columns of literature rows, a range of contents as its geometric middle."""
    frame = pd.DataFrame({name: rows.get(name) for name in RECIPE_COLUMNS}, index=rows.index)
    for name in ("binder_wt_percent", "template_wt_percent"):
        frame[name] = _middle(rows, name)
    return typed_recipes(frame.assign(donor_number_kcal_mol=None, sulfide_family=None))


def frame_of(formulations: Iterable[Formulation]) -> pd.DataFrame:
    """Return recipes as the frame that a model reads."""
    records = [recipe.model_dump(include=set(RECIPE_COLUMNS)) for recipe in formulations]
    return typed_recipes(pd.DataFrame(records, columns=list(RECIPE_COLUMNS)))


def typed_recipes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return recipe columns as plain objects and floats, so that equal recipes give equal frames."""
    numbers = {name for name, column in columns(Formulation).items() if column.is_number}
    typed = {
        name: frame[name].astype(float)
        if name in numbers
        else pd.Series([_plain(value) for value in frame[name]], index=frame.index, dtype=object)
        for name in RECIPE_COLUMNS
    }
    return pd.DataFrame(typed, columns=list(RECIPE_COLUMNS)).reset_index(drop=True)


@functools.cache
def literature() -> Dataset:
    """Return the 38 printed membranes of the review with every correction applied.

    Raises:
        InputError: a released file was changed so that it no longer reads; every bad cell is listed.

    >>> len(literature().rows)
    38
    """
    return read_literature(released("data", "literature"))


def read_literature(folder: Path) -> Dataset:
    """Return the data set of a folder that holds the three tables, corrections.csv and references.csv.

    Raises:
        InputError: every bad cell of every table, and every correction that fits no printed cell, in one error.
    """
    corrections = read_table(folder / "corrections.csv")
    records: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, (name, method) in TABLES.items():
        printed = read_table(folder / name)
        for line, cells in zip(printed.index, printed.to_dict("records"), strict=True):
            place = Fault("", file=name, row=f"line {line}")
            record, found = _read_printed(number, method, _corrected(number, cells, corrections, faults))
            faults += [placed(fault, place) for fault in found]
            records += [record] if record else []
    if faults:
        raise InputError(faults)
    return Dataset(_frame(records), _references(folder))


def check_measurements(path: Path) -> pd.DataFrame:
    """Return the rows of a file in the format of `spcse-ml data --format csv`, checked.

    Raises:
        InputError: every bad cell, unknown name and repeated row of the file, in one error.
    """
    frame = read_table(path)
    rows = read_rows(frame, Measurement, file=path.name)
    known = catalogue()
    faults = [
        placed(fault, Fault("", file=path.name, row=f"line {line}"))
        for line, row in zip(frame.index, rows, strict=True)
        for fault in [*_name_faults(row, known), *_physics_faults(row)]
    ]
    places = [(row.table, row.row) for row in rows]
    faults += [
        Fault("this table and row stand twice", file=path.name, row=f"line {line}", given=f"{place[0]}.{place[1]}")
        for number, (line, place) in enumerate(zip(frame.index, places, strict=True))
        if place in places[:number]
    ]
    if faults:
        raise InputError(faults)
    return _frame([row.model_dump(mode="json") for row in rows])


def _corrected(
    table: int, cells: Mapping[Any, str], corrections: pd.DataFrame, faults: list[Fault]
) -> dict[str, str]:
    used = {str(name): text for name, text in cells.items()}
    mine = corrections[(corrections["table"] == str(table)) & (corrections["row"] == used["Row"])]
    for line, correction in mine.iterrows():
        column, printed = correction["column"], correction["printed"]
        if used.get(column, "") != printed or f"[{correction['reference']}]" != used["Ref."]:
            faults.append(
                Fault(
                    "the correction does not fit the printed cell", file="corrections.csv", row=f"line {line}",
                    column=column, given=printed, allowed=f"{used.get(column, '')} {used['Ref.']}",
                )
            )  # fmt: skip
        used[column] = correction["used"]
    return used


def _read_printed(table: int, method: Method, cells: Mapping[str, str]) -> tuple[dict[str, Any] | None, list[Fault]]:
    faults: list[Fault] = []
    retention, qualifier = _retention(cells["σ_m/σ_p"], faults)
    given = {
        "table": table, "row": cells["Row"], "reference": cells["Ref."].strip("[]"), "method": method,
        "sulfide": cells["Sulfide solid electrolytes"].removesuffix(_MARK),
        "has_pouch_cell": cells["Sulfide solid electrolytes"].endswith(_MARK),
        "binder": _text(cells["Binder"]), "template": _text(cells.get("Template", "")),
        "solvent": _mixture_as_printed(_text(cells.get("Solvent", ""))),
        **_span("binder_wt_percent", cells.get("Binder content (wt%)", ""), faults),
        **_span("template_wt_percent", cells.get("Template content (wt%)", ""), faults),
        **_span("sigma_m_ms_cm", cells["σ_m (mS/cm)"], faults),
        **_span("thickness_um", cells["Thickness (μm)"], faults),
        **_energy(cells), **_electrodes(cells["Cathode/Anode"]),
        "retention_percent_low": retention[0], "retention_percent_high": retention[1],
        "retention_qualifier": qualifier, "note": cells.get("note"),
        "lithium_salt": cells.get("lithium_salt"), "same_membrane_as": cells.get("same_membrane_as"),
    }  # fmt: skip
    row, found = read_row(given, Measurement)
    faults += found
    if row is None:
        return None, faults
    known = catalogue()
    if unknown := _name_faults(row, known):
        return None, faults + unknown
    return _with_catalogue(row, known).model_dump(mode="json"), faults


def _with_catalogue(row: Measurement, known: Catalogue) -> Measurement:
    sulfide = known.sulfide(row.sulfide)
    mixture = known.mixture(row.solvent) if row.solvent else None
    names = {
        "sulfide": sulfide.name, "sulfide_family": sulfide.family,
        "binder": known.binder(row.binder).name if row.binder else None,
        "template": known.template(row.template).name if row.template else None,
        "solvent": mixture.name if mixture else None,
        "donor_number_kcal_mol": mixture.donor_number_kcal_mol if mixture else None,
    }  # fmt: skip
    return row.model_copy(update=names)


def _name_faults(row: Measurement, known: Catalogue) -> list[Fault]:
    faults: list[Fault] = []
    for look, name in (
        (known.sulfide, row.sulfide),
        (known.binder, row.binder),
        (known.template, row.template),
        (known.mixture, row.solvent),
    ):
        try:
            if name is not None:
                look(name)  # type: ignore[operator]
        except InputError as error:
            faults.extend(error.faults)
    return faults


def _physics_faults(row: Measurement) -> list[Fault]:
    powder = _implied_powder_conductivity(row)
    charge = net_charge(read_composition(row.sulfide)) if "note" in row.model_fields_set and not row.note else 0.0
    faults = []
    if powder is not None and not 0 < powder <= 40:  # noqa: PLR2004 - above every known sulfide, 32 mS/cm
        faults.append(
            Fault(
                f"implies a powder of {powder:.3g} mS/cm; no sulfide exceeds about 32", column="retention_percent_low",
                given=f"{row.retention_percent_low:g}", remedy="Correct it, or set retention_qualifier to masked.",
            )
        )  # fmt: skip
    if abs(charge) > 0.05:  # noqa: PLR2004 - rounding of printed compositions
        faults.append(
            Fault(f"is not charge-neutral ({charge:+.2g})", column="sulfide", given=row.sulfide,
                  remedy="Correct the formula, or say why in note.")
        )  # fmt: skip
    return faults


def _implied_powder_conductivity(row: Measurement) -> float | None:
    if row.sigma_m_ms_cm_low is None or row.retention_percent_low is None:
        return None
    return row.sigma_m_ms_cm_low / row.retention_percent_low * 100


def _retention(text: str, faults: list[Fault]) -> tuple[tuple[float | None, float | None], str | None]:
    if text == "masked":
        return (None, None), "masked"
    span = _span("retention_percent", text, faults)
    low, high = span["retention_percent_low"], span["retention_percent_high"]
    if high is None:
        return (None, None), None
    return ((None, high), "<") if text.startswith("<") else ((low, high), "=")


def _span(name: str, text: str, faults: list[Fault]) -> dict[str, float | None]:
    ends: list[float | None] = [None, None]
    if text not in _BLANK:
        match = _RANGE.match(text)
        if match is None:
            faults.append(Fault("is neither a number nor a range", column=name, given=text, allowed="as in 5 or 5-30"))
        else:
            numbers = sorted(float(part) for part in (match["first"], match["second"] or match["first"]))
            ends = [numbers[0], numbers[1]]
    return {f"{name}_low": ends[0], f"{name}_high": ends[1]}


def _text(text: str) -> str | None:
    return None if text in _BLANK else text


def _mixture_as_printed(text: str | None) -> str | None:
    """Read `p-XYL-IBIB` as a mixture: where the whole is no name, the hyphen between two names joins them."""
    if text is None or _is_solvent(text):
        return text
    cuts = [(text[: mark.start()], text[mark.end() :]) for mark in re.finditer("-", text)]
    return next((f"{one} + {other}" for one, other in cuts if _is_solvent(one) and _is_solvent(other)), text)


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
    found = {unit: float(value) for value, unit in re.findall(r"(\d+(?:\.\d+)?) (Wh/kg|Wh/L)(?![\w/])", text)}
    return {"energy_density_wh_kg": found.get("Wh/kg"), "energy_density_wh_l": found.get("Wh/L")}


def _electrodes(text: str) -> dict[str, str | None]:
    cathode, _, anode = text.partition("/")
    return {"cathode": _text(cathode), "anode": _text(anode)}


def _frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=list(columns(Measurement))).astype(object)
    return frame.where(frame.notna(), None)


def _references(folder: Path) -> pd.DataFrame:
    frame = read_table(folder / "references.csv")
    return frame.assign(reference=frame["reference"].astype(int)).set_index("reference")


def _middle(rows: pd.DataFrame, name: str) -> pd.Series:
    low, high = rows[f"{name}_low"].astype(float), rows[f"{name}_high"].astype(float)
    return (low + high) / 2 if name == "thickness_um" else np.sqrt(low * high)


def _plain(value: Any) -> Any:
    if isinstance(value, Method):
        return value.value
    return None if pd.isna(value) else value
