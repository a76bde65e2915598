"""Finds the commands and the steps of an article, with what says what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.place import column_names
from index.split import sentences_of
from index.structure import Block
from index.types import Article, Hit, Span
from index.view import View, plain, shown
from qa.reader.names import inline_code

MAX_BLOCK_LINES = 6
"""A code block up to this long can be an answer as a whole."""
MAX_MARGIN_CHARS = 1_000
"""How much of a code block is looked at beyond the passage."""
MAX_INTRODUCTION_CHARS = 250
"""Of a longer paragraph before a code block, only the last sentence introduces it."""

VERBS = frozenset(
    """
    add adjust allow apply ask attach bake beat boil bring brush build buy call cancel change
    charge check choose clean clear click close combine configure confirm connect continue
    convert cook copy cover create cut decrease delete detach disable disconnect dissolve divide
    do download drag drain draw drill drop dry edit eject empty enable enter exit export feed
    fetch fill find finish fit fix flip fold follow get give glue go grease grind hang heat hold
    import increase insert install join keep knead lay leave let lift list load lock log loosen
    lower make mark measure melt mix mount move oil open paste peel pick place plug point pour
    press print pull push put quit raise read reboot rebuild reconnect release reload remove
    rename repeat replace reset restart restore return rinse rotate rub run save scan screw
    scroll search select send set shake sharpen show shut sign slide soak sort spread sprinkle
    start stir stop store switch take tell test thread throw tie tighten tilt touch transfer
    trim try turn type undo unlock unmount unplug unscrew update upgrade upload use visit wait
    walk warm wash weave weigh whisk wind wipe wrap write
    """.split()
)
"""A sentence or a list item that begins with one of them is a step."""
_FIRST_WORD = re.compile(
    r"\W*(?:(?:first|then|next|now|finally|after that|afterwards|always|simply|just),? )?(\w+)",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:[-*+•]|(?P<number>\d{1,3}|[a-z])[.)])\s+(?:\[[ xX]\]\s+)?")
_ASKS_TO_RUN = re.compile(
    r"\b(?:run|type|enter|use|using|with|execute|command|call|do) +`{1,2}$", re.IGNORECASE
)
_PROMPT = re.compile(r"[ \t]*(?:[$%>] |PS> )[ \t]*")
_SHELL_PROMPT = re.compile(r"[$%] \S|PS> ")
_RUN = re.compile(
    r"\b(?:run|type|enter|execute|command)(?: is| this)?:[ \t]+(\S[^\r\n]*)$", re.IGNORECASE
)
_CONDITION = re.compile(r"\W*(?:if|when|in case|should)\b", re.IGNORECASE)
_COMMENT = re.compile(r"[ \t]*(?:#|//|--|;|::|REM )[ \t]*")
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Step:
    """A command or a step that can be an answer as a whole."""

    hit: Hit
    span: Span
    """Of the article's text."""
    zone: Span
    """The span with the sentence that introduces it."""
    about: str
    """What says what it is for: its introduction and comments; of a step, the step itself."""
    code: str
    """The command; empty for a step."""
    block: int
    """Number of the block that it is in."""
    is_block: bool = False
    """Whether it is several commands: all of a code block."""

    @property
    def is_command(self) -> bool:
        """Whether it is code."""
        return bool(self.code) or self.is_block


def steps_in(hit: Hit) -> Iterator[Step]:
    """Yield the commands and steps of a passage, in order.

    All of a code block comes after its commands.
    """
    article, within = hit.passage.article, hit.passage.span
    for number in article.structure.overlapping(within):
        block = article.structure[number]
        if _is_code(article, number, block):
            yield from _in_code(hit, number, block)
        elif block.kind in ("paragraph", "item", "row"):
            start, end = max(block.span.start, within.start), min(block.span.end, within.end)
            yield from _in_prose(hit, number, block, sentences_of(article, Span(start, end)))


def _in_prose(hit: Hit, number: int, block: Block, sentences: Sequence[Span]) -> Iterator[Step]:
    """Yield the commands and steps of a block's sentences.

    A condition that is a sentence of its own belongs to the steps after it, as in "If it beeps,
    the tank is full. Empty it.".
    """
    article = hit.passage.article
    condition = ""
    for sentence in sentences:
        commands = list(_inline_commands(hit, number, block, sentence))
        steps = commands or list(_step(hit, number, block, sentence))
        yield from (replace(step, about=f"{condition}{step.about}") for step in steps)
        words = shown(article, sentence)
        if _CONDITION.match(words):
            condition = "" if steps else f"{words}\n"


def _is_code(article: Article, number: int, block: Block) -> bool:
    """Return whether a block is code.

    In plain text, what begins with a prompt is code, and what is indented after a colon.
    """
    if block.kind != "paragraph" or not number:
        return block.kind == "code"
    text, before = article.text, article.structure[number - 1].span
    indent = text[max(before.end, block.span.start - 2) : block.span.start]
    introduced = text.endswith(":", before.start, before.end) and indent in ("  ", "\t", "\n\t")
    return introduced or bool(_SHELL_PROMPT.match(text, block.span.start, block.span.end))


