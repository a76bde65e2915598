"""How many examples of a property are tried: fewer where only the fast tests run."""

from __future__ import annotations

import os

from hypothesis import settings

FEW = 25
SAME = "CI" in os.environ
"""Whether the same examples are tried in each run, so that a change is judged by what it changes.

Elsewhere each run tries new ones.
"""


def try_few(few: bool) -> None:
    """Try `FEW` examples of each property, or as many as it asks for.

    None has a deadline: how long an example takes says more of the machine than of the code.
    """
    settings.register_profile("all", deadline=None, derandomize=SAME)
    settings.register_profile("few", deadline=None, derandomize=SAME, max_examples=FEW)
    settings.load_profile("few" if few else "all")


def examples(number: int) -> settings:
    """Try that many examples, or `FEW` where only the fast tests run."""
    few = settings().max_examples == FEW
    return settings(max_examples=min(number, FEW) if few else number)
