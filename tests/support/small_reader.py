"""Untrained models, with a tokenizer of the words of the towns' texts."""

from __future__ import annotations

import re
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, PreTrainedModel, TokenizersBackend

from tests.support.towns import QUESTIONS


def small_tokenizer() -> Tokenizer:
    """Return a tokenizer that knows the words of the towns' texts and all single letters."""
    text = " ".join([*{q.paragraph.text for q in QUESTIONS}, *(q.text for q in QUESTIONS)])
    words = sorted(set(re.findall(r"\w+|[^\w\s]", text.lower())))
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words, *letters, *(f"##{c}" for c in letters)]
    vocabulary = {piece: id for id, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    return tokenizer


def small_config(**options: int) -> BertConfig:
    sizes = {"vocab_size": small_tokenizer().get_vocab_size(), "hidden_size": 32}
    sizes |= {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    return BertConfig(**{**sizes, **options})


def save_model(model: PreTrainedModel, folder: Path) -> Path:
    """Write a model to a folder in the format of transformers, with the small tokenizer."""
    model.save_pretrained(folder)
    marks = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    TokenizersBackend(tokenizer_object=small_tokenizer(), **marks).save_pretrained(folder)
    return folder
