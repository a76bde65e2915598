"""Pages that list other pages are told from pages that say something."""

from __future__ import annotations

import pytest

from index.listing import is_listing, name_of
from index.types import Span
from tests.support.articles import article_of

NAMES = {"ole brandt", "jan hook", "the mill", "how to prune"}


def lists(text: str, id: str = "README.txt") -> bool:
    article = article_of(text, id)
    return is_listing(article, Span(0, len(article.text)), NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\n\n- [[Ole Brandt]]\n- [[Jan Hook]]\n- [[The mill]]\n",
        "# Notes\n\n- [Ole](people/Ole.md)\n- [Jan](people/Jan.md): a miller\n- [Mill](Mill.md)\n",
        "Notes\n\n- Ole Brandt\n- Jan Hook\n- The mill\n- How to prune\n",
        "https://example.org/one\nhttps://example.org/two\nhttps://example.org/three\n",
    ],
)
def test_a_page_of_links_or_names_is_a_listing(text: str) -> None:
    assert lists(text)


@pytest.mark.parametrize(
    "text",
    [
        "The mill was built by [Jan Hook](Jan.md) in 1811, with [[Ole Brandt]], and [sold](s.md).",
        "- [[Ole Brandt]]\n- [[Jan Hook]]\n",
        "- a hammer\n- a saw\n- a plane\n- a rule\n",
        "# Heading\n",
        "Ole Brandt ran the ferry. Jan Hook kept the mill. Both were members of the council.",
    ],
)
def test_a_page_with_text_of_its_own_is_not(text: str) -> None:
    assert not lists(text)


def test_a_name_is_that_of_the_file() -> None:
    assert name_of("people/Ole_Brandt.md") == "ole brandt"
    assert name_of("how-to-prune.txt") == "how to prune"
    assert name_of("README") == "readme"
