"""Automatic numbers of headings and list items, as office programs show but do not store them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_TEMPLATE_CHARS = 60
_MAX_ROMAN = 3_999
_MAX_LETTERS = 26 * 4
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
CHECK_BOXES = tuple("☐☑☒✓✔✗✘")
"""Bullets that say something."""
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """How the numbers of one level of a list look."""

    form: str = "decimal"
    """"decimal", "roman", "ROMAN", "letters", "LETTERS", "ordinal", "zero"; empty: no number."""
    template: str = "%1."
    """What is shown; "%2" is replaced by the number of the second level."""
    start: int = 1
    is_decimal: bool = False
    """Whether the numbers of all levels are shown in digits, as in "Article II, Section 2.1"."""
    restarts: bool = True
    """Whether it starts again after an item of a level above."""


@dataclass(slots=True)
class Counter:
    """Counts the items of one list, level by level."""

    _values: dict[int, int] = field(default_factory=dict)

    def restart(self, depth: int, start: int) -> None:
        """Let the next item of a level have the number `start`. depth: from 0."""
        self._values[depth] = start - 1

    def next(self, levels: Mapping[int, Level], depth: int) -> str:
        """Count an item; return its number or check box as it is shown, empty for other bullets.

        depth: from 0.
        """
        level = levels.get(depth, Level())
        for above in range(depth):
            self._values.setdefault(above, levels.get(above, Level()).start)
        self._values[depth] = self._values.get(depth, level.start - 1) + 1
        for below in [each for each in self._values if each > depth]:
            if levels.get(below, Level()).restarts:
                del self._values[below]
        if not level.form:
            return level.template if level.template in CHECK_BOXES else ""

        def shown(place: re.Match[str]) -> str:
            of = int(place[1]) - 1
            form = "decimal" if level.is_decimal else levels.get(of, Level()).form
            return formatted(self._values.get(of, 1), form)

        return _PLACE.sub(shown, level.template[:MAX_TEMPLATE_CHARS]).strip()


def formatted(number: int, form: str) -> str:
    """Return a number in one of the forms of `Level`."""
    if form in ("roman", "ROMAN") and 0 < number <= _MAX_ROMAN:
        return _roman(number) if form == "roman" else _roman(number).upper()
    if form in ("letters", "LETTERS") and 0 < number <= _MAX_LETTERS:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "letters" else letter.upper()
    if form == "ordinal":
        return f"{number}{_ordinal(number)}"
    if form == "zero":
        return f"{number:02}"
    return str(number) if form else ""


def _roman(number: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        count, number = divmod(number, value)
        letters += letter * count
    return letters


def _ordinal(number: int) -> str:
    if number // 10 % 10 == 1:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
