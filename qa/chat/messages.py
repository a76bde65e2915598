"""What the asking thread and the widgets tell the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.message import Message

from index.scan import Skip
from index.sync import Progress
from index.types import Article
from qa.show.response import PassageJson, ResponseJson


@dataclass(frozen=True, slots=True)
class Citation:
    """One passage of one turn."""

    turn: int
    """Number of the question, from 1."""
    rank: int
    """Of the passage, from 1."""


@dataclass
class Noted(Message):
    """Something runs otherwise than usual, or takes long."""

    text: str


@dataclass
class Indexing(Message):
    """The articles are being read and encoded."""

    progress: Progress
    seconds_left: float | None
    """None while there is no telling."""


@dataclass
class Ready(Message):
    """The corpus is in step with the files."""

    articles: int
    passages: int
    skipped: int
    changed: frozenset[str] = frozenset()
    """Ids of articles that were changed or removed since it was last so."""


@dataclass
class Answered(Message):
    """A question has its response."""

    turn: int
    response: ResponseJson
    articles: Mapping[str, Article]
    """Those that the passages are from, by id."""


@dataclass
class Failed(Message):
    """A question could not be asked, or, without a turn, the corpus not be opened."""

    turn: int | None
    text: str
    hint: str


@dataclass
class Troubled(Message):
    """Something other than a question could not be done."""

    text: str


@dataclass
class Opened(Message):
    """An article that was asked for; None where it is not there any more."""

    citation: Citation | None
    """What it was opened for."""
    id: str
    article: Article | None


@dataclass
class Listed(Message):
    """What the corpus holds."""

    titles: Mapping[str, str]
    """By article id."""
    skipped: Sequence[Skip]


@dataclass
class Checked(Message):
    """Quotes that were looked for in the articles as they are now."""

    gone: frozenset[Citation]
    """Those that do not stand where they were cited any more."""


@dataclass
class Chosen(Message):
    """A citation was chosen in the conversation."""

    citation: Citation
    passage: PassageJson
    open: bool
    """Whether the article is to be brought to the front where only one pane is shown."""
