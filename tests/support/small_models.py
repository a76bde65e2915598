"""Writes untrained sentence-transformers models of several kinds to a folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding, Transformer
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    MPNetConfig,
    MPNetModel,
    PreTrainedModel,
    set_seed,
)

from index.models.find import DEFAULT_MODEL, find_model

SIZES = {"vocab_size": 30522, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
PROMPTS = {"query": "question: ", "document": "passage: "}


def main(folder: Path) -> None:
    set_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(find_model(DEFAULT_MODEL, notify=str).path)

    def save(
        name: str,
        network: PreTrainedModel,
        pooling: str,
        prompts: dict[str, str] | None = None,
        include_prompt: bool = True,
    ) -> None:
        raw = folder / f"raw-{name}"
        network.save_pretrained(raw)
        tokenizer.save_pretrained(raw)
        body = Transformer(str(raw))
        pool = Pooling(
            body.get_embedding_dimension(),
            pooling_mode=pooling,
            include_prompt=include_prompt,
        )
        model = SentenceTransformer(modules=[body, pool], prompts=prompts)
        model.max_seq_length = 64
        model.save(str(folder / name))
        shutil.rmtree(raw)

    bert = BertModel(BertConfig(**SIZES, intermediate_size=64))
    save("bert-cls", bert, "cls")
    save("bert-prompts", bert, "mean", prompts=PROMPTS)
    save("prompt-not-pooled", bert, "mean", prompts=PROMPTS, include_prompt=False)
    save("mpnet-mean", MPNetModel(MPNetConfig(**SIZES, intermediate_size=64)), "mean")
    distilbert = DistilBertConfig(vocab_size=30522, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    save("distilbert-last", DistilBertModel(distilbert), "lasttoken")
    words = StaticEmbedding(tokenizer.backend_tokenizer, embedding_dim=32)
    SentenceTransformer(modules=[words]).save(str(folder / "static"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
