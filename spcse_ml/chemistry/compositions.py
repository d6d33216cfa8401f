"""Compositions of sulfides: whether two are the same, their normal form and the balance of their charges."""

import itertools
import math
import operator
from collections.abc import Iterable, Mapping
from fractions import Fraction

Composition = Mapping[str, float]
"""Amount of each element per formula unit."""

OXIDATION_STATES: Mapping[str, tuple[int, ...]] = {
    "Li": (1,), "Na": (1,), "K": (1,), "Rb": (1,), "Cs": (1,), "Ag": (1,), "Cu": (1, 2), "Mg": (2,), "Ca": (2,),
    "Sr": (2,), "Ba": (2,), "Zn": (2,), "Cd": (2,), "Mn": (2, 4), "Fe": (2, 3), "Ni": (2,), "Al": (3,), "Ga": (3,),
    "In": (3,), "Sc": (3,), "Y": (3,), "La": (3,), "Ce": (3,), "Gd": (3,), "Er": (3,), "Yb": (3,), "Ti": (4, 3),
    "Zr": (4,), "Hf": (4,), "V": (5, 4, 3), "Nb": (5,), "Ta": (5,), "Mo": (6, 4), "W": (6, 4), "Si": (4,),
    "Ge": (4, 2), "Sn": (4, 2), "Pb": (2, 4), "As": (5, 3), "Sb": (5, 3), "Bi": (3, 5), "P": (5,), "B": (3,),
    "N": (-3,), "O": (-2,), "S": (-2,), "Se": (-2,), "Te": (-2,), "F": (-1,), "Cl": (-1,), "Br": (-1,), "I": (-1,),
    "H": (-1,),
}  # fmt: skip
"""Oxidation states in sulfide electrolytes, the usual first, in the order of a formula's normal form. Hydrogen is
that of a borohydride; phosphorus is +4 where two of them share six sulfur, as in Li4P2S6, and only there."""

ANIONS = tuple(element for element, states in OXIDATION_STATES.items() if states[0] < 0)
HALIDES = ("F", "Cl", "Br", "I")
FORMERS = ("V", "Nb", "Ta", "Mo", "W", "Si", "Ge", "Sn", "As", "Sb", "P")
"""Cations at the centre of a tetrahedron of sulfur."""

ALIKE = 1e-4
"""Shares of all atoms that differ by no more are the same."""

_DECIMALS = 3


def atomic_fractions(composition: Composition) -> tuple[tuple[str, float], ...]:
    """Return the share of each element in all atoms, in the order of the alphabet.

    >>> atomic_fractions({"S": 1, "Li": 2})
    (('Li', 0.6667), ('S', 0.3333))
    """
    total = sum(composition.values())
    return tuple(sorted((element, round(amount / total, 4)) for element, amount in composition.items()))


def is_same(first: Composition, second: Composition) -> bool:
    """Return whether two compositions have the same share of each element, within the rounding of a formula.

    >>> is_same({"Li": 24, "P": 4, "S": 20, "Cl": 4}, {"Cl": 1, "Li": 6, "P": 1, "S": 5})
    True
    """
    totals = sum(first.values()), sum(second.values())
    return set(first) == set(second) and all(
        abs(amount / totals[0] - second[element] / totals[1]) <= ALIKE for element, amount in first.items()
    )


def normal_form(composition: Composition) -> str:
    """Return the formula that stands for all spellings of one composition.

    Amounts are per tetrahedral cation where one element alone is that, as in Li5.5PS4.5Cl1.5; else small whole numbers,
    per tetrahedral cation or per twelve anions, whichever first needs no more than three decimals.

    Args:
        composition: amounts by element symbol.

    Returns:
        Element symbols with amounts, cations before anions.

    >>> normal_form({"Li": 21.2, "P": 4, "S": 17.2, "Cl": 6.8}), normal_form({"Li": 20, "Ge": 2, "P": 4, "S": 24})
    ('Li5.3PS4.3Cl1.7', 'Li10GeP2S12')
    """
    amounts = _scaled(_scaled(composition))  # twice, because they were rounded
    borohydride = amounts.get("B", 0.0) if is_borohydride(amounts) else 0.0
    shown = {element: amount for element, amount in amounts.items() if not (borohydride and element in "BH")}
    shown |= {"(BH4)": borohydride}
    return "".join(f"{part}{'' if amount == 1 else f'{amount:g}'}" for part, amount in shown.items() if amount)


