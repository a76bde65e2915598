"""Files to articles: finds them, and is the only place that turns bytes into text.

Two steps, so that asking again costs one `stat` a file: `scan` lists what there is without
opening anything, `read` decodes one file.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.types import Article, Reason

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

STDIN = "-"
DEFAULT_MAX_BYTES = 50_000_000
DETECTION_SAMPLE_BYTES = 100_000
LEAST_BYTES_BEYOND_ASCII = 7
"""With fewer, both detectors can agree on nonsense: "Żółw" in ISO-8859-2 is Big5 to them."""
MAX_TITLE_CHARS = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may hold an article; known from its directory entry alone."""

    id: str
    path: str
    size: int
    """In bytes."""
    changed_ns: int
    """When content or directory entry last changed, whichever is later: copying tools set the
    first back, nothing can the second.
    """
    content: bytes | None = None
    """What was read already, for standard input only."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A file or folder that is not asked, and why."""

    id: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the given paths hold, in the order of the ids."""

    root: str
    sources: tuple[Source, ...]
    skips: tuple[Skip, ...]


class Unreadable(Exception):
    """One file cannot become an article; the others still can. Never leaves this package."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason: Reason = reason
        self.detail = detail


def corpus_root(paths: Sequence[str]) -> str:
    """Return the folder that article ids are relative to: the deepest one that holds all paths.

    Raises: ArticleError when a path does not exist.
    """
    folders = []
    for path in paths:
        if path == STDIN:
            continue
        try:
            absolute = os.path.abspath(path)
        except FileNotFoundError as error:
            raise ArticleError(
                "The current folder does not exist any more.", "Change to one that does."
            ) from error
        if not os.path.exists(absolute):
            raise ArticleError(
                f"No such file or folder: {path}", "Check the spelling, or give another path."
            )
        folders.append(absolute if os.path.isdir(absolute) else os.path.dirname(absolute))
    if not folders:
        return STDIN
    try:
        return os.path.commonpath(folders)
    except ValueError as error:  # two Windows drives have nothing in common
        raise ArticleError("The paths have no folder in common.", "Ask them one by one.") from error


def read_stdin() -> Source:
    """Return standard input, read to its end."""
    content = sys.stdin.buffer.read() if sys.stdin else b""  # closed by whoever started us
    return Source(STDIN, STDIN, len(content), 0, content)


def scan(
    paths: Sequence[str], *, max_bytes: int = DEFAULT_MAX_BYTES, stdin: Source | None = None
) -> Scan:
    """List the files that `paths` name. Folders are searched recursively, "-" stands for `stdin`.

    A file named explicitly is always tried, even when it is hidden or ignored.

    Raises: ArticleError when a path does not exist.
    """
    root = corpus_root(paths)
    walk = _Walk(root=root, max_bytes=max_bytes)
    for path in paths:
        if path == STDIN:
            if STDIN not in walk.sources:  # a second reading would find nothing left
                walk.sources[STDIN] = stdin or read_stdin()
        elif os.path.isdir(path):
            walk.take_folder(os.path.abspath(path))
        else:
            walk.take_file(os.path.abspath(path))
    walk.take_links()
    by_id = sorted(walk.sources.values(), key=lambda source: source.id)
    skips = sorted(walk.left_out(), key=lambda skip: (skip.id, skip.reason))
    return Scan(root, tuple(by_id), tuple(skips))


