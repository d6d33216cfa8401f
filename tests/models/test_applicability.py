from typing import Any

import pytest

from spcse_ml.data.dataset import frame_of
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.models.applicability import Domain
from spcse_ml.models.features import encode
from spcse_ml.schema import RETENTION

DRY: dict[str, Any] = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
WET = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 3, "solvent": "toluene"}
GENTLE = WET | {"binder": "PEO", "binder_wt_percent": 5}


def judge(**recipe: Any) -> dict[str, Any]:
    rows = encode(literature().training_rows(RETENTION).recipes)
    return dict(Domain(rows).place(encode(frame_of([formulation(**recipe)]))).iloc[0])


Reasons = list[tuple[str, str, Any, tuple[Any, ...], str]]


def facts(judged: dict[str, Any]) -> Reasons:
    reasons = judged["domain_reasons"]
    return [(reason.code, reason.column, reason.value, reason.known, reason.context) for reason in reasons]


NBR_AT_3 = ("content-not-reported", "binder_wt_percent", 3, (), "NBR")
SKELETON: dict[str, Any] = {"sulfide": "Li6PS5Cl", "method": "skeleton"}
PI_FROM_ETHANOL = {"template": "PI nonwoven", "template_wt_percent": 5, "solvent": "ethanol"}
FILLED: dict[str, Any] = {
    "sulfide": "LGPS",
    "method": "slurry",
    "binder": "PEO",
    "binder_wt_percent": 90,
    "solvent": "ACN",
}
"""The polymer electrolyte of [40], filled with sulfide."""


@pytest.mark.parametrize(
    ("recipe", "status", "reasons"),
    [
        (DRY, "inside", []),
        (GENTLE, "inside", []),
        (WET, "edge",
         [("binder-not-by-method", "binder", "NBR", ("skeleton templating",), "slurry coating"), NBR_AT_3]),
        (DRY | {"binder_wt_percent": 5}, "edge",
         [("content-far-from-known", "binder_wt_percent", 5, (0.2, 0.3, 0.4, 0.5, 1), "PTFE")]),
        (GENTLE | {"binder_wt_percent": 40}, "outside",
         [("content-beyond-range", "binder_wt_percent", 40, (0.2, 20), "PEO")]),
        (WET | {"binder_wt_percent": 30}, "outside",
         [("binder-not-by-method", "binder", "NBR", ("skeleton templating",), "slurry coating"),
          ("content-beyond-range", "binder_wt_percent", 30, (0.2, 20), "NBR")]),
        (GENTLE | {"binder_wt_percent": 50}, "outside",
         [("sulfide-family-not-filled-in", "sulfide", "argyrodite", (), ""),
          ("content-of-filled-polymer", "binder_wt_percent", 50, (90, 90), "PEO")]),
        (FILLED, "inside", []),
        (FILLED | {"sulfide": "Li6PS5Cl"}, "edge",
         [("sulfide-family-not-filled-in", "sulfide", "argyrodite", (), "")]),
        (FILLED | {"binder_wt_percent": 5}, "edge",
         [("sulfide-family-by-method-with-others", "sulfide", "LGPS", ("P(MMA/nBA)",), "slurry coating")]),
        (DRY | {"sulfide": "LGPS"}, "edge",
         [("sulfide-family-by-method-with-others", "sulfide", "LGPS", ("PEO",), "dry binder laminating")]),
        (DRY | {"sulfide": "70Li2S-30P2S5", "sulfide_family": "glass-ceramic", "binder": "PEO",
                "binder_wt_percent": 12}, "edge",
         [("sulfide-not-in-training", "sulfide", "70Li2S-30P2S5", (), "glass-ceramic"),
          ("sulfide-family-not-by-method", "sulfide", "glass-ceramic", ("slurry coating",), "dry binder laminating")]),
        (DRY | {"binder_wt_percent": None}, "edge", [("content-not-given", "binder_wt_percent", None, (), "PTFE")]),
        (DRY | {"binder_wt_percent": 0.01}, "outside",
         [("content-beyond-range", "binder_wt_percent", 0.01, (0.2, 20), "PTFE")]),
        (WET | {"binder": "HNBR"}, "edge",
         [("binder-not-in-training", "binder", "HNBR", (), "nitrile rubber"), (*NBR_AT_3[:4], "HNBR")]),
        (DRY | {"sulfide": "Li6PS5I"}, "edge", [("sulfide-not-in-training", "sulfide", "Li6PS5I", (), "argyrodite")]),
        (DRY | {"sulfide_family": "glass"}, "edge",
         [("sulfide-not-in-training", "sulfide", "Li6PS5Cl glass", (), "glass"),
          ("sulfide-family-by-method-with-others", "sulfide", "glass", ("polyimine",), "dry binder laminating")]),
        (DRY | {"sulfide": "Li3.25Ge0.25P0.75S4", "sulfide_family": "LGPS"}, "edge",
         [("sulfide-of-another-family", "sulfide", "Li3.25Ge0.25P0.75S4", (), "LGPS"),
          ("sulfide-family-by-method-with-others", "sulfide", "LGPS", ("PEO",), "dry binder laminating")]),
        (GENTLE | {"solvent": "heptane + toluene"}, "edge",
         [("solvent-not-in-training", "solvent", "n-heptane + toluene", (), "")]),
        (GENTLE | {"solvent": "water"}, "outside", [("solvent-protic", "solvent", "water", (), "")]),
        (WET | {"binder": "PVP"}, "outside",
         [("binder-class-not-in-training", "binder", "PVP", (), "lactam polymer"), (*NBR_AT_3[:4], "PVP")]),
        (GENTLE | {"solvent": "NMP"}, "outside",
         [("solvent-donor-number-beyond-range", "solvent", 27.3, (0.1, 19.2), "N-methyl-2-pyrrolidone")]),
        (GENTLE | {"donor_number_kcal_mol": 60}, "outside",
         [("solvent-donor-number-beyond-range", "solvent", 60, (0.1, 19.2), "toluene")]),
        (GENTLE | {"donor_number_kcal_mol": 5}, "edge",
         [("solvent-of-another-donor-number", "solvent", 5, (), "toluene")]),
        (SKELETON | {"template": "PET nonwoven", "template_wt_percent": 10}, "edge",
         [("content-not-reported", "template_wt_percent", 10, (), "PET nonwoven"),
          ("template-not-in-training", "template", "PET nonwoven", (), "")]),
        (SKELETON | PI_FROM_ETHANOL, "inside", []),
        (SKELETON | PI_FROM_ETHANOL | {"solvent": None}, "edge",
         [("template-not-without-solvent", "template", "PI nonwoven", (), "")]),
        (SKELETON | {"binder": "PTFE", "template": "EVA scaffold", "template_wt_percent": 7.5, "solvent": "toluene"},
         "edge",
         [("content-not-given", "binder_wt_percent", None, (), "PTFE"),
          ("template-not-with-solvent", "template", "EVA scaffold", (), "")]),
        (SKELETON | {"template": "nylon"}, "edge",
         [("content-not-given", "template_wt_percent", None, (), "nylon mesh")]),
    ],
)  # fmt: skip
def test_the_offending_input_is_named(recipe: dict[str, Any], status: str, reasons: Reasons) -> None:
    judged = judge(**recipe)
    assert (judged["domain"], facts(judged)) == (status, reasons)
    assert all(reason.status != "inside" and reason.among == "training" for reason in judged["domain_reasons"])


