"""The loss of a group of texts: spans of different texts compete, so their scores compare.

Two parts count equally:

    shared   one softmax over the tokens of all texts of a group, and one more outcome with the
             fixed logit 0: no text answers. So a span's score means the same in every text
             (shared normalisation, Clark & Gardner, "Simple and Effective Multi-Paragraph Reading
             Comprehension", ACL 2018; the fixed logit is ours)
    single   one softmax over the tokens of a text and its first token, which stands for "this text
             does not answer". So the difference of span and null score means something, too. The
             first text of a group weighs as much as the others together

Starts and ends of answers are separate outcomes, as usual. If only the surroundings of an answer
are known, the probability of all tokens in them counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

FIRST_TEXT = 0.5
"""Weight of the first text of a group in the single loss."""


def group_loss(
    logits: torch.Tensor, inside: torch.Tensor, gold: torch.Tensor, groups: list[int]
) -> torch.Tensor:
    """Return the mean loss over the groups, for the starts or for the ends of answers.

    logits: shape (texts, tokens).
    inside: bool, the same shape; the tokens of the texts, without question and special tokens.
    gold: bool, the same shape; the tokens where the answer may start (or end). None in a text that
        does not answer.
    groups: how many texts each group has, in order.
    """
    import torch

    text = logits.masked_fill(~inside, -torch.inf)
    null = logits[:, :1]
    right = logits.masked_fill(~gold, -torch.inf)
    answered = gold.any(1)
    single = torch.logsumexp(torch.cat([null, text], 1), 1) - torch.where(
        answered, _logsumexp(right, answered), null[:, 0]
    )
    losses = []
    first = 0
    for size in groups:
        rows = slice(first, first + size)
        options = torch.cat([logits.new_zeros(1), text[rows][inside[rows]]])
        shared = torch.logsumexp(options, 0)
        if bool(answered[rows].any()):
            shared = shared - torch.logsumexp(right[rows][gold[rows]], 0)
        own = single[first]
        if size > 1:
            others = single[first + 1 : first + size].mean()
            own = FIRST_TEXT * own + (1 - FIRST_TEXT) * others
        losses.append((shared + own) / 2)
        first += size
    return torch.stack(losses).mean()


def _logsumexp(values: torch.Tensor, usable: torch.Tensor) -> torch.Tensor:
    """Return the logsumexp of the usable rows; 0 for the others, whose gradient would be NaN."""
    import torch

    safe = values.masked_fill(~usable[:, None], 0.0)
    return torch.where(usable, torch.logsumexp(safe, 1), torch.zeros_like(safe[:, 0]))
