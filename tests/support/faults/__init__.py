"""The program, killed or refused by the disk in every operation on its store.

`python -m tests.support.faults --count 5000` runs more of them than the tests do.
"""