@dataclass(slots=True)
class _Walk:
    """The state of one scan. Links are kept for last, so that a file counts under its own name."""

    root: str
    max_bytes: int
    sources: dict[str, Source] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    def take_file(self, path: str) -> None:
        try:
            self._add(path, os.stat(path))
        except OSError as error:
            self._skip(path, "unreadable", _cause(error))

    def take_folder(self, folder: str) -> None:
        pending = [(folder, _enclosing_ignores(folder))]
        while pending:
            folder, ignores = pending.pop()
            if folder in self.folders:
                continue
            self.folders.add(folder)
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self._skip(folder + os.sep, "unreadable", _cause(error))
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                ignores = [*ignores, *_ignores_of(folder)]
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                shown = entry.path + (os.sep if is_folder else "")
                if entry.name.startswith("."):
                    self._skip(shown, "hidden")
                elif ignores and _is_ignored(shown, ignores):
                    self._skip(shown, "ignored", ".gitignore")
                elif entry.is_symlink():
                    self.links.append(entry.path)
                elif is_folder:
                    pending.append((entry.path, ignores))
                else:
                    try:
                        self._add(entry.path, entry.stat(follow_symlinks=False))
                    except OSError as error:
                        self._skip(entry.path, "unreadable", _cause(error))

    def take_links(self) -> None:
        """Follow the links met so far to what the corpus holds and has not been seen yet."""
        inside = os.path.realpath(self.root)
        seen = {os.path.realpath(source.path) for source in self.sources.values()}
        seen.update(os.path.realpath(folder) for folder in self.folders)
        while self.links:
            link = self.links.pop(0)
            target = os.path.realpath(link)
            if not os.path.exists(target):
                self._skip(link, "unreadable", "the link leads nowhere")
            elif os.path.commonpath([inside, target]) != inside:
                self._skip(link, "link", "leads out of the corpus")
            elif os.path.isdir(target) and _is_within(os.path.dirname(link), target):
                self._skip(link, "loop", "leads to a folder it stands in")
            elif target in seen:
                self._skip(link, "link", "leads to what is read under its own name")
            elif os.path.isdir(target):
                known, folders = set(self.sources), set(self.folders)
                self.take_folder(link)
                for id in sorted(self.sources.keys() - known):
                    path = self.sources[id].path
                    if os.path.realpath(path) in seen:
                        del self.sources[id]
                        self._skip(path, "link", "leads to what is read under its own name")
                    seen.add(os.path.realpath(path))
                seen.update(os.path.realpath(folder) for folder in self.folders - folders)
            else:
                self.take_file(link)
                seen.add(target)

    def left_out(self) -> set[Skip]:
        """Return what was skipped, less what another of the given paths names after all."""
        asked = self.sources.keys() | {self._id(folder + os.sep) for folder in self.folders}
        return {skip for skip in self.skips if skip.id not in asked or skip.reason == "unreadable"}

    def _add(self, path: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self._skip(path, "not a file", "not a regular file; pipe its text into `-`")
        elif status.st_size > self.max_bytes:
            limit = f"{status.st_size / 1e6:,.1f} MB; the limit is {self.max_bytes / 1e6:,.1f} MB"
            self._skip(path, "too large", limit)
        else:
            id = self._id(path)
            self.sources[id] = Source(
                id, path, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)
            )

    def _skip(self, path: str, reason: Reason, detail: str = "") -> None:
        self.skips.append(Skip(self._id(path), reason, detail))

    def _id(self, path: str) -> str:
        relative = path[len(self.root) :].lstrip(os.sep) if self.root != os.sep else path[1:]
        return _as_text(relative).replace(os.sep, "/") or "."


def read(source: Source, encoding: str | None = None) -> tuple[Article, str]:
    """Return the article of one file and the name of the encoding it was decoded with.

    The text is the decoded bytes less a byte order mark, and nothing else is changed.

    Raises: Unreadable, with the reason.
    """
    content = source.content if source.content is not None else _read_steadily(source.path)
    format = _format_of(source)
    text, used = format.decode(content, encoding)
    if not text.strip():
        raise Unreadable("empty")
    title = format.title(text) or _title_of(source)
    path = _as_text(source.path)
    return Article(source.id, path, title, text, sha256(content).hexdigest()), used


