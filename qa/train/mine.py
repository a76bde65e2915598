"""Finds training passages with the program's own search: those it ranks highest for a question.

A passage that ranks high and does not answer is what the reader gets to see when the text is
silent. Searching takes a while, so the result is written to a file and read from there.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.types import Span
from qa import open_corpus
from qa.reader.decode import window_of
from qa.settings import NO_READER, Settings
from qa.train.batches import Report
from qa.train.questions import Paragraph, Question

FOUND = 16
"""How many passages are kept for each question."""
REPORT_QUESTIONS = 1000
BETWEEN = "\n\n"
"""Between two paragraphs of an article."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that search found for a question, with the rest of any sentence it cuts."""

    article: str
    """As in `Paragraph.article`."""
    span: Span
    """Of the article's text in `Articles`."""
    text: str
    title: str
    """Title of the article; empty if unknown."""


class Articles:
    """The articles of some questions, put together from their paragraphs."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.texts: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self._places: dict[Paragraph, Span] = {}
        for paragraph in dict.fromkeys(question.paragraph for question in questions):
            before = self.texts.get(paragraph.article)
            start = 0 if before is None else len(before) + len(BETWEEN)
            self.texts[paragraph.article] = (
                paragraph.text if before is None else before + BETWEEN + paragraph.text
            )
            self.titles[paragraph.article] = paragraph.title
            self._places[paragraph] = Span(start, start + len(paragraph.text))

    def place(self, paragraph: Paragraph) -> Span:
        """Return the span of a paragraph in its article's text."""
        return self._places[paragraph]

    def found(self, article: str, span: Span) -> Found:
        """Return a span of an article's text as a passage."""
        text = self.texts[article][span.start : span.end]
        return Found(article, span, text, self.titles[article])


def mine(
    questions: Sequence[Question], asked: Sequence[Question], out: Path, report: Report
) -> None:
    """Search the articles of `questions` for each question of `asked`; write what is found.

    The file has a JSON array per line: the question, its paragraph's article and the passages
    found, best first, each as the number of its article and its span.
    """
    articles = Articles(questions)
    names = list(articles.texts)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f"{out.name}.new")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as store:
        for number, name in enumerate(names):
            (Path(folder) / f"{number:05}.txt").write_bytes(articles.texts[name].encode("utf-8"))
        settings = Settings(reader=NO_READER, store=store)
        with open_corpus(folder, settings=settings) as corpus, gzip.open(temporary, "wt") as rows:
            corpus.sync()
            for done, question in enumerate(asked, start=1):
                found = []
                for hit in corpus.search(question.text, FOUND):
                    window = window_of(hit.passage)
                    number = int(Path(hit.passage.article.id).stem)
                    found.append([number, window.start, window.end])
                rows.write(json.dumps([question.text, question.paragraph.article, found]) + "\n")
                if done % REPORT_QUESTIONS == 0:
                    report(f"{out.name}: {done:,} of {len(asked):,} questions")
    temporary.replace(out)


def read_mined(file: Path, questions: Sequence[Question]) -> dict[tuple[str, str], list[Found]]:
    """Return the passages in a file that `mine` wrote, by question text and article.

    questions: the same as when it was written.
    """
    articles = Articles(questions)
    names = list(articles.texts)
    return {
        (text, article): [articles.found(names[n], Span(start, end)) for n, start, end in found]
        for text, article, found in _rows(file)
    }


def _rows(file: Path) -> Iterator[tuple[str, str, list[tuple[int, int, int]]]]:
    with gzip.open(file, "rt", encoding="utf-8") as rows:
        for row in rows:
            text, article, found = json.loads(row)
            yield text, article, found
