"""The datasheet and data dictionary (`data/README.md`), written from the schema, the tables and the labels."""

from collections.abc import Iterable
from textwrap import fill

from pydantic import BaseModel
from sklearn.metrics import cohen_kappa_score

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.substances import label_table
from spcse_ml.data.dataset import Dataset
from spcse_ml.data.paper_membranes import PAPER_COLUMNS, PaperMembrane
from spcse_ml.data.papers import dois
from spcse_ml.reports.citation import citation, review_text
from spcse_ml.reports.messages.captions import RETENTION_DEFINED
from spcse_ml.schema import TARGETS, CheckedMeasurement, Formulation, columns

_HEAD = """\
# Data: datasheet and dictionary

Written by `make datasheet` from the schema and the tables; a test compares the two.

## Where it comes from

{review}
- `literature/corrections.csv`: every deviation from print, applied when the tables are read. A correction that does not
  fit its printed cell is refused. `masked` hides a cell that cannot be right; `note` adds a remark.
- `literature/paper_checks.csv`: what the papers behind the rows say of single cells: from, to, class A to E of the
  source, DOI, formula, reason, effect. What enters the view `checked` is decided by a rule
  ([cell by cell](../docs/decisions/0013-what-enters-the-checked-table.md)); what is claimed otherwise is shown as well.
- `literature/beyond_review.csv`: membranes that the review does not print, failures among them. `exclusion` says of
  which nothing is learnt, and why. Rows of one paper are one group, with the printed row where there is one.
- `literature/solvent_exposure.csv`: what a sulfide powder keeps of its conductivity after a solvent, in percent.
- `literature/leads.csv`: papers, patents and reviews whose tables would help most (`spcse-ml data --leads`).
- `literature/references.csv`: the 36 papers, who shares a recipe (never on both sides of a fold) and, as far as the
  authors tell, a laboratory. A DOI stands only where it was seen beside the paper.
- `literature/dois.csv`: what is claimed of DOIs, and where. One enters with the title and two of year, volume and
  article number: {n_dois} of {n_claims}.
- `literature/papers_in_question.csv`: papers that are left out to try a conclusion, and what a printed energy density
  counts, each with its reason.
- `catalogue/`: sulfides, polymers, templates, solvents and salts; each figure with its source and kind: `published`,
  `computed` (from published lattice parameters), `analogue` (of a named relative), `convention` (in general use),
  `uncited_dictionary`, or `estimate`. Sulfide densities are computed from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0).
- `catalogue/donor_numbers.csv`: what is claimed of donor numbers, each with the rank of its source; the number by rule
  and its uncertainty follow from it. The numbers in solvents.csv are those that the released models learnt with.
- `catalogue/powder_conductivity.csv`: median and quartiles of powders of a composition, where OBELiX has three or more.
- `catalogue/rules.csv`: published compatibility rules with what they were tested on and who broke them.
- `catalogue/labels/`: chemical classes set from `catalogue/codebook.md`.
- `datapackage.json`: every table with its columns, types and units (Frictionless Data Package), from the schema and
  `columns.csv`.
- `citation.toml`: what to cite; `spcse-ml cite` prints it as BibTeX.

## Licence

The tables of this folder are under {license} ({license_url}): facts and figures
of the review and of the sources that stand beside them; computed from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0) where a line
says so. Cite the review, the sources of what you use, and this package. The code is under the MIT licence.

## Retention

{retention}

## What blanks mean

A blank binder, template or solvent means that there is none (not applicable). A blank content of a named binder or
template was not reported. A masked retention was printed and cannot be right. The three are never mixed.

## What it cannot tell

Papers report what worked; failures are missing. Particle size, pressure, drying and the openness of a template are not
in the tables. Laboratories disagree: the implied powder conductivity of undoped Li6PS5Cl runs from 1.7 to 8.9 mS/cm.
"""

