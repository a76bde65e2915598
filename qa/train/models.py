"""Models and tokenizers in the format of the transformers library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertForQuestionAnswering


def load_model(folder: Path, *, train_fast: bool = False) -> BertForQuestionAnswering:
    """Return the model in a folder; if it has no outputs for answers, they are untrained.

    train_fast: no dropout in the attention, so that a training step takes a third less time.
    """
    from transformers import AutoModelForQuestionAnswering
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    fast = {"attn_implementation": "eager", "attention_probs_dropout_prob": 0.0}
    options = fast if train_fast else {}
    return AutoModelForQuestionAnswering.from_pretrained(folder, local_files_only=True, **options)


def load_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    """Return the tokenizer in a folder; it truncates texts, but not questions."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="only_second")
    return tokenizer


def model_like(folder: Path) -> BertForQuestionAnswering:
    """Return an untrained reader with as many layers as the model in a folder, in float32."""
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return AutoModelForQuestionAnswering.from_config(config)


def use_threads(count: int) -> None:
    """Set how many threads models run on."""
    import torch

    torch.set_num_threads(count)
