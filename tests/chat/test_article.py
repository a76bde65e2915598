"""The article's pane in a small app, at the sizes people have; judged by what it draws.

Run as a script, it measures: `python -m tests.chat.test_article`.
"""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.color import Color
from textual.pilot import Pilot

from index.formats.writing import Writer
from index.types import Article, Span
from qa.chat import layout as layout_module
from qa.chat.article import ArticleView
from qa.chat.drawn import as_drawn

SIZES = [(60, 20), (80, 24), (140, 45)]
SCROLL_BAR = 1
BAR = "▎"
HOSTILE = [
    "\x1b[2J\x1b[31mred\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m\x90q\x9c\x85next\x0b\x0c",
    "[bold]markup[/] [@click=app.quit]x[/] \\[",
    "a\u202etxt.exe\u202c \u2066b\u2069 \u200bzero\u2060\ufeff",
    "tab\tthen\t日本語の文章 かき\u3099\u3099 e\u0301\u0302",
    "👩\u200d👩\u200d👦 👍🏽 🇫🇷 ❤\ufe0f \ufe0f\u0301",
    "\ud83d alone \udc9b \ue000 \U0010fffd \U000e0041",
    "\u0301begins with a mark\u2028and\u2029more",
]


class Pane(App[None]):
    def compose(self) -> ComposeResult:
        yield ArticleView()


def article(text: str, name: str = "a.txt") -> Article:
    return Article(name, name, name, text, "")


def span_of(text: str, words: str, start: int = 0) -> Span:
    first = text.index(words, start)
    return Span(first, first + len(words))


def view_of(pilot: Pilot[None]) -> ArticleView:
    return pilot.app.query_one(ArticleView)


def drawn(view: ArticleView) -> list[str]:
    return [view.render_line(y).text for y in range(view.size.height)]


def styled(view: ArticleView, name: str) -> list[tuple[int, int, str]]:
    """Return (row on screen, first cell, text) of all that bears a component's style."""
    style = view.get_component_rich_style(f"article-view--{name}")
    found = []
    for y in range(view.size.height):
        cell = 0
        for segment in view.render_line(y):
            if segment.style and segment.style.clear_meta_and_links() == style:
                found.append((y, cell, segment.text))
            cell += segment.cell_length
    return found


def words_from(view: ArticleView, y: int) -> int:
    """Return the first cell of the words in a row on the screen."""
    cell = 0
    for segment in view.render_line(y):
        if segment.style and "offset" in segment.style.meta:
            return cell
        cell += segment.cell_length
    pytest.fail(f"no words in row {y}")


def on_tint(view: ArticleView, name: str) -> list[str]:
    """Return the texts on the background of a component."""
    tint = view.get_component_rich_style(f"article-view--{name}").bgcolor
    strips = map(view.render_line, range(view.size.height))
    segments = (segment for strip in strips for segment in strip)
    return [each.text for each in segments if each.style and each.style.bgcolor == tint]


def without_spaces(text: str) -> str:
    """Spaces where a row ends are not drawn."""
    return "".join(text.split())


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        await pilot.pause(0.005)
        if condition():
            return
    pytest.fail("waited for 5 s")


LONG = "".join(
    f"Line {number} tells of the wide 日本語 and of re\u0301sume\u0301s before it says forty-two, "
    f"and then goes on so that it has to be wrapped on most screens.\n"
    for number in range(1, 401)
)
PASSAGE = span_of(LONG, LONG.splitlines()[199])
ANSWER = span_of(LONG, "forty-two", PASSAGE.start)


async def test_without_an_article_it_says_what_it_is_for() -> None:
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        assert [line.strip() for line in drawn(view) if line.strip()] == [
            "The article appears here."
        ]
        view.show(article("text"))
        view.clear()
        assert "The article appears here." in drawn(view)[10]
        assert view.article is None


