"""Broken, hostile and huge pages end in words, or are refused with a reason."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.base import Unreadable
from index.formats.html import HTML, MAX_ELEMENTS, MAX_TAGS
from index.types import Article
from tests.support.parsed import check_structure
from tests.support.work import check_linear
from tests.test_html import FOOT, HEAD, PROSE, TABLE

WORDS = "three winters of the four"
START = "<html><head><title>Mill</title></head><body>"
DEEP = 10_000


def text_of(page: str | bytes) -> str:
    content = page.encode() if isinstance(page, str) else page
    document = HTML.read(content, None)
    check_structure(Article("a", "a", "a", document.text, "", document.structure))
    return document.text


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "ul><li", "table><tr><td"])
@pytest.mark.parametrize("depth", [100, 240, DEEP])
def test_text_in_and_after_deeply_nested_elements_is_read(tag: str, depth: int) -> None:
    end = "".join(f"</{name}>" for name in reversed(tag.split("><"))) * depth
    text = text_of(f"{START}<p>before</p>{f'<{tag}>' * depth}{PROSE}{end}<p>after</p>")
    assert WORDS in text
    assert depth < DEEP or ("before" in text and "after" in text)


@pytest.mark.parametrize(
    "junk",
    [
        "<" * 100_000,
        "<!--" * 50_000 + "-->",
        "<![CDATA[" * 50_000,
        "</div>" * 50_000,
        "<a></b>" * 5_000,
        "<script>" + "</scrip" * 50_000 + "</script>",
        "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">",
        "<table><tr>" + "<td colspan=999 rowspan=999>x" * 2_000,
        '<script type="application/ld+json">' + '{"a":' * 50_000 + "</script>",
        f'<img src="data:image/png;base64,{"A" * 500_000}">',
        "\x1b[31m\x07\u202e\u2066\u200b&#27;&#xD800;",
    ],
)
def test_junk_hides_no_text(junk: str) -> None:
    assert WORDS in text_of(f"{START}{PROSE}{junk}").replace("\u202e", "")


def test_control_characters_are_not_read() -> None:
    text = text_of(f"{START}{PROSE}<p>The wheel\x1b[2J of the mill\x07 is \x9f&#27;new.</p>{PROSE}")
    assert not set(text) & {"\x1b", "\x07"}


def test_no_entity_is_expanded_and_no_file_is_read() -> None:
    entities = '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">'
    text = text_of(f"<!DOCTYPE html [{entities}]>{START}<p>&b;&x;</p>{PROSE}")
    assert "aaaa" not in text
    assert "root:" not in text
    assert WORDS in text


@pytest.mark.parametrize("seed", range(50))
def test_damaged_pages_are_read_or_refused(seed: int) -> None:
    generator = random.Random(seed)
    content = bytearray(f"{HEAD}{PROSE}<h2>Owners</h2>{TABLE}{PROSE}{FOOT}".encode())
    for _ in range(generator.choice([1, 5, 50])):
        content[generator.randrange(len(content))] ^= 1 << generator.randrange(7)
    if seed % 2:
        del content[generator.randrange(len(content)) :]
    try:
        assert text_of(bytes(content)).strip() or not content
    except Unreadable as error:
        assert error.reason in ("no text", "binary", "encoding")


TAGS = (
    "p div span b a ul ol li dl dt dd table thead tr td th caption h1 h2 h3 blockquote pre code br "
    "section article nav header footer figure figcaption details summary form font center"
).split()
TOKENS = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ["<td colspan=3 rowspan=2>", "<p hidden>", "<", "&amp;", "<!--", "-->", "<a href"]
    ),
    st.from_regex(r"[a-f]{1,8}( [a-f]{1,8}){0,12}", fullmatch=True).map(lambda words: f" {words} "),
)


@given(st.lists(TOKENS, max_size=60), st.booleans())
def test_of_any_markup_only_its_words_are_read(tokens: list[str], has_prose: bool) -> None:
    page = f"<body>{PROSE if has_prose else ''}{''.join(tokens)}"
    try:
        text = text_of(page)
    except Unreadable as error:
        assert error.reason == "no text"
        return
    words = re.findall(r"[a-z]+", re.sub(r"<[a-z0-9 =/]*>", "", page))
    joined = "".join(words)
    assert all(word in joined for word in re.findall(r"[a-z]+", text))


@pytest.mark.slow
@pytest.mark.parametrize("paragraphs", [MAX_ELEMENTS, MAX_TAGS])
def test_all_text_of_a_huge_page_is_read_with_a_note(paragraphs: int) -> None:
    document = HTML.read(f"{START}{'<p>The mill</p>' * paragraphs}<p>{WORDS}".encode(), None)
    assert WORDS in document.text
    assert document.text.count("The mill") == paragraphs
    assert document.note


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        PROSE,
        "<ul><li>oak spokes</li></ul>",
        "<table><tr><td>1861</td><td>Hester Quill</td></tr></table>",
        "<dl><dt>rim</dt><dd>ring</dd></dl>",
    ],
)
def test_time_is_linear_in_the_size(part: str) -> None:
    check_linear(lambda size: HTML.read(f"{START}{PROSE}{part * size}".encode(), None), 1_000)
