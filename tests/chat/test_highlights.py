"""What is highlighted in an article, judged character by character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from index.types import Span
from qa.chat.drawn import as_drawn
from qa.chat.highlights import MAX_MATCHES, Highlight, Highlights

PLAIN = st.text("ab C日😀", max_size=40)
"""One line: no row holds a line end."""
MARKED = st.text("ae\u0301\u0302\u200d\ufe0f👩", max_size=30)


def spans(draw: st.DrawFn, text: str) -> Span:
    start = draw(st.integers(0, len(text)))
    return Span(start, draw(st.integers(start, len(text))))


@st.composite
def highlighted(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[Highlights, Span, str]:
    """Draw a text with highlights, a row of it, and the word that was looked for."""
    text = draw(texts)
    highlights = Highlights(text)
    passage = draw(st.none() | st.builds(spans, st.just(draw), st.just(text)))
    quoted = [spans(draw, text) for _ in range(draw(st.integers(0, 2)))]
    highlights.cite(passage, quoted, draw(st.booleans()))
    word = draw(st.sampled_from(["", "a", "ab", "日"]))
    highlights.find(word, draw(st.integers(0, 40)))
    highlights.step(draw(st.integers(-2, 2)))
    return highlights, spans(draw, text), word


def found(text: str, word: str) -> list[Span]:
    """Find a word again and again, as a reader would: the oracle."""
    places, at = [], 0
    while word and (at := text.lower().find(word, at)) >= 0:
        places.append(Span(at, at + len(word)))
        at += len(word)
    return places


@given(highlighted(PLAIN))
def test_each_character_bears_the_most_special_of_its_highlights(
    drawn: tuple[Highlights, Span, str],
) -> None:
    highlights, row, word = drawn
    matches = found(highlights.text, word)
    number, total = highlights.match_number
    assert total == len(matches)
    shown = [(c, highlight) for piece, _, highlight in highlights.pieces(row) for c in piece]
    assert "".join(c for c, _ in shown) == as_drawn(highlights.text[row.start : row.end])
    for offset, (_, highlight) in zip(range(row.start, row.end), shown, strict=True):
        letter = Span(offset, offset + 1)
        expected: Highlight | None = None
        if highlights.passage is not None and highlights.passage.contains(letter):
            expected = "passage"
        if any(words.contains(letter) for words in highlights.quoted):
            expected = "closest" if highlights.unsure else "answer"
        for nth, match in enumerate(matches, start=1):
            if match.contains(letter):
                expected = "current" if nth == number else "match"
        assert highlight == expected


@given(highlighted(MARKED))
def test_no_letter_is_separated_from_its_marks(drawn: tuple[Highlights, Span, str]) -> None:
    highlights, row, _ = drawn
    pieces = [piece.text for piece in highlights.pieces(row) if piece.text]
    assert "".join(pieces) == as_drawn(highlights.text[row.start : row.end])
    assert all(cell_len(piece[0]) for piece in pieces[1:])


@given(st.text("abA \n", max_size=40), st.text("ab", min_size=1, max_size=2), st.integers(0, 40))
def test_every_place_is_found_and_stepped_through_from_the_first_after_the_start(
    text: str, word: str, start: int
) -> None:
    highlights = Highlights(text)
    highlights.find(word, start)
    expected = [span.start for span in found(text, word)]
    assert highlights.match_number[1] == len(expected)
    if not expected:
        assert highlights.match_number == (0, 0)
        return
    after = [offset for offset in expected if offset >= start]
    assert highlights.targets[0] == (after or expected)[0]
    visited = []
    for _ in expected:
        visited.append(highlights.targets[0])
        highlights.step(1)
    assert sorted(visited) == expected
    assert highlights.targets[0] == visited[0]


def test_words_are_found_across_any_white_space() -> None:
    highlights = Highlights("the old\n  Bridge and the OLD bridge")
    highlights.find("old bridge", 0)
    assert highlights.match_number == (1, 2)
    assert highlights.targets[0] == 4
    assert [piece for piece in highlights.pieces(Span(0, 13)) if piece.highlight] == [
        ("old\n  Bri", None, "current")
    ]


def test_words_are_taken_to_the_letter_and_not_as_a_pattern() -> None:
    highlights = Highlights("a.c abc (a.c)")
    highlights.find("a.c", 1)
    assert highlights.match_number == (2, 2)


def test_the_number_of_matches_is_limited() -> None:
    highlights = Highlights("a" * (MAX_MATCHES + 5))
    highlights.find("a", 0)
    assert highlights.match_number == (1, MAX_MATCHES)


def test_the_citation_comes_into_view_unless_something_was_found() -> None:
    highlights = Highlights("one two three")
    assert list(highlights.targets) == [0]
    highlights.cite(Span(4, 13))
    assert list(highlights.targets) == [4]
    highlights.cite(Span(4, 13), [Span(8, 13)])
    assert list(highlights.targets) == [8]
    highlights.find("one", 0)
    assert list(highlights.targets) == [0, 8]


def test_marks_are_found_as_keyboards_have_them_and_as_they_stand() -> None:
    text = 'It’s “well‑known” – it\'s "well-known" - sof\xadt.'
    for typed in ("it's", '"well-known"', "-", "soft"):
        highlights = Highlights(text)
        highlights.find(typed, 0)
        assert highlights.match_number[1] == {"-": 4, "soft": 1}.get(typed, 2), typed
    highlights.find("it’s", 0)
    assert highlights.match_number == (1, 1)
