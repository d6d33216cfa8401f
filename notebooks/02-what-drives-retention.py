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
# # What drives the retention, and how sure is that?
#
# A ranking of features is easy to print and hard to trust. This notebook first shows two rankings that would mislead
# you, then the SHAP values of XGBoost and of the released model side by side, then what can be said: contributions of
# the parts of a recipe with their ranks over resampled papers, and the review's own statements put to the test.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import spcse_ml

# %matplotlib inline
plt.rcParams["figure.dpi"] = 90
pd.options.display.precision = 1
pd.options.display.max_colwidth = 80
home = tempfile.TemporaryDirectory()
store = Path(home.name)  # an empty store: the released models answer, whatever you have trained
data = spcse_ml.read_literature()
rows = data.training_rows(spcse_ml.TARGETS["retention"])

# %% [markdown]
# ## 1. A misleading ranking: the importance that XGBoost prints
#
# The usual way: a column of 0 and 1 for every name, XGBoost as it ships, and its own importance (gain).

# %%
from xgboost import XGBRegressor

columns = ["sulfide_family", "method", "binder", "template", "solvent", "binder_wt_percent", "template_wt_percent"]
raw = pd.get_dummies(rows.recipes[columns]).astype(float)
gain = pd.Series(XGBRegressor().fit(raw, rows.outcomes).feature_importances_, raw.columns)
gain.sort_values(ascending=False).head(6).map("{:.0%}".format)

# %% [markdown]
# It looks like a finding. Now twenty times the same with the papers drawn with replacement, as if the review had met
# other papers of the same kind. Which column comes first, and which rank has the winner above?

# %%
papers = np.unique(rows.papers.astype(str))
places = pd.DataFrame(index=raw.columns)
for seed in range(20):
    drawn = np.random.default_rng(seed).choice(papers, len(papers))
    places_drawn = np.concatenate([np.flatnonzero(rows.papers == paper) for paper in drawn])
    fitted = XGBRegressor().fit(raw.iloc[places_drawn], rows.outcomes[places_drawn])
    places[seed] = pd.Series(fitted.feature_importances_, raw.columns).rank(ascending=False, method="first")
winner = gain.idxmax()
print("first place went to:", places.idxmin().value_counts().to_dict())
print(f"places of {winner!r}, first above: {places.loc[winner].min():.0f} to {places.loc[winner].max():.0f}")

# %% [markdown]
# First place passes among many columns, and several of them carry nearly the same information: a dry process has no
# solvent, and 6 of the 11 dry films hold PTFE. A tree takes the column that it meets first and gives it all the credit.
#
# ## 2. Contributions of the parts of a recipe
#
# The package explains parts of a recipe as a chemist decides them, not columns: method and solvent are one part, because
# a dry recipe with toluene is not a recipe; a template and its content are one part. The contribution of a part is its
# exact Shapley value (SHAP) through the whole model, in points of retention; contributions add up to the prediction.

# %%
from spcse_ml.workflows.predict import loaded_pair
from spcse_ml.workflows.report import section_of

section = section_of(loaded_pair(store).retention)
explanation = section.summary.explanation
explanation.importance.rename("mean |contribution|, points").to_frame()

# %% [markdown]
# ### SHAP of XGBoost and of the released model, side by side
#
# Any estimator of the package is explained in the same way. XGBoost as it ships, on the columns that the tables print:

# %%
boosted = spcse_ml.fit(data, spcse_ml.TARGETS["retention"], estimator="xgboost")
both = pd.DataFrame(
    {"released model": explanation.importance, "XGBoost": spcse_ml.explain(boosted).importance}
).sort_values("released model", ascending=False)
both

# %%
axes = both.iloc[::-1].plot.barh(figsize=(6, 3), color=["#0072B2", "#E69F00"])
axes.set(xlabel="mean |contribution| (points of retention)", ylabel="");

# %%
errors = loaded_pair(store).retention.evaluation.scores
print(f"error on unseen papers: released {errors['chosen'].mae:.1f} points, XGBoost {errors['xgboost'].mae:.1f} points")

# %% [markdown]
# Two models, two rankings: the template is first in one and last in the other. The released model counts the polymer
# volume that a template brings. The columns of XGBoost lack the content of the template; they have its method, and a
# binder content that is blank in 5 of the 9 recipes with a template. The usual TreeSHAP values by column
# (`shap.TreeExplainer`, here through `explain_features`):

# %%
by_column = spcse_ml.explain_features(boosted)
by_column.contributions.abs().mean().sort_values(ascending=False).head(6).rename("mean |SHAP|, points").to_frame()

# %% [markdown]
# So an importance is a property of a model. And each column above is still one ranking of one fit. What the released
# procedure says when the papers are drawn anew 200 times (a long computation, which the released model carries):

# %%
pd.DataFrame(
    [
        {
            "part": ranked.player,
            "points": ranked.importance,
            "95 % interval": f"{ranked.low:.1f} to {ranked.high:.1f}",
            "ranks": f"{ranked.rank_low} to {ranked.rank_high}",
            "cannot be told from": ", ".join(ranked.tied_with) or "none",
        }
        for ranked in section.study.importance
    ]
).set_index("part")

# %%
section.figures["retention_importance"]

