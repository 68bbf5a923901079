"""From the values of a text job to its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tutelage.cli.text_asking import Lessons, Subject
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_evidence import (
    Contestant,
    changed_texts,
    confused_pairs,
    paired_gains,
)
from tutelage.cli.text_identity import identity_facts, with_swaps
from tutelage.cli.text_teachings import word_sources
from tutelage.cli.text_words import (
    agreement_of,
    measured_faithfulness,
    overlaps_of,
    shown_test_texts,
    shown_training_texts,
    sources_of_training_texts,
)
from tutelage.evaluation.confused_classes import most_confused
from tutelage.evaluation.prior_variation import word_variation
from tutelage.lessons import Finding
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_priors import identity_findings
from tutelage.lessons.word_diagnostics import diagnose_words
from tutelage.report.identity_facts import IdentityFacts
from tutelage.report.text_facts import (
    TextClassFacts,
    TextDataFacts,
    TextModelFacts,
    VariantFacts,
)
from tutelage.report.text_record import TextRecord

SETTINGS = ("encoder", "alignment", "attribution", "distance", "pooling", "steps", "batch_size")


@dataclass(frozen=True)
class Run:
    """What a text job made, before it is a record.

    Attributes
    ----------
    subject, test, judged_on
        The training texts with the task, the test texts, and where those are from.
    lessons
        What the teacher said.
    found
        The students, the plain one first.
    taught, control
        The student that is kept, and the model that knows neither encoder nor teacher.
    folder
        Where the kept student will be.
    seed, command
        How to do it again.
    identity, drop_identity
        Words for groups of people, and whether lessons about them were left out.
    """

    subject: Subject
    test: LabelledTexts
    judged_on: str
    lessons: Lessons
    found: Sequence[Contestant]
    taught: Contestant
    control: Contestant
    folder: str
    seed: int
    command: str
    identity: IdentityTerms = field(default_factory=IdentityTerms.default)
    drop_identity: bool = False

    @property
    def train(self) -> LabelledTexts:
        """The training texts."""
        return self.subject.texts

    @property
    def everyone(self) -> list[Contestant]:
        """The students and the control."""
        return [*self.found, self.control]


def text_record_of(run: Run, *, quick: bool, timings: Mapping[str, float]) -> TextRecord:
    """Put everything the report shows into one record; measures what is not measured yet.

    ``timings`` may still grow while this works; it is kept as it is then.
    """
    plain, taught, train, test = run.found[0], run.taught, run.train, run.test
    words = word_sources(train, run.lessons, run.identity if run.drop_identity else None)
    sources = sources_of_training_texts(train, words, plain, taught)
    confused = confused_pairs(test.labels, plain.predictions, taught.predictions)
    rows = changed_texts(test.labels, plain, taught)
    cards = run.lessons.of("cards")
    judged = () if quick else measured_faithfulness([plain, taught], test, run.seed)
    return TextRecord(
        title=run.subject.task or f"Predict {train.target} from {train.column}",
        data=_data_facts(run),
        model=_model_facts(run),
        lessons=run.lessons.facts,
        variants=tuple(_variant(one) for one in run.everyone),
        plain=plain.name,
        taught=taught.name,
        gains=paired_gains(run.everyone, taught, test, run.seed),
        confused=confused,
        shown=(
            *shown_training_texts(train, sources, confused),
            *shown_test_texts(test, rows, cards, plain, taught),
        ),
        faithfulness=judged,
        agreement=agreement_of(train, sources, run.seed),
        overlaps=overlaps_of(train, sources, most_confused(test.labels, plain.predictions)),
        variation=word_variation(run.lessons.of("ratings"), seed=run.seed),
        identity=identity_audit(run, quick=quick),
        warnings=tuple(dict.fromkeys(warnings_of(run))),
        seed=run.seed,
        timings=dict(timings),
        command=run.command,
    )


def warnings_of(run: Run) -> list[str]:
    """Return the sentences a reader must not miss."""
    findings: list[Finding] = []
    for priors in word_sources(run.train, run.lessons).values():
        findings += diagnose_words(priors, run.train.classes)
    findings += identity_warnings(run)
    told = [finding.message for finding in findings if finding.severity == "warning"]
    skipped = [facts.note for facts in run.lessons.facts if facts.status == "skipped"]
    return [*run.train.warnings, *run.test.warnings, *told, *(f"{note}." for note in skipped)]


def identity_warnings(run: Run) -> list[Finding]:
    """Return what the teacher said of identity terms, whether or not it was left out then.

    Cards are searched themselves, not the word scores that are made of them.
    """
    ratings = word_sources(run.train, run.lessons).get("ratings", ())
    cards = run.lessons.of("cards")
    return identity_findings(ratings, run.identity, cards, left_out=run.drop_identity)


def identity_audit(run: Run, *, quick: bool) -> IdentityFacts:
    """Return what texts and lessons hold of identity terms; ``quick``: without swaps."""
    facts = identity_facts(
        run.identity,
        run.train,
        run.test,
        run.lessons,
        word_sources(run.train, run.lessons),
        left_out=run.drop_identity,
        seed=run.seed,
    )
    if quick:
        return replace(facts, note="Swaps were not measured (--quick)." if facts.found else "")
    return with_swaps(facts, run.identity, run.test, (run.found[0], run.taught), run.seed)


def _data_facts(run: Run) -> TextDataFacts:
    train, test = run.train, run.test
    return TextDataFacts(
        column=train.column,
        target=train.target,
        n_train=len(train.texts),
        n_test=len(test.texts),
        judged_on=run.judged_on,
        path=str(train.path),
        sha256=train.sha256,
        classes=tuple(
            TextClassFacts(
                label,
                train.labels.count(label),
                test.labels.count(label),
                run.subject.classes.get(label, ""),
            )
            for label in train.classes
        ),
    )


def _model_facts(run: Run) -> TextModelFacts:
    model = run.taught.model
    return TextModelFacts(
        name=run.taught.name,
        encoder=str(model.encoder),
        folder=run.folder,
        alignment=float(model.alignment_),
        settings={name: str(getattr(model, name)) for name in SETTINGS if hasattr(model, name)},
    )


def _variant(one: Contestant) -> VariantFacts:
    return VariantFacts(
        one.name,
        one.teaching.meaning,
        one.teaching.kinds,
        one.n_texts,
        one.n_steps,
        one.seconds,
        one.result.estimates,
    )