def _read_steadily(path: str) -> bytes:
    """Return a file's bytes as they stood at one moment. Raises: Unreadable."""
    try:
        for _ in range(3):
            with Path(path).open("rb") as file:
                before = os.fstat(file.fileno())
                content = file.read()
                after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                return content
    except OSError as error:
        raise Unreadable("unreadable", _cause(error)) from error
    raise Unreadable("changing", "the file kept changing while it was read")


BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of some bytes, byte order mark dropped, and the encoding it was read with.

    In this order: the encoding of a byte order mark, the one that was asked for, UTF-8, and
    what detection is sure of. Nothing is ever replaced.

    Raises: Unreadable, for binary content and where the encoding is uncertain or wrong.
    """
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _without_nul(_decode(content[len(mark) :], name)), name
    if encoding is not None:
        return _without_nul(_decode(content, encoding)), codecs.lookup(encoding).name
    if b"\0" in content:
        raise Unreadable("binary")
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _is_mostly_utf_8(content):
            place = f"UTF-8 but for some bytes, the first of them at {error.start:,}"
            raise Unreadable("encoding", f"{place}; mend it, or try --encoding NAME") from error
        name = _detect(content)
        return _decode(content, name), name


def _decode(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
        text.encode("utf-8")  # UTF-7 and the escape encodings let lone surrogates through
        return text
    except (ValueError, LookupError) as error:
        raise Unreadable("encoding", f"not {encoding}: {error}; try --encoding NAME") from error


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise Unreadable("binary")
    return text


def _is_mostly_utf_8(content: bytes) -> bool:
    """Tell whether at least as many characters beyond ASCII are UTF-8 as there are illegal bytes.

    Detectors do not look for that: they read such a file in a code page, every accent wrong.
    """
    legal = content.decode("utf-8", "ignore")
    illegal_bytes = len(content) - len(legal.encode("utf-8"))
    return len(legal) - len(legal.encode("ascii", "ignore")) >= illegal_bytes


def _detect(content: bytes) -> str:
    """Return the encoding that two independent detectors agree on.

    A single one is sure of itself far too often: a few accents fit dozens of code pages.
    They agree when both read the same text.
    """
    import chardet
    from charset_normalizer import from_bytes

    sample = content[:DETECTION_SAMPLE_BYTES]
    if len(sample) < len(content):  # ends where no encoding has half a character
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample
    best = from_bytes(sample).best()
    guess = chardet.detect(sample)["encoding"]
    beyond_ascii = sum(byte > 127 for byte in sample)
    if best is None or guess is None:
        raise Unreadable("binary", "no text encoding fits")
    try:
        enough = beyond_ascii >= LEAST_BYTES_BEYOND_ASCII
        if enough and sample.decode(guess) == sample.decode(best.encoding):
            return codecs.lookup(guess).name
    except (UnicodeDecodeError, LookupError):
        pass  # a detector that cannot read its own guess has not agreed to anything
    raise Unreadable("encoding", f"not UTF-8, perhaps {guess}; say which with --encoding NAME")


def _title_of(source: Source) -> str:
    """Return the file's name, made readable."""
    if source.id == STDIN:
        return "standard input"
    stem = os.path.splitext(source.id.rsplit("/", 1)[-1])[0]
    readable = re.sub(r"[-_\s]+", " ", stem).strip()
    return readable[:1].upper() + readable[1:] or stem


_LINE_SET_APART = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")
_FENCED_CODE = re.compile(
    r"^ {0,3}(`{3,}(?![^\n]*`)|~{3,}).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE
)


def _first_line_title(text: str) -> str | None:
    """Return the first line if it is short, no sentence, and stands apart from what follows."""
    start = len(text) - len(text.lstrip())
    match = _LINE_SET_APART.match(text, start)
    if match is None:
        return None
    line = " ".join(match[1].split())
    reads_as_title = len(line) <= MAX_TITLE_CHARS and re.search(r"\w", line)
    return line if reads_as_title and line[-1] not in '.,:;…"”»' else None


