"""Measures of explanations of texts: their names and directions, and means with intervals."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.run import Estimate

MEASURES: dict[str, tuple[str, Literal["higher", "lower"]]] = {
    "comprehensiveness": ("Comprehensiveness", "higher"),
    "sufficiency": ("Sufficiency", "lower"),
    "soft_comprehensiveness": ("Soft comprehensiveness", "higher"),
    "soft_sufficiency": ("Soft sufficiency", "lower"),
    "aopc": ("AOPC", "higher"),
    "normalised_aopc": ("Normalised AOPC", "higher"),
    "normalised_sufficiency": ("Normalised sufficiency", "lower"),
    "auprc": ("Area under precision-recall", "higher"),
    "auroc": ("ROC AUC of marked words", "higher"),
    "token_f1": ("F1 of marked words", "higher"),
    "iou_f1": ("F1 of marked spans (IOU)", "higher"),
    "spearman": ("Spearman correlation", "higher"),
    "cosine": ("Cosine", "higher"),
}


def estimate(name: str, values: FloatArray, n_bootstrap: int, seed: int) -> Estimate:
    """Return the mean of a measure over texts (n_texts,); NaN are texts it says nothing about.

    The 95 % interval is a percentile bootstrap over texts.

    >>> estimate("aopc", np.array([0.5, 0.5, np.nan]), 10, 0).note
    'not defined for 1 of 3 texts'
    """
    title, direction = MEASURES[name]
    known = values[~np.isnan(values)]
    left_out = len(values) - len(known)
    note = f"not defined for {left_out} of {len(values)} texts" if left_out else ""
    value = float(known.mean()) if len(known) else math.nan
    low, high = interval_of_mean(values, n_bootstrap=n_bootstrap, seed=seed)
    return Estimate(name, title, direction, value, low, high, len(known), note)
