"""Subtitles: what is said is read in whole sentences, and each has its time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.place import place_of
from index.types import Span
from tests.support.parsed import blocks, check_structure, kinds, parsed
from tests.support.work import check_linear

FILM = """\
1
00:00:41,000 --> 00:00:44,200
{\\an8}The old <i>ferry</i> was built

2
00:00:44,200 --> 00:00:47,900
for the first time by Marit
Solberg, in the winter of

3
00:00:47,900 --> 00:00:51,000
1887. Who paid for it?

4
00:00:59,000 --> 00:01:02,000
- Nobody knows.
- I do.
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_sentence_over_several_cues_is_read_as_one(line_end: str) -> None:
    article = parsed(FILM.replace("\n", line_end), "film.srt")
    check_structure(article)
    assert blocks(article) == [
        (
            "paragraph",
            "The old ferry was built for the first time by Marit Solberg, in the winter of 1887. "
            "Who paid for it?",
        ),
        ("paragraph", "Nobody knows."),
        ("paragraph", "I do."),
    ]


def test_the_place_of_a_cue_is_its_time() -> None:
    article = parsed(FILM, "film.srt")
    for words, time in ("ferry", "00:00:41"), ("Solberg", "00:00:44"), ("I do", "00:00:59"):
        start = article.text.index(words)
        assert place_of(article, Span(start, start + len(words))) == (time,)


def test_webvtt_has_a_head_notes_and_voices() -> None:
    article = parsed(
        "WEBVTT - The ferry\nKind: captions\n\nSTYLE\n::cue { color: red }\n\n"
        "NOTE Checked by Ole\n\nintro\n00:41.000 --> 00:44.000 align:start\n"
        "<v Marit>Where is\n\n00:44.000 --> 00:47.000\n<v Marit>the ferry?\n\n"
        "00:47.000 --> 00:49.000\n<v.loud Ole>It left.</v>\n",
        "a.vtt",
    )
    check_structure(article)
    assert article.title == "The ferry"
    assert blocks(article)[2:] == [
        ("comment", "NOTE Checked by Ole"),
        ("paragraph", "Where is the ferry?"),
        ("paragraph", "It left."),
    ]
    assert kinds(article)[:2] == ["furniture", "furniture"]
    assert article.structure.label(article.text.index("It left")) == "00:00:47"


def test_a_pause_begins_a_paragraph_unless_a_sentence_goes_on() -> None:
    cues = [(1, "He came."), (9, "She left"), (20, "for good.")]
    text = "\n\n".join(f"{n}\n00:00:{n:02},0 --> 00:00:{n + 1:02},0\n{said}" for n, said in cues)
    assert [words for _, words in blocks(parsed(text, "a.srt"))] == [
        "He came.",
        "She left for good.",
    ]


def test_a_long_paragraph_ends_with_a_sentence() -> None:
    text = "\n\n".join(f"{n}\n00:00:00,0 --> 00:00:01,0\nIt was so\n\nfor long." for n in range(90))
    lengths = [len(words) for _, words in blocks(parsed(text, "a.srt"))]
    assert 1 < len(lengths) < 10
    assert all(words.endswith("for long.") for _, words in blocks(parsed(text, "a.srt")))


def test_a_file_without_cues_is_read_as_text() -> None:
    assert blocks(parsed("Name: Ole\nAge: 12\n", "a.srt")) == blocks(parsed("Name: Ole\nAge: 12\n"))


LINES = st.sampled_from(
    ["", "1", "x", "00:00:41,000 --> 00:00:44,200", "00:41.0 --> 00:44.0 line:1", "WEBVTT",
     "NOTE a", "STYLE", "The ferry", "- left.", "<i>", "<v Ole>Yes", "{\\an8}", "\xad", " it is"]
)  # fmt: skip


@given(st.lists(LINES, max_size=20).map("\n".join).filter(str.strip))
@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
def test_every_file_has_a_structure_that_covers_it(name: str, text: str) -> None:
    check_structure(parsed(text, name))


@pytest.mark.parametrize(
    "cue",
    ["1\n00:00:41,0 --> 00:00:44,0\nand so\n\n", "<" * 9, "1\n", "00:00:41,0 --> 00:00:44,0\n"],
)
def test_time_is_linear_in_the_number_of_cues(cue: str) -> None:
    check_linear(lambda times: parsed(cue * times, "a.srt"), 2_000)
