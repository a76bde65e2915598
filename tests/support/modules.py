"""The modules of the program, and what they import."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.support.paths import ROOT


@cache
def modules() -> dict[str, Path]:
    found = {}
    for file in sorted([*ROOT.glob("qa/**/*.py"), *ROOT.glob("index/**/*.py")]):
        parts = list(file.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def imports_of(file: Path) -> set[str]:
    """Return what a module imports anywhere, except under TYPE_CHECKING."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(file.read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = {f"{node.module}.{alias.name}" for alias in node.names} & modules().keys()
            found.update(whole or {node.module or ""})
        pending.extend(ast.iter_child_nodes(node))
    return found
