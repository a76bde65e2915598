"""All errors of this program. Library errors are mapped to these where the library is called.

    QAError                 what happened (`message`) and what to do about it (`hint`)
    ├── QuestionError       invalid question or questions file      exit code 2
    ├── ConfigurationError  invalid configuration file              exit code 2
    ├── ArticleError        nothing to read at a path               exit code 3
    ├── ModelError          a model is missing or cannot be run     exit code 3
    │   └── ModelDamaged    an export is damaged; it can be exported again
    └── StoreError          the store cannot be read or written     exit code 3
        └── StoreDamaged    its content is damaged; it can be rebuilt from the articles

Not finding an answer is a value (`Response.outcome`), not an error.
"""

from __future__ import annotations


class QAError(Exception):
    """Base class of all errors of this program."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class QuestionError(QAError):
    """A question, or a line of a questions file, is invalid."""

    exit_code = 2


class ConfigurationError(QAError):
    """The configuration file cannot be read, written or understood."""

    exit_code = 2


class ArticleError(QAError):
    """A path does not exist or contains nothing readable."""


class ModelError(QAError):
    """A model is missing, invalid, or cannot be run."""


class ModelDamaged(ModelError):
    """An exported model is damaged. It can be exported again."""


class StoreError(QAError):
    """The store cannot be opened, read or written."""


class StoreDamaged(StoreError):
    """The store's content is damaged. Everything in it can be rebuilt from the articles."""

    database: tuple[int, int] | None = None
    """Device and inode of the damaged file. They tell it from a new file at the same path.

    On a server, the state that was read, or 0, and the number of the store.
    """

    def __init__(
        self,
        message: str,
        hint: str = "Ask again. The damaged store is set aside and rebuilt from the articles.",
    ) -> None:
        super().__init__(message, hint)
