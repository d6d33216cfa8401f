from pathlib import Path

import pytest

from spcse_ml.errors import InputError
from spcse_ml.storage.experiment import Experiment, as_toml, experiment_of, read_experiment
from tests.refusals import refused

EVERYTHING = {
    "target": "retention", "estimator": "filled_xgboost", "parameters": {"max_depth": None, "learning_rate": 1e-3},
    "features": ["binder", "is_wet"], "view": "all", "seed": 3, "n_tuned": 4,
    "search": {"max_depth": [1, None], "tree_method": ["exact"]}, "tags": {"pro ject": 'a "b" \\ \x7f ü', "n": 1},
    "note": "two\nlines",
}  # fmt: skip


def kept(wanted: Experiment, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = as_toml(wanted, folder, fingerprint="all-0123456789abcdef", made={"spcse_ml": "1"})
    (folder / "experiment.toml").write_text(text, encoding="utf-8")
    return folder / "experiment.toml"


def test_an_experiment_comes_back_from_the_file_that_it_leaves(tmp_path: Path) -> None:
    lab, papers = tmp_path / "lab" / "lab.csv", tmp_path / "papers.csv"
    wanted = experiment_of(**EVERYTHING, data=lab, papers=papers)  # type: ignore[arg-type]
    read = read_experiment(kept(wanted, tmp_path / "store" / "models" / "run"))
    assert read.fingerprint == "all-0123456789abcdef"
    assert (read.specification, read.tags, read.note) == (wanted.specification, wanted.tags, wanted.note)
    assert (read.view, read.target) == (wanted.view, wanted.target)
    assert (read.data or Path()).resolve() == lab
    assert (read.papers or Path()).resolve() == papers


def test_the_released_procedure_comes_back_as_itself(tmp_path: Path) -> None:
    read = read_experiment(kept(experiment_of(), tmp_path))
    assert (read.specification, read.targets, read.can_answer) == (None, ("retention", "thickness"), True)


def test_parameters_and_tags_beside_a_file_count_key_by_key_and_other_rows_need_no_fingerprint(tmp_path: Path) -> None:
    path = kept(experiment_of(**EVERYTHING), tmp_path)  # type: ignore[arg-type]
    read = read_experiment(path, parameters={"max_depth": 4}, tags={"n": 2}, view="review")
    assert read.specification is not None
    assert dict(read.specification.parameters) == {"max_depth": 4, "learning_rate": 1e-3}
    assert read.tags == {"pro ject": EVERYTHING["tags"]["pro ject"], "n": "2"}  # type: ignore[index]
    assert read.fingerprint == ""


def test_a_note_or_tag_that_is_no_unicode_is_refused() -> None:
    with refused("not-unicode", "not-a-tag-value"):
        experiment_of(note="caf\udce9", tags={"who": "caf\udce9"})


def test_a_tag_that_only_begins_like_one_of_ours_may_be_set() -> None:
    assert experiment_of(tags={"model_family": "tree", "runner": "me", "committee": "x"}).tags["runner"] == "me"


def test_options_beside_a_file_count_in_its_place(tmp_path: Path) -> None:
    path = kept(experiment_of(**EVERYTHING), tmp_path)  # type: ignore[arg-type]
    read = read_experiment(path, name="again", seed=4, fingerprint="")
    assert (read.name, read.fingerprint) == ("again", "")
    assert read.specification is not None
    assert read.specification.seed == 4


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("estimator = ", ["not-toml"]),
        ("regressor_name = 'ridge'", ["unknown-key"]),
        ("estimator = 3", ["not-text"]),
        ("estimator = 'ridge'\nseed = 'one'", ["not-a-whole-number"]),
        ("estimator = 'ridge'\nseed = 0x" + 5000 * "f", ["not-accepted"]),
        ("estimator = 'ridge'\ntune = 1001", ["out-of-bounds"]),
        ("max_depth = 2", ["unknown-key"]),
        ("[set]\nalpha = 1.0", ["needs-estimator"]),
        ("seed = 3", ["needs-estimator"]),
        ("tune = 3", ["needs-estimator"]),
        ("features = 'card'", ["needs-estimator"]),
        ("estimator = 'ridge'\n[set]\nalfa = 1.0", ["unknown-parameter"]),
        ("view = 'printed'", ["view-with-misprints"]),
        ("view = 'new'", ["not-a-choice"]),
        ("target = 'sigma'", ["not-a-choice"]),
        ("name = '../x'", ["not-a-run-name"]),
        ("name = 'released'", ["not-a-run-name"]),
        ("[tags]\nmodel = 'x'", ["not-a-tag"]),
        ("[tags]\n'mlflow.runName' = 'x'", ["not-a-tag"]),
        ("[tags]\nretention_verdict = 'useful'", ["not-a-tag"]),
        ("[tags]\nwho = ' '", ["not-a-tag-value"]),
        ("view = 'new'\ntarget = 'sigma'\nname = '/'", ["not-a-choice", "not-a-choice", "not-a-run-name"]),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_by_its_name(tmp_path: Path, text: str, codes: list[str]) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with refused(*codes, kind=InputError) as caught:
        read_experiment(tmp_path / "mine.toml")
    assert all(fault.file == "mine.toml" for fault in caught.value.faults)
