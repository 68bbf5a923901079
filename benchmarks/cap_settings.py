"""What `benchmarks/cap.py` compares: every way to teach a text student, and its controls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PLAIN = "plain"
PRIOR, TEXTS, CROSSED, BOTH = "prior", "texts", "crossed", "both"
REWRITES, CUES = "rewrites", "cues"
SHUFFLED = "shuffled"


@dataclass(frozen=True)
class Setting:
    """One way to train.

    Attributes
    ----------
    about
        What it is, for the table.
    priors
        Names in `cap_priors.SOURCES`; several are fused.
    how
        How several are fused.
    form
        What is made of the priors: ``"prior"`` aligns the student with them; ``"texts"`` makes
        copies without weak words, ``"both"`` does both, ``"crossed"`` makes copies with words of
        confusable classes inserted.
    control
        ``"shuffled"``, ``"random"``, ``"uniform"`` or ``"even"``: what is done to the priors.
    data
        What else the teacher wrote that is trained on: ``"rewrites"``, ``"cues"``.
    as_many_steps
        Whether the steps are those of the training set with rewrites.
    arguments
        Other arguments of the student.
    """

    about: str
    priors: tuple[str, ...] = ()
    how: str = "mean"
    form: str = PRIOR
    control: str | None = None
    data: tuple[str, ...] = ()
    as_many_steps: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)


RATED = ("ratings",)
# How students were aligned before integrated gradients were found to be worth their price.
BY_PRODUCT = {"attribution": "gradient_x_input", "guided_share": 0.5}
CAP = ("masked", "lime", "gradients")
SETTINGS = {
    PLAIN: Setting("labels only"),
    "plain, more steps": Setting("labels only, as many steps as with rewrites", as_many_steps=True),
    "ratings": Setting("aligned to words rated by a chat model (recorded)", RATED),
    "ratings, shuffled": Setting(
        "aligned to the same ratings of other words", RATED, control=SHUFFLED
    ),
    "ratings as texts": Setting("copies without words rated low", RATED, form=TEXTS),
    "ratings as texts, shuffled": Setting(
        "copies without words of low shuffled ratings", RATED, form=TEXTS, control=SHUFFLED
    ),
    "ratings + as texts": Setting(
        "aligned to the ratings, and copies without words rated low", RATED, form=BOTH
    ),
    "ratings + as texts, shuffled": Setting(
        "the same with shuffled ratings", RATED, form=BOTH, control=SHUFFLED
    ),
    "card texts": Setting("the cue phrases of class cards as texts (recorded)", data=(CUES,)),
    "rewrites": Setting(
        "3 paraphrases and 2 distractor versions a text (recorded)", data=(REWRITES,)
    ),
    "rewrites + ratings": Setting("and aligned to the ratings", RATED, data=(REWRITES,)),
    "rewrites + shuffled": Setting(
        "and aligned to shuffled ratings", RATED, control=SHUFFLED, data=(REWRITES,)
    ),
    "everything": Setting(
        "rewrites, card texts, copies without words rated low",
        RATED,
        form=TEXTS,
        data=(REWRITES, CUES),
    ),
    "everything, shuffled": Setting(
        "the same with shuffled ratings", RATED, form=TEXTS, control=SHUFFLED, data=(REWRITES, CUES)
    ),
    "cards": Setting("aligned to words scored by class cards (recorded)", ("cards",)),
    "masked": Setting("CAP by masks, an encoder's zero-shot scores, gold target", ("masked",)),
    "masked, contrast": Setting("the same, against the confusable classes", ("contrast",)),
    "ig": Setting("integrated gradients of the plain student", ("gradients",)),
    "lime": Setting("LIME of the plain student", ("lime",)),
    "hybrid, mean": Setting("masked CAP, LIME and IG, mean", CAP),
    "hybrid, max": Setting("masked CAP, LIME and IG, max", CAP, how="max"),
    "told, mean": Setting("ratings, cards and masked CAP, mean", ("ratings", "cards", "contrast")),
    "ratings, contrastive": Setting(
        "ratings; contributions to the logit against the confusable classes",
        RATED,
        arguments={"contrast": True},
    ),
    "ratings, gradient x input": Setting(
        "aligned by gradient times input, not integrated gradients", RATED, arguments=BY_PRODUCT
    ),
    "ratings, shuffled, gradient x input": Setting(
        "the same with shuffled ratings", RATED, control=SHUFFLED, arguments=BY_PRODUCT
    ),
    "ratings, strength by data": Setting(
        "aligned; the strength is chosen on a held-out fifth",
        RATED,
        arguments={"alignment": "auto"},
    ),
    "ratings, whole batches": Setting(
        "aligned; every text of a batch is guided, not half of them",
        RATED,
        arguments={"guided_share": 1.0},
    ),
    "random": Setting("aligned to random word scores", RATED, control="random"),
    "uniform": Setting("aligned to the same score for every word", RATED, control="uniform"),
    "cards as texts": Setting(
        "copies without words that the cards score low", ("cards",), form=TEXTS
    ),
    "masked as texts": Setting(
        "copies without words that CAP scores low", ("contrast",), form=TEXTS
    ),
    "lime as texts": Setting("copies without words that LIME scores low", ("lime",), form=TEXTS),
    "uniform as texts": Setting(
        "copies without as many words, whatever they are", RATED, form=TEXTS, control="even"
    ),
    "neighbours inserted": Setting(
        "rated words of confusable classes inserted", RATED, form=CROSSED
    ),
}
# The settings that the claims rest on; they get more seeds.
NAMED = tuple(SETTINGS)[:14]
