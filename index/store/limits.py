"""From which sizes on a store works differently."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of passages."""

    large: int = 100_000
    """From here on, codes nominate the passages whose vectors are compared."""
    in_memory: int = 2_048
    """Passages that files of vectors may lack, or have too much. They are read from the database
    whenever the store is opened, which takes 20 ms.
    """
    in_memory_while_indexing: int = 16_384
    segment: int = 131_072
    """Most passages in a segment: writing it again takes a second or two."""
    removed_share: float = 0.25
    """A segment is written again when this share of its passages was removed."""
    lists_share: float = 0.125
    """Word lists are made again when this share of the passages was added since."""
    checked_share: float = 0.125
    """A writer reads all of a large store, to check it, whenever this share of it was added."""


DEFAULT_LIMITS = Limits()
