"""Asking small articles in this process, with the default model and the bundled reader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from index.types import Encoder
from qa.corpus import Corpus
from qa.settings import Settings
from qa.types import Reader, Response
from tests.support.case_articles import write_articles

NOT_YET: dict[str, list[str]] = {
    "the name of a file is not read": [
        "What did Arvid Holt drive?",
        "In which place was Selma Birk born?",
    ],
    "a passage of a table lacks the names of the columns": [
        "Who was the engineer of the lift Jochalm?",
    ],
    "a passage lacks the headings above it": [
        "What was fixed in 7.0?",
        "In which version was the talking clock removed?",
    ],
    "an answer runs across cells and lines": [
        "Who was the skipper of the Tern?",
    ],
    "subtitles are read as they are in the file": [
        "Who opened the quarry?",
        "When was the quarry opened?",
        "Where did the crane go?",
        "When was the quarry closed?",
    ],
    "feet of pages are read": [
        "What is the fine for jumping aboard after the bell?",
        "Who has the key to the chain?",
    ],
    "words are counted as missing by other rules than the search has": [
        "When was the château of Sélestat founded?",
        "Who founded the school of Vézère?",
        "Who burned the château of Vézère?",
        "Who hasn't repaired the bell?",
        "How often and since when doesn't the sexton's goat sleep?",
        "Who paints the ferry of Dak Lak?",
        "What is the idle timeout?",
        "How many sockets does the XML feed reader keep open?",
    ],
    "the end of a long question is not read": [
        "Who designed the water tower of Helmstad?",
        "How much does the water tower hold? Thank you for reading all of this!",
    ],
    "mail is read as plain text": [
        "Who sewed the torn sail?",
        "Who painted the buoy?",
    ],
    "an answer is cut within a name, a link or a number": [
        "In which city is the laboratory?",
        "What is the website of the laboratory?",
        "What is the dose?",
        "How many members does the laboratory have?",
    ],
    "vectors are kept by folder": [
        "the folder",
        "a part of it",
    ],
    "a quote has to be the same to the letter": [
        "line ends",
        "wrapping",
        "normal form",
    ],
    "comments answer": [
        "When was the ferry sunk?",
    ],
}
"""Questions and other cases that do not come out right yet, by what is missing."""


@dataclass(frozen=True)
class Asking:
    """Opens and asks the articles of a kind."""

    encoder: Encoder
    reader: Reader
    folder: Path

    def corpus(self, *paths: Path, encoding: str | None = None) -> Corpus:
        settings = Settings(store=self.folder / "stores", encoding=encoding)
        named = [str(path) for path in paths]
        return Corpus(named, encoder=self.encoder, reader=self.reader, settings=settings)

    def __call__(
        self, kind: str, question: str, *files: str, encoding: str | None = None
    ) -> Response:
        """Ask all articles of a kind, or only the files named."""
        folder = write_articles(self.folder / kind, kind)
        paths = [folder / name for name in files] or [folder]
        with self.corpus(*paths, encoding=encoding) as corpus:
            return corpus.ask(question)


def each(names: str, *rows: tuple[object, ...]) -> pytest.MarkDecorator:
    """Run a test for each row, named after its first value, which NOT_YET may contain."""
    return pytest.mark.parametrize(
        names,
        [
            pytest.param(
                *row,
                id=str(row[0])[-60:],
                marks=[
                    pytest.mark.xfail(strict=False, reason=reason)
                    for reason, cases in NOT_YET.items()
                    if row[0] in cases
                ],
            )
            for row in rows
        ],
    )


def first_answer(response: Response) -> str | None:
    """Return the first answer as people read it, without typographic marks around it."""
    return response.answers[0].shown.strip("`<>") if response.answers else None