_TABLES = (
    "- `literature/table1..3*.csv`: Tables 1 to 3 of {}, exactly as printed, subscripts on the line; `^a` is the "
    "printed mark of a pouch cell, `—` a printed blank. These files are never edited."
)
_OTHERWISE = "Anything else is marked. It is not the capacity retention of a cell."
_VIEWS = """\
`--view printed` and `review` end with `note`; `checked`, the default, adds `source`, `doi`, `trust` and `conflict`;
`all` adds the membranes beyond the review with their columns. `lithium_salt` and `same_membrane_as` are kept beside
the rows and not printed, `exclusion` in the view `all` only. Models learn from the view `checked`, whose
fingerprint is above; that of the view `review` stands without a name before it.
"""

_PAPERS = """\
Needed are `sulfide`, `method`, what the method needs, `doi` or `source`, and `retention_percent` or both conductivities
(of a film). A row with `exclusion` needs no complete recipe.
"""

_LABELS = """\
## Labels set without sight of outcomes

Three annotators (language models) were given the codebook and the names in random order with decoys, and neither the
review nor any outcome; a label in force is the one most of them gave. They may still know the field, so the labels are
free of these tables, not of all hindsight. Agreement of the first two, over names and decoys:

| kind | label | names | same | Cohen's kappa |
|---|---|---|---|---|
"""

_LABELLED = {
    "polymers": ("chemical_class", "polar_group", "has_net_dipole", "donates_hydrogen_bond", "form", "state_at_25_c"),
    "solvents": ("donor_group", "donates_hydrogen_bond", "is_aromatic", "branching"),
    "templates": ("geometry", "material_class"),
}


def datasheet(dataset: Dataset) -> str:
    """Return the datasheet as Markdown."""
    known, claims, data = catalogue(), dois(), citation()["data"]
    head = _HEAD.format(
        review=fill(_TABLES.format(review_text()), 120, subsequent_indent="  "),
        retention=fill(f"{RETENTION_DEFINED} {_OTHERWISE}", 120),
        n_dois=int(claims["enters"].sum()),
        n_claims=len(claims),
        **data,
    )
    return "\n".join(
        [
            head,
            "## How much",
            "",
            f"- {len(dataset.rows)} printed rows of {dataset.rows['reference'].nunique()} papers; "
            f"fingerprint {dataset.fingerprint}.",
            *(_row_count(dataset, name) for name in TARGETS),
            f"- {len(known.sulfides)} sulfides, {len(known.binders)} binders, {len(known.templates)} templates, "
            f"{len(known.solvents)} solvents, {len(known.salts)} lithium salts.",
            "",
            _LABELS + "\n".join(_agreement()),
            "",
            "## Columns of a recipe (`spcse-ml predict`)",
            "",
            *_dictionary(Formulation),
            "",
            "## Columns of the printed record (`spcse-ml data --format csv`)",
            "",
            _VIEWS,
            *_dictionary(CheckedMeasurement),
            "",
            "## Columns of membranes from papers (`beyond_review.csv`, `spcse-ml train --papers`)",
            "",
            _PAPERS,
            *_dictionary(PaperMembrane, PAPER_COLUMNS),
            "",
        ]
    )


def _row_count(dataset: Dataset, name: str) -> str:
    rows = dataset.training_rows(TARGETS[name])
    return f"- {name}: {len(rows.outcomes)} rows of {len(set(rows.papers))} papers can be learnt from."


def _agreement() -> list[str]:
    return [_agreement_row(kind, label) for kind, labels in _LABELLED.items() for label in labels]


def _agreement_row(kind: str, label: str) -> str:
    first, second = (label_table(kind, annotator) for annotator in ("a", "b"))
    pairs = [(first[name][label], second[name][label]) for name in first]
    same = sum(label_a == label_b for label_a, label_b in pairs)
    kappa = cohen_kappa_score(*zip(*pairs, strict=True))
    return f"| {kind} | {label} | {len(pairs)} | {same} | {kappa:.2f} |"


def _dictionary(row: type[BaseModel], names: Iterable[str] | None = None) -> list[str]:
    known = columns(row)
    return [
        "| column | unit | required | allowed | meaning |",
        "|---|---|---|---|---|",
        *(
            f"| `{column.name}` | {column.unit} | {'yes' if column.is_required else ''} | {column.allowed} "
            f"| {column.meaning} |"
            for column in map(known.__getitem__, known if names is None else names)
        ),
    ]
