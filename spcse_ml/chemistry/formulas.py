"""Read the composition of a sulfide however it is written.

The library `periodictable` parses a formula. Ours are the mixtures of glasses (`77.5Li2S-22.5P2S5`,
`(Li2S)0.7(P2S5)0.3`, `80(75Li2S-25P2S5)-20LiI`), and what looks like a formula and was not meant for one.
"""

import functools
import re
from typing import Any

from spcse_ml.chemistry.compositions import OXIDATION_STATES
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import clean_text, plain_signs

_LONGEST, _DEEPEST = 200, 4
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
