"""What is logged beside the model files: a script of public names alone, which every later version can run."""

from mlflow.models import set_model

from spcse_ml import ServedModel

set_model(ServedModel())
