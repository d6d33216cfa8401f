"""A short TOML file becomes a space of recipes, or one error that names every bad key."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from spcse_ml.design.declared import NONE, PARTS, Declared, Entry
from spcse_ml.design.space import NAMED, DesignSpace
from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.catalogue import catalogue
from spcse_ml.literature.recipes import read_row
from spcse_ml.literature.released import released
from spcse_ml.literature.rules import rules
from spcse_ml.literature.schema import METHOD_SYNONYMS, Formulation, Method, clean_text

DEFAULT = ("data", "catalogue", "design_space.toml")
_LISTS = {f"{name}s": name for name in NAMED}
_TABLES = ("binder_wt_percent", "rules", "heat", "dissolves", "cost_per_kg", "sigma_p_ms_cm")
KEYS = (*_LISTS, "template_wt_percent", "planned_thickness_um", "allow", "deny", "chunk", *_TABLES)
_MOST_IN_A_CHUNK, _MOST_C = 1_000_000, 1_000
Faults = list[Fault]


def design_space(path: Path | None = None) -> DesignSpace:
    """Return the space of a TOML file, what it leaves out as in the default; without a file, the default.

    Raises:
        InputError: every bad key and value, in one error, or nothing remains.

    >>> design_space().by_method["dry binder laminating"]
    5600
    """
    file = released(*DEFAULT) if path is None else path
    faults: Faults = []
    told = _told(released(*DEFAULT)) | (_told(file) if path else {})
    faults += [Fault("is not a key of a design space", column=key, allowed=", ".join(KEYS))
               for key in told if key not in KEYS]  # fmt: skip
    declared = _declared({key: value for key, value in told.items() if key in KEYS}, faults)
    if faults:
        raise InputError([_in_file(fault, file) for fault in faults])
    space = DesignSpace(declared)
    if not space.size:
        raise InputError([Fault("no recipe remains", file=file.name, remedy="Take a list or a ban out again.")])
    return space


def default_text() -> str:
    """Return the default space as TOML, to edit."""
    return released(*DEFAULT).read_text(encoding="utf-8")


def _told(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([Fault(f"cannot be read: {error.strerror}", file=str(path))]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        remedy = "`spcse-ml space --show` prints one that can be read."
        raise InputError([Fault(f"is not TOML: {error}", file=path.name, remedy=remedy)]) from error


def _in_file(fault: Fault, file: Path) -> Fault:
    return Fault(fault.problem, fault.column, fault.row, file.name, fault.given, fault.allowed, fault.remedy)


def _declared(told: Mapping[str, Any], faults: Faults) -> Declared:
    tables = {key: _table(key, told.get(key, {}), faults) for key in _TABLES}
    _only(tables["rules"], "rules", ("ban", "ignore"), faults)
    _only(tables["heat"], "heat", ("process_c", "recrystallisation_c"), faults)
    values: dict[str, Any] = {key: _names(key, _everything(key, told[key]), faults) for key in _LISTS}
    values |= {key: _known(f"rules.{key}", tables["rules"].get(key, []), faults) for key in ("ban", "ignore")}
    values |= {key: _bounded(f"heat.{key}", value, _MOST_C, faults) for key, value in tables["heat"].items()}
    values |= {key: _entries(key, told.get(key, []), faults) for key in ("allow", "deny")}
    values |= {key: _by_name(key, tables[key], faults) for key in _BY_NAME}
    values["template_wt_percent"] = _numbers("template_wt_percent", told["template_wt_percent"], faults)
    if "planned_thickness_um" in told:
        values["planned_thickness_um"] = _number("planned_thickness_um", told["planned_thickness_um"], faults)
    if "chunk" in told:
        values["chunk"] = int(_bounded("chunk", told["chunk"], _MOST_IN_A_CHUNK, faults))
    return Declared(**values)


def _everything(key: str, given: Any) -> Any:
    if given != "all":
        return given
    known = catalogue()
    return list({"methods": Method, "sulfides": known.sulfides, "binders": known.binders,
                 "templates": known.templates, "solvents": known.solvents}[key])  # fmt: skip


def _table(key: str, given: Any, faults: Faults) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    faults.append(Fault("is not a table", column=key, given=str(given), allowed=f"lines under [{key}]"))
    return {}


def _only(table: dict[str, Any], key: str, allowed: Collection[str], faults: Faults) -> None:
    for name in set(table) - set(allowed):
        faults.append(Fault("is not a key of this table", column=f"{key}.{name}", allowed=", ".join(allowed)))
        del table[name]


def _list(key: str, given: Any, faults: Faults) -> list[Any]:
    if isinstance(given, list):
        return given
    faults.append(Fault("is not a list", column=key, given=str(given), allowed="values in [ ], separated by commas"))
    return []


def _names(key: str, given: Any, faults: Faults, *, column: str = "") -> tuple[str, ...]:
    """Return the catalogue names of a list of names or synonyms, each once."""
    found = [_one(key, column or _LISTS[key], name, faults) for name in _list(key, given, faults)]
    return tuple(dict.fromkeys(name for name in found if name))


def _one(key: str, column: str, name: Any, faults: Faults) -> str:
    if not isinstance(name, str):
        faults.append(Fault("is not a name", column=key, given=str(name), allowed='text in " "'))
        return ""
    try:
        return _CANONICAL[column](clean_text(name))
    except InputError as error:
        for one in error.faults:
            remedy = one.remedy.partition(" Or give its")[0]  # here a name of the catalogue is needed
            faults.append(Fault(one.problem, key, "", "", one.given, one.allowed, remedy))
        return ""


def _method(name: str) -> str:
    found = METHOD_SYNONYMS.get(name.casefold(), name.casefold())
    if found in list(Method):
        return str(found)
    raise InputError([Fault("is not a method", given=name, allowed=", ".join((*Method, *METHOD_SYNONYMS)))])


def _solvent(name: str) -> str:
    recipe = Formulation(sulfide="Li6PS5Cl", method=Method.SLURRY, binder="PEO", solvent=name)
    return str(catalogue().canonical(recipe).solvent)


_CANONICAL: Mapping[str, Callable[[str], str]] = {
    "method": _method,
    "sulfide": lambda name: catalogue().sulfide(name).name,
    "binder": lambda name: catalogue().binder(name).name,
    "template": lambda name: catalogue().template(name).name,
    "solvent": _solvent,
}


def _entries(key: str, given: Any, faults: Faults) -> tuple[Entry, ...]:
    found = []
    for entry in _list(key, given, faults):
        if not isinstance(entry, dict) or not entry or not set(entry) <= set(NAMED):
            allowed = f"{{ column = name or list of names }} with the columns {', '.join(NAMED)}"
            faults.append(Fault("is not a line of this list", column=key, given=str(entry), allowed=allowed))
            continue
        found.append({
            column: tuple(_named_or_none(key, column, name, faults) for name in _as_list(names))
            for column, names in entry.items()
        })  # fmt: skip
    return tuple(found)


def _as_list(names: Any) -> list[Any]:
    return names if isinstance(names, list) else [names]


def _named_or_none(key: str, column: str, name: Any, faults: Faults) -> str:
    return NONE if name == NONE and column in PARTS else _one(key, column, name, faults)


def _known(key: str, given: Any, faults: Faults) -> tuple[str, ...]:
    known, names = {rule.name for rule in rules()}, _list(key, given, faults)
    faults += [Fault("is not a rule", column=key, given=str(name), allowed=", ".join(sorted(known)))
               for name in names if name not in known]  # fmt: skip
    return tuple(str(name) for name in names)


def _material(key: str, name: str, faults: Faults) -> str:
    """Return the catalogue name of what stays in the membrane."""
    found = []
    for column in ("sulfide", "binder", "template"):
        trial: Faults = []
        found += [one for one in (_one(key, column, name, trial),) if one]
    if not found:
        faults.append(Fault("is neither a sulfide, a binder nor a template", column=key, given=name,
                            remedy="`spcse-ml names binders` lists names."))  # fmt: skip
    return found[0] if found else ""


def _by_name(key: str, table: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """Return what a table tells of each thing that it names, by its catalogue name."""
    name_of, value_of = _BY_NAME[key]
    return {name_of(key, name, faults): value_of(f"{key}.{name}", given, faults) for name, given in table.items()}


def _numbers(key: str, given: Any, faults: Faults) -> tuple[float, ...]:
    found = [_number(key, one, faults) for one in _list(key, given, faults)]
    return tuple(sorted({one for one in found if one is not None}))


def _number(key: str, given: Any, faults: Faults) -> float | None:
    """Return a number within the bounds that the schema declares of its column."""
    if given is None:
        return None
    column = key.partition(".")[0]
    if isinstance(given, bool) or not isinstance(given, int | float):
        faults.append(Fault("is not a number", column=key, given=str(given)))
        return None
    recipe = {"sulfide": "any", "method": Method.SKELETON, "binder": "any", "template": "any", column: given}
    found = [fault for fault in read_row(recipe, Formulation)[1] if fault.column == column]
    faults += [Fault(one.problem, key, "", "", one.given, one.allowed, one.remedy) for one in found]
    return None if found else float(given)


def _bounded(key: str, given: Any, most: float, faults: Faults) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= most:
        allowed = "a number above 0" + (f" and at most {most:g}" if most < float("inf") else "")
        faults.append(Fault("is not such a number", column=key, given=str(given), allowed=allowed))
        return 1.0
    return float(given)


def _cost(key: str, given: Any, faults: Faults) -> float:
    return _bounded(key, given, float("inf"), faults)


def _solvents(key: str, given: Any, faults: Faults) -> tuple[str, ...]:
    return _names(key, given, faults, column="solvent")


def _name_of(column: str) -> Callable[[str, Any, Faults], str]:
    return lambda key, name, faults: _one(key, column, name, faults)


_BY_NAME: Mapping[str, tuple[Callable[[str, Any, Faults], str], Callable[[str, Any, Faults], Any]]] = {
    "binder_wt_percent": (_name_of("method"), _numbers),
    "dissolves": (_name_of("binder"), _solvents),
    "cost_per_kg": (_material, _cost),
    "sigma_p_ms_cm": (_name_of("sulfide"), _number),
}
"""Tables that tell something of each thing that they name: how the name is read, and the value."""
