"""Whether two texts spell one name, and which known names are spelt nearly like an unknown one."""

import difflib
import functools
import re
from collections.abc import Iterable, Sequence

from spcse_ml.schema import clean_text, plain_signs

NEARLY = 0.2
"""Names that are spelt less alike than the nearest by more than this, of 1, are not suggested."""

ALIKE = 0.7
"""Names that are spelt less alike than this, of 1, are not suggested."""


def suggestions(name: str, known: Iterable[str]) -> dict[str, str]:
    """Return what the text of a fault says of an unknown name: which of the known ones are spelt nearly alike.

    >>> suggestions("xgbost", ["ridge", "xgboost"])
    {'suggestions': 'xgboost'}
    """
    by_key = {key_of(other): other for other in known}
    return suggesting([by_key[key] for key in spelt_alike(key_of(name), by_key)])


def suggesting(near: Sequence[str]) -> dict[str, str]:
    """Return what the text of a fault says of the nearest names."""
    return {"suggestions": ", ".join(near[:3]) or "one of the allowed names"}


def spelt_alike(key: str, known: Iterable[str]) -> list[str]:
    """Return the known keys that are spelt nearly like one, the nearest first."""
    return _nearest(key, tuple(known))


@functools.lru_cache(maxsize=1_024)
def _nearest(key: str, known: tuple[str, ...]) -> list[str]:
    """Return what is spelt nearly as much alike as the nearest; a long file often has one misspelling in every row."""
    keys = {_alike(other): other for other in reversed(known)}
    best = difflib.get_close_matches(_alike(key), keys, n=1, cutoff=ALIKE)
    least = max((difflib.SequenceMatcher(None, other, _alike(key)).ratio() for other in best), default=1.0)
    return [keys[other] for other in difflib.get_close_matches(_alike(key), keys, n=6, cutoff=least - NEARLY)]


def _alike(key: str) -> str:
    """Return a key with letters and digits that look alike made the same, as the I and the l in LPSCl."""
    return key.translate(str.maketrans("i10", "llo"))


@functools.lru_cache(maxsize=4_096)
def key_of(name: str) -> str:
    """Return what is the same for one name however it is spaced, capitalised or typeset.

    >>> key_of("75Li2S · 25P2S5") == key_of("75li2s-25p2s5")
    True
    """
    return (
        re.sub(r"[\s_]+", "", plain_signs(clean_text(without_marks(name))))
        .replace("·", "-")
        .casefold()
        .replace("non-woven", "nonwoven")
    )


def without_marks(name: str) -> str:
    """Return a name without the signs of registered and other trade marks.

    >>> without_marks("Kynar® 761")
    'Kynar 761'
    """
    return name.translate(dict.fromkeys(map(ord, "®™℠")))
