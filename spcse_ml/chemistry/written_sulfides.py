"""A sulfide as it is written: its composition, and words for its state, polymorph and family.

`glassy Li3PS4`, `75Li2S-25P2S5 glass-ceramic`, `gamma-Li3PS4` and `Li6PS5Cl (argyrodite)` become a composition with a
state. Two spellings of one composition in one state have the same name.
"""

import functools
import re
from dataclasses import dataclass, field

from spcse_ml.chemistry.compositions import FORMERS, Composition, charge_imbalance, glass_form, normal_form
from spcse_ml.chemistry.formulas import is_mixture, read_composition
from spcse_ml.chemistry.names import without_qualifiers
from spcse_ml.chemistry.sulfide_families import (
    ARGYRODITE,
    GLASS,
    GLASS_CERAMIC,
    LGPS,
    OTHER,
    THIO_LISICON,
    families_of,
)
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import clean_text, plain_signs

CRYSTALLINE = "crystalline"

CHARGE_WARNED, CHARGE_REFUSED = 0.02, 0.05
"""Imbalance of charge, over that of the anions, that is remarked, and that is taken for a slip: see
`benchmarks/sulfide_formulas`."""

NETWORK_FORMERS = frozenset({*FORMERS, "B", "Al", "Ga", "In"})
"""A sulfide electrolyte holds one of these: cations whose sulfides form its tetrahedra or its glass."""


def _at_an_end(word: str) -> re.Pattern[str]:
    """Return what finds a word before or behind a name, in brackets or not; inside a formula it tells of a part."""
    return re.compile(rf"^\(?(?:{word})\)?[\s,-]+|[\s,(-]+(?:{word})\)?$", re.IGNORECASE)


