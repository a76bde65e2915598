"""Turns files in SQuAD's format into a folder of articles, and questions with gold spans."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.types import Span
from qa.eval.gold import Asked, GoldSpan
from qa.train.sets import HELD_BACK

HALVES = ("first", "held-back", "second", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class SquadQuestion(Asked):
    """A question with gold spans and their texts; it always names its article."""

    article: str
    paragraph: Span
    """The span of the article's text that it was asked about."""


def write_articles(files: Sequence[Path], folder: Path) -> list[SquadQuestion]:
    """Write a text file per article, with blank lines between paragraphs; return the questions."""
    questions: list[SquadQuestion] = []
    for file in files:
        for article in _articles(file):
            questions += _written(_name(article), article["paragraphs"], folder, len(questions))
    return questions


def write_halves(files: Sequence[Path], folder: Path) -> list[SquadQuestion]:
    """Write two text files per article, each with every other paragraph; return the questions.

    The files have the same name, in folders "1" and "2". A question names the file with its
    paragraph; `other_half` names the one without it.
    """
    questions: list[SquadQuestion] = []
    for file in files:
        for article in _articles(file):
            for part in (0, 1):
                (folder / str(part + 1)).mkdir(exist_ok=True)
                name, paragraphs = f"{part + 1}/{_name(article)}", article["paragraphs"][part::2]
                questions += _written(name, paragraphs, folder, len(questions))
    return questions


def other_half(name: str) -> str:
    """Return the id of the other half of an article, as `write_halves` wrote it."""
    part, _, rest = name.partition("/")
    return f"{3 - int(part)}/{rest}"


def half_of(questions: Sequence[SquadQuestion], half: str) -> list[SquadQuestion]:
    """Return the questions about some of the articles.

    half: one of HALVES. The reader is trained on the first half, but for the articles "held-back":
        they choose among its checkpoints, and the decision is fitted on them. The second half is
        only for reports.
    """
    names = sorted({question.article.rpartition("/")[2] for question in questions})
    first, second = names[: len(names) // 2], names[len(names) // 2 :]
    parts = {"first": first, "second": second, "all": names, "held-back": first[-HELD_BACK:]}
    chosen = set(parts[half])
    return [question for question in questions if question.article.rpartition("/")[2] in chosen]


def paragraphs_in(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the paragraphs of a file as they are in it, with their questions."""
    for article in _articles(file):
        yield from article["paragraphs"]


def _name(article: dict[str, Any]) -> str:
    return re.sub(r"[^\w-]+", "_", article["title"]) + ".txt"


def _written(
    name: str, paragraphs: Sequence[dict[str, Any]], folder: Path, count: int
) -> list[SquadQuestion]:
    """Write paragraphs to a file and return their questions. count: of the questions before."""
    questions: list[SquadQuestion] = []
    offset = 0
    for paragraph in paragraphs:
        context = paragraph["context"]
        for asked in paragraph["qas"]:
            answers = [] if asked.get("is_impossible") else asked["answers"]
            starts = {(a["answer_start"], len(a["text"])) for a in answers}
            question = SquadQuestion(
                asked["question"],
                spans=tuple(
                    GoldSpan(name, Span(offset + s, offset + s + n), context[s : s + n])
                    for s, n in sorted(starts)
                ),
                article=name,
                paragraph=Span(offset, offset + len(context)),
                id=str(asked["id"]),
                line=count + len(questions) + 1,
            )
            questions.append(question)
        offset += len(context) + 2
    text = "\n\n".join(paragraph["context"] for paragraph in paragraphs)
    (folder / name).write_bytes(text.encode("utf-8"))
    return questions


def _articles(file: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as content:
        yield from json.load(content)["data"]
