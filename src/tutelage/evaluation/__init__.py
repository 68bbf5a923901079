"""Can we believe it: scores, intervals, learning curves and comparisons.

The auditor does not know the audited: everything here takes any model with ``classes_`` and
``predict_proba``, so that other people's models sit the same exam. The standing controls are in
:mod:`tutelage.evaluation.controls`, apart because they load scikit-learn.
"""

from tutelage.evaluation.comparison import Comparison, compare_models, compare_on_rows
from tutelage.evaluation.curve import learning_curve
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.metric import METRICS, Metric
from tutelage.evaluation.run import Estimate, EvaluationResult, evaluate
from tutelage.evaluation.splits import Split, few_shot_splits

__all__ = [
    "METRICS",
    "Comparison",
    "CurveResult",
    "Estimate",
    "EvaluationResult",
    "Metric",
    "Split",
    "compare_models",
    "compare_on_rows",
    "evaluate",
    "few_shot_splits",
    "learning_curve",
]
