"""The page of drifts says what its lines hold."""

import explanation_drift
from raw_results import Cell


def line(clean, drift):
    measures = {
        f"{attack} {measure}": drift
        for attack in explanation_drift.ATTACKS
        for measure in explanation_drift.MEASURES
    }
    return {"clean": clean, **measures}


def test_students_are_shown_by_their_mean_over_seeds_and_in_their_order():
    page = explanation_drift.page(
        {
            Cell("hwu64", 5, 1, "ratings"): line(0.9, 0.3),
            Cell("hwu64", 5, 0, "ratings"): line(0.8, 0.1),
            Cell("hwu64", 5, 0, "plain"): line(0.7, 0.2),
        }
    )
    assert "| ratings | 2 | 0.850 (0.800, 0.900) | 0.200 (0.100, 0.300) |" in page
    drifts = page[page.index("## Drift") :]
    assert drifts.index("| plain | 1 | 0.200") < drifts.index("| ratings | 2 | 0.200")
    assert "clean" not in drifts
    assert "everything" not in drifts
