"""A card: one cited passage of a response. The first ones hold the answer, in its sentence."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from index.types import Article, Span
from index.web.addresses import is_address
from qa.answers.wire import AnswerJson, CitationJson, PassageJson
from qa.chat.quote import Marks, Outline, content, fitted, group_content, is_whole, on_one_line
from qa.events import CitationKey
from qa.show.excerpt import ELLIPSIS
from qa.show.paths import brief_path, shortened_in_the_middle
from qa.show.response import citation_line
from qa.show.text import NOT_SURE, percent, visible_name

Form = Literal["answer", "closest", "open", "folded"]
"""With the answer; with the closest words, if unsure; another passage, in a few rows or in one."""

SURE, UNSURE, NOT_FOUND = "●", "◐", "○"
"""How much is found; also told by words and by colour."""
ANSWER, CLOSEST = Marks("bold $text-success"), Marks("underline")
ANSWER_WITHOUT_COLOUR = Marks("bold", "«", "»")
CLOSEST_WITHOUT_COLOUR = Marks("underline", "‹", "›")
IN_FULL = Marks("")
MIN_CALM_CHARS = 60
"""If all words shown are quoted, and so many in one place, the bar beside them says so: as much
strong text would be hard to read."""
ANSWER_ROWS = 6
"""Rows of the sentence of an answer; a longer one is cut, but never in the words that answer."""
OPEN_ROWS, CHOSEN_ROWS = 2, 4
"""Rows of another passage, unless it is folded, or chosen in a window with one pane."""
MIN_CELLS = 30
"""What a row is taken to hold while the width is not known."""
MIN_SECTION_CHARS = 16
"""A title cut shorter would say nothing, and only the path is shown."""
MIN_PLACE_CELLS = 12
BRIEF_PATH_CHARS = 20
WRAP_CELLS = 4
"""Cells that stay empty at the end of a row on average, because words are not cut."""
_FETCHED = re.compile(r" \(fetched [^()]*\)$")
GONE = "changed: no longer here"
"""In the place of how sure an answer was, so that the card keeps its height."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage of a response, and what is quoted in it."""

    key: CitationKey
    passage: PassageJson
    quoted: tuple[AnswerJson, ...]
    """The answers in the passage or, if unsure, the closest words."""
    form: Form
    best: Span
    """The sentence that fits the question best, as offsets in the passage's text."""
    place: str = ""
    """Where it is, shortly, for a folded card."""
    place_cells: int = 0
    """Width of the places of all folded cards of the response."""


