"""Verifies saved answers against edited articles: are all verdicts right, and how fast?

    python -m tests.benchmark.verify

There are 1,000 saved answers, with three passages and an answer each, about 100 articles of 20 KB;
50 of the articles are then edited in ways whose verdicts are known. The whole command is timed
before and after; times are medians of five.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ARTICLES, EDITED, ANSWERS, PASSAGES = 100, 50, 1000, 3
ARTICLE_BYTES = 20_000
ROUNDS = 5
BAR_SECONDS = 1.0
WORDS = (
    "river mountain city queen king war peace trade boat field café 漢字 was built in 1932".split()
)
PREFIX = "A new first line.\n"


@dataclass(frozen=True)
class Edit:
    """A change of an article, and the expected verdict for a passage by its start and end."""

    change: Callable[[Path], object]
    verdict: Callable[[int, int], str]


def main() -> None:
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        articles = write_articles(folder / "articles", draw)
        saved = folder / "answers.jsonl"
        rows = [answer(number, articles, draw) for number in range(ANSWERS)]
        saved.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        report("unedited", saved, ["stands"] * ANSWERS * (PASSAGES + 1))
        files = list(articles)
        edits = {
            file: list(EDITS.values())[n % len(EDITS)] for n, file in enumerate(files[:EDITED])
        }
        for file, edit in edits.items():
            edit.change(file)
        quotes = [quote for row in rows for quote in quotes_of(row)]
        report(
            f"{EDITED} of {ARTICLES} edited",
            saved,
            [edits[path].verdict(*span) if path in edits else "stands" for path, *span in quotes],
        )


def write_articles(folder: Path, draw: random.Random) -> dict[Path, str]:
    """Write articles of numbered sentences, all different; return their texts."""
    folder.mkdir()
    articles = {}
    for number in range(ARTICLES):
        rows: list[str] = []
        while sum(map(len, rows)) < ARTICLE_BYTES:
            words = " ".join(draw.choices(WORDS, k=12))
            rows.append(f"Number {number}.{len(rows)}: {words}.{draw.choice([' ', chr(10)])}")
        file = folder / f"{number:03}.txt"
        articles[file] = "".join(rows)
        file.write_bytes(articles[file].encode())
    return articles


def answer(number: int, articles: dict[Path, str], draw: random.Random) -> Any:
    """Return a response as `qa ask --json` prints it, with passages cut from the articles."""
    passages = []
    for rank in range(1, PASSAGES + 1):
        file = draw.choice(list(articles))
        text = articles[file]
        start = text.index("Number", draw.randrange(len(text) - 1000))
        end = min(start + 450, len(text))
        cited = {
            "article": file.name, "title": "T", "path": str(file), "start": start, "end": end,
            "line_start": text.count("\n", 0, start) + 1,
            "line_end": text.count("\n", 0, end - 1) + 1,
            "sha256": sha256(text.encode()).hexdigest(),
        }  # fmt: skip
        passages.append({"rank": rank, "score": 0.5, "text": text[start:end], "citation": cited})
    first: Any = passages[0]
    start = first["citation"]["start"] + 10
    text, end = first["text"][10:40], start + 30
    given = {"text": text, "score": 0.5, "start": start, "end": end, "citation": 1}
    return {
        "schema": 1, "question": f"What of {number}?", "outcome": "answered", "answers": [given],
        "passages": passages, "unknown_words": [], "context": "", "timings_ms": {"total": 1.0},
    }  # fmt: skip


def quotes_of(row: Any) -> list[tuple[Path, int, int]]:
    """Return file, start and end of the text that decides on each quote of a row.

    For a passage, that is the passage; for the answer, it is the first sentence of its passage.
    """
    cited = [passage["citation"] for passage in row["passages"]]
    places = [(Path(each["path"]), each["start"], each["end"]) for each in cited]
    text = row["passages"][0]["text"]
    file, start, _ = places[0]
    return [(file, start, start + text.index(".", text.index(":")) + 1), *places]


def rewritten(change: Callable[[str], str]) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(change(file.read_bytes().decode()).encode())


HALF = ARTICLE_BYTES // 2


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


EDITS = {
    "appended to": Edit(rewritten(lambda text: text + "More."), lambda *_: "stands"),
    "a line prepended": Edit(rewritten(lambda text: PREFIX + text), lambda *_: "moved"),
    "removed": Edit(lambda file: file.unlink(), lambda *_: "no file"),
    "emptied": Edit(rewritten(lambda *_: ""), lambda *_: "gone"),
    "numbers changed": Edit(
        rewritten(lambda text: text.replace("Number", "No.")), lambda *_: "gone"
    ),
    "halves swapped": Edit(
        rewritten(lambda text: text[HALF:] + text[:HALF]),
        lambda start, end: "gone" if start < HALF < end else "moved",
    ),
    "replaced by a folder": Edit(make_folder, lambda *_: "unreadable"),
    "not UTF-8": Edit(
        lambda file: file.write_bytes(file.read_bytes() + b"\xff"), lambda *_: "unreadable"
    ),
    "a byte order mark added": Edit(
        lambda file: file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes()), lambda *_: "stands"
    ),
    "in UTF-16": Edit(
        lambda file: file.write_bytes(file.read_bytes().decode().encode("utf-16")),
        lambda *_: "stands",
    ),
}


def report(what: str, saved: Path, expected: list[str]) -> None:
    """Print how many verdicts are wrong, and the median time of the command."""
    command = [sys.executable, "-m", "qa", "verify", str(saved)]
    took = []
    before = os.times()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        took.append(time.perf_counter() - started)
    after = os.times()
    computed = sum(after[2:4]) - sum(before[2:4])
    printed = subprocess.run([*command, "--json"], stdout=subprocess.PIPE, check=False).stdout
    verdicts = [quote["verdict"] for quote in json.loads(printed)["quotes"]]
    wrong = Counter(
        f"{found}, expected {right}"
        for right, found in zip(expected, verdicts, strict=True)
        if right != found
    )
    median = statistics.median(took)
    met = "met" if not wrong and median <= BAR_SECONDS else "MISSED"
    print(
        f"{what:<20} {len(verdicts):,} quotes: {wrong.total():,} wrong; {median:.2f} s, of which "
        f"{computed / ROUNDS:.2f} s CPU; bar {met}"
    )
    for mistake, count in wrong.items():
        print(f"    {count:,} {mistake}")


if __name__ == "__main__":
    main()
