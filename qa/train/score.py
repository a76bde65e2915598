"""Measures how well a model reads when it is given the right paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Span
from qa.eval.measures import area_under_curve, best_of, exact_match, f1
from qa.train.questions import Question

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer
    from transformers import BertForQuestionAnswering

MAX_ANSWER_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and a text to read."""

    question: str
    text: str
    skipped: int = 0
    """Characters at the start of the text that are read but cannot be the answer."""


@dataclass(frozen=True, slots=True)
class BestSpan:
    """What a model finds in a text."""

    span: Span
    """Of the text."""
    score: float
    """Sum of a start and an end logit."""
    null_score: float
    """That the text does not answer."""


def score(
    model: BertForQuestionAnswering, tokenizer: Tokenizer, questions: Sequence[Question]
) -> dict[str, float]:
    """Return "exact" and "f1" of the answerable questions, in percent, and "auc".

    auc: area under the ROC curve, in [0, 1], for separating answerable from unanswerable questions
    by the score difference.
    """
    exact: list[float] = []
    overlap: list[float] = []
    score_diffs: dict[bool, list[float]] = {True: [], False: []}
    readings = read(model, tokenizer, questions)
    for question, (answer, score_diff) in zip(questions, readings, strict=True):
        score_diffs[bool(question.answers)].append(score_diff)
        if question.answers:
            golds = [question.paragraph.text[a.start : a.end] for a in question.answers]
            exact.append(best_of(exact_match, answer, golds))
            overlap.append(best_of(f1, answer, golds))
    return {
        "exact": 100 * sum(exact) / len(exact),
        "f1": 100 * sum(overlap) / len(overlap),
        "auc": area_under_curve(score_diffs[True], score_diffs[False]),
    }


def read(
    model: BertForQuestionAnswering, tokenizer: Tokenizer, questions: Sequence[Question]
) -> list[tuple[str, float]]:
    """Return for each question its best span and the span's score minus the null score."""
    texts = [question.paragraph.text for question in questions]
    asked = [Asked(q.text, text) for q, text in zip(questions, texts, strict=True)]
    return [
        (text[best.span.start : best.span.end], best.score - best.null_score)
        for text, best in zip(texts, read_texts(model, tokenizer, asked), strict=True)
    ]


def read_texts(
    model: BertForQuestionAnswering,
    tokenizer: Tokenizer,
    asked: Sequence[Asked],
    *,
    fast: bool = False,
) -> list[BestSpan]:
    """Return the best span of each text. fast: compute with less precision, in half the time."""
    import torch

    encoded = tokenizer.encode_batch([(one.question, one.text) for one in asked])
    order = sorted(range(len(asked)), key=lambda i: len(encoded[i].ids))
    found: dict[int, BestSpan] = {}
    device = next(model.parameters()).device
    for first in range(0, len(order), 16):
        rows = order[first : first + 16]
        longest = max(len(encoded[i].ids) for i in rows)
        inputs = {
            "input_ids": [encoded[i].ids for i in rows],
            "token_type_ids": [encoded[i].type_ids for i in rows],
            "attention_mask": [encoded[i].attention_mask for i in rows],
        }
        padded = {
            name: torch.tensor([v + [0] * (longest - len(v)) for v in values], device=device)
            for name, values in inputs.items()
        }
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=fast):
            output = model(**padded)
        for row, i in enumerate(rows):
            starts = output.start_logits[row].float().cpu()
            ends = output.end_logits[row].float().cpu()
            found[i] = _best_span(encoded[i], starts, ends, asked[i].skipped)
    return [found[i] for i in range(len(asked))]


def _best_span(
    encoding: Encoding, starts: torch.Tensor, ends: torch.Tensor, skipped: int
) -> BestSpan:
    import torch

    pairs = list(zip(encoding.sequence_ids, encoding.offsets, strict=True))
    outside = torch.tensor([part != 1 or start < skipped for part, (start, _) in pairs])
    size = len(pairs)
    null_score = float(starts[0] + ends[0])
    starts = starts[:size].masked_fill(outside, -1e4)
    ends = ends[:size].masked_fill(outside, -1e4)
    spans = starts[:, None] + ends[None, :]
    legal = torch.ones_like(spans).triu().tril(MAX_ANSWER_TOKENS - 1)
    spans = spans.masked_fill(legal == 0, -1e4)
    place = int(spans.argmax())
    first, last = divmod(place, size)
    span = Span(encoding.offsets[first][0], encoding.offsets[last][1])
    return BestSpan(span, float(spans.flatten()[place]), null_score)
