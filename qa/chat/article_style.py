"""How an article looks."""

from __future__ import annotations

from typing import get_args

from qa.chat.highlights import Highlight
from qa.chat.parts import Part

COMPONENTS = frozenset(
    f"article-view--{part}"
    for part in (
        "note",
        "number",
        "bar",
        "mark",
        "line",
        "rule",
        *get_args(Part),
        *get_args(Highlight),
    )
)
CSS = """
ArticleView {
    overflow-x: hidden;
    overflow-y: scroll;
    scrollbar-size-vertical: 1;
    & > .article-view--note, & > .article-view--number, & > .article-view--rule,
    & > .article-view--furniture { color: $text-muted; }
    & > .article-view--line { color: auto 25%; }
    & > .article-view--mark { color: auto 38%; }
    & > .article-view--markup, & > .article-view--address { color: auto 45%; }
    & > .article-view--link { color: $text-primary; }
    & > .article-view--heading { color: $text-primary; text-style: bold; }
    & > .article-view--header, & > .article-view--strong { text-style: bold; }
    & > .article-view--emphasis { text-style: italic; }
    & > .article-view--literal { color: $text-secondary; }
    & > .article-view--code { background: $foreground 6%; }
    & > .article-view--bar { color: $text-primary; }
    & > .article-view--passage { background: $primary 15%; color: $text; }
    & > .article-view--closest {
        background: $warning-muted; color: $text; text-style: underline;
    }
    & > .article-view--answer {
        background: $success; color: black; text-style: bold underline;
    }
    & > .article-view--statement { background: $success 30%; color: $text; }
    &:nocolor > .article-view--statement, &:ansi > .article-view--statement {
        text-style: underline;
    }
    & > .article-view--match {
        background: $warning-muted; color: $text; text-style: underline;
    }
    & > .article-view--current {
        background: $warning-muted; color: $text; text-style: bold reverse;
    }
    &:ansi > .article-view--passage, &:ansi > .article-view--answer,
    &:ansi > .article-view--statement, &:ansi > .article-view--closest,
    &:ansi > .article-view--match,
    &:ansi > .article-view--current, &:ansi > .article-view--code {
        background: ansi_default; color: ansi_default;
    }
}
"""
