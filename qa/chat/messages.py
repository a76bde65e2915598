"""Messages to the app, from the session and the widgets.

The session reports events from its own thread. Only this module turns them into Textual messages,
of the same names, which can be posted from any thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from index.types import Article
from qa import events
from qa.answers.wire import PassageJson
from qa.chat.rows import Rows


@dataclass
class Notice(Message):
    """Something takes a while, or works differently than usual."""

    event: events.Notice


@dataclass
class Fetched(Message):
    """Web pages were fetched, or could not be, when the corpus was opened."""

    event: events.Fetched


@dataclass
class Indexing(Message):
    """The articles are being read and encoded."""

    event: events.Indexing


@dataclass
class Ready(Message):
    """What the corpus holds now."""

    event: events.Ready


@dataclass
class Answered(Message):
    """A question has a response."""

    event: events.Answered


@dataclass
class Added(Message):
    """Articles were added."""

    event: events.Added


@dataclass
class FetchedAgain(Message):
    """The web pages were fetched again."""

    event: events.FetchedAgain


@dataclass
class Failed(Message):
    """A question could not be answered or another thing not be done, or none can be."""

    event: events.Failed


@dataclass
class Cancelled(Message):
    """A question was cancelled. Nothing to do: its turn has shown that since the key press."""

    event: events.Cancelled


@dataclass
class RequestFailed(Message):
    """The start, or a request other than a question, failed."""

    event: events.RequestFailed


@dataclass
class Opened(Message):
    """An article that was requested."""

    event: events.Opened


@dataclass
class Listed(Message):
    """What the corpus holds."""

    event: events.Listed


@dataclass
class Introduced(Message):
    """What the corpus is."""

    event: events.Introduced


@dataclass
class Suggested(Message):
    """A question that the articles answer."""

    event: events.Suggested


@dataclass
class QuotesChecked(Message):
    """Quotes were compared with the articles as they are now."""

    event: events.QuotesChecked


@dataclass
class Chosen(Message):
    """A citation was chosen in the conversation."""

    citation: events.CitationKey
    passage: PassageJson
    open: bool
    """Whether to switch to the article if only one pane fits."""


@dataclass
class OpeningReported(Message):
    """What came of opening a file or a web page in another program."""

    text: str
    link: str
    """For the user to open; empty if a program does."""


@dataclass
class LaidOut(Message):
    """A long article has been laid out."""

    article: Article
    width: int
    """Width of the pane in cells."""
    rows: Rows


def message_of(event: events.Event) -> Message:
    """Return the message that carries an event."""
    match event:
        case events.Notice():
            return Notice(event)
        case events.Fetched():
            return Fetched(event)
        case events.Indexing():
            return Indexing(event)
        case events.Ready():
            return Ready(event)
        case events.Answered():
            return Answered(event)
        case events.Found():
            raise ValueError("the chat looks nothing up")
        case events.Added():
            return Added(event)
        case events.FetchedAgain():
            return FetchedAgain(event)
        case events.Failed():
            return Failed(event)
        case events.Cancelled():
            return Cancelled(event)
        case events.RequestFailed():
            return RequestFailed(event)
        case events.Opened():
            return Opened(event)
        case events.Listed():
            return Listed(event)
        case events.Introduced():
            return Introduced(event)
        case events.Suggested():
            return Suggested(event)
        case events.QuotesChecked():
            return QuotesChecked(event)
