"""Compares the main text of web pages with what people marked, for this program and trafilatura.

    python -m tests.benchmark.main_text FOLDER

FOLDER is a copy of https://github.com/scrapinghub/article-extraction-benchmark, with
`ground-truth.json` and `html/`, or has pages `NAME.html`, each with a `NAME.gold.json` that has its
main text as `text`.

Texts are compared by their runs of four words, as that benchmark does: precision and recall of
each page, their means over all pages, and the F1 of these means.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.formats.base import Unreadable
from index.formats.html import HTML

RUN_WORDS = 4
RECORDS = ("Author: ", "Date", "Site: ", "Address: ")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A page whose main text is known."""

    name: str
    content: bytes
    main_text: str


def pages_in(folder: Path) -> Iterator[MarkedPage]:
    truth = folder / "ground-truth.json"
    if truth.exists():
        for name, row in json.loads(truth.read_text("utf-8")).items():
            content = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
            yield MarkedPage(name, content, row.get("articleBody", ""))
        return
    for file in sorted(folder.glob("*.gold.json")):
        name = file.name.removesuffix(".gold.json")
        text = json.loads(file.read_text("utf-8"))["text"]
        yield MarkedPage(name, (folder / f"{name}.html").read_bytes(), text)


def read_here(content: bytes) -> str:
    """Return the main text, without the title and the records that come first."""
    try:
        document = HTML.read(content, None)
    except Unreadable:
        return ""
    blocks = list(document.structure)
    if blocks and blocks[0].kind == "heading":
        blocks = blocks[1:]
    while blocks and document.text.startswith(RECORDS, blocks[0].span.start):
        blocks = blocks[1:]
    return document.text[blocks[0].span.start :] if blocks else ""


def read_by_trafilatura(content: bytes) -> str:
    from trafilatura import extract

    return extract(content, include_comments=False) or ""


READERS: dict[str, Callable[[bytes], str]] = {
    "article-qa": read_here,
    "trafilatura": read_by_trafilatura,
}


def precision_and_recall(given: str, gold: str) -> tuple[float, float]:
    ours, theirs = _runs(given), _runs(gold)
    if ours == theirs:
        return 1.0, 1.0
    shared = (ours & theirs).total()
    return shared / max(ours.total(), 1), shared / max(theirs.total(), 1)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    count = max(1, len(words) - RUN_WORDS + 1) if words else 0
    return Counter(tuple(words[start : start + RUN_WORDS]) for start in range(count))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print a line a page")
    options = parser.parse_args()
    pages = list(pages_in(options.folder))
    print(f"{len(pages)} pages   precision  recall     F1")
    for name, read in READERS.items():
        figures = [precision_and_recall(read(page.content), page.main_text) for page in pages]
        if options.verbose:
            for page, (precision, recall) in zip(pages, figures, strict=True):
                print(f"  {precision:.3f} {recall:.3f} {page.name}")
        precision, recall = (statistics.mean(values) for values in zip(*figures, strict=True))
        both = 2 * precision * recall / (precision + recall)
        print(f"{name:<12}{precision:9.3f}{recall:9.3f}{both:8.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
