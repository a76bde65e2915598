"""What DOCX and PPTX have in common: parts that refer to each other, and properties."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from index.formats.manuscript import Record, described
from index.formats.xml_tree import attribute, child, children, words
from index.formats.zipped import Package


@dataclass(frozen=True, slots=True)
class Related:
    """A part that another part refers to."""

    id: str
    kind: str
    """The last word of the relationship's type, such as "footnotes"."""
    path: str


def related(package: Package, part: str) -> Iterator[Related]:
    """Yield the parts that a part refers to; "" stands for the package. Raises: Unreadable."""
    folder, name = posixpath.split(part)
    root = package.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
    for each in children(root, "Relationship"):
        if attribute(each, "TargetMode") != "External":
            path = posixpath.normpath(posixpath.join("/", folder, attribute(each, "Target")))
            kind = attribute(each, "Type").rpartition("/")[2]
            yield Related(attribute(each, "Id"), kind, path.lstrip("/"))


def main_part(package: Package, default: str) -> str:
    """Return the path of the part that the package is about. Raises: Unreadable."""
    found = (each.path for each in related(package, "") if each.kind == "officeDocument")
    return next(found, default)


def properties(package: Package) -> tuple[str, list[Record]]:
    """Return the title, empty if there is none, and what else is known. Raises: Unreadable."""
    root = package.xml("docProps/core.xml")
    names = ("title", "creator", "subject", "keywords")
    return described(*(words(child(root, name)) for name in names))
