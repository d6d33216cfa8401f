import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from spcse_ml.cli.executors import workers
from spcse_ml.parallel import ALONE, PROGRESS_FILE, Workers


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


def test_progress_is_written_in_fields_for_a_program_that_runs_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "progress.json"
    monkeypatch.setenv(PROGRESS_FILE, str(file))
    with workers(jobs=1, scheduler=None) as alone:
        written = [json.loads(file.read_text(encoding="utf-8")) for _ in alone.each(abs, [-1, -2], "signs: 5%|")]
    assert written == [{"step": "signs: 5%|", "done": n_done, "total": 2} for n_done in (1, 2)]
