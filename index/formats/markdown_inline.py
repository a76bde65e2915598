"""Finds the markup inside paragraphs, headings and table cells of Markdown.

markdown-it's inline tokens do not say where they are. Its rules do: each one is called at an offset
and moves it, so every rule is wrapped to note what it read as markup.

Imported only where Markdown is read: it loads markdown-it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from index.formats.building import Range

MAX_INLINE_CHARS = 4_000
"""Longer text is parsed in parts: in text made to stall, pairing takes quadratic time."""
_Rule = Callable[[StateInline, bool], bool]

_MARKUP = re.compile(r"[*_`~\[<\\&%]")
_CUT = re.compile(r"\s+")
_ADDRESS = re.compile(r"<?[a-zA-Z][a-zA-Z0-9+.-]+:")
_SPACES = re.compile(r"[ \t\n]*")
_WIKILINK = re.compile(
    r"!?\[\[([^\[\]|\n\\]{1,500})(?:(\\?\|)([^\[\]\n]{0,500}))?\]\](?!\()",
)
_SIZE = re.compile(r"\d+(?:x\d+)?")
"""What follows the name of an embedded image in Obsidian: its size."""
_COMMENT = re.compile(r"%%(?!%)[^\n]+?%%(?!%)")
_BREAK = re.compile(r"<[bh]r\b", re.IGNORECASE)


class Inline(StateInline):
    """The state of parsing one text, with what was found to be markup."""

    def __init__(
        self, source: str, parser: MarkdownIt, env: dict[str, object], with_addresses: bool
    ) -> None:
        super().__init__(source, parser, env, [])
        self.with_addresses = with_addresses
        self.markup: list[Range] = []
        self.delimiters_at: list[tuple[Token, int, int]] = []
        """Runs of * _ and ~ with start and end: markup once they are paired."""


class InlineParser:
    """Finds markup in text, knowing the link definitions of its article."""

    def __init__(self, env: dict[str, object]) -> None:
        """Create a parser. env: what the block parser has found: definitions and footnotes."""
        self._env = env
        self._parser = _parser()

    def markup(self, text: str, *, with_addresses: bool = True) -> Iterator[Range]:
        """Yield what is only markup in `text`, in no particular order.

        with_addresses: whether the absolute addresses of links are read.
        """
        if not _MARKUP.search(text):
            return
        for start, end in _parts(text):
            state = Inline(text[start:end], self._parser, self._env, with_addresses)
            self._parser.inline.tokenize(state)
            for rule in self._parser.inline.ruler2.getRules(""):
                rule(state)
            paired = [
                (begin, stop)
                for token, begin, stop in state.delimiters_at
                if token.type != "text" or not token.content
            ]
            for begin, stop in [*state.markup, *paired]:
                yield start + begin, start + stop


def _parts(text: str) -> Iterator[Range]:
    """Yield parts of a text that are short enough to parse, cut at white space if possible."""
    start = 0
    while len(text) - start > MAX_INLINE_CHARS:
        limit = start + MAX_INLINE_CHARS
        gaps = [gap.end() for gap in _CUT.finditer(text, limit - 500, limit)]
        end = gaps[-1] if gaps else limit
        yield start, end
        start = end
    yield start, len(text)


def _parser() -> MarkdownIt:
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark").enable("strikethrough").use(footnote_plugin)
    parser.inline.ruler.before("link", "wikilink", _wikilink)
    parser.inline.ruler.before("link", "comment", _comment)
    ruler = parser.inline.ruler
    for name, rule in zip(ruler.get_active_rules(), ruler.getRules(""), strict=True):
        if note := _NOTES.get(name):
            ruler.at(name, _noting(rule, note))
    parser.inline.ruler2.disable("fragments_join")  # would join what is noted with other text
    return parser


def _noting(rule: _Rule, note: Callable[[Inline, int, int], None]) -> _Rule:
    """Return a rule that notes what it reads as markup."""

    def noting(state: StateInline, silent: bool) -> bool:
        start = state.pos
        found = rule(state, silent)
        if found and not silent and isinstance(state, Inline):
            note(state, start, state.pos)
        return found

    return noting


def _wikilink(state: StateInline, silent: bool) -> bool:
    """Match [[page]], [[page|words]] and ![[page]]."""
    if state.src[state.pos] not in "[!":
        return False
    match = _WIKILINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if isinstance(state, Inline) and not silent:
        words, read = match[3], match.span(1)
        if words and words.strip() and not (match[0][0] == "!" and _SIZE.fullmatch(words)):
            read = match.span(3)
        state.markup += [(match.start(), read[0]), (read[1], match.end())]
        state.push("wikilink", "", 0)
    state.pos = match.end()
    return True


def _comment(state: StateInline, silent: bool) -> bool:
    """Match Obsidian's %%comments%%."""
    if state.src[state.pos] != "%":
        return False
    match = _COMMENT.match(state.src, state.pos, state.posMax)
    if match is None or state.src[state.pos - 1 : state.pos].isalnum():
        return False
    if isinstance(state, Inline) and not silent:
        state.markup.append(match.span())
        state.push("comment", "", 0)
    state.pos = match.end()
    return True


