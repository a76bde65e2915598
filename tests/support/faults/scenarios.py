"""What runs when a fault is injected: articles, an existing store, and a command.

first       index a folder for the first time
changes     index it after articles were edited, added, renamed and removed
ask         ask about it after the same changes
rebuild     ask after the FAISS file was lost, with unchanged articles
large       index one article of many batches
damaged     ask after the database was overwritten, but not its log
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from index.comparing import RACY_NS
from index.store.files import DATABASE, VECTORS
from tests.support.faults.server import KILL, Ran, Server, Strike

ARTICLES = 12
PARAGRAPHS = 9
LARGE_PARAGRAPHS = 220
QUESTIONS = [
    "When was the bridge of Arvel3 built?",
    "How long is the bridge of Arvel5.2?",
    "Who built the bridge of Arvel12.4?",
    "Where does the ferry1 of the narrow river go? 😀",
    "What is said of Kösel0.7?",
    "Who was photographed?",
]


@dataclass(frozen=True)
class Scenario:
    """A command, and the articles and store it runs with."""

    name: str
    articles: Path
    texts: Mapping[str, str]
    """Texts of the articles, by id."""
    base: Path | None
    """The folder of stores to start with; None for an empty one."""
    command: str
    """ "index" or "ask"."""
    questions: Path

    def arguments(self, stores: Path, command: str = "") -> list[str]:
        """Return the command line. command: replaces the scenario's own."""
        if (command or self.command) == "ask":
            return ["ask", "--questions", f"{self.questions}", *self.places(stores)]
        return ["index", "--json", *self.places(stores)]

    def places(self, stores: Path) -> list[str]:
        return [f"{self.articles}", "--store", f"{stores}"]

    def begin(self, stores: Path) -> None:
        """Create the stores that the command starts with."""
        shutil.rmtree(stores, ignore_errors=True)
        if self.base is None:
            stores.mkdir()
        else:
            shutil.copytree(self.base, stores)


def prepare(folder: Path, server: Server) -> list[Scenario]:
    """Write the articles of all scenarios below `folder`, and the stores they start with."""
    folder.mkdir()
    questions = folder / "questions.jsonl"
    questions.write_text("".join(json.dumps({"question": q}) + "\n" for q in QUESTIONS), "utf-8")
    articles, large = folder / "articles", folder / "large"
    for place in (articles, large):
        place.mkdir()
    texts = dict(_write(articles, number, PARAGRAPHS) for number in range(ARTICLES))
    large_text = dict([_write(large, 0, LARGE_PARAGRAPHS)])
    _settle()
    before, after = folder / "before", folder / "after"
    first = Scenario("first", articles, texts, None, "index", questions)
    _made(server, first, before)
    _change(articles, texts)
    _settle()
    _made(server, first, after)
    (next(after.iterdir()) / VECTORS).unlink()
    changes = replace(first, name="changes", base=before)
    damaged = _damaged(server, changes, folder / "damaged")
    return [
        first,
        changes,
        replace(changes, name="ask", command="ask"),
        Scenario("rebuild", articles, texts, after, "ask", questions),
        Scenario("large", large, large_text, None, "index", questions),
        Scenario("damaged", articles, texts, damaged, "ask", questions),
    ]


def _settle() -> None:
    """Wait until no article is so new that it would be read again."""
    time.sleep(RACY_NS / 1e9 + 0.1)


def _made(server: Server, scenario: Scenario, stores: Path, strike: Strike | None = None) -> Ran:
    """Run a command on stores in the watched folder, and move them to `stores`."""
    working = server.work / stores.name
    scenario.begin(working)
    ran = server.run(scenario.arguments(working), strike=strike)
    assert strike or ran.code == 0, ran.errors
    shutil.move(working, stores)
    return ran


def _damaged(server: Server, changes: Scenario, stores: Path) -> Path:
    """Return a store whose database is overwritten, next to the log of a killed run."""
    whole = _made(server, changes, stores.with_name("whole"))
    _made(server, changes, stores, Strike(len(whole.operations) // 2, KILL))
    database = next(stores.iterdir()) / DATABASE
    assert database.with_name(f"{DATABASE}-wal").stat().st_size
    database.write_bytes(b"this is no database" * (database.stat().st_size // 19))
    return stores


def _change(articles: Path, texts: dict[str, str]) -> None:
    """Edit, rename, remove and add articles, and change `texts` likewise."""
    texts.update(
        [
            _write(articles, 3, PARAGRAPHS, ("river", "stream")),
            _write(articles, 8, PARAGRAPHS + 2),
            _write(articles, 12, 8),
        ]
    )
    (articles / "05.txt").rename(articles / "00 renamed.txt")
    texts["00 renamed.txt"] = texts.pop("05.txt")
    (articles / "07.txt").unlink()
    (articles / "09.txt").write_bytes(b"\0 no text any more")
    del texts["07.txt"], texts["09.txt"]


def _write(
    folder: Path, number: int, paragraphs: int, edit: tuple[str, str] = ("", "")
) -> tuple[str, str]:
    """Write an article, and return its name and text. edit: a replacement in one paragraph.

    Depending on its number, it has other line ends or a byte order mark, or is in UTF-16.
    """
    line_end = "\r\n" if number % 3 == 1 else "\n"
    written = [" ".join(_sentences(number, n)) for n in range(paragraphs)]
    if edit[0]:
        written[4] = written[4].replace(*edit)
    text = (line_end * 2).join(written) + line_end
    encoding = {2: "utf-8-sig", 4: "utf-16"}.get(number, "utf-8")
    name = f"{number:02}.txt"
    (folder / name).write_bytes(text.encode(encoding))
    return name, text


def _sentences(article: int, number: int) -> Iterator[str]:
    """Yield the sentences of a passage unlike any other."""
    chance = random.Random(1000 * article + number)
    town = f"Arvel{article}.{number}" if number else f"Arvel{article}"
    yield f"The bridge of {town} was built in {1400 + chance.randrange(600)} by Kösel{number}."
    yield f"It is {chance.randrange(20, 900)} metres long and {chance.randrange(3, 30)} wide."
    for _ in range(4):
        words = [f"ferry{chance.randrange(9)}", "of the narrow river"]
        words += [f"place{chance.randrange(400)}" for _ in range(5)]
        yield f"The {' '.join(words)} 😀 goes to {chance.choice(['Ü', 'Łódź', 'Æsk'])}{number}."
