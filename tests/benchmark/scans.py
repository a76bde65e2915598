"""Recognises pages of PDF files as if they were scanned, and compares them with their own text.

    python -m tests.benchmark.scans FILE.pdf ... [--every 4]

Needs the extra `ocr`. A word is right if it is among those that are printed on the page, as often.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

from index.formats.pdf_lines import Line
from index.formats.pdf_ocr import recognized_lines
from index.formats.pdf_pages import read_page

_WORD = re.compile(r"[^\W_]+")


def main() -> None:
    """Print the share of words that are right, and the time a page takes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=4, help="Take every so many pages.")
    arguments = parser.parse_args()
    right = printed = pages = 0
    seconds = 0.0
    for path in arguments.files:
        with pypdfium2.PdfDocument(path) as file:
            for number in range(0, len(file), arguments.every):
                words = _words(read_page(file[number]).lines)
                began = time.process_time()
                found = _words(recognized_lines(file[number]))
                took = time.process_time() - began
                share = (words & found).total() / max(1, words.total())
                print(
                    f"{path.name}, page {number + 1}: {share:.1%} of {words.total()}, {took:.1f} s"
                )
                right, printed = right + (words & found).total(), printed + words.total()
                pages, seconds = pages + 1, seconds + took
    print(f"{right / max(1, printed):.1%} of {printed:,} words are right")
    print(f"{seconds / max(1, pages):.1f} s of processor time a page")


def _words(lines: Sequence[Line]) -> Counter[str]:
    return Counter(_WORD.findall(" ".join(line.text for line in lines)))


if __name__ == "__main__":
    main()
