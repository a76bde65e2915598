"""Measurements, a command each: `python -m tests.benchmark.NAME --help`."""