def _note_all(state: Inline, start: int, end: int) -> None:
    state.markup.append((start, end))


def _note_escape(state: Inline, start: int, end: int) -> None:
    token = state.tokens[-1]
    if token.type == "hardbreak" or token.content != token.markup:  # not a real backslash
        state.markup.append((start, start + 1))


def _note_ends(state: Inline, start: int, end: int) -> None:
    state.markup += [(start, start + 1), (end - 1, end)]


def _note_backticks(state: Inline, start: int, end: int) -> None:
    token = state.tokens[-1] if state.tokens else None
    if token and token.type == "code_inline":  # not a run of backticks without a partner
        width = len(token.markup)
        state.markup += [(start, start + width), (end - width, end)]


def _note_html(state: Inline, start: int, end: int) -> None:
    """Note a tag, unless it is a line break that keeps two words apart."""
    apart = state.src[start - 1 : start].isspace() or state.src[end : end + 1].isspace()
    if start == 0 or end == len(state.src) or apart or not _BREAK.match(state.src, start):
        state.markup.append((start, end))


def _note_entity(state: Inline, start: int, end: int) -> None:
    if state.src[start:end] == "&amp;":
        state.markup.append((start + 1, end))


def _note_delimiters(state: Inline, start: int, end: int) -> None:
    number = len(state.tokens)
    while end > start:
        number -= 1
        token = state.tokens[number]
        state.delimiters_at.append((token, end - len(token.content), end))
        end -= len(token.content)


def _note_link(state: Inline, start: int, end: int) -> None:
    """Note the brackets of a link. An absolute address stays readable, in its parentheses."""
    label = state.md.helpers.parseLinkLabel(state, start, True)
    state.markup += [(start, start + 1)]
    destination = _destination(state, start, label, end)
    if destination is None:
        state.markup.append((label, end))
        return
    state.markup += [(label, label + 1), (label + 2, destination[0]), (destination[1], end - 1)]


def _destination(state: Inline, start: int, label: int, end: int) -> Range | None:
    """Return where the address of a link is that is read."""
    source = state.src
    if not state.with_addresses or end == label + 1 or source[label + 1] != "(":
        return None
    spaces = _SPACES.match(source, label + 2, end)
    begin = spaces.end() if spaces else end
    parsed = state.md.helpers.parseLinkDestination(source, begin, end)
    if not parsed.ok or not _ADDRESS.match(source, begin, parsed.pos):
        return None
    address = (begin + 1, parsed.pos - 1) if source[begin] == "<" else (begin, parsed.pos)
    return None if source[slice(*address)] in source[start:label] else address


def _note_image(state: Inline, start: int, end: int) -> None:
    label = state.md.helpers.parseLinkLabel(state, start + 1, False)
    state.markup += [(start, start + 2), (label, end)]


_NOTES: dict[str, Callable[[Inline, int, int], None]] = {
    "escape": _note_escape,
    "backticks": _note_backticks,
    "strikethrough": _note_delimiters,
    "emphasis": _note_delimiters,
    "link": _note_link,
    "image": _note_image,
    "autolink": _note_ends,
    "html_inline": _note_html,
    "entity": _note_entity,
    "footnote_ref": _note_all,
}
