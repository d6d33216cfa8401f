"""Read the composition of a sulfide however it is written, and write it in one normal form.

The library `periodictable` parses a formula. Ours are the mixtures of glasses (`77.5Li2S-22.5P2S5`,
`(Li2S)0.7(P2S5)0.3`, `80(75Li2S-25P2S5)-20LiI`), the normal form that stands for all spellings of one composition, and
the balance of charges.
"""

import functools
import itertools
import math
import operator
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import clean_text, plain_signs

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

_LONGEST, _DEEPEST, _DECIMALS = 200, 4, 3
_SHARED = re.compile(r"\(([A-Za-z][A-Za-z\d.]*)\)(\d+(?:\.\d+)?|\.\d+)[-·+]?")
_ALL_SHARED = re.compile(rf"(?:{_SHARED.pattern}){{2,}}(?<![-·+])")
"""A mixture whose shares stand behind its parts, as in (Li2S)0.7(P2S5)0.3."""
_COMPOUND_NAME, _AMOUNT = r"([A-Za-z][A-Za-z\d]*)", r"(\d+(?:\.\d+)?)"
_BEHIND = re.compile(rf"{_COMPOUND_NAME}[-·:+/]{_COMPOUND_NAME}[\s=]*\(?\s?{_AMOUNT}\s?[-:/]\s?{_AMOUNT}\s?\)?")
"""A mixture of two whose ratio stands behind both, as in Li2S-P2S5 (75:25)."""
_SUBSCRIPT = re.compile(r"_\{?([\d.]+)\}?")
"""A subscript as TeX has it."""
_ELEMENT = r"[A-Z][a-z]?\d*\.?\d*"
_SPACED = re.compile(rf"{_ELEMENT}(?: {_ELEMENT})+")
"""The only formula with spaces in it: elements apart, as in Li6 P S5 Cl. What else stands apart is something else."""
_UNCLEAR = re.compile(r"[-·+ ]|\(\)|\.(?!\d)")
"""What no formula of one compound holds."""
_POINTS = re.compile(r"\d\.\d+\.\d")
"""Two points in one amount."""
_COMPOUND = re.compile(r"\([^()]*Li[^()]*(?:S|F|Cl|Br|I|O)[\d.]*\)")
"""A compound in brackets, which is no part of a formula unless its share stands behind it."""
_FORGOTTEN = 10.0
"""Beside a share above this a part without one has lost its own."""
_PERCENT = re.compile(r"\(?\b(?:mol|at)[. ]*%\)?")
_JOINED = re.compile(r"[-·+](?![^()]*\))")
"""What joins the parts of a mixture; inside brackets it joins those of a part."""
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)?\*?([A-Z(][A-Za-z\d.()·+-]*)")
_NUMBER = re.compile(r"\d+\.\d+|\d+|\.\d+")
_MOST_DIGITS = 7


def read_composition(formula: str) -> dict[str, float]:
    """Return the amount of each element per formula unit as written; a mixture per mole of its parts.

    Args:
        formula: element symbols with amounts, brackets, or parts joined by hyphens with their shares.

    Returns:
        Amounts by element symbol.

    Raises:
        InputError: the text is not a formula, or holds an element that no sulfide electrolyte has.

    >>> read_composition("75Li2S-25P2S5")["S"]
    2.0
    >>> read_composition("Li6P(S4.9Se0.1)Br")["Se"]
    0.1
    """
    return dict(_read(formula)[0])


def is_mixture(formula: str) -> bool:
    """Return whether a formula is written as a mixture of compounds of two elements, as that of a glass is.

    >>> is_mixture("75Li2S-25P2S5"), is_mixture("Li3PS4"), is_mixture("95Li6PS5Cl-5LiI")
    (True, False, False)
    """
    return _read(formula)[1]


def atomic_fractions(composition: Composition) -> tuple[tuple[str, float], ...]:
    """Return the share of each element in all atoms, in the order of the alphabet.

    >>> atomic_fractions({"S": 1, "Li": 2})
    (('Li', 0.6667), ('S', 0.3333))
    """
    total = sum(composition.values())
    return tuple(sorted((element, round(amount / total, 4)) for element, amount in composition.items()))


def is_same(first: Composition, second: Composition) -> bool:
    """Return whether two compositions have the same share of each element, within the rounding of a formula.

    >>> is_same(read_composition("Li24P4S20Cl4"), read_composition("ClLi6.0PS5"))
    True
    """
    totals = sum(first.values()), sum(second.values())
    return set(first) == set(second) and all(
        abs(amount / totals[0] - second[element] / totals[1]) <= ALIKE for element, amount in first.items()
    )


@functools.lru_cache(maxsize=4_096)
def _read(formula: str) -> tuple[dict[str, float], bool]:
    """Return the composition of a formula, and whether it is written as a mixture."""
    is_plain = len(formula) <= _LONGEST and not _POINTS.search(formula)
    text = plain_signs(clean_text(formula)) if is_plain else ""
    text = _PERCENT.sub("", _SUBSCRIPT.sub(r"\1", text.replace("$", ""))).strip().rstrip(".")
    text = text.translate(str.maketrans("[]{}*", "()()·"))
    if behind := _BEHIND.fullmatch(text):
        first, second, share, other = behind.groups()
        text = f"{share}{first}-{other}{second}"
    text = _unwrapped(_together(text))
    if _ALL_SHARED.fullmatch(text):
        text = "-".join(f"{share}{part}" for part, share in _SHARED.findall(text))
    amounts = _amounts(text)
    if not amounts or not all(amounts.values()):
        raise InputError([_formula_fault("not-a-formula", formula)])
    if _is_of_electrolytes(text):
        raise InputError([_formula_fault("several-compounds", formula)])
    if unknown := set(amounts) - set(OXIDATION_STATES):
        raise InputError([_formula_fault("unknown-element", formula, elements=", ".join(sorted(unknown)))])
    return amounts, _is_of_binaries(text)


def _together(text: str) -> str:
    """Return a formula without spaces around what joins its parts or between its elements."""
    text = re.sub(r" ?([-·+]) ?", r"\1", text)
    shared = text.replace(" ", "")
    return shared if _SPACED.fullmatch(text) or _ALL_SHARED.fullmatch(shared) else text


def _unwrapped(text: str) -> str:
    """Return a text without brackets around all of it."""
    return text[1:-1] if re.fullmatch(r"\((?:[^()]|\([^()]*\))*\)", text) else text


def _is_of_binaries(text: str) -> bool:
    """Return whether a text joins several compounds, each of two elements or itself such a mixture."""
    parts = [part[2] for part in map(_PART.fullmatch, _JOINED.split(text)) if part]
    if len(parts) == 1:
        return parts[0] != _unwrapped(parts[0]) and _is_of_binaries(_unwrapped(parts[0]))
    return bool(parts) and all(len(_phase(part)) == 2 or _is_of_binaries(_unwrapped(part)) for part in parts)  # noqa: PLR2004


def _is_of_electrolytes(text: str) -> bool:
    """Return whether a text joins powders that are blended: one of three elements with any but a lithium salt."""
    parts = [part[2] for part in map(_PART.fullmatch, _JOINED.split(text)) if part]
    compounds = [_phase(part) for part in parts if not _is_of_binaries(_unwrapped(part))]
    more = [compound for compound in compounds if len(compound) > 2]  # noqa: PLR2004 - those of two elements make a glass
    others = [compound for compound in compounds if compound not in more]
    return len(parts) > 1 and (len(more) > 1 or (bool(more) and any("Li" not in other for other in others)))


def _amounts(text: str) -> dict[str, float]:
    """Return the amounts in a formula, those of a mixture per mole of its parts; none where it cannot be read."""
    parts = [_PART.fullmatch(part) for part in _JOINED.split(text)]
    shares = [float(part[1] or 1) if part else 0.0 for part in parts]
    phases = [_phase(part[2]) if part else {} for part in parts]
    has_share = [bool(part and part[1]) for part in parts]
    is_without_ratio = len(parts) > 1 and (not any(has_share) or (max(shares) > _FORGOTTEN and not all(has_share)))
    if is_without_ratio or not all(shares) or not all(phases):
        return {}
    amounts: dict[str, float] = {}
    for share, phase in zip(shares, phases, strict=True):
        for element, amount in phase.items():
            amounts[element] = amounts.get(element, 0.0) + share * amount / sum(shares)
    return {element: float(f"{amount:.10g}") for element, amount in amounts.items()}


def _phase(text: str) -> dict[str, float]:
    """Return the amounts in a formula without shares, or in a mixture in brackets; none where it cannot be read."""
    inside = text[1:-1] if text.startswith("(") and text.endswith(")") else ""
    if inside and len(_JOINED.split(inside)) > 1:
        return _amounts(inside)
    symbols = re.findall("[A-Z][a-z]?", text)
    if not set(symbols) <= set(OXIDATION_STATES):
        return dict.fromkeys(symbols, 1.0)  # refused with their names
    outside = re.findall("[A-Z][a-z]?", re.sub(r"\([^()]*\)", "", text))
    is_unlike = len(set(outside)) < len(outside) or _COMPOUND.search(text) or _UNCLEAR.search(text)
    is_plain = not is_unlike and all(len(number) <= _MOST_DIGITS for number in _NUMBER.findall(text))
    if not is_plain or text.count("(") > _DEEPEST:
        return {}
    try:
        atoms = _parser()(text).atoms
    except Exception:  # noqa: BLE001 - the library raises what it likes on what it cannot read
        return {}
    return {atom.symbol: float(amount) for atom, amount in atoms.items()}


@functools.cache
def _parser() -> Any:
    import periodictable  # noqa: PLC0415 - the help of the command line does not need it

    return periodictable.formula


def _formula_fault(code: str, formula: str, **values: str) -> Fault:
    allowed = "element symbols with amounts, as in Li6PS5Cl or 75Li2S-25P2S5"
    return Fault(code, column="sulfide", given=formula[:_LONGEST], allowed=allowed, values=values)


def normal_form(composition: Composition) -> str:
    """Return the formula that stands for all spellings of one composition.

    Amounts are per tetrahedral cation where one element alone is that, as in Li5.5PS4.5Cl1.5; else small whole numbers,
    per tetrahedral cation or per twelve anions, whichever first needs no more than three decimals.

    Args:
        composition: amounts by element symbol.

    Returns:
        Element symbols with amounts, cations before anions.

    >>> normal_form(read_composition("Cl6.8Li21.2P4S17.2")), normal_form(read_composition("Li20Ge2P4S24"))
    ('Li5.3PS4.3Cl1.7', 'Li10GeP2S12')
    """
    formula = _once_normal(composition)
    while (again := _once_normal(read_composition(formula))) != formula:  # amounts were rounded
        formula = again
    return formula


def _once_normal(composition: Composition) -> str:
    exact = {element: Fraction(f"{amount:.6f}") for element, amount in composition.items()}
    whole = _whole(exact)
    tetrahedral, formers = _summed(exact, (*FORMERS, *_ALSO)), _summed(exact, FORMERS)
    bases = (tetrahedral, formers, _summed(exact, ANIONS) / 12)
    scaled = [{element: amount / base for element, amount in exact.items()} for base in bases if base]
    is_alone = tetrahedral == formers > 0 and len(set(exact) - {"Li", *ANIONS}) == 1
    possible = [whole] if max(whole.values()) <= _SMALL else []
    possible = [*scaled[:1], *possible] if is_alone else [*possible, *scaled]
    short = next((amounts for amounts in possible if _is_short(amounts)), None)
    return _formula(short or (whole if max(whole.values()) <= _LARGEST or not scaled else scaled[0]))


_ALSO = ("Al", "Ga")
"""Cations that may take the place of the tetrahedral ones, as in Li5AlS4, or that of lithium."""
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


def _formula(amounts: Mapping[str, Fraction]) -> str:
    rounded = {element: round(float(amounts[element]), _DECIMALS) for element in OXIDATION_STATES if element in amounts}
    borohydride = rounded.get("B", 0.0) if is_borohydride(rounded) else 0.0
    shown = {element: amount for element, amount in rounded.items() if not (borohydride and element in "BH")}
    shown |= {"(BH4)": borohydride}
    return "".join(f"{part}{'' if amount == 1 else f'{amount:g}'}" for part, amount in shown.items() if amount)


def is_borohydride(composition: Composition) -> bool:
    """Return whether all boron and hydrogen of a composition can be borohydride, BH4.

    >>> is_borohydride(read_composition("Li5PS4(BH4)2"))
    True
    """
    return "H" in composition and round(composition["H"] - 4 * composition.get("B", 0.0), 6) == 0


def net_charge(composition: Composition) -> float:
    """Return the sum of oxidation states per formula unit, for the allowed states that come nearest to balance.

    >>> abs(net_charge(read_composition("Li6PS5Cl"))) < 1e-9
    True
    >>> net_charge(read_composition("Li3SbS3"))
    0.0
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
