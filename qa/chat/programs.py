"""Which program of the system opens what is cited, and how it is told the page.

A program gets an absolute path, or an address that begins with `file`, `https` or `http`: never
something that it could take for an option, and never through a shell.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from qa.answers.wire import AnswerJson, PassageJson
from qa.show.links import format_of, link_to, page_of

QUERY_SECONDS = 5
"""How long the system may take to say which program opens a kind of file."""
START = "start"
"""Stands for the program that Windows itself chooses."""
_IN_TERMINAL = frozenset("browsh elinks links links2 lynx w3m www-browser".split())
"""Browsers that would need the terminal that the chat is in."""
_BROWSERS = (
    *("firefox", "librewolf", "google-chrome", "google-chrome-stable", "chromium"),
    *("chromium-browser", "brave-browser", "microsoft-edge", "vivaldi", "opera", "epiphany"),
)
_AT_PAGE = {
    "evince": ("--page-index={page}", "{path}"),
    "papers": ("--page-index={page}", "{path}"),
    "atril": ("--page-index={page}", "{path}"),
    "xreader": ("--page-index={page}", "{path}"),
    "okular": ("--page", "{page}", "{path}"),
    "zathura": ("--page={page}", "{path}"),
    "sioyek": ("--page", "{page}", "{path}"),
    "mupdf": ("{path}", "{page}"),
    "SumatraPDF": ("-reuse-instance", "-page", "{page}", "{path}"),
    **dict.fromkeys(_BROWSERS, ("{link}",)),
}
"""Arguments with which a program opens a PDF at a page, from 1; by the program."""
_AT_WORDS = dict.fromkeys(_BROWSERS, ("{link}",))
"""Arguments with which a program opens a file at the words in its link."""


@dataclass(frozen=True, slots=True)
class Target:
    """What to open."""

    link: str
    """See `link_to`."""
    path: str
    """Of the file; empty for a web page."""
    media_type: str = ""
    """Of a file that some programs open at a place; empty for other files."""
    page: int = 0
    """From 1; 0 if it has no pages."""

    @classmethod
    def of(cls, passage: PassageJson, quoted: AnswerJson | None = None) -> Target | None:
        """Return what a passage is from; None if it cannot be opened. quoted: see `link_to`."""
        cited = passage.citation
        link, format = link_to(passage, quoted), format_of(cited)
        if not link.startswith("file:"):
            return cls(link, "") if link else None
        if format == "pdf":
            return cls(link, cited.path, "application/pdf", page_of(passage, quoted))
        return cls(link, cited.path, "text/html" if format == "html" else "")


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments."""

    arguments: tuple[str, ...]
    is_at_place: bool
    """Whether it opens at the page or at the words, not only at the start."""

    @property
    def name(self) -> str:
        """What the user knows the program as."""
        return "Windows" if self.arguments[0] == START else PurePath(self.arguments[0]).stem


def command_for(
    target: Target, environment: Mapping[str, str], platform: str = sys.platform
) -> Command | None:
    """Return what opens a target; None if nothing can, as without a display.

    platform: as `sys.platform`.
    """
    path = environment.get("PATH", "")
    if not target.path and (own := _own_browser(environment, target.link)):
        return own
    if not _has_display(environment, platform):
        return None
    at_place = _AT_PAGE if target.page else _AT_WORDS if target.media_type else {}
    for name in _programs(target, path, platform) if at_place else ():
        if name in at_place and (program := _found(name, path)):
            values = {"page": target.page, "path": target.path, "link": target.link}
            arguments = (argument.format(**values) for argument in at_place[name])
            return Command((program, *arguments), is_at_place=True)
    if target.path and not _is_document(target.path):
        return None
    opened, is_at_place = target.path or target.link, not target.path or not at_place
    if platform == "win32":
        return Command((START, opened), is_at_place)
    openers = ("open",) if platform == "darwin" else ("xdg-open", "wslview")
    if not target.path:
        openers = (*openers, *_BROWSERS)
    found = next(filter(None, (_found(name, path) for name in openers)), None)
    return Command((found, opened), is_at_place) if found else None


def _is_document(path: str) -> bool:
    """Return whether the system may choose a program for a file.

    It is read as what it contains, but opened as what its name says: a PDF named "a.bat" would run.
    """
    from index.load import FORMATS

    return path.lower().endswith(tuple(suffix for form in FORMATS for suffix in form.suffixes))


def _has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Return whether the user would see a window."""
    if platform in ("win32", "darwin"):
        return not environment.get("SSH_CONNECTION")
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _own_browser(environment: Mapping[str, str], link: str) -> Command | None:
    """Return the first browser in $BROWSER that is there and has a window of its own."""
    for entry in environment.get("BROWSER", "").split(os.pathsep):
        try:
            program, *options = shlex.split(entry) or [""]
        except ValueError:
            continue
        found = _found(program, environment.get("PATH", "")) if program else None
        if found and PurePath(program).stem not in _IN_TERMINAL:
            if "%s" not in options:
                options.append("%s")
            arguments = (link if option == "%s" else option for option in options)
            return Command((found, *arguments), is_at_place=True)
    return None


def _found(program: str, path: str) -> str | None:
    """Return the path of a program, but of none in the current folder: articles come from there."""
    found = shutil.which(program, path=path)
    return found if found and os.path.isabs(found) else None


def _programs(target: Target, path: str, platform: str) -> Iterator[str]:
    """Yield names of programs that may open a kind of file at a place, best first."""
    if platform in ("win32", "darwin"):
        yield from ("SumatraPDF",) if target.page and platform == "win32" else ()
        return
    if asker := _found("xdg-mime", path):
        yield from _named_by(_default_for(asker, target.media_type))
    elif not _found("xdg-open", path):
        yield from _AT_PAGE if target.page else _AT_WORDS


def _default_for(asker: str, media_type: str) -> str:
    """Return the name of the desktop file of the program that the user opens files with."""
    try:
        ran = subprocess.run(
            [asker, "query", "default", media_type],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=QUERY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.decode("utf-8", "replace").strip()


def _named_by(desktop_file: str) -> Iterator[str]:
    """Yield the known programs that a name such as "org.gnome.Evince.desktop" may stand for."""
    name = desktop_file.removesuffix(".desktop").lower()
    # The longest first: "google-chrome-stable" contains "google-chrome".
    for known in sorted(_AT_PAGE, key=len, reverse=True):
        if known.lower() in name:
            yield known
    if "chrome" in name:
        yield from ("google-chrome", "google-chrome-stable")
    elif "chromium" in name:
        yield from ("chromium", "chromium-browser")
