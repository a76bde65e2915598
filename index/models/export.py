"""Loads a sentence-transformers model, and exports it to ONNX once.

Importing sentence-transformers, torch and onnx takes five seconds and half a gigabyte of memory.
Once a model is exported, no question pays for that.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ModelError
from index.models.find import ModelFolder, hash_file
from index.models.manifest import FORMAT, Manifest, write_export
from index.models.onnx import ONNX, ONNX_WEIGHTS, TOKENIZER, OnnxRunner, TokenCounter
from index.models.pooling import sum_tokens_in_one_order

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MIN_COSINE = 0.99999
"""Of the export's vectors with the model's own; if any is below, the export is not used."""

PROBES = (
    "",
    "a",
    "How old is Rygor Kastusev?",
    "  White space  \n and a break.  ",
    "中文和日本語のテキスト、한국어 😀 é ﷺ",
    "A sentence of some length, with numbers such as 1,400 and “quotation marks”. " * 3,
    "a text of more word pieces than the model reads " * 120,
)


def export(model: ModelFolder, target: Path) -> Manifest:
    """Export `model` to the folder `target`, completely or not at all, and return its manifest.

    If the model cannot be exported, the manifest says why.

    Raises: ModelError if the model cannot be loaded or the folder cannot be written.
    """
    model.check()
    return write_export(target, lambda folder: _export_into(folder, model))


def _export_into(folder: Path, model: ModelFolder) -> Manifest:
    loaded = load(model, "cpu")
    reason = ""
    with quiet():
        try:
            _write_tokenizer(loaded, folder)
            _write_onnx(loaded, folder)
            _verify(loaded, folder)
        # Exporters can raise anything. Whatever it is, the model still runs without an export.
        except Exception as error:  # noqa: BLE001
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            for file in folder.iterdir():
                file.unlink()
    query_prompt, passage_prompt = _prompts(loaded)
    return Manifest(
        format=FORMAT,
        name=model.name,
        fingerprint=model.fingerprint(),
        dimension=loaded.get_embedding_dimension() or 0,
        max_tokens=max_tokens(loaded),
        query_prompt=query_prompt,
        passage_prompt=passage_prompt,
        files={file.name: file.stat().st_size for file in folder.iterdir()},
        sha256={file.name: hash_file(file) for file in folder.iterdir()},
        not_exported=reason,
    )


def _write_tokenizer(loaded: SentenceTransformer, folder: Path) -> None:
    tokenizer = getattr(loaded.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ValueError("its tokenizer is not from the transformers library")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    pad = loaded.tokenizer
    tokenizer.enable_padding(
        direction=pad.padding_side,
        pad_id=pad.pad_token_id,
        pad_type_id=pad.pad_token_type_id,
        pad_token=pad.pad_token,
    )
    tokenizer.enable_truncation(_max_length(loaded), direction=pad.truncation_side)
    tokenizer.save(str(folder / TOKENIZER))


def _write_onnx(loaded: SentenceTransformer, folder: Path) -> None:
    """Write the whole pipeline, including pooling and normalisation, with a separate weights file.

    That file is mapped into memory, not parsed: the session opens in 70 ms instead of 170 ms and
    takes less memory. torch's older exporter takes 2 s; the newer one takes 10 s and needs another
    package. `_verify` checks the result.
    """
    import onnx
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self, model: SentenceTransformer, names: list[str]) -> None:
            super().__init__()
            self.model, self.names = model, names

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            features: dict[str, Any] = dict(zip(self.names, inputs, strict=True))
            embedding = self.model(features)["sentence_embedding"]
            return torch.nn.functional.normalize(embedding, p=2, dim=1)

    sample = loaded.tokenizer(["one text and", "another one"], padding=True, return_tensors="pt")
    names = list(sample)
    axes = {name: {0: "text", 1: "token"} for name in names}
    raw = folder / "raw.onnx"
    torch.onnx.export(
        Pipeline(loaded, names).eval(),
        tuple(sample[name] for name in names),
        str(raw),
        input_names=names,
        output_names=["embedding"],
        dynamic_axes={**axes, "embedding": {0: "text"}},
        opset_version=17,
        dynamo=False,
    )
    graph = onnx.load(str(raw))
    sum_tokens_in_one_order(graph)
    for leftover in folder.iterdir():
        if leftover.name != TOKENIZER:
            leftover.unlink()
    onnx.save_model(graph, str(folder / ONNX), save_as_external_data=True, location=ONNX_WEIGHTS)


def _verify(loaded: SentenceTransformer, folder: Path) -> None:
    """Check that the export gives the same vectors as the model. Raises: ValueError if not."""
    import numpy as np

    runner = OnnxRunner(folder, threads=1)
    expected = loaded.encode(
        list(PROBES), prompt="", normalize_embeddings=True, show_progress_bar=False
    )
    together = runner.run(PROBES)
    alone = np.concatenate([runner.run([probe]) for probe in PROBES])
    lowest = min(float((expected * vectors).sum(axis=1).min()) for vectors in (together, alone))
    if not lowest >= MIN_COSINE:
        raise ValueError(f"the export differs from the model: cosine {lowest:.6f}")
    # Models can exclude prompts from pooling, or have separate layers for questions and passages.
    text = PROBES[2]
    for encode, prompt in zip(
        (loaded.encode_query, loaded.encode_document), _prompts(loaded), strict=True
    ):
        vector = encode(text, normalize_embeddings=True, show_progress_bar=False)
        if not float(vector @ runner.run([prompt + text])[0]) >= MIN_COSINE:
            raise ValueError("it encodes questions or passages in a way that cannot be exported")


def load(model: ModelFolder, device: str) -> SentenceTransformer:
    """Load a model offline, from safetensors only, without running code from its folder.

    device: a torch device. Raises: ModelError.
    """
    with quiet():
        import torch
        from sentence_transformers import SentenceTransformer

        try:
            torch.device(device)
        except RuntimeError as error:
            raise ModelError(
                f"Unknown device: {device}.", "Use --device cpu, cuda or mps."
            ) from error
        try:
            return SentenceTransformer(
                str(model.path),
                device=device,
                local_files_only=True,
                # Eager attention is traced to a graph that onnxruntime can fuse: 10 % faster.
                model_kwargs={
                    "use_safetensors": True,
                    "dtype": torch.float32,
                    "attn_implementation": "eager",
                },
            ).eval()
        except AssertionError as error:  # torch was built without support for this device
            raise ModelError(
                f"This PyTorch cannot use the device {device}: {error}",
                "Omit --device, or install a PyTorch built for it.",
            ) from error
        # A broken model folder raises nearly anything: OSError, KeyError, RuntimeError, ...
        except Exception as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelError(
                f"The model in {model.path} cannot be loaded: {first_line}",
                "Check that the folder is complete, or choose another model with --model.",
            ) from error


def _max_length(loaded: SentenceTransformer) -> int:
    """Return how many tokens the model reads, special tokens included."""
    limits = (loaded.max_seq_length, getattr(loaded.tokenizer, "model_max_length", None))
    return next((int(limit) for limit in limits if limit and limit < 1_000_000), 512)


def token_counter(loaded: SentenceTransformer) -> TokenCounter:
    """Return a counter of the model's tokens. Raises: AttributeError for an unknown tokenizer."""
    tokenizer = getattr(loaded.tokenizer, "backend_tokenizer", loaded.tokenizer)
    return TokenCounter(tokenizer.to_str())


def _prompts(loaded: SentenceTransformer) -> tuple[str, str]:
    """Return the prompts that the model expects before a question and before a passage."""
    prompts = loaded.prompts
    default = prompts.get(loaded.default_prompt_name or "") or ""
    passage_names = [name for name in ("document", "passage", "corpus") if name in prompts]
    passage = (prompts[passage_names[0]] or "") if passage_names else default
    return prompts.get("query", default) or "", passage


def max_tokens(loaded: SentenceTransformer) -> int:
    """Return how many tokens of a passage the model reads, not counting prompt and special ones."""
    (taken,) = token_counter(loaded).count([_prompts(loaded)[1]], with_special=True)
    return _max_length(loaded) - taken


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide the libraries' own progress bars, logs and warnings."""
    import logging

    restore_progress: Callable[[], None] | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            from transformers.utils import logging as transformers_logging

            if transformers_logging.is_progress_bar_enabled():
                transformers_logging.disable_progress_bar()
                restore_progress = transformers_logging.enable_progress_bar
            yield
        finally:
            logging.disable(logging.NOTSET)
            if restore_progress:
                restore_progress()
