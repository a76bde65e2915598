"""Reads damaged and hostile files: does anything crash or hang, or is anything quoted wrongly?

    python -m tests.benchmark.damaged [FOLDER] [--count 50] [--seed 1]

Of each format, `--count` files are cut off, as many have flipped bits, and as many of those that
are zip archives have flipped bits in the files inside. They are made of small files, and of those
in FOLDER. The hostile ones are listed in `tests/support/hostile_files.py`.

All of them are indexed as one folder. Each must then be an article or be named with a reason.
Every passage is saved as a quote, and verified against the files. The exit code is 1 if a promise
is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from index.formats.base import Unreadable
from index.isolated.reader import IsolatedReader
from index.load import read
from index.scan import Source
from index.split import split
from index.types import Article, Hit, Passage
from index.walk import scan
from qa.answers.verify import verify
from qa.answers.wire import to_wire
from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from qa.types import Answer, Response
from tests.support.encoder import HashedWordsEncoder
from tests.support.hostile_files import SECRET, hostile_files
from tests.support.sample_files import Damage, damaged, samples

MAX_SECONDS = 20
CRASHED = "the parser crashed"
ENCODER = HashedWordsEncoder()


@dataclass(slots=True)
class Figures:
    """What came of the files of a format."""

    files: int = 0
    articles: int = 0
    refused: dict[str, Unreadable] = field(default_factory=dict)
    """Why files were refused, by name."""
    crashed: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    """Files into which the text of another file got."""
    wrong: list[str] = field(default_factory=list)
    """Quotes that are not in the file as cited."""
    quotes: int = 0
    slowest: tuple[float, str] = (0.0, "")

    @property
    def broken(self) -> list[str]:
        """What broke a promise, in words."""
        each = {
            "crash": self.crashed,
            "hang": self.hung,
            "unnamed": self.unnamed,
            "leak": self.leaked,
            "wrong quote": self.wrong,
        }
        return [f"{what}: {name}" for what, names in each.items() for name in names]


def write_files(folder: Path, given: Path | None, count: int, seed: int) -> None:
    """Write the files, those of each format in a folder of its own."""
    whole = defaultdict(list)
    for suffix, content in samples().items():
        whole[suffix].append(content)
    for file in sorted(given.iterdir()) if given else []:
        if file.suffix in whole and (content := file.read_bytes()):
            whole[file.suffix].append(content)
    for suffix, contents in whole.items():
        chance = random.Random(f"{seed} {suffix}")
        (folder / suffix[1:]).mkdir(parents=True)
        for damage in get_args(Damage):
            for number in range(count):
                content = damaged(contents[number % len(contents)], damage, chance)
                (folder / suffix[1:] / f"{damage} {number}{suffix}").write_bytes(content)


def write_hostile_files(folder: Path) -> None:
    folder.mkdir()
    for name, content in hostile_files():
        (folder / name).write_bytes(content)


def examine(root: Path, store: Path) -> dict[str, Figures]:
    """Return what came of the files in each folder below a root. store: for indexing them."""
    figures: dict[str, Figures] = defaultdict(Figures)
    sources = scan([str(root)]).sources
    read_each(sources, figures)
    with Corpus(
        [str(root)], encoder=ENCODER, reader=SentenceReader(), settings=Settings(store=store)
    ) as corpus:
        check_named(corpus, sources, figures)
        check_quotes(corpus, root, figures)
    return figures


def read_each(sources: Sequence[Source], figures: dict[str, Figures]) -> None:
    """Read each file, as indexing does."""
    with IsolatedReader() as isolated:
        for source in sources:
            own = figures[source.id.partition("/")[0]]
            own.files += 1
            began = time.perf_counter()
            try:
                article = read(source, isolated=isolated).article
            except Unreadable as error:
                own.refused[source.id] = error
                if error.detail == CRASHED:
                    own.crashed.append(source.id)
            else:
                own.articles += 1
                if SECRET in article.text:
                    own.leaked.append(source.id)
            seconds = time.perf_counter() - began
            own.slowest = max(own.slowest, (seconds, source.id))
            if seconds > MAX_SECONDS:
                own.hung.append(source.id)


def check_named(corpus: Corpus, sources: Sequence[Source], figures: dict[str, Figures]) -> None:
    """Index all files; each must be an article or be named with a reason."""
    report = corpus.sync()
    named = {skip.id for skip in report.skipped if skip.reason}
    articles = corpus.articles()
    for source in sources:
        if source.id not in articles and source.id not in named:
            figures[source.id.partition("/")[0]].unnamed.append(source.id)


def check_quotes(corpus: Corpus, root: Path, figures: dict[str, Figures]) -> None:
    """Quote every passage of every article, and verify that."""
    articles = (article for id in corpus.articles() if (article := corpus.article(id)))
    quoted = [to_wire(response) for article in articles for response in _quotes(article)]
    for one in verify(quoted, root=root):
        citation = one.quote.citation
        own = figures[citation.article.partition("/")[0] if citation else "hostile"]
        own.quotes += 1
        if one.verdict != "stands":
            own.wrong.append(f"{one.verdict} {citation.article if citation else ''} {one.detail}")


def _quotes(article: Article) -> Iterator[Response]:
    """Yield responses that quote the passages of an article."""
    spans = split(article, count_tokens=ENCODER.count_tokens, max_tokens=ENCODER.max_tokens)
    for span in spans:
        passage = Passage(article, span)
        yield Response(
            question="What does it say?",
            outcome="answered",
            answers=(Answer(passage, span, 1.0),),
            hits=(Hit(passage, rank=1, score=1.0, cosine=1.0, bm25=1.0),),
            confidence=1.0,
            unknown_words=(),
            timings_ms={},
        )


def report(figures: dict[str, Figures]) -> None:
    print("         files  articles  refused  quotes  broken  slowest")
    for name, own in figures.items():
        seconds, file = own.slowest
        print(
            f"{name:<8}{own.files:6}{own.articles:10}{len(own.refused):9}{own.quotes:8}"
            f"{len(own.broken):8}  {seconds:4.1f} s  {os.path.basename(file)}"
        )
    refused = [error for own in figures.values() for error in own.refused.values()]
    reasons = Counter(error.reason for error in refused)
    print("refused:", ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))
    for own in figures.values():
        print(*own.broken, sep="\n", end="\n" if own.broken else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="say why files are refused")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root, store = Path(temporary, "files"), Path(temporary, "store")
        write_files(root, options.folder, options.count, options.seed)
        write_hostile_files(root / "hostile")
        figures = examine(root, store)
    if options.verbose:
        for own in figures.values():
            for name, error in own.refused.items():
                print(f"{name}: {error.reason}", f"({error.detail})" if error.detail else "")
    report(figures)
    return int(any(own.broken for own in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
