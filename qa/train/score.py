"""How well a model reads: exact match, F1, and telling the unanswerable, paragraph given."""

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
    """Return exact match, F1 (both in percent, of the answerable) and area under the curve."""
    exact: list[float] = []
    overlap: list[float] = []
    gaps: dict[bool, list[float]] = {True: [], False: []}
    for question, (answer, gap) in zip(questions, read(model, tokenizer, questions), strict=True):
        gaps[bool(question.answers)].append(gap)
        if question.answers:
            golds = [question.paragraph.text[a.start : a.end] for a in question.answers]
            exact.append(best_of(exact_match, answer, golds))
            overlap.append(best_of(f1, answer, golds))
    return {
        "exact": 100 * sum(exact) / len(exact),
        "f1": 100 * sum(overlap) / len(overlap),
        "auc": area_under_curve(gaps[True], gaps[False]),
    }


def read(
    model: BertForQuestionAnswering, tokenizer: Tokenizer, questions: Sequence[Question]
) -> list[tuple[str, float]]:
    """Return for each question its best span and how far that one lies above "not in the text"."""
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
