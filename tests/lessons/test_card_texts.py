from hypothesis import given
from hypothesis import strategies as st

from tutelage.lessons import Provenance
from tutelage.lessons.card_texts import card_texts
from tutelage.lessons.class_card import ClassCard

WORDS = st.sampled_from(["set", "an alarm", "wake me", "Wake  me", "which alarms are set", " "])
CARDS = st.lists(
    st.builds(ClassCard, st.sampled_from(["a", "b", "c"]), cues=st.lists(WORDS).map(tuple)),
    max_size=4,
)


def test_cue_phrases_become_texts_of_their_class_with_the_origin_of_the_card():
    card = ClassCard("a", cues=("wake me", "get me up"), provenance=Provenance(teacher="t"))
    texts = card_texts([card])
    assert [(t.text, t.label, t.kind, t.source_text) for t in texts] == [
        ("wake me", "a", "cue", ""),
        ("get me up", "a", "cue", ""),
    ]
    assert {t.provenance.teacher for t in texts} == {"t"}


def test_a_phrase_of_two_classes_speaks_for_neither():
    cards = [ClassCard("a", cues=("my alarm", "set one")), ClassCard("b", cues=("My  Alarm",))]
    assert [t.text for t in card_texts(cards)] == ["set one"]


def test_single_words_are_left_out_unless_they_are_wanted():
    card = ClassCard("a", cues=("alarm", "an alarm"))
    assert [t.text for t in card_texts([card])] == ["an alarm"]
    assert [t.text for t in card_texts([card], fewest_words=1)] == ["alarm", "an alarm"]


def test_phrases_of_scripts_without_spaces_have_as_many_words_as_letters():
    card = ClassCard("a", cues=("取消我的闹钟", "钟", "アラームを消して"))
    assert [t.text for t in card_texts([card])] == ["取消我的闹钟", "アラームを消して"]


@given(CARDS)
def test_no_text_is_empty_stands_twice_or_has_two_labels(cards):
    texts = card_texts(cards, fewest_words=1)
    plain = [" ".join(t.text.casefold().split()) for t in texts]
    assert len(plain) == len(set(plain))
    assert all(plain)
    for text in texts:
        named = " ".join(text.text.casefold().split())
        owners = {
            card.label
            for card in cards
            for cue in card.cues
            if " ".join(cue.casefold().split()) == named
        }
        assert owners == {text.label}
