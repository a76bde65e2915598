"""Helpers that tests share: fakes, corpora, ways to run the program, hostile text."""
