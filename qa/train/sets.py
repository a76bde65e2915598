"""Divides the questions of the files: what is trained on, and what checkpoints are chosen by."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.train.batches import Report
from qa.train.mine import Articles, Found, mine, read_mined
from qa.train.questions import Question, read_questions

HELD_BACK = 2
"""Articles of the dev file's first half that are not trained on; checkpoints are chosen by them."""
MAX_MINED = 6000
"""Questions of a set that passages are searched for, at most."""

MinedOf = dict[tuple[str, str], list[Found]]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions about articles that are searched together."""

    name: str
    questions: list[Question]
    articles: Articles
    mined: MinedOf
    """The passages that search found, by text and article of the question."""

    def found(self, question: Question) -> list[Found]:
        """Return the passages that search found for a question, best first; empty if none."""
        return self.mined.get((question.text, question.paragraph.article), [])


def read_dev(file: Path) -> tuple[list[Question], list[Question]]:
    """Return the questions to train on and those to choose checkpoints by.

    Both are of the first half of the file's articles by title: the last HELD_BACK of them are for
    choosing. The second half of the articles is for reports alone and is not returned.
    """
    questions = read_questions([file], unmarked=True)
    names = sorted({question.paragraph.article for question in questions})
    half = names[: len(names) // 2]
    trained, chosen = set(half[:-HELD_BACK]), set(half[-HELD_BACK:])
    return (
        [question for question in questions if question.paragraph.article in trained],
        [question for question in questions if question.paragraph.article in chosen],
    )


def question_set(
    name: str, questions: Sequence[Question], folder: Path, report: Report, *, most: int = MAX_MINED
) -> QuestionSet:
    """Return the questions with the passages that search finds for them.

    The passages are stored in `folder` and searched for only once. most: questions to search for.
    """
    file = folder / f"{name}.jsonl.gz"
    if not file.exists():
        asked = random.Random(name).sample(list(questions), min(most, len(questions)))
        mine(questions, asked, file, report)
    return QuestionSet(name, list(questions), Articles(questions), read_mined(file, questions))
