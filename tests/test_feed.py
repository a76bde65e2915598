"""Feeds: each entry is read under its own heading, whatever is wrong with the feed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.base import Unreadable
from index.formats.feed import FEED, links_in
from index.place import place_of
from index.types import Article, Span
from tests.support.parsed import blocks, check_structure

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Harbour News</title><description>What happens at the harbour</description>
<atom:link href="https://example.org/feed.xml" rel="self"/><link>https://example.org/</link>
<item><title>The crane &amp; the ship</title><link>https://example.org/crane</link>
<dc:creator>Ida Holm</dc:creator><pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>
<description>A short summary.</description>
<content:encoded><![CDATA[<p>The crane was built in&nbsp;1912.</p><h2>Load</h2>
<ul><li>It lifts 40 tonnes.</li></ul><script>evil()</script>]]></content:encoded></item>
<item><title>Tides</title><description>High water is at 14:20.</description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title>
<subtitle>of a gardener</subtitle><author><name>Jo Lind</name></author>
<link rel="self" href="https://example.org/atom"/><link href="https://example.org/"/>
<entry><title type="html">Apples &amp;lt;old&amp;gt;</title><updated>2026-03-01T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Prune in <b>March</b>.</p></div>
</content></entry>
<entry><title>Pears</title><summary>a &lt; b holds</summary></entry>
<entry><content type="text">Plain <![CDATA[<b>not bold</b>]]></content></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><channel><title>Old</title><link>https://example.org/</link>
</channel><item><title>One</title><description>First text.</description></item></rdf:RDF>"""


def read(feed: str | bytes) -> Article:
    document = FEED.read(feed.encode() if isinstance(feed, str) else feed, None)
    article = Article("f", "/f", document.title or "", document.text, "", document.structure)
    check_structure(article)
    return article


def test_rss_has_its_entries_under_their_titles() -> None:
    article = read(RSS)
    assert article.title == "Harbour News"
    assert blocks(article) == [
        ("heading", "Harbour News"),
        ("paragraph", "What happens at the harbour"),
        ("row", "Address: https://example.org/"),
        ("heading", "The crane & the ship"),
        ("row", "Author: Ida Holm"),
        ("row", "Date published: Mon, 02 Feb 2026 10:00:00 GMT"),
        ("row", "Address: https://example.org/crane"),
        ("paragraph", "The crane was built in 1912."),
        ("heading", "Load"),
        ("item", "It lifts 40 tonnes."),
        ("heading", "Tides"),
        ("paragraph", "High water is at 14:20."),
    ]


def test_the_links_of_a_feed_are_those_of_its_entries() -> None:
    assert links_in(read(RSS)) == ["https://example.org/crane"]
    assert links_in(read(ATOM)) == []


def test_the_place_of_a_quote_is_its_entry() -> None:
    article = read(RSS)

    def place(words: str) -> tuple[str, ...]:
        start = article.text.index(words)
        return place_of(article, Span(start, start + len(words)))

    assert place("40 tonnes") == ("Harbour News", "The crane & the ship", "Load")
    assert place("14:20") == ("Harbour News", "Tides")


def test_atom_has_markup_and_plain_text_told_from_each_other() -> None:
    assert blocks(read(ATOM)) == [
        ("heading", "Notes"),
        ("paragraph", "of a gardener"),
        ("row", "Author: Jo Lind"),
        ("row", "Address: https://example.org/"),
        ("heading", "Apples <old>"),
        ("row", "Date: 2026-03-01T00:00:00Z"),
        ("paragraph", "Prune in March."),
        ("heading", "Pears"),
        ("paragraph", "a < b holds"),
        ("heading", "Entry 3"),
        ("paragraph", "Plain <b>not bold</b>"),
    ]


def test_rss_1_has_its_entries_beside_the_channel() -> None:
    assert ("paragraph", "First text.") in blocks(read(RDF))


@pytest.mark.parametrize(
    "broken", ["Fish & chips", "Fish &amp; chips", "Fish&nbsp;&amp; chips", "Fish &#38; chips"]
)
def test_an_ampersand_is_read_however_it_is_written(broken: str) -> None:
    feed = f"<rss><channel><title>T</title><item><title>{broken}</title></item></channel></rss>"
    assert ("heading", "Fish & chips") in blocks(read(feed))


def test_the_declared_encoding_is_used() -> None:
    feed = '<?xml version="1.0" encoding="iso-8859-1"?><rss><channel><title>Brücke</title>'
    article = read(f"{feed}<item><title>Ä</title></item></channel></rss>".encode("latin-1"))
    assert article.title == "Brücke"


def test_other_xml_is_read_as_text() -> None:
    for xml in ("<catalog><book>Emma</book></catalog>", "<a><rss>no feed</rss></a>", "no XML"):
        assert read(xml).text == xml


def test_entities_are_not_expanded_and_nothing_is_opened() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'  # fmt: skip  # noqa: E501
    outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>'  # fmt: skip  # noqa: E501
    for feed in (bomb, outside):
        with pytest.raises(Unreadable):
            read(feed)


@pytest.mark.parametrize(
    "feed", ["<rss>", "<rss><channel></channel></rss>", "<feed/>", "<rss><channel>&x;</rss>"]
)
def test_a_broken_or_empty_feed_is_refused_with_a_reason(feed: str) -> None:
    with pytest.raises(Unreadable) as caught:
        FEED.read(feed.encode(), None)
    assert caught.value.reason in ("damaged", "no text")


def test_deeply_nested_markup_in_an_entry_is_read() -> None:
    deep = "<div>" * 3000 + "Found me." + "</div>" * 3000
    feed = f"<rss><channel><item><title>T</title><description><![CDATA[{deep}]]></description></item></channel></rss>"  # fmt: skip  # noqa: E501
    assert "Found me." in read(feed).text


def test_many_entries_take_linear_time() -> None:
    def seconds(entries: int) -> float:
        item = "<item><title>T</title><description>&lt;p&gt;Text.&lt;/p&gt;</description></item>"
        feed = f"<rss><channel>{item * entries}</channel></rss>".encode()
        started = time.process_time()
        FEED.read(feed, None)
        return time.process_time() - started

    seconds(10)  # imports
    assert seconds(4000) < 12 * max(seconds(1000), 0.02)


@pytest.mark.parametrize("end", ["</item>", "lifts 40", "<title>Tid"])
def test_a_feed_that_is_cut_off_is_read_up_to_there_with_a_note(end: str) -> None:
    document = FEED.read(RSS[: RSS.index(end) + len(end)].encode(), None)
    assert "The crane was built in" in document.text
    assert document.note.startswith("damaged, so some of it may be missing (the feed: ")


@given(st.integers(0, len(RSS)), st.binary(max_size=8))
def test_a_damaged_feed_is_read_or_refused(at: int, noise: bytes) -> None:
    whole = RSS.encode()
    for damaged in (whole[:at], whole[:at] + noise + whole[at + len(noise) :]):
        try:
            read(damaged)
        except Unreadable:
            continue
