"""Mail: decoded messages, with their headers as records.

The text of the article is what was extracted, so its lines are not those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.formats.base import Document, Format, Unreadable, title_of
from index.formats.mime import SIGNATURE, Mail, mail_of
from index.formats.parts import Parts, merged
from index.formats.text import TEXT
from index.paragraphs import stripped
from index.structure import Block, Label
from index.types import Span

MAX_NOTES = 5
"""Of messages of a mailbox."""
_MESSAGE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\r?\n")
"""The line above each message of a mailbox."""
_ESCAPED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_QUOTED = re.compile(r"[ \t]*(?:>[ \t]?)+")
_LINE = re.compile(r"([^\n]*)(?:\n|\Z)")


class _Writer:
    """Builds the text of an article and its structure at once."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._parts = Parts()
        self._notes: list[str] = []

    def message(self, mail: Mail, label: str) -> None:
        """Add a message."""
        self.note(mail.note, label)
        if label:
            self._parts.labels.append(Label(self._length, label))
        if mail.subject:
            self._add(mail.subject, Parts([Block(Span(0, len(mail.subject)), "heading", 1)]))
        self._records(mail.headers)
        for body in mail.bodies:
            self._add(body, _body_parts(body))
        self._records([("Attachment", name) for name in mail.attachments])

    def note(self, note: str, label: str) -> None:
        """Add what of a message could not be read, if anything."""
        if note:
            self._notes.append(f"{label}: {note}" if label else note)

    def _records(self, records: list[tuple[str, str]]) -> None:
        parts, lines, position = Parts(), [], 0
        for name, value in records:
            line = f"{name}: {value}"
            end = position + len(line)
            cells = [Span(position, position + len(name)), Span(end - len(value), end)]
            parts.add_row(Span(position, end), cells)
            lines.append(line)
            position = end + 1
        self._add("\n".join(lines), parts)

    def _add(self, text: str, parts: Parts) -> None:
        if text.strip():
            self._parts.add(parts.shifted(self._length))
            self._texts.append(f"{text.rstrip()}\n\n")
            self._length += len(self._texts[-1])

    def document(self, title: str) -> Document:
        """Return the article."""
        text = "".join(self._texts)
        self._parts.hidden = merged(self._parts.hidden)
        structure = self._parts.structure()
        more = len(self._notes) - MAX_NOTES
        notes = [*self._notes[:MAX_NOTES], *([f"and {more:,} more messages"] if more > 0 else [])]
        note = "; ".join(notes)
        return Document(text, title_of(title), None, structure, note, is_extracted=True)


def _body_parts(body: str) -> Parts:
    """Return the parts of a message's text: quotes and a signature are blocks of their own."""
    from index.formats.plain import plain_parts

    parts = Parts()
    for kind, span in _sections(body):
        if kind == "text":
            found, _ = plain_parts(body[span.start : span.end], has_title=False)
            parts.add(found.shifted(span.start))
        else:
            parts.add(_quoted(body, span) if kind == "quote" else _signature(body, span))
    return parts


def _sections(body: str) -> Iterator[tuple[str, Span]]:
    """Yield quotes, the signature and the texts between them."""
    start, kind = 0, "text"
    for line in _LINE.finditer(body):
        if line.end() == line.start():
            break
        is_signature = kind == "signature" or line[1] == SIGNATURE
        is_quote = _QUOTED.match(line[1]) is not None
        own = "signature" if is_signature else "quote" if is_quote else "text"
        if own != kind:
            yield kind, Span(start, line.start())
            start, kind = line.start(), own
    yield kind, Span(start, len(body))


def _signature(body: str, span: Span) -> Parts:
    whole = stripped(body, span.start, span.end)
    if whole is None:
        return Parts()
    mark = Span(whole.start, whole.start + len(SIGNATURE.strip()))
    if mark == whole:
        return Parts([Block(whole, "furniture")], hidden=[whole])
    return Parts([Block(whole, "paragraph")], hidden=[mark])


def _quoted(body: str, span: Span) -> Parts:
    """Return the paragraphs of quoted lines; the marks before each line are hidden."""
    parts = Parts()
    marks: list[Span] = []  # of the lines of a paragraph and of the blank lines around it
    has_words = is_blank = False
    depth = 0
    for line in _LINE.finditer(body, span.start, span.end):
        mark = _QUOTED.match(body, *line.span(1))
        if mark is None:
            continue
        own_depth = mark[0].count(">")
        if has_words and (own_depth != depth or (is_blank and mark.end() < line.end(1))):
            parts.add(_quote(body, marks, Span(marks[0].start, line.start()), has_words))
            marks, has_words = [], False
        marks.append(Span(*mark.span()))
        is_blank = not body[mark.end() : line.end(1)].strip()
        has_words = has_words or not is_blank
        depth = own_depth
    if marks:
        parts.add(_quote(body, marks, Span(marks[0].start, span.end), has_words))
    return parts


def _quote(body: str, marks: list[Span], span: Span, has_words: bool) -> Parts:
    whole = stripped(body, span.start, span.end)
    if whole is None:
        return Parts()
    if not has_words:
        return Parts([Block(whole, "furniture")], hidden=[whole])
    hidden = [
        Span(max(mark.start, whole.start), min(mark.end, whole.end))
        for mark in marks
        if mark.start < whole.end
    ]
    return Parts([Block(whole, "quote")], hidden=hidden)


def _read(content: bytes, encoding: str | None) -> Document:
    mail = mail_of(content, encoding)
    if not (mail.subject or mail.headers):
        return TEXT.read(content, encoding)  # it is not mail
    writer = _Writer()
    writer.message(mail, "")
    return writer.document(mail.subject)


def _read_mailbox(content: bytes, encoding: str | None) -> Document:
    borders = list(_MESSAGE.finditer(content))
    if not borders:
        return _read(content, encoding)
    writer = _Writer()
    problem: Unreadable | None = None
    ends = [*(border.start() for border in borders[1:]), len(content)]
    for number, (border, end) in enumerate(zip(borders, ends, strict=True), 1):
        message = _ESCAPED.sub(b"", content[border.end() : end])
        label = f"message {number}"
        try:
            writer.message(mail_of(message, encoding), label)
        except Unreadable as error:
            problem = error
            writer.note(f"not read: {error}", label)
    document = writer.document("")
    if problem and not document.text:
        raise problem
    return document


MAIL = Format("mail 2", (".eml",), _read)
MAILBOX = Format("mailbox 2", (".mbox",), _read_mailbox)
