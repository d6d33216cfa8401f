"""What a name on a bottle or in a paper means: synonyms, trade names with grades, purities and suppliers beside it.

`data/catalogue/synonyms.csv` has what is understood, `qualifiers.csv` what changes no substance beside a name, and
`other_substances.csv` what does, each with its source. For a name that is not known the nearest are found, by
chemistry before letters.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from spcse_ml.chemistry.spelling import key_of, spelt_alike, suggesting, without_marks
from spcse_ml.chemistry.substances import Polymer, Salt, Solvent, Sulfide, Template, catalogue_rows
from spcse_ml.errors import Fault, UnknownNameError
from spcse_ml.schema import clean_text, plain_signs

Entry = TypeVar("Entry", Sulfide, Polymer, Template, Solvent, Salt)

_GRADE = re.compile(
    r"[\s-]*(?:[A-Za-z]{1,3}[\s-]?)?\d+[A-Za-z]{0,3}(?:[./-]?\d+[A-Za-z]{0,2})*(?:\s[A-Z]{1,2})?|/[A-Z]|\s*"
)
"""What follows a trade name: letters and a number, as in Kynar HSV 900."""
_CAS = re.compile(r"^CAS(?:[ -]?(?:no|nr|rn|number)\.?)?[ :#]*(?=\d)", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{4,}")
_COMMON = {"poly", "block", "type", "grade", "rubber", "polymer", "copolymer", "binder", "acid"}
_STEM = 5
"""Words that begin with so many like letters are of one kind of substance, as nitrile and nitrilic."""


@dataclass(frozen=True)
class Synonym:
    """A way to write a substance, with where it was seen."""

    kind: str
    """The column of a recipe in which it is written."""
    written: str
    names: tuple[str, ...]
    """Names of the catalogue; several where it does not tell which."""
    is_trade_name: bool
    source: str


@functools.cache
def synonyms() -> tuple[Synonym, ...]:
    """Return what is understood besides the names and synonyms of the substances themselves."""
    return tuple(
        Synonym(
            row["kind"], row["written"], tuple(row["names"].split("|")), row["is_trade_name"] == "true", row["source"]
        )
        for row in catalogue_rows("synonyms.csv")
    )


@dataclass(frozen=True)
class Match(Generic[Entry]):
    """The substance that a text names."""

    entry: Entry
    has_details: bool
    """Whether the text says more than a name, such as a grade, which a record has to remember."""


class Names(Generic[Entry]):
    """The names of one kind of substance."""

    def __init__(self, column: str, entries: Mapping[str, Entry]) -> None:
        """Read the names, the synonyms and the trade names of these entries."""
        self._column: str = column
        self._entries: Mapping[str, Entry] = entries
        others = [synonym for synonym in synonyms() if synonym.kind == column and set(synonym.names) <= set(entries)]
        self._by_key = {key_of(synonym.written): synonym.names for synonym in others}
        self._by_key |= {key_of(other): (name,) for name, entry in entries.items() for other in entry.synonyms}
        self._by_key |= {key_of(name): (name,) for name in entries}
        trades = (synonym for synonym in others if synonym.is_trade_name)
        self._trades = {key_of(trade.written): trade for trade in sorted(trades, key=_longest_first)}

    @functools.lru_cache(maxsize=4_096)  # noqa: B019 - a file has the same names in most of its rows
    def find(self, text: str) -> Match[Entry]:
        """Return the substance that a text names, letter case, spacing, purity, supplier and grade aside.

        Args:
            text: what was written.

        Returns:
            The substance, and whether the text says more than its name.

        Raises:
            UnknownNameError: there is none, and the fault has the nearest; or there are several.
        """
        if text in self._entries:
            return Match(self._entries[text], has_details=False)
        plain = _CAS.sub("", plain_signs(clean_text(without_marks(text))))
        match = self._match(plain, text) or self._named_twice(plain) or self._other(plain, text)
        if match is not None:
            return match
        near = self.nearest(plain)
        allowed = "" if near else ", ".join(self._entries)
        raise UnknownNameError(
            [Fault("unknown-name", self._column, given=text, allowed=allowed, values=suggesting(near))]
        )

    def _match(self, plain: str, text: str) -> Match[Entry] | None:
        """Return the substance of a name, alone or with its purity, supplier or grade."""
        if names := self._by_key.get(key_of(plain)):
            return Match(self._entries[self._only(names, text)], has_details=key_of(plain) in self._trades)
        bare = without_qualifiers(plain)
        names = self._by_key.get(key_of(bare))
        if names and not self._is_another(plain, bare) and _suits(plain, names):
            return Match(self._entries[self._only(names, text)], has_details=True)
        for written in (plain, bare):
            grades = ((trade, _grade(written, key)) for key, trade in self._trades.items())
            trade, grade = next(((trade, grade) for trade, grade in grades if grade is not None), (None, ""))
            if trade is not None:
                is_no_grade = self._other_word(grade) or key_of(grade) in self._by_key
                if is_no_grade or self._is_another(plain, trade.written):
                    return None
                return Match(self._entries[self._only(trade.names, text)], has_details=True)
        return None

    def _named_twice(self, plain: str) -> Match[Entry] | None:
        """Return the substance that is named with its trade name beside it, as in HNBR (Therban 3406)."""
        first, _, second = plain.partition(" ")
        while second:
            both = [self._possible(_CAS.sub("", part.strip("()[] "))) for part in (first, second)]
            shared = [name for name in both[0] if name in both[1]]
            if len(shared) == 1:
                return Match(self._entries[shared[0]], has_details=True)
            word, _, second = second.partition(" ")
            first = f"{first} {word}"
        return None

    def _possible(self, text: str) -> tuple[str, ...]:
        """Return the names that a text may mean: one, several, or none."""
        try:
            match = self._match(text, text)
        except UnknownNameError as error:
            return choices_of(error)
        return (match.entry.name,) if match else ()

    def _is_another(self, text: str, name: str) -> bool:
        """Return whether a text holds a word that makes another substance, which its name does not hold."""
        return self._other_word(text) is not None and self._other_word(name) is None

    def _other_word(self, text: str) -> str | None:
        """Return the first word that makes another substance of a name of this kind, None where there is none."""
        spaced = re.sub(r"(?<=[A-Za-z])(?=\d)", " ", text)
        word = next((word for text in (text, spaced) if (word := _other_substances(self._column).search(text))), None)
        return word[0].strip() if word else None

    def others(self) -> dict[str, list[str]]:
        """Return what else may be written for each name; what does not tell which is left out."""
        others = {name: list(entry.synonyms) for name, entry in self._entries.items()}
        for synonym in synonyms():
            if synonym.kind == self._column and len(synonym.names) == 1 and synonym.names[0] in others:
                others[synonym.names[0]].append(synonym.written)
        return {name: list(dict.fromkeys(written)) for name, written in others.items()}

    def __contains__(self, text: str) -> bool:
        """Return whether a text names one of the substances."""
        try:
            return bool(self.find(text))
        except UnknownNameError:
            return False

    def _other(self, plain: str, text: str) -> Match[Entry] | None:
        """Return what a word makes of a known name, refuse one that is not listed, None where there is no such word."""
        word = self._other_word(plain)
        rest = re.sub(r"\s+", " ", _other_substances(self._column).sub("", plain)).strip(" ,;-()")
        names = self._by_key.get(key_of(without_qualifiers(rest)))
        if word and names and (other := self._by_key.get(key_of(f"{word} {names[0]}"))):
            return Match(self._entries[self._only(other, text)], has_details=True)  # NBR (hydrogenated)
        if word and names:
            values = {"word": word, "name": " or ".join(names)}
            raise UnknownNameError([Fault("another-substance", self._column, given=text, values=values)])
        return None

    def _only(self, names: tuple[str, ...], text: str) -> str:
        if len(names) > 1:
            values = {"choices": ", ".join(names), "names": names}
            raise UnknownNameError([Fault("ambiguous-name", self._column, given=text, values=values)])
        return names[0]

    @functools.lru_cache(maxsize=1_024)  # noqa: B019 - a long file often has one misspelling in every row
    def nearest(self, text: str) -> tuple[str, ...]:
        """Return the names that are of like chemistry, or else those that are spelt nearly alike.

        Args:
            text: a name that is not known.

        Returns:
            Names of the catalogue, the nearest first; none where nothing is near.
        """
        abbreviations = [name for name in self._entries if name == name.upper()]
        inside = [name for name in abbreviations if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        if inside:
            return tuple(sorted(inside, key=len, reverse=True))
        words = _words(text)
        shared = {name: _shared(words, known) for name, known in self._words_of_each.items()}
        best = max(shared.values(), default=0)
        if words and best * 2 > len(words):
            return tuple(name for name, common in shared.items() if common == best)
        alike = spelt_alike(key_of(text), self._by_key)
        return tuple(dict.fromkeys(name for key in alike for name in self._by_key[key]))

    @functools.cached_property
    def _words_of_each(self) -> dict[str, set[str]]:
        return {name: _words_of(entry) for name, entry in self._entries.items()}


def _words_of(entry: Any) -> set[str]:
    """Return the words in the names of a substance and in its chemical class, where it has one."""
    return _words(" ".join([entry.name, *entry.synonyms, getattr(entry, "chemical_class", "")]))


def _longest_first(synonym: Synonym) -> int:
    return -len(synonym.written)


def _grade(text: str, trade_key: str) -> str | None:
    """Return the grade behind a trade name, empty where there is none; None where a text is none of that name."""
    begins = re.match(r"[\s_]*".join(map(re.escape, trade_key)), text, re.IGNORECASE)
    grade = text[begins.end() :] if begins else None
    return grade.strip() if grade is not None and _GRADE.fullmatch(grade) else None


def _suits(text: str, names: Iterable[str]) -> bool:
    """Return whether what is told of a substance can be told of it, as a content of acrylonitrile of NBR."""
    return all(set(names) <= only for pattern, only in _restricted_qualifiers() if pattern.search(text))


@functools.cache
def _restricted_qualifiers() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """Return what can be told of some names alone, with these."""
    rows = (row for row in catalogue_rows("qualifiers.csv") if row["only"])
    return tuple((re.compile(row["pattern"], re.IGNORECASE), frozenset(row["only"].split("|"))) for row in rows)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold())) - _COMMON


def _shared(words: set[str], known: set[str]) -> int:
    """Return how many words are of the same kind as a known one."""
    return sum(any(word == other or word[:_STEM] == other[:_STEM] for other in known) for word in words)


@functools.cache
def _qualifiers() -> re.Pattern[str]:
    return _any_of(row["pattern"] for row in catalogue_rows("qualifiers.csv"))


@functools.cache
def _other_substances(column: str) -> re.Pattern[str]:
    """Return what makes another substance of a name that is written in a column."""
    rows = catalogue_rows("other_substances.csv")
    return _any_of(row["pattern"] for row in rows if row["kind"] in {"", column})


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def choices_of(error: UnknownNameError) -> tuple[str, ...]:
    """Return the names among which a name does not tell which is meant; none where it is not known at all."""
    return tuple(error.faults[0].values.get("names", ()))


@functools.lru_cache(maxsize=4_096)
def without_qualifiers(text: str) -> str:
    """Return a name without what tells of its purity, dryness, supplier or grade and changes no substance.

    >>> without_qualifiers("toluene (anhydrous, 99.8 %)"), without_qualifiers("NBR (ACN 34 %)")
    ('toluene', 'NBR')
    """
    left = _qualifiers().sub("", text)
    if left == text:
        return text
    left = re.sub(r"\([\s,;/]*\)", "", left)
    left = re.sub(r"\(\s*[,;]\s*|\s*[,;]\s*\)", lambda sign: "(" if "(" in sign[0] else ")", left)
    return re.sub(r"\s+", " ", left).strip(" ,;-")
