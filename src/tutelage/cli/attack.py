"""The attack command: what named perturbations of texts do to one or several saved models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.cli.attack_data import (
    PerturbedOptions,
    as_strengths,
    chosen_attacks,
    lexicon_of,
    read_test_texts,
    without_unknown,
)
from tutelage.cli.console import note, progress, say, say_json, warn
from tutelage.cli.models import AsJson
from tutelage.cli.option_groups import takes
from tutelage.cli.options import check_output_file, write_text
from tutelage.cli.table_file import listed
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_models import TextColumnOfModel, text_student
from tutelage.errors import DataError, InputError
from tutelage.evaluation.attacks import Attack
from tutelage.evaluation.robustness_pairs import PerturbedTexts
from tutelage.evaluation.robustness_suite import robustness_suite, suite_of_pairs
from tutelage.evaluation.robustness_suite_result import SuiteResult, aligned
from tutelage.lessons import label_name
from tutelage.report.robustness_html import write_robustness
from tutelage.students import load

Found = list[tuple[str, SuiteResult]]


@takes(pairs=PerturbedOptions)
def attack(
    models: Annotated[list[Path], typer.Argument(help="Folders of text models.")],
    pairs: PerturbedOptions,
    data: Annotated[
        Path | None, typer.Option(help="A CSV or TSV file of labelled test texts to attack.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Column with the labels.")] = None,
    text: TextColumnOfModel = None,
    train: Annotated[
        Path | None,
        typer.Option(help="Training texts: keyword attacks take their words from these."),
    ] = None,
    plain: Annotated[
        Path | None,
        typer.Option(help="A model without lessons: says which classes are confused."),
    ] = None,
    dictionary: Annotated[
        Path | None, typer.Option(help="Table of words and their translation, for code-switching.")
    ] = None,
    attacks: Annotated[
        str | None, typer.Option(help="Names with commas between; default: all that can be run.")
    ] = None,
    strengths: Annotated[
        str | None,
        typer.Option(help='Strengths of the fan; default: 0.1,0.3,0.6. "own": each its own only.'),
    ] = None,
    most_texts: Annotated[
        int, typer.Option(help="At most so many texts of --data, drawn by the seed.", min=1)
    ] = 1000,
    explained: Annotated[
        int, typer.Option(help="Texts per attack whose explanations are compared.", min=0)
    ] = 200,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out texts of classes a model lacks.")
    ] = False,
    bootstrap: Annotated[int, typer.Option(help="Resamples of the texts.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of attacks, draws and resamples.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Also write what was found: a .html or a .json file.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Attack saved text models: accuracy, flips, confidence, explanation drift, before and after.

    Several models get the same texts; each is held against the first, with p-values corrected for
    all attacks (Holm). Nothing of a model's lessons enters an attack.

    Example:  tutelage attack plain/ taught/ --data test.csv --target intent --train train.csv
    """
    _check_options(data, target, pairs.perturbed, train, plain, out)
    students = {str(folder): _text_model(folder) for folder in _named_once(models)}
    found: Found = []
    theirs = pairs.read(target)
    how = _How(skip_unknown, {"n_explained": explained, "n_bootstrap": bootstrap, "seed": seed})
    if data is not None and target is not None:
        keywords = lexicon_of(train, target, text, None if plain is None else _text_model(plain))
        listed_attacks = chosen_attacks(attacks, keywords, dictionary, seed)
        fan = as_strengths(strengths)
        texts = read_test_texts(data, target, text, most_texts, seed)
        suite = _attacked(students, texts, listed_attacks, fan, how)
        found.append((str(data), _told(suite, keywords)))
    if theirs is not None and pairs.perturbed is not None:
        found.append((str(pairs.perturbed), _held_against(students, theirs, pairs.perturbed, how)))
    _give(found, out, json_)


@dataclass(frozen=True)
class _How:
    """How models are measured, and whether texts of classes that one lacks are left out."""

    skip_unknown: bool
    draws: Mapping[str, int]


def _attacked(
    students: Mapping[str, Any],
    texts: LabelledTexts,
    attacks: Sequence[Attack],
    strengths: Sequence[float],
    how: _How,
) -> SuiteResult:
    n_before = len(texts.texts)
    if how.skip_unknown:
        texts = without_unknown(texts, _shared_classes(students))
    _check_labels(students, texts.labels, texts.path, n_before)
    for sentence in texts.warnings:
        warn(sentence)
    with progress("attacking") as bar:
        return robustness_suite(
            students, texts.texts, texts.labels, attacks,
            strengths=strengths, progress=bar, **how.draws,
        )  # fmt: skip


