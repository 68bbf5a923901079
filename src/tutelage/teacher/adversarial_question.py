"""Adversarial texts: questions for versions that keep the label and mislead by their words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutelage.teacher.exchange import Answer
from tutelage.teacher.numbered_answers import numbered_entries, shown
from tutelage.teacher.prompts import check_prompt
from tutelage.teacher.rewriting import Form, Numbered, RewriteJob, Written, answer_schema, plain

KIND = "adversarial"
DEFAULT_PROMPT = f"{KIND}/v1"
FORMS = ("addition", "replacement", "paraphrase")


@dataclass
class AdversarialJob(RewriteJob):
    """Which adversarial forms are written of labelled texts, one version each."""

    forms: tuple[str, ...] = FORMS

    def __post_init__(self) -> None:
        self.prompt = check_prompt(self.prompt or DEFAULT_PROMPT, KIND)

    @property
    def n_per_text(self) -> int:
        """New texts per text."""
        return len(self.forms)

    @property
    def form(self) -> Form:
        """What a question of this job says and wants back."""
        schema = answer_schema({form: {"type": "string"} for form in self.forms})
        return Form("adversarial versions", {"forms": list(self.forms)}, schema, tokens_per_text=80)

    def reader(self, block: Sequence[Numbered]) -> Callable[[Answer], tuple[Written, list[str]]]:
        """Return the function that reads an answer: new texts by number, problems."""

        def read(answer: Answer) -> tuple[Written, list[str]]:
            numbers = [item.number for item in block]
            entries, problems = numbered_entries(answer.text, numbers, finish=answer.finish)
            found: Written = {}
            for item in block:
                if item.number in entries:
                    given = {form: entries[item.number].get(form) for form in self.forms}
                    found[item.number] = self._versions(item, given, problems)
            return found, problems

        return read

    def _versions(
        self, item: Numbered, given: dict[str, object], problems: list[str]
    ) -> list[tuple[str, str]]:
        seen, found = {plain(item.text)}, []
        for form, text in given.items():
            where = f"text {item.number}: {form}"
            if not isinstance(text, str) or not text.strip():
                problems.append(f"{where} is {shown(text)}, not a text")
                continue
            original = self.restore(text.strip())
            if plain(original) in seen:
                problems.append(f"{where} is the same as the text or another version")
                continue
            seen.add(plain(original))
            found.append((f"{KIND}_{form}", original))
        return found
