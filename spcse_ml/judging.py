"""The former name of `evaluation.evaluated`, which models logged by version 0.1.0 import; it goes with version 0.3."""

import sys

from spcse_ml.evaluation import evaluated

sys.modules[f"{__name__}.answer"] = evaluated
