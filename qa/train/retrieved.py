"""Trains a reader further on passages that search finds: `python -m qa.train.retrieved --help`.

files -> question sets -> search -> groups of texts -> batches -> fit_groups -> model
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from index.models.find import DEFAULT_MODEL, find_model
from qa.reader.open import MODEL
from qa.show.output import print_text
from qa.train.choose import measure
from qa.train.examples import Examples
from qa.train.fit_groups import described, fit_groups
from qa.train.models import load_model, load_tokenizer, use_threads
from qa.train.questions import read_questions
from qa.train.restore import restore
from qa.train.rounds import Rounds
from qa.train.sets import question_set, read_dev
from qa.train.settings import GroupSettings
from qa.train.similar import similar_words

DEV_TOKENS = 384
EXISTING = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, type=EXISTING)
@click.option(
    "--dev", type=EXISTING, required=True, metavar="FILE",
    help="Questions in SQuAD's format. Of the first half of its articles by title, the last two"
    " choose checkpoints and the others are trained on; the second half is not used.",
)  # fmt: skip
@click.option(
    "--human", type=EXISTING, multiple=True, metavar="FILE",
    help="More questions with unanswerable ones among them, all used in every round.",
)  # fmt: skip
@click.option(
    "--base", type=EXISTING, metavar="DIR",
    help="Reader to start from, in the format of transformers (default: the bundled one).",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option(
    "--mined", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder for the passages that search finds (default: in the output folder).",
)  # fmt: skip
@click.option("--minutes", type=float, default=100, show_default=True, help="Processor time.")
@click.option("--rate", type=float, default=6e-5, show_default=True, help="Highest learning rate.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--threads", type=int, default=2, show_default=True)
@click.option("--only-measure", is_flag=True, help="Measure the reader in --base and end.")
def main(
    files: tuple[Path, ...], dev: Path, human: tuple[Path, ...], base: Path | None, out: Path,
    mined: Path | None, minutes: float, rate: float, seed: int, threads: int, only_measure: bool,
) -> None:  # fmt: skip
    """Train on FILES and write checkpoints, the best and the last model to a folder.

    Run it again with the same options to resume from the last checkpoint.
    """
    started = time.monotonic()

    def report(line: str) -> None:
        print_text(f"{(time.monotonic() - started) / 60:6.1f} min  {line}")
        sys.stdout.flush()

    use_threads(threads)
    mined = mined or out / "mined"
    encoder = find_model(DEFAULT_MODEL, notify=print_text).path
    if base is None:
        base = out / "base"
        if not base.exists():
            restore(MODEL, encoder, base)
    trained, held_back = read_dev(dev)
    chosen = question_set("held-back", held_back, mined, report)
    tokenizer = load_tokenizer(base, DEV_TOKENS)
    if only_measure:
        for context in (True, False):
            measured = measure(load_model(base).eval(), tokenizer, chosen, context=context)
            report(f"{'with' if context else 'without'} titles: {described(measured)}")
        return
    trained += read_questions(human, unmarked=True)
    whole = question_set("human", trained, mined, report)
    searched = [file for file in files if ".json" in file.suffixes]
    others = [
        question_set(file.name.partition(".")[0], read_questions([file]), mined, report)
        for file in searched
    ]
    answered = [question for question in [*trained, *read_questions(files)] if question.answers]
    rounds = Rounds(whole, others, Examples(answered, similar_words(encoder), seed), seed)
    settings = GroupSettings(minutes * 60, seed=seed, learning_rate=rate)
    fit_groups(
        rounds.round, base, settings, out,
        report=report, measure=lambda model: measure(model, tokenizer, chosen),
    )  # fmt: skip


if __name__ == "__main__":
    main()
