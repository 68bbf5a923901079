"""One vector per word piece, distilled from an encoder: each piece passed through it alone.

What an encoder says about a piece without a context is a good vector of it (Minish Lab,
model2vec, 2024): principal components rotate and cut the width, and frequent pieces are made
shorter, a / (a + p) (Arora, Liang and Ma, ICLR 2017), with p from the piece's rank in the
vocabulary by Zipf's law.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.errors import InputError
from tutelage.students.encoder import PURPOSE, TextNetwork, build_network, encoder_folder
from tutelage.students.word_pieces import WordPieces

Array = NDArray[np.float64]
WIDTH = 256
FREQUENT = 1e-4  # a in a / (a + p)
ROWS_AT_ONCE = 512


def distil(source: str, width: int = WIDTH) -> tuple[WordPieces, NDArray[np.float16]]:
    """Return the pieces of an encoder's vocabulary and their vectors (n_pieces, width).

    Every piece is read alone, all rows of a batch being equally long. For MiniLM's 30,522 pieces
    that takes 9 s of processor time where the processor computes in bfloat16 (AVX-512 BF16), 31 s
    elsewhere (``benchmarks/results/static_text.md``). The vectors of both ways have a cosine
    above 0.9999, and those of the last two encoders stay in memory for the life of the process:
    cross-validation pays once. A folder whose weights were written again is read again.

    Raises
    ------
    InputError
        When there is no such encoder, or its vocabulary is not one of word pieces.
    """
    folder = encoder_folder(source)
    written = max(file.stat().st_mtime_ns for file in folder.iterdir())
    return _distil(str(folder), int(width), written)


@functools.lru_cache(maxsize=2)
def _distil(folder: str, width: int, written: int) -> tuple[WordPieces, NDArray[np.float16]]:
    torch = require("torch", extra="text", purpose=PURPOSE)
    with torch.random.fork_rng(devices=[]):
        network = build_network(folder, 2, pooling="mean")
    pieces = read_pieces(network.tokenizer, Path(folder))
    states = _alone(network, len(pieces.places))
    return pieces, shrink(states, width)


def read_pieces(tokenizer: Any, folder: Path) -> WordPieces:
    """Return the vocabulary of a tokenizer of word pieces."""
    core = json.loads(tokenizer.backend_tokenizer.to_str())
    kind = core.get("model", {}).get("type")
    if kind != "WordPiece":
        raise InputError(
            f"a static student needs an encoder with word pieces (BERT-like), and {folder} has "
            f"{kind}. Pass encoder='static' for MiniLM, or a BERT-like folder."
        )
    places = core["model"]["vocab"]
    lower = bool((core.get("normalizer") or {}).get("lowercase", False))
    return WordPieces(places, places[core["model"]["unk_token"]], lower)


def _alone(network: TextNetwork, n_pieces: int) -> Array:
    """Return the pooled state (n_pieces, width) of every piece between its special tokens."""
    torch = require("torch", extra="text", purpose=PURPOSE)
    ends = network.tokenizer("")["input_ids"]  # [CLS] [SEP]
    around = [*ends[:1], -1, *ends[1:]]
    found = np.zeros((n_pieces, network.model.config.hidden_size))
    network.train(False)
    # Autocast only where it is fast: elsewhere bfloat16 is emulated, slower than float32.
    half = torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16(torch))
    with torch.inference_mode(), half:
        for start in range(0, n_pieces, ROWS_AT_ONCE):
            rows = range(start, min(start + ROWS_AT_ONCE, n_pieces))
            ids = torch.tensor([[row if i == -1 else i for i in around] for row in rows])
            mask = torch.ones_like(ids)
            states = network.states(network.embed(ids), mask)
            found[rows.start : rows.stop] = network.pool(states, mask).double().numpy()
    return found


def has_bfloat16(torch: Any) -> bool:
    """Return whether this processor multiplies in bfloat16 itself."""
    asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(asked is not None and asked())


def shrink(states: Array, width: int) -> NDArray[np.float16]:
    """Return states as short vectors: centred, rotated to principal components, weighted.

    The mean squared length of the vectors before weighting is 1.

    >>> shrink(np.random.default_rng(0).normal(size=(50, 8)), 4).shape
    (50, 4)
    """
    centred = states - states.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    turned = centred @ directions[:, ::-1][:, :width]
    turned /= np.sqrt((turned**2).sum(axis=1).mean())
    chance = 1.0 / np.arange(2, len(states) + 2)
    chance /= chance.sum()
    weighted = turned * (FREQUENT / (FREQUENT + chance))[:, None]
    short: NDArray[np.float16] = (weighted * (16 / np.abs(weighted).max())).astype(np.float16)
    return short