@pytest.mark.parametrize("size", SIZES)
async def test_it_stands_at_the_answer_and_lights_just_that(size: tuple[int, int]) -> None:
    async with Pane().run_test(size=size) as pilot:
        view = view_of(pilot)
        view.show(article(LONG), PASSAGE, [ANSWER])
        await pilot.pause()
        ((y, cell, text),) = styled(view, "answer")
        assert text == "forty-two"
        assert y == size[1] // 3
        line = drawn(view)[y]
        before = line[: line.index("forty-two")]
        assert cell == cell_len(before)
        passage = without_spaces(LONG[PASSAGE.start : PASSAGE.end])
        tinted = without_spaces("".join(on_tint(view, "passage")))
        assert tinted == passage.replace("forty-two", "")
        barred = without_spaces("".join(line.partition(BAR)[2] for line in drawn(view)))
        assert barred == passage


@pytest.mark.parametrize(
    "before", ["日本語の", "e\u0301\u0302", "❤\ufe0f👍🏽", "\u202e\x1b", "\t "]
)
@pytest.mark.parametrize("after", ["", "\u0301", "\ufe0f", "日"])
async def test_what_is_before_it_on_the_row_does_not_shift_the_light(
    before: str, after: str
) -> None:
    text = f"{before}[b]answer{after} end"
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article(text), Span(0, len(text)), [span_of(text, "answer")])
        await pilot.pause()
        mark = after if after in ("\u0301", "\ufe0f") else ""  # stays with its letter
        shown = cell_len(as_drawn(f"{before}[b]"))
        first = words_from(view, 0)
        assert styled(view, "answer") == [(0, first + shown, f"answer{mark}")]


async def test_only_the_first_row_of_a_line_has_its_number() -> None:
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article("short\r\n" + "long " * 20 + "\r\n\r\nlast"))
        await pilot.pause()
        numbers = [line[: words_from(view, 0)].strip() for line in drawn(view)]
        assert numbers[:5] == ["1", "2", "", "3", "4"]
        assert not any(numbers[5:])


def pages(*texts: str, label: str = "page {}") -> Article:
    """An article extracted from pages, the first with a heading and a running head."""
    writer = Writer()
    for number, text in enumerate(texts, start=1):
        writer.label(label.format(number))
        if number == 1:
            writer.add("furniture", "Running head")
            writer.add("heading", "The bridge", level=1)
        writer.extend(text) if number > 2 else writer.add("paragraph", text)
    document = writer.document("Report")
    return replace(
        article(document.text, "report.pdf"), structure=document.structure, extractor="pdf 1"
    )


@pytest.mark.parametrize("width", [30, 60, 137])
async def test_a_rule_above_each_page_names_it_even_inside_a_paragraph(width: int) -> None:
    async with Pane().run_test(size=(width, 20)) as pilot:
        view = view_of(pilot)
        view.show(pages("Built in 1932.", "It was the", "longest bridge."))
        await pilot.pause()
        rows = [line.rstrip(" ") for line in drawn(view)]
        rules = [(y, row) for y, row in enumerate(rows) if "─" in row]
        assert [row.strip("─ ") for _, row in rules] == ["page 1", "page 2", "page 3"]
        assert len({cell_len(row) for _, row in rules}) == 1
        assert cell_len(rules[0][1]) in range(width - SCROLL_BAR - 2, width)
        assert [rows[y + 1].strip() for y, _ in rules] == [
            "Running head",
            "It was the",
            "longest bridge.",
        ]
        assert rows[rules[1][0] - 1] == ""
        assert rows[rules[2][0] - 1].strip() == "It was the"
        assert [text for _, _, text in styled(view, "heading")] == ["The bridge"]
        assert "Running head" in [text for _, _, text in styled(view, "furniture")]


async def test_extracted_text_has_no_line_numbers() -> None:
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        extracted = pages("One.", "Two.")
        for shown, numbered in ((extracted, False), (replace(extracted, extractor=""), True)):
            view.show(shown)
            await pilot.pause()
            assert any(line.strip()[:1].isdigit() for line in drawn(view)) == numbered
            assert any("─" in line for line in drawn(view)) != numbered


