"""Which settings a sweep searches: from the text of --over to parameters, and back to arguments."""

from __future__ import annotations

import difflib
import importlib.util
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from tutelage.errors import InputError
from tutelage.evaluation.sweep_space import Choice, Parameter, Range, Value
from tutelage.students.text import TaughtTextClassifier

NOT_SEARCHED = {
    "prior",
    "random_state",
    "encoder",
    "progress",
    "device",
    "class_weight",
    "hidden",
    "validation",
}
# what the commands start from where it is not what the class does
COMMAND_DEFAULTS: Mapping[str, Mapping[str, Value]] = {"TaughtTextClassifier": {"alignment": 0.0}}
# parameters that `tutelage fit` has an option for
OPTIONS = {"trust": "--trust", "student": "--student", "alignment": "--alignment",
           "steps": "--steps"}  # fmt: skip
USUAL: Mapping[str, tuple[Value, ...]] = {
    "trust": ("auto", 0.0, 0.25, 0.5, 0.75, 1.0),
    "student": ("linear", "mlp", "trees"),
    "alignment": (0.0, 0.3, 1.0, 3.0),
    "guided_share": (0.25, 0.5, 1.0),
    "attribution": ("gradient_x_input", "integrated_gradients"),
    "distance": ("cosine", "mse", "kl", "huber"),
    "contrast": (False, True),
    "learning_rate": (5e-5, 1e-4, 2e-4),
    "label_smoothing": (0.0, 0.1),
    "gamma": (1.0, 10.0, 100.0, 1000.0),
}
NEEDS = {"mlp": "torch", "trees": "xgboost"}


def usual_names(student: type[Any], *, has_words: bool, is_static: bool) -> tuple[str, ...]:
    """Return the parameters that are searched when none is named.

    >>> usual_names(TaughtTextClassifier, has_words=True, is_static=True)
    ('alignment', 'distance', 'contrast')
    """
    if student is not TaughtTextClassifier:
        return ("trust", "student") if student.__name__ == "TaughtClassifier" else ("trust",)
    if is_static:
        return ("alignment", "distance", "contrast")
    aligned = ("alignment", "guided_share", "attribution") if has_words else ("learning_rate",)
    return ("steps", *aligned)


def as_space(
    over: Sequence[str] | None, usual: Sequence[str], student: type[Any], steps: int
) -> tuple[tuple[Parameter, ...], dict[str, Value]]:
    """Return what is varied, and the default.

    Parameters
    ----------
    over
        "name", "name=value,value" or "name=low:high".
    usual
        Names without ``over``.
    student
        The class whose parameters they are.
    steps
        Usual number of steps of a text student, halved and multiplied for others to try.

    Raises
    ------
    InputError
        When a name is unknown or searched by nobody, or values cannot be read.

    Examples
    --------
    >>> as_space(["alignment=0:2"], (), TaughtTextClassifier, 80)[0]
    (Range(name='alignment', low=0.0, high=2.0, log=False, whole=False),)
    """
    defaults = default_settings(student)
    space = tuple(_parameter(one, defaults, steps) for one in over or usual)
    return space, {parameter.name: defaults[parameter.name] for parameter in space}


def default_settings(student: type[Any]) -> dict[str, Value]:
    """Return what the commands give a student when nobody says otherwise."""
    parameters = inspect.signature(student).parameters.values()
    own = {p.name: p.default for p in parameters if p.name not in NOT_SEARCHED}
    return {**own, **COMMAND_DEFAULTS.get(student.__name__, {})}


def arguments_of(settings: Mapping[str, Value], default: Mapping[str, Value]) -> list[str]:
    """Return the options of ``tutelage fit`` for settings that are not the default.

    >>> arguments_of({"alignment": 0.3, "contrast": True}, {"alignment": 0.0, "contrast": False})
    ['--alignment', '0.3']
    """
    found = []
    for name, value in settings.items():
        if name in OPTIONS and value != default[name]:
            found += [OPTIONS[name], f"{value:g}" if isinstance(value, float) else str(value)]
    return found


def _parameter(text: str, defaults: Mapping[str, Value], steps: int) -> Parameter:
    name, _, values = (part.strip() for part in text.partition("="))
    if name not in defaults:
        near = difflib.get_close_matches(name, list(defaults), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f"--over must name a parameter that can be searched, got {name!r}.{hint} There are "
            f"{', '.join(defaults)}."
        )
    default = defaults[name]
    if ":" in values:
        return _range(text, name, values)
    if values:
        listed = [_value(part.strip()) for part in values.split(",") if part.strip()]
    elif name == "steps":
        listed = [max(1, steps // 2), 2 * steps, 4 * steps]
    elif name in USUAL:
        listed = [value for value in USUAL[name] if _is_there(value)]
    else:
        raise InputError(f"--over {name} needs values: {name}=a,b,c or {name}=low:high.")
    # numbers of one parameter are of one type, so that 0 and 0.0 are one value
    if any(isinstance(value, float) for value in (default, *USUAL.get(name, ()))):
        listed = [float(v) if _is_number(v) else v for v in listed]
    if not any(value == default and type(value) is type(default) for value in listed):
        listed.insert(0, default)
    return Choice(name, tuple(dict.fromkeys(listed)))


def _range(text: str, name: str, values: str) -> Range:
    ends = [_value(part.strip()) for part in values.split(":")]
    if len(ends) != 2 or not all(map(_is_number, ends)):
        raise InputError(f"--over {name} must be a range of two numbers like 0:2, got {text!r}.")
    low, high = (float(end) for end in ends)
    whole = all(isinstance(end, int) for end in ends) and name == "steps"
    return Range(name, low, high, log=low > 0 and high / low >= 30, whole=whole)


def _value(text: str) -> Value:
    if text in ("True", "true", "False", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_there(value: Value) -> bool:
    return value not in NEEDS or importlib.util.find_spec(NEEDS[str(value)]) is not None
