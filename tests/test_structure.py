"""The structure of an article: what is found by bisection is what a scan finds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.structure import KINDS, MAX_LEVEL, Block, Kind, Label, Structure
from index.types import Span

LENGTH = 60
SPANS = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(
    lambda two: Span(*sorted(two))
)


@st.composite
def apart(draw: st.DrawFn, *, empty: bool = False) -> list[Span]:
    """Draw spans in order that do not overlap."""
    borders = sorted(draw(st.lists(st.integers(0, LENGTH), max_size=20)))
    spans = [Span(start, end) for start, end in list(pairwise(borders))[::2]]
    return [span for span in spans if span or empty]


@st.composite
def structures(draw: st.DrawFn) -> tuple[Structure, list[Block], list[Span], list[Label]]:
    """Draw a structure with the blocks, hidden spans and labels that it was made of."""
    blocks = [
        Block(span, draw(st.sampled_from(KINDS)), draw(st.integers(0, 8))) for span in draw(apart())
    ]
    hidden = draw(apart())
    starts = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=5)))
    labels = [Label(start, f"at {start}") for start in starts]
    return Structure(blocks, hidden=hidden, labels=labels), blocks, hidden, labels


@given(structures(), SPANS)
def test_what_overlaps_a_span_is_found(
    drawn: tuple[Structure, list[Block], list[Span], list[Label]], span: Span
) -> None:
    structure, blocks, hidden, _ = drawn
    overlapping = [n for n, block in enumerate(blocks) if block.span.overlap(span)]
    assert list(structure.overlapping(span)) == overlapping
    parts = [
        Span(max(h.start, span.start), min(h.end, span.end)) for h in hidden if h.overlap(span)
    ]
    assert structure.hidden(span) == parts


@given(structures())
def test_each_block_is_under_the_nearest_heading_of_each_lower_level(
    drawn: tuple[Structure, list[Block], list[Span], list[Label]],
) -> None:
    structure, blocks, _, _ = drawn
    for number, block in enumerate(blocks):
        path: list[int] = []
        limit = min(block.level, MAX_LEVEL) if block.kind == "heading" else MAX_LEVEL + 1
        for before in range(number - 1, -1, -1):
            level = min(blocks[before].level, MAX_LEVEL)
            if blocks[before].kind == "heading" and level < limit:
                path.insert(0, before)
                limit = level
        assert structure.headings(number) == path


@given(structures(), st.integers(0, LENGTH))
def test_a_label_holds_up_to_the_next(
    drawn: tuple[Structure, list[Block], list[Span], list[Label]], offset: int
) -> None:
    structure, _, _, labels = drawn
    before = [label.text for label in labels if label.start <= offset]
    assert structure.label(offset) == (before[-1] if before else "")


@given(structures(), SPANS)
def test_the_labels_of_a_span_are_those_that_begin_in_it(
    drawn: tuple[Structure, list[Block], list[Span], list[Label]], span: Span
) -> None:
    structure, _, _, labels = drawn
    inside = [label for label in labels if span.start <= label.start < span.end]
    assert structure.labels(span) == inside


@given(structures())
def test_a_structure_comes_back_from_its_bytes(
    drawn: tuple[Structure, list[Block], list[Span], list[Label]],
) -> None:
    structure, blocks, _, _ = drawn
    same = Structure.from_bytes(structure.to_bytes())
    assert same == structure
    assert [block.span for block in same] == [block.span for block in blocks]
    assert [block.kind for block in same] == [block.kind for block in blocks]


@given(structures(), st.sampled_from(KINDS))
def test_the_blocks_of_a_kind_are_found(
    drawn: tuple[Structure, list[Block], list[Span], list[Label]], kind: Kind
) -> None:
    structure, blocks, _, _ = drawn
    assert list(structure.of_kind(kind)) == [n for n, b in enumerate(blocks) if b.kind == kind]


@given(apart(empty=True), SPANS)
def test_cells_inside_a_span_are_found_and_empty_ones_count(cells: list[Span], span: Span) -> None:
    structure = Structure([Block(Span(0, LENGTH), "row")], cells=cells)
    assert structure.cells(span) == [cell for cell in cells if span.contains(cell)]


@pytest.mark.parametrize("what", ["cells", "hidden"])
def test_spans_that_overlap_are_refused(what: str) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        Structure(**{what: [Span(0, 5), Span(4, 6)]})
    with pytest.raises(ValueError, match="overlaps"):
        Structure([Block(Span(0, 5), "row"), Block(Span(4, 6), "row")])


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_bytes_that_were_cut_off_are_refused(cut: int) -> None:
    whole = Structure([Block(Span(0, 5), "heading", 1)], labels=[Label(0, "0:01")]).to_bytes()
    with pytest.raises(ValueError, match=r"."):
        Structure.from_bytes(whole[:-cut])
