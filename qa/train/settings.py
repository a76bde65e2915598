"""The settings of a training run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qa.train.examples import ANSWERED


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings that determine the trained model, together with the data and the base model."""

    steps: int
    seed: int = 0
    batch: int = 32
    """Examples per step."""
    learning_rate: float = 1e-4
    """The highest one; see `rate`."""
    warmup: float = 0.05
    """Share of the steps, from the first, in which the learning rate rises."""
    decay: float = 0.6
    """Share of the steps, up to the last, in which the learning rate falls to zero."""
    weight_decay: float = 0.01
    averaged_over: int = 400
    """About how many steps the running average of the weights reaches back."""
    max_tokens: int = 320
    """Of question and text together; longer texts are cut off."""
    answered: float = ANSWERED
    """Share of the examples that have an answer."""

    def rate(self, step: int) -> float:
        """Return the learning rate at a step, counted from 0."""
        rising = (step + 1) / max(1, self.steps * self.warmup)
        falling = (self.steps - step) / max(1, self.steps * self.decay)
        return self.learning_rate * min(1.0, rising, falling)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """The settings of a run on groups of texts, which ends by time; see `fit_groups`."""

    seconds: float
    """Processor time of the run, divided by the threads. A stopped process uses none."""
    seed: int = 0
    texts: int = 32
    """Texts per step, at most."""
    learning_rate: float = 6e-5
    """The highest one; see `rate`."""
    warmup: float = 0.04
    """Share of the time, from the start, in which the learning rate rises; then it falls to 0."""
    weight_decay: float = 0.01
    averaged_over: int = 200
    """About how many steps the running average of the weights reaches back."""
    max_tokens: int = 320
    """Of question and text together; longer texts are cut off."""

    def rate(self, progress: float) -> float:
        """Return the learning rate at a share of the time, in [0, 1]."""
        if progress < self.warmup:
            return self.learning_rate * (0.02 + 0.98 * progress / self.warmup)
        return self.learning_rate * max(0.0, (1 - progress) / (1 - self.warmup))


def steps_for(examples: int, epochs: float, batch: int) -> int:
    """Return how many steps it takes to go over the examples `epochs` times."""
    return math.ceil(examples // batch * epochs)
