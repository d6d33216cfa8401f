"""A mixture of solvents as it is written: its parts, their ratio and what the ratio counts.

`xylene + isobutyl isobutyrate (1:3)` is how the catalogue writes a mixture; `DBM/HB 2:8 v/v`, `p-xylene:IBIB 1:1 w/w`
and `toluene and xylene (1:1)` are read too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from spcse_ml.errors import Fault, InputError

VOLUME, WEIGHT = "volume", "weight"

_WORDS = {
    VOLUME: r"v\s*[/:]\s*v|vol\.?(?:\s*[/:]\s*vol\.?)?|(?:by\s+)?volume(?:\s+ratio)?",
    WEIGHT: r"w\s*[/:]\s*w|m\s*[/:]\s*m|wt\.?(?:\s*[/:]\s*wt\.?)?|(?:by\s+)?(?:weight|mass)(?:\s+ratio)?",
}
_BASIS = rf"(?:{_WORDS[VOLUME]}|{_WORDS[WEIGHT]})"
_SHARES = r"\d+(?:\.\d+)?(?:\s*[:/]\s*\d+(?:\.\d+)?)+"
_RATIO = re.compile(
    rf"(?P<names>.*?\S)[\s,;=]*(?:(?<=[\s,;=])|(?=\())\(?\s*(?:(?P<before>{_BASIS})\s*[=:]?\s*)?(?P<shares>{_SHARES})"
    rf"\s*%?\s*,?\s*\(?(?P<behind>{_BASIS})?\s*%?\s*\)?(?:\s*\)?)\s*(?:\(?(?P<after>{_BASIS})\)?)?",
    re.IGNORECASE,
)
_FIRST = re.compile(rf"^({_SHARES}) +([A-Za-z].*)$")
"""A ratio before the names, as in 1:1 toluene/xylene."""
_SEPARATORS = (" + ", "+", " & ", "&", " and ", ";", " / ", "/", " : ", ":", ", ", "-")
"""What joins the names, the surest first."""


@dataclass(frozen=True)
class Parts:
    """The parts of a mixture."""

    names: tuple[str, ...]
    shares: tuple[float, ...] | None
    """Of all parts, 1 in all; None where the ratio is not known."""
    basis: str | None
    """`VOLUME` or `WEIGHT` where a word tells what the ratio counts."""


def split_mixture(text: str, is_name: Callable[[str], bool] = lambda _: True) -> Parts:
    """Return the names of a mixture and their shares, None where the ratio is not told.

    Args:
        text: names joined by ` + ` or otherwise, with a ratio behind them.
        is_name: whether a text is the name of one solvent; without it whatever stands between separators is.

    Returns:
        The parts; where no way to split gives names alone, those between ` + `.

    Raises:
        InputError: the ratio does not fit the number of names.

    >>> split_mixture("xylene + isobutyl isobutyrate (1:3)")
    Parts(names=('xylene', 'isobutyl isobutyrate'), shares=(0.25, 0.75), basis=None)
    """
    text = _FIRST.sub(r"\2 \1", text.strip())
    ratio = _RATIO.fullmatch(text)
    written = [*([(ratio["names"], ratio)] if ratio else []), (text, None)]
    for names, behind in written:
        for separator in _SEPARATORS:
            parts = tuple(part.strip() for part in names.split(separator))
            if all(part and is_name(part) for part in parts) and (len(parts) > 1 or separator == _SEPARATORS[0]):
                return _parts(text, parts, behind)
    names, behind = written[0]
    splits = [tuple(part.strip() for part in names.split(separator)) for separator in _SEPARATORS]
    n = len(_shares(behind)) if behind else 1
    return _parts(text, next((parts for parts in splits if len(parts) == n > 1), splits[0]), behind)


def _shares(ratio: re.Match[str]) -> list[float]:
    return [float(share) for share in re.split(r"[:/]", ratio["shares"])]


def _parts(text: str, names: tuple[str, ...], ratio: re.Match[str] | None) -> Parts:
    if ratio is None:
        return Parts(names, (1.0,) if len(names) == 1 else None, None)
    shares = _shares(ratio)
    is_short = "%" in ratio[0] and abs(sum(shares) - 100) > 1  # of 70/20 % something is missing
    if len(shares) != len(names) or not all(share > 0 for share in shares) or is_short:
        raise InputError([Fault("ratio-mismatch", column="solvent", given=text, allowed="as in a + b (1:2)")])
    total = 1.0 if abs(sum(shares) - 1) < 1e-5 else sum(shares)  # noqa: PLR2004 - shares as we write them ourselves
    return Parts(names, tuple(share / total for share in shares), _basis(ratio))


def _basis(ratio: re.Match[str]) -> str | None:
    """Return what the words beside a ratio say that it counts.

    Raises:
        InputError: they say two things.
    """
    words = [word for name in ("before", "behind", "after") if (word := ratio[name])]
    bases = {basis for word in words for basis, pattern in _WORDS.items() if re.fullmatch(pattern, word, re.IGNORECASE)}
    if len(bases) > 1:
        raise InputError(
            [Fault("ratio-mismatch", column="solvent", given=ratio[0], allowed="volume or weight, not both")]
        )
    return next(iter(bases), None)
