"""`qa show`: the part of an article that a citation names."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import click

from index.types import Passage
from qa.commands.options import OutputOptions, output_options, setting_option, settings_of
from qa.show.output import Exit, console, print_json, print_note, print_styled


@click.command()
@click.argument("place", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON: text and citation.")
@click.option(
    "-C", "--context", type=click.IntRange(min=0), default=3, show_default=True, metavar="N",
    help="Lines of text files to show before and after the place.",
)  # fmt: skip
@setting_option("encoding")
@setting_option("max_size")
@setting_option("whole_page")
@output_options
def show(
    place: str,
    as_json: bool,
    context: int,
    encoding: str | None,
    max_size: float,
    whole_page: bool,
    output: OutputOptions,
) -> int:
    """Print the part of an article that a citation names.

    PLACE is what follows the title in a citation, such as notes/bridge.md:7-9, or the whole
    citation, in quotes. Without lines or a page, the whole article is printed. Web pages are read
    from their snapshots.

    \b
    Examples:
      qa show notes/bridge.md:7-9
      qa show "report.pdf, page 12"
      qa show "Annual report › Risks · report.pdf, pages 12–13"
    """
    from index.load import read
    from qa.answers.place import find_place
    from qa.answers.wire import citation_of
    from qa.show.article import to_lines

    settings = settings_of(encoding=encoding, max_size=max_size, whole_page=whole_page)
    found = find_place(
        place,
        snapshots=settings.snapshots_path,
        max_bytes=settings.max_bytes,
        reading=partial(read, encoding=settings.encoding, whole_page=settings.whole_page),
    )
    passage = Passage(found.article, found.span)
    if found.note and not output.quiet:
        print_note(found.note)
    if as_json:
        print_json({"text": passage.text, "citation": asdict(citation_of(passage))}, indent=2)
        return Exit.ANSWERED
    print_styled(to_lines(passage, context=context), console(color=output.color))
    return Exit.ANSWERED
