"""Finds the blocks of Markdown: where each one is, and in which list or quote.

markdown-it's block rules are wrapped to note the lines that they read, and where on each line its
content starts, after the markers of lists and quotes. Its tokens are not kept: they would take
many times the memory of the text.

Imported only where Markdown is read: it loads markdown-it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

MAX_NESTING = 100
"""What is nested deeper, two levels a list, is read as plain text."""
LEAVES = (
    "front_matter",
    "comment",
    "table",
    "code",
    "fence",
    "hr",
    "reference",
    "html_block",
    "heading",
    "lheading",
    "paragraph",
)
"""The rules for blocks that contain no blocks."""
CONTAINERS = ("", "first", "item", "quote")
"""What a leaf is in: nothing; at the start of a list item; further down in it; a quote."""
_CHAINS = ("paragraph", "reference", "blockquote", "list")
"""The kinds of blocks that some rules can end."""

_Rule = Callable[[StateBlock, int, int, bool], bool]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block that contains no blocks."""

    rule: str
    """One of LEAVES: what it was read as."""
    first: int
    """Its first line, from 0."""
    last: int
    """The line after its last one."""
    container: str
    """One of CONTAINERS."""
    depth: int
    """How many lists it is in."""


class Blocks(StateBlock):
    """The leaves of a text, and the lines that they are on.

    Offsets are those of the text that was given.
    """

    def __init__(self, text: str) -> None:
        """Parse a text whose lines end in \\n."""
        self.env: dict[str, object] = {}
        parser = _parser()
        super().__init__(text, parser, self.env, [])
        self.begins = array("Q", self.bMarks)
        """Where each line starts; one more for the end."""
        self.contents = array("Q", self.bMarks)
        """Where the content of each line starts, after white space and the containers' markers."""
        self._leaves = array("Q")
        self._open: list[str] = []  # lists, items and quotes around the current line
        self._too_deep = -1  # the last line that was nested too deeply to be parsed
        line = 0
        while line < self.lineMax:
            parser.block.tokenize(self, line, self.lineMax)
            line = self._next_readable()

    def __iter__(self) -> Iterator[Leaf]:
        numbers = iter(self._leaves)
        for rule, first, last, container, depth in zip(*[numbers] * 5, strict=True):
            yield Leaf(LEAVES[rule], first, last, CONTAINERS[container], depth)

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """Follow what is opened and closed; keep no token."""
        token = Token(ttype, tag, nesting)
        if nesting < 0:
            self.level -= 1
        token.level = self.level
        if nesting > 0:
            self.level += 1
        if ttype in ("bullet_list_open", "ordered_list_open"):
            self._open.append("list")
        elif ttype == "list_item_open":
            self._open.append("first")
        elif ttype == "blockquote_open":
            self._open.append("quote")
        elif ttype in _CLOSING:
            self._open.pop()
        return token

    def note(self, rule: str, first: int) -> None:
        """Keep a leaf that ends before the current line."""
        is_code = rule in ("code", "fence")  # whose indentation is read
        for line in range(first, self.line):
            shift = 0 if is_code and line > first else self.tShift[line]
            self.contents[line] = self.bMarks[line] + shift
        container = self._open[-1] if self._open else ""
        if container == "first":
            self._open[-1] = "item"
        depth = self._open.count("list")
        numbers = LEAVES.index(rule), first, self.line, CONTAINERS.index(container), depth
        self._leaves.extend(numbers)

    def skipEmptyLines(self, from_pos: int) -> int:  # noqa: N802 - markdown-it's name
        """Go to the next block; note whether it is nested too deeply."""
        line = super().skipEmptyLines(from_pos)
        if self.level >= MAX_NESTING:
            self._too_deep = line
        return line

    def _next_readable(self) -> int:
        """Return where to go on after what is nested too deeply, because its end is not known.

        That is at a line that is not indented and has a blank line before it.
        """
        self.level = self.blkIndent = 0
        self.listIndent = -1
        self._open.clear()
        done = self._leaves[-3] if self._leaves else 0
        if done > self._too_deep:
            return self.lineMax
        line = self._too_deep + 1
        while line < self.lineMax and not self._starts_block(line):
            line += 1
        return line

    def _starts_block(self, line: int) -> bool:
        return self.isEmpty(line - 1) and not self.isEmpty(line) and self.sCount[line] == 0


_CLOSING = {"bullet_list_close", "ordered_list_close", "list_item_close", "blockquote_close"}


def _parser() -> MarkdownIt:
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    parser.use(front_matter_plugin).use(footnote_plugin)
    ruler = parser.block.ruler
    ruler.before("table", "comment", _comment, {"alt": [*_CHAINS]})
    for name, rule in zip(ruler.get_active_rules(), ruler.getRules(""), strict=True):
        if name in LEAVES:
            chains = [chain for chain in _CHAINS if rule in ruler.getRules(chain)]
            ruler.at(name, _noting(name, rule), {"alt": chains})
    return parser


def _noting(name: str, rule: _Rule) -> _Rule:
    """Return a rule that notes the lines that it reads."""

    def noting(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        found = rule(state, first, last, silent)
        if found and not silent and isinstance(state, Blocks):
            state.note(name, first)
        return found

    return noting


def _comment(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Match Obsidian's comments, from a line that starts with %% to one that ends with it."""
    start = state.bMarks[first] + state.tShift[first]
    if not state.src.startswith("%%", start) or state.is_code_block(first):
        return False
    start += 2
    for line in range(first, last):
        if line > first and state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return False
        end = state.eMarks[line]
        if state.src.find("%%", start, end) >= 0:
            if not state.src[start:end].rstrip().endswith("%%"):
                return False
            if not silent:
                state.line = line + 1
            return True
        start = state.bMarks[line + 1]
    return False
