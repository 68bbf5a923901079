"""Masked CAP on a local causal model against the naive loop: same scores, fewer tokens, less time.

The model is a random Llama-like one of about 100 million parameters: what is measured does not
depend on what it knows. The naive loop sends the whole prompt for every masked text and every
label; it is timed on a part of them, chosen by seed, and its time is extrapolated by tokens.

    python benchmarks/masked_cap.py [--texts 20] [--labels 64]
"""

from __future__ import annotations

import argparse
import platform
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from tutelage import Teacher
from tutelage.attribution.surrogate import surrogate
from tutelage.teacher.label_prompt import label_prompt
from tutelage.teacher.local_scores import LocalScores
from tutelage.teacher.masked_cap import Masking, masked_text
from tutelage.teacher.text_task import as_text_task

RESULT = Path(__file__).parent / "results" / "masked_cap.md"
VERBS = ("set", "query", "remove", "change", "play", "stop", "create", "repeat")
NOUNS = ("alarm", "calendar", "music", "lists", "email", "light", "news", "weather")
FILLERS = (
    *("please", "the", "a", "my", "for", "now", "again", "today", "tomorrow", "morning"),
    *("me", "it", "on", "in", "and", "about"),
)


def tokenizer_of() -> transformers.PreTrainedTokenizerFast:
    """Return a tokenizer that knows every word of the prompt, one token each."""
    prompt = (
        "You label texts Answer with one of list and nothing else Choose exactly these labels "
        "text In hides word The is data may look like an instruction never Text Label to follow"
    )
    words = dict.fromkeys([*prompt.split(), *VERBS, *NOUNS, *FILLERS, "___", *'.,:;"-'])
    known = {word: n for n, word in enumerate(["<unk>", "<s>", *words])}
    wordwise = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    wordwise.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=wordwise, unk_token="<unk>", bos_token="<s>"
    )


def model_of(seed: int = 0) -> transformers.LlamaForCausalLM:
    """Return the random model: 12 layers of width 768, a vocabulary of 16,000 (tied)."""
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=16_000,
        hidden_size=768,
        intermediate_size=2048,
        num_hidden_layers=12,
        num_attention_heads=12,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
    )
    return transformers.LlamaForCausalLM(config).eval()


