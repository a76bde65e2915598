"""Questions about three towns: small data to train a reader on.

The texts are the same for all towns, except for names and numbers.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path

from index.types import Span
from qa.train.questions import Paragraph, Question

TOWNS = {
    "Kelm": ("Anna Brook", "Otto Reed", "1932", "1874", "503", "Vessa", "linen", "40"),
    "Dorva": ("Berta Stone", "Paul Marsh", "1951", "1902", "618", "Issel", "copper", "75"),
    "Ostrow": ("Clara Finch", "Hugo Lake", "1887", "1866", "290", "Narva", "amber", "30"),
}
PARAGRAPHS = [
    (
        "The old bridge of {town} was opened in {opened} by the engineer {engineer}. It is "
        "{length} metres long and crosses the river {river} near the northern market. Before the "
        "bridge, a wooden ferry carried people to the other bank. The ferry was sold to a farmer "
        "when the bridge was opened, and nobody has seen it since.",
        [
            ("When was the bridge of {town} opened?", "{opened}"),
            ("Who opened the old bridge in {opened}?", "{engineer}"),
            ("How many metres long is the bridge of {town}?", "{length}"),
            ("Which river does the bridge of {town} cross?", "{river}"),
            ("To whom was the ferry sold before it vanished?", "a farmer"),
        ],
    ),
    (
        "The museum of {town} shows {ware} and tools of the workers. It was founded in {founded} "
        "by {founder}, who gave the museum his largest house. The museum opens early in the "
        "summer and late in the winter. Every ticket costs {price} crowns, but children enter for "
        "nothing on Sunday. A guide from {town} explains the tools.",
        [
            ("Who founded the museum of {town} in {founded}?", "{founder}"),
            ("What does the museum show beside tools?", "{ware}"),
            ("How much does a ticket of the museum cost?", "{price} crowns"),
            ("When does the museum of {town} open in the summer?", "early"),
            ("Where does the guide come from?", "{town}"),
        ],
    ),
    (
        "The harbour lies south of {town}, where the {river} meets the sea. In {founded} the first "
        "ships came with salt and left with {ware}. {founder} bought the harbour for {length} "
        "crowns and built a tower of stone. The tower fell in {opened} during a storm. Today the "
        "harbour has {price} boats, most of them small.",
        [
            ("What did the first ships leave with in {founded}?", "{ware}"),
            ("Why did the tower of the harbour fall in {opened}?", "a storm"),
            ("How many boats has the harbour of {town} today?", "{price}"),
            ("Who bought the harbour and built a tower?", "{founder}"),
        ],
    ),
]
FIELDS = ["engineer", "founder", "opened", "founded", "length", "river", "ware", "price"]


def make_questions() -> list[Question]:
    """Return questions that end in a number, by which an example can be traced to its question."""
    made: list[Question] = []
    for town, values in TOWNS.items():
        facts = {"town": town, **dict(zip(FIELDS, values, strict=True))}
        for text, asked in PARAGRAPHS:
            paragraph = Paragraph(town, text.format(**facts))
            for question, answer in asked:
                span = span_of(paragraph.text, answer.format(**facts))
                asked_for = f"{question.format(**facts)[:-1]} (q{len(made)})?"
                made.append(Question(asked_for, paragraph, (span,)))
    return made


def span_of(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


def cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


QUESTIONS = make_questions()


def similar(word: str, chance: random.Random) -> str | None:
    others = {"bridge": "tunnel", "museum": "castle", "harbour": "airport", "river": "valley"}
    return others.get(word)


def squad_file(path: Path, articles: Sequence[object]) -> Path:
    content = json.dumps({"version": "v2.0", "data": articles}).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def asked(question: str, *answers: tuple[str, int], impossible: bool = False) -> dict[str, object]:
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"question": question, "answers": given, "is_impossible": impossible}


def golds(question: Question) -> set[str]:
    return {cut(question.paragraph.text, answer) for answer in question.answers}
