"""Attributions by gradients: right, differentiable, and the same in every batch."""

import captum.attr
import pytest
import torch

from tutelage.attribution.gradients import (
    TokenScores,
    gradient,
    gradient_x_input,
    integrated_gradients,
    sum_to_words,
)
from tutelage.attribution.hooks import captured, replaced, require_eager, use_eager
from tutelage.attribution.slopes import contributions, slopes, target_score
from tutelage.errors import InputError

ARCHITECTURES = ("bert", "roberta", "modernbert", "distilbert", "electra")
PRIOR = torch.tensor([[0.0, 1.0, 3.0, 0.0], [2.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]).double()
WORDS = torch.tensor([[-1, 0, 1, 1, 2, -1], [-1, 0, 1, 2, 3, -1], [-1, 0, 2, -1, -1, -1]])


def distance_to_prior(tokens):
    """The loss of these tests: the mean over texts of 1 - cosine, on words."""
    words = sum_to_words(tokens, WORDS, 4)
    return (1 - torch.cosine_similarity(words, PRIOR, dim=1)).mean()


def by_gradient(tiny, model, batch):
    ids, mask, targets = batch
    embeddings = model.get_input_embeddings()(ids)
    return gradient(tiny.logits_of(model, mask), embeddings, targets, mask=mask, create_graph=True)


def by_gradient_x_input(tiny, model, batch):
    ids, mask, targets = batch
    embeddings = model.get_input_embeddings()(ids)
    function = tiny.logits_of(model, mask)
    others = torch.nn.functional.one_hot((targets + 1) % 3, 3).bool()
    return gradient_x_input(
        function, embeddings, targets, mask=mask, confusable=others, create_graph=True
    )


def by_path(rule):
    def attribute(tiny, model, batch):
        ids, mask, targets = batch
        table = model.get_input_embeddings()
        return integrated_gradients(
            tiny.logits_of(model, mask),
            table(ids),
            targets,
            baseline=table(torch.ones_like(ids)),
            n_steps=2,
            rule=rule,
            mask=mask,
            create_graph=True,
            points_at_once=2,
        )

    return attribute


def at_an_inner_layer(tiny, model, batch):
    """One ordinary pass; what the first block puts out is attributed."""
    ids, mask, targets = batch
    names = [n for n, _ in model.named_modules() if n.endswith((".layer.0", ".layers.0"))]
    with captured(dict(model.named_modules())[names[0]]) as taken:
        logits = model(ids, attention_mask=mask).logits
    found = slopes(target_score(logits, targets), taken.output, create_graph=True)
    return TokenScores(logits, contributions(taken.output, found, mask))


METHODS = {
    "gradient": by_gradient,
    "gradient_x_input": by_gradient_x_input,
    "integrated, gauss": by_path("gauss"),
    "integrated, right": by_path("right"),
    "inner layer": at_an_inner_layer,
}


def loss_at(tiny, model, attribute, batch):
    torch.manual_seed(7)  # the same dropout each time
    return distance_to_prior(attribute(tiny, model, batch).tokens)


def finite_difference(function, weight, place, step):
    start, values = weight[place].item(), []
    for moved in (start + step, start - step):
        with torch.no_grad():
            weight[place] = moved
        values.append(function().item())
    return (values[0] - values[1]) / (2 * step)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_loss_on_attributions_moves_the_middle_layer(tiny, name, method, dropout, training):
    model = tiny.model(name, dropout).train(training)
    weight, batch = tiny.middle_weight(model), tiny.batch()

    def loss():
        return loss_at(tiny, model, METHODS[method], batch)

    slope = torch.autograd.grad(loss(), weight)[0]
    place = divmod(int(slope.abs().argmax()), slope.shape[1])
    assert abs(slope[place]) > 1e-6
    # ModernBERT's attention weights are float32 whatever the model is.
    step, tolerance = (2e-3, 5e-3) if name == "modernbert" else (1e-5, 1e-4)
    expected = finite_difference(loss, weight, place, step)
    assert slope[place].item() == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize("explainer", ["IntegratedGradients", "InputXGradient"])
def test_the_same_loss_on_captum_moves_nothing(tiny, explainer):
    model = tiny.model("bert").eval()
    ids, mask, targets = tiny.batch()
    embeddings = model.get_input_embeddings()(ids)
    method = getattr(captum.attr, explainer)(tiny.logits_of(model, mask))
    arguments = {"n_steps": 3} if explainer == "IntegratedGradients" else {}
    found = method.attribute(embeddings, target=targets, **arguments)
    loss = distance_to_prior(found.sum(dim=-1))
    assert loss.requires_grad  # a training loop would run, and say nothing
    assert torch.autograd.grad(loss, tiny.middle_weight(model), allow_unused=True)[0] is None


def test_values_are_those_of_captum(tiny):
    model = tiny.model("bert").eval()
    ids, mask, targets = tiny.batch()
    embeddings, function = model.get_input_embeddings()(ids), tiny.logits_of(model, mask)
    theirs = captum.attr.IntegratedGradients(function).attribute(
        embeddings, target=targets, n_steps=20
    )
    ours = integrated_gradients(function, embeddings, targets, n_steps=20)
    torch.testing.assert_close(ours.tokens, theirs.sum(dim=-1).detach())
    theirs = captum.attr.InputXGradient(function).attribute(embeddings, target=targets)
    ours = gradient_x_input(function, embeddings, targets)
    torch.testing.assert_close(ours.tokens, theirs.sum(dim=-1).detach())
    theirs = captum.attr.Saliency(function).attribute(embeddings, target=targets, abs=False)
    ours = gradient(function, embeddings, targets)
    torch.testing.assert_close(ours.tokens, theirs.norm(dim=-1).detach())


@pytest.mark.parametrize("rule", ["gauss", "right"])
def test_integrated_gradients_sum_to_the_change_of_the_score(tiny, rule):
    model = tiny.model("roberta").eval()
    ids, mask, targets = tiny.batch()
    embeddings, function = model.get_input_embeddings()(ids), tiny.logits_of(model, mask)
    errors = []
    for n_steps in (4, 40):
        found = integrated_gradients(
            function, embeddings, targets, n_steps=n_steps, rule=rule, points_at_once=7
        )
        change = target_score(function(embeddings), targets) - target_score(
            function(torch.zeros_like(embeddings)), targets
        )
        torch.testing.assert_close(found.error, (found.tokens.sum(dim=1) - change).detach())
        torch.testing.assert_close(found.logits, function(embeddings))
        errors.append(found.error.abs().max().item())
    assert errors[1] < errors[0] / 5


def test_points_at_once_change_the_work_and_not_the_value(tiny):
    model = tiny.model("electra").eval()
    ids, mask, targets = tiny.batch()
    embeddings, function = model.get_input_embeddings()(ids), tiny.logits_of(model, mask)
    one, many = (
        integrated_gradients(function, embeddings, targets, n_steps=6, points_at_once=k)
        for k in (1, 4)
    )
    torch.testing.assert_close(one.tokens, many.tokens)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_padding_and_other_texts_change_no_value(tiny, name, method):
    model = tiny.model(name).eval()
    ids, mask, targets = tiny.batch()
    alone = METHODS[method](tiny, model, (ids[:1], mask[:1], targets[:1]))
    padding = torch.ones(3, 4, dtype=torch.int64)
    padded = (
        torch.cat([ids, padding], dim=1),
        torch.cat([mask, torch.zeros_like(padding)], dim=1),
        targets,
    )
    together = METHODS[method](tiny, model, padded)
    torch.testing.assert_close(together.tokens[:1, :6], alone.tokens, rtol=1e-9, atol=1e-9)
    assert not together.tokens[:, 6:].any()
    torch.testing.assert_close(together.logits[:1], alone.logits, rtol=1e-9, atol=1e-9)


def test_without_create_graph_the_scores_are_plain_numbers_and_the_logits_still_train(tiny):
    model = tiny.model("bert").eval()
    ids, mask, targets = tiny.batch()
    embeddings, function = model.get_input_embeddings()(ids), tiny.logits_of(model, mask)
    for found in (
        gradient(function, embeddings, targets),
        gradient_x_input(function, embeddings, targets),
        integrated_gradients(function, embeddings, targets, n_steps=2),
        integrated_gradients(function, embeddings, targets, n_steps=2, rule="right"),
    ):
        assert not found.tokens.requires_grad
        assert torch.autograd.grad(found.logits.sum(), tiny.middle_weight(model))[0].any()


def test_it_works_where_gradients_are_off_and_embeddings_are_frozen(tiny):
    model = tiny.model("bert").eval().requires_grad_(False)
    ids, mask, targets = tiny.batch()
    embeddings, function = model.get_input_embeddings()(ids), tiny.logits_of(model, mask)
    with torch.no_grad():
        off = gradient_x_input(function, embeddings, targets).tokens
    torch.testing.assert_close(off, gradient_x_input(function, embeddings, targets).tokens)
    assert off.any()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_fused_attention_is_refused_and_can_be_switched(tiny, name):
    model = tiny.model(name, attention="sdpa")
    with pytest.raises(InputError, match=r"must be 'eager', got 'sdpa'.*set_attn_implementation"):
        require_eager(model)
    require_eager(use_eager(model))


def test_a_model_that_is_not_from_hugging_face_passes():
    plain = torch.nn.Linear(2, 2)
    assert use_eager(plain) is plain


def test_autocast_is_off_inside(tiny):
    model = tiny.model("bert").float().eval()
    ids, mask, targets = tiny.batch()
    embeddings, function = model.get_input_embeddings()(ids), tiny.logits_of(model, mask)
    expected = integrated_gradients(function, embeddings, targets, n_steps=2).tokens
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert function(embeddings).dtype == torch.bfloat16
        found = integrated_gradients(function, embeddings, targets, n_steps=2)
        simple = gradient_x_input(function, embeddings.bfloat16(), targets)
    assert found.tokens.dtype == simple.tokens.dtype == torch.float32
    torch.testing.assert_close(found.tokens, expected)


def test_a_replaced_layer_gives_the_model_from_there_on(tiny):
    model = tiny.model("roberta").eval()
    ids, mask, targets = tiny.batch()
    layer = tiny.middle_layer(model)
    with captured(layer) as taken:
        logits = model(ids, attention_mask=mask).logits

    def from_layer(hidden):
        with replaced(layer, hidden):
            return model(ids, attention_mask=mask).logits

    torch.testing.assert_close(from_layer(taken.output), logits)
    found = integrated_gradients(from_layer, taken.output, targets, n_steps=30)
    assert found.error.abs().max() < 1e-3
    with torch.no_grad():
        torch.testing.assert_close(model(ids, attention_mask=mask).logits, logits)


def test_a_word_shared_with_the_confusable_class_counts_nothing():
    weights = torch.tensor([[4.0, 4.0, 0.0], [3.0, 0.0, 0.0]])  # (word, class)

    def logits_of(inputs):
        return torch.einsum("nth,tc->nc", inputs, weights)

    inputs, target = torch.ones(1, 2, 1), torch.tensor([0])
    plain = gradient_x_input(logits_of, inputs, target)
    against = gradient_x_input(
        logits_of, inputs, target, confusable=torch.tensor([[False, True, False]])
    )
    assert plain.tokens.tolist() == [[4.0, 3.0]]
    assert against.tokens.tolist() == [[0.0, 3.0]]


def test_the_target_is_never_its_own_confusable_and_none_is_the_plain_score():
    logits = torch.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    targets = torch.tensor([0, 0])
    confusable = torch.tensor([[True, True], [True, False]])
    score = target_score(logits, targets, confusable)
    assert score.tolist() == [-1.0, 1.0]
    assert torch.autograd.grad(score.sum(), logits)[0].tolist() == [[1.0, -1.0], [1.0, 0.0]]


def test_a_text_without_any_slope_has_a_loss_with_a_slope(tiny):
    """The norm of a zero gradient is 0, and its own derivative is 0 too, not NaN."""
    weight = torch.zeros(1, requires_grad=True)
    found = gradient(
        lambda x: (x * weight).sum(dim=(1, 2))[:, None] ** 2,
        torch.ones(1, 2, 1),
        torch.tensor([0]),
        create_graph=True,
    )
    assert found.tokens.tolist() == [[pytest.approx(0, abs=1e-9)] * 2]
    assert torch.autograd.grad(found.tokens.sum(), weight)[0].item() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"n_steps": 0}, "at least 1, got 0"), ({"rule": "left"}, "'gauss' or 'right', got 'left'")],
)
def test_a_path_that_cannot_be_walked_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        integrated_gradients(lambda x: x[:, 0], torch.ones(1, 1, 2), torch.tensor([0]), **arguments)
