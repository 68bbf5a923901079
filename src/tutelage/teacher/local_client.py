"""A Hugging Face causal model in this process (extra ``text``): free, private, exact."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutelage._extras import require
from tutelage.errors import TeacherSetupError
from tutelage.teacher.exchange import Answer, Question, Usage
from tutelage.teacher.label_prompt import LabelPrompt
from tutelage.teacher.local_scores import LocalScores

SEEDS = 2**31


class LocalClient:
    """Asks a causal language model that is loaded from a folder.

    A question with ``labels`` is not answered freely: the likelihood of each label, as the
    model's whole reply, is computed in one forward pass, and the likeliest is the text. Other
    questions are answered by generation; the seed comes from the question's key, so the same
    question gets the same answer.

    Nothing is downloaded and no code of the model is run. Calls are made one at a time.

    Parameters
    ----------
    folder
        A folder in Hugging Face's layout, with weights as safetensors.
    device
        Where to compute, such as ``"cuda"``; ``None`` takes a GPU when there is one.
    """

    prices = None
    has_likelihoods = True
    max_workers = 1

    def __init__(self, folder: str, *, device: str | None = None):
        self.folder, self.name = Path(folder), f"hf:{folder}"
        self._device = device
        self._loaded: Any = None
        self._lock = threading.Lock()

    def reply(self, question: Question) -> Answer:
        """Answer by the model.

        Raises
        ------
        ExtraMissing
            When torch or transformers is not installed.
        TeacherSetupError
            When the folder holds no model.
        """
        with self._lock:
            torch, tokenizer, model = self._model()
            prompt = _prompt(tokenizer, question)
            with torch.inference_mode():
                if question.labels:
                    return self._judge(torch, tokenizer, model, prompt, question)
                return self._generate(torch, tokenizer, model, prompt, question)

    def label_scores(self, prompt: LabelPrompt) -> LocalScores:
        """Return what scores labels after many texts, the prompt before them computed once.

        Raises
        ------
        ExtraMissing, TeacherSetupError
            As :meth:`reply`.
        """
        with self._lock:
            torch, tokenizer, model = self._model()
            return LocalScores(torch, tokenizer, model, prompt)

    def close(self) -> None:
        """Forget the model; the next call loads it again."""
        with self._lock:
            self._loaded = None

    def _model(self) -> tuple[Any, Any, Any]:
        if self._loaded is None:
            torch = require("torch", extra="text", purpose="local teachers")
            transformers = require("transformers", extra="text", purpose="local teachers")
            if not (self.folder / "config.json").exists():
                raise TeacherSetupError(
                    f"a local teacher must be a folder with config.json and weights, and "
                    f"{str(self.folder)!r} has none. Download the model first; nothing is "
                    "downloaded here."
                )
            options = {"local_files_only": True, "trust_remote_code": False}
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(self.folder), **options)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                str(self.folder), use_safetensors=True, dtype="auto", **options
            )
            device = self._device or ("cuda" if torch.cuda.is_available() else "cpu")
            self._loaded = torch, tokenizer, model.to(device).eval()
        loaded: tuple[Any, Any, Any] = self._loaded
        return loaded

    def _judge(
        self, torch: Any, tokenizer: Any, model: Any, prompt: list[int], question: Question
    ) -> Answer:
        """Score every label: the sum of its tokens' log-probabilities after the prompt."""
        endings = [_ids(tokenizer, label) for label in question.labels]
        longest = max(len(ending) for ending in endings)
        rows = [prompt + ending + [0] * (longest - len(ending)) for ending in endings]
        tokens = torch.tensor(rows, device=model.device)  # (n_labels, n_prompt + longest)
        seen = torch.zeros_like(tokens)
        for row, ending in enumerate(endings):
            seen[row, : len(prompt) + len(ending)] = 1
        logits = model(input_ids=tokens, attention_mask=seen).logits.float()
        logs = logits[:, len(prompt) - 1 : -1].log_softmax(-1)  # (n_labels, longest, n_vocabulary)
        told = tuple(
            (label, float(sum(logs[row, place, token] for place, token in enumerate(ending))))
            for row, (label, ending) in enumerate(zip(question.labels, endings, strict=True))
        )
        best = max(told, key=lambda pair: pair[1])[0]
        usage = Usage(len(prompt), sum(len(ending) for ending in endings))
        return Answer(best, usage, self.name, "stop", likelihoods=told)

    def _generate(
        self, torch: Any, tokenizer: Any, model: Any, prompt: list[int], question: Question
    ) -> Answer:
        tokens = torch.tensor([prompt], device=model.device)
        devices = [model.device] if model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(int(question.key.rpartition(":")[2][:8], 16) % SEEDS)
            out = model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                max_new_tokens=question.max_tokens,
                pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id or 0,
                **_sampling(json.loads(question.sampling)),
            )
        said = out[0, len(prompt) :].tolist()
        text = tokenizer.decode(said, skip_special_tokens=True)
        finish = "length" if len(said) >= question.max_tokens else "stop"
        return Answer(text, Usage(len(prompt), len(said)), self.name, finish)


def _sampling(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return generation settings; as elsewhere, repeats differ unless the temperature is 0."""
    if chosen.get("temperature") == 0:
        return {"do_sample": False}
    settings = {"do_sample": True, "temperature": chosen.get("temperature", 1.0), "top_k": 0}
    return {**settings, **({"top_p": chosen["top_p"]} if "top_p" in chosen else {})}


def _prompt(tokenizer: Any, question: Question) -> list[int]:
    messages = [{"role": m.role, "content": m.content} for m in question.messages]
    if getattr(tokenizer, "chat_template", None):
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    else:
        text = "\n\n".join(message["content"] for message in messages) + "\n\n"
    return _ids(tokenizer, text)


def _ids(tokenizer: Any, text: str) -> list[int]:
    return [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
