"""What a sync reports: how far it is, what it found and did, and what is in each file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from index.errors import ArticleError
from index.scan import STDIN, STDIN_NAME, Skip
from index.types import Article, Span

MAX_SKIPS_NAMED = 5
"""How many files an error names if nothing could be read; `qa index` lists them all."""
_ENCODING = re.compile(r"--encoding ([\w-]+)")
"""In the detail of a skip."""
_PLACE = re.compile(r"(?:about )?(page|slide|cell) ")
"""How the label of a numbered place begins."""
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_RECORD_SEPARATOR = ": "


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of a long file is."""

    id: str
    """Of the article."""
    pages: int
    """How many have been read."""
    pages_total: int

    @property
    def page(self) -> str:
        """The page in words, as in "page 120 of 900"."""
        return f"page {self.pages:,} of {self.pages_total:,}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a sync."""

    articles: int
    articles_total: int
    passages: int
    """Passages done, including those that needed no encoding."""
    fraction: float
    """Share of the bytes that are done, in [0, 1]."""
    reading: Reading | None = None
    """Of a file that takes more than a second to read."""
    changed_bytes: int = 0
    """Size of the files that are new or have changed. Others are read because they might have."""
    indexed: int = 0
    """Files whose content is stored as it is now, or that are skipped."""
    files: int = 0
    """All files of the corpus."""
    outdated: frozenset[str] = frozenset()
    """Ids of stored articles whose files have changed or are gone: they must not be quoted."""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was read of a file."""

    id: str
    """Of the article."""
    format: str
    """See `Format.name`, without the version."""
    pages: int
    """Pages with text, if the file says where they begin; likewise slides and cells."""
    slides: int
    cells: int
    """Of a notebook."""
    characters: int
    tables: int
    seconds: float
    """Spent on reading it."""
    note: str
    """What of it could not be read; see `Document.note`."""
    is_extracted: bool
    """Whether its text is not that of the file itself, as in a PDF file."""

    @classmethod
    def of(cls, article: Article, form: str, seconds: float, note: str) -> FileReport:
        """Return the report on an article. form: `Format.name` of its format."""
        places: dict[str, set[str]] = {"page": set(), "slide": set(), "cell": set()}
        for label in article.structure.labels():
            if match := _PLACE.match(label.text):
                places[match[1]].add(label.text)
        return cls(
            article.id,
            form.split()[0],
            len(places["page"]),
            len(places["slide"]),
            len(places["cell"]),
            len(article.text),
            _tables(article),
            seconds,
            note,
            bool(article.extractor),
        )


@dataclass(slots=True)
class SyncReport:
    """What a sync found and did."""

    root: str = ""
    folders: tuple[str, ...] = ()
    """See `Scan.folders`."""
    found: int = 0
    """Files that were found, articles or not."""
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    """Files that were read, in order; unchanged files are not read again."""
    encodings: dict[str, str] = field(default_factory=dict)
    """Encodings other than UTF-8 of the articles that were added or changed, by article id."""
    notes: dict[str, str] = field(default_factory=dict)
    """What of an article could not be read, by article id; see `Document.note`."""
    encoded: int = 0
    """Passages that were encoded."""
    seconds: float = 0.0


EXPECTED = frozenset({"hidden", "ignored"})
"""Reasons for which users expect files to be skipped, so nobody is told."""


def _tables(article: Article) -> int:
    """Return how many tables an article has; records such as `Author: Jane Doe` are none."""
    count, last, end = 0, -2, 0
    for number in article.structure.of_kind("row"):
        row = article.structure[number].span
        is_first = number != last + 1 or _BLANK_LINE.search(article.text, end, row.start)
        if is_first and not _is_record(article, row):
            count += 1
        last, end = number, row.end
    return count


def _is_record(article: Article, row: Span) -> bool:
    cells = article.structure.cells(row)
    return len(cells) == 2 and article.text[cells[0].end : cells[1].start] == _RECORD_SEPARATOR


def nothing_readable(report: SyncReport, shown: Callable[[str, str], str]) -> ArticleError:
    """Return the error for a corpus without readable text, with reasons for the first files.

    shown: returns the path to show for the root and the id of a file or folder.
    """
    named = [
        ("" if skip.id == report.root else f"{shown(report.root, skip.id)}: ")
        + skip.reason
        + (f" ({skip.detail})" if skip.detail else "")
        for skip in report.skipped[:MAX_SKIPS_NAMED]
    ]
    more = len(report.skipped) - len(named)
    if more:
        named.append(f"and {more:,} more")
    found = "; ".join(named) or "no files"
    hint = "Give text, a web page, a PDF, office or mail file."
    names = {name for skip in report.skipped for name in _ENCODING.findall(skip.detail)}
    if names:
        name = names.pop() if len(names) == 1 else "NAME"
        hint = f"Set the encoding of the files with --encoding {name}."
    if report.root == STDIN and [skip.reason for skip in report.skipped] == ["empty"]:
        return ArticleError("Standard input is empty.", "Pipe an article into it: … | qa ask …")
    only = report.skipped[0] if len(report.skipped) == 1 else None
    if only and only.id != report.root and only.reason not in EXPECTED:
        return ArticleError(f"Cannot read {found}", hint)
    root = STDIN_NAME if report.root == STDIN else report.root
    return ArticleError(f"Nothing to read in {root}: {found}", hint)
