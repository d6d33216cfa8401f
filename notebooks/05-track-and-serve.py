# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Track every training, serve one model
#
# Which model gave an answer, on which rows was it trained, and how good was it? Every training is a run in MLflow, every
# model a readable file, one of them the champion that answers. At the end the champion answers other programs over HTTP.

# %%
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

import spcse_ml

pd.options.display.precision = 1
home = tempfile.TemporaryDirectory()
store = Path(home.name)  # what is trained here is kept here, and gone when the notebook is closed

# %% [markdown]
# ## 1. A training
#
# To be quick, only **ten papers** of the literature are used, and the numbers are worth as little as that.
# `spcse-ml train` (or `spcse_ml.train(store)`) uses all, in two to four minutes.

# %%
# %%capture
from spcse_ml.workflows.train import train_on

chosen = [31, 35, 36, 41, 42, 43, 46, 49, 51, 53, 60]
whole = spcse_ml.read_literature()
few = replace(whole, rows=whole.rows[whole.rows["reference"].isin(chosen)].reset_index(drop=True))
training = train_on(store, few)

# %%
for name, evaluated in training.pair.by_target.items():
    scores = evaluated.evaluation.scores
    print(f"{name:9} {evaluated.evaluation.n_papers} papers, error {scores['chosen'].mae:.1f}, of the mean {scores['mean'].mae:.1f} "
          f"{evaluated.model.target.error_unit}: {evaluated.verdict.value}")
print("champion of the store, being its first model:", training.is_champion)

# %% [markdown]
# Ten papers are few: ten others may well give another verdict. That of the released models rests on 28.
#
# ## 2. An experiment
#
# The same ten papers with an estimator of your choice: XGBoost with shallow trees, contents filled inside the folds. It is
# held out, calibrated and evaluated like the procedure above. It is a challenger, which answers only once it is promoted.

# %%
# %%capture
from spcse_ml.workflows.train import experiment_of

shallow = experiment_of(name="shallow", estimator="filled_xgboost", parameters={"max_depth": 2, "n_estimators": 50},
                        tags={"study": "trees"}, note="Do shallow trees do better than the line?")
experiment = train_on(store, few, experiment=shallow)

# %% [markdown]
# Each training leaves a file that repeats it to the digit:

# %%
print("\n".join(line for line in (experiment.folder / "experiment.toml").read_text().splitlines() if line[:1] != "#"))

# %% [markdown]
# ## 3. What MLflow keeps
#
# One SQLite file in the store; nothing had to be started. `spcse-ml runs` lists the trainings, the least error first, with
# the gain over the champion on the same papers:

# %%
from spcse_ml.workflows.runs import target_runs

retention_runs = target_runs(store, spcse_ml.TARGETS["retention"])
listed = retention_runs.rows[["model", "is_champion", "estimator", "mae", "verdict"]]
listed.assign(gain=[gain and f"{gain.mean:.1f} ({gain.low:.1f} to {gain.high:.1f})" for gain in retention_runs.rows["gain"]],
              model=["shallow" if model == "shallow" else "(its date)" for model in listed["model"]])

# %% [markdown]
# The looks are counted: two procedures were scored on these rows, and the error of the better one is corrected for the choice.

# %%
for looks in retention_runs.looks.values():
    print(f"{looks.n} procedures; the better errs by {looks.mae:.1f} as it is, by {looks.corrected:.1f} corrected, "
          f"the mean by {looks.baseline:.1f}")

# %% [markdown]
# Below each training stands a run for every target, with all parameters of its pipeline, the errors of the baselines and that
# of each held-out paper. Any MLflow client reads them:

# %%
import mlflow

mlflow.set_tracking_uri(f"sqlite:///{store / 'mlflow.db'}")
every = mlflow.search_runs(experiment_names=["spcse_ml-checked"])
children = every[every["tags.mlflow.parentRunId"].notna()]
errors = children.set_index("tags.mlflow.runName").filter(regex="^metrics.mae( of|$)").T
errors.rename(columns=lambda name: name if "shallow" in name else name.split()[-1]).sort_index(axis=1).sort_values("retention")

# %% [markdown]
# `mae` is the procedure itself. The released one chooses between `content_line` and `constrained_ridge` anew for every
# held-out paper, and with nine papers that choice is chance.
#
# The parameters of the experiment and of every step of its pipeline are columns too, so that runs can be sorted by them:

