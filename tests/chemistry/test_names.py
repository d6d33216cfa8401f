"""Trade names, grades, purities and registry numbers mean a substance; what changes it is refused."""

import re

import pytest

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.mixtures import split_mixture
from spcse_ml.chemistry.names import synonyms
from spcse_ml.chemistry.spelling import key_of
from spcse_ml.chemistry.substances import catalogue_rows
from spcse_ml.data.validation import formulation
from spcse_ml.errors import UnknownNameError

SLURRY = {"sulfide": "LPSCl", "method": "slurry", "binder": "NBR", "solvent": "toluene"}


@pytest.mark.parametrize(
    ("column", "written", "name", "has_details"),
    [
        ("binder", "Kynar 761", "PVDF", True), ("binder", "Kynar® HSV 900", "PVDF", True),
        ("binder", "Kynar Flex 2801", "PVDF-HFP", True), ("binder", "Solef 5130", "PVDF", True),
        ("binder", "Therban 3406", "HNBR", True), ("binder", "Oppanol B 150", "PIB", True),
        ("binder", "Tuftec H1041", "SEBS", True), ("binder", "Kraton G1652", "SEBS", True),
        ("binder", "NBR (ACN 34 %)", "NBR", True), ("binder", "HNBR (Therban 3406)", "HNBR", True),
        ("binder", "HNBR Therban 3406", "HNBR", True), ("binder", "NBR (Nipol 1042)", "NBR", True),
        ("binder", "SBS (Kraton D1102)", "SBS", True), ("binder", "NBR (hydrogenated)", "HNBR", True),
        ("binder", "PEO 600k", "PEO", True), ("solvent", "p-xylene (CAS 106-42-3)", "p-xylene", True),
        ("template", "PET non-woven, 15 um", "PET nonwoven", True), ("binder", "SBR (25 % styrene)", "SBR", True),
        ("template", "Whatman GF/A", "glass fibre mat", True),
        ("binder", "PEO (Mw 600,000)", "PEO", True), ("binder", "9002-84-0", "PTFE", False),
        ("binder", "CAS 9002-84-0", "PTFE", False), ("binder", "Arkema Kynar 761", "PVDF", True),
        ("solvent", "anhydrous toluene", "toluene", True), ("solvent", "toluene (anhydrous, 99.8 %)", "toluene", True),
        ("solvent", "Toluene, extra dry", "toluene", True), ("solvent", "108-88-3", "toluene", False),
        ("solvent", "xylenes", "xylene", False), ("solvent", "2-MeTHF", "2-methyltetrahydrofuran", False),
        ("template", "glass fiber separator", "glass fibre mat", False), ("lithium_salt", "Li-TFSI", "LiTFSI", False),
    ],
)  # fmt: skip
def test_what_stands_on_the_bottle_is_a_name(column: str, written: str, name: str, *, has_details: bool) -> None:
    found = catalogue().names[column].find(written)
    assert (found.entry.name, found.has_details) == (name, has_details)


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("binder", "Kraton", "ambiguous-name"), ("binder", "Kraton D1102", "ambiguous-name"),
        ("binder", "NBR latex", "another-substance"), ("binder", "SEBS-g-MA", "another-substance"),
        ("binder", "PEO (LiTFSI)", "another-substance"), ("binder", "cross-linked NBR", "another-substance"),
        ("binder", "Teflon FEP", "unknown-name"), ("binder", "Solef 21216", "unknown-name"),
        ("binder", "PVDF (HFP 12 %)", "unknown-name"), ("solvent", "toluene-d8", "another-substance"),
        ("template", "Kevlar", "ambiguous-name"), ("binder", "Teflon PFA340", "unknown-name"),
        ("binder", "Teflon AF1600", "unknown-name"), ("binder", "Kollidon VA64", "unknown-name"),
        ("binder", "Tuftec P1500", "unknown-name"), ("binder", "Tuftec M1913", "another-substance"),
        ("binder", "Kynar ADS9038", "unknown-name"), ("binder", "Kynar LBG", "unknown-name"),
        ("binder", "Solef 11008", "unknown-name"), ("binder", "Therban XT", "unknown-name"),
        ("binder", "Kynar NBR", "unknown-name"), ("binder", "Kynar 761/NBR", "unknown-name"),
        ("binder", "Teflon 7A+PEO", "unknown-name"), ("binder", "Therban LT 2157 XNBR", "unknown-name"),
        ("binder", "Kynar 2801 GEL", "unknown-name"), ("binder", "BR 25% styrene", "unknown-name"),
        ("binder", "PS (25% acrylonitrile)", "unknown-name"), ("binder", "PVP 40% vinyl acetate", "unknown-name"),
        ("binder", "Kraton FG1901", "unknown-name"), ("binder", "Nomex", "unknown-name"),
        ("solvent", "95% ethanol", "another-substance"), ("solvent", "ethanol, 96%", "unknown-name"),
    ],
)  # fmt: skip
def test_what_is_another_substance_or_one_of_several_is_asked_about(column: str, written: str, code: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        catalogue().names[column].find(written)
    assert [fault.code for fault in refused.value.faults] == [code]


@pytest.mark.parametrize(
    ("written", "first"),
    [("poly(butyl acrylate)", "PBMA"), ("nitrile", "NBR"), ("polyvinylidene fluride", "PVDF"), ("PTFEE", "PTFE")],
)
def test_names_of_like_chemistry_are_suggested_before_those_of_like_letters(written: str, first: str) -> None:
    assert catalogue().names["binder"].nearest(written)[0] == first


def test_no_name_of_another_chemistry_is_suggested_for_its_letters() -> None:
    assert "aramid fiber" not in catalogue().names["binder"].nearest("Kynara")
    assert catalogue().names["binder"].nearest("qqqq") == ()


def test_the_grade_is_kept_with_the_recipe_and_the_name_is_that_of_the_catalogue() -> None:
    read = formulation(**{**SLURRY, "binder": "Therban 3406", "solvent": "toluene, anhydrous"})
    assert (read.binder, read.solvent) == ("HNBR", "toluene")
    assert read.as_written == "binder: Therban 3406; solvent: toluene, anhydrous"
    assert formulation(**{**SLURRY, "binder": "hydrogenated NBR"}).as_written is None


def test_a_class_tells_of_an_unlisted_binder_and_one_without_kin_is_a_mean_of_all() -> None:
    network = catalogue().binder("PEGDA, cured in place", "cured network")
    assert (network.chemical_class, network.name) == ("cured network", "PEGDA, cured in place")
    assert network.density_source.startswith("median of polymers")


@pytest.mark.parametrize(
    ("written", "names", "shares"),
    [
        ("DBM/HB 2:8 v/v", "dibromomethane + hexyl butyrate", (0.2, 0.8)),
        ("DBM:HB (v/v = 2:8)", "dibromomethane + hexyl butyrate", (0.2, 0.8)),
        ("xylene (mixed isomers) + isobutyl isobutyrate (1:1)", "xylene + isobutyl isobutyrate", (0.5, 0.5)),
        ("toluene and xylene (1:3)", "toluene + xylene", (0.25, 0.75)),
        ("anhydrous toluene + dry xylene 1:3", "toluene + xylene", (0.25, 0.75)),
        ("p-xylene & IBIB", "p-xylene + isobutyl isobutyrate", None),
        ("N,N-dimethylformamide", "N,N-dimethylformamide", (1.0,)),
        ("1:1 toluene/xylene", "toluene + xylene", (0.5, 0.5)),
        ("toluene/xylene 50/50 vol%", "toluene + xylene", (0.5, 0.5)),
    ],
)  # fmt: skip
def test_a_mixture_is_read_as_it_is_written(written: str, names: str, shares: tuple[float, ...] | None) -> None:
    mixture = catalogue().mixture(written)
    assert (mixture.name, mixture.shares) == (names, shares)


def test_a_ratio_by_weight_becomes_one_by_volume() -> None:
    known = catalogue().solvents
    shares = catalogue().mixture("DBM/toluene 1:1 w/w").shares
    ratio = known["dibromomethane"].density_g_cm3 / known["toluene"].density_g_cm3
    assert shares is not None
    assert shares[1] / shares[0] == pytest.approx(ratio, rel=0.01)
    kept = formulation(**{**SLURRY, "solvent": "DBM/toluene 1:1 w/w"})
    assert kept.as_written == "solvent: DBM/toluene 1:1 w/w"
    assert catalogue().mixture(str(kept.solvent)).shares == pytest.approx(shares, abs=1e-3)


def test_the_ratio_of_no_name_is_told_apart_from_a_name() -> None:
    assert split_mixture("xylene + foo (1:3)", {"xylene"}.__contains__).names == ("xylene", "foo")


def test_every_synonym_has_a_source_and_means_names_of_its_kind_and_no_two_things() -> None:
    for synonym in synonyms():
        assert synonym.source, synonym.written
        assert set(synonym.names) <= set(catalogue().names[synonym.kind]._entries), synonym  # noqa: SLF001
    for kind, names in catalogue().names.items():
        own = {key_of(s.written): set(s.names) for s in synonyms() if s.kind == kind}
        entries = names._entries.values()  # noqa: SLF001
        listed = {key_of(text): entry.name for entry in entries for text in (entry.name, *entry.synonyms)}
        assert {key: name for key, name in listed.items() if name not in own.get(key, {name})} == {}, kind
    for file in ("qualifiers.csv", "other_substances.csv"):
        assert all(row["source"] and re.compile(row["pattern"]) for row in catalogue_rows(file))