# %% [markdown]
# Only the template stands apart: its rank is first or second, and method with solvent alone is tied with it. The other
# four are tied with each other. *Method and solvent matter more than the binder* is a sentence that this literature does
# not support.
#
# A check from outside the model: replace one part of a held-out recipe by that of another recipe. By how many points
# does the prediction for the unseen paper get worse?

# %%
pd.DataFrame(
    {part: {"worse by": gain.mean, "low": gain.low, "high": gain.high} for part, gain in section.study.error_added.items()}
).T.sort_values("worse by", ascending=False)

# %% [markdown]
# Where the interval contains zero (the binder's kind, once content and solvent are known), no effect was shown.
#
# Every published recipe, one dot for each part:

# %%
section.figures["retention_beeswarm"]

# %% [markdown]
# ## 3. Confounded parts

# %%
for pair in section.study.together:
    print(f"{pair.first} and {pair.second}: {pair.n_both} rows hold both, {pair.n_first} and {pair.n_second} hold either one")
pd.DataFrame(
    [
        {"knowing": alias.players[0], "tells of": alias.players[1], "share": f"{alias.information:.0%}"}
        for alias in section.study.aliases
    ]
)

# %% [markdown]
# The second line reads: 8 rows hold PTFE, 11 are dry, 6 are both. All dry films lack a solvent, and 6 of the 11 hold
# PTFE; no slurry does. An effect of one of the three may belong to another, and statistics on these rows separate them
# badly. Slurries with PTFE, or more dry films without it, would help.
#
# ## 4. What if: the content of the binder
#
# For one recipe: Li6PS5Cl with NBR from toluene. The band is the 90 % interval, dots are published slurries.

# %%
from spcse_ml.workflows.predict import predict_recipe
from spcse_ml.workflows.explain import explained_recipe

recipe = {"sulfide": "Li6PS5Cl", "binder": "NBR", "binder_wt_percent": "2", "method": "slurry", "solvent": "toluene"}
explained = explained_recipe(predict_recipe(recipe, store=store, level=0.9))
content, solvent = explained.curves
figure, axes = plt.subplots(figsize=(5.5, 3))
curve = content.answers
axes.fill_between(curve["binder_wt_percent"], curve["low"], curve["high"], alpha=0.15)
axes.plot(curve["binder_wt_percent"], curve["retention_percent"])
axes.scatter(content.published["binder_wt_percent"], content.published["observed"], c="black", s=14)
axes.set(xscale="log", xlabel="binder content (wt%)", ylabel="retention (%)", ylim=(0, 105))
axes.xaxis.set_major_formatter("{x:g}");

# %%
print(f"mean of all recipes {explained.explanation.base_values[0]:5.1f} %")
for part, points in explained.explanation.contributions.iloc[0].items():
    print(f"  {part:27} {points:+5.1f} points")
print(f"this recipe         {explained.explanation.predictions[0]:5.1f} %")

# %% [markdown]
# The same recipe from other solvents, a few of the catalogue, by donor number:

# %%
names = ["toluene", "anisole", "dibromomethane", "butyronitrile", "acetonitrile", "ethanol"]
solvents = solvent.answers[solvent.answers["solvent"].isin(names)]
solvents[["solvent", "donor_number_kcal_mol", "retention_percent", "low", "high", "domain"]].set_index("solvent")

# %% [markdown]
# Look at the intervals before the order: no pair stands clear of each other; even those of the first and the last solvent
# overlap. All are on the `edge`, because no training membrane holds NBR in a slurry. Butyronitrile comes out above
# acetonitrile although its donor number is higher: the model counts donor number over the size of the molecule.
#
# ## 5. The review's statements, put to the test
#
# The released model cannot test them, because its signs were fixed beforehand (nothing may help). A second model with
# free signs tests them, and a direction is stated only if it holds in 97.5 % of 200 resamplings and without each of the
# papers that weigh most.

# %%
pd.DataFrame(
    [
        {
            "statement": finding.name,
            "change, points": f"{finding.change:+.0f} ({finding.low:+.0f} to {finding.high:+.0f})",
            "same sign in": f"{finding.share:.1%}",
            "answer": finding.answer,
        }
        for finding in section.study.findings
    ]
)

# %%
section.figures["retention_chemistry"]

# %% [markdown]
# Three statements agree; for fibres against films and for the lithium salt the data cannot tell. *Cannot tell* is not *no*: the
# intervals are wide. How good is such a test? On simulated outcomes, where the truth is known:

# %%
trials = [trial for trial in section.study.statements if trial.design == "as it is"]
pd.DataFrame(
    [
        {
            "what was true": trial.simulated,
            "said rightly": f"{trial.right} of {trial.n}" if trial.simulated != "nothing" else "",
            "the wrong way round": trial.wrong if trial.simulated != "nothing" else "",
            "said of something else, untrue": f"{trial.unfounded} of {trial.n_unfounded_possible}",
        }
        for trial in trials
    ]
).set_index("what was true")

# %% [markdown]
# It never stated a direction the wrong way round, seldom stated an untrue one, and often stated none: even the easiest
# direction is missed in a fifth of the trials, that of the salt always. So no statement on the salt means little.
#
# ## Summary
#
# - Ask for the ranks over resampled papers, not for a ranking.
# - Contributions describe the model, not the material; they are associations, never causes. Another model of the same
#   rows ranks the parts in another way.
# - Parts that go together in the rows cannot be separated by any method, only by other membranes.