# %%
run = children[children["tags.mlflow.runName"] == "shallow retention"].iloc[0]
names = ["estimator", "features", "folds", "n_papers", "contents__quantile", "regress__max_depth", "regress__n_estimators"]
print(f"{sum(run[run.index.str.startswith('params.')].notna())} parameters, among them")
pd.DataFrame({"value": {name: run[f"params.{name}"] for name in names}})

# %% [markdown]
# The model is in the registry too, with the alias `champion`, and its files are with the run:

# %%
client = mlflow.MlflowClient()
version = client.get_model_version_by_alias("spcse_ml", "champion")
print("registered: version", version.version, "of", version.name)
print("files:", ", ".join(sorted(Path(file.path).name for file in client.list_artifacts(training.run_id, "files"))[:6]), "...")

# %% [markdown]
# ## 4. What a model file is
#
# One readable JSON file: rows, estimator, calibration, evaluation, libraries, a checksum. Loading it runs no code.

# %%
import json

content = json.loads((training.folder / "retention.json").read_text())
print("keys:", ", ".join(sorted(content)))

# %% [markdown]
# An altered file is refused. Here one number in the file is changed before the next prediction:

# %%
path = training.folder / "retention.json"
kept = path.read_text()
place = kept.index("98.8")
path.write_text(kept[:place] + "68.8" + kept[place + 4 :])
recipe = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
try:
    spcse_ml.predict(store=store, **recipe)
except spcse_ml.SpcseError as refusal:
    print(str(refusal).replace(str(path), path.name))
path.write_text(kept);

# %%
answer = spcse_ml.predict(store=store, **recipe)
print(f"retention {answer['retention_percent']:.0f} ({answer['retention_low_percent']:.0f} to "
      f"{answer['retention_high_percent']:.0f}) %, {answer['retention_verdict']}")
print("answered by the champion:", answer["model"] == training.pair.name)

# %% [markdown]
# ## 5. Serve it
#
# `spcse-ml serve` listens on this machine alone. Port 0 takes any free port; the first line names it.

# %%
import os
import re
import subprocess
import sys

server = subprocess.Popen(
    [sys.executable, "-m", "spcse_ml", "serve", "--port", "0"],
    cwd=store, env={**os.environ, "SPCSE_ML_HOME": str(store)}, stdout=subprocess.PIPE, text=True,
)
address = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline()).group()
print("listening on 127.0.0.1:", address.startswith("http://127.0.0.1:"))

# %% [markdown]
# A client needs nothing of this package, only the standard library (or R, or a spreadsheet):

# %%
import urllib.error
import urllib.request

request = urllib.request.Request(f"{address}/predict", json.dumps({"recipes": [recipe], "level": 0.5}).encode())
served = json.load(urllib.request.urlopen(request))[0]
print(f"retention {served['retention_percent']:.0f} ({served['retention_low_percent']:.0f} to "
      f"{served['retention_high_percent']:.0f}) % at level {served['level']}, {served['domain']}, {served['retention_verdict']}")
print("nearest:", served["card"]["nearest"][0]["recipe"])
print("the same number as from Python:", round(served["retention_percent"], 9) == round(answer["retention_percent"], 9))

# %% [markdown]
# The server refuses the same recipes as the command line, in the same words, all faults at once:

# %%
wrong = {"recipes": [{**recipe, "binder": "PTFEE"}, {**recipe, "solvent": "toluene"}]}
try:
    urllib.request.urlopen(urllib.request.Request(f"{address}/predict", json.dumps(wrong).encode()))
except urllib.error.HTTPError as refusal:
    print(refusal.code)
    print(json.load(refusal)["message"])

# %% [markdown]
# Stop the server:

# %%
import signal

server.send_signal(signal.SIGINT)
print("the server ended with", server.wait(30))
server.stdout.close()

# %% [markdown]
# ## Summary
#
# - The first model of a store is its champion; later ones are challengers until `spcse-ml promote MODEL --reason "..."`.
#   `spcse-ml rollback` goes back. A running server follows with the next request.
# - `mlflow ui --backend-store-uri sqlite:///spcse_ml_store/mlflow.db` shows all of section 3 in a browser.
# - With `MLFLOW_TRACKING_URI` set, the same runs go to your team's server.
