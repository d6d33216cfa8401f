from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import Dataset
from spcse_ml.models.resampling import CHUNK, drawn, resampled
from spcse_ml.parallel import Workers
from spcse_ml.schema import RETENTION


def test_resampling_draws_whole_papers_as_many_as_there_are(few_papers: Dataset) -> None:
    papers = few_papers.trainable(RETENTION).papers.astype(str)
    for seed in range(20):
        counts = pd.Series(papers[resampled(papers, np.random.default_rng(seed))]).value_counts()
        times = counts / pd.Series(papers).value_counts()[counts.index]
        assert (times % 1 == 0).all()
        assert times.sum() == len(set(papers))


def test_of_no_paper_none_is_drawn() -> None:
    assert len(resampled(np.array([], dtype=object), np.random.default_rng(0))) == 0


def test_each_number_is_drawn_once_and_in_order_whoever_draws() -> None:
    total = 2 * CHUNK + 3
    with ThreadPoolExecutor(2) as executor:
        for workers in (Workers(), Workers(executor)):
            assert drawn(lambda run: [2 * seed for seed in run], total, workers=workers, what="draws") == [
                2 * seed for seed in range(total)
            ]
