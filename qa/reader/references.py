"""Answers when a work was published with the year in the references to it.

Such as "(Aho et al., 2019)" and "Aho et al. (2019)".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.question import Question
from index.types import Hit, Span
from qa.reader.kinds import bare
from qa.reader.proofs import Proof

PROBABILITY = 0.85
"""In [0, 1], of the only year in the references to a work."""
MAX_QUESTION_CHARS = 200

_ASKS_YEAR = re.compile(
    r"(?:(?:in|from) )?(?:what|which) year\s+(?P<year_of>.*)|when\s+(?P<date_of>.*)", re.IGNORECASE
)
_WORK = re.compile(
    r"(?:is|was|were|did|does|has|have)\s+(?:the (?:paper|work|article|book) (?:by|of)\s+)?"
    r"(?P<name>[A-Z][\w'’-]+(?:(?:,|\s+and|\s+&)?\s+[A-Z][\w'’-]+)*(?:\s+et\s+al\.?)?)\s+"
    r"(?:publish(?:ed)?|written|write|printed|appear(?:ed)?|from|dated|released?)\W*"
)


def referenced(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the year of the work that a question asks for, if all references to it agree."""
    text = bare(question.asked)
    asks = _ASKS_YEAR.fullmatch(text) if len(text) <= MAX_QUESTION_CHARS else None
    work = _WORK.fullmatch(asks["year_of"] or asks["date_of"] or "") if asks else None
    if work is None:
        return None
    name = r"\s+".join(map(re.escape, work["name"].removesuffix(".").split()))
    # Not the last of several authors.
    reference = re.compile(rf"(?<![,&] )(?<!\band )\b{name}\.?(?:['’]s)?,?\s*\(?(\d{{4}})[a-z]?\b")
    years: dict[str, tuple[Hit, Span]] = {}
    for hit in hits:
        for match in reference.finditer(hit.passage.text):
            start = hit.passage.span.start
            years.setdefault(match[1], (hit, Span(start + match.start(1), start + match.end(1))))
    if len(years) != 1:
        return None
    ((hit, span),) = years.values()
    return Proof(hit, (span,), PROBABILITY)
