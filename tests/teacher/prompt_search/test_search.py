import json
import re

import pytest

from tutelage.teacher.prompt_search import search_prompts
from tutelage.teacher.prompt_search.proposals import read_proposals
from tutelage.teacher.rationale_rows import Asked, Row
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher
from tutelage.teacher.wording import Wording

WHY = "The text says so in its very first words."
TEXTS = [f"{'parcel' if n % 2 else 'money'} number {n}" for n in range(40)]
LABELS = ["delivery" if n % 2 else "refund" for n in range(40)]
CLASSES = ["delivery", "refund"]
GOOD = "Think of the desk. Is {{ text }} for delivery or refund? Say why in a sentence."
BAD = "Guess about {{ text }}."


class Simulated:
    """Answers rightly when the wording names the desk, else mostly "refund"; proposes a script."""

    def __init__(self, *proposals):
        self.proposals, self.rounds, self.asked_about = list(proposals), 0, []

    def __call__(self, question):
        words = question.messages[-1].content
        if question.prompt.startswith("prompt_search"):
            self.rounds += 1
            return self.proposals[min(self.rounds, len(self.proposals)) - 1]
        self.asked_about.append(question.about)
        right = "delivery" if "parcel" in question.about else "refund"
        if "desk" in words:
            return {"label": right, "rationale": WHY}
        return {"label": "refund", "rationale": WHY}


def search(simulated, **more):
    client = ScriptedClient(simulated)
    teacher = Teacher(client, answers=False, workers=1)
    return search_prompts(teacher, TEXTS, LABELS, CLASSES, **more), client


def test_a_better_proposal_wins_and_its_held_out_share_is_its_own():
    found, _ = search(Simulated({"wordings": [GOOD, BAD]}), rounds=1)
    assert found.best == Wording(GOOD)
    assert found.held_out.value == 1.0
    assert found.held_out.n == 15
    assert found.held_out_coverage.value == 1.0
    assert len(found.tried) == 5
    assert found.wordings[0] == found.best
    assert "winner" in str(found)


def test_held_out_and_solved_texts_are_never_used_to_choose():
    simulated = Simulated({"wordings": [GOOD]})
    found, client = search(simulated, rounds=2)
    prompts = [q for q in client.questions if q.prompt.startswith("prompt_search")]
    solved = set(re.findall(r"(?:parcel|money) number \d+", prompts[0].messages[-1].content))
    asked = [q.about for q in client.questions if q.prompt.startswith("rationale")]
    times = {text: asked.count(text) for text in TEXTS}
    assert len(solved) == 3
    assert all(times[text] == 0 for text in solved)
    # the held-out texts come last, one block per finalist, and none of them was seen before
    n_search = found.rounds[-1][1]
    assert n_search + found.held_out.n + len(solved) == len(TEXTS)
    tail = asked[-found.held_out.n * len(found.finalists) :]
    assert len(set(tail)) == found.held_out.n
    assert not set(tail) & set(asked[: -len(tail)])
    assert len(set(asked[: -len(tail)])) == n_search


def test_no_pair_is_asked_for_twice():
    found, client = search(Simulated({"wordings": [GOOD]}), rounds=2)
    asked = [(q.prompt, q.about) for q in client.questions if q.prompt.startswith("rationale")]
    assert len(asked) == len(set(asked)) == found.n_answers


def test_proposals_that_cannot_be_used_are_told_and_left_out():
    bad = ["no placeholder", "{{ text.__class__ }}", "{{ text }} {{ secret }}", 7, BAD]
    found, _ = search(Simulated({"wordings": bad}), rounds=1)
    assert len(found.rejected) == 4
    assert any("it must hold {{ text }}" in reason for reason in found.rejected)
    assert any("{{ secret }}, which no input has" in reason for reason in found.rejected)
    assert BAD in [one.text for one in found.tried]


def test_a_teacher_that_proposes_nothing_leaves_the_start():
    found, _ = search(Simulated("I would rather not."), rounds=1)
    assert len(found.tried) == 3
    assert "must be a JSON object" in found.rejected[0]


def test_a_wording_whose_answers_cannot_be_read_is_last_not_fatal():
    def half(question):
        if "mumble" in question.messages[1].content:
            return "hm"
        return Simulated()(question)

    start = ["mumble {{ text }}", GOOD]
    found, _ = search(half, rounds=0, start=start)
    assert found.best == Wording(GOOD)
    assert found.tried[1].accuracy.n_right == 0


def test_the_winner_is_used_as_it_is():
    found, _ = search(Simulated({"wordings": [GOOD]}), rounds=1)
    teacher = Teacher(ScriptedClient(Simulated()), answers=False)
    lessons = teacher.rationales(TEXTS[:4], CLASSES, prompt=found.best)
    assert [lesson.label for lesson in lessons] == LABELS[:4]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": TEXTS[:5], "labels": LABELS[:5]}, "at least 10 labelled texts"),
        ({"labels": [None, *LABELS[1:]]}, "input 0 has no label"),
        ({"held_out": 1.0}, "held_out must be a share"),
        ({"n_solved": 30}, "n_solved must be from 0 to a third"),
        ({"start": ["{{ premise }}?"]}, r"must hold \{\{ text \}\}"),
        ({"classes": ["delivery"]}, "at least two different names"),
    ],
)
def test_what_cannot_be_searched_is_named_before_anything_is_asked(change, message):
    client = ScriptedClient(Simulated({"wordings": [GOOD]}))
    given = {"inputs": TEXTS, "labels": LABELS, "classes": CLASSES, "rounds": 1} | change
    with pytest.raises(ValueError, match=message):
        search_prompts(Teacher(client, answers=False), **given)
    assert client.questions == []


def test_known_wordings_are_not_proposed_again():
    asked, row = Asked("label", "", dict.fromkeys(CLASSES, "")), Row((("text", ""),))
    found, problems = read_proposals(json.dumps({"wordings": [BAD, GOOD, GOOD]}), asked, row, [BAD])
    assert [one.text for one in found.wordings] == [GOOD]
    assert len(found.rejected) == 2
    assert problems == []
