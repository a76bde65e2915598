"""Scanned pages of PDF: recognised where the extra `ocr` is installed, otherwise named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pypdfium2
import pytest

from index.formats import ocr, pdf_file, pdf_ocr
from index.formats.base import Document, Unreadable
from index.formats.pdf import PDF, read_pdf
from index.load import read as read_file
from index.scan import Source
from tests.support.pdf_files import A4, Page, PdfFile, Words, lines

STORY = [
    "The lighthouse on the northern cape was built in 1871 of pale granite that",
    "came by barge from the quarry at Torrin. Its lamp burned colza oil, which the",
    "keepers carried up one hundred and sixty steps every evening before sunset.",
    "In the second year a storm took the boathouse, and the stores had to be landed",
    "on the open beach below the garden wall.",
]
Found = tuple[str, float, float, float]
"""Words, with the left, right and upper end of the line in points from the upper left corner."""


class FakeOcr:
    """Finds the same lines on every page; `sure` is its score for them."""

    def __init__(self, *found: Found, sure: float = 0.99) -> None:
        self.found, self.sure = found, sure
        self.pages = 0

    def __call__(self, picture: object) -> SimpleNamespace:
        self.pages += 1
        scale = pdf_ocr.DPI / 72
        corners = [
            [(x * scale, y * scale) for x, y in ((a, t), (b, t), (b, t + 13), (a, t + 13))]
            for _, a, b, t in self.found
        ]
        texts = [words for words, *_ in self.found]
        return SimpleNamespace(boxes=corners, txts=texts, scores=[self.sure] * len(texts))


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Return a function that sets which OCR there is."""

    def set_ocr(engine: object) -> None:
        monkeypatch.setattr(ocr, "is_installed", lambda: engine is not None)
        monkeypatch.setattr(pdf_ocr, "_engine", lambda: engine)

    return set_ocr


def read(pages: Sequence[Page]) -> Document:
    return read_pdf(PdfFile(pages).content(), None)


def scanned(*pages: Page) -> bytes:
    """Return a file whose pages are pictures of pages."""
    with pypdfium2.PdfDocument(PdfFile(pages).content()) as file:
        pictures = [page.render(scale=200 / 72, grayscale=True).to_numpy() for page in file]
    return PdfFile(
        [Page(raw=_drawn(p.shape[1], p.shape[0], p.tobytes())) for p in pictures]
    ).content()


def _drawn(width: int, height: int, pixels: bytes) -> bytes:
    about = f"q {A4[0]} 0 0 {A4[1]} 0 0 cm BI /W {width} /H {height} /CS /G /BPC 8 ID "
    return about.encode() + pixels + b"\nEI Q"


PICTURE, WRITTEN = Page(has_picture=True), Page(lines(STORY))


def test_scanned_pages_are_recognised_and_named_and_others_are_not_looked_at(
    install: Callable[[object], None],
) -> None:
    engine = FakeOcr(("The lamp of Sker was lit in", 70, 500, 100), ("1902.", 70, 110, 114))
    install(engine)
    document = read([WRITTEN, PICTURE, Page(), PICTURE])
    assert engine.pages == 2
    assert document.note == "pages 2 and 4 of 4 were recognised by OCR"
    start = document.text.index("The lamp of Sker was lit in 1902.")
    assert document.structure.label(start) == "page 2"


STAMPED = Page(
    [Words("Digitised by the harbour library of Torrin", 70, 20)],
    raw=b"q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff\nEI Q",
)


def test_a_scanned_page_with_a_stamp_is_recognised_unless_there_is_no_more_on_it(
    install: Callable[[object], None],
) -> None:
    stamp = STAMPED.words[0]
    lamps = [(f"The lamp number {n} was lit in 1902.", 70, 500, 100 + 20 * n) for n in range(4)]
    install(None)
    assert read([STAMPED]).note == "page 1 of 1 is a picture with little text: scanned?"
    assert read([Page([*lines(STORY), stamp], raw=STAMPED.raw)]).note == ""
    assert read([Page([stamp], has_picture=True)]).note == ""  # the picture is small
    install(FakeOcr(*lamps))
    assert read([STAMPED]).note == "page 1 of 1 was recognised by OCR"
    assert "The lamp number 3 was lit in 1902." in read([STAMPED]).text
    install(FakeOcr(lamps[0]))
    assert (read([STAMPED]).text, read([STAMPED]).note) == (stamp.text, "")


def test_columns_of_a_scanned_page_are_read_one_after_the_other(
    install: Callable[[object], None],
) -> None:
    left = [(f"the left column has line {n} of its text,", 60, 290, 120 + 14 * n) for n in range(6)]
    right = [(f"the right one has a line {n} elsewhere,", 310, 540, 125 + 14 * n) for n in range(6)]
    title = ("The lamps of the northern cape and their keepers", 60, 540, 80)
    mixed = [title, *(line for pair in zip(left, right, strict=True) for line in pair)]
    install(FakeOcr(*mixed))
    text = read([PICTURE]).text
    found = [text.index(words) for words, *_ in (title, *left, *right)]
    assert found == sorted(found)


def test_what_the_ocr_is_not_sure_of_is_not_read(install: Callable[[object], None]) -> None:
    install(FakeOcr(("Torrin", 70, 200, 100), sure=0.4))
    with pytest.raises(Unreadable, match="its page has no text, and OCR recognises none"):
        read([PICTURE])


def test_an_ocr_that_fails_loses_no_other_page(install: Callable[[object], None]) -> None:
    install(lambda picture: 1 / 0)
    document = read([WRITTEN, PICTURE])
    assert document.text == " ".join(STORY)
    assert document.note == "page 2 of 2 has no text: scanned?"


def test_only_so_many_pages_are_recognised(
    install: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(FakeOcr(("The lamp of Sker was lit in 1902.", 70, 500, 100)))
    monkeypatch.setattr(pdf_file, "MAX_SCANS", 2)
    assert read([PICTURE] * 4).note == (
        "pages 3–4 of 4 have no text: scanned?; pages 1–2 of 4 were recognised by OCR"
    )


def test_without_it_the_reason_says_how_to_install_it(install: Callable[[object], None]) -> None:
    install(None)
    with pytest.raises(Unreadable) as caught:
        read([PICTURE])
    assert caught.value.reason == "no text"
    assert caught.value.detail.endswith("scanned? To read it: pip install 'article-qa[ocr]'")


def test_a_store_reads_files_again_once_it_is_installed() -> None:
    assert (ocr.EXTRACTOR in PDF.name) == ocr.is_installed()


@pytest.mark.slow
@pytest.mark.skipif(not ocr.is_installed(), reason="the extra `ocr` is not installed")
def test_real_scans_are_read_word_for_word_in_a_process_of_its_own_and_always_alike() -> None:
    content = scanned(WRITTEN, Page(lines(STORY[::-1])))
    first, second = (
        read_file(Source("a.pdf", "/a.pdf", len(content), 0, content)) for _ in range(2)
    )
    assert first.note == "pages 1–2 of 2 were recognised by OCR"
    assert first.article.text == second.article.text
    assert first.article.structure == second.article.structure
    printed = Counter(re.findall(r"\w+", " ".join(STORY * 2)))
    found = Counter(re.findall(r"\w+", first.article.text))
    assert sum((printed & found).values()) >= 0.95 * sum(printed.values())
