"""What the asking thread tells the app."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from index.sync import Progress
from qa.types import Response


@dataclass
class Noted(Message):
    """Something runs otherwise than usual, or takes long."""

    text: str


@dataclass
class Indexing(Message):
    """The articles are being read and encoded."""

    progress: Progress


@dataclass
class Ready(Message):
    """The corpus can answer."""

    articles: int
    passages: int
    skipped: int


@dataclass
class Answered(Message):
    """A question has its response."""

    turn: int
    """Number of the question, from 1."""
    response: Response


@dataclass
class Failed(Message):
    """A question could not be asked, or, without a turn, the corpus not be opened."""

    turn: int | None
    text: str
    hint: str
