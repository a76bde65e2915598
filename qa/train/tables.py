"""Makes questions about invented tables, as the program shows the rows of a table to the reader.

A row is written with the names of its columns: "Station: Netherby; Opened: 1865; Keeper: Hugh
Starr". The reader learns to pick the right row and column, and to abstain if the row or column that
the question names is missing. Nothing here is true, so nothing can be learned by heart.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from index.types import Span
from qa.train.examples import Example
from qa.train.groups import Group, context_line, with_context
from qa.train.table_words import COLUMNS, HEADINGS, KEYS, Column, name_of

ANSWERED = 0.62
"""Share of the questions that a cell answers."""
REVERSED = 0.2
"""Share of those that give a value and ask for the row."""
SPLIT = 0.5
"""Share of the tables whose rows are in two texts, as if they were two passages."""
WITH_CONTEXT = 0.7
"""Share of the tables with a context line."""
ROW_LINES = 0.85
"""Share of the tables with a line for each row; the others have a line for each cell."""


@dataclass(frozen=True, slots=True)
class Table:
    """An invented table. All rows have the same columns; the first one names the row."""

    key: str
    """Name of the first column."""
    columns: tuple[Column, ...]
    """The other columns."""
    rows: tuple[tuple[str, ...], ...]
    """The cells, the row's name first."""


def table_groups(count: int, rng: random.Random) -> list[Group]:
    """Return groups of one or two texts, each with a question about one cell of a table."""
    return [_group(rng) for _ in range(count)]


def random_table(rng: random.Random) -> Table:
    """Return a table of 3 to 9 rows, with different names in all rows."""
    kind = rng.choice(list(KEYS))
    columns: dict[str, Column] = {}
    for column in rng.sample(COLUMNS, rng.randint(2, 6)):
        columns.setdefault(column.only_one or column.name, column)
    names: list[str] = []
    wanted = rng.randint(3, 9)
    while len(names) < wanted:
        name = name_of(kind, rng)
        if not any(_alike(name, other) for other in names):
            names.append(name)
    makers = [column.maker(rng) for column in columns.values()]
    rows = tuple((name, *(make(rng) for make in makers)) for name in names)
    return Table(rng.choice(KEYS[kind].split(",")), tuple(columns.values()), rows)


def _alike(one: str, other: str) -> bool:
    """Return whether a question that names one of two rows might mean the other."""
    words, others = (
        {word for word in name.split() if word != "The" and not word.endswith(".")}
        for name in (one, other)
    )
    return words <= others or others <= words


def _group(rng: random.Random) -> Group:
    table = random_table(rng)
    row, column = rng.randrange(len(table.rows)), rng.randrange(len(table.columns))
    question, cell = _question(table, row, column, rng), (row, column + 1)
    if rng.random() >= ANSWERED:
        table, cell = _without(table, row, column, rng), (-1, -1)
    elif rng.random() < REVERSED and _is_unique(table, row, column):
        question, cell = _reversed(table, row, column, rng), (row, 0)
    between = "; " if rng.random() < ROW_LINES else "\n"
    cut = rng.randint(1, len(table.rows) - 1) if rng.random() < SPLIT else len(table.rows)
    parts = [range(cut), range(cut, len(table.rows))]
    examples = [_example(table, part, question, cell, between) for part in parts if part]
    if rng.random() < WITH_CONTEXT:
        context = context_line(rng.choice(HEADINGS).format(key=table.key), rng)
        examples = [with_context(example, context) for example in examples]
    return Group(tuple(sorted(examples, key=lambda example: example.answer is None)))


def _question(table: Table, row: int, column: int, rng: random.Random) -> str:
    asked = table.columns[column]
    return rng.choice(asked.questions).format(row=table.rows[row][0], name=asked.name.lower())


def _reversed(table: Table, row: int, column: int, rng: random.Random) -> str:
    given = table.columns[column]
    return rng.choice(given.reversed).format(
        key=table.key.lower(), value=table.rows[row][column + 1], name=given.name.lower()
    )


def _is_unique(table: Table, row: int, column: int) -> bool:
    cells = [cells[column + 1] for cells in table.rows]
    return cells.count(cells[row]) == 1


def _without(table: Table, row: int, column: int, rng: random.Random) -> Table:
    """Return the table without a row or without a column, either as often."""
    if len(table.columns) > 1 and rng.random() < 0.5:
        columns = table.columns[:column] + table.columns[column + 1 :]
        rows = tuple(cells[: column + 1] + cells[column + 2 :] for cells in table.rows)
        return replace(table, columns=columns, rows=rows)
    return replace(table, rows=table.rows[:row] + table.rows[row + 1 :])


def _example(
    table: Table, rows: range, question: str, cell: tuple[int, int], between: str
) -> Example:
    """Return the question with some rows of the table. cell: row and column of the answer.

    between: what separates the cells of a row.
    """
    names = [table.key, *(column.name for column in table.columns)]
    text = ""
    answer = None
    for row in rows:
        text += "\n" * bool(text) + "\n" * (between == "\n" and bool(text))
        for column, value in enumerate(table.rows[row]):
            text += (between if column else "") + f"{names[column]}: "
            if (row, column) == cell:
                answer = Span(len(text), len(text) + len(value))
            text += value
    return Example(question, text, answer, "cell" if answer else "other rows")
