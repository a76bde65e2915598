"""The texts of a page's main text, to look its pieces up in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

GRAM = 16
"""Texts are compared by their runs of this many letters and digits."""
STEP = 8
"""Every so many characters, such a run of the main text is kept."""
MIN_RUN_CHARS = GRAM + STEP - 1
"""A text this long has at least one of them. Shorter ones must be equal to one as a whole."""
MIN_SHARE = 0.5
"""Share of a piece that must be in the main text."""
_LETTERS = re.compile(r"[\W_]+")
_BLOCKS = ("p", "head", "item", "cell", "quote", "list", "ab")


@dataclass(slots=True)
class Texts:
    """Texts of the main text, to be looked up."""

    whole: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)

    def add(self, letters: str) -> None:
        """Add the letters of a text."""
        self.whole.add(letters)
        self.runs.update(letters[i : i + GRAM] for i in range(0, len(letters) - GRAM + 1, STEP))

    def have(self, letters: str) -> bool:
        """Return whether letters are mostly, or if they are few, exactly among the texts."""
        if letters in self.whole or len(letters) < MIN_RUN_CHARS:
            return letters in self.whole
        grams = len(letters) - GRAM + 1
        found = sum(letters[i : i + GRAM] in self.runs for i in range(grams))
        return found * STEP >= MIN_SHARE * grams


def main_texts(body: _Element) -> tuple[Texts, Texts, int]:
    """Return the headings and the other texts of the main text, and how many letters it has."""
    headings, texts, size = Texts(), Texts(), 0
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        target = headings if element.tag == "head" else texts
        for text in _texts_of(element):
            own = letters_of(text)
            if own:
                target.add(own)
        size += len(letters_of(element.text or "")) + len(letters_of(element.tail or ""))
    return headings, texts, size


def _texts_of(element: _Element) -> Iterable[str]:
    """Yield the texts that an element may have been made of."""
    if element.tag in _BLOCKS or element.tag == "code":
        own, line = [element.text or ""], [element.text or ""]
        for child in element:
            is_block = child.tag in _BLOCKS
            if is_block:
                yield "".join(own)
                own.clear()
            if is_block or child.tag == "lb":
                yield "".join(line)
                line.clear()
            else:
                inside = "".join(child.itertext())
                own.append(inside)
                line.append(inside)
            own.append(child.tail or "")
            line.append(child.tail or "")
        yield "".join(own)
        yield "".join(line)
    else:
        yield element.text or ""
    yield element.tail or ""


def letters_of(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return _LETTERS.sub("", text).casefold()
