"""Names the store of a corpus: another one for other articles, another model or other settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from index.engines.address import EngineAddress
from index.models.find import slug
from index.split import SETTINGS as SPLITTING
from index.types import Encoder
from index.wording import SETTINGS as WORDING
from qa.settings import Settings


def store_name(root: str, paths: Sequence[str], encoder: Encoder, settings: Settings) -> str:
    """Return the name of a store: of its folder, or on its server.

    On a server, the name also depends on the identity: programs of several versions can use the
    same server, and would otherwise empty each other's store in turn. What an older one has left
    there, `qa status` lists, and `qa status --clear` deletes.

    paths: absolute and sorted.
    """
    about = {"paths": paths, "encoding": settings.encoding or ""}
    flags = [name for name in ("linked", "whole_page") if getattr(settings, name)]
    made_of = [root, about, encoder.fingerprint, *flags]
    if isinstance(settings.stores, EngineAddress):
        made_of.append(store_identity(encoder))
    key = sha256(json.dumps(made_of).encode("utf-8", "replace"))
    return f"{slug(Path(root).name)}-{key.hexdigest()[:16]}"


def store_identity(encoder: Encoder) -> str:
    """Return what a store is emptied for if it changes: the model, and how articles are split."""
    return f"{encoder.fingerprint}:{SPLITTING}:{WORDING}"
