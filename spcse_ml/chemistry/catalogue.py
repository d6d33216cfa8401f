"""Names and synonyms, as a chemist types them, to the substances of `data/catalogue/`; or the nearest known names."""

import difflib
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeVar

from spcse_ml.chemistry.formulas import composition_key, family_from_composition, read_composition
from spcse_ml.chemistry.substances import (
    ANNOTATORS,
    Mixture,
    Polymer,
    Salt,
    Solvent,
    Sulfide,
    Template,
    read_polymers,
    read_salts,
    read_solvents,
    read_sulfides,
    read_templates,
)
from spcse_ml.errors import Fault, InputError, UnknownNameError
from spcse_ml.schema import Formulation, clean_text, plain_signs

Value = TypeVar("Value")
Entry = TypeVar("Entry", Sulfide, Polymer, Template, Solvent, Salt)

NEARLY = 0.2
"""Names that are spelt less alike than the nearest by more than this, of 1, are not suggested."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Everything that has a name, by its catalogue name."""

    sulfides: Mapping[str, Sulfide]
    polymers: Mapping[str, Polymer]
    templates: Mapping[str, Template]
    solvents: Mapping[str, Solvent]
    salts: Mapping[str, Salt]

    @functools.cached_property
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
            entry = self.sulfides.get(name) or self._by_composition(name) or find(self.sulfides, name, column="sulfide")
        except UnknownNameError as error:
            if not {"Li", "S"} <= set(_composition_or_none(name) or ("Li", "S")):
                raise InputError([Fault("not-a-lithium-sulfide", column="sulfide", given=name)]) from error
            family = family or _family_or_none(name)
            if family is None:
                raise _or_give(error, "sulfide_family") from error
            kin = [sulfide.density_g_cm3 for sulfide in self.sulfides.values() if sulfide.family == family]
            return Sulfide(name, (), family, "given", median(kin))
        return entry if family is None else replace(entry, family=family, family_kind="given")

    def _by_composition(self, name: str) -> Sulfide | None:
        """Return the sulfide that a formula means, however its elements are ordered and counted."""
        try:
            return self._compositions.get(composition_key(clean_text(name)))
        except InputError:
            return None

    @functools.cached_property
    def _compositions(self) -> dict[Any, Sulfide]:
        return {composition_key(name): sulfide for name, sulfide in self.sulfides.items()}

    def binder(self, name: str, chemical_class: str | None = None) -> Polymer:
        """Return a binder by name, or what is common among the binders of the class given.

        Raises:
            UnknownNameError: the name is not listed and no class is given.

        >>> catalogue().binder("Teflon").name
        'PTFE'
        """
        try:
            polymer = find(self.binders, name, column="binder")
        except UnknownNameError as error:
            kin = [p for p in self.binders.values() if p.chemical_class == chemical_class]
            if not kin:
                raise _or_give(error, "binder_class") from error
            return _typical(name, kin)
        _agree("binder_class", chemical_class, polymer.chemical_class, polymer.name)
        return polymer

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
        names, ratio = split_mixture(text)
        try:
            solvents = tuple(find(self.solvents, name, column="solvent") for name in names)
        except UnknownNameError as error:
            if len(names) > 1 or re.search(r"[/&;]|, |\d:\d", text):
                faults = (replace(fault, code="unknown-name-in-mixture") for fault in error.faults)
                raise UnknownNameError(faults) from error
            if donor_number_kcal_mol is None:
                raise _or_give(error, "donor_number_kcal_mol") from error
            solvents = (self._unlisted_solvent(names[0], donor_number_kcal_mol),)
        if len({solvent.name for solvent in solvents}) < len(solvents):
            raise InputError([Fault("repeated-solvent", column="solvent", given=text)])
        if donor_number_kcal_mol is not None:  # what the user has measured goes before
            if len(solvents) > 1:
                number = f"{float(donor_number_kcal_mol):g}"  # still text where another cell is at fault
                raise InputError([Fault("donor-number-of-mixture", column="donor_number_kcal_mol", given=number)])
            solvents = (replace(solvents[0], donor_number_kcal_mol=donor_number_kcal_mol, donor_number_kind="given"),)
        return Mixture(solvents, ratio)

    def isomers(self, parts: str) -> str:
        """Return the parts of a mixture, as `Mixture.parts` joins them, with isomers under the name of all of them.

        >>> catalogue().isomers("isobutyl isobutyrate + p-xylene"), catalogue().isomers("toluene")
        ('isobutyl isobutyrate + xylenes', 'toluene')
        """
        names = {self.solvents[name].isomers or name if name in self.solvents else name for name in parts.split(" + ")}
        return " + ".join(sorted(names))

    def _unlisted_solvent(self, name: str, donor_number_kcal_mol: float) -> Solvent:
        listed = self.solvents.values()
        return Solvent(
            name,
            (),
            donor_number_kcal_mol,
            molar_volume_cm3_mol=median([s.molar_volume_cm3_mol for s in listed]),
            permittivity=median([s.permittivity for s in listed]),
            boiling_point_c=median([s.boiling_point_c for s in listed]),
            vapour_pressure_25c_kpa=median([s.vapour_pressure_25c_kpa for s in listed]),
            donates_hydrogen_bond=False,
        )

    def canonical(self, formulation: Formulation) -> Formulation:
        """Return the same recipe with catalogue names in place of synonyms.

        Raises:
            InputError: every name that is not known, in one error.
        """
        faults: list[Fault] = []
        names: dict[str, Callable[[str], str]] = {
            "sulfide": lambda name: self.sulfide(name, formulation.sulfide_family).name,
            "binder": lambda name: self.binder(name, formulation.binder_class).name,
            "template": lambda name: self.template(name).name,
            "solvent": lambda text: _mixture_text(self.mixture(text, formulation.donor_number_kcal_mol)),
            "lithium_salt": lambda name: "none" if name.casefold() == "none" else self._salt(name),
        }
        resolved = {}
        for column, resolve in names.items():
            written = getattr(formulation, column)
            try:
                resolved[column] = None if written is None else resolve(written)
            except InputError as error:
                faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return formulation.model_copy(update=resolved)

    def _salt(self, name: str) -> str:
        return find(self.salts, name, column="lithium_salt").name


