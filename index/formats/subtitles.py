"""Subtitles in SubRip and WebVTT: sentences over several cues are read as one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.formats.base import Document, Format, title_of
from index.formats.encoding import decode
from index.formats.hyphens import SOFT_HYPHEN, soft_hyphens
from index.formats.parts import Lines, Parts, ends, line_groups, merged
from index.paragraphs import stripped
from index.structure import Block, Kind, Label
from index.types import Span

MAX_PAUSE = 4.0
"""Seconds of silence after which a paragraph begins."""
MAX_PARAGRAPH_CHARS = 400
"""A longer paragraph ends with its sentence."""
MAX_SENTENCE_CHARS = 2_000
"""A longer paragraph ends even inside a sentence."""
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\r\n]*")
_NUMBER = re.compile(r"[ \t\ufeff]*\d+[ \t]*")
_MARKUP = re.compile(r"<[^<>\r\n]{1,200}>|\{\\[^{}\r\n]{1,200}\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,50})?[ \t]+([^<>\r\n]{1,100})>")
_SPEAKER = re.compile(r"[ \t]*(?:[-–—][ \t]*|>>[ \t]*)(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]♪ ]*$")
_LINE_BREAK = re.compile(r"[ \t]*(?:\r\n|\n|\r)?")
_BLANKS = f" \t{SOFT_HYPHEN}"
_HEAD = re.compile(r"\s*\ufeff?WEBVTT\b[ \t]*-?[ \t]*([^\r\n]*)")
_SETTINGS = re.compile(r"[ \t]*(?:STYLE|REGION)\b")
_NOTE = re.compile(r"[ \t]*NOTE\b")


@dataclass(frozen=True, slots=True)
class _Cue:
    head: Span
    """Its number and its times; empty if the text goes on after a blank line."""
    lines: Lines
    start: float
    """In seconds, like `end`."""
    end: float


def _read(content: bytes, encoding: str | None) -> Document:
    from index.formats.plain import plain_parts

    text, used = decode(content, encoding)
    parts = _Paragraphs(text).parts()
    if not parts.labels:  # it is something else
        parts, _ = plain_parts(text)
    head = _HEAD.match(text)
    title = title_of(head[1]) if head else None
    return Document(text, title, used, parts.structure())


SUBTITLES = Format("subtitles 1", (".srt", ".vtt"), _read)


class _Paragraphs:
    """Joins cues to paragraphs. One ends with a speaker, a long pause, or a sentence if it is long.

    A paragraph covers the heads of its cues, which are hidden.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = Parts()
        self._begin: int | None = None
        """Where the current paragraph starts."""
        self._last: Span | None = None
        """Its last line."""
        self._silent_since = 0.0
        self._voice = ""
        self._words = ""
        """The words of the last line."""
        self._chars = 0
        """How many characters of the current paragraph are read."""

    def parts(self) -> Parts:
        """Return the blocks of the text."""
        is_webvtt = _HEAD.match(self._text) is not None
        for number, lines in enumerate(line_groups(self._text)):
            first = lines[0].start
            if is_webvtt and (number == 0 or _SETTINGS.match(self._text, first)):
                self._add("furniture", lines)
            elif is_webvtt and _NOTE.match(self._text, first):
                self._add("comment", lines)
            else:
                for cue in self._cues(lines):
                    self._take(cue)
        self._close()
        furniture = [block.span for block in self._parts.blocks if block.kind == "furniture"]
        hidden = [*self._parts.hidden, *furniture, *soft_hyphens(self._text)]
        self._parts.hidden = merged(hidden)
        return self._parts

    def _cues(self, lines: Lines) -> Iterator[_Cue]:
        """Yield the cues in lines without a blank line between them."""
        found: list[tuple[int, re.Match[str]]] = []
        for number, line in enumerate(lines):
            if timing := _TIMING.fullmatch(self._text, line.start, line.end):
                found.append((number, timing))
        tops = [number - self._has_name(lines, number) for number, _ in found]
        before = lines[: tops[0]] if tops else lines
        if before:
            start = before[0].start
            yield _Cue(Span(start, start), before, self._silent_since, self._silent_since)
        stops = [*tops[1:], len(lines)] if tops else []
        for (number, timing), top, stop in zip(found, tops, stops, strict=True):
            head = Span(lines[top].start, lines[number].end)
            times = timing.groups()
            yield _Cue(head, lines[number + 1 : stop], _seconds(times[:4]), _seconds(times[4:]))

    def _has_name(self, lines: Lines, number: int) -> bool:
        """Return whether the line above a timing line is the number or the name of the cue."""
        above = lines[number - 1] if number else None
        if above is None or _TIMING.fullmatch(self._text, above.start, above.end):
            return False
        return number == 1 or _NUMBER.fullmatch(self._text, above.start, above.end) is not None

    def _take(self, cue: _Cue) -> None:
        head = stripped(self._text, cue.head.start, cue.head.end)
        if head:
            self._parts.labels.append(Label(head.start, _clock(cue.start)))
            if not cue.lines:
                self._add("furniture", [head])
        begin = head.start if head else None
        pause = cue.start - self._silent_since
        for line in filter(None, (stripped(self._text, *ends(line)) for line in cue.lines)):
            if self._last is None or self._starts_paragraph(line, pause):
                self._close()
                self._begin = line.start if begin is None else begin
                hidden_from = self._begin
            else:
                hidden_from = _after_line_break(self._text, self._last.end)
            self._parts.hidden.append(Span(min(hidden_from, line.start), line.start))
            self._read(line)
            begin, pause = None, 0.0
        self._silent_since = max(self._silent_since, cue.end)

    def _starts_paragraph(self, line: Span, pause: float) -> bool:
        voice = _VOICE.search(self._text, *ends(line))
        if _SPEAKER.match(self._text, *ends(line)) or (voice and voice[1] != self._voice):
            return True
        ended = _SENTENCE_END.search(self._words) is not None
        if self._chars > (MAX_PARAGRAPH_CHARS if ended else MAX_SENTENCE_CHARS):
            return True
        goes_on = not ended and _MARKUP.sub("", self._text[line.start : line.end])[:1].islower()
        return pause > MAX_PAUSE and not goes_on

    def _read(self, line: Span) -> None:
        """Add a line to the current paragraph."""
        speaker = _SPEAKER.match(self._text, *ends(line))
        if speaker:
            self._parts.hidden.append(Span(*speaker.span()))
        start = speaker.end() if speaker else line.start
        for markup in _MARKUP.finditer(self._text, start, line.end):
            self._parts.hidden.append(Span(*markup.span()))
        if voice := _VOICE.search(self._text, *ends(line)):
            self._voice = voice[1]
        self._words = _MARKUP.sub("", self._text[start : line.end]).strip(_BLANKS)
        self._chars += len(self._words)
        self._last = line

    def _close(self) -> None:
        """End the current paragraph."""
        if self._begin is not None and self._last is not None:
            kind: Kind = "paragraph" if self._chars else "furniture"
            self._parts.blocks.append(Block(Span(self._begin, self._last.end), kind))
        self._begin = self._last = None
        self._chars = 0
        self._voice = ""

    def _add(self, kind: Kind, lines: Lines) -> None:
        """Add a block that is not speech."""
        self._close()
        if whole := stripped(self._text, lines[0].start, lines[-1].end):
            self._parts.blocks.append(Block(whole, kind))


def _after_line_break(text: str, offset: int) -> int:
    match = _LINE_BREAK.match(text, offset)
    return match.end() if match else offset


def _seconds(time: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in time)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _clock(seconds: float) -> str:
    """Return a time as in "00:00:41"."""
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
