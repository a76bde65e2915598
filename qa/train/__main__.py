"""Train a reader: `python -m qa.train DATA... --out FOLDER`."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import click

from qa.train.examples import Examples
from qa.train.fit import Settings, fit, load_tokenizer, nearest_words, steps_for
from qa.train.questions import Question, read_questions
from qa.train.score import score


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--base", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--dev", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--epochs", type=float, default=2.0, show_default=True)
@click.option("--rate", type=float, default=1e-4, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def main(
    files: tuple[Path, ...], base: Path, dev: Path | None, out: Path,
    epochs: float, rate: float, seed: int,
) -> None:  # fmt: skip
    """Train on FILES (SQuAD's JSON, QAMR's tables) and write the model to a folder.

    Run again, it goes on from the last checkpoint in that folder.
    """
    started = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{(time.monotonic() - started) / 60:6.1f} min  {line}")
        sys.stdout.flush()

    questions = read_questions(files)
    examples = Examples(questions, nearest_words(base), seed)
    answerable = sum(bool(question.answers) for question in questions)
    settings = Settings(steps_for(answerable, epochs, 32), seed=seed, learning_rate=rate)
    tuned_on = sample(read_questions([dev]), 250) if dev else []
    tokenizer = load_tokenizer(base, 384)

    def measure(model) -> str:  # type: ignore[no-untyped-def]
        return ", ".join(f"{k} {v:.3f}" for k, v in score(model, tokenizer, tuned_on).items())

    model = fit(examples, base, settings, out, say=say, measure=measure if dev else None)
    model.save_pretrained(out)


def sample(questions: list[Question], each: int) -> list[Question]:
    """Return some answerable and unanswerable questions of the first half of the articles."""
    titles = sorted({question.paragraph.article for question in questions})
    first = set(titles[: len(titles) // 2])
    half = [question for question in questions if question.paragraph.article in first]
    rng = random.Random(0)
    return [
        question
        for answerable in (True, False)
        for question in rng.sample([q for q in half if bool(q.answers) == answerable], each)
    ]


if __name__ == "__main__":
    main()
