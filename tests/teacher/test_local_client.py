import pytest

from tutelage.errors import TeacherSetupError
from tutelage.teacher.exchange import Message, Question
from tutelage.teacher.local_client import LocalClient
from tutelage.teacher.teacher import Teacher

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

WORDS = ["<unk>", "<end>", "is", "the", "card", "lost", "yes", "no", "not", "sure"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny random model with a vocabulary of ten words."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    path = tmp_path_factory.mktemp("tiny")
    words = Tokenizer(
        models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", eos_token="<end>"
    )
    tokenizer.save_pretrained(path)
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.LlamaForCausalLM(config).save_pretrained(path)
    return str(path)


def asked(labels=(), sample=0, sampling="{}"):
    message = Message("user", "is the card lost")
    return Question(
        "hf:tiny", "free/v1", "", (message,), sampling, sample=sample, labels=labels, max_tokens=6
    )


def test_likelihoods_are_those_of_the_model_whatever_the_labels_beside(folder):
    client = LocalClient(folder)
    labels = ("yes", "not sure", "no")
    told = dict(client.reply(asked(labels)).likelihoods)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt = [WORDS.index(word) for word in ["is", "the", "card", "lost"]]
    for label in labels:
        ending = [WORDS.index(word) for word in label.split()]
        with torch.inference_mode():
            logs = model(torch.tensor([prompt + ending])).logits[0].log_softmax(-1)
        expected = sum(float(logs[len(prompt) - 1 + n, t]) for n, t in enumerate(ending))
        assert told[label] == pytest.approx(expected, abs=1e-5)
        alone = dict(client.reply(asked((label,))).likelihoods)
        assert alone[label] == pytest.approx(told[label], abs=1e-5)
    assert client.reply(asked(labels)).text == max(told, key=told.get)


def test_the_same_question_gets_the_same_answer_and_a_repeat_another(folder):
    first, second = LocalClient(folder), LocalClient(folder)
    assert first.reply(asked()) == second.reply(asked())
    assert len({first.reply(asked(sample=n)).text for n in range(8)}) > 1
    greedy = {first.reply(asked(sample=n, sampling='{"temperature":0}')).text for n in range(4)}
    assert len(greedy) == 1
    answer = first.reply(asked())
    assert (answer.usage.tokens_in, answer.finish) == (4, answer.finish)
    assert answer.usage.tokens_out <= 6


def test_generation_leaves_the_global_seed_alone(folder):
    client = LocalClient(folder)
    client.reply(asked())
    torch.manual_seed(5)
    expected = torch.rand(3).tolist()
    torch.manual_seed(5)
    client.reply(asked(sample=1))
    assert torch.rand(3).tolist() == expected


def test_a_local_model_is_a_teacher(folder, tmp_path):
    with Teacher(f"hf:{folder}", answers=tmp_path / "a.sqlite") as teacher:
        (answer,) = teacher.ask([asked(("yes", "no"))])
        assert {label for label, _ in answer.likelihoods} == {"yes", "no"}
        assert teacher.ask([asked(("yes", "no"))]) == [answer]


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(TeacherSetupError, match=r"must be a folder with config\.json and weights"):
        LocalClient(str(tmp_path)).reply(asked())