def _held_against(
    students: Mapping[str, Any], pairs: PerturbedTexts, path: Path, how: _How
) -> SuiteResult:
    n_before = len(pairs)
    if how.skip_unknown:
        pairs = pairs.of_labels(_shared_classes(students))
    _check_labels(students, pairs.labels, path, n_before)
    with progress("their texts") as bar:
        return suite_of_pairs(students, pairs, progress=bar, **how.draws)


def _check_options(
    data: Path | None,
    target: str | None,
    perturbed: Path | None,
    train: Path | None,
    plain: Path | None,
    out: Path | None,
) -> None:
    if data is None and perturbed is None:
        raise InputError(
            "There must be texts to attack with: labelled test texts (--data and --target), a "
            "file of perturbed texts (--perturbed), or both; got neither."
        )
    if data is not None and target is None:
        raise InputError("--data needs the column of its labels; name it with --target.")
    if data is None and (train is not None or plain is not None):
        raise InputError("--train and --plain are for attacks on --data; give it, or leave them.")
    if plain is not None and train is None:
        raise InputError("--plain says which classes the keywords of --train come from; give it.")
    check_output_file(out)
    if out is not None and out.suffix not in (".html", ".json"):
        raise InputError(f"--out must end in .html or .json, got {out.name!r}.")


def _named_once(models: Sequence[Path]) -> Sequence[Path]:
    places = [folder.resolve() for folder in models]
    twice = sorted({str(f) for f, p in zip(models, places, strict=True) if places.count(p) > 1})
    if twice:
        raise InputError(f"Every model can be named once, got {listed(twice)} more than once.")
    return models


def _text_model(folder: Path) -> Any:
    student = load(folder)
    of_texts = text_student(student, folder)
    if of_texts is None:
        raise InputError(
            f"{folder} must hold a model of texts, got {type(student).__name__}, which is for "
            "tables."
        )
    return of_texts


def _classes(student: Any) -> set[str]:
    return {label_name(label) for label in student.classes_}


def _shared_classes(students: Mapping[str, Any]) -> set[str]:
    return set.intersection(*(_classes(student) for student in students.values()))


def _check_labels(
    students: Mapping[str, Any], labels: Sequence[str], path: Path, n_before: int
) -> None:
    """Raise before any model is asked when it does not know a label."""
    if len(labels) < n_before:
        warn(
            f"{n_before - len(labels)} of {n_before} texts of {path} are of classes that a model "
            "lacks: left out."
        )
    problems = []
    for name, student in students.items():
        strange = sorted(set(labels) - _classes(student))
        if strange:
            rows = sum(label in set(strange) for label in labels)
            problems.append(f"{name} does not know {listed(strange)} ({rows} rows)")
    if problems:
        raise DataError(
            f"{path}: every label must be a class of every model. Mend the labels, name another "
            "column with --target, or leave such rows out with --skip-unknown:",
            problems,
        )


def _told(suite: SuiteResult, lexicon: Any) -> SuiteResult:
    """Return the result with what is known of the keywords."""
    if lexicon is not None:
        return replace(suite, lexicon=lexicon.source)
    sentence = "No training texts were given (--train): attacks by keywords were left out."
    return replace(suite, notes=(*suite.notes, sentence))


def _give(found: Found, out: Path | None, as_json: bool) -> None:
    values = [{"texts": data, **suite.to_dict()} for data, suite in found]
    if out is not None and out.suffix == ".json":
        text = json.dumps(values, ensure_ascii=True, indent=1, allow_nan=False)
        write_text(out, text + "\n")
    elif out is not None:
        write_robustness([(Path(data).name, suite) for data, suite in found], out)
    if out is not None:
        note(f"What was found is in {out}.")
    if as_json:
        say_json(values)
        return
    for data, suite in found:
        _say(data, suite)


def _say(data: str, suite: SuiteResult) -> None:
    for model in suite.models:
        head, lines = suite.model_lines(model.name)
        say(f"{model.name} on {model.result.n_texts} texts of {data}; {model.result.clean}")
        for line in aligned([head, *lines]):
            say(line)
        say()
    if suite.differences:
        say("Accuracy under attack; p-values corrected for all of these differences:")
        for difference in suite.differences:
            say(f"  {difference.sentence()}")
        say()
    say("Does the label stay?")
    for told, titles in suite.label_notes():
        say(f"  {titles}: {told}.")
    for one in suite.models[0].result.attacks:
        if one.note:
            note(f"{one.title}: {one.note}.")
    for sentence in dict.fromkeys(x for model in suite.models for x in model.result.notes):
        warn(sentence)
    for sentence in suite.notes:
        note(sentence)
