"""Which articles are asked, and which of them the chat keeps in memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.types import Article
from qa.chat.article_cache import MAX_ARTICLES, ArticleCache
from qa.chat.scope import Selection
from qa.scope import ALL, Scope
from tests.support.chat import HOSTILE, unsafe

IDS = ["2024/[x].md", "2024/x.md", "2025/a*.md", "2025/ab.md", "2025/a?.md"]


@given(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
def test_chosen_ids_match_themselves_alone_whatever_they_contain(chosen: list[str]) -> None:
    assert set(Selection.of_ids(chosen).selected(IDS)) == set(chosen)
    assert set(Selection.all_but(chosen).selected(IDS)) == set(IDS) - set(chosen)


def test_patterns_match_as_in_a_shell_and_show_no_control_characters() -> None:
    selection = Selection.of_patterns(Scope.of(["2024/*", HOSTILE]))
    assert selection.selected(IDS) == ["2024/[x].md", "2024/x.md"]
    assert selection.label.startswith("2024/*, ")
    assert not unsafe(selection.label)
    excluding = Selection.of_patterns(Scope.of(exclude=["2024/*", HOSTILE]))
    assert excluding.label.startswith("all but 2024/*, ")
    assert not unsafe(excluding.label)
    assert Selection.of_patterns(Scope.of("*.md", "a*")).label == "*.md but a*"


def test_all_articles_are_asked_without_patterns_or_ids() -> None:
    everything = Selection()
    assert everything == Selection.of_patterns(ALL)
    assert everything == Selection.of_ids([]) == Selection.all_but([])
    assert everything.label == ""


def article(id: str) -> Article:
    return Article(id, id, id, "text", "")


def test_the_latest_articles_are_kept_and_of_one_response_the_best() -> None:
    cache = ArticleCache()
    cache.add(map(article, "abc"))
    cache.add(map(article, "defghijklm"))
    kept = [id for id in "abcdefghijklm" if cache.get(id)]
    assert kept == list("defghijk")
    assert len(kept) == MAX_ARTICLES
    cache.add([article("d")])
    cache.add([article("z")])
    assert cache.get("d")
    assert not cache.get("k")


def test_a_changed_article_is_dropped() -> None:
    cache = ArticleCache()
    cache.add(map(article, "ab"))
    cache.discard(["a", "no such"])
    assert cache.get("a") is None
    assert cache.get("b") == article("b")
