"""The former name of `data.validation`, which models logged by version 0.1.0 import; it goes with version 0.3."""

import sys

from spcse_ml.data import validation

sys.modules[f"{__name__}.recipes"] = validation
