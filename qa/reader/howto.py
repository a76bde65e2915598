"""Answers questions that ask how to do something, or for a command, with whole commands and steps.

steps of the first passages -> how well each fits -> one command, or the steps in order
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from index.question import Question
from index.types import Hit, Span
from qa.reader.decide import Candidate
from qa.reader.step_fit import Fit, fits_of
from qa.reader.steps import Step, steps_in

PASSAGES_TO_READ = 3
MAX_STEPS = 3
"""How many steps are given if all of those below a heading answer."""
MIN_PROBABILITY = 0.2
"""In [0, 1]; if no command or step reaches it, what the reader finds answers."""
MIN_READ = 0.3
"""Probability in [0, 1] from which the reader says which of several steps answers."""

_PEOPLE = r"(?:i|you|we|one|they|someone|somebody|people|users?|members?|guests?)\b"
_NEED = r"(?:have to |need to |want to )?"
_HOW = re.compile(
    rf"\bhow (?:(?:do|does|must|may|shall|would|might) {_PEOPLE}|can\b|could\b|should\b|to\b)"
    rf"|\bwhat (?:do|can|should|must|shall) {_PEOPLE} {_NEED}(?:do|press|click|use)\b"
    r"|\bwhat (?:to do|if)\b|\bwhat (?:is|are) the (?:steps?|procedure|way) (?:to|for|of)\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"\b(?:which|what|the|a) (?:\w+ )?command\b"
    rf"|\bwhat (?:do|can|should|must|shall) {_PEOPLE} {_NEED}(?:type|run|enter|execute)\b",
    re.IGNORECASE,
)


def asks_how(question: str) -> bool:
    """Return whether a question asks how to do something, or for a command."""
    return bool(_HOW.search(question)) or asks_for_command(question)


def asks_for_command(question: str) -> bool:
    """Return whether a question asks for a command."""
    return bool(_COMMAND.search(question))


def with_commands(
    question: Question, hits: Sequence[Hit], read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first: whole commands and steps, if a question asks for them.

    read: what the reader finds, best first, with probabilities in [0, 1]; empty without a reader.

    Returns: `read` if the question does not ask how, or if the first passages have no commands or
    steps. If these do not fit, `read` with parts of commands completed. Several steps come in the
    order of the article, and have the same probability.
    """
    if not asks_how(question.text):
        return list(read)
    steps: dict[tuple[str, Span, bool], Step] = {}
    for hit in hits[:PASSAGES_TO_READ]:
        for step in steps_in(hit):
            if step.is_command or not asks_for_command(question.text):
                steps.setdefault((hit.passage.article.id, step.span, step.is_block), step)
    fits = fits_of(question, list(steps.values()), read)
    best = max(fits, key=lambda fit: fit.score, default=None)
    if best is None:
        return list(read)
    if best.probability < MIN_PROBABILITY:
        return _completed(read, steps.values())
    top = max((one.rank_score for one, _ in read), default=best.step.hit.score)
    score_diff = max((one.score_diff for one, _ in read), default=0.0)
    return [
        (Candidate(step.hit, step.span, score_diff, top + 1e-6), best.probability)
        for step in _chosen(question, best, fits)
    ]


def _chosen(question: Question, best: Fit, fits: Sequence[Fit]) -> list[Step]:
    """Return the steps that answer: the best one, or all if only the heading above them fits."""
    step = best.step
    kind = step.hit.passage.article.structure[step.block].kind
    is_known = set(question.words) <= best.own | best.above
    is_read = best.read >= MIN_READ and (step.is_command or (kind == "item" and not is_known))
    if best.own - best.above or is_read:
        return [step]
    below = [
        fit.step
        for fit in fits
        if _place(fit.step) == _place(step)
        and (fit.share == best.share or not (step.is_command or fit.step.is_command))
    ]
    chosen: list[Step] = []
    for each in sorted(below, key=lambda step: step.span):
        last = chosen[-1] if chosen else None
        if last and last.block == each.block and not (last.is_command or each.is_command):
            chosen[-1] = replace(last, span=Span(last.span.start, each.span.end))
        else:
            chosen.append(each)
    return chosen[:MAX_STEPS]


def _place(step: Step) -> tuple[str, list[int]]:
    """Return the article of a step and the headings above it."""
    article = step.hit.passage.article
    return article.id, article.structure.headings(step.block)


def _completed(
    read: Sequence[tuple[Candidate, float]], steps: Iterable[Step]
) -> list[tuple[Candidate, float]]:
    """Return what the reader finds, with parts of commands replaced by the whole command."""
    commands = [step for step in steps if step.code]
    completed: list[tuple[Candidate, float]] = []
    for found, probability in read:
        command = next((step for step in commands if found.meets(step.hit, step.span)), None)
        whole = replace(found, hit=command.hit, span=command.span) if command else found
        if not any(whole.meets(other.hit, other.span) for other, _ in completed):
            completed.append((whole, probability))
    return completed
