"""What a user declares of a space of recipes: names, grids of contents, what goes with what, what things cost.

It is a short TOML file; what it leaves out stays as in the default. A file with bad keys or values is one error that
names them all.
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import compress, product
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import rules
from spcse_ml.chemistry.recipes import canonical
from spcse_ml.data.validation import faults_of, listed, placed, read_row, refusing
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import METHOD_SYNONYMS, Formulation, Method, clean_text, refusal
from spcse_ml.tables import read_toml, released

DEFAULT = ("data", "catalogue", "design_space.toml")
_EXAMPLE = "spcse-ml space --show"

NONE = "none"
"""In a list: the part is not there."""
CHUNK = 100_000
"""Recipes that are scored together, by default."""
PARTS = ("binder", "template", "solvent")
"""What may be there or not."""
NAMED = ("method", "sulfide", *PARTS)
"""Columns that hold a name."""

Entry = Mapping[str, list[str]]
"""A line of an allow or deny list: names by column, all of which must hold."""


def default_text() -> str:
    """Return the default space as TOML, to edit."""
    return released(*DEFAULT).read_text(encoding="utf-8")


def _method(name: str) -> str:
    method = METHOD_SYNONYMS.get(name.casefold(), name.casefold())
    if method in list(Method):
        return str(method)
    raise InputError([Fault("unknown-method", given=name, allowed=", ".join((*Method, *METHOD_SYNONYMS)))])


def _solvent(name: str) -> str:
    recipe = Formulation(sulfide="Li6PS5Cl", method=Method.SLURRY, binder="PEO", solvent=name)
    return str(canonical(recipe).solvent)


_CANONICAL: Mapping[str, Callable[[str], str]] = {
    "method": _method,
    "sulfide": lambda name: catalogue().sulfide(name).name,
    "binder": lambda name: catalogue().binder(name).name,
    "template": lambda name: catalogue().template(name).name,
    "solvent": _solvent,
}


def _named(column: str, name: Any) -> str:
    """Return the catalogue name of a name or synonym."""
    if not isinstance(name, str):
        raise InputError([Fault("not-text", given=str(name), allowed='text in " "')])
    try:
        return _CANONICAL[column](clean_text(name))
    except InputError as error:
        raise InputError(listed(error.faults)) from error


def _everything(column: str, value: Any) -> Any:
    """Return the list that is meant where all there is of a column is."""
    if value != "all":
        return value
    return list(Method) if column == "method" else list(getattr(catalogue(), f"{column}s"))


def _of_entry(column: str, names: Any) -> list[str]:
    names = names if isinstance(names, list) else [names]
    return [NONE if name == NONE and column in PARTS else _named(column, name) for name in names]


def _entry(line: Any) -> dict[str, list[str]]:
    """Return a line of an allow or deny list: one name or more for each of some columns."""
    if not isinstance(line, dict) or not line or not set(line) <= set(NAMED):
        allowed = f"{{ column = name or list of names }} with the columns {', '.join(NAMED)}"
        raise InputError([Fault("not-a-line-of-the-list", given=str(line), allowed=allowed)])
    return {column: _of_entry(column, names) for column, names in line.items()}


def _once_each(look: Callable[[str], str]) -> BeforeValidator:
    """Return a validator that refuses a table in which two names are of one thing."""

    def looked(table: Any) -> Any:
        places: dict[str, str] = {}
        for name in table if isinstance(table, dict) else ():
            with contextlib.suppress(InputError):  # what is no name is a fault of its own line
                if (before := places.setdefault(look(name), name)) != name:
                    raise refusal([Fault("named-twice", given=name, values={"before": before})])
        return table

    return BeforeValidator(looked)


def _material(name: str) -> str:
    """Return the catalogue name of a material that stays in the membrane."""
    for column in ("sulfide", "binder", "template"):
        with contextlib.suppress(InputError):
            return _named(column, name)
    raise InputError([Fault("unknown-material", given=name)])


def _rule(name: Any) -> str:
    known = {rule.name for rule in rules()}
    if name in known:
        return str(name)
    raise InputError([Fault("unknown-rule", given=str(name), allowed=", ".join(sorted(known)))])


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError([Fault("not-a-number", given=str(value))])
    return value


def _in_schema(column: str, value: Any) -> float:
    """Return a number within the bounds that the schema declares of its column."""
    recipe = {"sulfide": "any", "method": Method.SKELETON, "binder": "any", "template": "any", column: _number(value)}
    if faults := [fault for fault in read_row(recipe, Formulation)[1] if fault.column == column]:
        raise InputError(faults)
    return float(value)


def _by(look: Callable[..., Any], *words: str) -> BeforeValidator:
    return BeforeValidator(refusing(partial(look, *words)))


_METHOD, _SULFIDE, _BINDER, _TEMPLATE, _SOLVENT = (_by(_named, column) for column in NAMED)
_ONCE, _ASCENDING = (
    AfterValidator(lambda names: list(dict.fromkeys(names))),
    AfterValidator(lambda numbers: sorted(set(numbers))),
)
_Rules = list[Annotated[str, _by(_rule)]]
_Celsius = Annotated[float | None, Field(gt=0, le=1_000), _by(_number)]
_BinderContents = Annotated[list[Annotated[float, _by(_in_schema, "binder_wt_percent")]], _ASCENDING]
_TemplateContents = Annotated[list[Annotated[float, _by(_in_schema, "template_wt_percent")]], _ASCENDING]
_Entries = list[Annotated[dict[str, list[str]], _by(_entry)]]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class _RulesTable(_Table):
    ban: _Rules = []
    """Rules of the catalogue whose breakers are removed; those of the others are kept and marked."""
    ignore: _Rules = []
    """Rules that are not checked."""


class _HeatTable(_Table):
    process_c: _Celsius = None
    """Highest temperature of the process, which a template must bear."""
    recrystallisation_c: _Celsius = None
    """The same where the solvent donates hydrogen bonds: it dissolves the sulfide."""


class Declared(_Table):
    """A declaration, by catalogue names; its keys are those of the file."""

    methods: Annotated[list[Annotated[str, _METHOD]], _by(_everything, "method"), _ONCE]
    sulfides: Annotated[list[Annotated[str, _SULFIDE]], _by(_everything, "sulfide"), _ONCE]
    binders: Annotated[list[Annotated[str, _BINDER]], _by(_everything, "binder"), _ONCE]
    templates: Annotated[list[Annotated[str, _TEMPLATE]], _by(_everything, "template"), _ONCE]
    solvents: Annotated[list[Annotated[str, _SOLVENT]], _by(_everything, "solvent"), _ONCE]
    template_wt_percent: _TemplateContents
    planned_thickness_um: Annotated[float | None, _by(_in_schema, "planned_thickness_um")] = None
    allow: _Entries = []
    """Where there are any, a recipe must meet one of them."""
    deny: _Entries = []
    chunk: Annotated[int, Field(gt=0, le=1_000_000), _by(_number)] = CHUNK
    """Recipes that are scored together."""
    binder_wt_percent: Annotated[dict[Annotated[str, _METHOD], _BinderContents], _once_each(partial(_named, "method"))]
    """Contents by method."""
    rules: _RulesTable = _RulesTable()
    heat: _HeatTable = _HeatTable()
    dissolves: Annotated[
        dict[Annotated[str, _BINDER], list[Annotated[str, _SOLVENT]]], _once_each(partial(_named, "binder"))
    ]
    """Solvents by binder, as the user knows; a binder that is not named goes with every solvent."""
    cost_per_kg: Annotated[
        dict[Annotated[str, _by(_material)], Annotated[float, Field(gt=0), _by(_number)]], _once_each(_material)
    ]
    sigma_p_ms_cm: Annotated[
        dict[Annotated[str, _SULFIDE], Annotated[float, _by(_in_schema, "sigma_p_ms_cm")]],
        _once_each(partial(_named, "sulfide")),
    ]
    """Powder conductivities by sulfide."""

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, as JSON and the file have them; `model_validate` reads them."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def fingerprint(self) -> str:
        """Return a digest that changes with anything that is declared."""
        return hashlib.sha256(json.dumps(self.plain(), sort_keys=True).encode()).hexdigest()[:16]

    def named(self, column: str) -> list[str]:
        """Return the names of a column that is a name: method, sulfide, binder, template or solvent."""
        return list(getattr(self, f"{column}s"))


def declared_in(path: Path | None) -> Declared:
    """Return what a TOML file declares, what it leaves out as in the default; without a file, the default.

    That holds for the lines of a table, too.

    Raises:
        InputError: every bad key and value, in one error.
    """
    default, own = (read_toml(file, example=_EXAMPLE) if file else {} for file in (released(*DEFAULT), path))
    content = _merged(default, own)
    try:
        return Declared.model_validate(content)
    except ValidationError as error:
        faults = faults_of(error, Declared, {}, unknown="unknown-key")
        raise InputError(placed(faults, file=path.name if path else DEFAULT[-1])) from error


def _merged(default: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file declares, with the keys and the lines of tables of the default that it does not name."""
    content = {**default, **own}
    for key, table in own.items():
        if isinstance(table, dict) and isinstance(below := default.get(key), dict):
            named = {METHOD_SYNONYMS.get(name.casefold(), name) for name in table}
            rest = {name: line for name, line in below.items() if METHOD_SYNONYMS.get(name, name) not in named}
            content[key] = {**rest, **table}
    return content


@functools.cache
def patterns(method: str) -> tuple[tuple[str, ...], ...]:
    """Return which parts may be there together in a method: those that the schema does not refuse.

    >>> patterns("dry binder laminating")
    (('binder',),)
    """
    everything = (tuple(compress(PARTS, bits)) for bits in product((False, True), repeat=len(PARTS)))
    return tuple(parts for parts in everything if _is_accepted(method, parts))


def _is_accepted(method: str, parts: Iterable[str]) -> bool:
    try:
        Formulation.model_validate({"sulfide": "any", "method": method, **dict.fromkeys(parts, "any")})
    except ValidationError:
        return False
    return True
