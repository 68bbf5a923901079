"""A dozen texts without labels, and a teacher that labels and explains them from their words."""

import json
from contextlib import suppress

from tests.cli.text_cases import TEST_TEXTS, card, rows_of, write_texts
from tests.students.tiny_encoders import tiny_encoder

from tutelage.errors import BadTextAnswer
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher

TASK = "Tell what somebody wants of an alarm clock."
CLASSES = ("set", "query", "cancel")
SAID = [text for text, _ in rows_of()]
TRUTH = dict((*rows_of(), *rows_of(TEST_TEXTS)))
REASONS = {
    "set": "somebody is to be woken at six or seven",
    "query": "it is a question about which alarms are on",
    "cancel": "what was on is to stop and is not wanted",
}


def text_of(question):
    """Return the text that a question is about; it may be put again, with complaints."""
    asked = question.messages[1].content.rpartition("<<< text >>>\n")[2]
    return asked.partition("\n<<<")[0]


def helpful(question):
    """Answer with the label of the text, and with a reason."""
    label = TRUTH[text_of(question)]
    return {"label": label, "rationale": REASONS[label]}


def describing(question):
    """Answer as :func:`helpful`, and describe the classes when asked for class cards."""
    if question.prompt.startswith("class_cards/"):
        return {"cards": [card(label) for label in CLASSES]}
    return helpful(question)


def write_tape(path, answer=helpful, texts=SAID, classes=CLASSES, *, cards=False, **how):
    """Write a tape that answers what fit asks about the texts; returns the path."""
    client = ScriptedClient(answer)
    with Teacher(client, name="openai:some-model", answers=path.with_suffix(".sqlite")) as teacher:
        with suppress(BadTextAnswer):  # what was said is stored all the same
            teacher.rationales(texts, dict.fromkeys(classes, ""), task=TASK, **how)
        if cards:
            teacher.class_cards(dict.fromkeys(classes, ""), task=TASK)
        return teacher.store.export(path)


def write_job(folder):
    """Write an encoder, texts without and with labels, and a tape; returns the folder."""
    for part in tiny_encoder():
        part.save_pretrained(folder / "encoder")
    write_csv(folder / "texts.csv")
    write_texts(folder / "few.csv", TEST_TEXTS)
    write_tape(folder / "tape.jsonl", describing, cards=True)
    return folder


def write_csv(path, texts=SAID, column="said"):
    """Write a CSV of texts without labels; returns the path."""
    path.write_text("\n".join([column, *(json.dumps(text) for text in texts)]) + "\n")
    return path
