"""Injects more faults than the tests have time for, or a single one again.

python -m tests.support.faults --count 5000
python -m tests.support.faults --only changes "killed in a write" 87
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.support.faults.matrix import Fault, Matrix, summary


def main() -> int:
    parser = argparse.ArgumentParser(description="Inject faults into indexing and asking.")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--only", nargs=3, metavar=("SCENARIO", "KIND", "AT"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Matrix(Path(folder)) as matrix:
        if options.only:
            scenario, kind, at = options.only
            faults = [Fault(scenario, kind, int(at))]
        else:
            faults = matrix.faults(options.count)
        started = time.perf_counter()
        outcomes = matrix.inject(faults)
        seconds = time.perf_counter() - started
    bad = [outcome for outcome in outcomes if outcome.problems.all()]
    print(*bad, summary(outcomes), f"{seconds:.0f} s", sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
