"""The published student of the table benchmark has the loss its authors' code has."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the published student needs torch")
pytest.importorskip("sklearn")
import reference_laat as reference  # noqa: E402


def test_published_loss_is_cross_entropy_plus_two_gamma_over_n_times_one_minus_cosine():
    network = torch.nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[3.0, 4.0]]))
        network.bias.fill_(0.5)
    x, y = torch.tensor([[1.0, 0.0], [0.0, -1.0]]), torch.tensor([1.0, 0.0])
    scores = np.array([1.0, -2.0])
    target = np.array([np.e, -(np.e**2)]) / np.hypot(np.e, np.e**2)
    cosine = np.array([0.6, 0.8]) @ target
    entropy = (np.log1p(np.exp(-3.5)) + np.log1p(np.exp(-3.5))) / 2  # logits 3.5 and -3.5
    loss = reference.laat_loss(network, x, y, reference.target_direction(scores), gamma=100.0)
    assert loss.item() == pytest.approx(entropy + 2 * 100 / 2 * (1 - cosine), rel=1e-5)


def test_the_target_of_known_scores_is_nearly_one_column():
    target = reference.target_direction(np.array([3.0, 10, 2, 4, 7, 8, 6, 5])).numpy()
    expected = [0.001, 0.990, 0, 0.002, 0.049, 0.134, 0.018, 0.007]
    assert target == pytest.approx(expected, abs=6e-4)
    assert reference.target_direction(np.array([0.0, -1.0])).tolist() == [0.0, -1.0]


@pytest.mark.parametrize("kind", ["linear_network", "mlp_network"])
def test_with_eight_columns_the_published_student_is_its_teacher(kind):
    scores, networks = np.array([4.0, 10, 1.4, 2, 3.2, 6.8, 4, 5]), []

    def build(n_columns):
        networks.append(getattr(reference, kind)(n_columns))
        return networks[0]

    for seed in range(3):
        networks.clear()
        rng = np.random.default_rng(seed)
        rows, y = rng.normal(size=(10, 8)), np.repeat([0, 1], 5)
        before = torch.random.get_rng_state()
        predict = reference.fit_laat(build, rows, y, scores, seed)
        assert torch.equal(before, torch.random.get_rng_state())
        low, high = rows.min(axis=0), rows.max(axis=0)
        scaled = torch.tensor((rows - low) / (high - low), dtype=torch.float32)
        _, gradient = reference.mean_gradient(networks[0], scaled)
        assert float((gradient @ reference.target_direction(scores)).detach()) > 0.99
        assert ((predict(rows) > 0) & (predict(rows) < 1)).all()
