"""Models: features, estimators, cross-validation, applicability domain, conformal intervals and the model."""
