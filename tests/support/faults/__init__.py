"""Kills the program, or fails its disk operations, at every operation on its store.

`python -m tests.support.faults --count 5000` injects more faults than the tests do.
"""
