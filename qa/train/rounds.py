"""Draws the groups of a run, round by round: the same ones for the same seed and round."""

from __future__ import annotations

import random
from collections.abc import Sequence

from qa.train.examples import Example, Examples
from qa.train.groups import WITH_CONTEXT, Group, context_line, groups_of, with_context
from qa.train.questions import Question
from qa.train.sets import QuestionSet
from qa.train.tables import table_groups

RETRIEVED = 700
"""Questions a round of each set that is not used whole."""
RULES = 5000
"""Examples a round that are made by rules; each is a group of its own."""
TABLES = 1000
"""Questions about invented tables a round."""
CHANGED_NAMES = ("exchanged in window", "exchanged in both")
"""Kinds of examples whose text may contradict its title."""


class Rounds:
    """Draws groups from four sources; a round has about 900 batches of 32 texts."""

    def __init__(
        self,
        whole: QuestionSet,
        others: Sequence[QuestionSet],
        examples: Examples,
        seed: int,
        *,
        tables: int = TABLES,
    ) -> None:
        """Draw from these.

        whole: its questions are all used in each round. They are few and the most valuable: people
            wrote them about paragraphs that do not answer.
        others: RETRIEVED of their questions are used in each round.
        examples: RULES of them are used in each round.
        tables: questions about invented tables in each round.
        """
        self._whole = whole
        self._others = others
        self._examples = examples
        self._seed = seed
        self._tables = tables

    def round(self, number: int) -> list[Group]:
        """Return the groups of a round, in random order. number: counted from 0."""
        rng = random.Random(f"{self._seed}:round:{number}")
        groups = groups_of(self._whole, self._whole.questions, rng)
        for questions in self._others:
            usable = [question for question in questions.questions if questions.found(question)]
            asked = rng.sample(usable, min(RETRIEVED, len(usable)))
            groups += groups_of(questions, asked, rng)
        groups += [
            Group((_titled(question, example, rng),))
            for question, example in self._examples.drawn(number, RULES)
        ]
        groups += table_groups(self._tables, rng)
        rng.shuffle(groups)
        return groups


def _titled(question: Question, example: Example, rng: random.Random) -> Example:
    title = question.paragraph.title
    if not title or example.kind in CHANGED_NAMES or rng.random() >= WITH_CONTEXT:
        return example
    return with_context(example, context_line(title, rng))
