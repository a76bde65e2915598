"""Benchmarks, one command each: `python -m tests.benchmark.NAME --help`."""