@functools.cache
def catalogue(annotators: tuple[str, ...] = ANNOTATORS) -> Catalogue:
    """Return the catalogue with the labels that most of the annotators gave (the first of them on a tie)."""
    polymers = read_polymers(annotators)
    templates, solvents = read_templates(polymers, annotators), read_solvents(annotators)
    return Catalogue(read_sulfides(), polymers, templates, solvents, read_salts())


def find(entries: Mapping[str, Entry], name: str, *, column: str) -> Entry:
    """Return the entry of that name or synonym, letter case and spacing aside.

    Raises:
        UnknownNameError: there is none; the message offers the nearest.
    """
    if name in entries:
        return entries[name]
    index = _index(entries)
    name_key = _key(name)
    if name_key in index:
        return entries[index[name_key]]
    near = _spelt_alike(name_key, index)
    allowed = "" if near else ", ".join(entries)
    raise UnknownNameError([Fault("unknown-name", column, given=name, allowed=allowed, values=_suggesting(near))])


def suggestions(name: str, known: Iterable[str]) -> dict[str, str]:
    """Return what the text of a fault says of an unknown name: which of the known ones are spelt nearly alike.

    >>> suggestions("xgbost", ["ridge", "xgboost"])
    {'suggestions': 'xgboost'}
    """
    return _suggesting(_spelt_alike(_key(name), {_key(other): other for other in known}))


def _spelt_alike(key: str, index: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(index[other] for other in _nearest(key, tuple(index))))


def _suggesting(near: list[str]) -> dict[str, str]:
    return {"suggestions": ", ".join(near[:3]) or "one of the allowed names"}


def _index(entries: Mapping[str, Entry]) -> dict[str, str]:
    synonyms = {_key(other): name for name, entry in entries.items() for other in entry.synonyms}
    return synonyms | {_key(name): name for name in entries}


