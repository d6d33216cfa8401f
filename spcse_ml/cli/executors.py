"""Who does long work for a command: this process, several of this machine, or a Dask cluster."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from spcse_ml.cli.output import write_json
from spcse_ml.errors import Fault, InputError

CONNECT_S = 10
"""How long a scheduler has to answer, in seconds."""


def worker_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --jobs and --scheduler to a command."""
    command = click.option(
        "--scheduler", metavar="ADDRESS", help="Send the work to a Dask cluster, as tcp://host:8786."
    )(command)
    return click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=os.cpu_count,
        show_default="one per core",
        help="Processes of this machine.",
    )(command)


@contextlib.contextmanager
def workers(*, jobs: int, scheduler: str | None, unit_scale: int | bool = False) -> Iterator[Any]:
    """Yield the `parallel.Workers` that do the jobs; a bar on stderr counts them, times `unit_scale`.

    So does the file that `parallel.PROGRESS_FILE` names, if it does.
    """
    from spcse_ml.parallel import PROGRESS_FILE, Workers

    def progress(steps: Iterable[Any], total: int, what: str) -> Iterable[Any]:
        from tqdm import tqdm

        bar: Iterable[Any] = tqdm(
            steps, total=total, desc=what, unit="", unit_scale=unit_scale, file=sys.stderr, leave=False
        )
        file = os.environ.get(PROGRESS_FILE)
        return _counted(bar, total, what, Path(file)) if file else bar

    with executor(jobs=jobs, scheduler=scheduler) as pool:
        yield Workers(pool, progress)


def _counted(steps: Iterable[Any], total: int, what: str, file: Path) -> Iterator[Any]:
    def write(n_done: int) -> None:
        write_json(file, {"step": what, "done": n_done, "total": total})

    write(0)
    for n_done, step in enumerate(steps, start=1):
        write(n_done)
        yield step


@contextlib.contextmanager
def executor(*, jobs: int = 1, scheduler: str | None = None) -> Iterator[Any]:
    """Yield who does the jobs of `parallel.Workers`: a cluster if one is named, fresh processes, or nobody but us."""
    if scheduler is not None:
        with _cluster(scheduler) as client:
            yield client.get_executor()
    elif jobs == 1:
        yield None
    else:
        yield from _processes(jobs)


def _processes(jobs: int) -> Iterator[Any]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # threads wait for each other longer than they work
        os.environ.setdefault(name, "1")
    fresh = multiprocessing.get_context("spawn")  # a forked one could inherit a lock that nobody will ever open
    pool = ProcessPoolExecutor(jobs, mp_context=fresh, initializer=_follow_the_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_the_parent() -> None:
    """Leave Ctrl-C to the parent process, and end when it has ended, however that was."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    import multiprocessing

    if parent := multiprocessing.parent_process():
        parent.join()
    os._exit(1)


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ImportError as error:
        raise InputError([Fault("no-dask", column="scheduler", given=address)]) from error
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError([Fault("no-scheduler", column="scheduler", given=address)]) from error
    with client:
        yield client