def texts_of(n_texts: int, labels: list[str], seed: int = 0) -> tuple[list[str], list[str]]:
    """Return texts of 3 to 9 words that hold the two words of their label."""
    dice = random.Random(seed)
    chosen = [labels[n * len(labels) // n_texts] for n in range(n_texts)]
    texts = []
    for label in chosen:
        words = [*label.split("_")[::-1], *dice.sample(FILLERS, dice.randint(1, 7))]
        dice.shuffle(words)
        texts.append(" ".join(words))
    return texts, chosen


def run(n_texts: int, n_labels: int, part: int) -> dict[str, float]:
    """Measure one target and return what the page shows."""
    labels = [f"{noun}_{verb}" for noun in NOUNS for verb in VERBS][:n_labels]
    texts, gold = texts_of(n_texts, labels)
    tokenizer, model = tokenizer_of(), model_of()
    found: dict[str, float] = {"parameters": sum(p.numel() for p in model.parameters())}
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        teacher = Teacher(f"hf:{folder}", answers=False)
        plan = teacher.plan_masked_word_priors(texts, gold, labels)
        began, cpu = time.perf_counter(), time.process_time()
        priors = teacher.masked_word_priors(texts, gold, labels, stable=None)
        found["fast_s"], found["fast_cpu_s"] = (
            time.perf_counter() - began,
            time.process_time() - cpu,
        )
        found["fast_tokens"] = priors[0].provenance.tokens_in
        early = teacher.masked_word_priors(texts, gold, labels)
        found["early_tokens"] = early[0].provenance.tokens_in
        found["early_cosine"] = float(
            np.mean([_cosine(a.scores, b.scores) for a, b in zip(priors, early, strict=True)])
        )
    scores = LocalScores(torch, tokenizer, model, label_prompt(as_text_task(labels)))
    items = [masked_text(t, labels.index(y), Masking()) for t, y in zip(texts, gold, strict=True)]
    found["masked"] = sum(len(item.rows) for item in items)
    found["naive_gold_tokens"] = plan.n_naive_tokens
    found["naive_all_tokens"] = sum(
        n_labels * (len(scores.prefix) + len(scores.tail(shown)))
        + sum(len(ending) for ending in scores.endings)
        for item in items
        for shown in item.shown
    )
    # Every masked text of the shortest texts is scored the naive way: these priors are compared.
    order = sorted(range(n_texts), key=lambda n: len(items[n].rows))[:part]
    began, cpu, gap = time.perf_counter(), time.process_time(), 0.0
    for n in order:
        item = items[n]
        z = [scores.score_plainly(scores.tail(s), [item.label])[0] for s in item.shown]
        weights = surrogate(item.rows, z).weights[0]
        gap = max(gap, float(np.max(np.abs(weights - np.array(priors[n].scores)))))
    found["naive_s"], found["naive_cpu_s"] = time.perf_counter() - began, time.process_time() - cpu
    found["naive_tokens"], found["naive_calls"] = scores.n_tokens, scores.n_passes
    found["gap"], found["compared"] = gap, len(order)
    return found


def _cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def page(found: dict[str, float], n_texts: int, n_labels: int) -> str:
    """Return the page in Markdown."""
    f = found
    rate = f["naive_cpu_s"] / f["naive_tokens"]
    rows = [
        _row("naive, every masked text x every label", f, f["naive_all_tokens"], rate),
        _row("naive, every masked text x its gold label", f, f["naive_gold_tokens"], rate),
        f"| `masked_word_priors(stable=None)` | {f['fast_tokens']:,.0f} | {f['fast_cpu_s']:,.0f} "
        "| 1 | 1 |",
        f"| `masked_word_priors()`, stops when stable | {f['early_tokens']:,.0f} | | "
        f"{f['early_tokens'] / f['fast_tokens']:.2f} | |",
    ]
    told = (
        f"`python benchmarks/masked_cap.py`: a random Llama-like model of "
        f"{f['parameters'] / 1e6:.0f} M parameters (fp32, {torch.get_num_threads()} thread), "
        f"{n_labels} labels, {n_texts} texts of 3 to 9 words, {f['masked']:.0f} masked texts in "
        "all (every subset of short texts, 100 masks of longer ones), target: log-likelihood of "
        "the gold label. Seconds are CPU seconds of the process, because the machine was shared; "
        f"torch {torch.__version__.split('+')[0]}, {platform.machine()}."
    )
    checked = (
        f"The naive loop was run for {f['compared']:.0f} texts ({f['naive_calls']:.0f} calls, "
        f"{f['naive_tokens']:,.0f} tokens, {f['naive_cpu_s']:.0f} CPU seconds) and extrapolated "
        f"by tokens. On these texts the largest difference of a word's score is {f['gap']:.1e} "
        f"nats. Stopping early changes the scores by a mean cosine of {f['early_cosine']:.4f}."
    )
    head = "| | tokens through the model | CPU seconds | times the tokens | times the seconds |"
    lines = ["# Masked CAP against the naive loop", "", told, "", head, "|---|---|---|---|---|"]
    return "\n".join([*lines, *rows, "", checked]) + "\n"


def _row(name: str, f: dict[str, float], n_tokens: float, rate: float) -> str:
    seconds = n_tokens * rate
    return (
        f"| {name} | {n_tokens:,.0f} | {seconds:,.0f} (extrapolated) | "
        f"{n_tokens / f['fast_tokens']:.1f} | {seconds / f['fast_cpu_s']:.1f} |"
    )


def main() -> None:
    """Run and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=20)
    parser.add_argument("--labels", type=int, default=64)
    parser.add_argument("--part", type=int, default=4, help="texts that the naive loop scores")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    found = run(chosen.texts, chosen.labels, chosen.part)
    RESULT.write_text(page(found, chosen.texts, chosen.labels), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
