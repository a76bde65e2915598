"""Puts the paragraphs of an office document together: in the body, in cells, boxes and notes."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.formats.grid import Grid
from index.formats.manuscript import Manuscript
from index.formats.pieces import Inline, Piece, Table, joined


@dataclass(slots=True)
class _Container:
    """What paragraphs are put into: the body, a cell, a text box, a note."""

    pieces: list[Piece | Table] = field(default_factory=list)
    unfinished: Piece | None = None
    """A paragraph that goes on in the next one."""
    grids: list[Grid] = field(default_factory=list)
    """Tables that are being read in it."""

    def add(self, piece: Piece) -> None:
        """Add a piece; lines of code become one."""
        last = self.pieces[-1] if self.pieces else None
        if piece.kind == "code" and isinstance(last, Piece) and last.kind == "code":
            last.inline.append(piece.inline, "\n")
        else:
            self.pieces.append(piece)

    def finish(self) -> None:
        """Add what has no end, as in a file that is not quite right."""
        if self.unfinished:
            self.add(self.unfinished)
        while self.grids:
            self.pieces += self.grids.pop().pieces()


@dataclass(slots=True)
class _Paragraph:
    piece: Piece
    number: str
    """Its automatic number; empty for none."""
    after: list[Piece | Table] = field(default_factory=list)
    """Text boxes and comments that are anchored in it."""


class Flow:
    """The pieces of a document while it is read from its start to its end.

    A text box or a table in a paragraph comes after it; a note comes where its section ends.
    """

    def __init__(self, manuscript: Manuscript | None = None, *, has_pages: bool = False) -> None:
        """Create it.

        manuscript: where finished pieces are written, so that few are in memory.
        has_pages: whether it is known where pages began when the document was shown last.
        """
        self._manuscript = manuscript
        self._containers = [_Container()]
        self._open: list[_Paragraph | None] = []  # None: borders of what is inside a paragraph
        self._notes: list[Piece | Table] = []
        self._noted = 0
        self._page = 1 if has_pages else 0
        self._is_empty = True
        if has_pages:
            self._label_page()

    @property
    def is_in_paragraph(self) -> bool:
        """Whether text can be written."""
        return bool(self._open) and self._open[-1] is not None

    def write(self, text: str | None) -> None:
        """Add text to the paragraph that was begun; between paragraphs there is none."""
        if self._open and self._open[-1] is not None:
            self._open[-1].piece.inline.write(text)

    def label(self, label: str) -> None:
        """Set the place of what follows."""
        if self._open and self._open[-1] is not None:
            self._open[-1].piece.inline.label(label)
        else:
            inline = Inline()
            inline.label(label)
            self._containers[-1].pieces.append(Piece("paragraph", inline))

    def begin_page(self) -> None:
        """Begin a page, unless it is the first or pages are not known."""
        if self._page and not self._is_empty:
            self._page += 1
            self._label_page()

    def _label_page(self) -> None:
        """Set the page of what follows. Where one begins depends on the fonts of the machine."""
        self.label(f"about page {self._page}")

    def begin(self, piece: Piece, number: str = "") -> None:
        """Begin a paragraph. piece: still empty. number: its automatic number, or ""."""
        self._is_empty = False
        container = self._containers[-1]
        unfinished, container.unfinished = container.unfinished, None
        if unfinished is not None:
            piece.inline.append(unfinished.inline)
        self._open.append(_Paragraph(piece, number))

    def end(self, *, is_unfinished: bool = False) -> None:
        """End a paragraph. is_unfinished: whether it goes on in the next one."""
        paragraph = self._open.pop()
        if paragraph is None:
            return
        container = self._containers[-1]
        if is_unfinished:
            container.unfinished = paragraph.piece
        else:
            paragraph.piece.inline.prepend(f"{paragraph.number} " if paragraph.number else "")
            if paragraph.piece.kind == "heading" and len(self._containers) == 1:
                container.pieces += self._notes
                self._notes = []
            container.add(paragraph.piece)
        container.pieces += paragraph.after
        self._drain()

    def enter(self) -> None:
        """Begin a cell, a text box or a note."""
        self._containers.append(_Container())
        self._open.append(None)

    def leave(self) -> list[Piece | Table]:
        """End it; return what is in it. Headings in it do not divide the document."""
        self._open.pop()
        container = self._containers.pop()
        container.finish()
        return [_without_heading(piece) for piece in container.pieces]

    def leave_box(self) -> None:
        """End a text box."""
        self._add_after(self.leave())

    def leave_note(self) -> None:
        """End a note."""
        self._noted += 1
        inline = Inline(f"[{self._noted}] ")
        inline.append(joined(self.leave()))
        self._notes.append(Piece("paragraph", inline))

    def leave_comment(self, author: str) -> None:
        """End a comment."""
        inline = Inline(f"{author}: " if author else "")
        inline.append(joined(self.leave()))
        self._add_after([Piece("comment", inline)])

    def begin_table(self, *, has_style: bool = False, is_sheet: bool = False) -> None:
        """Begin a table. has_style, is_sheet: see `Grid`."""
        self._containers[-1].grids.append(Grid(has_style=has_style, is_sheet=is_sheet))

    @property
    def grid(self) -> Grid:
        """The table that is being read."""
        grids = self._containers[-1].grids
        if not grids:  # a row outside of a table
            grids.append(Grid())
        return grids[-1]

    def end_table(self) -> None:
        """End a table."""
        self._add_after(self._containers[-1].grids.pop().pieces())
        self._drain()

    def finish(self) -> None:
        """Write what is left, with the notes that were not written yet."""
        body = self._containers[0]
        body.finish()
        body.pieces += self._notes
        if self._manuscript:
            self._manuscript.add(body.pieces)

    def _add_after(self, pieces: list[Piece | Table]) -> None:
        """Add pieces after the paragraph that they are in, if they are in one."""
        paragraph = self._open[-1] if self._open else None
        (self._containers[-1].pieces if paragraph is None else paragraph.after).extend(pieces)

    def _drain(self) -> None:
        """Write the pieces of the body, except lines of code that may go on."""
        body = self._containers[0]
        if self._manuscript is None or self._open or len(self._containers) > 1:
            return
        last = body.pieces[-1] if body.pieces else None
        kept = 1 if isinstance(last, Piece) and last.kind == "code" else 0
        self._manuscript.add(body.pieces[: len(body.pieces) - kept])
        del body.pieces[: len(body.pieces) - kept]


def _without_heading(piece: Piece | Table) -> Piece | Table:
    if isinstance(piece, Piece) and piece.kind == "heading":
        return Piece("paragraph", piece.inline)
    return piece