async def test_a_quote_on_a_later_page_is_brought_into_view_and_stays_there() -> None:
    many = pages(*(f"Page {number} says {number * 7}." for number in range(200)))
    quote = span_of(many.text, "Page 150 says 1050.")
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(many, quote, [quote])
        for size in [(60, 20), (140, 45), (30, 8)]:
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: bool(styled(view, "answer")))
            ((y, _, _),) = styled(view, "answer")[:1]
            assert "page 151" in drawn(view)[y - 1]


async def test_hostile_labels_are_drawn_as_marks() -> None:
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        for part in HOSTILE:
            view.show(pages("One.", "Two.", label=part + " {}"))
            await pilot.pause()
            for y in range(view.size.height):
                strip = view.render_line(y)
                assert strip.cell_length == 60 - SCROLL_BAR
                unsafe = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
                assert not {unicodedata.category(character) for character in strip.text} & unsafe


@pytest.mark.parametrize("width", [30, 60, 137])
async def test_hostile_text_is_drawn_as_marks_and_in_line(width: int) -> None:
    text = "\r\n".join(part * times for times in (1, 7) for part in HOSTILE)
    async with Pane().run_test(size=(width, 60)) as pilot:
        view = view_of(pilot)
        passage, answers = Span(3, len(text) - 3), [Span(n, n + 2) for n in range(0, 200, 5)]
        view.show(article(text), passage, answers)
        view.find("e")
        await pilot.pause()
        for top in (0, 20, view.max_scroll_y):
            view.scroll_to(y=top, animate=False)
            await pilot.pause()
            for y in range(view.size.height):
                strip = view.render_line(y)
                assert sum(cell_len(segment.text) for segment in strip) == width - SCROLL_BAR
                unsafe = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
                assert not {unicodedata.category(character) for character in strip.text} & unsafe


async def test_a_million_marks_on_a_letter_do_not_stop_the_screen() -> None:
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article("e" + "\u0301" * 250_000))
        await pilot.pause()
        assert len(view.render_line(0).text) < 5000


@pytest.mark.parametrize("large", [False, True], ids=["at once", "in a thread"])
async def test_a_change_of_size_keeps_the_passage_in_view(
    large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(layout_module, "AT_ONCE_CHARS", 0)
    async with Pane().run_test(size=(80, 24)) as pilot:
        view = view_of(pilot)
        view.show(article(LONG), PASSAGE, [ANSWER])
        for size in [(80, 24), (60, 20), (140, 45), (140, 8), (33, 50), (80, 24)]:
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: bool(styled(view, "answer")))
            await until(pilot, lambda: view.virtual_size.width == view.size.width - SCROLL_BAR)
            assert styled(view, "answer")
            assert {view.render_line(y).cell_length for y in range(size[1])} == {size[0] - 1}


async def test_a_change_of_size_keeps_the_top_line_where_the_passage_is_out_of_view() -> None:
    async with Pane().run_test(size=(80, 24)) as pilot:
        view = view_of(pilot)
        view.show(article(LONG), PASSAGE)
        view.scroll_to(y=0, animate=False)
        await pilot.pause()
        top = next(y for y in range(15, 24) if view.render_line(y).text.split()[0].isdigit())
        view.scroll_to(y=top, animate=False)
        await pilot.pause()
        number = drawn(view)[0].split()[0]
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert drawn(view)[0].split()[0] == number


async def test_what_is_shown_while_hidden_is_in_view_when_it_is_seen() -> None:
    async with Pane().run_test(size=(80, 24)) as pilot:
        view = view_of(pilot)
        for article_before in (None, article(LONG), article("other")):
            if article_before:
                view.show(article_before)
            view.display = False
            await pilot.pause()
            view.show(article(LONG), PASSAGE, [ANSWER])
            await pilot.pause()
            view.display = True
            await until(pilot, lambda: bool(styled(view, "answer")))
            assert styled(view, "answer")[0][0] == 24 // 3


