"""How a long loop is run: by an executor or in this process, and with which progress shown."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Wraps the steps of a loop, given how many there are and what they are, to show how far it is."""


PROGRESS_FILE = "SPCSE_ML_PROGRESS"
"""Environment variable that names a file to which the command line writes its progress as JSON: step, done, total."""


@dataclass(frozen=True)
class Workers:
    """An executor for the jobs of a long loop. The results do not depend on it, and are in the order of the jobs."""

    executor: Executor | None = None
    """Any of `concurrent.futures`, or of a library that follows it; without one the jobs are done one by one."""
    progress: Progress | None = None

    def each(self, step: Callable[[Job], Result], jobs: Sequence[Job], what: str) -> Iterator[Result]:
        """Yield the result of every job; `what` names them beside the progress. A single job is done here.

        Args:
            step: a function of one job.
            jobs: what it is called with, one at a time.
            what: names the jobs beside their progress.
        """
        results = _in_order(self.executor, step, jobs) if self.executor and len(jobs) > 1 else map(step, jobs)
        yield from self.progress(results, len(jobs), what) if self.progress and jobs else results


AHEAD = 64
"""So many jobs are given out before the first result is taken: enough to keep everybody busy, and memory flat.

The generator of joblib has no such bound: behind a slow first job all others were done, and their results kept (1.6).
"""


def _in_order(executor: Executor, step: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            waiting.append(executor.submit(step, job))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


ALONE = Workers()
