"""The benchmarks of wide tables and of shapes measure what their pages say."""

import numpy as np


def test_the_teacher_of_blocks_is_mended_to_nearly_one_scale():
    import wide

    rng = np.random.default_rng(0)
    effects = wide.effects_of(rng)
    priors = wide.priors_of(effects, rng)
    names = [f"x{n}" for n in range(wide.N_COLUMNS)]

    def scores(name):
        return [priors[name].score("yes", column).mean for column in names]

    one_scale = scores("one block, one scale")
    mended = np.corrcoef(scores("blocks, mended by shared columns"), one_scale)[0, 1]
    as_said = np.corrcoef(scores("blocks, as they were said"), one_scale)[0, 1]
    assert mended > 0.99
    assert as_said < 0.95


def test_the_page_of_shapes_states_the_gain_over_scores_alone(monkeypatch):
    import shapes

    monkeypatch.setattr(shapes, "N_TEST", 300)
    monkeypatch.setattr(shapes, "SHOTS", (5,))
    page = shapes.page(2)
    assert page.count("| scores alone | 0.") == len(shapes.FAMILIES)
    assert page.count("(+0.") + page.count("(-0.") == 2 * len(shapes.FAMILIES)
