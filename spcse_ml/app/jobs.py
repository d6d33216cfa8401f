"""Commands of the command line that run beside the page, each in a session of its own that can be ended as a whole."""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from spcse_ml.app.shared import refuse, session_folder, show_lines
from spcse_ml.errors import REFUSAL_FILE, SpcseError, from_json
from spcse_ml.parallel import PROGRESS_FILE


@dataclass(frozen=True)
class Job:
    """A command of the command line that runs beside the page."""

    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path
    refusal: Path
    """Its refusal as JSON, if it was refused."""
    steps: Path
    """The progress of its present step as JSON, once it has begun one."""

    @property
    def is_running(self) -> bool:
        """Return whether it still runs."""
        return self.process.poll() is None

    @property
    def is_stopped(self) -> bool:
        """Return whether a signal ended it."""
        return (self.process.poll() or 0) < 0

    def progress(self) -> tuple[float, str]:
        """Return how much of its present step is done, from 0 to 1, and the name of the step."""
        if not self.steps.exists():
            return 0.0, "starting"
        present = json.loads(self.steps.read_text(encoding="utf-8"))
        return present["done"] / max(present["total"], 1), present["step"]  # a step may have nothing to do

    def stop(self) -> None:
        """End it and every process that it has started."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def start(words: Sequence[str], name: str) -> Job:
    """Start a command of the command line in the folder of the page; what it says goes to the session's folder.

    It leads a session of its own, so that its workers end with it; with the page it ends as well.
    """
    endings = ("out", "err", "refusal.json", "progress.json")
    stdout, stderr, refusal, steps = (session_folder() / f"{name}.{ending}" for ending in endings)
    for file in (refusal, steps):
        file.unlink(missing_ok=True)
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - our own command line, without a shell
            [sys.executable, "-m", "spcse_ml", *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            env={**os.environ, REFUSAL_FILE: str(refusal), PROGRESS_FILE: str(steps)},
        )
    job = Job(process, stdout, stderr, refusal, steps)
    atexit.register(job.stop)
    return job


def watched(draw: Callable[[Job], None], job: Job) -> None:
    """Draw a job that runs, again and again, while the rest of the page stands still."""
    st.fragment(run_every=0.5)(draw)(job)


def finished(job: Job) -> None:
    """Show the output of a finished job, or why it was refused."""
    code = job.process.returncode
    if code == 0:
        st.success("Done.", icon=":material/check:")
        show_lines(job.stdout.read_text(encoding="utf-8"))
    elif (refusal := _refusal(job)) is not None:
        refuse(refusal)
    else:
        st.error(f"**Not done** (exit code {code}).", icon=":material/block:")
        show_lines(job.stderr.read_text(encoding="utf-8", errors="replace")[-2000:].strip())


def _refusal(job: Job) -> SpcseError | None:
    """Return why a job was refused, or None where it did not say so whole; then its stderr is shown."""
    try:
        return from_json(job.refusal.read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError):
        return None
