"""The sulfide that a name means: one of the catalogue, or any other by its composition and state."""

import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from statistics import median

from spcse_ml.chemistry.compositions import is_same
from spcse_ml.chemistry.names import Names, choices_of
from spcse_ml.chemistry.substances import Sulfide
from spcse_ml.chemistry.sulfide_families import GLASS, GLASS_CERAMIC
from spcse_ml.chemistry.written_sulfides import (
    CRYSTALLINE,
    WrittenSulfide,
    contradiction,
    contradicts,
    impossibility,
    read_written,
    split_words,
    written_or_none,
)
from spcse_ml.errors import Fault, InputError, UnknownNameError
from spcse_ml.schema import NOTHING, clean_text, plain_signs

STATED, BY_RULE = "given", "rule"
"""Who assigned a family: whoever asked, or a rule of `sulfide_families`."""


_LIKE_A_FORMULA = re.compile(r"Li\d|P\d?S\d")
"""What was meant for a formula; a family given beside one that cannot be read does not make it one."""

GLASSES = frozenset({GLASS, GLASS_CERAMIC})
"""Families that are states: a name tells them by itself."""


class Sulfides:
    """The sulfides of the catalogue, and what else a name can mean."""

    def __init__(self, listed: Mapping[str, Sulfide], names: Names[Sulfide]) -> None:
        """Keep the sulfides of the catalogue and their names."""
        self._listed, self._names = listed, names

    def find(self, name: str, family: str | None = None) -> Sulfide:
        """Return the sulfide that a name means; see `Catalogue.sulfide`.

        Args:
            name: a name of the catalogue, or a formula, with words for its state.
            family: structural family or state, where it is known otherwise than by the name.

        Returns:
            The sulfide, under the name that stands for all spellings.

        Raises:
            InputError: the name is not known, is that of no sulfide electrolyte, or contradicts the family.
        """
        try:
            written = self._written(name)
        except UnknownNameError as error:
            return self._without_formula(name, family, error)
        if family in GLASSES and written.state is None and not written.polymorph:
            written = replace(written, state=family)
        entry = self._of_composition(written)
        if entry is None and (fault := impossibility(written)):
            if not any(map(str.isdigit, name)):  # an abbreviation that happens to be a formula
                self._names.find(name)
            raise InputError([fault])
        stated = family or written.family
        if family and written.family and family != written.family:
            raise InputError([contradicts(written, family, written.family)])
        if stated and (entry is None or stated != entry.family) and (fault := contradiction(written, stated)):
            raise InputError([fault])
        if entry is None:
            return self._unlisted(written, stated)
        return entry if family is None and stated in {None, entry.family} else _as_family(entry, str(stated))

    def _written(self, name: str) -> WrittenSulfide:
        """Return what a name says, be it a formula or one of the catalogue, with a word for its state or without.

        Raises:
            UnknownNameError: it is neither.
        """
        try:
            entry = self._names.find(name).entry
        except UnknownNameError:
            words = split_words(plain_signs(clean_text(name)))
            if words.is_contradiction:
                raise UnknownNameError([Fault("polymorph-of-a-glass", "sulfide", given=name)]) from None
            if (written := written_or_none(name)) is not None:
                return written
            known = read_written(self._names.find(words.rest).entry.name)
            return replace(known, state=words.state, family=words.family)
        return read_written(entry.name)

    def _of_composition(self, written: WrittenSulfide) -> Sulfide | None:
        """Return the sulfide of the catalogue that has a composition in its state, however both are written."""
        if written.name in self._names:
            named = self._names.find(written.name).entry
            return named if written.state is None or written.polymorph or _is_in(written, named) else None
        of_this = [pair for pair in self._formulas if is_same(pair[1].composition, written.composition)]
        of_this = [] if written.polymorph else of_this
        exact = [entry for entry, other in of_this if other.is_mixture == written.is_mixture]
        if written.state is None:
            return next(iter(exact), None)
        return next((entry for entry in (*exact, *(entry for entry, _ in of_this)) if _is_in(written, entry)), None)

    @functools.cached_property
    def _formulas(self) -> list[tuple[Sulfide, WrittenSulfide]]:
        return [(entry, read_written(entry.name)) for entry in self._listed.values()]

    def _unlisted(self, written: WrittenSulfide, family: str | None) -> Sulfide:
        family, kind = (family, STATED) if family else (written.families[0], BY_RULE)
        name = written.name
        if name in self._listed:  # of another state, which the name of the catalogue leaves out
            name = f"{name} {written.states[0]}"
        return Sulfide(name, (), family, kind, self._typical_density(family))

    def _without_formula(self, name: str, family: str | None, error: UnknownNameError) -> Sulfide:
        """Return the sulfide of a name that is no formula, by the family given or by a word for its state."""
        word = split_words(plain_signs(clean_text(name)))
        choices = [self._listed[choice] for choice in choices_of(error)]
        of_family = [entry for entry in choices if entry.family in {family, word.state, word.family} - {None}]
        if len(of_family) == 1:
            return of_family[0]
        is_known = bool(choices) or error.faults[0].code != "unknown-name"
        if family is None or is_known or _LIKE_A_FORMULA.search(name) or clean_text(name).casefold() in NOTHING:
            raise error
        return Sulfide(clean_text(name), (), family, STATED, self._typical_density(family))

    def _typical_density(self, family: str) -> float:
        kin = [sulfide.density_g_cm3 for sulfide in self._listed.values() if sulfide.family == family]
        return median(kin or [sulfide.density_g_cm3 for sulfide in self._listed.values()])


def _as_family(entry: Sulfide, family: str) -> Sulfide:
    return replace(entry, family=family, family_kind=STATED)


def _is_in(written: WrittenSulfide, entry: Sulfide) -> bool:
    """Return whether a listed sulfide is in the state that is written of it."""
    if written.state == CRYSTALLINE:
        return entry.family != GLASS
    return entry.family in GLASSES and entry.family == written.state
