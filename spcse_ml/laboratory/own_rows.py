"""A lab's membranes as the own rows of a data set."""

from collections.abc import Sequence

import pandas as pd

from spcse_ml.laboratory.membrane import LabMembrane
from spcse_ml.literature.dataset import OWN_BATCH, RECIPE_COLUMNS
from spcse_ml.literature.schema import PROCESS_COLUMNS, TARGETS


def own_frame(membranes: Sequence[LabMembrane]) -> pd.DataFrame:
    """Return membranes as the own rows of a data set: id, recipe, batch, process and outcomes, in the schema's units.

    Without a batch a membrane belongs to the day on which it was made, else to itself. Everything organic besides the
    template counts as binder, because that is what stands between the particles; with a second binder or plasticizer of
    unknown content the content is not known.
    """
    outcomes = [target.column for target in TARGETS.values()]
    names = ["id", *RECIPE_COLUMNS, OWN_BATCH, *PROCESS_COLUMNS, *outcomes]
    rows = [
        {**membrane.model_dump(mode="json"), OWN_BATCH: batch_of(membrane), "binder_wt_percent": organic(membrane)}
        for membrane in membranes
    ]
    frame = pd.DataFrame(rows, columns=names).astype(object)
    return frame.where(frame.notna(), None)


def batch_of(membrane: LabMembrane) -> str:
    """Return what a membrane is held out with: its batch, else its day, else itself."""
    return membrane.batch or (membrane.made_on.isoformat() if membrane.made_on else str(membrane.id))


def organic(membrane: LabMembrane) -> float | None:
    """Return what the membrane holds of binder, second binder and plasticizer, in wt%; None if a part is not known."""
    parts = [membrane.binder_wt_percent] if membrane.binder else []
    parts += [membrane.second_binder_wt_percent] if membrane.second_binder else []
    parts += [membrane.plasticizer_wt_percent] if membrane.plasticizer else []
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
