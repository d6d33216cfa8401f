"""Read the composition of a sulfide: `Li6PS5Cl0.5Br0.5`, and glasses written as `75Li2S-25P2S5`."""

import re
from collections import defaultdict

from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import plain_signs

# usual oxidation states in sulfide electrolytes; sulfur and halides are the anions
OXIDATION_STATES = {
    "Li": 1, "Na": 1, "Ag": 1, "Cu": 1, "Mg": 2, "Ca": 2, "Zn": 2, "B": 3, "Al": 3, "Ga": 3, "In": 3, "Y": 3,
    "La": 3, "Si": 4, "Ge": 4, "Sn": 4, "Ti": 4, "Zr": 4, "P": 5, "As": 5, "Sb": 5, "V": 5, "Nb": 5, "Ta": 5,
    "Mo": 6, "W": 6, "O": -2, "S": -2, "Se": -2, "Te": -2, "F": -1, "Cl": -1, "Br": -1, "I": -1, "N": -3,
}  # fmt: skip
HALIDES = ("F", "Cl", "Br", "I")

_SHARED = re.compile(r"\(([A-Za-z\d.]+)\)\s*(\d+(?:\.\d+)?|\.\d+)\s*[-·]?\s*")
_ALL_SHARED = re.compile(rf"(?:{_SHARED.pattern}){{2,}}(?<![-·])")
"""Parts of a glass with their shares behind them, as in (Li2S)0.7(P2S5)0.3."""
_PART = re.compile(r"^(\d+(?:\.\d+)?)?((?:[A-Z][a-z]?(?:\d+(?:\.\d+)?)?)+)$")
_ELEMENT = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?")
_LONGEST = 200


def read_composition(formula: str) -> dict[str, float]:
    """Return the amount of each element per formula unit as written; a glass per mole of its mixture.

    Raises:
        InputError: the text is not a formula.

    >>> read_composition("75Li2S-25P2S5")["S"]
    2.0
    >>> read_composition("Li6PS5Cl0.5Br0.5")["Br"]
    0.5
    """
    amounts: dict[str, float] = defaultdict(float)
    for share, part in _parts(formula):
        for element, amount in part.items():
            amounts[element] += share * amount
    if unknown := set(amounts) - set(OXIDATION_STATES):
        raise InputError([_formula_fault("unknown-element", formula, elements=", ".join(sorted(unknown)))])
    return dict(amounts)


def composition_key(formula: str) -> tuple[tuple[float, tuple[tuple[str, float], ...]], ...]:
    """Return what is the same for whoever writes the same composition: the share of each part and of its elements.

    A glass of two sulfides differs from the crystal of its elements: both are known by one composition.

    Raises:
        InputError: the text is not a formula.

    >>> composition_key("Li24P4S20Cl4") == composition_key("ClLi6.0PS5")
    True
    >>> composition_key("(Li2S)0.7(P2S5)0.3") == composition_key("30P2S5-70Li2S") != composition_key("Li7P3S11")
    True
    """
    return tuple(sorted((round(share, 4), _fractions(part)) for share, part in _parts(formula)))


def _fractions(part: dict[str, float]) -> tuple[tuple[str, float], ...]:
    total = sum(part.values())
    return tuple(sorted((element, round(amount / total, 4)) for element, amount in part.items()))


def _parts(formula: str) -> list[tuple[float, dict[str, float]]]:
    """Return the parts of a formula, each with its share in all: one, or those of a glass."""
    text = plain_signs(formula) if len(formula) <= _LONGEST else ""
    if _ALL_SHARED.fullmatch(text):
        text = "-".join(f"{share}{part}" for part, share in _SHARED.findall(text))
    parts = [_PART.match(part) for part in re.split(r"[-·]", text)]
    shares = [float(part[1] or 1) if part else 0.0 for part in parts]
    amounts = [_amounts(part[2]) if part else {} for part in parts]
    if not all(shares) or not all(sum(part.values()) for part in amounts):
        raise InputError([_formula_fault("not-a-formula", formula)])
    total = sum(shares) if len(parts) > 1 else 1.0
    return [(share / total, part) for share, part in zip(shares, amounts, strict=True)]


def _amounts(text: str) -> dict[str, float]:
    amounts: dict[str, float] = defaultdict(float)
    for element, amount in _ELEMENT.findall(text):
        amounts[element] += float(amount or 1)
    return dict(amounts)


def _formula_fault(code: str, formula: str, **values: str) -> Fault:
    allowed = "element symbols with amounts, as in Li6PS5Cl or 75Li2S-25P2S5"
    return Fault(code, column="sulfide", given=formula[:_LONGEST], allowed=allowed, values=values)


def net_charge(composition: dict[str, float]) -> float:
    """Return the sum of the usual oxidation states per formula unit; zero for a neutral composition.

    >>> abs(net_charge(read_composition("Li6PS5Cl"))) < 1e-9
    True
    """
    return sum(amount * OXIDATION_STATES[element] for element, amount in composition.items())


def family_from_composition(composition: dict[str, float]) -> str | None:
    """Return the family that the composition alone decides, or None.

    An argyrodite is Li(7-x)PS(6-x)X(x) with X a halide and 0 < x <= 2, and Li(7-x)PS(6-x)X(x) only
    (Deiseroth et al., DOI 10.1002/anie.200703900, for x = 1).

    >>> family_from_composition(read_composition("Li5.3PS4.3Cl1.7"))
    'argyrodite'
    """
    x = sum(composition.get(halide, 0.0) for halide in HALIDES)
    expected = {"Li": 7 - x, "P": 1.0, "S": 6 - x}
    rest = {element: amount for element, amount in composition.items() if element not in HALIDES}
    is_argyrodite = (
        0 < x <= 2  # noqa: PLR2004 - the solubility limit of the halide
        and set(rest) == set(expected)
        and all(abs(rest[element] - amount) < 0.05 for element, amount in expected.items())  # noqa: PLR2004
    )
    return "argyrodite" if is_argyrodite else None
