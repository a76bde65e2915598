"""Finds words of the same kind, which could replace a word."""

from __future__ import annotations

import random
from pathlib import Path

from qa.train.models import load_model, load_tokenizer
from qa.train.terms import SimilarWord


def similar_words(base: Path, *, first: int = 8, last: int = 40) -> SimilarWord:
    """Return a function from a word to a random neighbour of it in the model's input embeddings.

    base: folder of the model.
    first, last: the range of neighbours to choose from. The nearest ones are mostly forms and
        synonyms of the word; later ones mostly name something else of the same kind.
    """
    import torch

    tokenizer = load_tokenizer(base, 16)
    vectors = torch.nn.functional.normalize(load_model(base).get_input_embeddings().weight.detach())
    usable = {
        word: place
        for word, place in sorted(tokenizer.get_vocab().items())
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
