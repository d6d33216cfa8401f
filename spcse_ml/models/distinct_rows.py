"""Rows of a frame that hold the same are one kind, looked at once: millions of recipes hold few substances."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def distinct(frame: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row the number of its kind, and the first row of each kind; kinds differ in these columns.

    >>> distinct(pd.DataFrame({"binder": ["PEO", None, "PEO"]}), ["binder"])
    (array([0, 1, 0]), array([0, 1]))
    """
    return distinct_codes([_codes(frame[name]) for name in names])


def distinct_codes(codes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return what `distinct` does for columns of whole numbers from -1 on."""
    numbers, n_possible = np.zeros(len(codes[0]), dtype=np.int64), 1
    for column in codes:
        n_values = int(column.max(initial=-1)) + 2
        if n_possible * n_values >= _LARGEST:
            numbers, n_possible = pd.factorize(numbers)[0], len(numbers)
        numbers, n_possible = numbers * n_values + column + 1, n_possible * n_values
    numbers = pd.factorize(numbers)[0]
    first = np.zeros(numbers.max(initial=-1) + 1, dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return numbers, first


_LARGEST = 2**63
"""Whole numbers end here."""


def _codes(values: pd.Series) -> np.ndarray:
    cells = values.array
    if isinstance(cells, pd.Categorical):
        return np.asarray(cells.codes, dtype=np.int64)
    is_numpy = isinstance(values.dtype, np.dtype)  # on plain cells it takes a third of the time
    return np.asarray(pd.factorize(cells.to_numpy() if is_numpy else cells)[0])


def plain_rows(frame: pd.DataFrame, names: Sequence[str], rows: np.ndarray) -> list[dict[str, Any]]:
    """Return what some rows of a frame hold in these columns, as plain values; blanks are None."""
    columns = []
    for name in names:
        cells = np.array(frame[name].array[rows], dtype=object)
        cells[pd.isna(cells)] = None
        columns.append(cells.tolist())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
