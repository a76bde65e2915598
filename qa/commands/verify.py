"""`qa verify`: check saved quotes against their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from qa.commands.options import setting_option, settings_of
from qa.show.output import Exit, print_json, print_note, print_text
from qa.show.paths import shown_path
from qa.show.progress import Reporter
from qa.show.text import counted, visible_line

if TYPE_CHECKING:
    from qa.answers.verify import Checked, Verdict

IN_WORDS: Mapping[Verdict, str] = {
    "stands": "as cited",
    "moved": "elsewhere in the file",
    "same words": "the same but for white space or Unicode form",
    "gone": "no longer in the file",
    "no file": "from a missing file",
    "unreadable": "from an unreadable file",
}
MAX_SHOWN_CHARS = 60
"""Maximum length of a question or a quote in the output."""


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="Print every verdict as JSON.")
@click.option("--all", "all_quotes", is_flag=True, help="Also list the quotes that are as cited.")
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
    help="Folder that the articles are in now, if they were moved.",
)  # fmt: skip
@setting_option("encoding")
@setting_option("max_size")
def verify(
    file: BinaryIO,
    as_json: bool,
    all_quotes: bool,
    root: Path | None,
    encoding: str | None,
    max_size: float,
) -> int:
    """Check that saved quotes are still in their files.

    Quotes must match character for character; if only white space, line ends or the Unicode form
    differ, the verdict is "same words". FILE is the output of `qa ask --json` or --questions,
    JSON lines saved from the chat, or a saved conversation. Exits with 0 if every quote is as
    cited, 1 if not.

    \b
    Examples:
      qa ask --json "Who won?" report.txt > answer.json; qa verify answer.json
      qa history --json latest | qa verify -
      qa verify --root /mnt/archive answers.jsonl
    """
    from qa.answers.saved import decoded, read_saved
    from qa.answers.verify import all_as_cited, to_json
    from qa.answers.verify import verify as verified

    settings = settings_of(encoding=encoding, max_size=max_size)
    responses = read_saved(decoded(file.read()), _report_incomplete)
    reporter = Reporter(quiet=False, color=True)
    with reporter.indexing():
        checked = verified(
            responses,
            root=root,
            encoding=settings.encoding,
            max_bytes=settings.max_bytes,
            snapshots=settings.snapshots_path,
            on_file=lambda done, total: reporter.on_count("files", done, total),
        )
    if as_json:
        print_json(to_json(checked), indent=2)
    else:
        for line in to_lines(checked, all_quotes=all_quotes):
            print_text(line)
    return Exit.ANSWERED if all_as_cited(checked) else Exit.NOT_FOUND


def _report_incomplete(line: int) -> None:
    print_note(f"Line {line}, the last one, is incomplete and was skipped.")


def to_lines(checked: Sequence[Checked], *, all_quotes: bool = False) -> Iterator[str]:
    """Yield the lines that a terminal shows: each question with its quotes, then the counts.

    all_quotes: include the quotes that are as cited.
    """
    question = None
    for one in checked:
        if all_quotes or one.verdict != "stands":
            if one.quote.question != question:
                question = one.quote.question
                yield f"question    {_shortened(question)}"
            yield _line(one)
            yield f"            “{_shortened(one.quote.text)}”"
    counts = Counter(one.verdict for one in checked)
    sums = [f"{counts[verdict]:,} {IN_WORDS[verdict]}" for verdict in IN_WORDS if counts[verdict]]
    yield f"{counted(len(checked), 'quote')}: {', '.join(sums) or 'nothing to check'}"


def _line(one: Checked) -> str:
    quote, cited = one.quote, one.quote.citation
    where = f"passage {quote.rank}"
    has_lines = cited is not None and not cited.extractor and not cited.address
    if cited is not None:
        line = f":{cited.line_start}" if quote.kind == "passage" and has_lines else ""
        label = f", {visible_line(cited.label)}" if cited.extractor and cited.label else ""
        where = f"{shown_path(one.path)}{line}{label}"
    now = ""
    if one.verdict in ("moved", "same words") and one.place and has_lines:
        now = f" → line {one.place.line_start}"
        shift = one.place.start - quote.span[0] if one.verdict == "moved" else 0
        same_line = cited is not None and cited.line_start == one.place.line_start
        if shift and same_line and quote.kind == "passage":
            now += f", {counted(abs(shift), 'character')} {'later' if shift > 0 else 'earlier'}"
    elif one.verdict == "moved" and one.place and one.place.label:
        now = f" → {visible_line(one.place.label)}"
    changed = " (the file has changed)" if one.verdict == "stands" and one.file_changed else ""
    if one.extracted_by and cited is not None and one.verdict != "stands":
        changed += f" (read by {visible_line(cited.extractor)} then, by {one.extracted_by} now)"
    detail = f" ({visible_line(one.detail)})" if one.detail else ""
    return f"{one.verdict:<10}  {quote.kind} [{quote.rank}] {where}{now}{changed}{detail}"


def _shortened(text: str) -> str:
    line = visible_line(text)
    return line if len(line) <= MAX_SHOWN_CHARS else f"{line[: MAX_SHOWN_CHARS - 2].rstrip()} …"
