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
# Which model said that, what had it seen, and how good was it? Every training is a run in MLflow, every model a readable
# file, one of them the champion that answers. Then the champion answers other programs over HTTP.

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
# To be quick it is given **ten papers** of the literature and not all of them; its numbers are worth as little as that.
# `spcse-ml train` (or `spcse_ml.train(store)`) takes all, in two to four minutes.

# %%
# %%capture
from spcse_ml.workflows.train import train_on

chosen = [31, 35, 36, 41, 42, 43, 46, 49, 51, 53, 60]
whole = spcse_ml.read_literature()
few = replace(whole, rows=whole.rows[whole.rows["reference"].isin(chosen)].reset_index(drop=True))
training = train_on(store, few)

# %%
for name, judged in training.pair.by_target.items():
    scores = judged.evaluation.scores
    print(f"{name:9} {judged.evaluation.n_papers} papers, error {scores['chosen'].mae:.1f}, of the mean {scores['mean'].mae:.1f} "
          f"{judged.model.target.error_unit}: {judged.verdict.value}")
print("champion of the store, being its first model:", training.is_champion)

# %% [markdown]
# With ten papers the retention is *undecided*: better than the mean perhaps, but not clearly. With all 29 it is *useful*.
#
# ## 2. What MLflow keeps
#
# One SQLite file in the store; nothing had to be started. `spcse-ml runs` lists the trainings; the name of the model is
# its date, so it is left out here.

# %%
from spcse_ml.workflows.compare import trainings

runs = trainings(store)
runs[["champion", "retention_mae", "retention_verdict", "thickness_mae", "thickness_verdict", "own_rows"]]

# %% [markdown]
# Below each training stands a run for every target and estimator, so that one can see what the procedure was compared
# with. Any MLflow client reads them:

# %%
import mlflow

mlflow.set_tracking_uri(f"sqlite:///{store / 'mlflow.db'}")
every = mlflow.search_runs(experiment_names=["spcse_ml"])
children = every[every["tags.mlflow.parentRunId"].notna()]
children.pivot(index="tags.estimator", columns="tags.target", values="metrics.mae").sort_values("retention")

# %% [markdown]
# `chosen` is the nested procedure, `nested` what it would be where the median ships for want of skill. The procedure
# chooses between `content_line` and `constrained_ridge` anew for every paper held out, and here it errs more than either
# of them alone: with nine papers to choose by, the choice itself is chance. That is what ten papers are worth.
#
# The model is in the registry too, with the alias `champion`, and its files are with the run:

# %%
client = mlflow.MlflowClient()
version = client.get_model_version_by_alias("spcse_ml", "champion")
print("registered: version", version.version, "of", version.name)
print("files:", ", ".join(sorted(Path(file.path).name for file in client.list_artifacts(training.run_id, "files"))[:6]), "...")

# %% [markdown]
# ## 3. What a model file is
#
# One JSON that anyone can read: rows, residuals, evaluation, libraries, a checksum. Loading it runs no code.

# %%
import json

told = json.loads((training.folder / "retention.json").read_text())
print("keys:", ", ".join(sorted(told)))

# %% [markdown]
# A file that was altered is refused. Here one number of the copy of a model is changed and the store asked again:

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
# ## 4. Serve it
#
# `spcse-ml serve` listens on this machine alone. Port 0 takes any that is free; the first line says which.

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

asked = urllib.request.Request(f"{address}/predict", json.dumps({"recipes": [recipe], "level": 0.5}).encode())
served = json.load(urllib.request.urlopen(asked))[0]
print(f"retention {served['retention_percent']:.0f} ({served['retention_low_percent']:.0f} to "
      f"{served['retention_high_percent']:.0f}) % at level {served['level']}, {served['domain']}, {served['retention_verdict']}")
print("nearest:", served["card"]["nearest"][0]["recipe"])
print("the same number as from Python:", round(served["retention_percent"], 9) == round(answer["retention_percent"], 9))

# %% [markdown]
# What the command line would refuse, the server refuses in the same words, all faults at once:

# %%
wrong = {"recipes": [{**recipe, "binder": "PTFEE"}, {**recipe, "solvent": "toluene"}]}
try:
    urllib.request.urlopen(urllib.request.Request(f"{address}/predict", json.dumps(wrong).encode()))
except urllib.error.HTTPError as refusal:
    print(refusal.code)
    print(json.load(refusal)["message"])

# %% [markdown]
# And the end of it:

# %%
import signal

server.send_signal(signal.SIGINT)
print("the server ended with", server.wait(30))
server.stdout.close()

# %% [markdown]
# ## What to keep
#
# - The first model of a store is its champion; later ones are challengers until `spcse-ml promote MODEL --reason "..."`.
#   `spcse-ml rollback` goes back. A running server follows with the next request.
# - `mlflow ui --backend-store-uri sqlite:///spcse_ml_store/mlflow.db` shows all of section 2 in a browser.
# - With `MLFLOW_TRACKING_URI` set, the same runs go to your team's server.
