"""Measures how well a model reads when it is given the right paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.eval.measures import area_under_curve, best_of, exact_match, f1
from qa.train.questions import Question

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertForQuestionAnswering

MAX_ANSWER_TOKENS = 30


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
    import torch

    encoded = tokenizer.encode_batch([(q.text, q.paragraph.text) for q in questions])
    order = sorted(range(len(questions)), key=lambda i: len(encoded[i].ids))
    found: list[tuple[str, float]] = [("", 0.0)] * len(questions)
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
        with torch.inference_mode():
            output = model(**padded)
        for row, i in enumerate(rows):
            context = torch.tensor([s == 1 for s in encoded[i].sequence_ids])
            size = len(context)
            starts = output.start_logits[row, :size].cpu().masked_fill(~context, -1e4)
            ends = output.end_logits[row, :size].cpu().masked_fill(~context, -1e4)
            spans = starts[:, None] + ends[None, :]
            legal = torch.ones_like(spans).triu().tril(MAX_ANSWER_TOKENS - 1)
            spans = spans.masked_fill(legal == 0, -1e4)
            place = int(spans.argmax())
            a, b = divmod(place, size)
            null = output.start_logits[row, 0] + output.end_logits[row, 0]
            text = questions[i].paragraph.text[encoded[i].offsets[a][0] : encoded[i].offsets[b][1]]
            found[i] = (text, float(spans.flatten()[place]) - float(null))
    return found
