"""Read the composition of a sulfide: `Li6PS5Cl0.5Br0.5`, and glasses written as `75Li2S-25P2S5`."""

import re
from collections import defaultdict

from spcse_ml.errors import Fault, InputError

# usual oxidation states in sulfide electrolytes; sulfur and halides are the anions
OXIDATION_STATES = {
    "Li": 1, "Na": 1, "Ag": 1, "Cu": 1, "Mg": 2, "Ca": 2, "Zn": 2, "B": 3, "Al": 3, "Ga": 3, "In": 3, "Y": 3,
    "La": 3, "Si": 4, "Ge": 4, "Sn": 4, "Ti": 4, "Zr": 4, "P": 5, "As": 5, "Sb": 5, "V": 5, "Nb": 5, "Ta": 5,
    "Mo": 6, "W": 6, "O": -2, "S": -2, "Se": -2, "Te": -2, "F": -1, "Cl": -1, "Br": -1, "I": -1, "N": -3,
}  # fmt: skip
HALIDES = ("F", "Cl", "Br", "I")

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
    parts = [_PART.match(part) for part in re.split(r"[-·]", formula)] if len(formula) <= _LONGEST else [None]
    shares = [float(part[1] or 1) if part else 0.0 for part in parts]
    if not all(shares):
        raise InputError([_formula_fault("not-a-formula", formula)])
    total = sum(shares) if len(parts) > 1 else 1.0
    amounts: dict[str, float] = defaultdict(float)
    for part, share in zip(parts, shares, strict=True):
        for element, amount in _ELEMENT.findall(part[2] if part else ""):
            amounts[element] += share / total * float(amount or 1)
    if unknown := set(amounts) - set(OXIDATION_STATES):
        raise InputError([_formula_fault("unknown-element", formula, elements=", ".join(sorted(unknown)))])
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
