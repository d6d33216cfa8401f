"""The robustness study, run once a release: what the evaluation of the procedure depends on. `run` says how."""
