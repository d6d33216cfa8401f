"""Which structural families a composition can have, by published rules.

A composition names no structure: where two families have it, both are right, and the first is the one in force. A glass
or a glass-ceramic of any composition is a matter of how it was made, which `written_sulfides` reads from its name.

The papers that are cited describe the series. How far a composition may lie from its formula was set on the rows of
OBELiX (NRC-Mila/OBELiX, CC-BY 4.0): `benchmarks/sulfide_formulas` lists those that the rules place otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spcse_ml.chemistry.compositions import ANIONS, FORMERS, HALIDES, Composition, is_borohydride

ARGYRODITE, LGPS, THIO_LISICON, GLASS, GLASS_CERAMIC, OTHER = (
    "argyrodite", "LGPS", "thio-LISICON", "glass", "glass-ceramic", "other",
)  # fmt: skip

_IN_PLACE_OF_P = ("Si", "Ge", "Sn", "Al")
_FEW_HALIDES, _FEW_CATIONS = 0.4, 0.2


@dataclass(frozen=True)
class Proportions:
    """Amounts per tetrahedral cation."""

    lithium: float
    anions: float
    halides: float
    substituents: float
    """Of the tetrahedral cations, those in place of phosphorus: Si, Ge, Sn and Al."""
    other_cations: float
    is_ternary: bool
    """Whether it holds lithium, phosphorus and sulfur alone."""
    has_phosphorus: bool

    def is_near(self, *, anions: float, within: float, lithium: tuple[float, float]) -> bool:
        """Return whether anions are as many as in a formula, and lithium lies in its series."""
        return abs(self.anions - anions) <= within and lithium[0] <= self.lithium <= lithium[1]


def _is_argyrodite(amounts: Proportions) -> bool:
    """Li(7-x)PS(6-x)X(x), halide or borohydride up to x = 2, and Li7PS6, with substitutions on every site.

    Deiseroth et al. 2008, DOI 10.1002/anie.200703900, for x = 1.
    """
    has_halide = 0 < amounts.halides <= 2.05  # noqa: PLR2004 - 2 as far as a formula is rounded
    is_without = amounts.halides == 0 and amounts.lithium > 6.5  # noqa: PLR2004
    is_near = amounts.is_near(anions=6, within=0.4, lithium=(4.5, 8.1))
    return is_near and (has_halide or is_without) and amounts.other_cations <= 0.5  # noqa: PLR2004


def _has_lgps_type(amounts: Proportions) -> bool:
    """Li(4-x)M(1-x)P(x)S4 near Li10GeP2S12, with M = Si, Ge, Sn, Al and little halide; and Li9.6P3S12.

    Kamaya et al. 2011, DOI 10.1038/nmat3066; Kato et al. 2016, DOI 10.1038/nenergy.2016.30.
    """
    if amounts.is_ternary:
        return amounts.is_near(anions=4, within=0.05, lithium=(3.1, 3.3))
    is_near = amounts.is_near(anions=4, within=0.25, lithium=(2.8, 3.65))
    is_substituted = amounts.has_phosphorus and 0.2 <= amounts.substituents <= 0.55  # noqa: PLR2004
    return is_near and is_substituted and amounts.halides <= _FEW_HALIDES and amounts.other_cations <= _FEW_CATIONS


def _is_thio_lisicon(amounts: Proportions) -> bool:
    """Li(4-x)M(1-x)P(x)S4 with its end members Li4MS4 and Li3PS4, and Al or Sb in place of M or P; no halide.

    Kanno and Murayama 2001, DOI 10.1149/1.1379028, for M = Ge.
    """
    is_near = amounts.is_near(anions=4, within=0.15, lithium=(2.8, 5.2))
    return is_near and amounts.halides == 0 and amounts.other_cations <= 0.05  # noqa: PLR2004 - a trace


def _is_glass_ceramic(amounts: Proportions) -> bool:
    """Li7P3S11, which crystallises from the glass 70Li2S-30P2S5.

    DOI 10.1016/j.ssi.2007.05.020, as cited by OBELiX (mdp).
    """
    return amounts.is_ternary and amounts.is_near(anions=11 / 3, within=0.03, lithium=(2.28, 2.39))


RULES: Mapping[str, Callable[[Proportions], bool]] = {
    ARGYRODITE: _is_argyrodite,
    LGPS: _has_lgps_type,
    THIO_LISICON: _is_thio_lisicon,
    GLASS_CERAMIC: _is_glass_ceramic,
}
"""By family, in the order in which they are in force where a composition has several."""


def families_of(composition: Composition) -> tuple[str, ...]:
    """Return the families that a composition can have as a crystal, the one in force first; else `OTHER` alone.

    Args:
        composition: amounts by element symbol.

    Returns:
        One family or more.

    >>> families_of({"Li": 5.3, "P": 1, "S": 4.3, "Cl": 1.7}), families_of({"Li": 3.4, "Ge": 0.4, "P": 0.6, "S": 4})
    (('argyrodite',), ('LGPS', 'thio-LISICON'))
    """
    kinds = [amounts for formers in (FORMERS, (*FORMERS, "Al", "Ga")) if (amounts := _per_former(composition, formers))]
    return tuple(family for family, holds in RULES.items() if any(map(holds, kinds))) or (OTHER,)


def _per_former(composition: Composition, formers: tuple[str, ...]) -> Proportions | None:
    """Return the amounts per cation of those that are taken for tetrahedral, None where there is none."""
    tetrahedral = sum(composition.get(element, 0.0) for element in formers)
    if not tetrahedral:
        return None
    borohydride = composition["B"] if is_borohydride(composition) else 0.0
    halides = sum(composition.get(element, 0.0) for element in HALIDES) + borohydride
    anions = sum(composition.get(element, 0.0) for element in ANIONS if element not in {*HALIDES, "H"}) + halides
    others = set(composition) - {"Li", *formers, *ANIONS, *({"B"} if borohydride else ())}
    substituents = sum(composition.get(element, 0.0) for element in _IN_PLACE_OF_P if element in formers)
    return Proportions(
        lithium=round(composition.get("Li", 0.0) / tetrahedral, 6),
        anions=round(anions / tetrahedral, 6),
        halides=round(halides / tetrahedral, 6),
        substituents=round(substituents / tetrahedral, 6),
        other_cations=round(sum(composition[element] for element in others) / tetrahedral, 6),
        is_ternary=set(composition) == {"Li", "P", "S"},
        has_phosphorus="P" in composition,
    )
