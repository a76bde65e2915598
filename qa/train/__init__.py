"""Trains the model of the reader: `python -m qa.train --help`.

    files -> questions -> examples -> batches -> fit -> exported model

A second command trains it further on passages that search finds, so that scores compare across
passages: `python -m qa.train.retrieved --help`.

    files -> sets, mine -> groups, tables -> rounds -> group_batches -> fit_groups -> model

`examples` turns questions into windows of text with and without an answer, with the help of
`wording` and `terms`. The figures of the bundled model are in `qa/reader/model/card.md`.
"""
