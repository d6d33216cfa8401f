import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from spcse_ml.errors import REFUSAL_FILE, from_json
from tests.refusals import codes_of

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_refusal_is_written_beside_and_put_in_its_place_whole(spcse_ml: Command, tmp_path: Path) -> None:
    refusal, same_file = tmp_path / "refusal.json", tmp_path / "link.json"
    refusal.write_text("what a reader has open", encoding="utf-8")
    os.link(refusal, same_file)
    done = spcse_ml("predict", "none.csv", **{REFUSAL_FILE: str(refusal)})
    assert done.returncode == 1
    assert codes_of(from_json(refusal.read_text(encoding="utf-8"))) == ["unreadable-file"]
    assert same_file.read_text(encoding="utf-8") == "what a reader has open"


def test_a_refusal_that_cannot_be_written_stands_on_stderr_all_the_same(spcse_ml: Command, tmp_path: Path) -> None:
    done = spcse_ml("predict", "none.csv", **{REFUSAL_FILE: str(tmp_path)})
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.startswith("Refused:\n")
