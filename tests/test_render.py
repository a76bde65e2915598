"""What is shown of a response, and its JSON."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len

from index.types import Article, Hit, Passage, Span
from qa.answers.wire import to_wire
from qa.show.markdown import to_markdown
from qa.show.response import (
    ANSWER_STYLE,
    NOT_FOUND_STYLE,
    citation,
    to_terminal,
    to_vimgrep,
)
from qa.show.text import as_sentences, percent, visible
from qa.types import Answer, Response


def response(
    text: str, answer: Span | None, title: str = "A title", path: str = "/a.txt"
) -> Response:
    article = Article(id="a.txt", path=path, title=title, text=text, sha256="0" * 64)
    passage = Passage(article, Span(0, len(text)))
    return Response(
        question="What?",
        outcome="answered" if answer else "not_found",
        answers=(Answer(passage, answer, 0.7),) if answer else (),
        hits=(Hit(passage, 1, 0.9, 0.5, 2.0),),
        confidence=0.7,
        unknown_words=() if answer else ("bridge",),
        timings_ms={"total": 1.0},
    )


def unsure(text: str, closest: Span, unknown: tuple[str, ...] = ()) -> Response:
    sure = response(text, closest)
    words = replace(sure.answers[0], score=0.4)
    return replace(
        sure, outcome="unsure", answers=(), closest=words, confidence=0.4, unknown_words=unknown
    )


def shown(value: Response, *, color: bool = False, width: int | None = None) -> str:
    return "\n".join(line.plain for line in to_terminal(value, color=color, width=width))


def styles_of(value: Response, *, color: bool = True) -> set[str]:
    """Return the styles of a response's lines and of parts of them."""
    lines = list(to_terminal(value, color=color, width=None))
    parts = {str(span.style) for line in lines for span in line.spans}
    return (parts | {str(line.style) for line in lines}) - {""}


def test_the_answer_comes_first_and_is_marked_in_its_passage() -> None:
    text = "It rains. The bridge was built in 1932. It is long."
    lines = shown(response(text, Span(10, 39))).splitlines()
    assert lines[0] == "The bridge was built in 1932."
    assert lines[-2] == "[1] A title · /a.txt:1"
    assert lines[-1] == "    It rains. «The bridge was built in 1932.» It is long."


def test_with_colour_the_answer_is_styled_and_the_quote_unchanged() -> None:
    text = "It rains. The bridge was built in 1932."
    line = list(to_terminal(response(text, Span(10, 39)), color=True, width=None))[-1]
    assert line.plain == f"    {text}"
    assert any(line.plain[s.start : s.end].strip() == text[10:] for s in line.spans)


def test_an_abstention_says_so_and_names_unknown_words() -> None:
    lines = shown(response("Some text.", None)).splitlines()
    assert lines[:4] == [
        "No answer found.",
        "Not found in the text: bridge",
        "",
        "Nearest passages:",
    ]


def test_markdown_says_the_same_as_the_terminal_of_what_is_not_found() -> None:
    text = "Rygor Kastusev, 67-year-old, was released."
    for value in (response(text, None), unsure(text, Span(16, 27), ("*Lukashenko*",))):
        in_terminal = [line for line in shown(value).splitlines() if line]
        in_markdown = [line for line in to_markdown(to_wire(value)).splitlines() if line]
        said = [line.replace("*", r"\*") for line in in_terminal[:3]]
        assert in_markdown[1:4] == said


def test_doubt_is_said_before_the_closest_words_and_the_passages_are_shown() -> None:
    text = "Rygor Kastusev, 67-year-old, was released."
    assert shown(unsure(text, Span(16, 27), ("Lukashenko",))).splitlines() == [
        "Not sure the text says this. Closest: “67-year-old” (40 %) [1]",
        "Not found in the text: Lukashenko",
        "",
        "Nearest passages:",
        "",
        "[1] A title · /a.txt:1",
        "    Rygor Kastusev, ‹67-year-old›, was released.",
    ]


