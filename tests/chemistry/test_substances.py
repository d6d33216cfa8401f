"""Every figure of the catalogue has a source and every label stands in the codebook."""

import csv
import re
from collections import Counter
from typing import Any

import pytest

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.substances import ANNOTATORS, label_table
from spcse_ml.tables import released

KINDS_OF_FIGURE = {"published", "analogue", "convention", "estimate", "computed", "uncited_dictionary"}
CODEBOOK = released("data", "catalogue", "codebook.md").read_text(encoding="utf-8")
LABELLED = ("polymers", "solvents", "templates")


def rows_of(name: str) -> list[dict[str, str]]:
    with released("data", "catalogue", f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def section(label: str, after: str = "") -> str:
    """Return what the codebook says of a label, up to the next one."""
    found = re.search(rf"\*\*{label}\*\*(.*?)(?=\n\*\*|\n## |\Z)", CODEBOOK[CODEBOOK.find(after) :], re.DOTALL)
    assert found, f"the codebook says nothing of {label}"
    return found[1]


def tabled(label: str) -> set[str]:
    return set(re.findall(r"^\| ([^|]+?) \|", section(label), re.MULTILINE)) - {"value"}


def allowed_values() -> dict[tuple[str, str], set[str]]:
    order = section("polar_group").replace("\n", " ").split("in the order")[1].strip(" .\n")
    donors = section("donor_group").replace("\n", " ").split(":")[1].strip(" .\n")
    yes_no = {"yes", "no"}
    return {
        ("polymers", "chemical_class"): tabled("chemical_class"),
        ("polymers", "polar_group"): {word.strip() for word in order.split("<")},
        ("polymers", "has_net_dipole"): yes_no,
        ("polymers", "donates_hydrogen_bond"): yes_no,
        ("polymers", "form"): tabled("form"),
        ("polymers", "state_at_25_c"): set(re.findall(r"`(\w+)`", section("state_at_25_c"))),
        ("solvents", "donor_group"): {word.strip() for word in donors.split(",")},
        ("solvents", "donates_hydrogen_bond"): yes_no,
        ("solvents", "is_aromatic"): yes_no,
        ("solvents", "branching"): yes_no,
        ("templates", "geometry"): tabled("geometry"),
        ("templates", "material_class"): tabled("chemical_class"),
    }


@pytest.mark.parametrize("annotator", ANNOTATORS)
@pytest.mark.parametrize(("kind", "label"), list(allowed_values()))
def test_every_label_value_is_allowed_by_the_codebook(kind: str, label: str, annotator: str) -> None:
    allowed = allowed_values()[kind, label]
    assert len(allowed) >= 2
    assert {row[label] for row in label_table(kind, annotator).values()} <= allowed


@pytest.mark.parametrize("kind", LABELLED)
def test_the_annotators_filled_in_exactly_the_labels_of_the_codebook(kind: str) -> None:
    labels = {label for of_kind, label in allowed_values() if of_kind == kind}
    for annotator in ANNOTATORS:
        assert all(set(row) == labels for row in label_table(kind, annotator).values())


@pytest.mark.parametrize("kind", LABELLED)
def test_the_annotators_saw_the_same_names_among_decoys_in_different_orders(kind: str) -> None:
    tables = [label_table(kind, annotator) for annotator in ANNOTATORS]
    shown = set(tables[0])
    assert all(set(table) == shown for table in tables)
    assert {row["label_name"] for row in rows_of(kind)} < shown
    assert len({tuple(table) for table in tables}) == len(ANNOTATORS)


@pytest.mark.parametrize("label", ["chemical_class", "polar_group", "form", "state_at_25_c"])
def test_a_label_in_force_is_the_one_that_most_annotators_gave(label: str) -> None:
    tables = [label_table("polymers", annotator) for annotator in ANNOTATORS]
    for row in rows_of("polymers"):
        votes = Counter(table[row["label_name"]][label] for table in tables)
        assert votes[getattr(catalogue().polymers[row["name"]], label)] == max(votes.values())


@pytest.mark.parametrize("annotator", ANNOTATORS)
def test_the_labels_of_one_annotator_alone_can_be_put_in_force(annotator: str) -> None:
    table = label_table("polymers", annotator)
    alone = catalogue((annotator,))
    for row in rows_of("polymers"):
        assert alone.polymers[row["name"]].state_at_25_c == table[row["label_name"]]["state_at_25_c"]


def figures_with_kind() -> list[tuple[str, str]]:
    return [
        (name, column.removesuffix("_kind"))
        for name in ("sulfides", "polymers", "solvents")
        for column in rows_of(name)[0]
        if column.endswith("_kind") and column != "family_kind"
    ]


@pytest.mark.parametrize(("name", "figure"), figures_with_kind())
def test_every_figure_has_a_source_and_a_kind(name: str, figure: str) -> None:
    rows = rows_of(name)
    (column,) = [column for column in rows[0] if re.fullmatch(rf"{figure}(_(kcal_mol|c|25c_kpa|kpa|g_cm3))?", column)]
    for row in rows:
        assert float(row[column]) >= 0
        assert row[f"{figure}_kind"] in KINDS_OF_FIGURE, row["name"]
        assert row[f"{figure}_source"].strip(), row["name"]


def test_five_figures_of_a_solvent_and_the_densities_carry_a_kind() -> None:
    assert sorted(figures_with_kind()) == [
        ("polymers", "density"), ("solvents", "boiling_point"), ("solvents", "density"), ("solvents", "donor_number"),
        ("solvents", "permittivity"), ("solvents", "vapour_pressure"), ("sulfides", "density"),
    ]  # fmt: skip


def test_every_other_figure_and_statement_has_a_source() -> None:
    assert [row["name"] for row in rows_of("solvents") if not row["molar_mass_source"]] == []
    assert [row["name"] for row in rows_of("salts") if not row["source"]] == []
    assert [row["name"] for row in rows_of("sulfides") if not row["family_source"]] == []
    assert {row["family_kind"] for row in rows_of("sulfides")} == {"ours", "review"}
    thermal = [row for row in rows_of("polymers") if row["glass_transition_c"] or row["melting_point_c"]]
    assert [row["name"] for row in thermal if not row["thermal_source"]] == []
    shaped = [row for row in rows_of("polymers") if row["described_morphology"]]
    assert [row["name"] for row in shaped if not row["described_morphology_source"]] == []


ATOMIC_MASS = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "S": 32.06, "F": 18.998, "Cl": 35.45, "Br": 79.904}


