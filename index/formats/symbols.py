"""Characters stored in another way: as a place in a symbol font, or as a digit that is raised."""

from __future__ import annotations

_FIRST = 0xF000
"""Symbol fonts have their characters from here on, in Unicode's private area."""
_SYMBOL = {
    **dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True)),
    **dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
    **dict(zip(range(0x20, 0x41), " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅", strict=True)),
    0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°",
    0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡",
    0xBB: "≈", 0xBC: "…", 0xC5: "⊕", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xCE: "∈", 0xCF: "∉",
    0xD1: "∇", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "∏", 0xD6: "√", 0xDE: "⇒", 0xE5: "∑",
    0xF2: "∫",
}  # fmt: skip
_RAISED = str.maketrans("0123456789+-−()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿⁱ")
_BETWEEN = " ,\xa0"
"""What may be between raised digits, as in the marks of two notes."""
_WINGDINGS = {0xFC: "✓", 0xFB: "✗", 0xFE: "☑", 0xFD: "☒", 0xA8: "☐", 0x6F: "☐", 0xE0: "→"}


def symbol(font: str, code: str) -> str:
    """Return the character at a place of a symbol font; empty if it is only an ornament.

    code: the place in hexadecimal.
    """
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    known = _SYMBOL if font == "Symbol" else _WINGDINGS if font.startswith("Wingdings") else None
    if known is not None:
        return known.get(place - _FIRST if place >= _FIRST else place, "")
    return chr(place) if 0x20 <= place < 0xD800 else ""


def raised(text: str | None) -> str:
    """Return raised text: digits as superscripts, so that ten to the sixth does not become 106.

    Words, such as the "st" of "1st", stay as they are.
    """
    if not text:
        return ""
    is_number = any(map(str.isdigit, text)) and all(
        ord(char) in _RAISED or char in _BETWEEN for char in text
    )
    return text.translate(_RAISED) if is_number else text
