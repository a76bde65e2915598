"""Of a web archive, its page is read."""

from __future__ import annotations

import base64
import quopri

import pytest

from index.formats.base import Unreadable
from index.formats.mhtml import MHTML
from tests.test_html import FOOT, HEAD, PROSE

PAGE = f"{HEAD}{PROSE}<h2>Das Wehr</h2><p>Es gehört der Mühle am Fluss.</p>{PROSE}{FOOT}"
ENCODE = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes, "8bit": bytes}


def archive(page: str = PAGE, transfer: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    return (
        b"From: <Saved by Blink>\r\n"
        b"Snapshot-Content-Location: https://old.example.org/\r\n wehr\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; type=text/html;\r\n"
        b' start="<page>"; boundary="--x"\r\n\r\n'
        b"----x\r\nContent-Type: text/html\r\n\r\n<p>An advertisement in a frame</p>\r\n"
        b"----x\r\nContent-Type: text/html; charset=%s\r\nContent-ID: <page>\r\n"
        b"Content-Transfer-Encoding: %s\r\n\r\n%s\r\n"
        b"----x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n"
        b"----x--\r\n"
    ) % (charset.encode(), transfer.encode(), ENCODE[transfer](page.encode(charset)))


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
@pytest.mark.parametrize("transfer", list(ENCODE))
def test_the_page_is_decoded_and_read(transfer: str, charset: str) -> None:
    document = MHTML.read(archive(transfer=transfer, charset=charset), None)
    assert "Es gehört der Mühle am Fluss." in document.text
    assert document.title == "The mill of Aldmoor"
    assert "advertisement" not in document.text


def test_the_address_is_where_it_was_saved_from() -> None:
    assert "Address: https://news.example.org/mill" in MHTML.read(archive(), None).text
    page = PAGE.replace('<link rel="canonical" href="https://news.example.org/mill">', "")
    assert "Address: https://old.example.org/wehr" in MHTML.read(archive(page), None).text


def test_a_page_with_the_name_of_an_archive_is_read() -> None:
    assert "three winters" in MHTML.read(PAGE.encode(), None).text


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: image/png\n\niVBORw==",
        b"Content-Type: multipart/related; boundary=x\n\n--x--\n",
        b"".join(
            b"Content-Type: multipart/related; boundary=b%d\n\n--b%d\n" % (n, n)
            for n in range(3_000)
        ),
    ],
)
def test_an_archive_without_a_page_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        MHTML.read(content, None)
    assert caught.value.reason in ("no text", "damaged")


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_truncated_archive_is_read_or_refused(share: float) -> None:
    content = archive()
    try:
        assert MHTML.read(content[: int(len(content) * share)], None).text.strip()
    except Unreadable as error:
        assert error.reason in ("no text", "damaged", "encoding")