class Card(Static):
    """A citation: its place, with the sentence of the answer or the words that fit best."""

    class Clicked(Message):
        """The card was clicked."""

        def __init__(self, citation: CitationKey) -> None:
            super().__init__()
            self.citation = citation

    def __init__(self, cited: Cited, outline: Outline, *, gone: bool) -> None:
        """gone: whether the quote is no longer in the article as cited."""
        super().__init__(classes=f"{cited.form} gone" if gone else cited.form)
        self.citation = cited.key
        self.passage = cited.passage
        self.quoted = cited.quoted
        self.unsure = cited.form == "closest"
        self.gone = gone
        self._cited = cited
        self._outline = outline

    def on_mount(self) -> None:
        """Draw the card."""
        self._draw()

    def on_resize(self) -> None:
        """Show as much as fits now."""
        self._draw()

    def choose(self, chosen: bool) -> None:
        """Mark or unmark as the citation whose article is shown."""
        self.set_class(chosen, "chosen")
        self._draw()

    def mark_gone(self) -> None:
        """Show that the quote is no longer in the article as cited."""
        self.gone = True
        self.add_class("gone")
        self._draw()

    def refine(self, article: Article) -> None:
        """Draw the card without markup, now that its article is open."""
        if not self._outline.is_exact:
            outline = Outline.of(self.passage, article)
            if outline.is_exact:
                self._outline = outline
                self._draw()

    def on_click(self, event: events.Click) -> None:
        """Choose this citation, unless the mouse was dragged to select text."""
        event.stop()
        if self.text_selection is None:
            self.post_message(self.Clicked(self.citation))

    @property
    def sentences(self) -> Content:
        """The sentences of the words quoted, which are marked in them."""
        return self._sentences(self._marks, ANSWER_ROWS * self._row_cells)

    @property
    def sentences_in_full(self) -> str:
        """The sentences of the words quoted as text, however long they are."""
        return self._sentences(IN_FULL, sys.maxsize).plain

    def _sentences(self, marks: Marks, cells: int) -> Content:
        return Content("\n").join(
            group_content(self.passage, self._outline, group, self.quoted, marks, cells)
            for group in self._groups
        )

    @property
    def _groups(self) -> list[Span]:
        return self._outline.groups(self.passage, self.quoted)

    @property
    def _is_chosen(self) -> bool:
        return self.has_class("chosen")

    @property
    def _width(self) -> int:
        """Cells of a row; 0 while that is not known."""
        return self.content_size.width

    @property
    def _row_cells(self) -> int:
        """Cells of a row that are filled with words."""
        return max(MIN_CELLS, self._width - WRAP_CELLS)

    @property
    def _marks(self) -> Marks:
        if self.app.no_color:
            marks = CLOSEST_WITHOUT_COLOUR if self.unsure else ANSWER_WITHOUT_COLOUR
        else:
            marks = CLOSEST if self.unsure else ANSWER
        groups = self._groups
        is_long = max(map(len, groups), default=0) >= MIN_CALM_CHARS
        if is_long and all(is_whole(self.passage, group, self.quoted) for group in groups):
            return replace(marks, style="")
        return marks

    def _draw(self) -> None:
        if self._cited.form == "folded" and not self._is_chosen:
            self.update(self._folded())
            return
        parts = [self._place()]
        if self.quoted:
            parts.insert(0, self.sentences)
            if self.unsure:
                said = f"{UNSURE} {NOT_SURE.rstrip('.')} · {percent(self.quoted[0].score)}"
                parts.insert(0, Content.styled(said, "bold $text-warning"))
        else:
            parts.append(self._best())
        self.update(Content("\n").join(parts))

    def _folded(self) -> Content:
        cited = self._cited
        padded = cited.place + " " * (cited.place_cells - cell_len(cited.place))
        number = Content(f"  [{self.passage.rank}] {padded}  ")
        whole, best = self._whole, cited.best
        if self.gone:
            return number + Content(GONE)
        room = max(MIN_CELLS, self._width - number.cell_length - 2)
        start, rest = Span(best.start, best.start), Span(best.start, whole.end)
        shown = fitted(self.passage.text, rest, start, self._outline.hidden, room)
        words = content(self.passage, self._outline, shown, (), IN_FULL, of=rest)
        return number + Content(on_one_line(words))

    def _best(self) -> Content:
        """Return the words that fit the question best: the whole passage if no pane shows it."""
        whole = self._whole
        if self._is_chosen and not self.screen.has_class("-two"):
            return content(
                self.passage, self._outline, whole, (), IN_FULL, of=whole, keeps_lines=True
            )
        rows = CHOSEN_ROWS if self._is_chosen else OPEN_ROWS
        cells, best = rows * self._row_cells, self._cited.best
        start = Span(best.start, min(best.end, best.start + cells // 2))
        shown = fitted(self.passage.text, whole, start, self._outline.hidden, cells)
        words = content(self.passage, self._outline, shown, (), IN_FULL, of=whole)
        return Content(on_one_line(words))

    @property
    def _whole(self) -> Span:
        return Span(0, len(self.passage.text))

    def _place(self) -> Content:
        """Return the line with the place and, of an answer, how sure it is."""
        mark = "▸" if self._is_chosen else " "
        place = f"{mark} [{self.passage.rank}] {citation_line(self.passage.citation, brief=True)}"
        note, style = "", "$text-success"
        if self.gone:
            note, style = GONE, "$text-warning"
        elif self.quoted and not self.unsure:
            note = f"{SURE} {percent(max(answer.score for answer in self.quoted))} sure"
        room = self._width - cell_len(note) - 2 if note else self._width
        if self._width:
            place = _fitted_place(place, max(MIN_PLACE_CELLS, room))
        gap = " " * max(2, self._width - cell_len(place) - cell_len(note))
        styled = Content.styled(place, "$text-primary")
        return styled + Content.styled(gap + note, style) if note else styled


def brief_place(cited: CitationJson, *, names_article: bool) -> str:
    """Return a place of a few words, safe to show: "report.pdf, page 12" or "lines 7-9"."""
    if cited.extractor:
        where = cited.label
    elif is_address(cited.path):
        where = ""
    else:
        where = cited.lines if names_article else f"line{'s' * ('-' in cited.lines)} {cited.lines}"
    path = brief_path(cited.path, BRIEF_PATH_CHARS)
    if not names_article and where:
        return visible_name(where)
    separator = ", " if cited.extractor else ":"
    return visible_name(separator.join(filter(None, [path, where])))


def _fitted_place(place: str, cells: int) -> str:
    """Return a citation on one line: with a shorter section, or else only the path.

    The time of a web page goes first: it also stands above the article.
    """
    if cell_len(place) <= cells:
        return place
    place = _FETCHED.sub("", place)
    if cell_len(place) <= cells:
        return place
    number, _, rest = place.partition("] ")
    section, dot, path = f"{number}] {rest}".rpartition(" · ")
    room = cells - cell_len(dot) - cell_len(path) - 1
    if dot and room >= cell_len(number) + MIN_SECTION_CHARS:
        while cell_len(section) > room:
            section = section[:-1]
        return f"{section.rstrip()}{ELLIPSIS}{dot}{path}"
    shown = f"{number}] {path if dot else rest}"
    width = cell_len(shown) / len(shown)
    return shortened_in_the_middle(shown, max(1, int(cells / width)))
