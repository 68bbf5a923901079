"""Masked word priors: CAP from any scorer, planted evidence found, shared words cancelled."""

import numpy as np
import pytest

from tutelage import ScriptedClient, Teacher
from tutelage._words import word_offsets
from tutelage.attribution.masks import masks
from tutelage.attribution.words import hide_each
from tutelage.errors import DataError, TeacherSetupError
from tutelage.teacher.exchange import Answer, Usage

LABELS = ["alarm_set", "alarm_query", "music_play", "weather"]
EVIDENCE = {  # what each word says, in nats, for each label
    "alarm": (4, 4, 0, 0),
    "set": (3, 0, 0, 0),
    "check": (0, 3, 0, 0),
    "music": (0, 0, 4, 0),
    "rain": (0, 0, 0, 4),
}


def planted(texts, labels):
    """Sum the evidence of the words that are shown, then normalise over the labels."""
    logits = np.zeros((len(texts), len(LABELS)))
    for row, text in enumerate(texts):
        for word in text.lower().replace(",", " ").split():
            logits[row] += EVIDENCE.get(word, (0, 0, 0, 0))
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def priors(texts, labels, scorer=planted, source=lambda messages: "", **more):
    return Teacher(source).masked_word_priors(texts, labels, LABELS, scorer=scorer, **more)


def by_word(prior):
    return dict(zip(prior.words, prior.scores, strict=True))


def test_plain_cap_marks_the_shared_word_and_contrast_the_deciding_one():
    others = [f"other_{n}" for n in range(60)]  # a word that beats sixty labels weighs much

    def among_many(texts, labels):
        logits = np.zeros((len(texts), len(labels)))
        for row, text in enumerate(texts):
            for word in text.split():
                logits[row, : len(LABELS)] += np.multiply(EVIDENCE.get(word, (0, 0, 0, 0)), 1.25)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    texts = ["please set the alarm now", "please check the alarm now"]
    found = {}
    for target in ("gold", "contrast"):
        found[target] = Teacher(lambda messages: "").masked_word_priors(
            texts,
            ["alarm_set", "alarm_query"],
            [*LABELS, *others],
            target=target,
            confusable=1,
            scorer=among_many,
        )
    for plain, contrast, deciding in zip(
        found["gold"], found["contrast"], ("set", "check"), strict=True
    ):
        assert max(by_word(plain), key=by_word(plain).get) == "alarm"
        assert max(by_word(contrast), key=by_word(contrast).get) == deciding
        assert abs(by_word(contrast)["alarm"]) < 0.05 * by_word(contrast)[deciding]


def test_it_is_what_a_naive_loop_gives():
    text, label, ridge = "please set the alarm for seven in the morning", 0, 0.1
    offsets = word_offsets(text)
    rows = masks(len(offsets), 100)
    shown = hide_each(text, offsets, rows)
    z = np.array([planted([one], LABELS)[0, label] for one in shown])
    hidden = rows[1:].astype(float)
    drop = z[0] - z[1:]
    gram = hidden.T @ hidden + ridge * np.eye(len(offsets))
    expected = np.linalg.solve(gram, hidden.T @ drop)
    [prior] = priors([text], ["alarm_set"], stable=None)
    assert prior.scores == pytest.approx(expected, abs=1e-9)


def test_a_stable_solution_stops_early_and_stays_what_it_was():
    calls = []

    def counted(texts, labels):
        calls.extend(texts)
        return planted(texts, labels)

    text = "please set the alarm for seven in the morning and not for eight"
    [early] = priors([text], ["alarm_set"], counted, target="contrast", confusable=1)
    n_early = len(calls)
    [full] = priors([text], ["alarm_set"], counted, stable=None, target="contrast", confusable=1)
    assert n_early < len(calls) - n_early == 101
    assert np.dot(early.scores, full.scores) > 0.98 * np.linalg.norm(early.scores) * np.linalg.norm(
        full.scores
    )


def test_every_distinct_masked_text_is_scored_once():
    calls = []

    def counted(texts, labels):
        calls.extend(texts)
        return planted(texts, labels)

    texts = ["set alarm now", "set alarm now", "check alarm now"]
    priors(texts, ["alarm_set", "alarm_query", "alarm_query"], counted, placeholder=None)
    assert len(calls) == len(set(calls))


def test_the_weight_is_the_probability_of_the_label():
    found = priors(["set alarm", "rain"], ["alarm_set", "music_play"])
    assert [prior.weight for prior in found] == pytest.approx(
        np.exp(planted(["set alarm", "rain"], LABELS)[[0, 1], [0, 2]]).tolist()
    )


@pytest.mark.parametrize("target", ["gold", "contrast", "label"])
def test_short_and_odd_texts_have_priors(target):
    texts = ["", "alarm", "alarm alarm", "set the alarm", "取消闹钟", "💳 alarm!", "ألغِ المنبه"]
    found = priors(texts, ["alarm_set"] * len(texts), target=target)
    assert [prior.text for prior in found] == texts
    assert (found[0].scores, found[0].weight) == ((), 0.0)
    assert found[1].scores == (1.0,)
    assert found[2].scores[0] == pytest.approx(found[2].scores[1])
    assert len(found[4].scores) == 4


def test_a_long_text_is_hidden_in_runs_of_words():
    text = " ".join(["the"] * 9_999 + ["alarm"])
    [prior] = priors([text], ["alarm_set"], masks=20)
    assert len(prior.scores) == 200
    assert prior.offsets[-1][1] == len(text)


