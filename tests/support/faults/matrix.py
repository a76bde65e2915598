"""All faults in all operations of all scenarios."""

from __future__ import annotations

import errno
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.support.faults.checks import Problems, asked_again, problems, undisturbed
from tests.support.faults.scenarios import prepare
from tests.support.faults.server import (
    FAIL,
    FAIL_FROM_HERE,
    KILL,
    SHORT,
    TORN,
    Server,
    Strike,
    compiled,
)

SERVERS = 2
"""Servers that run at the same time."""
KINDS = {
    "killed": (KILL, 0),
    "killed in a write": (TORN, 0),
    "no space": (FAIL, errno.ENOSPC),
    "no space from then on": (FAIL_FROM_HERE, errno.ENOSPC),
    "no space in a write": (SHORT, errno.ENOSPC),
    "error": (FAIL, errno.EIO),
    "errors from then on": (FAIL_FROM_HERE, errno.EIO),
}
"""What happens to an operation. "killed" is before it, which is also after the previous one."""
MOMENT = "killed at a moment"
MOMENTS_EVERY = 8
"""One in this many faults is at a moment instead of an operation."""
WRITES = ("write", "pwrite", "pwrite64", "writev")
"""Operations that can be partly done."""
NEED_SPACE = (*WRITES, "open", "mkdir")
"""Operations that fail on a full disk."""
_TEMPORARY = re.compile(r"(?<=\.faiss-)\w+$")
"""The part of a name that differs in each run."""


@dataclass(frozen=True)
class Fault:
    """One way for one scenario to go wrong."""

    scenario: str
    kind: str
    at: int
    """Number of the operation, from 1; or the moment, in thousandths of the run's duration."""

    def __str__(self) -> str:
        return f"--only {self.scenario!r} {self.kind!r} {self.at}"

    @property
    def kills(self) -> bool:
        return self.kind == MOMENT or KINDS[self.kind][0] in (KILL, TORN)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a fault."""

    fault: Fault
    operation: str
    """The operation with the fault, such as "pwrite64 articles.sqlite-wal"; empty for a moment."""
    code: int
    """Exit code of the command with the fault; negative for a signal."""
    problems: Problems

    def __str__(self) -> str:
        found = "\n".join(f"    {problem:.2000}" for problem in self.problems.all())
        return f"{self.fault}  ({self.operation or 'a moment'}), ended with {self.code}\n{found}"


class Matrix:
    """The scenarios, and servers to run them on. Use it in a `with` statement."""

    def __init__(self, folder: Path) -> None:
        """folder: where everything is written."""
        folder = folder.resolve()
        with ExitStack() as closing:
            library = compiled(folder)
            self.servers = [
                closing.enter_context(Server(library, folder / f"server-{number}"))
                for number in range(SERVERS)
            ]
            self._free: SimpleQueue[Server] = SimpleQueue()
            for server in self.servers:
                self._free.put(server)
            scenarios = prepare(folder / "prepared", self.servers[0])
            self.undisturbed = {s.name: undisturbed(s, self.servers[0]) for s in scenarios}
            self._closing = closing.pop_all()

    def __enter__(self) -> Matrix:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def faults(self, count: int) -> list[Fault]:
        """Return `count` faults: equally many of each sort, and some at random moments.

        A sort is a kind of fault in one operation on one file in one scenario, so that the many
        writes to the log do not crowd out the single rename. If there are not enough, there are
        more moments instead.
        """
        chance = random.Random(5)
        every = [
            (Fault(name, kind, at), _TEMPORARY.sub("", operation))
            for name, whole in self.undisturbed.items()
            for kind in KINDS
            for at, operation in enumerate(whole.operations, start=1)
            if _can(kind, operation.split()[0])
        ]
        chance.shuffle(every)
        sorts: Counter[tuple[str, str, str]] = Counter()
        numbered = []
        for fault, operation in every:
            sort = fault.scenario, fault.kind, operation
            sorts[sort] += 1
            numbered.append((sorts[sort], fault))
        numbered.sort(key=lambda pair: pair[0])
        chosen = [fault for _, fault in numbered[: count - count // MOMENTS_EVERY]]
        names = list(self.undisturbed)
        moments = [
            Fault(names[number % len(names)], MOMENT, chance.randrange(1000))
            for number in range(count - len(chosen))
        ]
        return chosen + moments

    def inject(self, faults: Iterable[Fault]) -> list[Outcome]:
        """Inject each fault, and return the outcomes."""
        with ThreadPoolExecutor(SERVERS) as pool:
            return list(pool.map(self._inject, faults))

    def _inject(self, fault: Fault) -> Outcome:
        server = self._free.get()
        try:
            return self._inject_on(server, fault)
        finally:
            self._free.put(server)

    def _inject_on(self, server: Server, fault: Fault) -> Outcome:
        whole = self.undisturbed[fault.scenario]
        stores = server.work / "stores"
        whole.scenario.begin(stores)
        if fault.kind == MOMENT:
            strike = Strike(after_seconds=whole.seconds * fault.at / 1000)
        else:
            strike = Strike(fault.at, *KINDS[fault.kind])
        ran = server.run(whole.scenario.arguments(stores), strike=strike)
        again = asked_again(whole.scenario, stores, server)
        operation = ran.operations[fault.at - 1] if ran.struck else ""
        struck = fault.kind != MOMENT
        found = problems(whole, ran, again, stores, struck=struck, killed=fault.kills)
        return Outcome(fault, operation, ran.code, found)


def _can(kind: str, operation: str) -> bool:
    action, error = KINDS[kind]
    if action in (TORN, SHORT):
        return operation in WRITES
    return (action, error) != (FAIL_FROM_HERE, errno.ENOSPC) or operation in NEED_SPACE


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return how many faults there were, by kind and scenario, and the exit codes."""
    scenarios = list(dict.fromkeys(outcome.fault.scenario for outcome in outcomes))
    kinds = list(dict.fromkeys(outcome.fault.kind for outcome in outcomes))
    cells = Counter((outcome.fault.kind, outcome.fault.scenario) for outcome in outcomes)
    lines = [f"{'faults':22}" + "".join(f"{name:>9}" for name in scenarios) + "  exit codes"]
    for kind in kinds:
        codes = Counter(outcome.code for outcome in outcomes if outcome.fault.kind == kind)
        counts = "".join(f"{cells[kind, name]:9}" for name in scenarios)
        ended = ", ".join(f"{code} ({count})" for code, count in sorted(codes.items()))
        lines.append(f"{kind:22}{counts}  {ended}")
    found = [outcome.problems for outcome in outcomes]
    lines.append(
        f"{len(outcomes):,} faults: {sum(len(p.wrong_citations) for p in found)} wrong citations, "
        f"{sum(len(p.lost_articles) for p in found)} lost articles, "
        f"{sum(len(p.tracebacks) for p in found)} tracebacks, "
        f"{sum(len(p.others) for p in found)} other problems"
    )
    return "\n".join(lines)
