"""Misspelt words: how many are found, and is any other word taken for one?

    python -m tests.benchmark.spelling FILE.json[.gz] ...

The FILES are in SQuAD's format. Words of an article's questions get one typing error, in four ways,
and are looked for in this article alone. Then the same article is asked the questions about the
others: nearly all of their unknown words are spelt correctly, so each correction is printed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from index.question import Question
from index.search import not_found
from index.spelling import folded, spelt
from index.store.protocol import View
from index.types import Encoder
from index.typing_slips import NEIGHBOURS
from index.words import words_found
from qa import open_corpus
from qa.settings import Settings
from tests.benchmark.squad import SquadQuestion, write_articles

MIN_CHARS = 5
WORDS, QUESTIONS = 12, 3
"""Words per article; questions per article and other article."""
ERRORS = ("swapped", "missing", "doubled", "neighbouring key")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--articles", type=int, default=16, help="how many to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        questions = write_articles(options.files, articles)
        settings = Settings(store=Path(folder, "stores"))
        with open_corpus(articles, settings=settings, notify=print) as corpus:
            corpus.sync()
            corpus._store.read(
                lambda view: report(view, corpus.encoder, questions, options.articles)
            )
    return 0


def report(view: View, encoder: Encoder, questions: list[SquadQuestion], articles: int) -> None:
    rng = random.Random(5)
    by_article: dict[str, list[SquadQuestion]] = {}
    for asked in questions:
        by_article.setdefault(asked.article, []).append(asked)
    found: dict[str, Counter[str]] = {error: Counter() for error in ERRORS}
    seconds = []
    absent, wrong = 0, []
    for name in sorted(by_article)[:articles]:
        for error, question, word, typed in _misspelt(view, rng, by_article[name], name):
            started = time.process_time()
            used = spelt(view, encoder, Question(question.replace(word, typed)), [name])[1]
            seconds.append(time.process_time() - started)
            found[error][_verdict(word, used.get(typed, ""))] += 1
        for other in sorted(set(by_article) - {name}):
            for asked in rng.sample(by_article[other], QUESTIONS):
                elsewhere = Question(asked.question)
                absent += len(not_found(view, elsewhere, [name]))
                used = spelt(view, encoder, elsewhere, [name])[1]
                wrong += [f"{typed} -> {meant}: {asked.question}" for typed, meant in used.items()]
    for error, counts in found.items():
        print(f"{error}: {dict(counts)}")
    seconds.sort()
    print(f"CPU time: p50 {1000 * seconds[len(seconds) // 2]:.1f} ms, ", end="")
    print(f"p95 {1000 * seconds[len(seconds) * 95 // 100]:.1f} ms")
    print(f"{absent} unknown words of other articles' questions; corrected: {len(wrong)}")
    print(*wrong, sep="\n")


def _misspelt(
    view: View, rng: random.Random, questions: list[SquadQuestion], article: str
) -> Iterator[tuple[str, str, str, str]]:
    """Yield an error, a question, one of its words that the article has, and how it is typed."""
    pairs = [
        (asked.question, term.shown)
        for asked in rng.sample(questions, min(len(questions), 2 * WORDS))
        for term in Question(asked.question).terms
        if term.shown.isalpha() and len(term.shown) >= MIN_CHARS
    ]
    for question, word in rng.sample(pairs, min(len(pairs), WORDS)):
        if not_found(view, Question(question), [article]):
            continue
        for error in ERRORS:
            typed = _with(error, word, rng)
            if typed in not_found(view, Question(question.replace(word, typed)), [article]):
                yield error, question, word, typed


def _with(error: str, word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    if error == "swapped":
        return before + after[0] + letter + after[1:]
    if error == "missing":
        return before + after
    if error == "doubled":
        return before + 2 * letter + after
    near = sorted(other for pair in NEIGHBOURS if letter.lower() in pair for other in pair)
    return before + rng.choice([key for key in near if key != letter.lower()] or ["x"]) + after


def _verdict(word: str, meant: str) -> str:
    if not meant:
        return "not found"
    same = folded(word) == folded(meant) or bool(words_found([word], [meant])[0])
    return "right" if same else "wrong"


if __name__ == "__main__":
    sys.exit(main())
