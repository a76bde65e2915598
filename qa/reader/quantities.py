"""Recognises dates, and numbers with what belongs to them: signs, units, ranges, hedges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from index.types import Span

MAX_HEDGE_CHARS = 40
"""How far before a number to look for its hedge, such as "not more than"."""

UNITS = frozenset(
    """
    second minute hour day night week fortnight month year decade century centuries
    ms min mins h hr hrs sec secs am pm
    mm cm m km nm inch inches foot feet ft yard mile mi metre meter kilometre kilometer centimetre
    centimeter millimetre millimeter fathom hectare acre ha m² km² m³ km³
    mg g kg tonne ton oz ounce lb lbs pound gram kilo kilogram milligram stone
    ml cl l litre liter millilitre milliliter gallon pint barrel bushel cup tablespoon teaspoon tbsp
    tsp
    bit byte kB KB MB GB TB PB KiB MiB GiB TiB kbit Mbit Gbit kbps Mbps Gbps
    W kW MW GW kWh MWh V mV kV mA Ah mAh Hz kHz MHz GHz hp K J kJ kcal watt volt amp amps
    bar mbar Pa hPa kPa psi dB lx lm
    degree mph knot rpm px dpi pixel
    percent
    dollar cent euro pence penny pennies crown franc mark shilling guilder guinea florin yen yuan
    rupee peso rouble ruble krone krona kroner kronor lira ducat thaler
    USD EUR GBP CHF JPY SEK NOK DKK BC BCE CE AD
    """.split()
)
"""Words that follow a number and belong to it; those of three letters and more also with an s."""

_LARGE = "hundred|thousand|million|billion|trillion|dozen|score"
_SMALL = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    "|zero|half"
)
_FIRST = f"{_SMALL}|{_LARGE}|{'|'.join(word.title() for word in _SMALL.split('|'))}"
_NUMBER = (
    r"(?:(?<![\w)\]])[-−+±])?(?:(?:\b[A-Z]{2})?[$€£¥₹₽₩] ?[-−]?|\b[A-Z]{3} (?=\d))?"
    r"(?:\d\w*|\.\d\w*)(?:[.,:/'’]\d\w*)*\+?"
    rf"(?: (?:{_LARGE})s?\b)*"
    rf"|\b(?:[Aa]n? )?(?:{_FIRST})s?(?:(?:-| | and a | and | a )(?:{_SMALL}|{_LARGE})s?\b)*\b"
)
_UNIT = (
    r" ?(?:[%‰′″€£$¥]|°(?: ?[CFK]\b)?)|(?: |-)(?:"
    r"(?:per cent|percentage points?|o['’]clock|km/h|m/s)\b|[ap]\.m\."
    r"|(?:(?:square|cubic|nautical) )?(?P<word>\w+))"
)
_RATE = (
    r"/\w+| (?:an?|per|each) (?:second|minute|hour|day|night|week|month|year|person|head|piece)\b"
    r"(?! (?:later|earlier|before|after|ago))"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"\b\d{1,2}(?:st|nd|rd|th)?\b"
_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE = (
    rf"(?:\b{_WEEKDAY},? (?:the )?)?"
    rf"(?:{_DAY}(?: of)? {_MONTH}|\b{_MONTH}(?: {_DAY})?(?=,? \d))"
    r"(?:,? \d{4}\b)?|\b\d{4}-\d\d-\d\d\b"
)
_HEDGE = (
    r"(?:[~≈<>≤≥] ?|(?:\b(?i:(?:(?:not|no|just|slightly|well|far|little) )?"
    r"(?:(?:more|less|fewer|greater|higher|lower|longer|later|earlier|older|younger) than"
    r"|at least|at most|up to|about|around|approximately|roughly|nearly|almost|over|under|above"
    r"|below|some|circa|as (?:many|much|few|little|early|late) as|close to|in excess of"
    r"|early|mid|late))|\bca?\.|\bapprox\.) (?:the )?)$"
)
_AFTER = (
    r" (?:or (?:more|less|fewer|so|later|earlier|older|younger|over|under|above|below)"
    r"|and (?:over|above|more)|at (?:least|most))\b"
)
_TO = r" ?[-–—] ?| (?:to|or) "
_BETWEEN = r"\b[Bb]etween $"
_NOT_HEDGED = frozenset(["one", "One"])
"""Not a number in "about one's life" or "one of them"."""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern, in which a space is any white space: a line may end there."""
    return re.compile(pattern.replace(" ?", r"\s{0,4}").replace(" ", r"\s{1,4}"))


def quantities(text: str) -> list[Span]:
    """Return the numbers and dates in a text, with what belongs to them.

    Some overlap, such as a number and a date.
    """
    dates = [Span(*match.span()) for match in _pattern(_DATE).finditer(text)]
    numbers = [_with_unit(text, match) for match in _pattern(_NUMBER).finditer(text)]
    found = [*_joined(text, numbers), *dates]
    return [_hedged(text, span) for span in found]


def _with_unit(text: str, number: re.Match[str]) -> Span:
    end = number.end()
    unit = _pattern(_UNIT).match(text, end)
    if unit and (unit["word"] is None or is_unit(unit["word"])):
        end = unit.end()
        rate = _pattern(_RATE).match(text, end)
        end = rate.end() if rate else end
    return Span(number.start(), end)


def is_unit(word: str) -> bool:
    """Return whether a word that follows a number is its unit."""
    return word in UNITS or (len(word) > 3 and word.endswith("s") and word[:-1] in UNITS)


def _joined(text: str, numbers: list[Span]) -> Iterator[Span]:
    """Yield the numbers, and the ranges of two."""
    yield from numbers
    for one, other in pairwise(numbers):
        first = max(0, one.start - MAX_HEDGE_CHARS)
        before, middle = text[first : one.start], text[one.end : other.start]
        # "from 1914 to 1918" has two dates, and "(1839–1899)" a birth and a death.
        are_apart = before.lower().split()[-1:] == ["from"] or (
            before.endswith("(") and len(one) == len(other) == 4
        )
        between = _pattern(_BETWEEN).search(before)
        if between and middle.split() == ["and"]:
            yield Span(first + between.start(), other.end)
        elif not are_apart and not between and _pattern(_TO).fullmatch(middle):
            yield Span(one.start, other.end)


def _hedged(text: str, span: Span) -> Span:
    """Return a number or date with the hedges before and after it."""
    start, end = span.start, span.end
    before = max(0, start - MAX_HEDGE_CHARS)
    hedge = _pattern(_HEDGE).search(text[before:start])
    if hedge and text[start:end] not in _NOT_HEDGED:
        start = before + hedge.start()
    after = _pattern(_AFTER).match(text, end)
    return Span(start, after.end() if after else end)
