"""Can we believe it: scores, intervals, learning curves and comparisons.

The auditor does not know the audited: everything here takes any model with ``classes_`` and
``predict_proba``, so that other people's models sit the same exam.
"""

from tutelage.evaluation.metric import METRICS, Metric
from tutelage.evaluation.run import Estimate, EvaluationResult, evaluate

__all__ = ["METRICS", "Estimate", "EvaluationResult", "Metric", "evaluate"]
