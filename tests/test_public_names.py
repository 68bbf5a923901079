"""What `import tutelage` promises: a change here is a change for users (CHANGELOG.md)."""

import importlib

import pytest

import tutelage

NAMES = [
    "__version__",
    "ClassCard",
    "Explanation",
    "FeaturePrior",
    "Provenance",
    "Rationale",
    "RationaleStudent",
    "Rewrite",
    "ScriptedClient",
    "TaskCard",
    "TaughtClassifier",
    "TaughtRegressor",
    "TaughtTextClassifier",
    "Teacher",
    "WordPrior",
    "card_texts",
    "card_word_priors",
    "crossed_texts",
    "diagnose",
    "evaluate",
    "fuse",
    "gradient_priors",
    "lime_priors",
    "load",
    "load_lessons",
    "rationale_coverage",
    "read_verdict",
    "save_lessons",
    "shap_priors",
    "shortened_texts",
]


def test_the_public_names_are_these():
    assert tutelage.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there(name):
    assert getattr(importlib.import_module("tutelage"), name) is not None


def test_dir_shows_the_public_names_only():
    assert dir(tutelage) == sorted(NAMES)


def test_an_unknown_name_says_so():
    with pytest.raises(
        AttributeError, match="module 'tutelage' has no attribute 'TaughtClasifier'"
    ):
        _ = tutelage.TaughtClasifier


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("_")])
def test_every_public_name_says_in_a_sentence_what_it_is(name):
    assert len(getattr(tutelage, name).__doc__.strip().splitlines()[0]) > 20