@pytest.mark.parametrize("before", [LONG, "other"])
async def test_it_is_laid_out_and_scrolled_even_if_textual_sends_no_resize(before: str) -> None:
    async with Pane().run_test(size=(80, 24)) as pilot:
        view = view_of(pilot)
        view.show(article(before))
        view.display = False
        await pilot.pause()
        view.show(article(LONG), PASSAGE, [ANSWER])
        await pilot.pause()
        view.display = True
        view.screen._compositor.update_widgets({view})
        assert view.region.area  # Textual now counts the pane as shown already
        await until(pilot, lambda: bool(styled(view, "answer")))
        assert styled(view, "answer")[0][0] == 24 // 3


async def test_hidden_and_seen_again_it_stands_where_it_stood() -> None:
    async with Pane().run_test(size=(80, 24)) as pilot:
        view = view_of(pilot)
        view.show(article(LONG), PASSAGE, [ANSWER])
        await pilot.pause()
        for top in (view.scroll_offset.y - 10, 50):
            view.scroll_to(y=top, animate=False)
            view.display = False
            await pilot.pause()
            view.display = True
            await pilot.pause()
            assert view.scroll_offset.y == top


async def test_the_same_article_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out = []
    real = layout_module.rows_of
    monkeypatch.setattr(
        layout_module, "rows_of", lambda *given: laid_out.append(given) or real(*given)
    )
    async with Pane().run_test(size=(80, 24)) as pilot:
        view = view_of(pilot)
        view.show(article(LONG), PASSAGE, [ANSWER])
        await pilot.pause()
        first = Span(5, 9)
        view.show(article(LONG), first)
        await pilot.pause()
        assert len(laid_out) == 1
        assert (view.passage, view.scroll_offset.y) == (first, 0)


async def test_while_a_large_article_is_laid_out_another_can_be_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout_module, "AT_ONCE_CHARS", 100)
    monkeypatch.setattr(layout_module, "NOTICEABLE_SECONDS", 0)
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article(LONG * 20))
        assert "laying out …" in drawn(view)[10]
        view.show(article("small"))
        await pilot.pause(0.3)
        assert drawn(view)[0].split() == ["1", "small"]


async def test_an_equal_article_does_not_lose_the_rows_being_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout_module, "AT_ONCE_CHARS", 100)
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article(LONG))
        view.show(article(LONG), PASSAGE, [ANSWER])
        await until(pilot, lambda: bool(styled(view, "answer")))


async def test_found_words_are_lit_one_after_another() -> None:
    text = "The Bridge.\nNo\nbridge but a BRIDGE\n" + "filler\n" * 100 + "the last\n  bridge"
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article(text))
        await pilot.pause()
        assert (view.find("bridge"), view.match_number) == (4, (1, 4))
        assert styled(view, "current") == [(0, words_from(view, 0) + 4, "Bridge")]
        assert [found for _, _, found in styled(view, "match")] == ["bridge", "BRIDGE"]
        view.step_match(-1)
        assert view.match_number == (4, 4)
        await pilot.pause()
        assert [found for _, _, found in styled(view, "current")] == ["bridge"]
        assert view.find("[a-z]") == 0
        assert view.find("LAST BRIDGE") == 1  # over a line end
        assert [found for _, _, found in styled(view, "current")] == ["last", "  bridge"]
        assert view.find("bridge") == 4
        assert view.match_number == (4, 4)  # the first from what is on screen
        view.step_match(1)
        assert view.match_number == (1, 4)
        assert (view.find(""), view.match_number) == (0, (0, 0))
        assert not styled(view, "current")


