"""Updates a store from files: finds what was added, changed or removed, and encodes only that.

scan -> compare with what the store knows -> read -> split -> encode -> store, batch by batch
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from index.comparing import compare, digest_of, work_for
from index.load import read
from index.report import OnProgress, SyncReport
from index.scan import DEFAULT_MAX_BYTES, Source
from index.store.protocol import KnownVectors, Store
from index.types import Encoder
from index.updating import Run
from index.walk import scan

if TYPE_CHECKING:
    from index.web.articles import WebArticles


def sync(
    store: Store,
    encoder: Encoder,
    paths: Sequence[str],
    *,
    root: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    encoding: str | None = None,
    whole_page: bool = False,
    stdin: Source | None = None,
    web: WebArticles | None = None,
    known: KnownVectors | None = None,
    on_progress: OnProgress = lambda _: None,
) -> SyncReport:
    """Bring `store` up to date with the files at `paths`, and return what was done.

    Can be stopped at any time: finished work is kept, and the next run continues from there.

    root, stdin, web: see `scan`. encoding, whole_page: see `load.read`. known: vectors that need
        not be encoded.

    Raises: ArticleError when a path does not exist, ModelError, StoreError.
    """
    started = time.perf_counter()
    found = scan(paths, root=root, max_bytes=max_bytes, stdin=stdin, web=web)
    work = work_for(found, store, digest_of(found))
    report = SyncReport(root=found.root)
    if work.stale or work.gone:
        run = Run(store, encoder, on_progress, report, known)
        run.begin(work, len(found.sources))
        with store.writer(run.show_waiting):
            if store.files() != work.known:  # another process has done some of it meanwhile
                found = scan(paths, root=root, max_bytes=max_bytes, stdin=stdin, web=web)
                work = compare(found, store.files())
                run.begin(work, len(found.sources))
            run.go(partial(read, encoding=encoding, whole_page=whole_page))
            if run.is_settled and (digest := digest_of(found)):
                store.note_scan(digest)
    report.skipped = sorted(
        [*found.skips, *work.known_skips, *report.skipped], key=lambda skip: skip.id
    )
    report.notes = dict(sorted({**work.known_notes, **report.notes}.items()))
    report.folders, report.found = found.folders, len(found.sources)
    report.seconds = time.perf_counter() - started
    return report
