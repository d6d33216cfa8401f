"""What everybody may use: every public name is documented, with an example that runs."""

import doctest
import importlib
import inspect
import pkgutil
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import spcse_ml
from spcse_ml.data.dataset import literature
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.former_names import FORMER
from spcse_ml.reports.html import Section
from spcse_ml.schema import RETENTION

CALLABLE = [name for name in spcse_ml.__all__ if callable(getattr(spcse_ml, name))]


def test_the_public_names_are_few_and_all_there() -> None:
    assert len(CALLABLE) == len(spcse_ml.__all__) - 2  # but for the version and the targets
    assert len(spcse_ml.__all__) < 25


@pytest.mark.parametrize("name", CALLABLE)
def test_the_docstring_holds_an_example(name: str) -> None:
    thing = getattr(spcse_ml, name)
    assert doctest.DocTestParser().get_examples(thing.__doc__ or "")  # `make test` runs it with those of its module


@pytest.mark.parametrize("name", [name for name in CALLABLE if inspect.isfunction(getattr(spcse_ml, name))])
def test_a_function_tells_what_it_refuses(name: str) -> None:
    assert "Raises:\n" in (getattr(spcse_ml, name).__doc__ or "")


def documented() -> list[str]:
    """Return the functions that the reference lists, and the methods of the classes that it lists."""
    page = (Path(__file__).parents[1] / "docs/reference/python.md").read_text()
    names = [name.removeprefix("spcse_ml.") for name in re.findall(r"auto(?:function|class):: (spcse_ml[\w.]+)", page)]
    return [
        f"{name}.{method}" if method else name for name in names for method in ["", *public_methods(resolved(name))]
    ]


def resolved(name: str) -> Any:
    *home, last = name.split(".")
    if not home:
        return getattr(spcse_ml, last)
    try:
        return getattr(importlib.import_module(".".join(["spcse_ml", *home])), last)
    except ModuleNotFoundError:
        return getattr(resolved(".".join(home)), last)


def public_methods(thing: Any) -> list[str]:
    of_class = vars(thing) if inspect.isclass(thing) else {}
    return [name for name, method in of_class.items() if inspect.isfunction(method) and not name.startswith("_")]


@pytest.mark.parametrize("name", documented())
def test_a_documented_function_tells_its_arguments_and_what_it_returns(name: str) -> None:
    function = resolved(name)
    if not inspect.isfunction(function):
        return
    signature, text = inspect.signature(function), inspect.getdoc(function) or ""
    arguments = text.partition("Args:\n")[2].partition("\n\n")[0]
    told = set(re.findall(r"^    \**(\w+):", arguments, flags=re.MULTILINE))
    assert told == set(signature.parameters) - {"self"}
    gives = signature.return_annotation not in {None, "None"}
    assert not told or not gives or "Returns:\n" in text or text.startswith("Yield")


def test_no_module_hides_a_public_function_even_after_all_were_imported() -> None:
    for module in pkgutil.walk_packages(spcse_ml.__path__, "spcse_ml."):
        if module.name != "spcse_ml.storage.mlflow_model":  # a script that MLflow runs
            importlib.import_module(module.name)
    assert [name for name in spcse_ml.__all__ if inspect.ismodule(getattr(spcse_ml, name))] == []
    assert [name for name in CALLABLE if not callable(vars(spcse_ml).get(name, len))] == []


@pytest.mark.parametrize("name", FORMER)
def test_a_former_name_gives_the_module_of_today_with_a_warning(name: str) -> None:
    sys.modules.pop(f"spcse_ml.{name}", None)
    with warnings.catch_warnings(record=True) as told:  # a room that is imported on the way warns as well
        warnings.simplefilter("always")
        found = importlib.import_module(f"spcse_ml.{name}")
    sentence = f"spcse_ml.{name} is now spcse_ml.{FORMER[name]}; the former name goes with version 0.3."
    assert [one.category for one in told if str(one.message) == sentence] == [DeprecationWarning]
    assert found is importlib.import_module(f"spcse_ml.{FORMER[name]}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the room that is imported on the way
def test_a_name_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("spcse_ml.judging.nothing")


MEMBERS = {
    "data.dataset.Trainable": "TrainingRows",
    "models.conformal.Reach": "PredictionRange",
    "evaluation.evaluated.JudgedModel": "EvaluatedModel",
    "evaluation.lab_benefit.OwnEvidence": "LabBenefit",
    "evaluation.robustness.Scrutiny": "RobustnessStudy",
    "evaluation.robustness.stored_scrutiny": "stored_study",
    "workflows.lab.foretell": "preregister",
    "workflows.pictures.judged_pictures": "evaluation_pictures",
    "workflows.predict.predict_one": "predict_recipe",
    "workflows.suggest.Wanted": "BatchRequest",
    "workflows.train.with_own": "with_lab_rows",
}


@pytest.mark.parametrize("former", MEMBERS)
def test_a_former_name_of_what_a_module_holds_gives_what_bears_it_today_with_a_warning(former: str) -> None:
    home, _, name = former.rpartition(".")
    module = importlib.import_module(f"spcse_ml.{home}")
    with pytest.warns(DeprecationWarning, match=f"{name} is now spcse_ml.{home}.{MEMBERS[former]}; .* 0.3"):
        assert getattr(module, name) is getattr(module, MEMBERS[former])
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module.nothing  # noqa: B018


def test_former_names_of_attributes_warn_and_answer(released_pair: ModelPair) -> None:
    model, evaluation = released_pair.retention.model, released_pair.retention.evaluation
    with pytest.warns(DeprecationWarning, match="MembraneModel.trainable is now MembraneModel.training_rows"):
        assert model.trainable is model.training_rows
    with pytest.warns(DeprecationWarning, match="Dataset.trainable is now Dataset.training_rows"):
        assert len(literature().trainable(RETENTION).outcomes) == 31
    with pytest.warns(DeprecationWarning, match="Evaluation.p_of_chance is now Evaluation.p_value"):
        assert evaluation.p_of_chance == evaluation.p_value
    section = Section(released_pair.retention, None, None, {})
    with pytest.warns(DeprecationWarning, match="Section.judged is now Section.evaluated"):
        assert section.judged is section.evaluated
    with pytest.warns(DeprecationWarning, match="Section.scrutiny is now Section.study"):
        assert section.scrutiny is section.study
    with pytest.warns(DeprecationWarning, match="Section.why is now Section.summary"):
        assert section.why is section.summary
