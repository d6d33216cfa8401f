"""A file in the format of the printed rows, checked: cells, names, repeated rows, and what physics allows."""

from pathlib import Path

import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.formulas import net_charge, read_composition
from spcse_ml.data.dataset import measurement_frame
from spcse_ml.data.faults import placed
from spcse_ml.data.review import recipe_faults, unknown_names
from spcse_ml.data.validation import read_rows
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import Measurement
from spcse_ml.tables import read_table


def check_measurements(path: Path) -> pd.DataFrame:
    """Return the rows of a file in the format of `spcse-ml data --format csv`, checked.

    Raises:
        InputError: every bad cell, unknown name and repeated row of the file, in one error.
    """
    frame = read_table(path)
    rows, faults = read_rows(frame, Measurement, file=path.name)
    known, places = catalogue(), set()
    for line, row in rows:
        found = [*unknown_names(row, known), *_physics_faults(row), *recipe_faults(row)]
        if (row.table, row.row) in places:
            found.append(Fault("this table and row stand twice", given=f"{row.table}.{row.row}"))
        places.add((row.table, row.row))
        faults += placed(found, file=path.name, row=line)
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


def _charge(sulfide: str) -> float:
    try:
        return net_charge(read_composition(catalogue().sulfide(sulfide).name))
    except InputError:  # the name is faulted elsewhere, or it is no formula
        return 0.0


def _implied_powder_conductivity(row: Measurement) -> float | None:
    if row.sigma_m_ms_cm_low is None or row.retention_percent_low is None:
        return None
    return row.sigma_m_ms_cm_low / row.retention_percent_low * 100
