"""Everything that can go wrong, as one tree. Foreign errors are mapped to it at the library's call.

    QAError                 what happened (`message`) and what to do about it (`hint`)
    ├── QuestionError       the question cannot be asked            exit code 2
    ├── ArticleError        a path or a file cannot be read         exit code 3
    ├── ModelError          the encoder cannot be had or run        exit code 3
    │   └── ModelDamaged    its export is not what was written; it can be made again
    └── StoreError          the store cannot be read or written     exit code 3
        └── StoreDamaged    its content is not what was written; it can be rebuilt from the files

Not finding an answer is a value (`Response.outcome`), not an error.
"""

from __future__ import annotations


class QAError(Exception):
    """Base of all errors of this program."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class QuestionError(QAError):
    """The question, or a row of a questions file, cannot be asked."""

    exit_code = 2


class ArticleError(QAError):
    """A path does not exist, or nothing readable is in it."""


class ModelError(QAError):
    """A model is not on this machine, is not what it should be, or cannot be run."""


class ModelDamaged(ModelError):
    """An exported model is damaged. It can be exported again."""


class StoreError(QAError):
    """The store cannot be opened, read or written."""


class StoreDamaged(StoreError):
    """The store's content is damaged. Everything in it can be rebuilt from the articles."""
