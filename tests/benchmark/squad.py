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
            name = re.sub(r"[^\w-]+", "_", article["title"]) + ".txt"
            paragraphs: list[str] = []
            offset = 0
            for paragraph in article["paragraphs"]:
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
                        line=len(questions) + 1,
                    )
                    questions.append(question)
                paragraphs.append(context)
                offset += len(context) + 2
            (folder / name).write_bytes("\n\n".join(paragraphs).encode("utf-8"))
    return questions


def _articles(file: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as content:
        yield from json.load(content)["data"]
