"""A lab's membranes as the own rows of a data set."""

from collections.abc import Mapping, Sequence

import pandas as pd

from spcse_ml.data.dataset import OWN_BATCH, RECIPE_COLUMNS
from spcse_ml.lab.membrane import LabMembrane
from spcse_ml.lab.records import current
from spcse_ml.schema import PROCESS_COLUMNS, TARGETS
from spcse_ml.to_json import objects

NO_BATCH = "no batch and no day told"


def own_frame(records: Sequence[LabMembrane]) -> pd.DataFrame:
    """Return the records that stand as own rows of a data set: id, recipe, batch, process, outcomes, in schema units.

    A correction keeps the id of the line that it corrects in the end. Without a batch a membrane belongs to the day on
    which it was made; those that tell neither are one batch. Everything organic besides the template counts as binder,
    because that is what stands between the particles; with a second binder or plasticizer of unknown content the
    content is not known.
    """
    corrects = {record.id: record.supersedes for record in records}
    outcomes = [target.column for target in TARGETS.values()]
    names = ["id", *RECIPE_COLUMNS, OWN_BATCH, *PROCESS_COLUMNS, *outcomes]
    rows = [
        {
            **membrane.model_dump(mode="json"),
            "id": _root(membrane.id, corrects),
            OWN_BATCH: batch_of(membrane),
            "binder_wt_percent": organic(membrane),
        }
        for membrane in current(records)
    ]
    return objects(pd.DataFrame(rows, columns=names))


def batch_of(membrane: LabMembrane) -> str:
    """Return what a membrane is held out with: its batch, else its day, else all others that tell neither."""
    return membrane.batch or (membrane.made_on.isoformat() if membrane.made_on else NO_BATCH)


def _root(name: str | None, corrects: Mapping[str | None, str | None]) -> str | None:
    while corrects.get(name):
        name = corrects[name]
    return name


def organic(membrane: LabMembrane) -> float | None:
    """Return what the membrane holds of binder, second binder and plasticizer, in wt%; None if a part is not known."""
    parts = [membrane.binder_wt_percent] if membrane.binder else []
    parts += [membrane.second_binder_wt_percent] if membrane.second_binder else []
    parts += [membrane.plasticizer_wt_percent] if membrane.plasticizer else []
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
