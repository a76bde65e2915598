"""`python -m qa` is `qa`."""

import sys


def main() -> None:
    """Run `qa` and exit with its code. An interrupt gets a message, even during imports."""
    try:
        from qa.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("qa: Interrupted.\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