@functools.lru_cache(maxsize=1_024)
def _nearest(key: str, known: tuple[str, ...]) -> list[str]:
    """Return what is spelt nearly as much alike as the nearest; a long file often has one misspelling in every row."""
    keys = {_alike(other): other for other in reversed(known)}
    best = difflib.get_close_matches(_alike(key), keys, n=1, cutoff=0.5)
    least = max((difflib.SequenceMatcher(None, other, _alike(key)).ratio() for other in best), default=1.0)
    return [keys[other] for other in difflib.get_close_matches(_alike(key), keys, n=6, cutoff=least - NEARLY)]


def _alike(key: str) -> str:
    """Return a key with letters and digits that look alike made the same, as the I and the l in LPSCl."""
    return key.translate(str.maketrans("i10", "llo"))


@functools.lru_cache(maxsize=4_096)
def _key(name: str) -> str:
    return re.sub(r"[\s_]+", "", plain_signs(clean_text(name))).replace("·", "-").casefold()


def _or_give(error: UnknownNameError, column: str) -> UnknownNameError:
    """Return the error with the column that may stand in for a name of the catalogue."""
    return UnknownNameError(
        replace(fault, code="unknown-name-or-class", values={**fault.values, "instead": column})
        for fault in error.faults
    )


def _agree(column: str, written: str | None, known: str, name: str) -> None:
    if written is not None and written.casefold() != known.casefold():
        values = {"name": name, "known": known}
        raise InputError([Fault("contradicts-catalogue", column=column, given=written, values=values)])


def _composition_or_none(name: str) -> dict[str, float] | None:
    try:
        return read_composition(name)
    except InputError:
        return None


def _family_or_none(name: str) -> str | None:
    composition = _composition_or_none(name)
    return None if composition is None else family_from_composition(composition)


def _typical(name: str, kin: list[Polymer]) -> Polymer:
    return replace(
        kin[0],
        name=name,
        synonyms=(),
        is_binder=True,
        polar_group=_most(polymer.polar_group for polymer in kin),
        has_net_dipole=_most(polymer.has_net_dipole for polymer in kin),
        donates_hydrogen_bond=_most(polymer.donates_hydrogen_bond for polymer in kin),
        form=_most(polymer.form for polymer in kin),
        state_at_25_c=_most(polymer.state_at_25_c for polymer in kin),
        density_g_cm3=median([polymer.density_g_cm3 for polymer in kin]),
        density_kind="estimate",
        density_source=f"median of the class {kin[0].chemical_class} in polymers.csv",
    )


def _most(values: Iterable[Value]) -> Value:
    return Counter(values).most_common(1)[0][0]


def split_mixture(text: str) -> tuple[list[str], tuple[float, ...] | None]:
    """Return the names of `a`, `a + b` or `a + b (1:2)` and their shares, None where the ratio is not told.

    Raises:
        InputError: the ratio does not fit the number of names.

    >>> split_mixture("xylene + isobutyl isobutyrate (1:3)")
    (['xylene', 'isobutyl isobutyrate'], (0.25, 0.75))
    """
    names, _, ratio = text.partition(" (") if re.search(r" \([\d.:\s]+\)$", text) else (text, "", "")
    parts = [part.strip() for part in names.split(" + ")]
    if not ratio:
        return parts, (1.0,) if len(parts) == 1 else None
    shares = [float(share) for share in re.findall(r"\d+(?:\.\d+)?", ratio)]
    if len(shares) != len(parts) or not all(share > 0 for share in shares):
        raise InputError([Fault("ratio-mismatch", column="solvent", given=text, allowed="as in a + b (1:2)")])
    total = 1.0 if abs(sum(shares) - 1) < 1e-5 else sum(shares)  # noqa: PLR2004 - shares as we write them ourselves
    return parts, tuple(share / total for share in shares)


def _mixture_text(mixture: Mixture) -> str:
    if len(mixture.solvents) == 1 or mixture.shares is None:
        return mixture.name
    return f"{mixture.name} ({':'.join(f'{share:g}' for share in mixture.shares)})"
