"""Decodes bytes: to the letter, or not at all."""

from __future__ import annotations

import codecs
import re
import unicodedata

from index.formats.base import Unreadable

DETECTION_SAMPLE_BYTES = 100_000
MIN_NON_ASCII_BYTES = 7
"""With fewer, both detectors can agree on a wrong guess: Big5 for "Żółw" in ISO-8859-2."""
MAX_MIXED_WORDS = 0.2
"""Share of the words beyond ASCII that may have letters of two scripts."""
MIN_ASCII_IN_UTF_16 = 0.005
"""Share of a text's characters that are ASCII in any language: spaces and line breaks, at least."""
MAX_ASCII_BYTES = 0.75
"""Share of the bytes of UTF-16 that are those of ASCII letters and marks."""
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MIN_CHARS_A_REPLACED = 200
"""More invalid bytes are not a fault of a text, but another encoding."""
REPLACED = "\ufffd"
_ASCII_ONLY = ("iso2022", "hz", "utf-7")
"""Encodings whose bytes are all ASCII, so that their text is valid UTF-8."""
_COMMON = tuple(
    "cp125 iso8859 koi8 mac-roman cp437 cp85 cp866 cp932 shift_jis euc gb big5 cp949".split()
)
"""How encodings start that are suggested to users. Detectors know many that are not in use."""
_WORD = re.compile(r"[^\W\d_]+")
_USUAL_MARKS = frozenset("“”‘’‚„–—…•€£°§«»‹›©®™·¿¡ºª¼½¾²³×\xa0")


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Decode bytes; return the text without byte order mark, and the encoding used.

    Tries a byte order mark, then UTF-8, then `encoding`, then detection if its result is certain.
    Never replaces a byte.

    Raises: Unreadable for binary content, and if the encoding is wrong or uncertain.
    """
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode(content[len(mark) :], name), name
    asked = _lookup(encoding) if encoding is not None else None
    invalid: UnicodeDecodeError | None = None
    if b"\0" not in content and not (asked and _is_ascii_only(content, asked)):
        try:
            return content.decode("utf-8"), "utf-8"
        except UnicodeDecodeError as error:
            invalid = error
    if asked is not None:
        _check_wide(content, asked)
        return _decode(content, asked), asked
    if invalid is None:
        raise _binary(content)
    if _is_mostly_utf_8(content):
        place = f"UTF-8 with invalid bytes, the first at {invalid.start:,}"
        raise Unreadable("encoding", f"{place}; fix it, or try --encoding NAME")
    name = _detect(content)
    return _decode(content, name), name


def repaired_utf_8(content: bytes, *, is_declared: bool) -> tuple[str, int] | None:
    """Return a text in UTF-8 in which a few invalid bytes are replaced, and how many those are.

    None if it is not in UTF-8. is_declared: whether it says that it is.
    """
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    replaced = text.count(REPLACED) - content.count(REPLACED.encode())
    others = sum(not char.isascii() for char in text) - replaced
    if "\0" in text or not (is_declared or others >= replaced):
        return None
    return (text, replaced) if MIN_CHARS_A_REPLACED * replaced <= len(text) else None


def replaced_in_words(count: int) -> str:
    """Return a note about so many bytes that were replaced; empty if none were."""
    return f"invalid bytes, read as {REPLACED}: {count:,}" if count else ""


def _lookup(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except (ValueError, LookupError) as error:
        raise Unreadable("encoding", f"{error}; try --encoding NAME") from error


def _is_ascii_only(content: bytes, encoding: str) -> bool:
    return encoding.startswith(_ASCII_ONLY) and content.isascii()


def _decode(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
        text.encode("utf-8")  # UTF-7 and the escape encodings let lone surrogates through
    except (ValueError, LookupError) as error:
        raise Unreadable("encoding", f"not {encoding}: {error}; try --encoding NAME") from error
    if "\0" in text:
        raise _binary(content)
    return text


def _check_wide(content: bytes, encoding: str) -> None:
    """Raise Unreadable if content is not in UTF-16 or UTF-32 although it can be decoded so.

    Any bytes of even length can: one-byte encodings and the other byte order turn into CJK.
    """
    if not encoding.startswith(("utf-16", "utf-32")) or _reads_as(content, encoding):
        return
    if any(_reads_as(content, name) for name in WIDE):
        raise _binary(content)
    ascii_bytes = sum(9 <= byte < 127 for byte in content[:DETECTION_SAMPLE_BYTES])
    if ascii_bytes > MAX_ASCII_BYTES * min(len(content), DETECTION_SAMPLE_BYTES):
        raise Unreadable("encoding", f"neither UTF-8 nor {encoding}; try --encoding NAME")


def _binary(content: bytes) -> Unreadable:
    """Return the error for content with NUL bytes; it says so if it reads as UTF-16 or UTF-32."""
    for name in WIDE:
        if _reads_as(content, name):
            form = f"{name[:6].upper()} without a byte order mark"
            return Unreadable("binary", f"perhaps {form}; set it with --encoding {name}")
    return Unreadable("binary")


def _reads_as(content: bytes, encoding: str) -> bool:
    """Return whether content is text in UTF-16 or UTF-32 of one byte order."""
    unit = 4 if "32" in encoding else 2
    if len(content) % unit:
        return False
    try:
        text = content[: DETECTION_SAMPLE_BYTES - DETECTION_SAMPLE_BYTES % 4].decode(encoding)
    except UnicodeDecodeError as error:
        if error.end < min(len(content), DETECTION_SAMPLE_BYTES) - unit:
            return False
        text = content[: error.start].decode(encoding)
    if not all(char.isprintable() or char.isspace() for char in text):
        return False
    plain = sum(char.isascii() for char in text)  # of the other byte order, it would be CJK
    return "\0" not in text and plain >= MIN_ASCII_IN_UTF_16 * len(text) > 0


def _is_mostly_utf_8(content: bytes) -> bool:
    """Return whether valid non-ASCII characters in UTF-8 are at least as many as invalid bytes.

    Detectors do not check this: they take such a file for a code page and garble every accent.
    """
    valid = content.decode("utf-8", "ignore")
    invalid_bytes = len(content) - len(valid.encode("utf-8"))
    return len(valid) - len(valid.encode("ascii", "ignore")) >= invalid_bytes


def _detect(content: bytes) -> str:
    """Return the encoding that two independent detectors agree on.

    A single one is too often confidently wrong: a few accents fit dozens of code pages. Two agree
    if they decode the same text. Raises: Unreadable if they do not.
    """
    import chardet
    from charset_normalizer import from_bytes

    sample = content[:DETECTION_SAMPLE_BYTES]
    if len(sample) < len(content):  # cut at white space, where no character is split
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample
    best = from_bytes(sample).best()
    guess = chardet.detect(sample)["encoding"]
    if best is None or guess is None:
        raise Unreadable("binary", "no text encoding fits")
    enough = sum(byte > 127 for byte in sample) >= MIN_NON_ASCII_BYTES
    text = _text(sample, guess)
    agreed = enough and text is not None and text == _text(sample, best.encoding)
    if agreed and text is not None and not _mixes_scripts(text):
        return codecs.lookup(guess).name
    raise Unreadable("encoding", _advice(sample, guess))


def _advice(sample: bytes, guess: str) -> str:
    """Return what to say of text in an unknown encoding. guess: of a detector."""
    western = _text(sample, "cp1252")
    guess = codecs.lookup(guess).name
    for name in (guess, "cp1252") if guess.startswith(_COMMON) else ("cp1252",):
        text = _text(sample, name)
        if text and _is_plausible(text):
            likely = "cp1252" if text == western else name
            return f"not UTF-8, perhaps {likely}; set it with --encoding {likely}"
    return "not UTF-8; set it with --encoding NAME"


def _text(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None  # the bytes do not decode with a detector's own guess


def _mixes_scripts(text: str) -> bool:
    """Return whether many words have both Latin and other letters: the encoding is wrong."""
    accented = _accented_words(text)
    mixed = 0
    for word in accented:
        is_latin = [unicodedata.name(char, "").startswith("LATIN") for char in word]
        mixed += any(is_latin) and not all(is_latin)
    return mixed > MAX_MIXED_WORDS * len(accented)


def _is_plausible(text: str) -> bool:
    """Return whether text could be written so: no word mixes scripts, or has capitals inside.

    The characters beyond ASCII are letters, or such as are usual between words.
    """
    if _mixes_scripts(text):
        return False
    odd = sum(
        not (w[1:].islower() or w.isupper() or w[1:] == w[1:].swapcase())
        for w in _accented_words(text)
        if len(w) > 1
    )
    others = {char for char in text if not (char.isascii() or char.isalpha())}
    return not odd and others <= _USUAL_MARKS


def _accented_words(text: str) -> set[str]:
    return {word for word in set(_WORD.findall(text)) if not word.isascii()}
