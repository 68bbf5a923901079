"""How likely a local causal model finds each label after each text: the fast way, and checked.

The prompt up to the text is computed once and kept (its keys and values). Texts and labels then
go through the model as one tree (:mod:`tutelage.teacher.token_tree`): a text's tokens once for
all labels, common beginnings of labels once for all of them.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import DataError, TutelageWarning
from tutelage.teacher.label_prompt import MARK, LabelPrompt
from tutelage.teacher.prompts import in_quotes
from tutelage.teacher.token_tree import TokenTree

NODES_PER_PASS = 768  # tokens in one forward pass: attention over them stays small
TOLERANCE = 0.05  # in nats, for the check of the fast way in half precision

Scores = NDArray[np.float64]


class LocalScores:
    """Scores labels after texts with one causal model.

    Parameters
    ----------
    torch, tokenizer, model
        The loaded model.
    prompt
        The words around a text.

    Attributes
    ----------
    n_tokens
        Tokens that went through the model so far.
    n_passes
        Forward passes so far.
    """

    def __init__(self, torch: Any, tokenizer: Any, model: Any, prompt: LabelPrompt):
        self._torch, self._tokenizer, self._model = torch, tokenizer, model
        self.prompt = prompt
        self.n_tokens, self.n_passes = 0, 0
        before, self._after = _halves(tokenizer, prompt)
        self.prefix = _opening(tokenizer) + _ids(tokenizer, before)
        self.endings = [_ids(tokenizer, answer) for answer in _spaced(tokenizer, prompt.answers)]
        self._cache: Any = None
        self._is_fast: bool | None = None
        taken = inspect.signature(model.forward).parameters
        self._takes_positions = "position_ids" in taken
        self._keeps_some = "logits_to_keep" in taken

    def tail(self, text: str) -> list[int]:
        """Return the tokens of a text and of what follows it, up to the label."""
        return _ids(self._tokenizer, in_quotes(text) + self._after)

    def size(self, texts: Sequence[str], wanted: Sequence[Sequence[int]]) -> tuple[int, int]:
        """Return the tokens that :meth:`score` would take, and those of the slow way."""
        fast, slow = len(self.prefix), 0
        for text, labels in zip(texts, wanted, strict=True):
            tail, tree = self.tail(text), TokenTree()
            self._grow(tree, tail, labels)
            fast += len(tree)
            slow += sum(len(self.prefix) + len(tail) + len(self.endings[n]) for n in labels)
        return fast, slow

    def score(self, texts: Sequence[str], wanted: Sequence[Sequence[int]]) -> list[Scores]:
        """Return, per text, the log-likelihood of each wanted label (positions of classes).

        The sum of the log-probabilities of the label's tokens, in nats.

        Raises
        ------
        DataError
            When prompt, text and label are longer than the model's window.
        """
        tails = [self.tail(text) for text in texts]
        self._check_length(tails)
        if self._is_fast is None and texts:
            self._is_fast = self._takes_positions and self._agrees(tails[0])
        with self._torch.inference_mode():
            if not self._is_fast:
                return [self.score_plainly(t, w) for t, w in zip(tails, wanted, strict=True)]
            return self._score_by_tree(tails, wanted)

    def score_plainly(self, tail: Sequence[int], wanted: Sequence[int]) -> Scores:
        """Return the log-likelihoods after one text the slow way: the whole prompt per label."""
        torch, found = self._torch, []
        for label in wanted:
            ending = self.endings[label]
            row = [*self.prefix, *tail, *ending]
            with torch.inference_mode():
                tokens = torch.tensor([row], device=self._model.device)
                logits = self._model(input_ids=tokens).logits[0, -len(ending) - 1 : -1]
            logs = logits.float().log_softmax(-1)
            picked = logs[torch.arange(len(ending)), torch.tensor(ending, device=logs.device)]
            found.append(float(picked.sum()))
            self._count(len(row))
        return np.array(found)

    def _count(self, n_tokens: int) -> None:
        self.n_tokens += n_tokens
        self.n_passes += 1

    def _check_length(self, tails: Sequence[Sequence[int]]) -> None:
        window = getattr(self._model.config, "max_position_embeddings", None)
        label = max(len(ending) for ending in self.endings)
        longest = len(self.prefix) + max((len(tail) for tail in tails), default=0) + label
        if window is not None and longest > window:
            raise DataError(
                f"Prompt, text and label must fit into the model's window of {window} tokens; "
                f"the longest take {longest} ({len(self.prefix)} of them the list of labels). "
                "Shorten the longest texts, or use a model with a larger window."
            )

    def _agrees(self, tail: Sequence[int]) -> bool:
        """Compare both ways on one text; some models cannot be asked in a tree."""
        some = list(range(min(2, len(self.endings))))
        try:
            with self._torch.inference_mode():
                fast = self._score_by_tree([tail], [some])[0]
        except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
            fast = np.full(len(some), np.nan)
        slow = self.score_plainly(tail, some)
        if np.allclose(fast, slow, atol=TOLERANCE, rtol=1e-3):
            return True
        warnings.warn(
            f"{type(self._model).__name__} does not score texts in a tree as it scores them one "
            "by one; they are scored one by one, which takes many times longer.",
            TutelageWarning,
            stacklevel=2,
        )
        return False

    def _score_by_tree(
        self, tails: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]
    ) -> list[Scores]:
        found: list[Scores] = []
        reads: list[list[list[tuple[int, int]]]] = []
        tree = TokenTree()
        for tail, labels in zip(tails, wanted, strict=True):
            if len(tree) >= NODES_PER_PASS:
                found += self._read(tree, reads)
                tree, reads = TokenTree(), []
            reads.append(self._grow(tree, tail, labels))
        return found + (self._read(tree, reads) if reads else [])

    def _grow(
        self, tree: TokenTree, tail: Sequence[int], labels: Sequence[int]
    ) -> list[list[tuple[int, int]]]:
        """Add a text and its labels; return, per label, (node, token that follows it)."""
        end, reads = tree.add(tail), []
        for label in labels:
            node, steps = end, []
            for place, token in enumerate(self.endings[label]):
                steps.append((node, token))
                if place + 1 < len(self.endings[label]):
                    node = tree.add([token], node)
            reads.append(steps)
        return reads

    def _read(self, tree: TokenTree, reads: list[list[list[tuple[int, int]]]]) -> list[Scores]:
        nodes = sorted({node for text in reads for steps in text for node, _ in steps})
        logs = self._log_probabilities(tree, nodes)  # (n_nodes read, n_vocabulary)
        row_of = {node: row for row, node in enumerate(nodes)}
        flat = [(row_of[node], token) for text in reads for steps in text for node, token in steps]
        rows, tokens = zip(*flat, strict=True) if flat else ((), ())
        values = iter(logs[list(rows), list(tokens)].tolist())
        return [
            np.array([sum(next(values) for _ in steps) for steps in text], dtype=np.float64)
            for text in reads
        ]

    def _log_probabilities(self, tree: TokenTree, nodes: Sequence[int]) -> Any:
        """Send one tree through the model; return what may follow each of ``nodes``."""
        torch, model, n_before = self._torch, self._model, len(self.prefix)
        device, kind = model.device, model.dtype
        seen = torch.ones(len(tree), n_before + len(tree), dtype=torch.bool)
        seen[:, n_before:] = torch.from_numpy(tree.ancestors())
        barred = torch.zeros(seen.shape, dtype=kind).masked_fill_(~seen, torch.finfo(kind).min)
        depths = torch.tensor([tree.depths], device=device) + n_before
        keep = torch.tensor(list(nodes), device=device)
        out = model(
            input_ids=torch.tensor([tree.tokens], device=device),
            attention_mask=barred.to(device)[None, None],  # (1, 1, n_nodes, n_before + n_nodes)
            position_ids=depths,
            past_key_values=copy.deepcopy(self._prefix_cache()),  # a pass adds its own to it
            use_cache=True,
            **({"logits_to_keep": keep} if self._keeps_some else {}),
        )
        self._count(len(tree))
        logits = out.logits[0] if self._keeps_some else out.logits[0, keep]
        return logits.float().log_softmax(-1)

    def _prefix_cache(self) -> Any:
        if self._cache is None:
            tokens = self._torch.tensor([self.prefix], device=self._model.device)
            self._cache = self._model(input_ids=tokens, use_cache=True).past_key_values
            self._count(len(self.prefix))
        return self._cache


def _halves(tokenizer: Any, prompt: LabelPrompt) -> tuple[str, str]:
    """Return what stands before and after the text, as the model's own format has it."""
    messages = [{"role": m.role, "content": m.content} for m in prompt.rendered.messages]
    if getattr(tokenizer, "chat_template", None):
        whole = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    else:
        whole = "\n\n".join(message["content"] for message in messages).rstrip("\n")
    before, _, after = whole.partition(MARK)
    return before, after


def _opening(tokenizer: Any) -> list[int]:
    """Return the token that begins every text, which a format for chats brings itself."""
    first = getattr(tokenizer, "bos_token_id", None)
    return [] if first is None or getattr(tokenizer, "chat_template", None) else [int(first)]


def _spaced(tokenizer: Any, answers: Sequence[str]) -> list[str]:
    """Return the answers as they follow the prompt: after a colon comes a space."""
    chats = bool(getattr(tokenizer, "chat_template", None))
    return list(answers) if chats else [f" {answer}" for answer in answers]


def _ids(tokenizer: Any, text: str) -> list[int]:
    return [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
