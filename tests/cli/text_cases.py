"""A dozen texts with labels, and a teacher's answers about them."""

import json
import re

from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher

TASK = "Tell what somebody wants of an alarm clock."
TEXTS = {
    "set": ["set the alarm for six", "wake me at seven", "please wake me at six", "set it"],
    "query": ["which alarms are on", "what alarms are set", "is the alarm on", "what is set"],
    "cancel": ["cancel the alarm", "stop my alarm", "cancel it please", "stop it"],
}
TEST_TEXTS = {
    "set": ["wake me tomorrow", "set my alarm"],
    "query": ["which is on", "are the alarms on"],
    "cancel": ["please stop it", "cancel my alarms"],
}
CUES = {"set": "wake me", "query": "which alarms", "cancel": "cancel the alarm"}
SHARED = ("alarm", "it")


def write_texts(path, texts=TEXTS, column="said", target="intent"):
    """Write a CSV of texts; returns the path."""
    lines = [f'"{text}",{label}' for label, listed in texts.items() for text in listed]
    path.write_text("\n".join([f"{column},{target}", *lines]) + "\n")
    return path


def rows_of(texts=TEXTS):
    return [(text, label) for label, listed in texts.items() for text in listed]


TEXT = re.compile(r"^text (\d+)(?:, label \"(\w+)\")?(?:: |\n)(.*)$", re.MULTILINE)


def answer(question):
    """Answer a question about the texts above from its own words."""
    kind, asked = question.prompt.split("/")[0], question.messages[-1].content
    if kind == "class_cards":
        return {"cards": [card(label) for label in TEXTS]}
    entries = {"word_ratings": rating, "rewrites": rewritten, "rewrite_check": checked}[kind]
    found = [(int(n), label, json.loads(text)) for n, label, text in TEXT.findall(asked)]
    return {"texts": [{"text": n, **entries(label, text)} for n, label, text in found]}


def card(label):
    others = [{"label": other, "tell": f"is no {other}"} for other in TEXTS if other != label]
    return {
        "label": label,
        "definition": f"Somebody wants to {label}.",
        "cues": [CUES[label], f"{label} it"],
        "shared": list(SHARED),
        "confusable": others,
    }


def rating(label, words):
    scores = [8 if word in CUES[label].split() else 0 for word in words]
    return {"words": words, "scores": scores, "confusable": [x for x in TEXTS if x != label][:1]}


def rewritten(label, text):
    return {
        "paraphrases": [f"{n} {CUES[label]} {text}" for n in ("now", "today", "soon")],
        "distractors": [f"not music {text} {label}", f"no call {text} {label}"],
    }


def checked(label, text):
    del label
    fits = [name for name in TEXTS if CUES[name] in text or text.endswith(name)]
    return {"label": fits[0]}


def write_tape(path, texts=TEXTS, task=TASK, kinds=("cards", "rewrites", "ratings")):
    """Write a tape that answers what fit asks about the texts; returns the path."""
    said, labels = zip(*rows_of(texts), strict=True)
    classes = sorted(set(labels))
    client = ScriptedClient(answer)
    with Teacher(client, name="openai:some-model", answers=path.with_suffix(".sqlite")) as teacher:
        if "cards" in kinds:
            teacher.class_cards(classes, task=task)
        if "rewrites" in kinds:
            teacher.rewrites(said, labels, classes, task=task)
        if "ratings" in kinds:
            teacher.word_priors(said, labels, classes, task=task)
        return teacher.store.export(path)
