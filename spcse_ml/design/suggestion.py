"""One membrane to make next, and why: the reasons as codes with their values."""

from dataclasses import dataclass
from typing import ClassVar

from spcse_ml.design.minimum_content import MinimumContent
from spcse_ml.models.applicability import DomainReason

EXPLOIT, LEARN, CONTROL = "exploit", "learn", "control"


@dataclass(frozen=True)
class ExploitReason:
    """It adds most to the expected best of the batch; numbers are those of the target, in its unit."""

    code: ClassVar[str] = EXPLOIT
    number: int
    """In the order of the choice, from 1; the first has the highest expected value of all."""
    gain: float
    """Expected gain over the best of those chosen before; of the first its expected value."""
    best: float | None
    """The best outcome of the lab itself, if there is one."""
    probability: float | None
    """Of exceeding it."""


@dataclass(frozen=True)
class LearnReason:
    """It reduces the uncertainty about the promising candidates most."""

    code: ClassVar[str] = LEARN
    share: float
    """Of the variance of the promising candidates, each weighted by its probability to exceed the `mark`."""
    domain: str
    domain_reasons: tuple[DomainReason, ...]


@dataclass(frozen=True)
class ControlReason:
    """It repeats a published membrane that the model predicted well while its paper was held out."""

    code: ClassVar[str] = CONTROL
    place: str
    """Table and row, as in `TrainingRows.places`."""
    reference: str
    observed: float
    predicted: float


Reason = ExploitReason | LearnReason | ControlReason


@dataclass(frozen=True)
class Suggestion:
    """One membrane to make: the row of the candidates (or of the published rows for a control), and why."""

    row: int
    reason: Reason
    minimum: MinimumContent | None = None
    """The least content known of the kind of binder, where the membrane holds less."""

    @property
    def kind(self) -> str:
        """Return what it is made for: `EXPLOIT`, `LEARN` or `CONTROL`."""
        return self.reason.code
