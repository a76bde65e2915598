"""Saves the state of a training run, so that it can continue after an interruption."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from qa.train.settings import TrainingSettings

if TYPE_CHECKING:
    import torch
    from transformers import BertForQuestionAnswering

CHECKPOINT = "checkpoint.safetensors"


def save_checkpoint(
    folder: Path,
    settings: TrainingSettings,
    done: int,
    model: BertForQuestionAnswering,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write everything that `load_checkpoint` needs.

    The file is renamed once it is complete, so that an interruption leaves no partial checkpoint.
    """
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


def load_checkpoint(
    folder: Path,
    settings: TrainingSettings,
    model: BertForQuestionAnswering,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> int:
    """Copy the checkpoint into model, average and optimizer; return how many steps are done.

    0 if there is no checkpoint. Raises: ValueError if its settings differ.
    """
    import torch
    from safetensors import safe_open

    if not (folder / CHECKPOINT).exists():
        return 0
    with safe_open(str(folder / CHECKPOINT), "pt") as stored, torch.no_grad():
        about = stored.metadata()
        if json.loads(about["settings"]) != asdict(settings):
            raise ValueError(
                f"The checkpoint in {folder} has different settings: {about['settings']}"
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