def test_a_mixture_that_rows_hold_is_known_in_any_order() -> None:
    first, same, other = (
        encode(frame_of([formulation(**GENTLE | {"solvent": name})]))
        for name in ("p-XYL + IBIB", "IBIB + p-XYL", "p-XYL + heptane")
    )
    told = [facts(dict(Domain(first).place(one).iloc[0])) for one in (same, other)]
    assert told == [[], [("solvent-not-in-training", "solvent", "n-heptane + p-xylene", (), "")]]


@pytest.mark.parametrize("solvent", ["p-xylene", "m-xylene", "o-xylene"])
def test_an_isomer_of_a_solvent_of_the_rows_is_known_as_that_is(solvent: str) -> None:
    mixed, isomer = judge(**GENTLE | {"solvent": "xylene"}), judge(**GENTLE | {"solvent": solvent})
    assert (isomer["domain"], isomer["difficulty"]) == (mixed["domain"], mixed["difficulty"])
    assert facts(isomer) == facts(mixed) == []
    another = judge(**GENTLE | {"solvent": solvent, "donor_number_kcal_mol": 4})
    assert facts(another)[0][0] == "solvent-not-in-training"
    assert facts(judge(**GENTLE | {"solvent": "ethylbenzene"}))[0][0] == "solvent-not-in-training"


def test_a_family_without_rows_is_outside() -> None:
    rows = encode(literature().training_rows(RETENTION).recipes)
    only_argyrodites = Domain(rows[rows["sulfide_family"] == "argyrodite"])
    judged = only_argyrodites.place(encode(frame_of([formulation(**DRY | {"sulfide": "LGPS"})])))
    assert facts(dict(judged.iloc[0])) == [("sulfide-family-not-in-training", "sulfide", "Li10GeP2S12", (), "LGPS")]


def test_an_unlisted_binder_is_no_easier_than_a_listed_one_of_its_class() -> None:
    unlisted = judge(**WET | {"binder": "my rubber", "binder_class": "nitrile rubber"})
    assert unlisted["difficulty"] >= judge(**WET)["difficulty"]


def test_the_farther_from_the_rows_the_harder() -> None:
    ladder = [judge(**DRY), judge(**DRY | {"binder_wt_percent": 5}), judge(**DRY | {"binder": "PVP"})]
    difficulties = [step["difficulty"] for step in ladder]
    assert difficulties == sorted(difficulties)
    assert difficulties[0] < difficulties[-1]


def test_a_family_that_fills_polymer_electrolytes_alone_covers_no_sulfide_membrane() -> None:
    rows = encode(literature().training_rows(RETENTION).recipes)
    only = Domain(rows[(rows["sulfide_family"] != "LGPS") | (rows["polymer_wt_percent"] > 50)])
    reasons = facts(dict(only.place(encode(frame_of([formulation(**DRY | {"sulfide": "LGPS"})]))).iloc[0]))
    assert ("sulfide-family-only-filled-in", "sulfide", "LGPS", (), "") in reasons