def _scaled(composition: Composition) -> dict[str, float]:
    """Return the amounts of the normal form, rounded, in its order; none that round to nothing."""
    amounts = _amounts({element: Fraction(f"{amount:.6f}") for element, amount in composition.items()})
    rounded = {element: round(float(amounts.get(element, 0)), _DECIMALS) for element in OXIDATION_STATES}
    return {element: amount for element, amount in rounded.items() if amount}


def _amounts(exact: Mapping[str, Fraction]) -> Mapping[str, Fraction]:
    whole = _whole(exact)
    tetrahedral, formers = _summed(exact, (*FORMERS, *_ALSO)), _summed(exact, FORMERS)
    bases = [base for base in (tetrahedral, formers, _summed(exact, ANIONS) / 12) if base]
    scaled = [{element: amount / base for element, amount in exact.items()} for base in bases]
    is_alone = tetrahedral == formers > 0 and len(set(exact) - {"Li", *ANIONS}) == 1
    possible = [whole] if max(whole.values()) <= _SMALL else []
    possible = [*scaled[:1], *possible] if is_alone else [*possible, *scaled]
    if short := next((amounts for amounts in possible if _is_short(amounts)), None):
        return short
    if max(whole.values()) <= _LARGEST or not scaled:
        return whole
    is_rounded = _is_short(exact) and abs(bases[0] - 1) <= _ROUNDED  # a normal form already
    return exact if is_rounded else scaled[0]


_ALSO = ("Al", "Ga")
"""Cations that may take the place of the tetrahedral ones, as in Li5AlS4, or that of lithium."""
_ROUNDED = Fraction(1, 100)
"""Sums of rounded amounts are 1 within this."""
_SMALL, _LARGEST = 12, 60
"""Whole numbers that are commonly written, and greater ones than which nobody writes."""


def glass_form(composition: Composition) -> str | None:
    """Return the mixture of Li2S and P2S5 that has a composition, in mol%, or None where none has it.

    >>> glass_form({"Li": 3, "P": 1, "S": 4})
    '75Li2S-25P2S5'
    """
    if set(composition) != {"Li", "P", "S"} or abs(net_charge(composition)) > composition["S"] / 500:
        return None
    share = round(100 * composition["Li"] / (composition["Li"] + composition["P"]), 2)
    return f"{share:g}Li2S-{round(100 - share, 2):g}P2S5"


def _summed(amounts: Mapping[str, Fraction], elements: Iterable[str]) -> Fraction:
    return sum((amounts.get(element, Fraction(0)) for element in elements), Fraction(0))


def _is_short(amounts: Mapping[str, Fraction]) -> bool:
    return all((amount * 10**_DECIMALS).denominator == 1 for amount in amounts.values())


def _whole(amounts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    multiple = math.lcm(*(amount.denominator for amount in amounts.values()))
    divisor = math.gcd(*(int(amount * multiple) for amount in amounts.values()))
    return {element: amount * multiple / divisor for element, amount in amounts.items()}


def is_borohydride(composition: Composition) -> bool:
    """Return whether all boron and hydrogen of a composition can be borohydride, BH4.

    >>> is_borohydride({"Li": 5, "P": 1, "S": 4, "B": 2, "H": 8})
    True
    """
    return "H" in composition and round(composition["H"] - 4 * composition.get("B", 0.0), 6) == 0


def net_charge(composition: Composition) -> float:
    """Return the sum of oxidation states per formula unit, for the allowed states that come nearest to balance.

    >>> net_charge({"Li": 6, "P": 1, "S": 5, "Cl": 1}), net_charge({"Li": 3, "Sb": 1, "S": 3})
    (0.0, 0.0)
    """
    states = itertools.product(*(_states(element, composition) for element in composition))
    amounts = tuple(composition.values())
    return min((math.fsum(map(operator.mul, amounts, chosen)) for chosen in states), key=abs)


def _states(element: str, composition: Composition) -> tuple[int, ...]:
    sulfur = composition.get("S", 0.0) + composition.get("Se", 0.0)
    is_paired = element == "P" and round(sulfur - 3 * composition["P"], 6) == 0
    return (5, 4) if is_paired else OXIDATION_STATES[element]


def charge_imbalance(composition: Composition) -> float:
    """Return the net charge over that of all anions, a fraction.

    >>> charge_imbalance({"Li": 6, "P": 1, "S": 5})
    0.1
    """
    negative = -sum(amount * OXIDATION_STATES[anion][0] for anion in ANIONS if (amount := composition.get(anion)))
    return abs(net_charge(composition)) / negative if negative else math.inf
