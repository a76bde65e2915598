"""What a file is, its content says: its name may be wrong."""

from __future__ import annotations

import pytest

from index.formats.base import Unreadable
from tests.support.office_files import docx, epub, odt, paragraph
from tests.support.parsed import parsed

PAGE = b"<!DOCTYPE html><title>x</title><body><p>The gate is green.</p></body>"
RTF = rb"{\rtf1\ansi The gate is green.\par}"
DOCX = docx(paragraph("The gate is green."))
EPUB = epub({"a.xhtml": "<p>The gate is green.</p>"})
ODT = odt("<text:p>The gate is green.</text:p>")


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.docx", ODT),
        ("a.epub", DOCX),
        ("a.odt", EPUB),
        ("a.docx", RTF),
        ("a.rtf", DOCX),
        ("a.doc", RTF),
        ("a.doc", PAGE),
        ("a.docx", PAGE),
        ("a.html", DOCX),
        ("a.txt", EPUB),
        ("report", DOCX),
        ("-", DOCX),
    ],
)
def test_a_file_with_a_wrong_name_is_read_as_what_it_is(name: str, content: bytes) -> None:
    assert "The gate is green." in parsed(content, name).text


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.epub", "a.pptx"])
@pytest.mark.parametrize(
    "content, reason",
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\0\1\2", "binary"),
        (b"PK\3\4", "damaged"),
    ],
)
def test_what_is_no_such_file_is_named(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parsed(content, name)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.epub", "a.pptx"])
def test_text_with_the_name_of_an_office_file_is_read_as_text(name: str) -> None:
    assert parsed(b"Some words.", name).text == "Some words."


def test_a_web_page_on_standard_input_is_read_as_one() -> None:
    assert "<p>" not in parsed(PAGE, "-").text
    assert parsed("See <p> in HTML.", "-").text == "See <p> in HTML."


def test_text_that_only_mentions_a_format_stays_text() -> None:
    assert parsed("See %PDF-1.4 and PK\3\4.", "a.txt").text == "See %PDF-1.4 and PK\3\4."
