import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.models.folds import group_folds, leave_one_out

groups = (
    st.lists(st.sampled_from("abcdefghij"), min_size=6, max_size=40).filter(lambda g: len(set(g)) >= 3).map(np.array)
)


@given(groups=groups, n_folds=st.integers(2, 12))
def test_no_paper_is_ever_on_both_sides_and_every_row_is_held_out_once(groups: np.ndarray, n_folds: int) -> None:
    for folds in (list(leave_one_out(groups)), list(group_folds(groups, n_folds))):
        held = np.concatenate([held for _, held in folds])
        assert sorted(held) == list(range(len(groups)))
        assert all(not set(groups[train]) & set(groups[held]) for train, held in folds)


def test_leaving_one_out_makes_one_fold_per_paper() -> None:
    assert len(list(leave_one_out(np.array(["a", "b", "b", "c"])))) == 3
