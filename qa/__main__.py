"""`python -m qa` is `qa`."""

import sys


def main() -> None:
    """Run `qa` and exit with its code; an interrupt is told in words from the first import on."""
    try:
        from qa.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("qa: Interrupted.\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
