"""Turns examples into batches of tensors, in an order that the seed determines."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from qa.train.examples import Example, Examples, kinds
from qa.train.settings import TrainingSettings

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer

    Row = tuple[Encoding, int, int]
    """A question with its text, and the first and last token of the answer."""

Report = Callable[[str], None]
BATCHES_SORTED = 40
"""How many batches are sorted by length together: little padding, yet a random order."""


def batches(
    examples: Examples,
    tokenizer: Tokenizer,
    settings: TrainingSettings,
    *,
    done: int,
    report: Report,
) -> Iterator[tuple[int, dict[str, torch.Tensor]]]:
    """Yield the batches from step `done` on, each with its step.

    report: called with a line at the start of each epoch. Raises: ValueError if there are too few
    examples for one batch.
    """
    step = epoch = 0
    while step < settings.steps:
        made = examples.epoch(epoch)
        per_epoch = len(made) // settings.batch
        if not per_epoch:
            raise ValueError(f"{len(made)} examples are too few for a batch of {settings.batch}")
        if step + per_epoch > done:
            if epoch == 0 or step >= done:
                counted = ", ".join(f"{n:,} {kind}" for kind, n in kinds(made).most_common())
                report(f"epoch {epoch}: {counted}")
            for batch in _sorted_batches(made, tokenizer, settings, epoch):
                if step >= settings.steps:
                    return
                if step >= done:
                    yield step, _tensors(batch)
                step += 1
        else:
            step += per_epoch
        epoch += 1


def _sorted_batches(
    made: Sequence[Example], tokenizer: Tokenizer, settings: TrainingSettings, epoch: int
) -> Iterator[list[Row]]:
    """Yield the batches of an epoch; the examples of a batch are about equally long."""
    rng = random.Random(f"{settings.seed}:order:{epoch}")
    size = settings.batch
    usable = len(made) // size * size
    for first in range(0, usable, BATCHES_SORTED * size):
        chunk = made[first : min(usable, first + BATCHES_SORTED * size)]
        encoded = tokenizer.encode_batch([(e.question, e.text) for e in chunk])
        rows = [(e, *token_span(e, example)) for e, example in zip(encoded, chunk, strict=True)]
        rows.sort(key=lambda row: len(row[0].ids))
        made_batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        rng.shuffle(made_batches)
        yield from made_batches


def token_span(encoding: Encoding, example: Example) -> tuple[int, int]:
    """Return the first and last token of the answer; (0, 0) if there is none or it is cut off."""
    if example.answer is None:
        return 0, 0
    first = last = 0
    for place, (segment, (start, end)) in enumerate(
        zip(encoding.sequence_ids, encoding.offsets, strict=True)
    ):
        if segment == 1 and start < example.answer.end and end > example.answer.start:
            first = first or place
            last = place
    pairs = zip(encoding.offsets, encoding.sequence_ids, strict=True)
    seen = max((offset[1] for offset, segment in pairs if segment == 1), default=0)
    cut_off = bool(encoding.overflowing) and seen < example.answer.end
    return (0, 0) if cut_off else (first, last)


def _tensors(batch: Sequence[Row]) -> dict[str, torch.Tensor]:
    """Return the inputs and the gold answers of a batch, by name, padded to its longest example."""
    import torch

    longest = max(len(encoding.ids) for encoding, _, _ in batch)
    columns = {
        "input_ids": [encoding.ids for encoding, _, _ in batch],
        "token_type_ids": [encoding.type_ids for encoding, _, _ in batch],
        "attention_mask": [encoding.attention_mask for encoding, _, _ in batch],
    }
    padded = {
        name: torch.tensor([values + [0] * (longest - len(values)) for values in column])
        for name, column in columns.items()
    }
    return padded | {
        "start_positions": torch.tensor([first for _, first, _ in batch]),
        "end_positions": torch.tensor([last for _, _, last in batch]),
    }
