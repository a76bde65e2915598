"""Mail: headers and text are decoded, and quotes, signatures and attachments are told apart."""

from __future__ import annotations

import base64
import quopri
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.base import Unreadable
from index.formats.mail import MAIL, MAILBOX
from index.place import place_of
from index.types import Span
from tests.support.parsed import blocks, check_structure, parsed, rows
from tests.support.work import check_linear

HEAD = (
    "From: =?utf-8?q?J=C3=B6rg?= <j@example.org>\nTo: b@example.org\n"
    "Subject: The =?utf-8?b?T8O8?=\n"
)


def mail(body: str, *headers: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in headers) + "\n" + body


def test_headers_are_records_and_the_subject_is_the_heading() -> None:
    article = parsed(
        mail("The gate was mended.\n", "Date: Tue, 04 Mar 2031 10:00:00 +0100"), "a.eml"
    )
    check_structure(article)
    assert article.title == "The Oü"
    assert rows(article) == [
        ["From", "Jörg <j@example.org>"],
        ["To", "b@example.org"],
        ["Date", "Tue, 04 Mar 2031 10:00:00 +0100"],
    ]
    assert blocks(article)[0] == ("heading", "The Oü")
    assert blocks(article)[-1] == ("paragraph", "The gate was mended.")


WORDS = "Jürgen Möller paid for the boiler of the café, “gladly”, and it cost eleven crowns.\n"


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("transfer", ["quoted-printable", "base64", "8bit"])
def test_text_is_decoded(charset: str, transfer: str) -> None:
    content = WORDS.encode(charset)
    encode = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes, "8bit": bytes}
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {transfer}\n\n"
    article = parsed(HEAD.encode() + head.encode() + encode[transfer](content), "a.eml")
    assert WORDS.strip() in article.text


@pytest.mark.parametrize("claim", ["", "; charset=us-ascii", "; charset=no-such", "; charset=idna"])
def test_text_with_a_wrong_charset_is_read_as_what_it_is(claim: str) -> None:
    head = f"{HEAD}Content-Type: text/plain{claim}\n\n".encode()
    assert WORDS.strip() in parsed(head + WORDS.encode(), "a.eml").text


def test_text_in_no_known_encoding_is_refused_until_one_is_named() -> None:
    content = mail("").encode() + "The café.".encode("cp1252")
    with pytest.raises(Unreadable, match="--encoding cp1252"):
        parsed(content, "a.eml")
    assert "The café." in parsed(content, "a.eml", "cp1252").text


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "ole@example.org", "The plan"
    return made


