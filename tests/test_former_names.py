"""What version 0.1.0 documented answers still, under its name and with its arguments, and says what bears it today."""

import importlib
import inspect
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import spcse_ml
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.robustness import stored_study
from spcse_ml.former_names import FORMER, formerly_named
from spcse_ml.reports.html import Section
from spcse_ml.schema import RETENTION
from spcse_ml.workflows.pictures import evaluation_pictures
from spcse_ml.workflows.report import section
from tests.test_public_names import listed, resolved

RELEASED = [
    match.groups(default="")
    for match in re.finditer(
        r"^((?:[a-z_]+\.)*)(\w+)(?:\.(\w+))?(?:\((.*)\))?$",
        (Path(__file__).parent / "golden/v0.1.0.names").read_text(),
        flags=re.MULTILINE,
    )
]
"""Module, name, member and arguments of all that the reference of 0.1.0 listed; never made anew."""

RENAMED = {
    "Trainable": "TrainingRows", "Reach": "PredictionRange", "JudgedModel": "EvaluatedModel",
    "OwnEvidence": "LabBenefit", "Scrutiny": "RobustnessStudy", "Wanted": "BatchRequest",
    "predict_one": "predict_recipe", "foretell": "preregister", "with_own": "with_lab_rows",
    "judged_pictures": "evaluation_pictures",
}  # fmt: skip

IN_THE_WAY_OF_BEFORE = {"section": section, "stored_scrutiny": stored_study}
"""These stay functions of their own: what took their place takes other arguments."""

COMPUTED_NOW = {"scores", "complete", "gain", "coverage"}
"""Arguments of `Evaluation` that are properties today: `evaluate` makes one, and nobody else."""


def of_today(name: str) -> Any:
    """Return what the reference of today lists in the place of a name of before."""
    if name in IN_THE_WAY_OF_BEFORE:
        return IN_THE_WAY_OF_BEFORE[name]
    (today,) = {one for one in listed() if one.rpartition(".")[2] == RENAMED.get(name, name)}
    return resolved(today)


def of_before(home: str, name: str) -> Any:
    """Return what stands under a name of before, its module imported as if for the first time."""
    if home.removesuffix(".") in FORMER:
        sys.modules.pop(f"spcse_ml.{home}".removesuffix("."), None)
    return getattr(importlib.import_module(f"spcse_ml.{home}".removesuffix(".")), name)


