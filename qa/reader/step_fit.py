"""Says how well commands and steps fit a question."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.question import Question
from index.view import shown
from index.words import words_found
from qa.reader.decide import Candidate
from qa.reader.steps import Step

# Logistic regression of "this is the command or step that was asked for" on how well it fits and
# on what the reader finds in it. Fitted on the questions in tests/support/howto.py and the half of
# tests/benchmark/notes.jsonl to tune on, each asked of its own notes and of the other ones.
SHARE_COEFFICIENT = 5.0
READ_COEFFICIENT = 6.0
INTERCEPT = -4.3
READ_WEIGHT = 0.2
"""Weight of what the reader finds in the choice between commands."""
CODE_STRENGTH = 0.8
"""How much a word counts that is only in the command itself, or in the heading above it."""
TITLE_STRENGTH = 0.5
"""How much a word counts that is only in the title or in a heading further up."""
PARTICLE_WEIGHT = 0.5

_NOT_SOUGHT = frozenset("command commands type run enter execute press click use steps".split())
_PARTICLES = frozenset("off out up down on into over all only again without before after".split())
"""Not content words, but they distinguish commands, as in "switch off"."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a command or step fits a question."""

    step: Step
    own: frozenset[str]
    """Words of the question in it and its introduction."""
    above: frozenset[str]
    """Words of the question in the headings above it and the title."""
    share: float
    """Share of the question's words in any of them, in [0, 1]; rare ones count more."""
    read: float
    """Probability in [0, 1] that what the reader finds in it answers."""

    @property
    def score(self) -> float:
        """Ranks commands and steps; higher is better."""
        return self.share + READ_WEIGHT * self.read

    @property
    def probability(self) -> float:
        """Probability in [0, 1] that it answers the question."""
        logit = SHARE_COEFFICIENT * self.share + READ_COEFFICIENT * self.read + INTERCEPT
        return 1 / (1 + math.exp(-logit))


def fits_of(
    question: Question, steps: Sequence[Step], read: Sequence[tuple[Candidate, float]]
) -> list[Fit]:
    """Return how well each step fits a question.

    read: what the reader finds, with probabilities in [0, 1].

    Returns: the fits in the order of the steps. Of a code block, there are either the commands or
    the block as a whole: the commands if one of them has a word of the question that neither the
    introduction nor a heading has.
    """
    asked = re.findall(r"\w+", question.text.lower())
    particles = [word for word in _PARTICLES if word in asked]
    content = [word for word in question.words if word not in _NOT_SOUGHT] or list(question.words)
    words = [*content, *(word for word in particles if word not in content)]
    about = words_found(words, [step.about for step in steps])
    code = words_found(words, [step.code for step in steps])
    headings, titles = zip(*map(_above, steps), strict=True) if steps else ((), ())
    heading, title = words_found(content, headings), words_found(content, titles)
    own = [one | other for one, other in zip(about, code, strict=True)]
    weights = _weights(content, particles, own)
    total = sum(weights.values()) or 1.0
    fits = []
    for number, step in enumerate(steps):
        strengths = dict.fromkeys(title[number], TITLE_STRENGTH)
        strengths |= dict.fromkeys(code[number] | heading[number], CODE_STRENGTH)
        strengths |= dict.fromkeys(about[number], 1.0)
        share = sum(weights.get(word, 0.0) * strength for word, strength in strengths.items())
        found = min(
            1.0, sum(probability for one, probability in read if one.meets(step.hit, step.zone))
        )
        above = frozenset(heading[number] | title[number])
        fits.append(Fit(step, frozenset(own[number]), above, share / total, found))
    return _whole_blocks(fits)


def _weights(
    content: Sequence[str], particles: Sequence[str], own: Sequence[set[str]]
) -> Mapping[str, float]:
    """Return the weight of each word: words that few steps have count more."""
    counts = {word: sum(word in words for words in own) for word in (*content, *particles)}
    size = len(own)
    weights = {word: 0.5 + math.log(1 + size / max(1, counts[word])) for word in content}
    for word in particles:
        if counts[word] and word not in weights:
            weights[word] = PARTICLE_WEIGHT * (0.5 + math.log(1 + size / counts[word]))
    return weights


def _above(step: Step) -> tuple[str, str]:
    """Return the heading just above a step, and the words further up."""
    article = step.hit.passage.article
    structure = article.structure
    headings = [shown(article, structure[n].span) for n in structure.headings(step.block)]
    return (headings[-1] if headings else ""), " ".join([article.title, *headings[:-1]])


def _whole_blocks(fits: Sequence[Fit]) -> list[Fit]:
    """Return the fits, of each code block either its commands or all of it."""
    kept: list[Fit] = []
    for _, group in groupby(
        fits, key=lambda fit: (fit.step.hit.passage.article.id, fit.step.block)
    ):
        of_block = list(group)
        whole = next((fit for fit in of_block if fit.step.is_block), None)
        commands = [fit for fit in of_block if not fit.step.is_block]
        if whole and not any(fit.own - whole.own - whole.above for fit in commands):
            kept.append(whole)
        else:
            kept += commands
    return kept
