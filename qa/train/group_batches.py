"""Turns groups of texts into batches of tensors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.train.batches import BATCHES_SORTED, token_span
from qa.train.groups import Group
from qa.train.settings import GroupSettings

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer


@dataclass(frozen=True, slots=True)
class GroupBatch:
    """Some whole groups. All tensors have the shape (texts, tokens)."""

    inputs: dict[str, torch.Tensor]
    """What the model reads, by name."""
    inside: torch.Tensor
    """Bool: the tokens of the text, without question, special tokens and padding."""
    starts: torch.Tensor
    """Bool: where the answer may start; nowhere in a text that does not answer."""
    ends: torch.Tensor
    """Bool: where the answer may end."""
    sizes: list[int]
    """How many texts each group has, in order."""


@dataclass(frozen=True, slots=True)
class _Encoded:
    group: Group
    encodings: list[Encoding]

    @property
    def longest(self) -> int:
        return max(len(encoding.ids) for encoding in self.encodings)


def group_batches(
    groups: Sequence[Group], tokenizer: Tokenizer, settings: GroupSettings, rng: random.Random
) -> Iterator[GroupBatch]:
    """Yield batches of at most `settings.texts` texts; texts of a batch are about equally long."""
    chunk: list[Group] = []
    texts = 0
    for place, group in enumerate(groups, start=1):
        chunk.append(group)
        texts += len(group.examples)
        if texts >= BATCHES_SORTED * settings.texts or place == len(groups):
            batches = _packed(chunk, tokenizer, settings.texts)
            rng.shuffle(batches)
            for batch in batches:
                yield _tensors(batch)
            chunk, texts = [], 0


def _packed(groups: Sequence[Group], tokenizer: Tokenizer, most: int) -> list[list[_Encoded]]:
    """Return the groups in batches of at most `most` texts, sorted by their longest text."""
    pairs = [(e.question, e.text) for group in groups for e in group.examples]
    encodings = iter(tokenizer.encode_batch(pairs))
    encoded = [_Encoded(group, [next(encodings) for _ in group.examples]) for group in groups]
    encoded.sort(key=lambda one: one.longest)
    batches: list[list[_Encoded]] = [[]]
    texts = 0
    for one in encoded:
        if texts + len(one.encodings) > most and batches[-1]:
            batches.append([])
            texts = 0
        batches[-1].append(one)
        texts += len(one.encodings)
    return batches


def _tensors(batch: Sequence[_Encoded]) -> GroupBatch:
    import torch

    encodings = [encoding for one in batch for encoding in one.encodings]
    examples = [example for one in batch for example in one.group.examples]
    shape = len(encodings), max(one.longest for one in batch)
    names = {"input_ids": "ids", "token_type_ids": "type_ids", "attention_mask": "attention_mask"}
    inputs = {name: torch.zeros(shape, dtype=torch.long) for name in names}
    inside, starts, ends = (torch.zeros(shape, dtype=torch.bool) for _ in range(3))
    for row, (encoding, example) in enumerate(zip(encodings, examples, strict=True)):
        for name, of_encoding in names.items():
            values = torch.tensor(getattr(encoding, of_encoding))
            inputs[name][row, : len(values)] = values
        inside[row, [i for i, part in enumerate(encoding.sequence_ids) if part == 1]] = True
        first, last = token_span(encoding, example)
        if last:  # otherwise there is no answer, or it is cut off
            starts[row, first : (last if example.anywhere else first) + 1] = True
            ends[row, (first if example.anywhere else last) : last + 1] = True
    return GroupBatch(inputs, inside, starts, ends, [len(one.encodings) for one in batch])
