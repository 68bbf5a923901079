"""Reach into a torch model: what a layer puts out, or a model started from a layer (torch)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tutelage.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


class Captured:
    """What a layer put out in the last forward pass.

    Attributes
    ----------
    output
        (n_texts, n_tokens, width), part of the graph of everything computed from it; ``None``
        before the first pass.
    """

    output: Tensor | None = None


@contextmanager
def captured(layer: Module) -> Iterator[Captured]:
    """Note the output of ``layer`` in each forward pass inside the ``with`` block.

    So one ordinary pass gives the logits and the tensor that the attribution is taken at, at the
    embeddings or at any inner layer, for any architecture. The output starts a graph of its own
    when no parameter before it is trained.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Embedding(5, 2), torch.nn.Linear(2, 3))
    >>> with captured(model[0]) as taken:
    ...     logits = model(torch.tensor([[1, 2]]))
    >>> torch.autograd.grad(logits.sum(), taken.output)[0].shape
    torch.Size([1, 2, 2])
    """
    taken = Captured()

    def note(_layer: Module, _inputs: Any, output: Any) -> Any:
        tensor = _first(output)
        if not tensor.requires_grad:
            tensor = tensor.detach().requires_grad_()
        taken.output = tensor
        return _with_first(output, tensor)

    handle = layer.register_forward_hook(note)
    try:
        yield taken
    finally:
        handle.remove()


@contextmanager
def replaced(layer: Module, value: Tensor) -> Iterator[None]:
    """Let ``layer`` put out ``value`` in each forward pass inside the ``with`` block.

    A model from an inner layer on, for integrated gradients, is the model run with this layer's
    output replaced; the layers before it run for nothing.
    """
    handle = layer.register_forward_hook(lambda _layer, _in, output: _with_first(output, value))
    try:
        yield
    finally:
        handle.remove()


def _first(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output  # type: ignore[no-any-return]


def _with_first(output: Any, tensor: Tensor) -> Any:
    return (tensor, *output[1:]) if isinstance(output, tuple) else tensor


def use_eager(model: Any) -> Any:
    """Switch a Hugging Face model to eager attention, in place, and return it.

    Other models come back as they are.

    Raises
    ------
    InputError
        When the architecture has no eager attention.
    """
    switch = getattr(model, "set_attn_implementation", None)
    if switch is not None and attention_of(model) != "eager":
        try:
            switch("eager")
        except ValueError as error:
            raise InputError(f"{_needs_eager(model)} It has none: {error}") from error
    require_eager(model)
    return model


def require_eager(model: Any) -> None:
    """Check that attributions of ``model`` can stand in a loss: its attention must be eager.

    Fused attention kernels have no second derivative: a loss that holds gradients of the model
    fails, or fails only in evaluation mode or with dropout 0.

    Raises
    ------
    InputError
        When a Hugging Face model uses another attention than ``"eager"``.
    """
    if attention_of(model) not in ("eager", None):
        raise InputError(
            f"{_needs_eager(model)} Call model.set_attn_implementation('eager'), or load it "
            "with attn_implementation='eager'."
        )


def attention_of(model: Any) -> str | None:
    """Return the name of the attention a Hugging Face model uses; ``None`` for other models."""
    found = getattr(getattr(model, "config", None), "_attn_implementation", None)
    return None if found is None else str(found)


def _needs_eager(model: Any) -> str:
    return (
        "A loss on attributions needs second derivatives, so attention must be 'eager', got "
        f"{attention_of(model)!r} in {type(model).__name__}."
    )
