"""`spcse-ml cell`, as typed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from spcse_ml.cli.cell import cell

Command = Callable[..., subprocess.CompletedProcess[str]]
ASKED = ("cell", "--cell", "NCM811/Li", "--thickness", "30", "--sulfide", "Li6PS5Cl", "--binder", "PTFE",
         "--binder-wt", "0.5")  # fmt: skip


def _told(*words: str) -> str:
    return CliRunner().invoke(cell, words, catch_exceptions=False).output


def test_the_energy_comes_first_then_the_budget_then_the_assumptions(spcse_ml: Command) -> None:
    done = spcse_ml(*ASKED)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("specific energy  391 Wh/kg (the stack alone")
    assert lines[1] == "energy density   951 Wh/L"
    assert done.stdout.index("membrane") < done.stdout.index("sum ") < done.stdout.index("assumptions")
    assert "active_wt_percent = 80 wt%: (estimate) no source" in done.stdout
    assert "binder_wt_percent = 0.5 wt%: given" in done.stdout
    assert "thickness_um = 30 µm: given" in done.stdout  # also where the catalogue's is the same
    assert "resistance does not enter" in done.stdout


def test_json_holds_the_same_and_its_budget_adds_up(spcse_ml: Command) -> None:
    told = json.loads(spcse_ml(*ASKED, "--format", "json", "--set", "packaging_factor=0.5").stdout)
    assert told["level"] == "cell"
    assert told["mass_mg_cm2"] == pytest.approx(sum(part["mass_mg_cm2"] for part in told["parts"]))
    held = told["areal_capacity_mah_cm2"] * told["mean_voltage_v"]
    assert told["specific_energy_wh_kg"] == pytest.approx(0.5 * held / told["mass_mg_cm2"] * 1000)
    assert all(one["source"] for one in told["assumptions"])


def test_what_show_prints_is_a_file_to_edit_and_to_give_back(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    shown, first = _told("--cell", "LCO/Li-In", "--show"), _told("--cell", "LCO/Li-In")
    mine.write_text(shown, encoding="utf-8")
    assert _told("--file", str(mine)) == first
    assert "thickness_um = 30.0" in shown
    mine.write_text(shown.replace("thickness_um = 30.0", "thickness_um = 90"), encoding="utf-8")
    edited = _told("--file", str(mine))
    assert "thickness_um = 90 µm: given" in edited
    assert int(edited.split()[2]) < int(first.split()[2])


def test_a_folder_gets_the_figure(spcse_ml: Command, tmp_path: Path) -> None:
    done = spcse_ml("cell", "--out", "figures", "--format", "json")
    assert json.loads(done.stdout)["level"] == "stack"
    assert (tmp_path / "figures" / "cell_energy_against_thickness.png").stat().st_size > 10_000
    assert b"[62]" in (tmp_path / "figures" / "cell_energy_against_thickness.svg").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--thickness", "a", "--binder", "PTFEE"), 1, "thickness_um 'a': not a number"),
        (("--cell", "NCM811/gold"), 1, "allowed: Li, anode-free, graphite, Li-In, silicon"),
        (("--file", "none.toml"), 1, "none.toml: cannot be read"),
        (("--set", "thickness_um"), 2, "not NAME=VALUE"),
        (("--set", "n_to_p=1", "--set", "n_to_p=2"), 2, "n_to_p: given twice"),
        (("--thickness", "3", "--set", "thickness_um=3"), 2, "given by its flag and by --set"),
    ],
)
def test_a_cell_that_cannot_be_is_one_clear_error(
    spcse_ml: Command, words: tuple[str, ...], code: int, told: str
) -> None:
    done = spcse_ml("cell", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_its_help_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['spcse-ml', 'cell', '--help']; from spcse_ml.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\nprint('|'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "scipy", "matplotlib"} & set(done.stderr.strip().split("|"))
    assert "NCM811" in done.stdout
