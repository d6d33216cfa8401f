"""What everybody may use: every public name is documented, with an example that runs."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

import spcse_ml
from spcse_ml.tables import released

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


def listed() -> list[str]:
    """Return the functions and classes that the reference lists."""
    page = (Path(__file__).parents[1] / "docs/reference/python.md").read_text()
    names = re.findall(r"auto(?:function|class|exception):: (spcse_ml[\w.]+)", page)
    return [name.removeprefix("spcse_ml.") for name in names]


def documented() -> list[str]:
    """Return what the reference lists, and the methods of the classes among it."""
    return [
        f"{name}.{method}" if method else name for name in listed() for method in ["", *public_methods(resolved(name))]
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


def test_paths_may_be_text(tmp_path: Path) -> None:
    recipe = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE"}
    assert spcse_ml.predict(store=str(tmp_path), **recipe)["retention_verdict"] == "useful"
    recorded = spcse_ml.record(str(tmp_path / "lab.csv"), {**recipe, "sigma_m_ms_cm": "1"}, store=str(tmp_path))
    assert (tmp_path / "lab.csv").is_file()
    assert recorded.added[0].sigma_m_ms_cm == 1
    assert len(spcse_ml.read_literature(str(released("data", "literature"))).rows) == len(
        spcse_ml.read_literature().rows
    )
