"""Examples to a reader: a transformer with two outputs, where an answer starts and where it ends.

The first token stands for "not in the text": both outputs point at it where the text does not
answer. Weights are averaged over the steps, for the average reads better than its parts.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.train.examples import ANSWERED, Example, Examples, kinds

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer
    from transformers import BertForQuestionAnswering

Report = Callable[[str], None]
CHECKPOINT = "checkpoint.safetensors"
BATCHES_SORTED = 40
"""So many batches are sorted by length together: little padding, yet a random order."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What, with the seed and the data, determines the model."""

    steps: int
    seed: int = 0
    batch: int = 32
    learning_rate: float = 1e-4
    warmup: float = 0.05
    """Part of the steps in which the learning rate rises."""
    decay: float = 0.6
    """Part of the steps, the last, in which it falls to nothing."""
    weight_decay: float = 0.01
    averaged_over: int = 400
    """Steps that the running average reaches back, about."""
    max_tokens: int = 320
    answered: float = ANSWERED
    """Part of the examples that have an answer."""

    def rate(self, step: int) -> float:
        """Return the learning rate at a step, counted from 0."""
        rising = (step + 1) / max(1, self.steps * self.warmup)
        falling = (self.steps - step) / max(1, self.steps * self.decay)
        return self.learning_rate * min(1.0, rising, falling)