@pytest.mark.parametrize("row", rows_of("solvents"), ids=lambda row: row["name"])
def test_a_solvent_weighs_what_its_formula_weighs_and_its_cas_number_checks(row: dict[str, Any]) -> None:
    counted = re.findall(r"([A-Z][a-z]?)(\d*)", row["formula"])
    assert float(row["molar_mass_g_mol"]) == pytest.approx(
        sum(ATOMIC_MASS[element] * int(number or 1) for element, number in counted), abs=0.05
    )
    digits = row["cas"].replace("-", "")
    weighted = sum(place * int(digit) for place, digit in enumerate(reversed(digits[:-1]), 1))
    assert weighted % 10 == int(digits[-1])


def test_molar_volume_is_mass_over_density() -> None:
    assert catalogue().solvents["toluene"].molar_volume_cm3_mol == pytest.approx(92.14 / 0.8622)


def test_a_solvent_with_an_oh_or_nh_group_donates_hydrogen_bonds_and_no_other() -> None:
    donors = {name for name, solvent in catalogue().solvents.items() if solvent.donates_hydrogen_bond}
    assert donors == {"water", "ethanol", "methanol", "isopropanol", "N-methylformamide"}


def test_only_ptfe_is_drawn_into_fibrils() -> None:
    assert [name for name, binder in catalogue().binders.items() if binder.form == "fibrils"] == ["PTFE"]


def test_every_template_is_made_of_a_polymer_of_the_catalogue() -> None:
    for template in catalogue().templates.values():
        assert catalogue().polymers[template.polymer.name] is template.polymer
