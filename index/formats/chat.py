"""Exported chats: lines that begin with a time and an author."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from index.formats.parts import Lines, Parts, Run, ends, line_groups
from index.paragraphs import stripped
from index.structure import Block, Label
from index.types import Span

SAMPLE_LINES = 1_000
MIN_MESSAGES = 2
MIN_SHARE = 0.5
"""Least share of the lines in a chat that begin a message; the others continue one."""
MIN_SHARE_ABOVE = 0.3
"""The same where author and time are a line above the text."""
MAX_MESSAGE_CHARS = 400
"""Longer ones are read sentence by sentence."""
_TIME = r"\d{1,2}[:.]\d\d(?:[:.]\d\d(?:[.,]\d{1,6})?)?Z?(?:[ \u202f]?[AaPp]\.?[Mm]\.?)?"
_DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?|\d{1,2}\.?[ ][^\W\d]{3,9}\.?[ ]\d{2,4}"
    r"|[^\W\d]{3,9}\.?[ ]\d{1,2},?[ ]\d{4})"
)
_WHEN = rf"(?P<when>(?:{_DATE}(?:,?[ ]|[ ]at[ ]|T))?{_TIME})"
_WHO = r"(?P<who>[^\s:<>\[\]()][^:<>\[\]()\r\n]{0,48}?)"
_FORMS = [
    (re.compile(rf"[ \t\u200e]*{form}[ \t]*(?P<said>[^\r\n]*)"), lowest, highest)
    for form, lowest, highest in (
        (
            rf"[\[(]?{_WHEN}[\])]?(?:[ \t]*[-–—|,])?[ \t]+(?:<[ @+%~&]?)?{_WHO}(?:>:?|:(?=\s))",
            MIN_SHARE,
            1.0,
        ),
        (rf"{_WHO},?[ \t]*[\[(]{_WHEN}[\])]:?", MIN_SHARE_ABOVE, 1.0),
        (rf"{_WHO}(?:[ \t]{{2,}}|\t|[ \t]+[-–—•][ \t]+){_WHEN}(?=[ \t]*$)", MIN_SHARE_ABOVE, 0.5),
    )
]
"""As in "12/03/2024, 09:20 - Jonas: text", in "Jonas (09:20): text", and in "Jonas  09:20".

Each with the lowest and the highest share of the lines in a chat that begin a message. With
the highest share, lines of a timetable such as "Olden  09:20" are not messages.
"""
_NOTICE = re.compile(rf"[ \t\u200e]*[\[(]?{_WHEN}[\])]?(?:[ \t]*[-–—|])?[ \t]+(?P<said>[^\r\n]*)")
"""A line with a time, but without an author: "09:14 - Mara joined"."""


class Chat:
    """Finds messages in a text of which most lines are messages of one form."""

    def __init__(self, text: str) -> None:
        self._form: re.Pattern[str] | None = None
        sample = list(islice(chain.from_iterable(line_groups(text)), SAMPLE_LINES))
        for form, lowest, highest in _FORMS:
            messages = sum(form.match(text, *ends(line)) is not None for line in sample)
            share = messages / max(1, len(sample))
            if messages >= MIN_MESSAGES and lowest <= share <= highest:
                self._form = form
                return

    def runs(self, text: str, lines: Lines) -> Iterator[Run]:
        """Yield the lines of messages in a group of lines."""
        if self._form is None:
            return
        found = [self._message(text, line) for line in lines]
        first = next((n for n, message in enumerate(found) if message), len(lines))
        if first == len(lines):
            return
        parts = Parts()
        number = first
        while number < len(lines):
            stop = number + 1
            while stop < len(lines) and found[stop] is None:
                stop += 1
            _add(parts, text, found[number], Span(lines[number].start, lines[stop - 1].end))
            number = stop
        yield Run(first, len(lines), parts)

    def _message(self, text: str, line: Span) -> re.Match[str] | None:
        """Return the match of a line that begins a message."""
        if self._form is None:
            return None
        return self._form.match(text, *ends(line)) or _NOTICE.match(text, *ends(line))


def _add(parts: Parts, text: str, match: re.Match[str] | None, lines: Span) -> None:
    whole = stripped(text, *ends(lines))
    if match is None or whole is None:
        return
    said = stripped(text, match.start("said"), whole.end) or Span(whole.end, whole.end)
    when = Span(*match.span("when"))
    cells = [said]
    if "who" in match.re.groupindex and (who := stripped(text, *match.span("who"))):
        cells.insert(0, who)
    parts.labels.append(Label(whole.start, " ".join(match["when"].split())))
    # The time is where a message is, not a part of what it says.
    if when.start < cells[0].start:
        parts.hidden.append(Span(whole.start, cells[0].start))
    else:
        bracket = text.startswith((")", "]"), when.end)
        parts.hidden.append(Span(cells[0].end, when.end + bracket))
    if len(whole) <= MAX_MESSAGE_CHARS:
        parts.add_row(whole, cells)
    else:
        parts.blocks.append(Block(whole, "paragraph"))
