"""Which articles are asked, and which of them the chat keeps in memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.types import Article
from qa.chat.article_cache import MAX_ARTICLES, ArticleCache
from qa.chat.scope import Scope
from tests.support.chat import HOSTILE, unsafe

IDS = ["2024/[x].md", "2024/x.md", "2025/a*.md", "2025/ab.md", "2025/a?.md"]


@given(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
def test_chosen_ids_match_themselves_alone_whatever_they_contain(chosen: list[str]) -> None:
    assert set(Scope.of_ids(chosen).matching(IDS)) == set(chosen)


def test_patterns_match_as_in_a_shell_and_show_no_control_characters() -> None:
    scope = Scope.of_patterns(["2024/*", HOSTILE])
    assert scope.matching(IDS) == ["2024/[x].md", "2024/x.md"]
    assert scope.label.startswith("2024/*, ")
    assert not unsafe(scope.label)


def test_all_articles_are_asked_without_patterns_or_ids() -> None:
    assert Scope() == Scope.of_ids([]) == Scope.of_patterns([])
    assert Scope().label == ""


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
