"""What must be true after a fault.

A later process without a fault must give exactly the answers of a run without any fault, with the
same citations. It must find every article that was stored before, without encoding it again, and
leave nothing to do. The process with the fault must report it, or have answered correctly.
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
from tests.support.encoder import HashedWordsEncoder
from tests.support.faults.scenarios import Scenario
from tests.support.faults.server import CONTENTS, Ran, Server

TO_DO = ("added", "changed", "removed", "encoded")


@dataclass(frozen=True)
class Problems:
    """What went wrong in a run."""

    wrong_citations: tuple[str, ...]
    lost_articles: tuple[str, ...]
    tracebacks: tuple[str, ...]
    others: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        return self.wrong_citations + self.lost_articles + self.tracebacks + self.others


@dataclass(frozen=True)
class Undisturbed:
    """The result of a scenario without a fault."""

    scenario: Scenario
    operations: tuple[str, ...]
    seconds: float
    encoded: int
    articles: int
    answers: list[str]
    """The answer to each question, as JSON."""
    contents: dict[str, float]
    """The scores of each passage, by its place."""


def undisturbed(scenario: Scenario, server: Server) -> Undisturbed:
    """Run a scenario without a fault."""
    stores = server.work / "undisturbed"
    scenario.begin(stores)
    ran = server.run(scenario.arguments(stores))
    assert ran.code in (0, 1), ran.errors
    assert ran.operations, "no operation on the store was recorded"
    asked, indexed, listed = asked_again(scenario, stores, server).outputs
    answers = _answers(asked)
    assert {json.loads(row)["outcome"] for row in answers} >= {"answered", "not_found"}
    articles = json.loads(indexed)["articles"]
    assert articles == len(scenario.texts)
    return Undisturbed(
        scenario, ran.operations, ran.seconds, ran.encoded, articles, answers, json.loads(listed)
    )


def asked_again(scenario: Scenario, stores: Path, server: Server) -> Ran:
    """Ask, index, and list what is stored, in a process without a fault."""
    return server.run(
        scenario.arguments(stores, "ask"),
        scenario.arguments(stores, "index"),
        [CONTENTS, str(stores), str(scenario.articles)],
    )


def problems(
    whole: Undisturbed, ran: Ran, again: Ran, stores: Path, *, struck: bool, killed: bool
) -> Problems:
    """Return what is wrong with a run that had a fault, and with the one after it.

    struck: whether the fault was in an operation; otherwise it was at a moment, at which the run
    may have ended already.
    """
    wrong = _misquoted(whole.scenario, _answers(again.outputs[0]))
    others = [*_wrong_end(ran, struck=struck, killed=killed), *_wrong_afterwards(whole, again)]
    if whole.scenario.command == "ask":  # the answers it printed before it ended
        given = _answers(ran.outputs[0])
        wrong += _misquoted(whole.scenario, given)
        due = whole.answers if ran.code in (0, 1) else whole.answers[: len(given)]
        if given != due:
            others.append(f"gave different answers in the run with the fault: {given}")
    return Problems(
        wrong_citations=tuple(wrong),
        lost_articles=_lost(whole, ran, again),
        tracebacks=tuple(said for said in (ran.errors, again.errors) if "Traceback" in said),
        others=(*others, *_strange_files(whole, stores)),
    )


def _wrong_end(ran: Ran, *, struck: bool, killed: bool) -> list[str]:
    """Return what is wrong with the exit code of the command and its errors."""
    found = []
    ends = {-signal.SIGKILL} if killed else {0, 1, 3}
    if not struck:
        ends |= {0, 1}
    elif not ran.struck:
        found.append("it never reached this operation")
    if ran.code not in ends:
        found.append(f"ended with {ran.code}: {ran.errors}")
    if ran.code == 3:
        lines = ran.errors.splitlines()
        errors = [n for n, line in enumerate(lines, start=1) if line.startswith("qa: ")]
        if len(errors) != 1 or not "".join(lines[errors[0] :]).startswith("    "):
            found.append(f"not one error with a hint: {ran.errors}")
    return found


def _wrong_afterwards(whole: Undisturbed, again: Ran) -> list[str]:
    """Return what is wrong with the run after the fault."""
    if again.code != 0:
        return [f"ended with {again.code} when asked again: {again.errors}"]
    found = []
    answers = _answers(again.outputs[0])
    if answers != whole.answers:
        found.append(f"gave different answers when asked again: {answers}")
    report = json.loads(again.outputs[1])
    if any(report[what] for what in TO_DO) or report["articles"] != whole.articles:
        found.append(f"had something to do when indexing again: {report}")
    return found


def _lost(whole: Undisturbed, ran: Ran, again: Ran) -> tuple[str, ...]:
    """Return the articles that are not stored correctly, or had to be encoded again."""
    if not again.outputs[2]:
        return (f"what is stored cannot be listed: {again.errors}",)
    stored, due = json.loads(again.outputs[2]), whole.contents
    wrong = stored.keys() ^ due.keys()
    wrong |= {key for key in due if not math.isclose(stored.get(key, 9), due[key], abs_tol=1e-5)}
    lost = {f"not stored correctly: {json.loads(key)[1]}" for key in wrong}
    if again.encoded > min(
        whole.encoded, whole.encoded + HashedWordsEncoder.passages_at_once - ran.encoded
    ):
        counts = f"{ran.encoded} and {again.encoded}, of {whole.encoded}"
        lost.add(f"stored passages were encoded again: {counts}")
    return tuple(sorted(lost))


def _strange_files(whole: Undisturbed, stores: Path) -> list[str]:
    """Return files that nothing removes, and databases that were wrongly taken for damaged."""
    files = [file.name for file in stores.glob("*/*")]
    strange = [name for name in files if not any(fnmatch(name, known) for known in STORE_FILES)]
    if whole.scenario.name != "damaged":
        strange += [name for name in files if ".damaged" in name]
    return [f"files are left: {strange}"] if strange else []


def _answers(output: str) -> list[str]:
    """Return the complete lines of an output, without what differs from run to run."""
    rows = []
    for line in output.splitlines(keepends=True):
        if line.endswith("\n"):
            row = json.loads(line)
            del row["timings_ms"]
            rows.append(json.dumps(row, ensure_ascii=False))
    return rows


def _misquoted(scenario: Scenario, answers: Sequence[str]) -> list[str]:
    """Return the quotes that are not in the articles as cited."""
    wrong = []
    for row in map(json.loads, answers):
        closest = [row["closest"]] if row["closest"] else []
        for quote in (*row["passages"], *row["answers"], *closest):
            place = quote["citation"]
            if isinstance(place, int):  # an answer's passage, by rank
                place = {**row["passages"][place - 1]["citation"], **quote}
            text = scenario.texts.get(place["article"], "")
            if text[place["start"] : place["end"]] != quote["text"]:
                wrong.append(f"misquoted: {place}")
    return wrong
