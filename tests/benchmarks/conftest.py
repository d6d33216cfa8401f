"""What the tests of the benchmarks stand on."""

import pytest

from spcse_ml.data.dataset import Dataset, TrainingRows
from spcse_ml.schema import RETENTION


@pytest.fixture(scope="module")
def few(few_papers: Dataset) -> TrainingRows:
    return few_papers.training_rows(RETENTION)
