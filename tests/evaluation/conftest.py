import pytest

from spcse_ml.data.dataset import Dataset
from spcse_ml.evaluation.evaluate import Evaluation, evaluate
from spcse_ml.schema import RETENTION


@pytest.fixture(scope="session")
def of_few(few_papers: Dataset) -> Evaluation:
    """Return the evaluation of ten papers, every one held out by the whole procedure."""
    return evaluate(few_papers, RETENTION)
