import json
import math

import pytest

from spcse_ml.evaluation.lab_benefit import LabBenefit, UnusedColumn
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.storage.files import plain_json
from spcse_ml.to_json import from_plain, to_plain

EVIDENCE = LabBenefit(
    3, 2, (0.8, 0.5, 1.2), False, ("blade_gap_um",), {"pressing_mpa": UnusedColumn("too-few", 2, 1, 2)},
    {"both": {"papers": 1.5, "your batches": None}}, {"both": Gain(1.0, -math.inf, math.inf, 1)},
)  # fmt: skip


def test_what_goes_through_json_comes_back_as_it_was() -> None:
    assert from_plain(LabBenefit, json.loads(plain_json(to_plain(EVIDENCE)))) == EVIDENCE


@pytest.mark.parametrize("change", [{"factor": [0.8, 0.5]}, {"gains": {"both": {"mean": "much"}}}, {"n_rows": None}])
def test_what_tells_something_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="LabBenefit"):
        from_plain(LabBenefit, to_plain(EVIDENCE) | change)
