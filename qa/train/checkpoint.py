"""Saves the state of a training run, so that it can continue after an interruption."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.train.settings import GroupSettings, TrainingSettings

if TYPE_CHECKING:
    import torch
    from transformers import BertForQuestionAnswering

CHECKPOINT = "checkpoint.safetensors"
BEFORE = "checkpoint-before.safetensors"
"""The checkpoint before the last one, if it is kept. Resumed from if the last one is missing."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    steps: int = 0
    seconds: float = 0.0
    """Time used, for runs that end by time."""


def save_checkpoint(
    folder: Path,
    settings: TrainingSettings | GroupSettings,
    done: Progress,
    model: BertForQuestionAnswering,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    keep_before: bool = False,
) -> None:
    """Write everything that `load_checkpoint` needs.

    The file is renamed once it is complete, so that an interruption leaves no partial checkpoint.
    keep_before: rename the last checkpoint to BEFORE instead of overwriting it.
    """
    from safetensors.torch import save_file

    tensors = {f"model.{name}": value for name, value in model.named_parameters()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    for name, value in model.named_parameters():
        state = optimizer.state[value]
        tensors[f"mean.{name}"], tensors[f"square.{name}"] = state["exp_avg"], state["exp_avg_sq"]
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{CHECKPOINT}.new"
    about = {"done": json.dumps(asdict(done)), "settings": json.dumps(asdict(settings))}
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, temporary, about)
    if keep_before and (folder / CHECKPOINT).exists():
        (folder / CHECKPOINT).replace(folder / BEFORE)
    temporary.replace(folder / CHECKPOINT)


def load_checkpoint(
    folder: Path,
    settings: TrainingSettings | GroupSettings,
    model: BertForQuestionAnswering,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> Progress:
    """Copy the checkpoint into model, average and optimizer; return how far the run had come.

    No step is done if there is no checkpoint. Raises: ValueError if its settings differ.
    """
    import torch
    from safetensors import safe_open

    files = [folder / name for name in (CHECKPOINT, BEFORE) if (folder / name).exists()]
    if not files:
        return Progress()
    with safe_open(str(files[0]), "pt") as stored, torch.no_grad():
        about = stored.metadata()
        if json.loads(about["settings"]) | _may_differ(settings) != asdict(settings):
            raise ValueError(
                f"The checkpoint {files[0]} has different settings: {about['settings']}"
            )
        done = Progress(**json.loads(about["done"]))
        for name, value in model.named_parameters():
            value.copy_(stored.get_tensor(f"model.{name}"))
            average[name].copy_(stored.get_tensor(f"average.{name}"))
            optimizer.state[value] = {
                "step": torch.tensor(float(done.steps)),
                "exp_avg": stored.get_tensor(f"mean.{name}").to(value.device),
                "exp_avg_sq": stored.get_tensor(f"square.{name}").to(value.device),
            }
    return done


def _may_differ(settings: TrainingSettings | GroupSettings) -> dict[str, float]:
    """Return the settings that a resumed run may change: it may end sooner or later."""
    return {"seconds": settings.seconds} if isinstance(settings, GroupSettings) else {}
