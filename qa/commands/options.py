"""The options that say what is asked and how: the same for every command that opens a corpus."""

from __future__ import annotations

import codecs
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from index.models.find import DEFAULT_MODEL, Notify
from index.scan import DEFAULT_MAX_BYTES
from qa import Asker, open_corpus
from qa.reader.open import OURS


class FiniteRange(click.FloatRange):
    """A range of numbers, which "nan" and "inf" are none of; click lets "nan" into any."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or tell what is wrong with it."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class CorpusOptions:
    """What the user chose; see the help texts below."""

    model: str
    download: bool
    device: str
    reader: str
    min_confidence: float | None
    store: Path | None
    encoding: str | None
    max_size: float
    no_color: bool
    quiet: bool

    def open(self, paths: Sequence[str], notify: Notify) -> Asker:
        """Open the corpus of `paths`. Raises: ArticleError, ModelError, StoreError."""
        return open_corpus(
            *paths,
            model=self.model,
            download=self.download,
            device=self.device,
            reader=self.reader,
            min_confidence=self.min_confidence,
            stores=self.store,
            encoding=self.encoding,
            max_bytes=int(self.max_size * 1e6),
            notify=notify,
        )


def passages_option(
    default: int, help: str = "How many passages to show."
) -> Callable[[_Command], _Command]:
    """Return the option of how many passages to look at."""
    return click.option(
        "-k", "--passages", type=click.IntRange(min=1, max=100), default=default,
        show_default=True, help=help,
    )  # fmt: skip


only_option = click.option(
    "--only", multiple=True, metavar="PATTERN",
    help="Ask only articles whose path is like this, as in '2024/*.md'. May be repeated.",
)  # fmt: skip


def _checked_encoding(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    try:
        return None if name is None else codecs.lookup(name).name
    except (LookupError, ValueError) as error:  # ValueError: it is not even text
        raise click.BadParameter(f"there is no encoding called {name}") from error


encoding_option = click.option(
    "--encoding", metavar="NAME", callback=_checked_encoding,
    help="Encoding of files that are not UTF-8 and carry no mark of theirs.",
)  # fmt: skip
max_size_option = click.option(
    "--max-size", type=FiniteRange(min=0, min_open=True), metavar="MB",
    default=DEFAULT_MAX_BYTES / 1e6, show_default=True, help="Skip larger files.",
)  # fmt: skip


def corpus_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options, and hand them to the command as its first argument."""
    names = [field.name for field in fields(CorpusOptions)]

    @wraps(command)
    def with_options(*args: object, **values: Any) -> int:  # noqa: ANN401  as click calls it
        options = CorpusOptions(**{name: values.pop(name) for name in names})
        return command(options, *args, **values)

    decorated: Callable[..., int] = with_options
    for option in reversed(
        (
            click.option(
                "--model", default=DEFAULT_MODEL, metavar="NAME|DIR", show_default=True,
                help="A sentence-transformers model on this machine, by name or folder.",
            ),
            click.option(
                "--download", is_flag=True,
                help="Fetch the model if it is not on this machine.",
            ),
            click.option(
                "--device", default="cpu", metavar="NAME", show_default=True,
                help="Where to run the model: cpu, cuda, mps.",
            ),
            click.option(
                "--reader", default=OURS, metavar="NAME|DIR|none", show_default=True,
                help="A question-answering model on this machine; none answers with sentences.",
            ),
            click.option(
                "--min-confidence", type=FiniteRange(0, 1), metavar="0-1",
                help="Answer only when at least this sure; by default as the reader was fitted.",
            ),
            click.option(
                "--store", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
                help="Folder to keep indexed articles in, instead of the user's cache.",
            ),
            encoding_option,
            max_size_option,
            click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same."),
            click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors."),
        )
    ):  # fmt: skip
        decorated = option(decorated)
    return decorated