def test_doubtful_words_never_look_like_an_answer() -> None:
    text = "It rains. The bridge was built in 1932."
    assert ANSWER_STYLE in styles_of(response(text, Span(10, 39)))
    for color in (True, False):
        used = styles_of(unsure(text, Span(10, 39)), color=color)
        assert used
        assert not {ANSWER_STYLE, NOT_FOUND_STYLE} & used
        assert not [style for style in used if "bold" in style or "green" in style]
        assert "«" not in shown(unsure(text, Span(10, 39)), color=color)
    markdown = to_markdown(to_wire(unsure(text, Span(10, 39))))
    assert "Not sure the text says this. Closest: “The bridge was built in 1932.” (40 %) [1]" in (
        markdown.splitlines()
    )
    assert "**" not in markdown
    assert "Nearest passages:" in markdown


def test_an_editor_is_told_the_place_of_doubtful_words_and_the_doubt() -> None:
    text = "It rains.\nThe bridge was built in 1932."
    (sure,) = to_vimgrep(response(text, Span(14, 20)))
    (doubtful,) = to_vimgrep(unsure(text, Span(14, 20)))
    assert sure == "/a.txt:2:5:The bridge was built in 1932."
    assert doubtful == "/a.txt:2:5:not sure (40 %): The bridge was built in 1932."


@given(st.text(min_size=1, max_size=400), st.integers(20, 120), st.sampled_from([response, unsure]))
def test_no_line_is_wider_than_the_terminal(
    text: str, width: int, made: Callable[[str, Span], Response]
) -> None:
    for line in to_terminal(made(text, Span(0, len(text))), color=False, width=width):
        assert cell_len(line.plain) <= max(width, 24)


def test_a_path_is_not_split_however_narrow_the_terminal() -> None:
    path = f"/{'x' * 99}.txt"
    value = response("Some text.", Span(0, 10), "A long title in several words", path)
    assert f"[1] A long title in several words · {path}:1" in shown(value, width=24).splitlines()


@given(st.text(max_size=200), st.text(max_size=60))
def test_nothing_a_terminal_acts_on_is_printed(text: str, title: str) -> None:
    text += "\x1b]52;c;aGk=\x07\x9b31m\u202e\u200b"
    sure, doubtful = response(text, Span(0, len(text)), title), unsure(text, Span(0, len(text)))
    lines = [shown(sure, width=80), shown(doubtful, width=80), *to_vimgrep(doubtful)]
    for character in "\n".join(lines):
        category = unicodedata.category(character)
        assert character == "\n" or category not in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")


def test_markup_in_the_text_is_shown_literally() -> None:
    text = "[bold]not bold[/bold] [link=x]y[/link] :smile:"
    assert text in shown(response(text, None))


def test_a_citation_names_one_line_or_the_first_and_the_last() -> None:
    article = Article(id="b/a.txt", path="/b/a.txt", title="T", text="one\ntwo\nthree", sha256="0")
    assert citation(Passage(article, Span(0, 3))) == "T · /b/a.txt:1"
    assert citation(Passage(article, Span(4, 13))) == "T · /b/a.txt:2-3"


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0, "1 %"),
        (0.4999, "49 %"),
        (0.5, "50 %"),
        (0.704, "70 %"),
        (1, "99 %"),
    ],
)
def test_no_probability_is_shown_as_certain_nor_too_high_for_its_outcome(
    probability: float, words: str
) -> None:
    assert percent(probability) == words


# Markdown, as another program parses it

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})
ACTING = st.text(
    st.sampled_from("\\`*_{}[]()<>#|!~&;:-+=.1ab \n\t/é😀\u00a0\u202e\x1b"), max_size=30
)
acting = st.one_of(ACTING, st.text(max_size=30)).filter(str.strip)


def read_as_markdown(value: Response) -> list[Token]:
    return MARKDOWN.parse(visible(to_markdown(to_wire(value))))


def flat(tokens: list[Token]) -> list[Token]:
    return [one for token in tokens for one in [token, *flat(token.children or [])]]