def _in_code(hit: Hit, number: int, block: Block) -> Iterator[Step]:
    """Yield the commands of a code block, and all of it if it is short."""
    article, within = hit.passage.article, hit.passage.span
    sentence, words = _introduction(article, number)
    start = max(block.span.start, within.start - MAX_MARGIN_CHARS)
    part = Span(start, min(block.span.end, within.end + MAX_MARGIN_CHARS))
    view = plain(article, part)
    commands = list(_commands(view.text))
    whole = _short(view) if part == block.span else None
    if whole and len(commands) > 1 and _is_nested(view.text, commands):
        commands = [(len(view.text) - len(view.text.lstrip()), len(view.text.rstrip()), "")]
    for begin, end, comment in commands:
        span = view.span(begin, end)
        if span and span.overlap(within):
            zone = Span(sentence.start if len(commands) == 1 else span.start, span.end)
            yield Step(hit, span, zone, f"{words}\n{comment}", view.text[begin:end], number)
    if whole and len(commands) > 1:
        yield Step(hit, whole, Span(sentence.start, whole.end), words, "", number, is_block=True)


def _short(view: View) -> Span | None:
    """Return the span of a code block; None if it is long, or shows the output of commands."""
    content = view.text.strip()
    lines = content.splitlines()
    if len(lines) > MAX_BLOCK_LINES or any(map(_PROMPT.match, lines)):
        return None
    start = view.text.index(content)
    return view.span(start, start + len(content))


def _is_nested(code: str, commands: Sequence[tuple[int, int, str]]) -> bool:
    """Return whether some lines are part of others, as in a program or a configuration file."""
    indents = [start - code.rfind("\n", 0, start) - 1 for start, _, _ in commands]
    return max(indents) > indents[0]


def _commands(code: str) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of the commands in a code block, each with the comment before it.

    A line that ends with a backslash continues on the next one. If there are prompts, the other
    lines are output.
    """
    lines = [(match.start(), match.end()) for match in _LINE.finditer(code)]
    has_prompts = any(_PROMPT.match(code, start) for start, _ in lines)
    comment, start = "", None
    for line_start, line_end in lines:
        line = code[line_start:line_end].rstrip()
        if start is None:
            prompt = _PROMPT.match(line)
            if mark := _COMMENT.match(line):
                comment += f"{line[mark.end() :]}\n"
                continue
            if not line or (has_prompts and not prompt):
                continue
            start = line_start + (prompt.end() if prompt else len(line) - len(line.lstrip()))
        if not line.endswith("\\"):
            yield start, line_start + len(line), comment
            comment, start = "", None


def _introduction(article: Article, number: int) -> tuple[Span, str]:
    """Return the sentence that introduces a code block, and the words of its paragraph."""
    here = article.structure[number].span
    before = article.structure[number - 1] if number else None
    if before is None or before.kind not in ("paragraph", "item"):
        return Span(here.start, here.start), ""
    near = Span(
        max(before.span.start, before.span.end - 2 * MAX_INTRODUCTION_CHARS), before.span.end
    )
    sentence = (sentences_of(article, near) or [near])[-1]
    is_short = len(before.span) <= MAX_INTRODUCTION_CHARS
    return sentence, shown(article, before.span if is_short else sentence)


def _inline_commands(hit: Hit, number: int, block: Block, sentence: Span) -> Iterator[Step]:
    """Yield the commands that are in a sentence or a table row as inline code."""
    article = hit.passage.article
    text = article.text
    codes = inline_code(text[sentence.start : sentence.end])
    words = shown(article, sentence) if codes else ""
    if codes and block.header is not None:
        names = column_names(article, article.structure[block.header].span)
        words = f"{' '.join(names)} {words}"
    for code in codes:
        span = Span(sentence.start + code.start, sentence.start + code.end)
        command = text[span.start : span.end]
        before = text[max(sentence.start, span.start - 20) : span.start]
        is_cell = block.header is not None and len(codes) == 1
        if " " in command or is_cell or _ASKS_TO_RUN.search(before):
            yield Step(hit, span, sentence, words, command, number)
    if not codes and (run := _RUN.search(text, sentence.start, sentence.end)):
        span = Span(*run.span(1))
        yield Step(hit, span, sentence, shown(article, sentence), run[1], number)


def _step(hit: Hit, number: int, block: Block, sentence: Span) -> Iterator[Step]:
    """Yield a sentence if it is an instruction, without the marker of its list item."""
    article = hit.passage.article
    marker = None
    if block.kind == "item" and sentence.start == block.span.start:
        marker = _MARKER.match(article.text, sentence.start, sentence.end)
    span = Span(marker.end() if marker else sentence.start, sentence.end)
    first = _FIRST_WORD.match(shown(article, span))
    is_instruction = (marker and marker["number"]) or (first and first[1].lower() in VERBS)
    is_last = sentence.end >= block.span.end
    introduces = is_last and _introduces(article, number)
    if is_instruction and span and block.kind != "row" and not introduces:
        yield Step(hit, span, span, shown(article, span), "", number)


def _introduces(article: Article, number: int) -> bool:
    """Return whether a block introduces the code that follows it."""
    structure = article.structure
    return (
        number + 1 < len(structure)
        and structure[number + 1].kind == "code"
        and not article.text.endswith((".", "!"), 0, structure[number].span.end)
    )
