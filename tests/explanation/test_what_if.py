import pytest

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.explanation.what_if import content_curve, solvent_curve

WET = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "PEO", "solvent": "toluene"}


def test_a_step_of_a_curve_is_the_prediction_of_that_recipe(released_pair: ModelPair) -> None:
    model = released_pair.retention.model
    curve = content_curve(model, formulation(**WET, binder_wt_percent=5))
    step = curve.answers.iloc[20]
    alone = model.predict([formulation(**WET, binder_wt_percent=float(step["binder_wt_percent"]))]).iloc[0]
    assert (step["retention_percent"], step["low"], step["high"]) == pytest.approx(
        (alone["retention_percent"], alone["low"], alone["high"])
    )
    assert curve.answers["retention_percent"].is_monotonic_decreasing
    assert set(curve.published["paper"]) >= {"31", "32", "40"}
    assert curve.published.loc[curve.published["paper"] == "31", "is_alike"].all()


def test_without_a_binder_the_content_is_that_of_the_template(released_pair: ModelPair) -> None:
    recipe = formulation(sulfide="Li3PS4", method="skeleton", template="PPTA nonwoven", solvent="toluene")
    assert content_curve(released_pair.retention.model, recipe).column == "template_wt_percent"


def test_solvents_stand_by_donor_number_and_the_own_donor_number_does_not_follow(released_pair: ModelPair) -> None:
    curve = solvent_curve(released_pair.retention.model, formulation(**WET, donor_number_kcal_mol=30))
    assert curve.answers["donor_number_kcal_mol"].is_monotonic_increasing
    assert len(curve.answers) == len(catalogue().solvents) + 1  # and the recipe as it was given
    own = curve.answers[curve.answers["is_given"]].iloc[0]
    asked = released_pair.retention.model.predict([formulation(**WET, donor_number_kcal_mol=30)])
    assert (own["solvent"], own["donor_number_kcal_mol"]) == ("toluene", 30)
    assert own["retention_percent"] == pytest.approx(asked["retention_percent"][0])
    plain = released_pair.retention.model.predict([formulation(**WET)])["retention_percent"][0]
    told = curve.answers[~curve.answers["is_given"]].set_index("solvent").loc["toluene", "retention_percent"]
    assert told == pytest.approx(plain)


def test_a_dry_recipe_has_no_solvent_to_exchange(released_pair: ModelPair) -> None:
    dry = formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    with pytest.raises(InputError) as refused:
        solvent_curve(released_pair.retention.model, dry)
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [("no-solvent-to-replace", "solvent")]