def _markdown_title(text: str) -> str | None:
    """Return the `title` of the front matter or the first heading, whichever is there."""
    front = re.match(r"---[ \t]*\r?\n(.*?)^---[ \t\r]*$", text, re.DOTALL | re.MULTILINE)
    if front:
        named = re.search(r"^title:(.*)$", front[1], re.MULTILINE)
        if named and (title := named[1].strip("\"' \t\r")):
            return title[:MAX_TITLE_CHARS]
        text = text[front.end() :]
    body = _FENCED_CODE.sub("", text[:20_000])
    heading = re.search(
        r"^ {0,3}#{1,6}[ \t]+(\S[^\r\n]*)|^(\S[^\r\n]*)\r?\n=+[ \t\r]*$", body, re.MULTILINE
    )
    if heading is None:
        return None
    title = (heading[1] or heading[2]).rstrip()
    opened = title.rstrip("#")
    if heading[1] and opened != opened.rstrip():  # a closing run of #, unlike that of "C#"
        title = opened.rstrip()
    return title[:MAX_TITLE_CHARS]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: how its bytes become text, and where that says its title.

    Every offset points into the text that `decode` returns; nothing after it may change it.
    """

    suffixes: tuple[str, ...]
    """Of the file names, in lower case."""
    decode: Callable[[bytes, str | None], tuple[str, str]]
    """The bytes and the encoding asked for, to the text and the encoding used.

    Raises: Unreadable.
    """
    title: Callable[[str], str | None]
    """The text to its title, if it says one."""


TEXT = Format((), decode, _first_line_title)
"""What a file is taken for that is of no other format."""
FORMATS = (Format((".md", ".markdown"), decode, _markdown_title),)


def _format_of(source: Source) -> Format:
    suffix = os.path.splitext(source.id)[1].lower()
    return next((known for known in FORMATS if suffix in known.suffixes), TEXT)


_Ignores = list[tuple[str, "GitIgnoreSpec"]]


def _enclosing_ignores(folder: str) -> _Ignores:
    """Return the rules from above `folder`, up to the top of the git repository it is in.

    A folder that these rules would hide was asked for by name: then they do not count.
    """
    above: list[Path] = []
    for place in (Path(folder), *Path(folder).parents):
        if place != Path(folder):
            above.append(place)
        if os.path.exists(place / ".git"):  # unlike Path.exists, no error where it may not look
            rules = [rule for parent in reversed(above) for rule in _ignores_of(str(parent))]
            return [] if _is_ignored(folder + os.sep, rules) else rules
    return []


def _ignores_of(folder: str) -> Iterator[tuple[str, GitIgnoreSpec]]:
    from pathspec import GitIgnoreSpec

    file = Path(folder, ".gitignore")
    try:
        content = file.read_bytes() if file.is_file() else b""
    except OSError:
        return  # rules that cannot be read hide nothing
    rules: list[str] = []
    for line in content.decode("utf-8-sig", "replace").splitlines():
        with suppress(ValueError):  # nor does a single one, and the others still count
            GitIgnoreSpec.from_lines([line])
            rules.append(line)
    yield folder, GitIgnoreSpec.from_lines(rules)


def _is_ignored(path: str, ignores: _Ignores) -> bool:
    """Tell what the nearest rule that speaks of `path` says."""
    for folder, spec in reversed(ignores):
        verdict = spec.check_file(os.path.relpath(path, folder) + path[len(path.rstrip(os.sep)) :])
        if verdict.include is not None:
            return verdict.include
    return False


def _as_text(path: str) -> str:
    r"""Return a path with bytes that are no text spelled out, as in "caf\xe9.txt"."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_within(folder: str, other: str) -> bool:
    """Tell whether a folder is `other`, a real path, or stands in it."""
    real = os.path.realpath(folder)
    return real == other or real.startswith(other + os.sep)


def _cause(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