_WORDS = (
    (GLASS_CERAMIC, _at_an_end(r"glass[- ]?ceramics?|gc")),
    (GLASS, _at_an_end(r"glass(?:y|es)?|amorphous|vitreous")),
    (CRYSTALLINE, _at_an_end(r"crystal(?:line|s)?")),
)
_FAMILY_WORDS = (
    (ARGYRODITE, _at_an_end(r"argyrodites?(?:[- ]type)?")),
    (THIO_LISICON, _at_an_end(r"thio-?lisicons?(?:[- ]type)?")),
    (LGPS, _at_an_end(r"LGPS[- ]type")),
)
_POLYMORPH = re.compile(r"^\(?(alpha|beta|gamma|delta|[αβγδ])\)?[- ]?(?=(?-i:[A-Z\d(]))", re.IGNORECASE)
_POLYMORPH_BEHIND = re.compile(r" +\(?(alpha|beta|gamma|delta|[αβγδ])(?:[- ]phase)?\)?$", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\d[\u00b2\u00b3\u00b9\u2070-\u2079]")
"""A raised digit behind a number is no part of it."""
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ"}


@dataclass(frozen=True)
class WrittenSulfide:
    """What the name of a sulfide says."""

    formula: str
    composition: Composition = field(hash=False)
    state: str | None
    """`GLASS`, `GLASS_CERAMIC`, `CRYSTALLINE`, or None where no word tells."""
    polymorph: str
    """Its Greek letter, where one is written."""
    family: str | None
    """Where a word names it."""

    @property
    def is_mixture(self) -> bool:
        """Return whether it is written as a mixture, which names a glass."""
        return is_mixture(self.formula)

    @property
    def states(self) -> tuple[str, ...]:
        """Return the states that the name leaves open."""
        if self.state is not None:
            return (self.state,)
        return (GLASS, GLASS_CERAMIC) if self.is_mixture else (CRYSTALLINE, GLASS, GLASS_CERAMIC)

    @property
    def families(self) -> tuple[str, ...]:
        """Return the families that the composition can have in these states, the one in force first."""
        families: list[str] = []
        for state in self.states:
            families += families_of(self.composition) if state == CRYSTALLINE else [state]
        return tuple(families)

    @property
    def name(self) -> str:
        """Return the name that stands for all spellings: the normal form, with state or polymorph where it is told.

        A mixture without a word is a glass, and so is one with that word.
        """
        state = self.states[0]
        if state == CRYSTALLINE:
            return f"{self.polymorph}-{normal_form(self.composition)}".lstrip("-")
        mixture = glass_form(self.composition)
        return mixture if mixture and state == GLASS else f"{mixture or normal_form(self.composition)} {state}"


def read_written(text: str) -> WrittenSulfide:
    """Return what the name of a sulfide says of its composition, state, polymorph and family.

    Args:
        text: a formula, with words before or behind it.

    Returns:
        The composition with what the words say.

    Raises:
        InputError: there is no formula in it.

    >>> read_written("glassy Li3PS4").name, read_written("Li3PS4 (glass-ceramic)").name
    ('75Li2S-25P2S5', '75Li2S-25P2S5 glass-ceramic')
    """
    if _FOOTNOTE.search(text):
        raise InputError([Fault("not-a-formula", "sulfide", given=text, allowed="no raised digit behind a number")])
    words = split_words(plain_signs(clean_text(text)))
    composition = read_composition(words.rest)
    state = words.state or (CRYSTALLINE if words.polymorph else None)
    return WrittenSulfide(words.rest, composition, state, words.polymorph, words.family)


@dataclass(frozen=True)
class Words:
    """What stands beside the formula or the name of a sulfide."""

    rest: str
    """The formula or name alone."""
    state: str | None
    polymorph: str
    family: str | None

    @property
    def is_contradiction(self) -> bool:
        """Return whether they tell of a polymorph of a glass."""
        return bool(self.polymorph) and self.state in {GLASS, GLASS_CERAMIC}


def split_words(text: str) -> Words:
    """Return the words of a name for its state, polymorph and family, and the name without them.

    >>> split_words("glassy LPSCl")
    Words(rest='LPSCl', state='glass', polymorph='', family=None)
    """
    state, rest = _without(text, _WORDS)
    family, rest = _without(rest, _FAMILY_WORDS)
    greek = _POLYMORPH.match(rest) or _POLYMORPH_BEHIND.search(rest)
    polymorph = _GREEK.get(greek[1].casefold(), greek[1]) if greek else ""
    return Words(rest.replace(greek[0], "") if greek else rest, state, polymorph, family)


@functools.lru_cache(maxsize=4_096)
def written_or_none(text: str) -> WrittenSulfide | None:
    """Return what the name of a sulfide says, purity and supplier aside, or None where there is no formula in it."""
    try:
        return read_written(without_qualifiers(text))
    except InputError:
        return None


def _without(text: str, words: tuple[tuple[str, re.Pattern[str]], ...]) -> tuple[str | None, str]:
    """Return what the first word that occurs means, and the text without it."""
    for meaning, word in words:
        if word.search(text):
            return meaning, word.sub("", text)
    return None, text


def impossibility(written: WrittenSulfide) -> Fault | None:
    """Return why no sulfide electrolyte has a composition, or None where one can have it."""
    composition, formula = written.composition, written.formula
    if not {"Li", "S"} <= set(composition) or composition.get("O", 0.0) >= composition["S"]:
        return Fault("not-a-lithium-sulfide", "sulfide", given=formula)
    if not NETWORK_FORMERS & set(composition):
        return Fault("no-network-former", "sulfide", given=formula)
    if (imbalance := charge_imbalance(composition)) > CHARGE_REFUSED:
        return Fault("charge-not-balanced", "sulfide", given=formula, values={"percent": 100 * imbalance})
    return None


def contradiction(written: WrittenSulfide, family: str) -> Fault | None:
    """Return the fault of a family that a composition cannot have in any state, or None where it can.

    No rule decides what only `OTHER` holds: any family is taken for it then.
    """
    if family in written.families or OTHER in written.families:
        return None
    return contradicts(written, family, " or ".join(dict.fromkeys(written.families)))


def contradicts(written: WrittenSulfide, family: str, known: str) -> Fault:
    """Return the fault of a family that is not what is known of a sulfide."""
    values = {"name": written.name, "known": known}
    return Fault("contradicts-composition", "sulfide_family", given=family, values=values)
