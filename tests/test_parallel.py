from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from spcse_ml.parallel import ALONE, Workers


def test_whoever_does_the_jobs_the_results_come_in_their_order() -> None:
    jobs = list(range(50))
    with ThreadPoolExecutor(4) as pool:
        assert list(Workers(pool).each(str, jobs, "jobs")) == list(ALONE.each(str, jobs, "jobs")) == [*map(str, jobs)]


def test_progress_is_told_how_many_jobs_there_are_and_what_they_are() -> None:
    told: list[tuple[int, str]] = []

    def watch(steps: Iterable[Any], total: int, what: str) -> Iterable[Any]:
        told.append((total, what))
        return steps

    assert list(Workers(progress=watch).each(abs, [-1, -2], "signs")) == [1, 2]
    assert told == [(2, "signs")]
