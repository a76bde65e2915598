"""Trains a reader further on groups of texts, until its processor time is used up.

The learning rate follows the processor time, not the steps: the run ends as planned however busy
the machine is, and a stopped process loses nothing.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from qa.train.batches import Report
from qa.train.checkpoint import Progress, load_checkpoint, save_checkpoint
from qa.train.fit import new_optimizer, update_average, with_weights
from qa.train.group_batches import GroupBatch, group_batches
from qa.train.groups import Group
from qa.train.losses import group_loss
from qa.train.models import load_model, load_tokenizer
from qa.train.settings import GroupSettings

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import BertForQuestionAnswering

Measure = Callable[["BertForQuestionAnswering"], dict[str, float]]
REPORT_STEPS = 20
BEST, LAST = "best", "last"
"""Folders of averaged models, in the format of transformers."""
SCORES = "scores.json"
OVERALL = "overall"
"""The measure by which the best model is chosen."""


def fit_groups(
    draw: Callable[[int], list[Group]],
    base: Path,
    settings: GroupSettings,
    folder: Path,
    *,
    report: Report,
    measure: Measure,
    checkpoint_seconds: float = 600,
    measure_seconds: float = 400,
) -> None:
    """Train the model in `base`; resume from the checkpoint in `folder`, if any.

    Writes to `folder` the last two checkpoints, and the averaged model that measured best and the
    last one. Everything runs on the processor.

    draw: returns the groups of a round, counted from 0.
    measure: called with the averaged model after every `measure_seconds` of processor time, and at
        the end; must return OVERALL.
    checkpoint_seconds: time between two checkpoints.

    Raises: ValueError if the checkpoint has different settings.
    """
    import torch

    torch.manual_seed(settings.seed)
    model = load_model(base, train_fast=True)
    tokenizer = load_tokenizer(base, settings.max_tokens)
    optimizer = new_optimizer(model, settings.learning_rate, settings.weight_decay)
    average = {name: value.detach().clone() for name, value in model.named_parameters()}
    done = load_checkpoint(folder, settings, model, average, optimizer)
    clock = _Clock(done.seconds)
    saved, measured = time.monotonic(), clock.seconds()
    losses: list[float] = []
    model.train()
    for step, batch in _batches(draw, tokenizer, settings, done.steps):
        progress = min(1.0, clock.seconds() / settings.seconds)
        losses.append(_train(model, optimizer, batch, settings, step, progress))
        update_average(average, model, step, settings.averaged_over)
        used = clock.seconds()
        if (step + 1) % REPORT_STEPS == 0:
            mean = sum(losses[-REPORT_STEPS:]) / len(losses[-REPORT_STEPS:])
            left = (settings.seconds - used) / 60
            report(f"step {step + 1}, loss {mean:.3f}, {left:.1f} min of processor time left")
        ended = used >= settings.seconds
        if used - measured > measure_seconds or ended:
            with with_weights(model, average):
                _keep(model.eval(), base, folder, step + 1, measure, report)
            model.train()
            measured = clock.seconds()
        if time.monotonic() - saved > checkpoint_seconds or ended:
            now = Progress(step + 1, clock.seconds())
            save_checkpoint(folder, settings, now, model, average, optimizer, keep_before=True)
            saved = time.monotonic()
        if ended:
            return


class _Clock:
    """Measures processor time per thread, with what was used before."""

    def __init__(self, used: float) -> None:
        import torch

        self._threads = torch.get_num_threads()
        self._start = time.process_time() - used * self._threads

    def seconds(self) -> float:
        return (time.process_time() - self._start) / self._threads


def _batches(
    draw: Callable[[int], list[Group]], tokenizer: Tokenizer, settings: GroupSettings, done: int
) -> Iterator[tuple[int, GroupBatch]]:
    """Yield the batches from step `done` on, each with its step."""
    step = 0
    for number in count():
        rng = random.Random(f"{settings.seed}:order:{number}")
        groups = draw(number)
        if not groups:
            raise ValueError("there is nothing to train on")
        for batch in group_batches(groups, tokenizer, settings, rng):
            if step >= done:
                yield step, batch
            step += 1


def _train(
    model: BertForQuestionAnswering,
    optimizer: torch.optim.Optimizer,
    batch: GroupBatch,
    settings: GroupSettings,
    step: int,
    progress: float,
) -> float:
    """Train on one batch and return the loss."""
    import torch

    torch.manual_seed(settings.seed * 1_000_003 + step)  # dropout is the same after a resume
    for group in optimizer.param_groups:
        group["lr"] = settings.rate(progress)
    with torch.autocast("cpu", torch.bfloat16):
        output = model(**batch.inputs)
    starts, ends = output.start_logits.float(), output.end_logits.float()
    loss = group_loss(starts, batch.inside, batch.starts, batch.sizes)
    loss = (loss + group_loss(ends, batch.inside, batch.ends, batch.sizes)) / 2
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _keep(
    model: BertForQuestionAnswering,
    base: Path,
    folder: Path,
    steps: int,
    measure: Measure,
    report: Report,
) -> None:
    """Measure the model and save it as the last one, and as the best one if it is."""
    measured = {name: round(value, 4) for name, value in measure(model).items()}
    report(f"step {steps}: {described(measured)}")
    scores = folder / SCORES
    rows = json.loads(scores.read_text("utf-8")) if scores.exists() else []
    best = all(row[OVERALL] < measured[OVERALL] for row in rows)
    for name in [LAST, *([BEST] if best else [])]:
        model.save_pretrained(folder / name)
        (folder / name / "tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())
    scores.write_text(json.dumps([*rows, {"steps": steps, **measured}], indent=1), "utf-8")


def described(measured: dict[str, float]) -> str:
    """Return measures as a line of text."""
    return ", ".join(f"{name} {value:.4g}" for name, value in measured.items())
