"""Ask articles a question, and get the answer quoted with the place it stands in.

    from qa import Conversation, open_corpus

    with open_corpus("notes/") as corpus:
        response = corpus.ask("Who was released?")
        for answer in response.answers:
            print(answer.text, answer.passage.article.id, answer.passage.lines)
        for hit in corpus.search("amnesty", k=10):
            print(hit.rank, hit.score, hit.passage.text)
        conversation = Conversation(corpus)
        conversation.ask("Who is Rygor Kastusev?")
        conversation.ask("When was he arrested?")  # understood with the question before

`ask` looks for changed files first; `search` asks what is there since the last `ask` or `sync`.
What is wrong with articles, model, store or question is a `QAError` with a `message` and a `hint`.
"""

from __future__ import annotations

from pathlib import Path

from index.errors import ArticleError, ModelError, QAError, QuestionError, StoreError
from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, Notify, find_model
from index.scan import DEFAULT_MAX_BYTES, corpus_root
from index.types import Article, Hit, Passage, Span
from qa.conversation import Conversation
from qa.corpus import Asker
from qa.reader.open import OURS, open_reader
from qa.types import Answer, Response

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "Asker",
    "Conversation",
    "Hit",
    "ModelError",
    "Passage",
    "QAError",
    "QuestionError",
    "Response",
    "Span",
    "StoreError",
    "cache_folder",
    "open_corpus",
    "sample_article",
    "state_folder",
]


def open_corpus(
    *paths: str | Path,
    model: str = DEFAULT_MODEL,
    device: str = "cpu",
    reader: str = OURS,
    min_confidence: float | None = None,
    download: bool = False,
    encoding: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    stores: str | Path | None = None,
    cache: str | Path | None = None,
    notify: Notify = lambda _: None,
) -> Asker:
    """Return a corpus to ask: files, folders, or "-" for standard input; without any, the sample.

    model: a sentence-transformers model, by folder or by name.
    device: where to run it; anything but "cpu" runs sentence-transformers itself.
    reader: a question-answering model, by folder or by name; "none" answers with sentences.
    min_confidence: probability in [0, 1] below which nothing is answered; None for the reader's.
    download: fetch a model that is not on this machine. Nothing else uses the network.
    encoding: of files that say nothing of theirs; None finds it out.
    max_bytes: larger files are skipped.
    stores, cache: where indexed articles and exported models are kept; None for the user's cache.
    notify: hears, in a sentence each, of what takes long and of what runs otherwise than usual.

    Raises: ArticleError when a path does not exist, ModelError, StoreError.
    """
    named = [str(path) for path in paths] or [str(sample_article())]
    corpus_root(named)  # before a model is loaded for nothing
    cache = Path(cache) if cache else cache_folder()
    encoder = open_encoder(
        find_model(model, download=download, notify=notify), cache, device=device, notify=notify
    )
    return Asker(
        named,
        encoder=encoder,
        reader=open_reader(
            reader, cache, min_confidence=min_confidence, download=download, notify=notify
        ),
        stores=Path(stores) if stores else cache / "stores",
        encoding=encoding,
        max_bytes=max_bytes,
        notify=notify,
    )


def cache_folder() -> Path:
    """Return the user's cache folder for this program; all in it can be made again."""
    from platformdirs import user_cache_path

    return user_cache_path("article-qa", appauthor=False)


def state_folder() -> Path:
    """Return the user's folder for what cannot be made again: conversations and settings."""
    from platformdirs import user_state_path

    return user_state_path("article-qa", appauthor=False)


def sample_article() -> Path:
    """Return the article that is asked when no path is given."""
    return Path(__file__).parents[1] / "seeds" / "belarus-amnesty.txt"
