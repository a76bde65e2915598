"""Checks saved quotes against their files, character for character. The verdicts:

stands       the quote is where it was cited; other parts of the file may have changed
moved        the quote is elsewhere in the file
same words   the words of the quote are in the file, in the same order, but white space, line ends
             or the Unicode form differ
gone         the quote is no longer in the file
no file      the file, or the snapshot of a web page, no longer exists
unreadable   the file exists but cannot be read as text

Text that is extracted, such as that of a PDF, also changes when another version of the program
extracts it. `Checked.extracted_by` says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

from index.place import label_of
from index.scan import DEFAULT_MAX_BYTES, STDIN
from index.types import Article, Passage, Span
from index.web.addresses import is_address
from qa.answers.cited_files import NotReadable, read_file, read_snapshot
from qa.answers.locate import Haystack, Quote
from qa.answers.results import OffsetsJson, PlaceJson, VerdictJson, VerdictsJson
from qa.answers.results import Verdict as Verdict  # re-exported: what `check` returns
from qa.answers.wire import PassageJson, ResponseJson

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
SCHEMA = 1
"""Version of the JSON."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote is now."""

    start: int
    end: int
    line_start: int
    line_end: int
    label: str
    """Its page, slide or the like; empty if the article has none."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A quote and its verdict."""

    quote: Quote
    verdict: Verdict
    place: Place | None = None
    """None if the quote was not found."""
    path: str = ""
    """The file that the quote was looked for in; empty if no passage says which."""
    file_changed: bool = False
    """Whether the file differs from the one the quote was taken from."""
    extracted_by: str = ""
    """What extracts the text now, if something else did when it was cited; otherwise empty."""
    detail: str = ""


OnFile = Callable[[int, int], None]
"""Called with how many files are done, and how many there are."""


def verify(
    responses: Sequence[ResponseJson],
    *,
    root: Path | None = None,
    encoding: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    snapshots: Path | None = None,
    on_file: OnFile = lambda done, total: None,
) -> list[Checked]:
    """Check every quote and return the results in the order saved. Each file is read once.

    root: folder to find the articles in by their ids, never outside of it; None for their saved
        paths.
    encoding: of files that are not UTF-8 and have no byte order mark, as when they were asked.
    max_bytes: larger files are not read.
    snapshots: folder of fetched web pages, in which quotes from them are checked.
    """
    from index.isolated.reader import IsolatedReader
    from index.load import is_whole_page, read

    quotes = [quote for response in responses for quote in _quotes(response)]
    checked: dict[int, Checked] = {}
    by_file: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for number, quote in enumerate(quotes):
        if quote.citation is None:
            checked[number] = Checked(
                quote, "gone", detail=f"the saved answer has no passage {quote.rank}"
            )
        else:
            cited = quote.citation
            by_file[cited.article, cited.path, is_whole_page(cited.extractor)].append(number)
    with IsolatedReader() as isolated:
        for done, ((id, path, whole), numbers) in enumerate(by_file.items(), start=1):
            reading = partial(read, encoding=encoding, isolated=isolated, whole_page=whole)
            try:
                if is_address(path):
                    article = read_snapshot(path, snapshots, reading)
                else:
                    if root is not None and path != STDIN:
                        path = _below(root, id)
                    article = read_file(id, path, max_bytes, reading)
            except NotReadable as error:
                for number in numbers:
                    checked[number] = Checked(
                        quotes[number], error.verdict, path=path, detail=error.detail
                    )
            else:
                text = Haystack(article.text)
                for number in numbers:
                    checked[number] = check(quotes[number], article, text)
            on_file(done, len(by_file))
    return [checked[number] for number in range(len(quotes))]


def _quotes(response: ResponseJson) -> Iterator[Quote]:
    asked = response.question
    passages = {passage.rank: passage for passage in response.passages}
    kind: Literal["answer", "closest"] = "closest" if response.closest else "answer"
    for answer in response.quoted:
        span, rank = (answer.start, answer.end), answer.citation
        yield Quote(asked, kind, answer.text, span, rank, passages.get(rank))
    for passage in response.passages:
        span = passage.citation.start, passage.citation.end
        yield Quote(asked, "passage", passage.text, span, passage.rank, passage)


def _below(root: Path, id: str) -> str:
    """Return the path of an article below a root. Raises: NotReadable if it is outside of it.

    Links below the root may lead anywhere: their owner made them, not the saved answers.
    """
    relative = PurePath(id)
    if relative.anchor or ".." in relative.parts:
        raise NotReadable("no file", "outside of the root folder")
    return str(root / relative)


def check(quote: Quote, article: Article, text: Haystack) -> Checked:
    """Return the verdict on a quote of a passage. text: of the article as it is now."""
    cited = quote.citation
    assert cited is not None
    changed = article.sha256 != cited.sha256
    extracted_by = ""
    if cited.extractor and article.extractor != cited.extractor:
        extracted_by = article.extractor or "text"

    def checked(verdict: Verdict, place: Place | None = None, detail: str = "") -> Checked:
        return Checked(quote, verdict, place, article.path, changed, extracted_by, detail)

    if not quote.is_in_its_passage:
        return checked("gone", detail="not in its own passage")
    found = text.find(quote)
    if found is None:
        detail = "" if quote.kind == "passage" else "its sentence is no longer in the file"
        if not changed:
            detail = "the file is unchanged"
            detail += "" if extracted_by else "; was it asked with another --encoding?"
        return checked("gone", detail=detail)
    place = _place(article, found.span)
    if found.difference:
        return checked("same words", place, found.difference)
    lines = (cited.line_start, cited.line_end)
    as_cited = (place.start, place.end) == quote.span and (
        quote.kind != "passage" or (place.line_start, place.line_end) == lines
    )
    return checked("stands" if as_cited else "moved", place)


def _place(article: Article, span: Span) -> Place:
    return Place(span.start, span.end, *Passage(article, span).lines, label_of(article, span))


def is_as_cited(passage: PassageJson, article: Article) -> bool:
    """Return whether an article still has a passage's text where it was cited."""
    return article.text[passage.citation.start : passage.citation.end] == passage.text


def all_as_cited(checked: Sequence[Checked]) -> bool:
    """Return whether every quote is as cited."""
    return all(one.verdict == "stands" for one in checked)


def to_json(checked: Sequence[Checked]) -> dict[str, Any]:
    """Return the verdicts as plain values. Offsets count code points of the article's text."""
    return asdict(to_wire(checked))


def to_wire(checked: Sequence[Checked]) -> VerdictsJson:
    """Return the verdicts in the form of their JSON."""
    counts = Counter(one.verdict for one in checked)
    return VerdictsJson(
        schema=SCHEMA,
        all_stand=all_as_cited(checked),
        counts={verdict: counts[verdict] for verdict in VERDICTS},
        quotes=tuple(map(_verdict, checked)),
    )


def _verdict(one: Checked) -> VerdictJson:
    cited, now = one.quote.citation, one.place
    return VerdictJson(
        question=one.quote.question,
        kind=one.quote.kind,
        rank=one.quote.rank,
        text=one.quote.text,
        article=cited.article if cited else None,
        path=cited.path if cited else None,
        verdict=one.verdict,
        cited=OffsetsJson(start=one.quote.span[0], end=one.quote.span[1]),
        now=PlaceJson(**asdict(now)) if now else None,
        file_changed=one.file_changed,
        extracted_by=one.extracted_by,
        detail=one.detail,
    )
