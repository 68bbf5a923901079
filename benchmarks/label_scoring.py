"""What it costs to score three labels by their likelihood, and to write one of them.

    python benchmarks/label_scoring.py

Writes ``benchmarks/results/label_scoring.md``. Needs no recorded data: texts are made up, weights
are random but for MiniLM's, and cost does not depend on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from resumable import use_this_source

use_this_source()

import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

from tutelage.students.rationale_words import Scribe  # noqa: E402
from tutelage.students.seq2seq_build import build_text_to_text  # noqa: E402
from tutelage.students.seq2seq_labels import AnswerSet, score_answers  # noqa: E402
from tutelage.students.seq2seq_network import TextToText, padded  # noqa: E402

OUT = Path(__file__).resolve().parent / "results" / "label_scoring.md"
NOTHING = np.zeros(0, dtype=np.int64)
LABELS = {
    "inference": ("entailment", "neutral", "contradiction"),
    "long names": (
        "my card payment was declined by the shop",
        "my card was lost or stolen while abroad",
        "a cash withdrawal is still pending today",
    ),
}
TEXT = "premise: A man in a {} coat walks his dog past a row of shops. hypothesis: A man is {}."
COATS = ("red", "long grey", "wet", "thin summer", "torn", "blue", "heavy", "new")
ACTS = ("outside", "asleep at home", "buying a coat", "with an animal")
SIZES = ((1, 11), (32, 3))  # texts at once, repeats


def main() -> None:
    torch.set_num_threads(1)
    lines = [HEAD]
    for title, network in networks():
        scribe = Scribe(network, False, 256, 64)
        for name, labels in LABELS.items():
            for n_texts, repeats in SIZES:
                found = measured(scribe, labels, n_texts, repeats)
                lines.append(row_of(title, name, n_texts, found))
                print(lines[-1], flush=True)
    OUT.write_text("\n".join([*lines, TAIL]), encoding="utf-8")


HEAD = """# Scoring labels, and writing them

By `python benchmarks/label_scoring.py`: three labels, processor time of one thread in milliseconds,
medians. *Reading*: the encoder alone (of a decoder: the prompt). *Scoring*: the log-likelihoods of
all three labels by `score_answers`, reading included. *Writing*: greedy `generate` of transformers
with its cache, on the same network and prompts, until the label and the token that ends it are
there; one text: mean over the three labels; many texts: until the longest label is there, as
`generate` does. *Ratio*: writing / scoring. *After reading*: the same when reading is taken away
from both. *Apart*: the largest difference to log-likelihoods computed for each text and label on
its own, in nats.

## Times

