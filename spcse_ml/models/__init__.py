"""What can be learnt from the rows: features, folds, estimators, intervals, domain and the model."""
