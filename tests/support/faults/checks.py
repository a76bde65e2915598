"""What must hold after a fault.

A process that nothing happens to must answer what a run without any fault answers, to the letter
and from the same places; must find every article stored that was stored before, without encoding
it again; and must leave nothing to do. The one that it happened to must say so in words, or have
answered rightly.
"""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from index.store.files import STORE_FILES
from index.sync import BATCH_PASSAGES
from tests.support.faults.scenarios import Scenario
from tests.support.faults.server import CONTENTS, Ran, Server

TO_DO = ("added", "changed", "removed", "encoded")


@dataclass(frozen=True)
class Problems:
    """What should not be."""

    wrong_citations: tuple[str, ...]
    lost_articles: tuple[str, ...]
    tracebacks: tuple[str, ...]
    others: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        return self.wrong_citations + self.lost_articles + self.tracebacks + self.others


@dataclass(frozen=True)
class Undisturbed:
    """What comes of a scenario that nothing happens to."""

    scenario: Scenario
    operations: tuple[str, ...]
    seconds: float
    encoded: int
    articles: int
    answers: list[str]
    """To each question, as JSON."""
    contents: dict[str, float]
    """The scores of each passage, by its place."""


def undisturbed(scenario: Scenario, server: Server) -> Undisturbed:
    """Run a scenario without any fault."""
    stores = server.work / "undisturbed"
    scenario.begin(stores)
    ran = server.run(scenario.arguments(stores))
    assert ran.code in (0, 1), ran.errors
    assert ran.operations, "nothing was seen of what was done to the store"
    asked, indexed, listed = asked_again(scenario, stores, server).outputs
    answers = _answers(asked)
    assert {json.loads(row)["outcome"] for row in answers} == {"answered", "not_found"}
    articles = json.loads(indexed)["articles"]
    assert articles == len(scenario.texts)
    return Undisturbed(
        scenario, ran.operations, ran.seconds, ran.encoded, articles, answers, json.loads(listed)
    )


def asked_again(scenario: Scenario, stores: Path, server: Server) -> Ran:
    """Ask, index, and list what is stored, in a process that nothing happens to."""
    return server.run(
        scenario.arguments(stores, "ask"),
        scenario.arguments(stores, "index"),
        [CONTENTS, str(stores), str(scenario.articles)],
    )


def problems(
    whole: Undisturbed, ran: Ran, again: Ran, stores: Path, *, struck: bool, killed: bool
) -> Problems:
    """Return what is wrong with a run that met a fault, and with the one after it.

    struck: an operation was; or else the run, at some moment, when it may have been over.
    """
    wrong = _misquoted(whole.scenario, _answers(again.outputs[0]))
    others = [*_told_badly(ran, struck=struck, killed=killed), *_left_badly(whole, again)]
    if whole.scenario.command == "ask":  # as far as it came
        given = _answers(ran.outputs[0])
        wrong += _misquoted(whole.scenario, given)
        due = whole.answers if ran.code in (0, 1) else whole.answers[: len(given)]
        if given != due:
            others.append(f"answered otherwise when it happened: {given}")
    return Problems(
        wrong_citations=tuple(wrong),
        lost_articles=_lost(whole, ran, again),
        tracebacks=tuple(said for said in (ran.errors, again.errors) if "Traceback" in said),
        others=(*others, *_strange_files(whole, stores)),
    )


def _told_badly(ran: Ran, *, struck: bool, killed: bool) -> list[str]:
    """Return what is wrong with how the command ended and what it said."""
    found = []
    ends = {-signal.SIGKILL} if killed else {0, 1, 3}
    if not struck:
        ends |= {0, 1}
    elif not ran.struck:
        found.append("it never came to this operation")
    if ran.code not in ends:
        found.append(f"ended with {ran.code}: {ran.errors}")
    if ran.code == 3:
        lines = ran.errors.splitlines()
        errors = [n for n, line in enumerate(lines, start=1) if line.startswith("qa: ")]
        if len(errors) != 1 or not "".join(lines[errors[0] :]).startswith("    "):
            found.append(f"not told in words with a hint: {ran.errors}")
    return found


def _left_badly(whole: Undisturbed, again: Ran) -> list[str]:
    """Return what is wrong with what was found after the fault."""
    if again.code != 0:
        return [f"asked again, ended with {again.code}: {again.errors}"]
    found = []
    answers = _answers(again.outputs[0])
    if answers != whole.answers:
        found.append(f"asked again, answered otherwise: {answers}")
    report = json.loads(again.outputs[1])
    if any(report[what] for what in TO_DO) or report["articles"] != whole.articles:
        found.append(f"indexed again, there was something to do: {report}")
    return found


def _lost(whole: Undisturbed, ran: Ran, again: Ran) -> tuple[str, ...]:
    """Return the articles that are not stored as they should be, or had to be encoded again."""
    if not again.outputs[2]:
        return (f"what is stored cannot be listed: {again.errors}",)
    stored, due = json.loads(again.outputs[2]), whole.contents
    wrong = stored.keys() ^ due.keys()
    wrong |= {key for key in due if not math.isclose(stored.get(key, 9), due[key], abs_tol=1e-5)}
    lost = {f"not stored as it is: {json.loads(key)[1]}" for key in wrong}
    if again.encoded > min(whole.encoded, whole.encoded + BATCH_PASSAGES - ran.encoded):
        counts = f"{ran.encoded} and {again.encoded}, of {whole.encoded}"
        lost.add(f"passages were encoded that were stored: {counts}")
    return tuple(sorted(lost))


def _strange_files(whole: Undisturbed, stores: Path) -> list[str]:
    """Return files that nobody clears away, and databases taken for damaged that were not."""
    files = [file.name for file in stores.glob("*/*")]
    strange = [name for name in files if not any(fnmatch(name, known) for known in STORE_FILES)]
    if whole.scenario.name != "damaged":
        strange += [name for name in files if ".damaged" in name]
    return [f"files are left: {strange}"] if strange else []


def _answers(output: str) -> list[str]:
    """Return the whole lines of an output, without what differs from run to run."""
    rows = []
    for line in output.splitlines(keepends=True):
        if line.endswith("\n"):
            row = json.loads(line)
            del row["timings_ms"]
            rows.append(json.dumps(row, ensure_ascii=False))
    return rows


def _misquoted(scenario: Scenario, answers: Sequence[str]) -> list[str]:
    """Return the quotes that do not stand in the articles where they are said to."""
    wrong = []
    for row in map(json.loads, answers):
        for quote in (*row["passages"], *row["answers"]):
            place = quote["citation"]
            if isinstance(place, int):  # an answer's passage, by rank
                place = {**row["passages"][place - 1]["citation"], **quote}
            text = scenario.texts.get(place["article"], "")
            if text[place["start"] : place["end"]] != quote["text"]:
                wrong.append(f"misquoted: {place}")
    return wrong