def inlines(tokens: list[Token]) -> list[Token]:
    """The inline tokens outside of quotes."""
    depth, found = 0, []
    for token in tokens:
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline" and not depth:
            found.append(token)
    return found


def shown_as(token: Token) -> str:
    return "".join(child.content for child in token.children or [])


LINE_END = re.compile(r"\r\n|\r|\n")


def in_a_line(text: str) -> str:
    return visible(" ".join(text.split()))


@given(acting, acting, acting, acting)
@example("C# or F##", "a_b_c 2*3*4", "[x](y) &amp; ~~z~~ <b>", "`a`` b`.txt")
@example("_x_ (__y__)", "_x", "https://a.b/c_d_", "a.txt")
def test_question_answer_title_and_name_are_shown_literally(
    question: str, answer: str, title: str, name: str
) -> None:
    article = Article(id="a", path=f"/b/{name}", title=title, text=answer, sha256="0" * 64)
    passage = Passage(article, Span(0, len(answer)))
    hits = (Hit(passage, 1, 0.9, 0.5, 2.0),)
    answers = (Answer(passage, passage.span, 0.7),)
    value = Response(question, "answered", answers, hits, 0.7, (), {}, context=question)
    tokens = inlines(read_as_markdown(value))
    heading, context, bold, cited = tokens
    assert shown_as(heading) == in_a_line(question)
    assert shown_as(context) == f"Searched together with: {in_a_line(question)}"
    assert shown_as(bold) == f"{in_a_line(answer)} [1], 70 % sure"
    *_, code = cited.children or []
    _, last_line = passage.lines
    lines = "1" if last_line == 1 else f"1-{last_line}"
    assert (code.type, code.content) == (
        "code_inline",
        visible(LINE_END.sub(" ", f"/b/{name}:{lines}")),
    )
    assert shown_as(cited) == f"[1] {in_a_line(title)} · {code.content}"
    strong = [one.type for one in bold.children or [] if one.type != "text"]
    assert strong == ["strong_open", "strong_close"]
    for plain in (heading, context):
        assert {one.type for one in plain.children or []} == {"text"}
    assert [one.type for one in cited.children or []] == ["text", "code_inline"]


@given(st.one_of(ACTING, st.text()).map(lambda text: f"a {text}"))
@example("a <script>x</script>")
@example("a \\<b> \\\\<b> ![x](http://y) \\![x](http://y)")
@example("a\n\n[1]: http://y\n\n[1\n]: http://y")
def test_a_quote_adds_no_html_image_or_link_definition(text: str) -> None:
    tokens = read_as_markdown(response(text, None))
    everything = flat(tokens)
    assert not {one.type for one in everything} & {"html_block", "html_inline", "image"}
    assert not [
        one for token in inlines(tokens) for one in flat([token]) if one.type == "link_open"
    ]


def test_a_quote_without_those_is_unchanged() -> None:
    text = "**Bold** `code` [link](x) a_b # & C:\\dir! [1]\n- item > 5"
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert quoted in to_markdown(to_wire(response(text, None)))


def test_what_was_searched_for_instead_comes_before_the_answer() -> None:
    text = "It rains. The bridge was built in 1932."
    found = replace(
        response(text, Span(10, 39)),
        question="When was the brigde\x1b built?",
        corrections={"brigde": "bridge"},
    )
    lines = shown(found).splitlines()
    assert lines[:3] == [
        "Showing results for “When was the bridge␛ built?”",
        "",
        "The bridge was built in 1932.",
    ]
    assert "Showing results for “When was the bridge" in to_markdown(to_wire(found))
    assert to_wire(found).corrections == {"brigde": "bridge"}
    assert to_wire(found).question == found.question


def test_a_problem_and_its_remedy_are_two_sentences() -> None:
    assert as_sentences("Nothing to read: no files", "Give text.") == (
        "Nothing to read: no files. Give text."
    )
    assert as_sentences("It is not there.", "Look again.") == "It is not there. Look again."
    assert as_sentences("Cancelled", "") == "Cancelled"
