"""A text task in words: the sentence, the labels and what they mean, the labelled texts."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tutelage.errors import DataError
from tutelage.lessons.entry_checks import some
from tutelage.lessons.feature_prior import label_name
from tutelage.teacher.prompts import as_paragraphs, capped, in_quotes, on_one_line

Classes = Sequence[object] | Mapping[str, str]


@dataclass(frozen=True)
class Addressee:
    """To whom questions are written: model name, sampling settings, cap on an answer or None."""

    model: str
    sampling: str = "{}"
    max_tokens: int | None = None


@dataclass(frozen=True)
class TextTask:
    """What is told about a text task in every question.

    Attributes
    ----------
    classes
        Two or more labels, as text.
    meanings
        One per label, "" where the label speaks for itself.
    task
        One sentence, or "".
    """

    classes: tuple[str, ...]
    meanings: tuple[str, ...]
    task: str = ""

    def __post_init__(self) -> None:
        counts = Counter(self.classes)
        repeated = [name for name, count in counts.items() if count > 1]
        problems = []
        if len(counts) < 2:
            problems.append(
                "classes must name two or more labels, for with one there is nothing to tell "
                f"apart; got {list(counts)!r}"
            )
        if repeated:
            problems.append(f"classes must differ, got {some(repeated)} more than once")
        if any(not name.strip() for name in self.classes):
            problems.append("classes must not hold an empty label")
        if not isinstance(self.task, str):
            problems.append(f"task must be a sentence, got {self.task!r}")
        if problems:
            raise DataError("This text task cannot be used:", problems)

    def values(self, hide: Callable[[str], str]) -> dict[str, object]:
        """Return what the templates need of the task, with personal data hidden by ``hide``."""
        return {
            "task": as_paragraphs(hide(self.task)),
            "labels": [
                {"name": shown_label(name, hide), "meaning": on_one_line(hide(meaning))}
                for name, meaning in zip(self.classes, self.meanings, strict=True)
            ],
        }

    def label_of(self, given: object, hide: Callable[[str], str]) -> str | None:
        """Return the label that an answer means, or ``None`` when it is none of the classes."""
        if not isinstance(given, str):
            return None
        known = {capped(hide(name)): name for name in self.classes}
        known.update({on_one_line(shown): name for shown, name in known.items()})
        if given in known:
            return known[given]
        plain = {_plain(shown): name for shown, name in known.items()}
        return plain.get(_plain(given)) if len(set(plain.values())) == len(self.classes) else None

    def nearest(self, given: object) -> str:
        """Return a hint at the label that was perhaps meant, or ""."""
        near = difflib.get_close_matches(str(given), self.classes, n=1, cutoff=0.6)
        return f" (did you mean {near[0]!r}?)" if near else ""


def _plain(label: str) -> str:
    return label.casefold().replace("_", " ").strip()


def shown_label(name: str, hide: Callable[[str], str]) -> str:
    """Return a label as every prompt shows it: quoted, on one line, capped."""
    return in_quotes(capped(hide(name)))


def as_text_task(
    classes: Classes | None, labels: Sequence[object] = (), task: str = ""
) -> TextTask:
    """Return the task that the arguments of a method describe.

    Parameters
    ----------
    classes
        Labels, or a mapping from label to meaning; ``None`` takes those of ``labels``, sorted.
    labels
        Labels of the texts; each must be one of the classes.
    task
        One sentence.

    Raises
    ------
    DataError
        Listing every label that is none of the classes.

    Examples
    --------
    >>> as_text_task(None, ["b", "a", "b"]).classes
    ('a', 'b')
    """
    used = list(dict.fromkeys(label_name(label) for label in labels))
    if classes is None:
        return TextTask(tuple(sorted(used)), ("",) * len(used), task)
    if isinstance(classes, (str, bytes)):
        raise DataError(f"classes must be a list of labels, got {classes!r}.")
    if isinstance(classes, Mapping):
        pairs = [(label_name(name), str(meaning)) for name, meaning in classes.items()]
    else:
        pairs = [(label_name(name), "") for name in classes]
    names = [name for name, _ in pairs]
    strangers = [label for label in used if label not in names]
    if strangers:
        raise DataError(
            f"Every label must be one of the {len(names)} classes; {len(strangers)} are not: "
            f"{some(strangers, 10)}. Add them to classes, or leave those texts out."
        )
    return TextTask(tuple(names), tuple(meaning for _, meaning in pairs), task)


def checked_texts(texts: Sequence[str], labels: Sequence[object]) -> list[tuple[str, str]]:
    """Return (text, label) per row.

    Raises
    ------
    DataError
        When there are none, the numbers differ, or a text is no text (all are listed).
    """
    if isinstance(texts, (str, bytes)):
        raise DataError(f"texts must be a list of texts, got the text {texts!r}.")
    listed, names = list(texts), [label_name(label) for label in labels]
    if len(listed) != len(names):
        raise DataError(f"There must be one label per text, got {len(names)} for {len(listed)}.")
    if not listed:
        raise DataError("There must be at least one text, got none.")
    bad = [row for row, text in enumerate(listed) if not isinstance(text, str)]
    if bad:
        problems = [f"text {row} is {listed[row]!r}" for row in bad]
        raise DataError("Every text must be a text (leave empty cells out):", problems)
    return list(zip(listed, names, strict=True))


def check_languages(languages: object) -> tuple[str, ...]:
    """Return the names of languages.

    Raises
    ------
    DataError
        When they are no list of distinct names of 1 to 40 characters.

    Examples
    --------
    >>> check_languages(["German", "Japanese"])
    ('German', 'Japanese')
    """
    listed = list(languages) if isinstance(languages, Iterable) else [languages]
    fits = all(isinstance(name, str) and 0 < len(name.strip()) <= 40 for name in listed)
    if isinstance(languages, str) or not fits or len(set(listed)) < len(listed):
        raise DataError(
            "languages must be a list of distinct names of up to 40 characters, such as "
            f"['German', 'Japanese'], got {languages!r}."
        )
    return tuple(str(name) for name in listed)
