"""BM25 as FTS5 computes it, for engines that rank by sparse vectors.

A passage is kept twice: as a sparse vector, by which the engine nominates passages, and as a
forward row, the list of its stems, from which its exact score is computed here. So the ranks are
those of the local store, whatever the engine does with its vectors.

A stem has a number, its term id, from 1 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.words import PATH_WEIGHT, TEXT_WEIGHT, TITLE_WEIGHT, saturated, stems_by_field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.wording import Searched
    from index.words import FieldStems

NOMINAL_LENGTH = 80.0
"""The average length of a passage, in words, that stored weights are computed for; in real corpora,
it is between 45 and 90.

The real one changes with each article, and the weights would have to change with it. See
`WordSearch.matching` for why a fixed one does no harm.
"""
_FIELDS = 3
_FIELD_WEIGHTS = (TEXT_WEIGHT, TITLE_WEIGHT, PATH_WEIGHT)


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of a question."""

    terms: tuple[int, ...]
    """Term ids in order: several for a word with signs in it, such as 4.1.0."""
    rarity: float
    """Its inverse document frequency; see `index.words.rarity`."""


def stems_of(passages: Iterable[Searched]) -> list[FieldStems]:
    """Return the stems of each passage by field, as the local store has them."""
    return stems_by_field([(words.text, words.title, words.path) for words in passages])


def forward_row(stems: FieldStems, ids: Mapping[str, int]) -> bytes:
    """Return the forward row of a passage.

    Numbers of 4 bytes, lowest byte first: how many stems each field has, and the term ids of all
    of them in order.

    ids: the term id of each stem.
    """
    import numpy as np

    lengths = [len(field) for field in stems]
    numbers = [ids[stem] for field in stems for stem in field]
    return np.array([*lengths, *numbers], dtype="<u4").tobytes()


def sparse_vector(row: bytes) -> dict[int, float]:
    """Return the weights of the terms of a passage by term id, in (0, 2.2). row: a forward row."""
    import numpy as np

    passage = Passages([row])
    terms, places = np.unique(passage.terms, return_inverse=True)
    frequencies = np.bincount(places, weights=passage.weights, minlength=len(terms))
    weights = saturated(frequencies.astype(np.float64), passage.lengths, NOMINAL_LENGTH)
    return dict(zip(terms.tolist(), weights.tolist(), strict=True))


def asked_vector(asked: Iterable[AskedWord]) -> dict[int, float]:
    """Return the weights of asked terms by term id.

    Their inner product with the sparse vector of a passage is its score, except for the average
    length, and for words of several stems: it is not below the score of these, because each stem
    occurs at least as often as all of them in a row.
    """
    weights: dict[int, float] = {}
    for word in asked:
        for term in word.terms:
            weights[term] = weights.get(term, 0.0) + word.rarity / len(word.terms)
    return weights


class Passages:
    """The forward rows of some passages, for computing their scores together."""

    def __init__(self, rows: Sequence[bytes]) -> None:
        import numpy as np

        numbers = np.frombuffer(b"".join(rows), dtype="<u4")
        starts = np.cumsum([0, *(len(row) // 4 for row in rows)])[:-1]
        heads = (starts[:, None] + np.arange(_FIELDS)).astype(np.int64)
        counts = numbers[heads].astype(np.int64).reshape(len(rows), _FIELDS)
        self.lengths: NDArray[np.int64] = counts.sum(axis=1)
        """How many words each passage has."""
        self.terms: NDArray[np.uint32] = np.delete(numbers, heads.ravel())
        """Of all passages, one after the other."""
        self._fields = np.repeat(np.arange(counts.size), counts.ravel())
        """Of each term, the number of its field among all fields of all passages."""

    @property
    def weights(self) -> NDArray[np.float64]:
        """How much each of the terms counts, by its field."""
        import numpy as np

        weights: NDArray[np.float64] = np.array(_FIELD_WEIGHTS)[self._fields % _FIELDS]
        return weights

    def frequencies(self, terms: Sequence[int]) -> NDArray[np.float64]:
        """Return how often each passage has these terms in a row, weighted by field."""
        import numpy as np

        last = len(self.terms) - len(terms) + 1
        if not terms or last <= 0:
            return np.zeros(len(self.lengths))
        is_start = self._fields[:last] == self._fields[len(terms) - 1 :]
        for place, term in enumerate(terms):
            is_start &= self.terms[place : place + last] == term
        fields = self._fields[:last][is_start]
        counts = np.bincount(fields, minlength=_FIELDS * len(self.lengths))
        found: NDArray[np.float64] = counts.reshape(-1, _FIELDS) @ np.array(_FIELD_WEIGHTS)
        return found

    def scores(self, asked: Iterable[AskedWord], average_length: float) -> NDArray[np.float64]:
        """Return the BM25 score of each passage; 0 for those with none of the words.

        average_length: of all passages of the store, in words.
        """
        import numpy as np

        scores = np.zeros(len(self.lengths))
        for word in asked:
            frequencies = self.frequencies(word.terms)
            scores += word.rarity * saturated(frequencies, self.lengths, average_length)
        return scores
