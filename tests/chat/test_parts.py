"""How the parts of an article look, how its lines are laid out, and what is written above it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

import qa.chat
from index.load import read
from index.scan import Source
from index.types import Article, Span
from qa.chat import above
from qa.chat.highlights import Highlights
from qa.chat.pages import rows_of
from qa.chat.pane import ArticlePane
from qa.chat.parts import Part
from qa.show.text import visible
from tests.support.chat import HOSTILE, unsafe

MANUAL = """# Harbour *manual*

The **harbour** keeps a `timetable` of [all ferries](https://example.org/ferries); <!-- checked -->
see https://example.org/a/very/long/address/that/is/wrapped/on/most/screens?and=so#on for more.

## Configuration

```python
def deploy(settings):
    return Service(settings, Timetable.load(settings.timetable_path, encoding="utf-8"))
```

| Setting | What it does, and when one would want to change it |
|---------|-----------------------------------------------------|
| `port`  | The port that the service listens on |

1. Copy the timetable to the folder that the service reads it from, and then
   - start the service by hand, which is meant only for trying it on a machine of your own.

> Never start two services on one timetable, because the second one waits for the first one.

## Rolling back

Rolling back takes 45 seconds.
"""


@pytest.fixture
def manual(tmp_path: Path) -> Article:
    return article_of(tmp_path / "manual.md", MANUAL)


def article_of(path: Path, text: str) -> Article:
    path.write_text(text, encoding="utf-8")
    return read(Source(path.name, str(path), len(text), 0)).article


def parts_of(article: Article, width: int) -> dict[int, Part | None]:
    """Return the part that each character in a row is."""
    highlights, rows = Highlights(article.text, article.structure), rows_of(article, width)
    found: dict[int, Part | None] = {}
    for row in range(len(rows)):
        offset = rows.span(row).start
        for piece in highlights.pieces(rows.span(row)):
            for at in range(offset, offset + len(piece.text)):  # no character is drawn as a mark
                found[at] = piece.part
            offset += len(piece.text)
    return found


@pytest.mark.parametrize("width", [30, 60, 137])
def test_markup_is_told_from_words_wherever_the_rows_end(manual: Article, width: int) -> None:
    found = parts_of(manual, width)

    def words(part: Part) -> str:
        at = [offset for offset, each in sorted(found.items()) if each == part]
        return "".join(manual.text[offset] for offset in at)

    assert words("strong") == "harbour"
    assert words("emphasis") == "manual"
    assert "".join(words("link").split()) == "allferries"
    assert "".join(words("literal").split()) == "timetableport"
    assert "".join(words("heading").split()) == "HarbourConfigurationRollingback"
    for mark in ("# ", "**", "`", "](https://example.org/ferries)", "<!-- checked -->", "```"):
        start = manual.text.index(mark)
        marked = {found[at] for at in range(start, start + len(mark)) if at in found}
        assert marked <= {"markup", "address"}, mark
    address = MANUAL[MANUAL.index("https://example.org/a/") :].split()[0]
    assert address in words("address")
    assert "def deploy(settings):" in words("code")
    assert words("header").split()[0] == "Setting"
    assert found[MANUAL.index("45 seconds")] is None


@pytest.mark.parametrize("width", [30, 60, 70])
def test_further_rows_hang_below_what_they_belong_to(manual: Article, width: int) -> None:
    rows = rows_of(manual, width)
    text = manual.text
    hanging = {}
    for row in range(1, len(rows)):
        if not rows.starts_line(row):
            line = text[: rows.span(row).start].rsplit("\n", 1)[-1]
            hanging[line.split()[0]] = rows.indent(row)
    assert hanging["return"] == 4 + len("↪ ")
    assert hanging["1."] == len("1. ")
    assert hanging["-"] == len("   - ")
    assert hanging[">"] == len("> ")
    assert hanging["see"] == 0
    assert all(not rows.indent(row) for row in range(len(rows)) if rows.starts_line(row))


def test_prose_keeps_a_measure_and_code_takes_the_whole_width(tmp_path: Path) -> None:
    words = "word " * 60
    text = f"{words}\n\n```\n{words}\n```\n"
    article = article_of(tmp_path / "wide.md", text)
    rows = rows_of(article, 200)
    longest = [
        max(len(rows.span(row)) for row in range(len(rows)) if inside.overlap(rows.span(row)))
        for inside in (Span(0, len(words)), Span(len(words) + 6, len(text)))
    ]
    assert longest[0] <= 90
    assert 180 <= longest[1] < 200


class Pane(App[None]):
    CSS_PATH = Path(qa.chat.__file__).with_name("pane.tcss")

    def compose(self) -> ComposeResult:
        yield ArticlePane(id="right")


async def test_what_is_above_the_article_follows_the_screen(manual: Article) -> None:
    async with Pane().run_test(size=(70, 8)) as pilot:
        pane = pilot.app.query_one(ArticlePane)

        def shown() -> str:
            return str(pane.query_one("#article-section", Static).render())

        pane.show(manual, None, (), unsure=False)
        await pilot.pause()
        assert shown() == "Harbour manual"
        seen = [shown()]
        for _ in range(60):
            pane.view.action_move(1)
            await pilot.pause()
            if shown() != seen[-1]:
                seen.append(shown())
        assert seen == ["Harbour manual", "Harbour manual › Configuration"]
        pane.view.action_move_to_edge(False)
        await pilot.pause()
        assert shown() == "Harbour manual"
        pane.clear()
        assert shown() == ""


@pytest.mark.parametrize("width", [24, 34, 54, 134])
def test_a_long_path_is_shortened_in_the_middle_and_the_last_heading_is_kept(
    tmp_path: Path, width: int
) -> None:
    folder = tmp_path / "a long folder name" / "and another one"
    folder.mkdir(parents=True)
    article = article_of(folder / "manual.md", MANUAL)
    shown = above.of_offset(article, MANUAL.index("45 seconds"), width)
    assert shown.section.endswith("Rolling back")
    assert shown.section.startswith("…" if width <= 34 else "Harbour manual")
    assert shown.location.endswith("manual.md")
    assert len(shown.location) <= max(12, width // 2)


def test_hostile_headings_and_paths_are_shown_as_marks() -> None:
    article = Article(HOSTILE, f"/{HOSTILE}", HOSTILE, "words", "")
    shown = above.of_offset(article, 2, 60)
    assert not unsafe("".join(shown))
    assert visible("\x1b[2J") in shown.section
