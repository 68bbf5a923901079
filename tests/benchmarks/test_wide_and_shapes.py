"""The benchmarks of wide tables and of shapes measure what their pages say."""

import numpy as np


def test_the_teacher_of_blocks_is_mended_to_nearly_one_scale():
    import wide

    rng = np.random.default_rng(0)
    effects = wide.effects_of(rng)
    priors = wide.priors_of(effects, rng)
    names = [f"x{n}" for n in range(wide.N_COLUMNS)]

    def late_to_early(name):
        """Return how large the scores of the weak, late columns are beside the early ones."""
        sizes = np.abs([priors[name].score("yes", column).mean for column in names])
        return sizes[200:].mean() / sizes[:180].mean()

    one_scale = late_to_early("one block, one scale")
    mended = late_to_early("blocks, mended by shared columns")
    assert abs(mended - one_scale) < 0.1 * one_scale
    assert late_to_early("blocks, as they were said") > 1.05 * one_scale


def test_the_page_of_shapes_states_the_gain_over_scores_alone(monkeypatch):
    import shapes

    monkeypatch.setattr(shapes, "N_TEST", 300)
    monkeypatch.setattr(shapes, "SHOTS", (5,))
    page = shapes.page(2)
    assert page.count("| scores alone | 0.") == len(shapes.FAMILIES)
    assert page.count("(+0.") + page.count("(-0.") == 2 * len(shapes.FAMILIES)
