from typing import Any

import pytest

from spcse_ml.data.dataset import frame_of, literature
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


@pytest.mark.parametrize(
    ("recipe", "status", "reason"),
    [
        (DRY, "inside", ""),
        (WET | {"binder": "PEO", "binder_wt_percent": 5}, "inside", ""),
        (
            WET,
            "edge",
            "binder: no learnt row holds NBR by slurry coating, only by skeleton templating; "
            "binder_wt_percent: 3 wt%; no learnt row with NBR tells one",
        ),
        (DRY | {"binder_wt_percent": 5}, "edge", "binder_wt_percent: 5 wt%; rows with PTFE hold 0.2, 0.3, 0.4, 0.5, 1"),
        (GENTLE | {"binder_wt_percent": 40}, "edge", "binder_wt_percent: 40 wt%; rows with PEO hold 3, 5, 12, 90"),
        (DRY | {"binder_wt_percent": None}, "edge", "binder_wt_percent: not given"),
        (DRY | {"binder_wt_percent": 0.01}, "outside", "binder_wt_percent: 0.01 wt%; rows hold 0.2 to 90"),
        (
            WET | {"binder": "HNBR"},
            "edge",
            "binder: no learnt row holds HNBR, only others of the class nitrile rubber; "
            "binder_wt_percent: 3 wt%; no learnt row with HNBR tells one",
        ),
        (
            DRY | {"sulfide": "Li6PS5I"},
            "edge",
            "sulfide: no learnt row holds Li6PS5I, only others of the family argyrodite",
        ),
        (GENTLE | {"solvent": "heptane + toluene"}, "edge", "solvent: no learnt row holds n-heptane + toluene"),
        (
            GENTLE | {"solvent": "water"},
            "outside",
            "solvent: water dissolves or decomposes sulfides; no learnt row holds it",
        ),
        (
            WET | {"binder": "PVP"},
            "outside",
            "binder: no learnt row holds PVP or another of the class lactam polymer; "
            "binder_wt_percent: 3 wt%; no learnt row with PVP tells one",
        ),
        (GENTLE | {"solvent": "NMP"}, "outside", "solvent: donor number 27.3 kcal/mol; rows hold 0.1 to 19.2"),
        (
            {"sulfide": "Li6PS5Cl", "method": "skeleton", "template": "PET nonwoven", "template_wt_percent": 10},
            "edge",
            "template_wt_percent: 10 wt%; no learnt row with PET nonwoven tells one; "
            "template: no learnt row holds PET nonwoven",
        ),
        (
            {"sulfide": "Li6PS5Cl", "method": "skeleton", "template": "nylon"},
            "edge",
            "template_wt_percent: not given",
        ),
    ],
)
def test_the_offending_input_is_named(recipe: dict[str, Any], status: str, reason: str) -> None:
    judged = judge(**recipe)
    assert (judged["domain"], judged["domain_reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("recipe", "status", "reason"),
    [
        (GENTLE | {"donor_number_kcal_mol": 60}, "outside", "solvent: donor number 60 kcal/mol; rows hold 0.1 to 19.2"),
        (GENTLE | {"donor_number_kcal_mol": 5}, "edge", "solvent: no learnt row holds {} with donor number 5"),
        (
            DRY | {"sulfide_family": "glass"},
            "edge",
            "sulfide: no learnt row holds Li6PS5Cl of the family glass, only others of the family glass",
        ),
    ],
)
def test_a_listed_name_with_a_figure_of_ones_own_is_not_the_one_that_rows_hold(
    recipe: dict[str, Any], status: str, reason: str
) -> None:
    judged = judge(**recipe)
    assert (judged["domain"], judged["domain_reason"]) == (status, reason.format(formulation(**recipe).solvent))


def test_a_mixture_that_rows_hold_is_known_in_any_order() -> None:
    first, same, other = (
        encode(frame_of([formulation(**GENTLE | {"solvent": name})]))
        for name in ("p-XYL + IBIB", "IBIB + p-XYL", "p-XYL + heptane")
    )
    told = [Domain(first).place(one)["domain_reason"][0] for one in (same, other)]
    assert told == ["", "solvent: no learnt row holds n-heptane + p-xylene"]


def test_a_family_without_rows_is_outside() -> None:
    rows = encode(literature().training_rows(RETENTION).recipes)
    only_argyrodites = Domain(rows[rows["sulfide_family"] == "argyrodite"])
    judged = only_argyrodites.place(encode(frame_of([formulation(**DRY | {"sulfide": "LGPS"})])))
    assert judged["domain_reason"][0] == "sulfide: no learnt row holds one of the family LGPS"


def test_an_unlisted_binder_is_no_easier_than_a_listed_one_of_its_class() -> None:
    unlisted = judge(**WET | {"binder": "my rubber", "binder_class": "nitrile rubber"})
    assert unlisted["difficulty"] >= judge(**WET)["difficulty"]


def test_the_farther_from_the_rows_the_harder() -> None:
    ladder = [judge(**DRY), judge(**DRY | {"binder_wt_percent": 5}), judge(**DRY | {"binder": "PVP"})]
    difficulties = [step["difficulty"] for step in ladder]
    assert difficulties == sorted(difficulties)
    assert difficulties[0] < difficulties[-1]
