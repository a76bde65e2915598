"""What the program and its reading process send each other: a line of JSON, then bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO

Values = Mapping[str, str | None]


def send(pipe: IO[bytes], values: Values, *parts: bytes) -> None:
    """Write a message. Raises: OSError if nobody reads it any more."""
    head = {"values": dict(values), "sizes": [len(part) for part in parts]}
    pipe.write(json.dumps(head).encode("ascii") + b"\n")
    for part in parts:
        pipe.write(part)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, str | None], list[bytes]]:
    """Read a message. Raises: EOFError if the other side has ended."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    head = json.loads(line)
    parts = []
    for size in head["sizes"]:
        part = pipe.read(size)
        if len(part) < size:
            raise EOFError
        parts.append(part)
    return head["values"], parts
