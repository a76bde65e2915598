"""Articles for stores on Milvus, and what is read of them."""

from __future__ import annotations

from index.store.protocol import Store, View
from tests.support.stored import entry, paragraph

ENTRIES = [
    entry("a.txt", "\n\n".join(["The queen of the river city.", *map(paragraph, range(6))])),
    entry("b.txt", "A king at war."),
]
TEXTS = {one.article.id: one.article.text for one in ENTRIES}


def texts_in(view: View) -> dict[str, str]:
    return {id: view.article(id).text for id in view.titles()}


def seen_by(*stores: Store) -> dict[str, str]:
    """Return the texts of all articles, after all was read; the same by each, or fail."""
    found = []
    for store in stores:
        with store.snapshot() as view:
            found.append(texts_in(view))
            assert len(view.passages(view.passages_of(list(view.titles())))) == view.passage_count()
    assert all(one == found[0] for one in found)
    return found[0]
