"""Links to what a citation quotes: what a browser, which a small one stands for here, finds."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers.wire import AnswerJson, CitationJson, PassageJson
from qa.show.links import MAX_EXACT_WORDS, link_to, text_fragment, words_to_find

URL_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
ADDRESS = "https://example.org/bridge"
SPECIAL = ["a-b", "1,234", "R&D", "50%", "[b]", "<i>", "é", "日本語", "#:~:text=x", "\u202e", "“q”"]
SENTENCE = st.lists(st.sampled_from([*SPECIAL, *"abcdefgh"]), min_size=1, max_size=30).map(
    lambda words: f"{' '.join(words)}."
)
BLOCKS = st.lists(
    st.lists(SENTENCE, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=4
).map(lambda blocks: numbered(blocks))


def numbered(blocks: list[str]) -> list[str]:
    """Make all words different: a browser takes the first place that fits."""
    numbers = count()
    return [re.sub(r"\S+", lambda word: f"{next(numbers)}{word[0]}", block) for block in blocks]


def passage(
    text: str, path: str = ADDRESS, extractor: str = "html 1", page: int | None = None
) -> PassageJson:
    cited = CitationJson(
        article="a", title="T", path=path, start=100, end=100 + len(text), line_start=1,
        line_end=1, sha256="0" * 64, extractor=extractor, page=page,
    )  # fmt: skip
    return PassageJson(rank=1, score=0.5, text=text, citation=cited)


def answer(words: str, of: PassageJson, page: int | None = None) -> AnswerJson:
    start = of.citation.start + of.text.index(words)
    return AnswerJson(
        text=words, score=0.9, start=start, end=start + len(words), citation=1, page=page
    )


def found_in(blocks: list[str], link: str) -> str:
    """Return what a browser highlights in the blocks of a page; the blocks of a range joined."""
    directive = link.partition("#:~:text=")[2]
    assert not set("&-") & set(directive)
    parts = [" ".join(unquote(part).split()) for part in directive.split(",")]
    page = "\n".join(" ".join(block.split()) for block in blocks)
    if len(parts) == 1:
        return parts[0] if parts[0] in page else ""
    first, last = parts
    start = page.find(first)
    end = page.find(last, start + len(first)) if start >= 0 else -1
    return page[start : end + len(last)] if end >= 0 else ""


@given(BLOCKS, st.sampled_from(["\n\n", "\n", " | "]), st.data())
def test_a_browser_finds_the_sentence_that_the_answer_is_in(
    blocks: list[str], separator: str, data: st.DataObject
) -> None:
    whole = passage(separator.join(blocks))
    block = data.draw(st.sampled_from(blocks))
    words = data.draw(st.sampled_from(re.findall(r"\S+", block)))
    quoted = answer(words, whole)
    link = link_to(whole, quoted)
    assert URL_CHARACTERS.fullmatch(link)
    assert link.startswith(f"{ADDRESS}#:~:text=")
    assert words in found_in(blocks, link)


@given(BLOCKS)
def test_without_an_answer_a_browser_finds_how_the_passage_begins(blocks: list[str]) -> None:
    link = link_to(passage("\n\n".join(blocks)))
    assert found_in(blocks, link).startswith(blocks[0].split()[0])


@given(st.text(), st.integers(0, 300), st.integers(0, 300))
def test_any_saved_text_gives_an_address(text: str, start: int, length: int) -> None:
    saved = passage(text)
    quoted = AnswerJson(text="x", score=0.5, start=start, end=start + length, citation=1)
    assert URL_CHARACTERS.fullmatch(link_to(saved, quoted))
    assert set(words_to_find(saved, quoted).split()) <= set(text.split())


def test_a_long_quote_is_given_by_its_ends_since_the_page_may_have_marks_in_between() -> None:
    words = "The bridge was built in 1932 by the engineers of the town, it says."
    assert len(words.split()) > MAX_EXACT_WORDS
    link = link_to(passage(words))
    assert link.endswith("#:~:text=The%20bridge%20was%20built%20in,of%20the%20town%2C%20it%20says.")
    page = "The bridge was built in 1932 [1] by the engineers of the town, it says."
    assert found_in([page], link) == page
    assert text_fragment("well-known, R&D") == ":~:text=well%2Dknown%2C%20R%26D"


@pytest.mark.parametrize(
    ("path", "extractor", "page", "link"),
    [
        ("/n/my report.pdf", "pdf 2", 12, "file:///n/my%20report.pdf#page=12"),
        ("/n/a#b?c%.pdf", "pdf 2", None, "file:///n/a%23b%3Fc%25.pdf"),
        ("https://e.org/a.pdf", "pdf 2", 3, "https://e.org/a.pdf#page=3"),
        ("/n/page.html", "html 3", None, "file:///n/page.html#:~:text=In%201932."),
        ("https://e.org/a", "", None, "https://e.org/a#:~:text=In%201932."),
        ("/n/notes.txt", "", None, "file:///n/notes.txt"),
        ("/n/a.docx", "docx 1", 4, "file:///n/a.docx"),
        ("https://e.org/a.epub", "epub 1", 7, "https://e.org/a.epub"),
    ],
)
def test_a_link_leads_to_the_page_or_the_words_where_programs_can_go_there(
    path: str, extractor: str, page: int | None, link: str
) -> None:
    assert link_to(passage("In 1932.", path, extractor, page)) == link


def test_the_page_is_that_of_the_answer() -> None:
    several = passage("In 1932.\n\nBy Ada.", "/n/a.pdf", "pdf 1", page=12)
    assert link_to(several, answer("Ada", several, page=13)).endswith("#page=13")


@pytest.mark.parametrize(
    "path",
    [
        *("-", "--help", "notes.txt", "javascript:alert(1)", "data:text/html,x", "ftp://e.org/x"),
        *("https://", "https://user:password@e.org/", "https://e.org/a b", "https://e.org\x1b/"),
    ],
)
def test_a_path_that_was_tampered_with_gives_no_link(path: str) -> None:
    assert link_to(passage("In 1932.", path)) == ""


def test_a_web_page_is_linked_where_it_was_fetched_from_if_that_is_an_address() -> None:
    page = passage("In 1932.")
    for final, link in (("https://e.org/b", "https://e.org/b"), ("file:///etc/passwd", "")):
        redirected = replace(page, citation=replace(page.citation, address=final))
        assert link_to(redirected).partition("#")[0] == link
    assert urlsplit(link_to(page)).scheme == "https"
