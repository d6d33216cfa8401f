"""What is known of sulfides, polymers, templates, solvents and salts: names and synonyms to properties.

Every figure in `data/catalogue/` stands beside its source and kind. The chemical labels (class, polar group, form...)
were set by three annotators from the codebook and the names alone; a label in force is the one most of them gave.
"""

import csv
import difflib
import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from spcse_ml.errors import Fault, InputError, UnknownNameError
from spcse_ml.literature.composition import family_from_composition, read_composition
from spcse_ml.literature.released import released
from spcse_ml.literature.schema import Formulation, clean_text

ANNOTATORS = ("a", "b", "c")


@dataclass(frozen=True)
class Sulfide:
    """A sulfide electrolyte; density in g/cm3 and its structural family with who assigned it."""

    name: str
    synonyms: tuple[str, ...]
    family: str
    family_kind: str
    density_g_cm3: float


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
    permittivity: float
    boiling_point_c: float
    vapour_pressure_25c_kpa: float
    donates_hydrogen_bond: bool


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
    def donor_number_kcal_mol(self) -> float:
        """Return the donor number of the strongest donor present: it is the one that meets the sulfide first."""
        return max(solvent.donor_number_kcal_mol for solvent in self.solvents)


@dataclass(frozen=True)
class Salt:
    """A lithium salt that a binder may hold."""

    name: str
    synonyms: tuple[str, ...]


