"""The substances that have a name, and how they are read from `data/catalogue/`.

Every figure there stands beside its source and kind. The chemical labels (class, polar group, form...) were set by
three annotators from the codebook and the names alone; a label in force is the one that most of them gave.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from spcse_ml.tables import read_table, released

ANNOTATORS = ("a", "b", "c")


@dataclass(frozen=True)
class Sulfide:
    """A sulfide electrolyte; density in g/cm3 and its structural family with who assigned it."""

    name: str
    synonyms: tuple[str, ...]
    family: str
    family_kind: str
    density_g_cm3: float
    density_kind: str = "estimate"
    density_source: str = "median of its family in sulfides.csv"


@dataclass(frozen=True)
class Polymer:
    """A polymer, as a binder or as the material of a template; labels as in the codebook, density in g/cm3."""

    name: str
    synonyms: tuple[str, ...]
    is_binder: bool
    chemical_class: str
    polar_group: str
    has_net_dipole: bool
    donates_hydrogen_bond: bool
    form: str
    state_at_25_c: str
    density_g_cm3: float
    density_kind: str
    density_source: str
    melting_point_c: float
    """nan where none is known"""


@dataclass(frozen=True)
class Template:
    """A porous support and the polymer it is made of."""

    name: str
    synonyms: tuple[str, ...]
    geometry: str
    polymer: Polymer


@dataclass(frozen=True)
class Solvent:
    """A solvent: donor number in kcal/mol, molar volume in cm3/mol, relative permittivity, boiling point in C."""

    name: str
    synonyms: tuple[str, ...]
    donor_number_kcal_mol: float
    molar_volume_cm3_mol: float
    density_g_cm3: float
    permittivity: float
    boiling_point_c: float
    vapour_pressure_25c_kpa: float
    donates_hydrogen_bond: bool
    donor_number_kind: str = "given"
    donor_number_source: str = ""
    isomers: str = ""
    """The name of its isomers and of their mixtures, where some are listed."""


@dataclass(frozen=True)
class Mixture:
    """One solvent, or several with their shares by volume; shares are None where the ratio is not known."""

    solvents: tuple[Solvent, ...]
    shares: tuple[float, ...] | None

    @property
    def name(self) -> str:
        """Return the catalogue names joined in the order given, without the ratio."""
        return " + ".join(solvent.name for solvent in self.solvents)

    @property
    def parts(self) -> str:
        """Return the catalogue names joined in the order of the alphabet: the same for whoever names the same."""
        return " + ".join(sorted(solvent.name for solvent in self.solvents))

    @property
    def donor_number_kcal_mol(self) -> float:
        """Return the donor number of the strongest donor present: it is the one that meets the sulfide first."""
        return max(solvent.donor_number_kcal_mol for solvent in self.solvents)


@dataclass(frozen=True)
class Salt:
    """A lithium salt that a binder may hold."""

    name: str
    synonyms: tuple[str, ...]


def read_sulfides() -> dict[str, Sulfide]:
    """Return the sulfides by name."""
    return {
        row["name"]: Sulfide(
            row["name"], _synonyms(row), row["family"], row["family_kind"], *_density(row, "sulfides.csv")
        )
        for row in catalogue_rows("sulfides.csv")
    }


def read_polymers(annotators: tuple[str, ...]) -> dict[str, Polymer]:
    """Return the polymers by name, with the labels in force among these annotators."""
    labels = _labels_in_force("polymers", annotators)
    return {row["name"]: _polymer(row, labels[row["label_name"]]) for row in catalogue_rows("polymers.csv")}


def read_templates(polymers: Mapping[str, Polymer], annotators: tuple[str, ...]) -> dict[str, Template]:
    """Return the templates by name, with the labels in force among these annotators."""
    labels = _labels_in_force("templates", annotators)
    return {
        row["name"]: Template(
            row["name"], _synonyms(row), labels[row["label_name"]]["geometry"], polymers[row["polymer"]]
        )
        for row in catalogue_rows("templates.csv")
    }


def read_solvents(annotators: tuple[str, ...]) -> dict[str, Solvent]:
    """Return the solvents by name, with the labels in force among these annotators."""
    labels = _labels_in_force("solvents", annotators)
    return {row["name"]: _solvent(row, labels[row["label_name"]]) for row in catalogue_rows("solvents.csv")}


def read_salts() -> dict[str, Salt]:
    """Return the lithium salts by name."""
    return {row["name"]: Salt(row["name"], _synonyms(row)) for row in catalogue_rows("salts.csv")}


def label_table(kind: str, annotator: str) -> dict[str, dict[str, str]]:
    """Return one annotator's labels of `polymers`, `solvents` or `templates`, decoys included, by the name shown."""
    return {row.pop("name"): row for row in catalogue_rows("labels", f"{kind}_{annotator}.csv")}


def catalogue_rows(*parts: str) -> list[dict[str, str]]:
    """Return the rows of a file of `data/catalogue/`, each cell by the name of its column."""
    rows = read_table(released("data", "catalogue", *parts)).to_dict("records")
    return [{str(name): cell for name, cell in row.items()} for row in rows]


def _synonyms(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(part for part in row["synonyms"].split("|") if part)


def _density(row: Mapping[str, str], file: str) -> tuple[float, str, str]:
    """Return the density in g/cm3, its kind, and its source with the file that it stands in."""
    return float(row["density_g_cm3"]), row["density_kind"], f"{file}: {row['density_source']}"


def _labels_in_force(kind: str, annotators: tuple[str, ...]) -> dict[str, dict[str, str]]:
    tables = [label_table(kind, annotator) for annotator in annotators]
    return {
        name: {label: Counter(table[name][label] for table in tables).most_common(1)[0][0] for label in labels}
        for name, labels in tables[0].items()
    }


def _polymer(row: Mapping[str, str], labels: Mapping[str, str]) -> Polymer:
    return Polymer(
        row["name"],
        _synonyms(row),
        row["is_binder"] == "true",
        labels["chemical_class"],
        labels["polar_group"],
        labels["has_net_dipole"] == "yes",
        labels["donates_hydrogen_bond"] == "yes",
        labels["form"],
        labels["state_at_25_c"],
        *_density(row, "polymers.csv"),
        melting_point_c=float(row["melting_point_c"] or math.nan),
    )


def _solvent(row: Mapping[str, str], labels: Mapping[str, str]) -> Solvent:
    return Solvent(
        row["name"],
        (*_synonyms(row), row["cas"]),
        donor_number_kcal_mol=float(row["donor_number_kcal_mol"]),
        molar_volume_cm3_mol=float(row["molar_mass_g_mol"]) / float(row["density_g_cm3"]),
        density_g_cm3=float(row["density_g_cm3"]),
        permittivity=float(row["permittivity"]),
        boiling_point_c=float(row["boiling_point_c"]),
        vapour_pressure_25c_kpa=float(row["vapour_pressure_25c_kpa"]),
        donor_number_kind=row["donor_number_kind"],
        donor_number_source=row["donor_number_source"],
        isomers=row["isomers"],
        donates_hydrogen_bond=labels["donates_hydrogen_bond"] == "yes",
    )
