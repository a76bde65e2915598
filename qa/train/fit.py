"""Trains a reader on examples: a transformer that outputs where an answer starts and ends.

The first token stands for "not in the text": both outputs point at it if the text does not answer.
Weights are averaged over the steps; the average reads better than any single step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa.train.batches import Report, batches
from qa.train.checkpoint import Progress, load_checkpoint, save_checkpoint
from qa.train.examples import Examples
from qa.train.models import load_model, load_tokenizer
from qa.train.settings import TrainingSettings

if TYPE_CHECKING:
    import torch
    from transformers import BertForQuestionAnswering

Measure = Callable[["BertForQuestionAnswering"], str]
REPORT_STEPS = 50


def fit(
    examples: Examples,
    base: Path,
    settings: TrainingSettings,
    folder: Path,
    *,
    report: Report,
    measure: Measure | None = None,
    checkpoint_seconds: float = 600,
) -> BertForQuestionAnswering:
    """Train the model in `base` and return it; resume from the checkpoint in `folder`, if any.

    report: called with lines about the progress.
    measure: called with the averaged model at every checkpoint; what it returns is reported.

    Raises: ValueError if the checkpoint has different settings or the examples fill no batch.
    """
    import torch

    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = load_model(base).to(device)
    tokenizer = load_tokenizer(base, settings.max_tokens)
    optimizer = new_optimizer(model, settings.learning_rate, settings.weight_decay)
    average = {name: value.detach().clone() for name, value in model.named_parameters()}
    done = load_checkpoint(folder, settings, model, average, optimizer).steps
    model.train()
    losses: list[float] = []
    started = saved = time.monotonic()
    for step, batch in batches(examples, tokenizer, settings, done=done, report=report):
        inputs = {name: value.to(device) for name, value in batch.items()}
        losses.append(_train(model, optimizer, inputs, settings, step))
        update_average(average, model, step, settings.averaged_over)
        if (step + 1) % REPORT_STEPS == 0:
            rate = (step + 1 - done) / (time.monotonic() - started)
            left = (settings.steps - step - 1) / rate / 60
            mean = sum(losses[-REPORT_STEPS:]) / len(losses[-REPORT_STEPS:])
            report(f"step {step + 1}/{settings.steps}, loss {mean:.3f}, {left:.0f} min left")
        if time.monotonic() - saved > checkpoint_seconds or step + 1 == settings.steps:
            save_checkpoint(folder, settings, Progress(step + 1), model, average, optimizer)
            if measure is not None:
                with with_weights(model, average):
                    report(f"step {step + 1}: {measure(model.eval())}")
                model.train()
            saved = time.monotonic()
    averaged = load_model(base)
    averaged.load_state_dict({**averaged.state_dict(), **average})
    return averaged.eval()


def new_optimizer(
    model: BertForQuestionAnswering, learning_rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Return AdamW with weight decay for matrices only."""
    import torch

    groups = [
        {
            "params": [p for p in model.parameters() if p.ndim > 1],
            "weight_decay": weight_decay,
        },
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), fused=True)


def _train(
    model: BertForQuestionAnswering,
    optimizer: torch.optim.Optimizer,
    inputs: dict[str, torch.Tensor],
    settings: TrainingSettings,
    step: int,
) -> float:
    """Train on one batch and return the loss."""
    import torch

    torch.manual_seed(settings.seed * 1_000_003 + step)  # dropout is the same after a resume
    for group in optimizer.param_groups:
        group["lr"] = settings.rate(step)
    with torch.autocast(model.device.type, torch.bfloat16):
        output = model(**inputs)
    optimizer.zero_grad()
    output.loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss: float = output.loss.item()
    return loss


def update_average(
    average: dict[str, torch.Tensor], model: BertForQuestionAnswering, step: int, over: int
) -> None:
    """Move the running average towards the weights; the first steps count more.

    over: about how many steps the average reaches back.
    """
    import torch

    keep = min(1 - 1 / over, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in model.named_parameters():
            average[name].lerp_(value, 1 - keep)


@contextmanager
def with_weights(
    model: BertForQuestionAnswering, weights: dict[str, torch.Tensor]
) -> Iterator[None]:
    """Give the model other weights inside the `with` block."""
    own = {name: value.detach().clone() for name, value in model.named_parameters()}
    model.load_state_dict(weights, strict=False)
    try:
        yield
    finally:
        model.load_state_dict(own, strict=False)
