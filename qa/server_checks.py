"""Checks a server that has stores, for `qa doctor --store URL`. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from index.engines.address import EngineAddress
from index.engines.engine import Engine, StoredCorpus
from index.engines.open import engine_at
from index.errors import QAError
from qa.checks import Check
from qa.show.text import counted, visible_name

if TYPE_CHECKING:
    from index.store.protocol import View
    from index.types import Vector

    OnProgress = Callable[[str, int, int], None]

QUESTIONS = 5
"""Stored vectors, evenly spread, that are asked like questions."""
NEAREST = 10
"""Passages that are compared for each."""
MAX_MISSED = 0.05
"""Share of the nearest passages that an index may miss. With more, answers get worse."""
READ_AT_ONCE = 4096
"""Vectors that are held in memory."""
SAME_COSINE = 1e-4
"""Two cosines that differ by less count as equal."""


def examine_server(
    address: EngineAddress, on_progress: OnProgress = lambda *_: None
) -> Iterator[Check]:
    """Check whether a server answers, read all of its stores, and yield each result."""
    try:
        engine = engine_at(address)
        version, stores = engine.version(), engine.stores()
    except QAError as error:
        yield Check("server", "problem", error.message, error.hint)
        return
    yield Check("server", "ok", f"{address}: {version}")
    if not stores:
        yield Check("store", "note", f"{address} has no stores yet")
    for number, store in enumerate(stores, start=1):
        what = f"articles in store {number} of {len(stores)}"
        name = ", ".join(map(visible_name, store.paths))
        try:
            for check in _examined(engine, store, lambda *at, what=what: on_progress(what, *at)):
                yield Check("store", check.state, f"{name}: {check.message}", check.fix)
        except QAError as error:
            yield Check("store", "problem", f"{name}: {error.message}", error.hint)


def _examined(
    engine: Engine, store: StoredCorpus, on_count: Callable[[int, int], None]
) -> Iterator[Check]:
    """Yield what there is to say about one store. Raises: StoreError."""
    if store.problem:
        yield Check("", "note", store.problem, "The next question rebuilds it.")
        return
    with engine.snapshot(store.name) as view:
        titles = view.titles()
        for number, id in enumerate(titles, start=1):
            view.article(id)  # is compared with its checksum
            on_count(number, len(titles))
        ids = view.passages_of(list(titles))
        size = view.size()
        held = f"{counted(len(titles), 'article')}, {counted(len(ids), 'passage')}"
        if (len(titles), len(ids)) != (size.articles, size.passages):
            noted = f"{counted(size.articles, 'article')}, {counted(size.passages, 'passage')}"
            rebuild = "`qa status --clear` deletes the store; the next question rebuilds it."
            yield Check("", "problem", f"it has {held}, but {noted} are noted", rebuild)
            return
        yield Check("", "ok", f"{held}: all match their checksums")
        if ids:
            yield _asked_both_ways(view, ids)


def _asked_both_ways(view: View, ids: Sequence[int]) -> Check:
    """Compare what the server's index finds with what is nearest among all vectors."""
    chosen = [ids[number * len(ids) // QUESTIONS] for number in range(min(QUESTIONS, len(ids)))]
    queries = view.vectors(chosen)
    lowest = _kth_cosines(view, ids, queries)
    missed = 0
    for query, low in zip(queries, lowest, strict=True):
        found = [cosine for _, cosine in view.nearest(query, NEAREST)]
        missed += min(NEAREST, len(ids)) - sum(one >= low - SAME_COSINE for one in found)
    total = len(chosen) * min(NEAREST, len(ids))
    asked = f"{counted(len(chosen), 'question')} asked by index and by comparing all vectors"
    if not missed:
        return Check("", "ok", f"{asked}: the same {counted(total, 'passage')}")
    return Check(
        "", "problem" if missed > MAX_MISSED * total else "note",
        f"{asked}: the index misses {missed} of {counted(total, 'passage')}",
        "Answers can differ from those of a local store. To build it again, delete the store with "
        "`qa status --clear` and index its articles.",
    )  # fmt: skip


def _kth_cosines(view: View, ids: Sequence[int], queries: Vector) -> Vector:
    """Return the cosine of the last of the nearest passages of each query, among all."""
    import numpy as np

    best = np.empty((len(queries), 0), dtype=np.float32)
    for first in range(0, len(ids), READ_AT_ONCE):
        cosines = queries @ view.vectors(ids[first : first + READ_AT_ONCE]).T
        best = -np.sort(-np.concatenate([best, cosines], axis=1), axis=1)[:, :NEAREST]
    return best[:, -1]
