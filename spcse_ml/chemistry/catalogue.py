"""Names and synonyms, as a chemist types them, to the substances of `data/catalogue/`; or the nearest known names."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeVar

from spcse_ml.chemistry.compositions import Composition
from spcse_ml.chemistry.mixtures import WEIGHT, split_mixture
from spcse_ml.chemistry.names import Names, choices_of
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
from spcse_ml.chemistry.sulfides import Sulfides
from spcse_ml.chemistry.written_sulfides import written_or_none
from spcse_ml.errors import Fault, InputError, UnknownNameError

Value = TypeVar("Value")


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

    @functools.cached_property
    def names(self) -> dict[str, Names[Any]]:
        """Return what may be written in each column that names a substance."""
        return {
            "sulfide": Names("sulfide", self.sulfides),
            "binder": self._binder_names,
            "template": self._template_names,
            "solvent": Names("solvent", self.solvents),
            "lithium_salt": Names("lithium_salt", self.salts),
        }

    @functools.cached_property
    def _binder_names(self) -> Names[Polymer]:
        return Names("binder", self.binders)

    @functools.cached_property
    def _template_names(self) -> Names[Template]:
        return Names("template", self.templates)

    @functools.lru_cache(maxsize=4_096)  # noqa: B019 - a file has the same names in most of its rows
    def sulfide(self, name: str, family: str | None = None) -> Sulfide:
        """Return a sulfide by name, by its composition and state, or by the family given.

        Args:
            name: a name of the catalogue, or a formula with words for its state: see `read_written`.
            family: structural family, where it is known otherwise than by the name.

        Returns:
            The sulfide, under the name that stands for all spellings.

        Raises:
            InputError: the name is not known, is that of no sulfide electrolyte, or contradicts the family.

        >>> catalogue().sulfide("LPSCl").family, catalogue().sulfide("Li5.3PS4.3Br1.7").family
        ('argyrodite', 'argyrodite')
        """
        try:
            return self._sulfides.find(name, family)
        except UnknownNameError as error:
            raise _or_give(error, "sulfide_family") from error

    def composition(self, name: str) -> Composition | None:
        """Return the amount of each element of a sulfide, whether it balances or not; None where no formula is told.

        >>> catalogue().composition("LPSCl")["Cl"]
        1.0
        """
        written = written_or_none(
            self.names["sulfide"].find(name).entry.name if name in self.names["sulfide"] else name
        )
        return written.composition if written else None

    @functools.cached_property
    def _sulfides(self) -> Sulfides:
        return Sulfides(self.sulfides, self.names["sulfide"])

    def binder(self, name: str, chemical_class: str | None = None) -> Polymer:
        """Return a binder by name, or what is common among the binders of the class given.

        Raises:
            UnknownNameError: the name is not listed and no class is given.

        >>> catalogue().binder("Teflon").name
        'PTFE'
        """
        try:
            polymer = self._binder_names.find(name).entry
        except UnknownNameError as error:
            of_class = [name for name in choices_of(error) if self.binders[name].chemical_class == chemical_class]
            if len(of_class) == 1:
                return self.binders[of_class[0]]
            if chemical_class is None or choices_of(error):
                raise _or_give(error, "binder_class") from error
            return self._unlisted_binder(name, chemical_class)
        _agree("binder_class", chemical_class, polymer.chemical_class, polymer.name)
        return polymer

    def _unlisted_binder(self, name: str, chemical_class: str) -> Polymer:
        """Return what is common among the binders of a class, or among all where none is of it."""
        kin = [polymer for polymer in self.binders.values() if polymer.chemical_class == chemical_class]
        typical = _typical(name, kin or list(self.binders.values()))
        source = f"median of the class {chemical_class} in polymers.csv" if kin else "median of polymers.csv"
        return replace(typical, chemical_class=chemical_class, density_source=source)

    def template(self, name: str) -> Template:
        """Return a template by name.

        Raises:
            UnknownNameError: the name is not listed.
        """
        return self._template_names.find(name).entry

    @functools.lru_cache(maxsize=4_096)  # noqa: B019 - as above
    def mixture(self, text: str, donor_number_kcal_mol: float | None = None, *, basis: str | None = None) -> Mixture:
        """Return the solvents of `a`, `a + b`, `a + b (1:2)` or `a/b 1:2 w/w`, their shares by volume.

        A solvent that is not listed is accepted alone with its donor number; its other properties are then the
        medians of the catalogue.

        Args:
            text: solvents with their ratio, which counts volumes where no word says weight: see `split_mixture`.
            donor_number_kcal_mol: of a solvent alone, where it was measured.
            basis: `volume` or `weight`, where it is known otherwise what the ratio counts.

        Returns:
            The solvents with their shares by volume.

        Raises:
            InputError: a name is not listed and no donor number is given, or the ratio does not fit.

        >>> catalogue().mixture("XYL + IBIB (1:1)").shares
        (0.5, 0.5)
        """
        parts = split_mixture(text, self.names["solvent"].__contains__)
        try:
            solvents = tuple(self.names["solvent"].find(name).entry for name in parts.names)
        except UnknownNameError as error:
            if len(parts.names) > 1 or re.search(r"[/&;]|, |\d:\d", text):
                faults = (replace(fault, code=_IN_MIXTURE.get(fault.code, fault.code)) for fault in error.faults)
                raise UnknownNameError(faults) from error
            if donor_number_kcal_mol is None or error.faults[0].code != "unknown-name":
                raise _or_give(error, "donor_number_kcal_mol") from error
            solvents = (self._unlisted_solvent(parts.names[0], donor_number_kcal_mol),)
        if len({solvent.name for solvent in solvents}) < len(solvents):
            raise InputError([Fault("repeated-solvent", column="solvent", given=text)])
        if donor_number_kcal_mol is not None:  # what the user has measured goes before
            if len(solvents) > 1:
                number = f"{float(donor_number_kcal_mol):g}"  # still text where another cell is at fault
                raise InputError([Fault("donor-number-of-mixture", column="donor_number_kcal_mol", given=number)])
            solvents = (replace(solvents[0], donor_number_kcal_mol=donor_number_kcal_mol, donor_number_kind="given"),)
        if parts.basis and basis and parts.basis != basis:
            raise InputError([Fault("ratio-basis-contradicts", column="solvent", given=text, values={"basis": basis})])
        is_by_weight = WEIGHT in {parts.basis, basis} and parts.shares is not None
        return Mixture(solvents, _by_volume(solvents, parts.shares or ()) if is_by_weight else parts.shares)

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
            density_g_cm3=median([s.density_g_cm3 for s in listed]),
            permittivity=median([s.permittivity for s in listed]),
            boiling_point_c=median([s.boiling_point_c for s in listed]),
            vapour_pressure_25c_kpa=median([s.vapour_pressure_25c_kpa for s in listed]),
            donates_hydrogen_bond=False,
        )


@functools.cache
def catalogue(annotators: tuple[str, ...] = ANNOTATORS) -> Catalogue:
    """Return the catalogue with the labels that most of the annotators gave (the first of them on a tie)."""
    polymers = read_polymers(annotators)
    templates, solvents = read_templates(polymers, annotators), read_solvents(annotators)
    return Catalogue(read_sulfides(), polymers, templates, solvents, read_salts())


def _or_give(error: UnknownNameError, column: str) -> UnknownNameError:
    """Return the error with the column that may stand in for a name of the catalogue."""
    return UnknownNameError(
        replace(fault, code="unknown-name-or-class", values={**fault.values, "instead": column})
        if fault.code == "unknown-name"
        else fault
        for fault in error.faults
    )


def _agree(column: str, written: str | None, known: str, name: str) -> None:
    if written is not None and written.casefold() != known.casefold():
        values = {"name": name, "known": known}
        raise InputError([Fault("contradicts-catalogue", column=column, given=written, values=values)])


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
    )


def _most(values: Iterable[Value]) -> Value:
    return Counter(values).most_common(1)[0][0]


_IN_MIXTURE = {"unknown-name": "unknown-name-in-mixture"}


def _by_volume(solvents: tuple[Solvent, ...], shares: tuple[float, ...]) -> tuple[float, ...]:
    """Return shares by volume of shares by weight."""
    volumes = [share / solvent.density_g_cm3 for solvent, share in zip(solvents, shares, strict=True)]
    return tuple(volume / sum(volumes) for volume in volumes)
