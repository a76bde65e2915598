"""Trains a reader: `python -m qa.train FILES... --base MODEL --out FOLDER`."""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.models.find import DEFAULT_MODEL, find_model, find_reader
from qa.reader.export import export_reader
from qa.show.output import print_text
from qa.train.card import card_of
from qa.train.examples import ANSWERED, Examples
from qa.train.fit import fit
from qa.train.models import load_tokenizer
from qa.train.questions import Question, read_questions
from qa.train.score import score
from qa.train.settings import TrainingSettings, steps_for
from qa.train.similar import similar_words

if TYPE_CHECKING:
    from transformers import BertForQuestionAnswering

DEV_TOKENS = 384


class FiniteRange(click.FloatRange):
    """A range of finite numbers. click accepts "nan" in any range."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or fail with a message."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--base", default=DEFAULT_MODEL, show_default=True, metavar="NAME|DIR",
    help="The model to start from: an encoder, or a reader to train further.",
)  # fmt: skip
@click.option(
    "--dev", type=click.Path(exists=True, path_type=Path), metavar="FILE",
    help="Questions in SQuAD's format; the model is scored on the first half of the articles.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="Folder for checkpoints, the model and its card.",
)  # fmt: skip
@click.option("--epochs", type=float, default=2.0, show_default=True, help="Passes over the data.")
@click.option("--rate", type=float, default=1e-4, show_default=True, help="Highest learning rate.")
@click.option(
    "--answered", type=FiniteRange(0, 1), default=ANSWERED, show_default=True,
    help="Share of the examples that have an answer.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="For examples and dropout.")
def main(
    files: tuple[Path, ...], base: str, dev: Path | None, out: Path,
    epochs: float, rate: float, answered: float, seed: int,
) -> None:  # fmt: skip
    """Train on FILES (SQuAD's JSON, QAMR's tables) and write the model to a folder.

    Run it again with the same settings to resume from the last checkpoint in that folder.
    """
    started = time.monotonic()

    def report(line: str) -> None:
        print_text(f"{(time.monotonic() - started) / 60:6.1f} min  {line}")
        sys.stdout.flush()

    folder = _base_folder(base)
    questions = [question for question in read_questions(files) if question.answers]
    if not questions:
        raise click.UsageError("The files contain no question with an answer.")
    examples = Examples(questions, similar_words(folder), seed, answered=answered)
    steps = steps_for(len(questions), epochs, 32)
    settings = TrainingSettings(steps, seed=seed, learning_rate=rate, answered=answered)
    tuned_on = sample(read_questions([dev]), 250) if dev else []
    tokenizer = load_tokenizer(folder, DEV_TOKENS)

    def measure(model: BertForQuestionAnswering) -> str:
        measured = score(model, tokenizer, tuned_on) if tuned_on else {}
        return ", ".join(f"{name} {value:.3f}" for name, value in measured.items())

    model = fit(examples, folder, settings, out, report=report, measure=measure)
    model.save_pretrained(out / "transformers")
    tokenizer_json = (folder / "tokenizer.json").read_text("utf-8")
    (out / "transformers" / "tokenizer.json").write_text(tokenizer_json, "utf-8")
    export_reader(model, tokenizer_json, out / "model", packed=True)
    scores = f"500 questions of {dev.name}, first half: {measure(model)}" if dev else "None."
    card = card_of(model, base, settings, questions=len(questions), files=files, scores=scores)
    (out / "model" / "card.md").write_text(card, "utf-8")
    print_text(f"Written to {out / 'model'}")


def sample(questions: Sequence[Question], each: int) -> list[Question]:
    """Return random questions of the first half of the articles. each: how many of each kind.

    The kinds are answerable and unanswerable.
    """
    titles = sorted({question.paragraph.article for question in questions})
    first = set(titles[: len(titles) // 2])
    half = [question for question in questions if question.paragraph.article in first]
    rng = random.Random(0)
    return [
        question
        for answerable in (True, False)
        for question in rng.sample([q for q in half if bool(q.answers) == answerable], each)
    ]


def _base_folder(name: str) -> Path:
    if name == DEFAULT_MODEL:
        return find_model(name, notify=print_text).path
    return find_reader(name, notify=print_text).path


if __name__ == "__main__":
    main()