@pytest.mark.parametrize(
    "text", ["One line.\nThe second one.\n\nA third.", "\u202eab 日本 e\u0301\nc"]
)
async def test_what_the_mouse_selects_is_copied_exactly(text: str) -> None:
    async with Pane().run_test(size=(30, 20)) as pilot:
        view = view_of(pilot)
        view.show(article(text))
        await pilot.pause()
        margin = len(drawn(view)[0]) - len(drawn(view)[0].lstrip(" 1▎"))
        last = len(text.splitlines()) - 1
        await pilot.mouse_down(view, offset=(margin, 0))
        await pilot.hover(view, offset=(margin + 1, last))
        await pilot.mouse_up(view, offset=(margin + 1, last))
        copied = pilot.app.screen.get_selected_text()
        assert copied is not None
        assert text.startswith(copied)
        assert copied == text[: text.rindex("\n") + 1 + 2], "with the letter under the pointer"


async def test_keys_and_wheel_scroll_without_delay() -> None:
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.show(article("line\n" * 500))
        view.focus()
        tops = []
        for key in ["down", "down", "up", "up", "pagedown", "space", "pageup", "end", "home"]:
            await pilot.press(key)
            tops.append(view.scroll_offset.y)
        assert tops == [1, 2, 1, 0, 19, 38, 19, 480, 0]
        nowhere = {"delta_x": 0, "delta_y": 0, "button": 0}
        held = {"shift": False, "meta": False, "ctrl": False}
        view.post_message(events.MouseScrollDown(view, 5, 5, **nowhere, **held))
        await pilot.pause()
        assert view.scroll_offset.y > 0


@pytest.mark.slow
async def test_every_theme_keeps_the_text_legible_and_the_lights_apart() -> None:
    names = ["number", "bar", "passage", "answer", "match", "current"]
    async with Pane().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        for theme in pilot.app.available_themes:
            pilot.app.theme = theme
            await pilot.pause()
            styles = {
                name: view.get_component_rich_style(f"article-view--{name}") for name in names
            }
            looks = [(s.bold, s.underline, s.reverse) for s in list(styles.values())[2:]]
            assert len(set(looks)) == 4  # told apart without colour
            if not theme.startswith("ansi"):
                assert all(contrast(style) >= 4.5 for style in styles.values()), theme
                dimmed = view.get_component_rich_style("article-view--markup")
                assert 3 <= contrast(dimmed) < contrast(view.rich_style), theme


def contrast(style: Style) -> float:
    """Return the contrast ratio of text and background, from 1 to 21 (WCAG 2.2)."""
    assert style.color is not None
    assert style.bgcolor is not None
    light = []
    for colour in (style.color, style.bgcolor):
        parts = [part / 255 for part in Color.from_rich_color(colour).rgb]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(light) + 0.05) / (min(light) + 0.05)


PROSE = "The quick brown fox jumps over the lazy dog, and then it does so again. "
LARGE = {
    "many lines": (PROSE + "\n") * (10_000_000 // (len(PROSE) + 1)),
    "one line": PROSE * (10_000_000 // len(PROSE)),
    "CJK": "日本語の文章を読む。" * 333_333,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
async def test_ten_megabytes_are_shown_at_once(name: str) -> None:
    text = LARGE[name]
    cited = Span(len(text) // 2, len(text) // 2 + 9)
    async with Pane().run_test(size=(100, 40)) as pilot:
        view = view_of(pilot)
        view.focus()
        await pilot.pause()
        started = time.process_time()
        view.show(article(text), cited, [cited])
        while not styled(view, "answer"):
            await asyncio.sleep(0.001)
        first_paint = time.process_time() - started
        pages = []
        for _ in range(10):
            started, top = time.process_time(), view.scroll_offset.y
            view.action_move(1, by_page=True)
            assert drawn(view)
            pages.append(time.process_time() - started)
            await pilot.pause()
            assert view.scroll_offset.y == top + 39
        started = time.process_time()
        found = view.find("lazy dog" if "dog" in text else "文章")
        find = time.process_time() - started
        print(
            f"{name}: CPU: first paint {first_paint:.3f} s, page down {max(pages) * 1000:.1f} ms, "
            f"find {find:.3f} s ({found:,})"
        )
        assert first_paint < 1.5
        assert max(pages) < 0.25


if __name__ == "__main__":
    for title in LARGE:
        asyncio.run(test_ten_megabytes_are_shown_at_once(title))
