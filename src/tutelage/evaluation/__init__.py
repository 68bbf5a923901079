"""Can we believe it: scores, intervals, learning curves and comparisons.

The auditor does not know the audited: everything here takes any model with ``classes_`` and
``predict_proba``, so that other people's models sit the same exam. The standing controls are in
:mod:`tutelage.evaluation.controls`, apart because they load scikit-learn. Explanations of texts are
measured in :mod:`tutelage.evaluation.faithfulness`, :mod:`tutelage.evaluation.naopc`,
:mod:`tutelage.evaluation.agreement` and :mod:`tutelage.evaluation.confused_classes`, apart because
they load scipy.
"""

from tutelage.evaluation.comparison import Comparison, compare_models, compare_on_rows
from tutelage.evaluation.corruption import CorruptionResult, corrupted, corruption_curve
from tutelage.evaluation.curve import learning_curve
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.group_values import GroupComparison, GroupReport
from tutelage.evaluation.groups import compare_groups, group_metrics
from tutelage.evaluation.metric import METRICS, Metric
from tutelage.evaluation.run import Estimate, EvaluationResult, evaluate
from tutelage.evaluation.skew import BiasedSample, Condition, biased_sample
from tutelage.evaluation.splits import Split, few_shot_splits

__all__ = [
    "METRICS",
    "BiasedSample",
    "Comparison",
    "Condition",
    "CorruptionResult",
    "CurveResult",
    "Estimate",
    "EvaluationResult",
    "GroupComparison",
    "GroupReport",
    "Metric",
    "Split",
    "biased_sample",
    "compare_groups",
    "compare_models",
    "compare_on_rows",
    "corrupted",
    "corruption_curve",
    "evaluate",
    "few_shot_splits",
    "group_metrics",
    "learning_curve",
]
