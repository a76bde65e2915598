"""Paths in the repository."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SEED = ROOT / "seeds" / "belarus-amnesty.txt"
"""The sample article."""
NO_NETWORK = TESTS / "support" / "no_network"
"""On `PYTHONPATH`, it ends any process that opens a connection, with exit code 99."""
