"""Hostile text that a terminal would act on, and a strict parser of what is sent to a terminal."""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"

PAYLOADS = {
    # Control sequences
    "clear the screen": f"{ESC}[2J{ESC}[H",
    "clear the scrollback": f"{ESC}[3J",
    "colour": f"{ESC}[31;1mred{ESC}[0m",
    "hidden words": f"{ESC}[8mhidden{ESC}[28m",
    "cursor up and overwrite": f"{ESC}[1A{ESC}[2Koverwritten",
    "scroll region": f"{ESC}[1;2r",
    "insert lines": f"{ESC}[99L",
    "leave the alternate screen": f"{ESC}[?1049l",
    "show the cursor": f"{ESC}[?25h",
    "mouse reporting": f"{ESC}[?1003h",
    "bracketed paste off": f"{ESC}[?2004l",
    "synchronised output for ever": f"{ESC}[?2026h",
    "report the cursor": f"{ESC}[6n",
    "report the device": f"{ESC}[c{ESC}[>c{ESC}[=c",
    "report the title": f"{ESC}[21t",
    "resize the window": f"{ESC}[8;5;5t",
    "soft reset": f"{ESC}[!p",
    "kitty keys": f"{ESC}[>31u",
    "repeat a character": f"x{ESC}[9999b",
    "unfinished": f"{ESC}[38;2;",
    "control inside a sequence": f"{ESC}[3\r\n1m",
    # Escapes without a bracket
    "full reset": f"{ESC}c",
    "line drawing": f"{ESC}(0lqqk{ESC}(B",
    "save and restore the cursor": f"{ESC}7{ESC}8",
    "reverse index": f"{ESC}M",
    "alignment test": f"{ESC}#8",
    "escape alone": ESC,
    "application keypad": f"{ESC}=",
    "other charset": f"{ESC}%@",
    # Strings
    "title": f"{ESC}]0;owned{BEL}",
    "title, by ST": f"{ESC}]2;owned{ST}",
    "link": f"{ESC}]8;;https://example.org{ST}link{ESC}]8;;{ST}",
    "link to a file": f"{ESC}]8;;file:///etc/passwd{BEL}here{ESC}]8;;{BEL}",
    "clipboard": f"{ESC}]52;c;cm0gLXJm{BEL}",
    "clipboard, asked for": f"{ESC}]52;c;?{ST}",
    "palette": f"{ESC}]4;0;rgb:ff/ff/ff{BEL}",
    "background, asked for": f"{ESC}]11;?{BEL}",
    "notification": f"{ESC}]777;notify;a;b{BEL}{ESC}]9;c{BEL}",
    "file transfer": f"{ESC}]1337;File=name=YQ==;inline=1:YQ=={BEL}",
    "unfinished string": f"{ESC}]0;never ended",
    "device control": f"{ESC}P$q m{ST}",
    "sixel": f"{ESC}Pq#0;2;0;0;0~{ST}",
    "terminal features": f"{ESC}P+q544e{ST}",
    "application command": f"{ESC}_Gf=100,a=T;AAAA{ST}",
    "privacy message": f"{ESC}^hidden{ST}",
    "start of string": f"{ESC}Xhidden{ST}",
    "tmux passthrough": f"{ESC}Ptmux;{ESC}{ESC}]52;c;YQ=={BEL}{ST}",
    # The same in eight bits
    "8-bit CSI": "\x9b31m\x9b2J",
    "8-bit OSC": "\x9d52;c;YQ==\x9c",
    "8-bit DCS": "\x90q\x9c",
    "8-bit APC, PM, SOS": "\x9fG\x9c\x9ea\x9c\x98b\x9c",
    "8-bit index and next line": "\x84\x85\x8d",
    "all of C1": "".join(map(chr, range(0x80, 0xA0))),
    # Single controls
    "bell": BEL,
    "backspaces": "secret\x08\x08\x08\x08\x08\x08public",
    "form feed and vertical tab": "a\x0cb\x0bc",
    "shift out": "\x0elqk\x0f",
    "NUL": "a\0b",
    "delete": "a\x7fb",
    "cancel and substitute": "a\x18b\x1ac",
    "device controls": "\x11\x12\x13\x14\x05\x06",
    "separators": "\x1c\x1d\x1e\x1f",
    "carriage return alone": "first\rsecond",
    "line feed and return": "first\n\rsecond\r\r\nthird",
    "tabs": "\ta\t\tb\t",
    # Reorders or hides text, or has no width
    "bidi override": "a\u202egpj.exe\u202cb",
    "bidi embedding": "\u202aa\u202bb\u202c",
    "bidi isolates": "\u2066a\u2067b\u2068c\u2069",
    "bidi marks": "\u200ea\u200fb\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\u2064",
    "byte order mark inside": "a\ufeffb",
    "soft hyphens": "a\u00adb\u00adc",
    "tags": "a" + "".join(chr(0xE0000 + ord(c)) for c in "hidden") + "\U000e0001\U000e007f",
    "private use": "\ue000\uf8ff\U000f0000\U0010fffd",
    "separators of lines and paragraphs": "a\u2028b\u2029c",
    "interlinear annotation": "\ufff9a\ufffab\ufffb",
    "deprecated format characters": "\u206aa\u206f",
    "musical format characters": "\U0001d173a\U0001d17a",
    "lone surrogates": "a\ud83db\udc9bc",
    "bytes that are no text": "a\udcffb\udc9bc",
    # Markup of rich and Textual
    "closing tag": "[/] [/bold] [/",
    "style": "[red on blue blink]x[/] [bold]y",
    "action": "[@click=app.quit]x[/] [@click='app.bell']y[/]",
    "link markup": "[link=https://example.org]x[/link] [link='file:///']y[/]",
    "variable": "[$primary]x[/] $text $nowhere [$",
    "escaped markup": "\\[red]x\\[/] \\",
    "emoji code": ":bomb: :smile:",
    "brackets": "[[[ ]]] [ [] [1] [a=b] ['] [\"]",
    "percent and braces": "%s %(x)s {0} {x!r} {{",
    # Hard to draw
    "very long line": "word " * 2000,
    "very long word": "x" * 3000,
    "wide characters": "日本語の文章 ｆｕｌｌ 한국어",
    "many marks": "e" + "\u0301" * 300 + "Z\u0335\u0321\u035c",
    "emoji": "👩\u200d👩\u200d👦 👍🏽 🇫🇷 ❤\ufe0f 1\ufe0f\u20e3 🏴\U000e0067\U000e007f",
    "spaces of all kinds": "a\u00a0b\u2003c\u3000d\u1680e\u202ff",
    "not characters": "\ufffe\uffff\U0001fffe",
    "right to left": "שלום عربى",
}
RAW = {
    "8-bit controls in Latin-1": b"caf\xe9 \x9b31m cr\xe8me \x9d0;x\x9c br\xfbl\xe9e \xe0 p\xe2te",
    "not UTF-8": b"\xff\xfe\xfd \xc3\x28 \xa0\xa1",
    "UTF-16": "The beacon \x1b]0;x\x07 \u202e \x9b2J of the harbour.".encode("utf-16"),
    "front matter": b"---\ntitle: \x1b]0;x\x07\xc2\x9b2J [/]\n---\nThe harbour has a beacon.\n",
}
"""Contents of files that are not UTF-8, or that text cannot express."""

