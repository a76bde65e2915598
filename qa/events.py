"""What a session reports to its surface: plain values that can be passed between threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.report import Progress
    from index.scan import Skip
    from index.types import Article
    from qa.answers.wire import ResponseJson
    from qa.changes import Change


@dataclass(frozen=True, slots=True)
class CitationKey:
    """Identifies one passage of the response to one question."""

    turn: int
    """Number of the question."""
    rank: int
    """Rank of the passage, from 1."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the user: before a slow step, or when a fallback is used."""

    text: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """Web pages were fetched, or could not be, when the corpus was opened."""

    said: tuple[str, ...]
    """Lines for the user."""


@dataclass(frozen=True, slots=True)
class Indexing:
    """The articles are being read and encoded."""

    progress: Progress
    seconds_left: float | None
    """None while it cannot be estimated."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """How much of the articles an answer is from, if they were still being indexed."""

    indexed: int
    """Files whose content was indexed, or skipped."""
    files: int
    """All files."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the corpus holds now: all files, or what was indexed before a failure or a cancel."""

    articles: int
    passages: int
    skipped: int
    changed: frozenset[str] = frozenset()
    """Ids of cited articles that were changed or removed since the last `Ready`."""
    completed: frozenset[int] = frozenset()
    """Questions that were answered from a part of the articles, all of which are indexed now."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question has a response, which may have no answer."""

    turn: int
    response: ResponseJson
    articles: Mapping[str, Article]
    """The articles that the passages are from, by id."""
    so_far: SoFar | None = None
    """What part of the articles the answer is from; None for all."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something was looked up in the articles."""

    turn: int
    result: object
    """What the look-up returned."""
    so_far: SoFar | None = None
    """What part of the articles it is from; None for all."""


@dataclass(frozen=True, slots=True)
class Added:
    """Articles were added, which are asked from now on."""

    turn: int
    said: tuple[str, ...]
    """What was fetched and added: lines for the user."""
    ids: tuple[str, ...]
    """Of the new articles."""
    paths: tuple[str, ...]
    """All that is asked now: absolute paths and addresses."""
    is_same_root: bool
    """Whether the earlier articles still have the same ids."""


@dataclass(frozen=True, slots=True)
class FetchedAgain:
    """The web pages were fetched again."""

    turn: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A question could not be answered, or an addition or a fetch not be done."""

    turn: int | None
    """None if no question can be answered any more, because of an error in the session itself."""
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A question, an addition or a fetch was cancelled before it was done."""

    turn: int


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """The start, or a request other than a question, failed."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A requested article."""

    id: str
    article: Article | None
    """None if the corpus no longer has it."""
    citation: CitationKey | None
    """The passage that it was opened for."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The requested list of articles."""

    titles: Mapping[str, str]
    """By article id."""
    skipped: Sequence[Skip]
    notes: Mapping[str, str] = field(default_factory=dict)
    """What of an article could not be read, by article id."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Sizes of the articles' files in bytes, by article id."""


@dataclass(frozen=True, slots=True)
class Introduced:
    """What the corpus is, for users who have not asked anything yet."""

    titles: Mapping[str, str]
    """Of the first articles, by id."""
    article: Article | None
    """The only article; None if there are several."""
    extent: str
    """How long the only article is, such as "12 pages, 4,300 words"."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A question that the articles answer."""

    question: str


@dataclass(frozen=True, slots=True)
class QuotesChecked:
    """Quotes were compared with the articles as they are now."""

    gone: frozenset[CitationKey]
    """The quotes that are no longer where they were cited."""


Event = (
    Notice
    | Fetched
    | Indexing
    | Ready
    | Answered
    | Found
    | Added
    | FetchedAgain
    | Failed
    | Cancelled
    | RequestFailed
    | Opened
    | Listed
    | Introduced
    | Suggested
    | QuotesChecked
)
