"""Makes text safe to show. All text from outside passes through `visible` first."""

from __future__ import annotations

import json
import re
import unicodedata

# Characters that can move the cursor, recolour, reorder, hide or break a line: controls (Cc),
# format characters such as bidirectional and zero-width ones (Cf), line and paragraph
# separators (Zl, Zp), lone surrogates (Cs) and private use (Co).
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co"})
MAX_CLIPPED_CHARS = 200
NOT_SURE = "Not sure the text says this."
_LINE_END = re.compile(r"\r\n|\r")
_NOT_PRINTABLE_ASCII = re.compile(r"[^\n\x20-\x7e]")


def visible(text: str) -> str:
    r"""Return `text` with a visible mark for every character that a terminal could act on.

    Line ends become "\n" and tabs a space. Control characters become their Unicode pictures,
    such as ␛ for escape; other invisible characters become their number, such as ⟨202E⟩.
    """
    return _NOT_PRINTABLE_ASCII.sub(_mark, _LINE_END.sub("\n", text))


def visible_line(text: str) -> str:
    """Return `visible(text)` on one line, for titles, paths and questions."""
    return " ".join(visible(text).split())


def visible_name(name: str) -> str:
    """Return `visible(name)` on one line without collapsing spaces, for paths to open."""
    return visible(re.sub(r"[\r\n]", lambda end: chr(0x2400 + ord(end[0])), name))


def clipped(text: str) -> str:
    """Return a text on one line, safe to show and at most MAX_CLIPPED_CHARS long."""
    line = visible_line(text[: MAX_CLIPPED_CHARS + 1])
    return line if len(text) <= MAX_CLIPPED_CHARS else line[:MAX_CLIPPED_CHARS] + "…"


def json_text(value: object, *, indent: int | None = None, ascii: bool = False) -> str:
    """Return a value as JSON that is safe to show in a terminal.

    Characters that `visible` would replace are escaped, so parsing gives the original text.

    ascii: whether to escape all characters besides ASCII.
    """
    return escaped(json.dumps(value, ensure_ascii=ascii, indent=indent))


def escaped(json: str) -> str:
    """Return JSON in which the characters that `visible` would replace are escaped."""
    # Outside of strings, the only control characters in JSON are the line ends of `indent`.
    return _NOT_PRINTABLE_ASCII.sub(_escape, json)


def typed_line(text: str) -> str:
    """Return `text` on one line without characters that `visible` would replace, for user input."""
    line = re.sub(r"[\r\n\t]+", " ", text)
    return "".join(c for c in line if unicodedata.category(c) not in _UNSAFE_CATEGORIES)


def as_sentences(message: str, hint: str) -> str:
    """Return what is wrong and what to do about it, one after the other."""
    is_sentence = not hint or message.endswith((".", "!", "?", ":", "…"))
    return f"{message}{'' if is_sentence else '.'} {hint}".strip()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 article", "1,200 articles"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(probability: float) -> str:
    """Return a probability in [0, 1] as a whole percentage from 1 to 99, such as "93 %".

    What is below a half is not rounded up to 50 %, from which on words are called an answer.
    """
    most = 49 if probability < 0.5 else 99
    return f"{min(most, max(1, round(probability * 100)))} %"


def not_sure(closest: str, probability: float) -> str:
    """Return how to say that some words may answer. closest: these words, safe to show."""
    return f"{NOT_SURE} Closest: “{closest}” ({percent(probability)})"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    is_safe = unicodedata.category(character) not in _UNSAFE_CATEGORIES
    return character if is_safe else json.dumps(character)[1:-1]


def _mark(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    code = ord(character)
    if character == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟨{code:04X}⟩"
