"""Throw guided nonsense at the readers of formulas and of quantities; anything but an answer or a refusal is a finding.

    pip install atheris
    python tests/fire/fuzz.py formula -max_total_time=1200
    python tests/fire/fuzz.py units -max_total_time=1200

What was found stands as an input in hostile.py or in the tests of the reader.
"""

import math
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["spcse_ml.chemistry", "spcse_ml.data", "spcse_ml.schema"]):
    from hostile import NUMBERS, OTHERS, SULFIDES

    from spcse_ml.chemistry.compositions import net_charge, normal_form
    from spcse_ml.chemistry.formulas import read_composition
    from spcse_ml.chemistry.sulfide_families import families_of
    from spcse_ml.data.units import in_unit
    from spcse_ml.errors import InputError
    from spcse_ml.schema import Formulation, columns

QUANTITIES = [text for texts in OTHERS.values() for text in texts]
COLUMNS = [column for column in columns(Formulation).values() if column.is_number]


def formula(data: bytes) -> None:
    """Read a formula; what is read has finite amounts of known elements."""
    text = data.decode("utf-8", "ignore")
    try:
        composition = read_composition(text)
    except InputError:
        return
    assert composition
    assert all(amount >= 0 and math.isfinite(amount) for amount in composition.values()), text
    assert math.isfinite(net_charge(composition))
    assert families_of(composition)
    assert len(normal_form(composition)) > 0


def units(data: bytes) -> None:
    """Read a quantity; what changes is a plain number."""
    column, text = COLUMNS[len(data) % len(COLUMNS)], data.decode("utf-8", "ignore")
    try:
        found = in_unit(text, column)
    except InputError:
        return
    if found != text:
        assert found == found.strip()


def seeds(texts: Iterable[str]) -> str:
    """Return a folder that holds the texts, a file each, for the fuzzer to begin from."""
    folder = Path(tempfile.mkdtemp())
    for number, text in enumerate(texts):
        (folder / str(number)).write_text(text, encoding="utf-8")
    return str(folder)


if __name__ == "__main__":
    name = sys.argv.pop(1)
    target, texts = {"formula": (formula, SULFIDES), "units": (units, [*NUMBERS, *QUANTITIES])}[name]
    atheris.Setup([*sys.argv, seeds(texts)], target)
    atheris.Fuzz()