QUESTION = "When was the beacon of the harbour painted green?"
MAX_NAME_BYTES = 200


def write_corpus(folder: Path) -> int:
    """Write an article per payload, with it in name, title and text; return how many there are."""
    folder.mkdir()
    for number, payload in enumerate(PAYLOADS.values(), start=1):
        first = f"Beacon {number} {payload}"
        heading = f"# {first}\n" if number % 2 else f"{first}\n\n"
        text = (
            f"{heading}\nThe beacon number {number} of the harbour {payload} was painted green in "
            f"{1900 + number}. {payload}\n"
        )
        name = f"{number:03} {payload}".replace("/", "⁄").replace("\0", "")
        _write(folder, name, ".md" if number % 2 else ".txt", text.encode("utf-8", "surrogatepass"))
    for number, content in enumerate(RAW.values()):
        _write(folder, f"raw {number}", ".md", content)
    return len(PAYLOADS) + len(RAW)


def _write(folder: Path, name: str, suffix: str, content: bytes) -> None:
    """Write a file, under a plain name if the file system rejects the hostile one."""
    encoded = b"".join(map(_in_file_names, name))[:MAX_NAME_BYTES]
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + encoded + suffix.encode())).write_bytes(
            content
        )
    except OSError:
        (folder / f"{name[:3]} refused{suffix}").write_bytes(content)


def _in_file_names(character: str) -> bytes:
    try:
        return os.fsencode(character)
    except UnicodeEncodeError:
        return b""  # a surrogate that does not represent a byte


# What is sent to a terminal

UNSAFE_CATEGORIES = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<parameters>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b(?P<opener>[\]PX^_])(?P<string>[^\x00-\x1f\x7f-\x9f]*)(?:\x1b\\|\x07)"
    r"|(?P<line>\r\n)"
    r"|(?P<control>\x1b?.)",
    re.DOTALL,
)
_UNFINISHED = re.compile(
    r"(?:\r|\x1b(?:\[[<=>?]?[0-9;:]*[ -/]*|[\]PX^_][^\x00-\x1f\x7f-\x9f]*\x1b?)?)\Z"
)
_STRINGS = {"]": "OSC", "P": "DCS", "X": "SOS", "^": "PM", "_": "APC"}


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a program's output to a terminal."""

    kind: str
    """"text", "line", "SGR", "CSI H", "CSI ?25h", "OSC 52", "control 1B" and the like."""
    sent: str
    """The part itself."""
    parameters: str = ""


class Reader:
    """Splits a stream of bytes into tokens; bytes that are not UTF-8 are an error.

    It only knows the syntax; callers decide which kinds are allowed.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self.rest = ""
        """The start of a sequence that is not complete yet."""

    def read(self, received: bytes) -> Iterator[Token]:
        text = self.rest + self._decode(received)
        unfinished = _UNFINISHED.search(text)
        stop = unfinished.start() if unfinished else len(text)
        self.rest = text[stop:]
        for match in _TOKEN.finditer(text, 0, stop):
            yield _token(match)


def _token(match: re.Match[str]) -> Token:
    sent = match[0]
    if match["text"]:
        return Token("text", sent)
    if match["line"]:
        return Token("line", sent)
    if match["opener"]:
        number, _, rest = match["string"].partition(";")
        return Token(f"{_STRINGS[match['opener']]} {number}", sent, rest)
    if match["final"]:
        private, parameters, between = match["private"], match["parameters"], match["between"]
        if (private, between, match["final"]) == ("", "", "m"):
            return Token("SGR", sent, parameters)
        if private:  # modes and the like, where the parameters are part of the kind
            return Token(f"CSI {sent[2:]}", sent, parameters)
        return Token(f"CSI {between}{match['final']}", sent, parameters)
    return Token("control " + " ".join(f"{ord(c):02X}" for c in sent), sent)


def unsafe_characters(tokens: list[Token]) -> Counter[str]:
    """Count the characters in the text tokens that a terminal could act on."""
    words = "".join({token.sent for token in tokens if token.kind == "text"})
    return Counter(
        f"U+{ord(character):04X}"
        for character in words
        if unicodedata.category(character) in UNSAFE_CATEGORIES
    )
