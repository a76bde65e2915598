"""Ask articles a question, and get the answer quoted, with its source.

    from qa import Conversation, open_corpus

    with open_corpus("notes/") as corpus:
        response = corpus.ask("Who was released?")
        for answer in response.answers:
            print(answer.text, answer.passage.article.id, answer.passage.lines)
        if response.closest:  # the outcome is "unsure"
            print("Perhaps:", response.closest.text)
        for hit in corpus.search("amnesty", k=10):
            print(hit.rank, hit.score, hit.passage.text)
        conversation = Conversation(corpus)
        conversation.ask("Who is Rygor Kastusev?")
        conversation.ask("When was he arrested?")  # a follow-up

`ask` checks for changed files first; `search` uses what the latest `ask` or `sync` indexed.
A problem with the articles, the model, the store or the question raises a `QAError`, which has a
`message` and a `hint`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.errors import ArticleError, ModelError, QAError, QuestionError, StoreError
    from index.types import Article, Hit, Passage, Span
    from qa.conversation import Conversation
    from qa.corpus import Corpus
    from qa.folders import cache_folder, sample_article, state_folder
    from qa.opening import open_corpus
    from qa.settings import Settings
    from qa.types import Answer, Response

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "Conversation",
    "Corpus",
    "Hit",
    "ModelError",
    "Passage",
    "QAError",
    "QuestionError",
    "Response",
    "Settings",
    "Span",
    "StoreError",
    "cache_folder",
    "open_corpus",
    "sample_article",
    "state_folder",
]

_MODULES = {
    "index.errors": ("ArticleError", "ModelError", "QAError", "QuestionError", "StoreError"),
    "index.types": ("Article", "Hit", "Passage", "Span"),
    "qa.conversation": ("Conversation",),
    "qa.corpus": ("Corpus",),
    "qa.folders": ("cache_folder", "sample_article", "state_folder"),
    "qa.opening": ("open_corpus",),
    "qa.settings": ("Settings",),
    "qa.types": ("Answer", "Response"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import what is used when it is used: `qa --help` must not wait for all of it."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
