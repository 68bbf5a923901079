"""Teacher.feature_shapes: thresholds and products of columns that a teacher states."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.errors import TeacherSetupError
from tutelage.lessons.feature_shape import FeatureShape
from tutelage.teacher.asking import Tally
from tutelage.teacher.one_teacher import Missing, OneTeacher, Progress
from tutelage.teacher.origin import origin_of, origins_together
from tutelage.teacher.panel import plans_together
from tutelage.teacher.plan import Plan
from tutelage.teacher.privacy import Scrubber, flag_orders
from tutelage.teacher.settings import check_count
from tutelage.teacher.shape_question import (
    SCORES_PER_SHAPE,
    ShapeJob,
    shape_reader,
    shapes_together,
)
from tutelage.teacher.task_card import Columns, TaskCard, as_card, words_of
from tutelage.teacher.text_runs import Run
from tutelage.teacher.text_task import Addressee


class ShapeMethods:
    """The part of :class:`~tutelage.teacher.teacher.Teacher` that asks about shapes.

    It holds no state but what Teacher sets up, and is of no use alone.
    """

    members: tuple[OneTeacher, ...]
    last_tally: Tally
    last_flags: list[tuple[str, str]]
    last_scrubber: Scrubber

    def feature_shapes(
        self,
        task: str | TaskCard,
        columns: Columns | None = None,
        classes: Sequence[object] | None = None,
        *,
        most: int = 5,
        prompt: str | None = None,
        missing: Missing = "refuse",
        progress: Progress | None = None,
    ) -> tuple[FeatureShape, ...]:
        """Ask for what straight lines miss: thresholds, and columns that act together.

        The list of shapes is closed (see :class:`~tutelage.lessons.FeatureShape`); an answer is
        read as data and never executed. A wrong shape costs as much as a right one brings, so
        read them before you use them. Columns with categories are not asked about.

        Parameters
        ----------
        task, columns, classes
            As :meth:`feature_prior`. With two classes the teacher is asked about the last only.
        most
            Most shapes per class, >= 1; the teacher may state fewer, or none.
        prompt
            Version of the prompt.
        missing
            ``"refuse"``: an answer that still has problems after the last attempt is an error.
            ``"allow"``: the usable shapes of it are kept, with a warning.
        progress
            Called with (questions done, questions in all) after each.

        Returns
        -------
        shapes
            Class by class. Of several teachers, each shape has the mean of its scores; one who
            did not state it counts as 0.

        Raises
        ------
        CardError
            When no column holds numbers.
        BadAnswer, BudgetExceeded, TapeMiss, ClientError
            As :meth:`feature_prior`.

        Examples
        --------
        >>> from tutelage.teacher.teacher import Teacher
        >>> def know_sugar(messages):
        ...     high = {"kind": "above", "columns": ["sugar"], "at": [140], "score": 8}
        ...     return {"shapes": [high]}
        >>> teacher = Teacher(know_sugar)
        >>> [high] = teacher.feature_shapes("Predict who is ill.", ["sugar"], ["no", "ill"])
        >>> high.name, high.label, high.score
        ('sugar above 140', 'ill', 0.8)
        """
        if missing not in ("refuse", "allow"):
            raise TeacherSetupError(f"missing must be 'refuse' or 'allow', got {missing!r}.")
        job = self._shape_job(as_card(task, columns, classes), most, prompt)
        self.last_tally = Tally()
        self.last_flags = flag_orders(words_of(job.card))
        run = Run(self.members, self.last_tally, missing, progress)
        said, origins = [], []
        for place, member in enumerate(self.members):
            asked = job.questions(_addressee(member))
            heard = run.put(place, [(q.question, shape_reader(job, q.label)) for q in asked])
            said.append([shape for elicited in heard for shape in elicited.reading])
            origins.append(
                origin_of(heard, teacher=member.title, task=job.card.task, notes=member.notes)
            )
        return shapes_together(said, origins_together(origins))

    def plan_feature_shapes(
        self,
        task: str | TaskCard,
        columns: Columns | None = None,
        classes: Sequence[object] | None = None,
        *,
        most: int = 5,
        prompt: str | None = None,
    ) -> Plan:
        """Return what :meth:`feature_shapes` would take; nothing is sent.

        >>> from tutelage.teacher.teacher import Teacher
        >>> plan = Teacher(lambda messages: "{}").plan_feature_shapes(
        ...     "Predict who is ill.", ["sugar"], ["no", "a bit", "ill"])
        >>> plan.n_calls
        3
        """
        job = self._shape_job(as_card(task, columns, classes), most, prompt)
        return plans_together(
            [
                member.plan_of(
                    [
                        (asked.question, SCORES_PER_SHAPE * most)
                        for asked in job.questions(_addressee(member))
                    ]
                )
                for member in self.members
            ]
        )

    def _shape_job(self, card: TaskCard, most: int, prompt: str | None) -> ShapeJob:
        check_count("most", most)
        self.last_scrubber = Scrubber()
        wanted = any(member.settings.scrub for member in self.members)
        return ShapeJob(card, most, prompt, self.last_scrubber if wanted else None)


def _addressee(member: OneTeacher) -> Addressee:
    return Addressee(member.name, member.sampling, member.settings.max_tokens)
