"""Parses XML safely, and walks its trees by local names.

XML can declare entities that expand to gigabytes or name files: none is expanded, and nothing is
fetched. Office programs write different namespaces for the same, so that names go without them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from index.formats.base import Unreadable

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_TAGS = 4_000_000
"""In one XML file: the tree takes about 100 bytes for each."""
_DOCTYPE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+"
    rb"(<!DOCTYPE(?>[^\[>\"']|\"[^\"]*\"|'[^']*')*+"
    rb"(\[(?>[^\]\"'<]|\"[^\"]*\"|'[^']*'|<!--(?>.*?-->)|<)*+\]\s*)?>)",
    re.DOTALL | re.IGNORECASE,
)
_XML_ENCODING = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"(?:encoding|charset)=[\"']?([\w.:-]{2,30})")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = (b"amp", b"lt", b"gt", b"quot", b"apos")
_TOO_DEEP = "Excessive depth"
"""How libxml2 begins its message."""
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

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


def parse_xml(content: bytes, name: str, *, recover: bool = False) -> Element:
    """Return the root of an XML document that declares no entities.

    recover: return what can be read of a damaged document.

    Raises: Unreadable.
    """
    content = _in_utf_8(content)
    doctype = _DOCTYPE.match(content)
    if doctype and doctype[2] and b"<!ENTITY" in doctype[2]:
        raise Unreadable("damaged", f"{name} declares entities, which are not expanded")
    return _parsed(without_doctype(content), name, recover=recover)


def parse_html(content: bytes) -> Element | None:
    """Return the root of a document that is not quite XML.

    None if there is nothing in it, or if a part of it would be lost as it is nested too deeply.

    Raises: Unreadable if it is too large.
    """
    from lxml import etree

    _check_tags(content, "a file")
    parser = etree.HTMLParser(
        encoding=_html_encoding(content),
        no_network=True,
        huge_tree=True,  # unclosed tags are nested in each other
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if any(entry.message.startswith(_TOO_DEEP) for entry in parser.error_log):
        return None
    return root


def _html_encoding(content: bytes) -> str:
    """Return the encoding that is declared; else UTF-8 or, if it cannot be that, Latin-1's heir."""
    declared = _ENCODING.search(content[:1_000])
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        content.decode(name)
    except (UnicodeDecodeError, LookupError):
        return "cp1252"
    return name


def without_doctype(content: bytes) -> bytes:
    """Return an XML document in UTF-8, or as it is, without its document type declaration."""
    content = _in_utf_8(content)
    doctype = _DOCTYPE.match(content)
    return content[: doctype.start(1)] + content[doctype.end(1) :] if doctype else content


def with_numbered_entities(content: bytes) -> bytes:
    """Return XML with HTML's entities, such as `&nbsp;`, as numbers; unknown ones as their text."""
    return _ENTITY.sub(_numbered, content)


def _numbered(entity: re.Match[bytes]) -> bytes:
    name = entity[1]
    if name in _XML_ENTITIES:
        return entity[0]
    characters = html.unescape(f"&{name.decode('ascii')};")
    if characters.startswith("&"):
        return b"&amp;" + name + b";"
    return "".join(f"&#{ord(char)};" for char in characters).encode("ascii")


def _in_utf_8(content: bytes) -> bytes:
    """Return a document in UTF-16 as UTF-8, so that its declarations can be seen."""
    if not content.startswith(_UTF_16_MARKS):
        return content
    return _XML_ENCODING.sub("", content.decode("utf-16", "replace")).encode("utf-8", "replace")


def _parsed(content: bytes, name: str, *, recover: bool) -> Element:
    from lxml import etree

    _check_tags(content, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        words = " ".join((error.msg or "").split())
        too_deep = words.startswith(_TOO_DEEP)
        raise Unreadable(
            "damaged", f"{name}: {'nested too deeply' if too_deep else words}"
        ) from error
    except ValueError as error:
        raise Unreadable("damaged", f"{name}: {error}") from error
    if root is None:
        raise Unreadable("damaged", f"{name}: nothing can be read")
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("damaged", f"{name} declares a document type")
    return root


def _check_tags(content: bytes, name: str) -> None:
    if content.count(b"<") > MAX_TAGS:
        raise Unreadable("too large", f"{name} has more than {MAX_TAGS:,} tags")