def test_phrases_may_be_the_units():
    [prior] = priors(["please set the alarm"], ["alarm_set"], units="phrases")
    assert prior.words == ("please set", "the alarm")


def test_the_published_mode_is_there():
    text = "please set the alarm for seven"
    [paper] = priors([text], ["alarm_set"], design="paper", mode="paper")
    [ours] = priors([text], ["alarm_set"])
    assert paper.scores != ours.scores
    assert "design paper, target gold, paper" in paper.provenance.notes


def test_rivals_may_be_named():
    named = {"alarm_set": ["music_play"]}
    [prior] = priors(["set the alarm"], ["alarm_set"], target="contrast", confusable=named)
    assert prior.confusable == ("music_play",)
    assert by_word(prior)["alarm"] > 1  # music does not share the alarm
    with pytest.raises(DataError, match="confusable must name classes of the task; 'z' are not"):
        priors(["set it"], ["alarm_set"], confusable={"alarm_set": ["z"]})


def test_provenance_tells_masks_and_savings():
    [prior, _] = priors(["set it", "set it"], ["alarm_set"] * 2)
    assert prior.provenance.teacher == "callable:planted"
    assert "100 masks at most" in prior.provenance.notes
    assert "4 of 4 masked texts scored" in prior.provenance.notes
    assert prior.source == "masked"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda texts, labels: np.zeros(len(texts)), r"shape \(1, 4\), got \(1,\)"),
        (lambda texts, labels: np.full((len(texts), 4), np.nan), "4 of 4 are not, such as nan"),
        (lambda texts, labels: np.full((len(texts), 4), np.inf), "4 of 4 are not, such as inf"),
    ],
)
def test_what_a_scorer_returns_is_checked(given, message):
    with pytest.raises(DataError, match=message):
        priors(["set it"], ["alarm_set"], given)


def test_a_probability_of_nought_is_no_failure():
    def certain(texts, labels):
        return np.where([[("set" in t), 0, 0, 0] for t in texts], 0.0, -np.inf)

    [prior] = priors(["set it"], ["alarm_set"], certain)
    assert by_word(prior)["set"] > 30 > abs(by_word(prior)["it"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"masks": 0}, "masks must be a whole number above 0, got 0"),
        ({"target": "silver"}, "target must be one of"),
        ({"units": "letters"}, "units must be one of"),
        ({"design": "odd"}, "design must be one of"),
        ({"mode": "odd"}, "mode must be one of"),
        ({"stable": 2}, r"stable must be a cosine in \(0, 1\], or None"),
        ({"confusable": 0}, "n_confusable must be a whole number above 0"),
    ],
)
def test_a_setting_that_cannot_be_says_why(more, message):
    with pytest.raises(TeacherSetupError, match=message):
        priors(["set it"], ["alarm_set"], **more)


def judge(question):
    """Answer as an endpoint with log-probabilities: the codes' likelihoods."""
    shown = question.messages[1].content.split("Text: ")[1].split("\n")[0].strip('"')
    told = planted([shown.replace("___", "")], LABELS)[0]
    pairs = tuple(zip(question.labels, told.tolist(), strict=True))
    return Answer(question.labels[int(told.argmax())], Usage(50, 1), likelihoods=pairs)


def test_an_endpoint_with_likelihoods_gives_the_same():
    client = ScriptedClient(judge, prices=(1.0, 1.0))
    teacher = Teacher(client)
    texts, labels = ["set the alarm"], ["alarm_set"]
    plan = teacher.plan_masked_word_priors(texts, labels, LABELS)
    assert (plan.n_scored, plan.asked.n_calls, client.questions) == (8, 8, [])
    [asked] = teacher.masked_word_priors(texts, labels, LABELS)
    assert asked.scores == pytest.approx(priors(texts, labels)[0].scores)
    assert client.questions[0].labels == ("A", "B", "C", "D")
    assert "- A: alarm set\n" in client.questions[0].messages[1].content
    assert (asked.provenance.n_calls, asked.provenance.tokens_in) == (8, 400)
    teacher.masked_word_priors(texts, labels, LABELS)
    assert len(client.questions) == 8  # all stored
    assert "instead of" not in str(plan)
    assert "calls       8" in str(plan)


def test_personal_data_does_not_leave_for_an_endpoint():
    client = ScriptedClient(judge)
    text = "set the alarm for ann@example.org"
    [prior] = Teacher(client, scrub=True).masked_word_priors([text], ["alarm_set"], LABELS)
    assert prior.words == ("set", "the", "alarm", "for", "ann@example.org")
    assert not [q for q in client.questions if "example.org" in q.messages[1].content]


def test_an_endpoint_cannot_score_names_and_a_function_of_messages_nothing():
    with pytest.raises(TeacherSetupError, match="labels_as must be 'codes' for scripted"):
        Teacher(ScriptedClient(judge)).masked_word_priors(
            ["set it"], ["alarm_set"], LABELS, labels_as="names"
        )
    with pytest.raises(TeacherSetupError, match="needs the likelihood of each label"):
        Teacher(lambda messages: "").masked_word_priors(["set it"], ["alarm_set"], LABELS)


def test_several_teachers_are_asked_one_by_one():
    clients = [ScriptedClient(judge, name="one"), ScriptedClient(judge, name="two")]
    with pytest.raises(TeacherSetupError, match="asks one teacher, got 2"):
        Teacher(clients).masked_word_priors(["set it"], ["alarm_set"], LABELS)


def test_progress_reaches_the_end():
    seen = []
    priors(
        ["set the alarm"] * 2,
        ["alarm_set"] * 2,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (8, 8)