Entry = TypeVar("Entry", Sulfide, Polymer, Template, Solvent, Salt)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Everything that has a name, by its catalogue name."""

    sulfides: Mapping[str, Sulfide]
    polymers: Mapping[str, Polymer]
    templates: Mapping[str, Template]
    solvents: Mapping[str, Solvent]
    salts: Mapping[str, Salt]

    @property
    def binders(self) -> dict[str, Polymer]:
        """Return the polymers that may be named as a binder."""
        return {name: polymer for name, polymer in self.polymers.items() if polymer.is_binder}

    def sulfide(self, name: str, family: str | None = None) -> Sulfide:
        """Return a sulfide by name, by formula where that decides the family, or by the family given.

        Raises:
            UnknownNameError: none of these holds.

        >>> catalogue().sulfide("LPSCl").family
        'argyrodite'
        """
        try:
            return find(self.sulfides, name, column="sulfide")
        except UnknownNameError as error:
            family = family or _family_or_none(name)
            if family is None:
                raise _with_remedy(error, "Or give its sulfide_family.") from error
            kin = [sulfide.density_g_cm3 for sulfide in self.sulfides.values() if sulfide.family == family]
            return Sulfide(name, (), family, "given", _median(kin))

    def binder(self, name: str, chemical_class: str | None = None) -> Polymer:
        """Return a binder by name, or what is common among the binders of the class given.

        Raises:
            UnknownNameError: the name is not listed and no class is given.

        >>> catalogue().binder("Teflon").name
        'PTFE'
        """
        try:
            return find(self.binders, name, column="binder")
        except UnknownNameError as error:
            kin = [p for p in self.polymers.values() if p.chemical_class == chemical_class]
            if not kin:
                raise _with_remedy(error, "Or give its binder_class.") from error
            return _typical(name, kin)

    def template(self, name: str) -> Template:
        """Return a template by name.

        Raises:
            UnknownNameError: the name is not listed.
        """
        return find(self.templates, name, column="template")

    def mixture(self, text: str, donor_number_kcal_mol: float | None = None) -> Mixture:
        """Return the solvents of `a`, `a + b` or `a + b (1:2)`, the ratio by volume.

        A solvent that is not listed is accepted alone with its donor number; its other properties are then the
        medians of the catalogue.

        Raises:
            InputError: a name is not listed and no donor number is given, or the ratio does not fit.

        >>> catalogue().mixture("XYL + IBIB (1:1)").shares
        (0.5, 0.5)
        """
        names, ratio = _split_mixture(text)
        try:
            solvents = tuple(find(self.solvents, name, column="solvent") for name in names)
        except UnknownNameError as error:
            if donor_number_kcal_mol is None or len(names) > 1:
                raise _with_remedy(error, "Or give its donor_number_kcal_mol.") from error
            solvents = (self._unlisted_solvent(names[0], donor_number_kcal_mol),)
        if len({solvent.name for solvent in solvents}) < len(solvents):
            raise InputError([Fault("names a solvent twice", column="solvent", given=text)])
        return Mixture(solvents, ratio)

    def _unlisted_solvent(self, name: str, donor_number_kcal_mol: float) -> Solvent:
        listed = self.solvents.values()
        return Solvent(
            name, (), donor_number_kcal_mol,
            molar_volume_cm3_mol=_median([s.molar_volume_cm3_mol for s in listed]),
            permittivity=_median([s.permittivity for s in listed]),
            boiling_point_c=_median([s.boiling_point_c for s in listed]),
            vapour_pressure_25c_kpa=_median([s.vapour_pressure_25c_kpa for s in listed]),
            donates_hydrogen_bond=False,
        )  # fmt: skip

    def canonical(self, formulation: Formulation) -> Formulation:
        """Return the same recipe with catalogue names in place of synonyms.

        Raises:
            InputError: every name that is not known, in one error.
        """
        faults: list[Fault] = []
        names = {
            "sulfide": lambda name: self.sulfide(name, formulation.sulfide_family).name,
            "binder": lambda name: self.binder(name, formulation.binder_class).name,
            "template": lambda name: self.template(name).name,
            "solvent": lambda text: _mixture_text(self.mixture(text, formulation.donor_number_kcal_mol)),
            "lithium_salt": lambda name: "none" if name.casefold() == "none" else self._salt(name),
        }
        found = {}
        for column, resolve in names.items():
            given = getattr(formulation, column)
            try:
                found[column] = None if given is None else resolve(given)
            except InputError as error:
                faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return formulation.model_copy(update=found)

    def _salt(self, name: str) -> str:
        return find(self.salts, name, column="lithium_salt").name


@functools.cache
def catalogue(annotators: tuple[str, ...] = ANNOTATORS) -> Catalogue:
    """Return the catalogue with the labels that most of the annotators gave (the first of them on a tie)."""
    polymer_labels = _labels("polymers", annotators)
    polymers = [
        Polymer(
            row["name"], _synonyms(row), row["is_binder"] == "true",
            **_typed(polymer_labels[row["label_name"]]), density_g_cm3=float(row["density_g_cm3"]),
        )
        for row in _rows("polymers.csv")
    ]  # fmt: skip
    by_name = _by_name(polymers)
    return Catalogue(
        _by_name([_sulfide(row) for row in _rows("sulfides.csv")]),
        by_name,
        _by_name(_templates(by_name, _labels("templates", annotators))),
        _by_name(_solvents(_labels("solvents", annotators))),
        _by_name([Salt(row["name"], _synonyms(row)) for row in _rows("salts.csv")]),
    )


def label_table(kind: str, annotator: str) -> dict[str, dict[str, str]]:
    """Return one annotator's labels of `polymers`, `solvents` or `templates`, decoys included, by the name shown."""
    return {row.pop("name"): row for row in _rows("labels", f"{kind}_{annotator}.csv")}


def find(entries: Mapping[str, Entry], name: str, *, column: str) -> Entry:
    """Return the entry of that name or synonym, letter case and spacing aside.

    Raises:
        UnknownNameError: there is none; the message offers the nearest.
    """
    index = _index(entries)
    wanted = _key(name)
    if wanted in index:
        return entries[index[wanted]]
    near = dict.fromkeys(index[key] for key in difflib.get_close_matches(wanted, index, n=6, cutoff=0.5))
    offered = ", ".join(list(near)[:3])
    remedy = f"Did you mean: {offered}?" if offered else f"Known are: {', '.join(entries)}."
    raise UnknownNameError([Fault("is not a name the catalogue knows", column=column, given=name, remedy=remedy)])


def _index(entries: Mapping[str, Entry]) -> dict[str, str]:
    synonyms = {_key(other): name for name, entry in entries.items() for other in entry.synonyms}
    return synonyms | {_key(name): name for name in entries}


