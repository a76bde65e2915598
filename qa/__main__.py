"""`python -m qa` is `qa`."""

import gc
import sys

GC_THRESHOLD = 50_000
"""How many objects are made between two searches for garbage; Python's own number is 700 or 2,000.

Almost everything that a start makes is kept: looking for garbage in it takes a tenth of the start.
"""


def main() -> None:
    """Run `qa` and exit with its code. An interrupt gets a message, even during imports."""
    gc.set_threshold(GC_THRESHOLD)
    try:
        from qa.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("qa: Interrupted.\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
