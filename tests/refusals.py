"""How a test expects a refusal: by its codes, and by no sentence."""

from typing import Any

import pytest

from spcse_ml.errors import InputError, SpcseError


def refused(*codes: str, kind: type[SpcseError] = SpcseError) -> Any:
    """Return the context in which a refusal by just these codes is raised; a code for each fault."""
    return pytest.raises(kind, check=lambda error: codes_of(error) == list(codes))


def codes_of(error: SpcseError) -> list[str]:
    """Return the code of each fault, or that of a refusal without faults."""
    return [fault.code for fault in error.faults] if isinstance(error, InputError) else [error.code]
