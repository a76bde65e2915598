"""Prefers what the structure of a text proves to be the answer to what the reader is less sure of.

The reader's confidence is fitted on the prose of Wikipedia. A frequent question with its reply, an
entry of a glossary, or a record shows by its form what it answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.question import Question
from index.types import Hit
from qa.reader.abbreviations import expanded, likely_expansions
from qa.reader.asked import Reply, replied, replies_to
from qa.reader.conditions import conditional
from qa.reader.counts import MAX_UNSUPPORTED
from qa.reader.decide import Candidate
from qa.reader.definitions import defined, without_other_entries
from qa.reader.named import named
from qa.reader.proofs import Proof
from qa.reader.records import recorded
from qa.reader.references import referenced
from qa.reader.side_by_side import in_clause
from qa.reader.statements import stated


def proven(
    question: Question, hits: Sequence[Hit], read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first: what is proven first, unless the reader is surer.

    What replies to the opposite question in the text, defines another term, or begins with another
    letter than the abbreviation that is asked for has a probability of at most MAX_UNSUPPORTED.

    read: what the reader finds, best first, with probabilities in [0, 1].
    """
    replies = replies_to(question, hits)
    read = without_other_entries(question, likely_expansions(question, read))
    read = _without_opposites(replies, read)
    proof = (
        replied(question, replies, read)
        or expanded(question, hits)
        or defined(question, hits)
        or stated(question, hits)
        or recorded(question, hits)
        or referenced(question, hits)
        or conditional(question, hits)
        or in_clause(question, hits)
        or named(question, hits, read)
    )
    return _with(proof, read) if proof else list(read)


def _without_opposites(
    replies: Sequence[Reply], read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first, without trust in replies to the opposite question."""
    opposite = [reply for reply in replies if reply.likeness == "opposite"]
    if not opposite:
        return list(read)
    found = [
        (one, min(known, MAX_UNSUPPORTED) if any(reply.has(one) for reply in opposite) else known)
        for one, known in read
    ]
    return sorted(found, key=lambda each: -each[1])


def _with(proof: Proof, read: Sequence[tuple[Candidate, float]]) -> list[tuple[Candidate, float]]:
    """Return what may answer, with what is proven before the rest."""
    probability = proof.probability
    if read:
        best, known = read[0]
        if any(best.meets(proof.hit, span) for span in (*proof.spans, *proof.rivals)):
            probability = max(probability, known)
        elif known > probability:
            return list(read)
    top = max((one.rank_score for one, _ in read), default=proof.hit.score) + 1e-6
    score_diff = max((one.score_diff for one, _ in read), default=0.0)
    others = [
        each for each in read if not any(each[0].meets(proof.hit, span) for span in proof.spans)
    ]
    return [
        (Candidate(proof.hit, span, score_diff, top), probability) for span in proof.spans
    ] + others
