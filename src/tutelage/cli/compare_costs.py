"""What a saved model costs: its size, and what the record of its run says of time and money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutelage.evaluation.model_comparison_scores import ModelCost
from tutelage.report.record_file import read_record_values
from tutelage.report.text_record import TEXT_FORMAT
from tutelage.report.unlabelled_record import UNLABELLED_FORMAT

MEGABYTE = 1e6


def cost_of(folder: Path, student: object) -> ModelCost:
    """Return what the folder, and the record of the run beside it, say of the model's cost."""
    size = sum(entry.stat().st_size for entry in folder.iterdir() if entry.is_file())
    prior = getattr(student, "prior", None)
    usd = math.nan if prior is None else prior.provenance.cost_usd
    record = folder.resolve().parent / "record.json"
    seconds = math.nan
    if folder.resolve().name == "model" and record.is_file():
        seconds, recorded_usd = recorded_cost(read_record_values(record))
        usd = recorded_usd if math.isnan(usd) else usd
    return ModelCost(seconds, math.nan, size / MEGABYTE, usd)


def recorded_cost(record: Mapping[str, Any]) -> tuple[float, float]:
    """Return the seconds of training and the teacher's price that a run's record holds.

    >>> recorded_cost({"timings": {"training": 2.5}, "cost": {"recorded_usd": 0.25}})
    (2.5, 0.25)
    """
    if record.get("format") == TEXT_FORMAT:
        return _of_texts(record)
    if record.get("format") == UNLABELLED_FORMAT:
        return _of_unlabelled(record)
    return _number(record, "timings", "training"), _number(record, "cost", "recorded_usd")


def _of_texts(record: Mapping[str, Any]) -> tuple[float, float]:
    kept = [one for one in _entries(record, "variants") if one.get("name") == record.get("taught")]
    if not kept:
        return math.nan, math.nan
    used = set(kept[0].get("lessons", ()))
    lessons = [one for one in _entries(record, "lessons") if one.get("kind") in used]
    return _value(kept[0], "seconds"), sum(_value(one, "recorded_usd") for one in lessons)


def _of_unlabelled(record: Mapping[str, Any]) -> tuple[float, float]:
    """Return the cost of the first model, the one that is kept: other models were trained too.

    Without prices the answers were not free: nobody knows what they cost.
    """
    kept = _entries(record, "variants")[:1]
    if not kept:
        return math.nan, math.nan
    cards = "cards" in kept[0].get("lessons", ())
    usd = _number(record, "asked", "recorded_usd")
    usd += _number(record, "cards", "recorded_usd") if cards else 0.0
    return _value(kept[0], "seconds"), usd if usd > 0 else math.nan


def _entries(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = record.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(record: Mapping[str, Any], group: str, name: str) -> float:
    values = record.get(group)
    return _value(values, name) if isinstance(values, dict) else math.nan


def _value(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else math.nan
