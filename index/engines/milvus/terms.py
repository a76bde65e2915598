"""The stems of a store: their term ids, and how many passages have them.

All of them are written now and then, sorted and in parts, of which a question reads only those it
needs. What changes have done since is kept in memory.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from index.engines.milvus.catalogue import Change
from index.engines.word_search import Term
from index.errors import StoreDamaged

STEMS_IN_PART = 2_000

Part = dict[str, Term]
ReadParts = Callable[[Sequence[int]], Mapping[int, bytes]]
"""Returns the content of parts by number."""


@dataclass(frozen=True)
class Terms:
    """The stems at one moment. Never changed, except that parts that were read are kept."""

    starts: Sequence[str] = ()
    """The first stem of each part."""
    next_id: int = 1
    added: Mapping[str, int] = field(default_factory=dict)
    """Ids of the stems that no part has."""
    counts: Mapping[int, int] = field(default_factory=dict)
    """By how much the number of passages with a term has changed since, by its id."""
    read: ReadParts = field(default=lambda _: {}, compare=False)
    kept: dict[int, Part] = field(default_factory=dict, compare=False)

    @cached_property
    def _added_stems(self) -> list[str]:
        return sorted(self.added)

    def terms(self, stems: Collection[str]) -> dict[str, Term]:
        """Return the stems that passages have, of these. Raises: StoreError."""
        return {stem: term for stem, term in self.known(stems).items() if term.passages > 0}

    def known(self, stems: Collection[str]) -> dict[str, Term]:
        """Return the stems that have a term id, even if no passage has them any more."""
        places = {stem: bisect.bisect_right(self.starts, stem) - 1 for stem in stems}
        parts = self._parts({place for place in places.values() if place >= 0})
        found = {}
        for stem, place in places.items():
            if stem in self.added:
                found[stem] = self._now(Term(self.added[stem], 0))
            elif place >= 0 and stem in parts[place]:
                found[stem] = self._now(parts[place][stem])
        return found

    def next_stem(self, start: str) -> str | None:
        """Return the first stem from `start` on that a passage has. Raises: StoreError."""
        later = islice(self._added_stems, bisect.bisect_left(self._added_stems, start), None)
        first_added = next((s for s in later if self.counts.get(self.added[s], 0) > 0), None)
        for place in range(max(0, bisect.bisect_right(self.starts, start) - 1), len(self.starts)):
            if first_added is not None and self.starts[place] > first_added:
                break
            for stem, term in self._parts([place])[place].items():  # sorted
                if stem >= start and self._now(term).passages > 0:
                    return stem if first_added is None else min(stem, first_added)
        return first_added

    def after(self, change: Change) -> Terms:
        """Return the stems after a change."""
        added, counts = dict(self.added), dict(self.counts)
        for id, stem in enumerate(change.stems, self.next_id):
            added[stem] = id
        for id, number in change.counts.items():
            counts[id] = counts.get(id, 0) + number
        next_id = self.next_id + len(change.stems)
        return replace(self, added=added, counts=counts, next_id=next_id)

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield all of it in parts: the first stem of each, and its content. Raises: StoreError."""
        listed = sorted(self._all())
        for first in range(0, len(listed), STEMS_IN_PART):
            chosen = listed[first : first + STEMS_IN_PART]
            part = [(stem, term.id, term.passages) for stem, term in chosen]
            yield part[0][0], json.dumps(part, separators=(",", ":")).encode("ascii")

    def _all(self) -> Iterable[tuple[str, Term]]:
        for part in self._parts(range(len(self.starts))).values():
            yield from ((stem, self._now(term)) for stem, term in part.items())
        yield from ((stem, self._now(Term(id, 0))) for stem, id in self.added.items())

    def _now(self, term: Term) -> Term:
        return Term(term.id, term.passages + self.counts.get(term.id, 0))

    def _parts(self, places: Iterable[int]) -> dict[int, Part]:
        wanted = list(places)
        missing = [place for place in wanted if place not in self.kept]
        if missing:
            contents = self.read(missing)
            for place in missing:
                self.kept[place] = _part_of(contents, place)
        return {place: self.kept[place] for place in wanted}


def _part_of(contents: Mapping[int, bytes], place: int) -> Part:
    try:
        return {stem: Term(id, passages) for stem, id, passages in json.loads(contents[place])}
    except (ValueError, TypeError, LookupError) as error:
        raise StoreDamaged(f"The list of words is damaged: {error}") from error
