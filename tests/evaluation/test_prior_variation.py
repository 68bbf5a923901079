"""What was varied in lessons that are there, and how far their scores follow."""

import pytest

from tutelage.evaluation.prior_variation import answer_variation, word_variation
from tutelage.lessons import FeaturePrior, Provenance, WordPrior

WORDS = ["wake", "me", "at", "six", "today", "please"]


def rated(scores, n=0, teacher="a", prompt="word_ratings/v1", **more):
    text = " ".join([*WORDS, str(n)])
    origin = Provenance(teacher, prompt, notes=more.pop("notes", ""))
    prior = WordPrior.from_words(text, WORDS, scores, label="alarm", scale=None, provenance=origin,
                                 source=more.pop("source", "ratings"))  # fmt: skip
    return prior


UP, DOWN = [1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]


def test_priors_of_one_variant_vary_nothing():
    assert word_variation([rated(UP), rated(DOWN, n=1), None]) is None
    assert word_variation([]) is None


def test_two_teachers_are_compared_on_the_texts_that_both_rated():
    found = word_variation(
        [rated(UP, 0, "a"), rated(UP, 1, "a"), rated(UP, 0, "b"), rated(DOWN, 1, "b")]
    )
    [row] = found.rows
    assert (row.varied, row.first, row.second, row.n) == ("teacher", "a", "b", 2)
    assert row.correlation == pytest.approx(0)  # 1 on one text, -1 on the other
    assert row.shared == pytest.approx(0.5)
    assert found.not_varied == ("wording of the prompt", "order of the labels", "repeats")
    assert found.taught == "b"  # the later priors of a text are the ones that count


def test_a_prompt_and_a_teacher_that_change_together_are_named_together():
    both = [rated(UP, teacher="a", prompt="p/v1"), rated(UP, teacher="b", prompt="p/v2")]
    [row] = word_variation(both).rows
    assert row.varied == "teacher and wording of the prompt"
    assert (row.first, row.second) == ("a, p/v1", "b, p/v2")


def test_variants_without_a_common_text_are_no_comparison():
    assert word_variation([rated(UP, 0, "a"), rated(UP, 1, "b")]) is None


def test_two_designs_of_masks_are_variants_of_masked_priors_only():
    masked = [rated(UP, source="masked", notes=f"{n} masks at most") for n in (25, 100)]
    found = word_variation(masked)
    assert [row.varied for row in found.rows] == ["masks"]
    assert "masks" not in found.not_varied
    remarks = [rated(UP, notes="seen by Ann"), rated(DOWN, notes="seen by Bob")]
    assert word_variation(remarks) is None


def test_mixed_variants_name_none_as_taught():
    mixed = [rated(UP, 0, "a"), rated(UP, 0, "b"), rated(UP, 1, "b"), rated(UP, 1, "a")]
    assert word_variation(mixed).taught == ""


def test_the_spread_over_repeats_is_a_share_of_the_largest_score():
    plain = rated([10, 0, 0, 0, 0, 0])
    twice = WordPrior(
        plain.text, plain.label, plain.offsets, plain.scores, spread=(2.0, 0, 0, 0, 0, 4)
    )
    found = word_variation([twice])
    assert found.spread.value == pytest.approx(0.1)
    assert found.spread.n_rows == 1
    assert "repeats" not in found.not_varied


def table(answers, teacher="a", prompt="feature_scores/v2"):
    scores = {"yes": dict(zip("abcdef", answers, strict=False))}
    return FeaturePrior.from_scores(scores, provenance=Provenance(teacher, prompt))


def test_repeats_of_a_table_are_compared_pair_by_pair():
    found = answer_variation(table([[1, 1, 3], [2, 2, 2], [3, 3, 1]]), top_k=1)
    [row] = found.rows
    # pairs: the same order, and twice the reverse
    assert (row.varied, row.n, row.low, row.high) == ("repeats", 3, -1.0, 1.0)
    assert row.correlation == pytest.approx(-1 / 3)
    assert found.unit == "pairs of answers"
    assert found.not_varied == ("teacher", "wording of the prompt", "order of the labels")


def test_answers_to_two_wordings_are_told_from_repeats_by_their_turn():
    prompts = "feature_scores/v2, feature_scores/v2a"
    # wordings take turns: answers 0 and 2 are of the first, 1 and 3 of the second
    answers = [[1, 3, 1, 3], [2, 2, 2, 2], [3, 1, 3, 1]]
    rows = {row.varied: row for row in answer_variation(table(answers, prompt=prompts)).rows}
    assert rows["wording of the prompt"].correlation == -1.0
    assert rows["wording of the prompt"].n == 4
    assert (rows["repeats"].correlation, rows["repeats"].n) == (1.0, 2)


def test_two_teachers_of_a_table_gave_the_first_and_the_second_half():
    answers = [[1, 1, 3, 3], [2, 2, 2, 2], [3, 3, 1, 1]]
    rows = {row.varied: row for row in answer_variation(table(answers, teacher="a + b")).rows}
    assert (rows["teacher"].correlation, rows["teacher"].n) == (-1.0, 4)
    assert (rows["repeats"].correlation, rows["repeats"].n) == (1.0, 2)


@pytest.mark.parametrize(
    ("teacher", "prompt", "varied"),
    [
        ("a + b", "p/v1", "teacher and repeats"),
        ("a", "p/v1, p/v1a", "wording of the prompt and repeats"),
    ],
)
def test_where_answers_were_lost_their_turn_tells_nothing(teacher, prompt, varied):
    [row] = answer_variation(table([[1, 1, 3], [2, 2, 2], [3, 3, 1]], teacher, prompt)).rows
    assert row.varied == varied


def test_one_answer_an_entry_varies_nothing():
    assert answer_variation(table([1, 2, 3])) is None
    assert answer_variation(FeaturePrior(("yes",), ())) is None


def test_entries_with_another_number_of_answers_are_left_out():
    found = answer_variation(table([[1, 1], [2, 2], [3, 3], [9, 9, -9]]))
    assert found.rows[0].n == 1
    assert found.rows[0].correlation == 1.0


def test_too_few_columns_for_an_order_are_nothing_to_compare():
    assert answer_variation(table([[1, 1], [2, 2]])) is None