def fit(
    examples: Examples,
    base: Path,
    settings: Settings,
    folder: Path,
    *,
    report: Report,
    measure: Callable[[BertForQuestionAnswering], str] | None = None,
    checkpoint_seconds: float = 600,
) -> BertForQuestionAnswering:
    """Return the model in `base` trained to read; goes on from the checkpoint in `folder`, if any.

    measure: is given the averaged model at every checkpoint; what it returns is said.
    """
    import torch

    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = load(base).to(device)
    tokenizer = load_tokenizer(base, settings.max_tokens)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))
    average = {name: value.detach().clone() for name, value in model.named_parameters()}
    done = _resume(folder, settings, model, average, optimizer)
    model.train()
    losses: list[float] = []
    started = saved = time.monotonic()
    for step, batch in _batches(examples, tokenizer, settings, done, report):
        torch.manual_seed(settings.seed * 1_000_003 + step)  # dropout, the same when resumed
        for group in optimizer.param_groups:
            group["lr"] = settings.rate(step)
        with torch.autocast(device.type, torch.bfloat16):
            output = model(**{name: value.to(device) for name, value in batch.items()})
        optimizer.zero_grad()
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        keep = min(1 - 1 / settings.averaged_over, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in model.named_parameters():
                average[name].lerp_(value, 1 - keep)
        losses.append(output.loss.item())
        if (step + 1) % 50 == 0:
            rate = (step + 1 - done) / (time.monotonic() - started)
            left = (settings.steps - step - 1) / rate / 60
            mean = sum(losses[-50:]) / len(losses[-50:])
            report(f"step {step + 1}/{settings.steps}, loss {mean:.3f}, {left:.0f} min left")
        if time.monotonic() - saved > checkpoint_seconds or step + 1 == settings.steps:
            _save(folder, settings, step + 1, model, average, optimizer)
            if measure is not None:
                with _put_in(average, model):
                    report(f"step {step + 1}: {measure(model.eval())}")
                model.train()
            saved = time.monotonic()
    return averaged(base, average)


def load(folder: Path) -> BertForQuestionAnswering:
    """Return the model of a folder, its two outputs new where it has none."""
    from transformers import AutoModelForQuestionAnswering
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return AutoModelForQuestionAnswering.from_pretrained(folder, local_files_only=True)


def load_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    """Return the tokenizer of a folder, which cuts texts, but no questions, to fit."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="only_second")
    return tokenizer


def averaged(base: Path, average: dict[str, torch.Tensor]) -> BertForQuestionAnswering:
    """Return a model of the averaged weights."""
    model = load(base)
    model.load_state_dict({**model.state_dict(), **average})
    return model.eval()


@contextmanager
def _put_in(average: dict[str, torch.Tensor], model: BertForQuestionAnswering) -> Iterator[None]:
    """Let the model have the averaged weights for a while."""
    own = {name: value.detach().clone() for name, value in model.named_parameters()}
    model.load_state_dict(average, strict=False)
    try:
        yield
    finally:
        model.load_state_dict(own, strict=False)


def _batches(
    examples: Examples, tokenizer: Tokenizer, settings: Settings, done: int, report: Report
) -> Iterator[tuple[int, dict[str, torch.Tensor]]]:
    """Yield the batches from step `done` on, each with its step."""
    step = epoch = 0
    while step < settings.steps:
        made = examples.epoch(epoch)
        whole = len(made) // settings.batch
        if not whole:
            raise ValueError(f"{len(made)} examples fill no batch of {settings.batch}")
        if step + whole > done:
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
            step += whole
        epoch += 1


def _sorted_batches(
    made: Sequence[Example], tokenizer: Tokenizer, settings: Settings, epoch: int
) -> Iterator[list[tuple[Encoding, int, int]]]:
    rng = random.Random(f"{settings.seed}:order:{epoch}")
    size = settings.batch
    usable = len(made) // size * size
    for first in range(0, usable, BATCHES_SORTED * size):
        chunk = made[first : min(usable, first + BATCHES_SORTED * size)]
        encoded = tokenizer.encode_batch([(e.question, e.text) for e in chunk])
        rows = [(e, *token_span(e, example)) for e, example in zip(encoded, chunk, strict=True)]
        rows.sort(key=lambda row: len(row[0].ids))
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        rng.shuffle(batches)
        yield from batches


def token_span(encoding: Encoding, example: Example) -> tuple[int, int]:
    """Return the first and last token of the answer; (0, 0) where there is none to see."""
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


def _tensors(batch: Sequence[tuple[Encoding, int, int]]) -> dict[str, torch.Tensor]:
    import torch

    longest = max(len(encoding.ids) for encoding, _, _ in batch)
    padded = [
        [values + [0] * (longest - len(values)) for values in columns]
        for columns in (
            [encoding.ids for encoding, _, _ in batch],
            [encoding.type_ids for encoding, _, _ in batch],
            [encoding.attention_mask for encoding, _, _ in batch],
        )
    ]
    return {
        "input_ids": torch.tensor(padded[0]),
        "token_type_ids": torch.tensor(padded[1]),
        "attention_mask": torch.tensor(padded[2]),
        "start_positions": torch.tensor([first for _, first, _ in batch]),
        "end_positions": torch.tensor([last for _, _, last in batch]),
    }


def _save(
    folder: Path,
    settings: Settings,
    done: int,
    model: BertForQuestionAnswering,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write all that training needs to go on, under a new name first: never half a file."""
    from safetensors.torch import save_file

    tensors = {f"model.{name}": value for name, value in model.named_parameters()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    for name, value in model.named_parameters():
        state = optimizer.state[value]
        tensors[f"mean.{name}"], tensors[f"square.{name}"] = state["exp_avg"], state["exp_avg_sq"]
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{CHECKPOINT}.new"
    about = {"done": str(done), "settings": json.dumps(asdict(settings))}
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, temporary, about)
    temporary.replace(folder / CHECKPOINT)


def _resume(
    folder: Path,
    settings: Settings,
    model: BertForQuestionAnswering,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> int:
    """Fill in the checkpoint's state and return how many steps are done; 0 without one."""
    import torch
    from safetensors import safe_open

    if not (folder / CHECKPOINT).exists():
        return 0
    with safe_open(str(folder / CHECKPOINT), "pt") as stored, torch.no_grad():
        about = stored.metadata()
        if json.loads(about["settings"]) != asdict(settings):
            raise ValueError(
                f"{folder} holds the checkpoint of other settings: {about['settings']}"
            )
        done = int(about["done"])
        for name, value in model.named_parameters():
            value.copy_(stored.get_tensor(f"model.{name}"))
            average[name].copy_(stored.get_tensor(f"average.{name}"))
            optimizer.state[value] = {
                "step": torch.tensor(float(done)),
                "exp_avg": stored.get_tensor(f"mean.{name}").to(value.device),
                "exp_avg_sq": stored.get_tensor(f"square.{name}").to(value.device),
            }
    return done


def nearest_words(
    base: Path, *, first: int = 8, last: int = 40
) -> Callable[[str, random.Random], str | None]:
    """Return a function from a word to another one that stands in the same places, by chance.

    Among the neighbours of a word in the model's input, the nearest are its forms and synonyms;
    those from `first` to `last` mostly name something else of the same kind.
    """
    import torch

    tokenizer = load_tokenizer(base, 16)
    vectors = torch.nn.functional.normalize(load(base).get_input_embeddings().weight.detach())
    vocabulary = tokenizer.get_vocab()
    usable = {
        word: place
        for word, place in sorted(vocabulary.items())
        if word.isascii() and word.isalpha() and len(word) > 2
    }
    words = list(usable)
    rows = vectors[list(usable.values())]
    found: dict[str, list[str]] = {}

    def similar(word: str, rng: random.Random) -> str | None:
        if word not in usable:
            return None
        if word not in found:
            near = torch.topk(rows @ vectors[usable[word]], last + 1).indices.tolist()
            stem = word[: max(3, len(word) - 3)]
            others = [words[i] for i in near if words[i] != word and not words[i].startswith(stem)]
            found[word] = others[first:]
        return rng.choice(found[word]) if found[word] else None

    return similar


def steps_for(examples: int, epochs: float, batch: int) -> int:
    """Return how many steps `epochs` passes over the examples take."""
    return math.ceil(examples // batch * epochs)
