"""Front matter: the YAML between lines of dashes at the start of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.formats.building import Builder, Range

MAX_YAML_CHARS = 100_000
"""Longer front matter is not parsed for a title: PyYAML reads 100 KB a second."""
_LINE = re.compile(r"[^\n]*\n?")
_RECORD = re.compile(
    r"""(["']?)([^\s#:"'{}\[\]&*!|>%@`,-][^:\n]{0,200}?)\1[ \t]*+:(?=[ \t\n]|$)[ \t]*"""
)
_BLOCK_SCALAR = re.compile(r"[|>][-+\d]{0,2}[ \t]*(?:#[^\n]*)?\n")
_QUOTED = re.compile(r"""(["'])(.*)\1[ \t]*(?:#[^\n]{0,500})?""", re.DOTALL)
_FLOW = re.compile(r"\[([^\[\]]*)\]")
_DASH = re.compile(r"^[ \t]*(-[ \t])", re.MULTILINE)
_COMMENT = re.compile(r"[ \t]#")


def front_matter_title(front_matter: str) -> str:
    """Return the `title` in YAML front matter as written; empty if there is none."""
    whole = _yaml_title(front_matter)
    if whole is not None:
        return whole
    for start, end in _entries(front_matter, 0, len(front_matter)):
        if front_matter.startswith("title:", start):
            alone = _yaml_title(front_matter[start:end])
            if alone is not None:
                return alone
            # Usually an unquoted title with a colon in it.
            return front_matter[start:end].splitlines()[0].removeprefix("title:").strip("\"' \t")
    return ""


def _yaml_title(front_matter: str) -> str | None:
    """Return the `title` in YAML, empty if there is none; None if it cannot be parsed."""
    import yaml

    if len(front_matter) > MAX_YAML_CHARS:
        return None
    try:
        # Composed, not loaded: dates and numbers stay as written, and no alias is expanded.
        top = yaml.compose(front_matter, Loader=yaml.SafeLoader)
    # Not only YAMLError: an escape beyond Unicode raises OverflowError, for example.
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
    for key, value in top.value if isinstance(top, yaml.MappingNode) else ():
        if key.value == "title" and isinstance(value, yaml.ScalarNode):
            return "" if value.tag == "tag:yaml.org,2002:null" else str(value.value)
    return ""


def add_front_matter(builder: Builder, source: str, start: int, end: int) -> None:
    """Add the blocks of the YAML in `source[start:end]`: a row for each `key: value`."""
    for first, last in _entries(source, start, end):
        if source[first] == "#":
            builder.add("comment", (first, last))
            continue
        record = _RECORD.match(source, first, last)
        if record is None:
            builder.add("paragraph", (first, last))
            continue
        value = _value(source, record.end(), last)
        quote = len(record[1])
        hidden = [(first, first + quote), (record.end(2), record.end(2) + quote)]
        hidden.append((value[1], last))
        if not source[record.end() : value[0]].isspace():
            hidden.append((record.end(), value[0]))
        hidden += [dash.span(1) for dash in _DASH.finditer(source, record.end(), value[1])]
        builder.add("row", (first, last), hidden=hidden, cells=[record.span(2), value])


def _entries(source: str, start: int, end: int) -> Iterator[Range]:
    """Yield each line that is not indented with those below it that belong to it."""
    first = start
    is_comment = False
    for line in _LINE.finditer(source, start, end):
        begins = line.start() > start and source[line.start()] not in " \t\n-]}"
        if (begins or is_comment) and first < line.start():
            yield first, line.start()
            first = line.start()
        is_comment = source.startswith("#", first)
        if line.end() >= end:
            break
    if first < end:
        yield first, end


def _value(source: str, start: int, end: int) -> Range:
    """Return the value of a record, without quotes, comment, and white space at its ends."""
    marker = _BLOCK_SCALAR.match(source, start, end)
    if marker:
        start = marker.end()
    elif quoted := _QUOTED.fullmatch(source[start:end].rstrip()):
        start, end = start + quoted.start(2), start + quoted.end(2)
    elif flow := _FLOW.fullmatch(source[start:end].rstrip()):
        start, end = start + flow.start(1), start + flow.end(1)
    else:
        comment = _COMMENT.search(source, max(start - 1, 0), end)
        end = comment.start() if comment and "\n" not in source[start:end].rstrip() else end
    inside = source[start:end]
    if not inside.strip():
        return start, start
    start += len(inside) - len(inside.lstrip())
    return start, start + len(inside.strip())
