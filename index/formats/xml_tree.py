"""Walks XML trees by local names, since office programs write different namespaces for the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Event = tuple[Literal["start", "end", "skip"], str, "Element"]
"""What happens, the local name of the element, and the element."""


def local(element: Element) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """Return an attribute by its name without namespace; the default if there is none."""
    if element is None:
        return default
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return default


def number(element: Element | None, name: str, default: int = 0) -> int:
    """Return an attribute as a number; the default if there is none or if it is no number."""
    value = attribute(element, name).strip()
    return int(value) if value.lstrip("-").isdecimal() and len(value) < 10 else default


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first child with a name, then its first child with the next name, and so on."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if local(each) == name), None)
    return element


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children with a name."""
    if element is not None:
        yield from (each for each in element if local(each) == name)


def words(element: Element | None) -> str:
    """Return all text in an element, white space collapsed."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def is_repeated(fallback: Element) -> bool:
    """Return whether the text of a `Fallback` is also in the choices for newer programs."""
    choices = children(fallback.getparent(), "Choice")
    return any(local(each) == "t" for choice in choices for each in choice.iter())


def walk(root: Element, is_skipped: Callable[[str, Element], bool]) -> Iterator[Event]:
    """Yield each element of a tree where it starts and where it ends, in document order.

    Of an element that is skipped only that: the text after it may count.
    """
    from lxml.etree import iterwalk

    walker = iterwalk(root, events=("start", "end"))
    skipped: Element | None = None
    for event, element in walker:
        name = local(element)
        if event == "end":
            yield "skip" if element is skipped else "end", name, element
        elif not name or is_skipped(name, element):
            walker.skip_subtree()
            skipped = element
        else:
            yield "start", name, element