def _key(name: str) -> str:
    return re.sub(r"[\s_]+", "", clean_text(name)).replace("·", "-").casefold()


def _with_remedy(error: UnknownNameError, remedy: str) -> UnknownNameError:
    return UnknownNameError(replace(fault, remedy=f"{fault.remedy} {remedy}") for fault in error.faults)


def _family_or_none(name: str) -> str | None:
    try:
        return family_from_composition(read_composition(name))
    except InputError:
        return None


def _typical(name: str, kin: list[Polymer]) -> Polymer:
    def most(attribute: str) -> str:
        return Counter(str(getattr(polymer, attribute)) for polymer in kin).most_common(1)[0][0]

    return Polymer(
        name, (), is_binder=True, chemical_class=most("chemical_class"), polar_group=most("polar_group"),
        has_net_dipole=most("has_net_dipole") == "True",
        donates_hydrogen_bond=most("donates_hydrogen_bond") == "True",
        form=most("form"), state_at_25_c=most("state_at_25_c"),
        density_g_cm3=_median([polymer.density_g_cm3 for polymer in kin]),
    )  # fmt: skip


def _split_mixture(text: str) -> tuple[list[str], tuple[float, ...] | None]:
    names, _, ratio = text.partition(" (") if re.search(r" \([\d.:\s]+\)$", text) else (text, "", "")
    parts = [part.strip() for part in names.split(" + ")]
    if not ratio:
        return parts, (1.0,) if len(parts) == 1 else None
    shares = [float(share) for share in re.findall(r"\d+(?:\.\d+)?", ratio)]
    if len(shares) != len(parts) or not all(share > 0 for share in shares):
        fault = Fault("the ratio does not fit the solvents", column="solvent", given=text, allowed="as in a + b (1:2)")
        raise InputError([fault])
    return parts, tuple(share / sum(shares) for share in shares)


def _mixture_text(mixture: Mixture) -> str:
    if len(mixture.solvents) == 1 or mixture.shares is None:
        return mixture.name
    return f"{mixture.name} ({':'.join(f'{share:g}' for share in mixture.shares)})"


def _rows(*parts: str) -> list[dict[str, str]]:
    with released("data", "catalogue", *parts).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _synonyms(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(part for part in row["synonyms"].split("|") if part)


def _by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _labels(kind: str, annotators: tuple[str, ...]) -> dict[str, dict[str, str]]:
    tables = [label_table(kind, annotator) for annotator in annotators]
    return {
        name: {
            label: Counter(table[name][label] for table in tables).most_common(1)[0][0] for label in tables[0][name]
        }
        for name in tables[0]
    }


def _typed(labels: Mapping[str, str]) -> dict[str, str | bool]:
    return {label: value == "yes" if value in {"yes", "no"} else value for label, value in labels.items()}


def _sulfide(row: Mapping[str, str]) -> Sulfide:
    return Sulfide(row["name"], _synonyms(row), row["family"], row["family_kind"], float(row["density_g_cm3"]))


def _templates(polymers: Mapping[str, Polymer], labels: Mapping[str, Mapping[str, str]]) -> list[Template]:
    return [
        Template(row["name"], _synonyms(row), labels[row["label_name"]]["geometry"], polymers[row["polymer"]])
        for row in _rows("templates.csv")
    ]


def _solvents(labels: Mapping[str, Mapping[str, str]]) -> list[Solvent]:
    return [
        Solvent(
            row["name"], (*_synonyms(row), row["cas"]),
            donor_number_kcal_mol=float(row["donor_number_kcal_mol"]),
            molar_volume_cm3_mol=float(row["molar_mass_g_mol"]) / float(row["density_g_cm3"]),
            permittivity=float(row["permittivity"]),
            boiling_point_c=float(row["boiling_point_c"]),
            vapour_pressure_25c_kpa=float(row["vapour_pressure_25c_kpa"]),
            donates_hydrogen_bond=labels[row["label_name"]]["donates_hydrogen_bond"] == "yes",
        )
        for row in _rows("solvents.csv")
    ]  # fmt: skip


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
