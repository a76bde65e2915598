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

NOT_YET = {
    "When was the quarry closed?": "the reader takes the year of another event",
    "Who paints the ferry of Dak Lak?": "đ and d are different letters to the search",
    "In which city is the laboratory?": "an answer ends at a comma before an abbreviation",
    "What is the fine for jumping aboard after the bell?": "the reader stops at an and",
}
"""Cases that do not come out right yet, and why."""


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
    cases = []
    for row in rows:
        reason = NOT_YET.get(str(row[0]))
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        cases.append(pytest.param(*row, id=str(row[0])[-60:], marks=marks))
    return pytest.mark.parametrize(names, cases)


def first_answer(response: Response) -> str | None:
    """Return the first answer as people read it, without typographic marks around it.

    If the reader is unsure, the closest words: which words are quoted does not depend on that.
    """
    return response.quoted[0].shown.strip("`<>") if response.quoted else None
