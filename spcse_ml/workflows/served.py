"""The model as MLflow serves it: our own model files, read when it is loaded; nothing is pickled."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.pyfunc import PythonModel

from spcse_ml.data.validation import formulations
from spcse_ml.storage.model_files import load_pair
from spcse_ml.workflows.predict import DEFAULT_LEVEL, answered


class ServedModel(PythonModel):
    """Answers recipes as `spcse-ml predict` does, columns in and out alike.

    Its name is public because every model that was logged imports it from whichever version serves it.

    >>> from types import SimpleNamespace
    >>> from spcse_ml.tables import released
    >>> served = ServedModel()
    >>> served.load_context(SimpleNamespace(artifacts={"models": released("models")}))
    >>> recipe = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
    >>> served.predict(None, pd.DataFrame([recipe]))["retention_verdict"].item()
    'useful'
    """

    def load_context(self, context: Any) -> None:
        """Read the model files that were logged as the artifact `models`.

        Args:
            context: MLflow's own: where it put the model files.
        """
        self.pair = load_pair(Path(context.artifacts["models"]), name="mlflow")

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Return the answers to a frame of recipes; bad recipes raise InputError naming row and column.

        Args:
            context: MLflow's own; not used.
            model_input: one recipe a row, in the columns of `Formulation`.
            params: may hold the `level` of the intervals, a fraction.

        Returns:
            One row per recipe, in the columns of `spcse-ml predict`.
        """
        text = model_input.astype(object).where(model_input.notna(), "")
        return answered(self.pair, formulations(text), level=DEFAULT_LEVEL, shows_own=False)  # anybody may ask
