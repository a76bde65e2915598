"""The model card that is written with a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from qa.train.examples import CHANGED_IN_BOTH, KINDS
from qa.train.settings import TrainingSettings

if TYPE_CHECKING:
    from transformers import BertForQuestionAnswering

CARD = """# The reader

An extractive question-answering model for English. It marks where in a passage the answer starts
and ends, or says that the passage does not answer. {parameters:,} parameters: the layers of
{base} with two outputs.

## Limits

It quotes one span of text. It does not count, calculate, answer yes or no, or combine several
places. If a question is about the subject of the text but the answer is not there, it often marks
a name or number of the right kind. `python -m tests.benchmark.trust` measures how sure it is.

## Training

`python -m qa.train` with the settings

    {settings}

on {count:,} answerable questions of

{files}

{answered:.0%} of the examples have an answer. {both:.0%} of those are changed in question and text
alike: a term is exchanged, or a "not" is added. The other examples have no answer. They are made
in these ways, which `qa/train/examples.py` explains:

{kinds}

SQuADShifts is by Miller, Krauth, Recht and Schmidt (CC BY 4.0). QAMR is by Michael, Stanovsky, He,
Dagan and Zettlemoyer (MIT). No article of SQuAD was used for training.

## Scores with the right paragraph given

{scores}
"""


def card_of(
    model: BertForQuestionAnswering,
    base: str,
    settings: TrainingSettings,
    *,
    questions: int,
    files: Sequence[Path],
    scores: str,
) -> str:
    """Return a model's card as Markdown. questions: how many it was trained on."""
    return CARD.format(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        base=base,
        settings=", ".join(f"{name} {value}" for name, value in asdict(settings).items()),
        count=questions,
        files="\n".join(f"- {file.name}, SHA-256 {_hash(file)}" for file in files),
        answered=settings.answered,
        both=CHANGED_IN_BOTH,
        kinds="\n".join(f"- {name}: {share:.0%}" for name, share in KINDS.items()),
        scores=scores,
    )


def _hash(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
