"""Which wording of a question is best: proposals, a race on few labelled texts, an honest score."""

from tutelage.teacher.prompt_search.files import read_wordings, result_values, save_wordings
from tutelage.teacher.prompt_search.race import Race, race
from tutelage.teacher.prompt_search.scoring import (
    JointScore,
    Outcome,
    Share,
    Tried,
    lower_bound,
    vote,
)
from tutelage.teacher.prompt_search.search import SearchResult, search_prompts

__all__ = [
    "JointScore",
    "Outcome",
    "Race",
    "SearchResult",
    "Share",
    "Tried",
    "lower_bound",
    "race",
    "read_wordings",
    "result_values",
    "save_wordings",
    "search_prompts",
    "vote",
]