@pytest.mark.parametrize(("home", "name"), sorted({(home, name) for home, name, *_ in RELEASED}))
def test_a_name_of_before_gives_what_the_reference_lists_today_with_a_warning(home: str, name: str) -> None:
    today = of_today(name)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert of_before(home, name) is today
    categories = {one.category for one in told}
    stays = not home or (f"spcse_ml.{home}" == f"{today.__module__}." and today.__name__ == name)
    assert categories == (set() if stays else {DeprecationWarning})
    assert {one.filename for one in told} <= {__file__, importlib.__file__}  # whoever asked, not the machinery


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_all_that_was_a_module_is_one_module_still() -> None:
    for former in ("judging.verdict", "literature.schema", "workflows.challenge", "work"):
        assert importlib.import_module(f"spcse_ml.{former}") is importlib.import_module(f"spcse_ml.{FORMER[former]}")
    verdict = importlib.import_module("spcse_ml.evaluation.verdict")
    assert vars(sys.modules["spcse_ml.evaluation"])["verdict"] is verdict


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "name",
    ["judging.nothing", "judging.metrics", "literature.dataset.nothing", "work.nothing", "storage.served", "nothing"],
)
def test_a_module_that_was_never_documented_is_not_found(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"spcse_ml.{name}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("home", ["literature.dataset", "workflows.lab", "workflows.suggest", "workflows.ask", "work"])
def test_what_a_module_never_held_it_does_not_hold(home: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        of_before(f"{home}.", "nothing")


@pytest.mark.parametrize(
    "name", ["models.conformal.Reach", "data.dataset.Trainable", "evaluation.evaluated.JudgedModel"]
)
def test_a_name_of_before_answers_only_where_it_stood(name: str) -> None:
    home, _, last = name.rpartition(".")
    with pytest.raises(AttributeError):
        getattr(importlib.import_module(f"spcse_ml.{home}"), last)


@pytest.mark.parametrize(("name", "member"), [(name, member) for _, name, member, _ in RELEASED if member])
def test_what_a_class_held_it_holds_still(name: str, member: str) -> None:
    today = of_today(name)
    assert member in dir(today) or any(member in inspect.get_annotations(kind) for kind in today.__mro__)


def former_arguments() -> list[tuple[Any, str]]:
    """Return all functions and classes of today with each argument that was named otherwise before."""
    functions = [
        (inspect.getattr_static(of_today(name), member) if member else of_today(name), arguments.split(", "))
        for _, name, member, arguments in RELEASED
        if arguments and (not member or inspect.isfunction(getattr(of_today(name), member)))
    ]
    return [
        (function, argument)
        for function, arguments in functions
        for argument in arguments
        if argument not in inspect.signature(function).parameters
        and not (function is spcse_ml.Evaluation and argument in COMPUTED_NOW)
    ]


def test_the_arguments_of_before_are_asked_about() -> None:
    assert {argument for _, argument in former_arguments()} >= {"wanted", "judged", "told", "reach", "shuffled"}


@pytest.mark.parametrize(("function", "argument"), former_arguments())
def test_an_argument_of_before_is_handed_on_with_a_warning(function: Any, argument: str) -> None:
    today = dict.fromkeys(inspect.signature(function).parameters)
    with (
        pytest.warns(DeprecationWarning, match=rf"\({argument}=\) is now .*=\); the former name goes with version 0.3"),
        pytest.raises(TypeError, match="multiple values for keyword argument"),  # as it is one of these
    ):
        function(**today, **{argument: None})


def test_an_argument_of_before_does_what_it_did(released_pair: ModelPair) -> None:
    model = released_pair.retention.model
    recipes = [spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)]
    with pytest.warns(DeprecationWarning, match=r"MembraneModel.predict\(formulations=\) is now .*predict\(recipes=\)"):
        former = model.predict(formulations=recipes)  # type: ignore[call-arg]
    assert former.equals(model.predict(recipes))
    with pytest.warns(DeprecationWarning, match=r"calibrated\(told=\)"):
        assert model.calibrated(told=former) == model.calibrated(former)  # type: ignore[call-arg]
    with pytest.warns(DeprecationWarning, match=r"evaluation_pictures\(scrutiny=\)"):
        figures = evaluation_pictures(released_pair.retention.evaluation, scrutiny=None)  # type: ignore[call-arg]
    assert set(figures) == {"retention_held_out", "retention_estimators"}


def test_a_signature_stays_that_of_today() -> None:
    @formerly_named(wanted="request")
    def answer(request: int, *, level: float = 0.9) -> float:
        return request * level

    assert str(inspect.signature(answer)) == "(request: int, *, level: float = 0.9) -> float"
    with pytest.warns(DeprecationWarning, match=r"answer\(wanted=\) is now .*answer\(request=\)"):
        assert answer(wanted=2, level=0.5) == 1.0  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'wished'"):
        answer(wished=2)  # type: ignore[call-arg]


def test_former_names_of_attributes_warn_and_answer(released_pair: ModelPair) -> None:
    model, evaluation = released_pair.retention.model, released_pair.retention.evaluation
    with pytest.warns(DeprecationWarning, match="MembraneModel.trainable is now MembraneModel.training_rows"):
        assert model.trainable is model.training_rows
    with pytest.warns(DeprecationWarning, match="Dataset.trainable is now Dataset.training_rows"):
        assert len(literature().trainable(RETENTION).outcomes) == 30
    with pytest.warns(DeprecationWarning, match="Evaluation.p_of_chance is now Evaluation.p_value"):
        assert evaluation.p_of_chance == evaluation.p_value
    section = Section(released_pair.retention, None, None, {})
    with pytest.warns(DeprecationWarning, match="Section.judged is now Section.evaluated"):
        assert section.judged is section.evaluated
    with pytest.warns(DeprecationWarning, match="Section.scrutiny is now Section.study"):
        assert section.scrutiny is section.study
    with pytest.warns(DeprecationWarning, match="Section.why is now Section.summary"):
        assert section.why is section.summary
