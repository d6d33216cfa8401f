import pytest

from spcse_ml.design.candidates import Hidden, Remarks
from spcse_ml.design.minimum_content import MinimumContent
from spcse_ml.design.rules import Donor
from spcse_ml.design.screen import BROKEN
from spcse_ml.design.suggest import ControlReason, ExploitReason, LearnReason, Reason, Suggestion
from spcse_ml.models.applicability import DomainReason
from spcse_ml.reports.messages.batch import reason_text, remark_lines

DONORS = {"donor-number-caution": (Donor("anisole", 9, "published", ()), Donor("IBIB", 16.4, "analogue", (31, 38)))}
HIDDEN = Hidden(n_near=50, n_breaking=12, by_rule={"donor-number-caution": 12}, donors=DONORS, n_free=30, n_thin=4)
NOTHING = Hidden(n_near=50, n_breaking=0, by_rule={}, donors={}, n_free=50, n_thin=0)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (ExploitReason(1, 59.84, None, None), "highest expected retention: 59.8 %"),
        (ExploitReason(2, 3.14, 61.0, 0.4), "batch: 3.1 points, with a probability of 40 % to exceed your best, 61 %"),
        (
            LearnReason(0.05, "edge", (DomainReason("edge", "template-not-in-training", "template", "nylon"),)),
            "by 5 %, more than any other at the edge of the applicability",
        ),
        (ControlReason("2.7", "58", 56.8, 50.2), "repeats [58]: measured retention 56.8 %, predicted 50.2 %"),
    ],
)
def test_each_reason_is_a_sentence_with_its_numbers(reason: Reason, text: str) -> None:
    assert text in reason_text(Suggestion(0, reason))
    minimum = MinimumContent(2, "film", "cellulosic", "slurry coating")
    assert reason_text(Suggestion(0, reason, minimum)).endswith("binder that sets as a film holds less than 2 wt%")


def test_what_is_hidden_names_the_way_of_the_surface_and_no_other() -> None:
    remarks = Remarks(HIDDEN, True, 4, 4, True, True, 0.1)
    breaking, donors, thin = remark_lines(remarks)
    assert breaking == "hidden: 12 of 50 candidates break a rule (donor-number-caution 12)"
    assert donors.startswith("donor-number-caution: anisole, donor number 9 kcal/mol, published, used in no published")
    assert donors.endswith("estimated from an analogue, nevertheless used in references 31, 38")
    assert thin.startswith("hidden: 4 of the other 30")
    assert remark_lines(remarks, {BROKEN: "tick the box"})[0] == f"{breaking}; tick the box"


def test_a_batch_says_what_it_lacks() -> None:
    few, control = remark_lines(Remarks(NOTHING, True, 2, 4, False, True, 0.1))[-2:]
    assert few.startswith("only 2 of 4 new recipes")
    assert control.startswith("no control")
    assert remark_lines(Remarks(NOTHING, True, 4, 4, False, False, 0.1)) == []
    assert "[sigma_p_ms_cm]" in remark_lines(Remarks(NOTHING, False, 4, 4, True, True, 0.1))[0]
