"""Passages to the words that answer, or none.

`reading` says what a reader is; `spans` runs a model that marks where an answer starts and ends;
`sentences` does without a model and gives whole sentences; `opening` picks one by name.
"""