def test_plain_text_is_preferred_and_attachments_are_named() -> None:
    made = message()
    made.set_content("The plain text.")
    made.add_alternative("<p>The <b>formatted</b> text.</p>", subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plän.pdf")
    made.add_attachment("secret", filename="notes.txt")
    article = parsed(made.as_bytes(), "a.eml")
    assert "The plain text." in article.text
    assert "formatted" not in article.text and "secret" not in article.text
    assert rows(article)[-2:] == [["Attachment", "plän.pdf"], ["Attachment", "notes.txt"]]


def test_html_is_read_without_its_tags_where_it_is_alone() -> None:
    made = message()
    made.set_content(
        "<html><head><title>No</title><style>p {}</style></head><body><!-- no --><p>The "
        "<b>caf&eacute;</b><br>is open.</p><ul><li>Tea<li>Cake</ul><script>no()</script></body>",
        subtype="html",
    )
    article = parsed(made.as_bytes(), "a.eml")
    check_structure(article)
    assert blocks(article)[2:] == [
        ("paragraph", "The café is open."),
        ("item", "Tea"),
        ("item", "Cake"),
    ]


def test_quotes_and_the_signature_are_blocks_of_their_own() -> None:
    article = parsed(
        mail("I do.\n\nMara wrote:\n> Who has\n> it?\n>\n> > I lost\n> > it.\n\n-- \nOle\n"),
        "a.eml",
    )
    check_structure(article)
    assert blocks(article)[3:] == [
        ("paragraph", "I do."),
        ("paragraph", "Mara wrote:"),
        ("quote", "Who has it?"),
        ("quote", "I lost it."),
        ("paragraph", "Ole"),
    ]


def test_flowed_text_goes_on_in_the_next_line() -> None:
    body = "The gate \nis green.\n> Is \n> it?\n-- \nOle\n"
    article = parsed(mail(body, "Content-Type: text/plain; format=flowed"), "a.eml")
    assert "The gate is green.\n> Is it?\n-- \nOle" in article.text


def test_each_message_of_a_mailbox_has_a_place() -> None:
    border = "From ole@example.org Tue Mar  4 10:00:00 2031\n"
    one = border + mail("The gate.\n\n>From here on.\n\n")
    article = parsed(one * 2, "a.mbox")
    check_structure(article)
    start = article.text.rindex("The gate")
    assert place_of(article, Span(start, start + 8)) == ("The Oü", "message 2")
    assert "\nFrom here on." in article.text


def test_few_invalid_bytes_of_a_message_are_replaced_with_a_note() -> None:
    form = "Content-Type: text/plain; charset=utf-8"
    content = mail("The gate is grün. " * 20, form).encode().replace(b"gr\xc3\xbcn", b"gr\xfcn", 1)
    document = MAIL.read(content, None)
    assert "The gate is gr\ufffdn. The gate is grün." in document.text
    assert document.note == "invalid bytes, read as \ufffd: 1"


def test_a_message_that_cannot_be_read_does_not_lose_the_mailbox() -> None:
    border = b"From ole@example.org Tue Mar  4 10:00:00 2031\n"
    good, bad = mail("The gate is green.\n\n").encode(), mail("\xd0\xd1\n\n" * 9).encode("latin-1")
    document = MAILBOX.read(border + good + border + bad + border + good, None)
    assert document.text.count("The gate is green.") == 2
    assert document.note.startswith("message 2: not read: ")
    with pytest.raises(Unreadable):
        MAILBOX.read(border + bad, None)


def test_a_file_without_headers_is_read_as_text() -> None:
    assert parsed("Some words.\n\nMore.\n", "a.eml").text == "Some words.\n\nMore.\n"


def test_deep_nesting_is_refused() -> None:
    parts = "".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(3_000)
    )
    with pytest.raises(Unreadable, match="nested too deeply"):
        parsed(f"Subject: x\n{parts}", "a.eml")


LINES = st.sampled_from(
    ["", "From: a", "Subject: =?utf-8?b?/w==?=", "Subject: =?x?q?a?=", "Content-Type: text/html",
     "Content-Type: multipart/alternative; boundary=b", "--b", "--b--", "> quoted", ">", "> > more",
     "-- ", "Content-Transfer-Encoding: base64", "PHA+", "<p>a &amp; b", "Content-Type: text/plain",
     "Content-Type: text/plain; format=flowed; charset=utf-7", "Content-Type: message/rfc822",
     "Content-Disposition: attachment; filename*=utf-8''%ff", "Text \xad goes ", "on.", "é", "\0",
     "From x", "Content-Type: text/plain; charset*0=a; charset*1*=%ff", "Date: \udcff"]
)  # fmt: skip


@given(st.lists(LINES, max_size=25).map("\n".join))
@pytest.mark.parametrize("name", ["a.eml", "a.mbox"])
def test_every_message_has_a_structure_that_covers_it_or_is_refused(name: str, text: str) -> None:
    try:
        article = parsed(text.encode("utf-8", "surrogateescape"), name)
    except Unreadable:
        return
    check_structure(article)
    article.text.encode("utf-8")  # as the store does
    assert "\0" not in article.text


@pytest.mark.parametrize(
    "body",
    [
        "<!--",
        "<a ",
        "<a b='",
        "<",
        "&",
        "<style>",
        "a<p>",
        "> \n",
        "> a\n>\n",
        "-- \n",
        "a \n",
    ],
)
@pytest.mark.parametrize("form", ["text/html", "text/plain; format=flowed"])
def test_time_is_linear_in_the_size_of_a_message(form: str, body: str) -> None:
    def read(times: int) -> object:
        return parsed(mail(f"x\n{body * times}", f"Content-Type: {form}"), "a.eml")

    check_linear(read, 5_000)
