"""BayBE chooses from the very candidates; run where BayBE is: `pytest --import-mode=prepend benchmarks/campaigns`."""

import numpy as np
import pandas as pd
import pytest
from baybe_engine import recommend

from spcse_ml.data.dataset import TrainingRows, View, frame_of
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.models.distance import distances
from spcse_ml.models.features import encode
from spcse_ml.schema import RETENTION

pytest.importorskip("baybe")
pytestmark = pytest.mark.filterwarnings("ignore")  # its libraries warn of their own future


@pytest.fixture(scope="module")
def candidates() -> pd.DataFrame:
    dry = [
        formulation(sulfide=sulfide, method="dry", binder=binder, binder_wt_percent=content)
        for sulfide in ("Li6PS5Cl", "Li3PS4")
        for binder in ("SBR", "PTFE", "HNBR")  # the rows hold no HNBR
        for content in (0.7, 7.0, 30.0)  # none of these contents stands in the rows
    ]
    wet = [formulation(sulfide="Li6PS5Cl", method="slurry", binder="NBR", binder_wt_percent=2, solvent="toluene")]
    return frame_of([*dry, *wet])


def _planted(rows: TrainingRows) -> TrainingRows:
    """Return the rows with outcomes that fall with the binder's content alone."""
    contents = rows.recipes["binder_wt_percent"].fillna(5.0).to_numpy()
    return TrainingRows(rows.recipes, 90 * np.exp(-contents / 8), rows.papers, rows.laboratories, rows.places)


def test_a_batch_is_of_the_candidates_apart_and_the_same_for_the_same_seed(candidates: pd.DataFrame) -> None:
    seen = literature(View.REVIEW).training_rows(RETENTION)
    picks = recommend(candidates, seen, n=3, seed=1, apart=0.1)
    encoded = encode(candidates.iloc[picks])
    assert len(set(picks)) == 3
    assert distances(encoded, encoded)[np.triu_indices(3, 1)].min() >= 0.1
    assert recommend(candidates, seen, n=3, seed=1, apart=0.1) == picks


def test_where_the_content_decides_it_goes_for_the_low_ones(candidates: pd.DataFrame) -> None:
    picks = recommend(candidates, _planted(literature(View.REVIEW).training_rows(RETENTION)), n=3, seed=1)
    assert candidates["binder_wt_percent"].iloc[picks].max() < 10


def test_it_runs_out_where_no_more_are_apart(candidates: pd.DataFrame) -> None:
    assert len(recommend(candidates, literature(View.REVIEW).training_rows(RETENTION), n=19, seed=1, apart=0.7)) < 4