| student | labels | tokens of a label | texts | reading | scoring | writing | ratio \
| after reading | apart |
|---|---|---|---|---|---|---|---|---|---|"""
TAIL = """
Reading is the same work on both ways, so the ratio cannot pass writing / reading: with a reader
that is large beside its writer, and labels of one to three tokens, it stays far below 5. What comes
after reading differs: scoring feeds all tokens of all labels at once, and needs the whole
vocabulary once behind every beginning of a label, because a likelihood is divided by the sum over
all words. One text at a time that is cheaper than step after step; in batches, where the processor
is busy with the products themselves, three long labels need more of them than writing one.
"""


def networks() -> list[tuple[str, TextToText]]:
    """Return students of several shapes; all but the letters' share MiniLM's tokenizer."""
    own = build_text_to_text("minilm", decoder_layers=2)
    ends = {"pad_token_id": 0, "eos_token_id": 102, "bos_token_id": 101}
    t5 = {"vocab_size": 32128, "decoder_start_token_id": 0, "feed_forward_proj": "gated-gelu"}
    torch.manual_seed(0)
    small = transformers.T5Config(
        **t5, **ends, d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6
    )
    tiny = transformers.T5Config(
        **t5, **ends, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4
    )
    gpt = transformers.GPT2Config(
        vocab_size=30522, n_embd=256, n_layer=4, n_head=4, bos_token_id=101, eos_token_id=102
    )
    given = {
        "tiny T5 (64 wide, 2 + 2 layers)": transformers.T5ForConditionalGeneration(tiny),
        "T5 v1.1 small (512 wide, 8 + 8 layers), random": transformers.T5ForConditionalGeneration(
            small
        ),
        "small GPT-2 (256 wide, 4 layers), random": transformers.GPT2LMHeadModel(gpt),
    }
    return [
        ("MiniLM reads (6 layers), 2 layers write", own),
        *((name, build_text_to_text((model, own.tokenizer))) for name, model in given.items()),
    ]


@dataclass(frozen=True)
class Measured:
    """Milliseconds, and the largest difference of log-likelihoods."""

    lengths: tuple[int, ...]
    reading: float
    scoring: float
    writing: float
    apart: float


def measured(scribe: Scribe, labels: Sequence[str], n_texts: int, repeats: int) -> Measured:
    """Time the three ways on the same prompts, one after the other in turn."""
    texts = [TEXT.format(COATS[n % 8], ACTS[n // 8 % 4]) for n in range(n_texts)]
    prompts, answers = scribe.prompts(texts), scribe.answers(labels)
    network = endless(scribe.network)
    lengths = tuple(len(scribe.label(one)) + 1 for one in labels)
    steps = lengths if n_texts == 1 else (max(lengths),)
    calls: list[Callable[[], Any]] = [
        lambda: read(network, prompts),
        lambda: score_answers(network, prompts, [answers] * n_texts),
        *(
            lambda n=n: network.generate(prompts, [NOTHING] * n_texts, n)  # type: ignore[misc]
            for n in steps
        ),
    ]
    network.model.eval()
    with torch.inference_mode():
        assert {len(ids) for ids in calls[2]()} == {steps[0]}
        seconds = [[timed(call) for call in calls] for _ in range(repeats + 1)][1:]
        apart = difference(network, prompts[:4], answers)
    reading, scoring, *writing = 1000 * np.median(seconds, axis=0)
    return Measured(lengths, reading, scoring, float(np.mean(writing)), apart)


def endless(network: Any) -> TextToText:
    """Return the network with another end, so that it writes as many tokens as it is told."""
    found: TextToText = replace(network, end=len(network.tokenizer) - 1)
    return found


def read(network: Any, prompts: Sequence[Any]) -> object:
    """Run what both ways begin with."""
    if network.kind == "encoder-decoder":
        return network._read(prompts)
    ids, mask = padded(prompts, network.pad, "cpu", left=True)
    return network.model(input_ids=ids, attention_mask=mask, use_cache=True, logits_to_keep=1)


def timed(call: Callable[[], object]) -> float:
    """Return the processor time of a call, in seconds."""
    started = time.process_time()
    call()
    return time.process_time() - started


def difference(network: TextToText, prompts: Sequence[Any], answers: AnswerSet) -> float:
    """Return how far scores are from those of each text and label on its own."""
    found = score_answers(network, prompts, [answers] * len(prompts))
    worst = 0.0
    for prompt, scores in zip(prompts, found, strict=True):
        for answer, score in zip(answers.answers, scores, strict=True):
            logits, _ = network.written([prompt], [answer])
            logs = logits[0].double().log_softmax(-1)
            alone = float(logs[torch.arange(len(answer)), torch.from_numpy(answer)].sum())
            worst = max(worst, abs(alone - float(score)))
    return worst


def row_of(title: str, name: str, n_texts: int, found: Measured) -> str:
    """Return one line of the table."""
    scored, written = found.scoring - found.reading, found.writing - found.reading
    after = f"{written / scored:.1f}" if scored > 0 else "-"
    tokens = ", ".join(str(n - 1) for n in found.lengths)
    return (
        f"| {title} | {name} | {tokens} | {n_texts} | {found.reading:.1f} | {found.scoring:.1f} "
        f"| {found.writing:.1f} | {found.writing / found.scoring:.1f} | {after} "
        f"| {found.apart:.0e} |"
    )


if __name__ == "__main__":
    main()
