"""The figures of the pages of explanation are those of the results."""

import pytest

import explanation_figures


@pytest.mark.parametrize("page", explanation_figures.PAGES, ids=lambda page: page.stem)
def test_the_figures_of_the_page_are_those_of_the_results(page):
    text = page.read_text(encoding="utf-8")
    assert text == explanation_figures.with_figures(text), "run: make docs"


def test_a_table_is_copied_and_a_missing_one_is_named(tmp_path):
    (tmp_path / "a.md").write_text("## One\n\nwords\n\n| x |\n|---|\n| 1 |\n\n## Two\n\n| y |\n")
    before = "t\n<!-- from a.md: One -->\nstale\n<!-- end -->\nu"
    after = explanation_figures.with_figures(before, tmp_path)
    assert after == "t\n<!-- from a.md: One -->\n| x |\n|---|\n| 1 |\n<!-- end -->\nu"
    assert explanation_figures.with_figures(after, tmp_path) == after
    with pytest.raises(LookupError, match="no table below the heading 'Three'"):
        explanation_figures.with_figures(before.replace("One", "Three"), tmp_path)
    with pytest.raises(LookupError, match="is absent"):
        explanation_figures.with_figures(before.replace("a.md", "b.md"), tmp_path)
