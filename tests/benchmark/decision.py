"""Fits the calibration of the reader without a model, and reports its error rates.

    python -m tests.benchmark.decision FILE.json[.gz] ...

Questions are asked about their own article, all articles, and another article; unanswerable ones,
if the files have any, about their own. Fits on every second article and reports on the others.
Needs scikit-learn, which comes with sentence-transformers.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.question import Question
from index.types import Passage
from qa import Corpus, open_corpus
from qa.eval.measures import calibration_error
from qa.eval.results import has_gold
from qa.reader.sentences import (
    COSINE_COEFFICIENT,
    COVERAGE_COEFFICIENT,
    INTERCEPT,
    MIN_CONFIDENCE,
    SentenceReader,
    choose_sentence,
)
from qa.settings import Settings
from tests.benchmark.squad import SquadQuestion, write_articles

QUESTIONS_PER_KIND = 2000
FALSE_ABSTENTIONS = 0.05
"""Share of the questions about their own article; the threshold is fitted to have it."""


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    article: str
    cosine: float
    coverage: float
    right: bool
    """Whether the chosen sentence contains a gold answer."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        questions = write_articles(options.files, articles)
        cases = list(_cases(articles, questions, Path(folder, "stores")))
    report(cases)
    return 0


def _cases(articles: Path, questions: Sequence[SquadQuestion], stores: Path) -> Iterator[Case]:
    draw = random.Random(0)
    answerable = [question for question in questions if question.answerable]
    unanswerable = [question for question in questions if not question.answerable]
    names = sorted(file.name for file in articles.iterdir())
    asked: dict[str, list[tuple[str, SquadQuestion]]] = defaultdict(list)
    for question in draw.sample(answerable, min(QUESTIONS_PER_KIND, len(answerable))):
        asked[question.article].append(("own article", question))
    for question in draw.sample(unanswerable, min(QUESTIONS_PER_KIND // 2, len(unanswerable))):
        asked[question.article].append(("unanswerable", question))
    for question in draw.sample(answerable, min(QUESTIONS_PER_KIND, len(answerable))):
        other = draw.choice([name for name in names if name != question.article])
        asked[other].append(("another article", question))
    for name in names:
        with open_corpus(
            articles / name, settings=Settings(reader="none", store=stores), notify=print
        ) as corpus:
            corpus.sync()
            for kind, question in asked[name]:
                yield _case(corpus, kind, name, question)
    with open_corpus(
        articles, settings=Settings(reader="none", store=stores), notify=print
    ) as corpus:
        corpus.sync()
        for question in draw.sample(answerable, min(QUESTIONS_PER_KIND // 2, len(answerable))):
            yield _case(corpus, "all articles", question.article, question)


def _case(corpus: Corpus, kind: str, article: str, question: SquadQuestion) -> Case:
    choice = choose_sentence(Question(question.question), corpus.search(question.question))
    if choice is None:
        return Case(kind, article, 0.0, 0.0, right=False)
    sentence = Passage(choice.hit.passage.article, choice.span)
    right = has_gold(sentence, question)
    return Case(kind, article, choice.cosine, choice.coverage, right)


def report(cases: Sequence[Case]) -> None:
    from sklearn.linear_model import LogisticRegression

    fitted = set(sorted({case.article for case in cases})[::2])
    features = np.array([[case.cosine, case.coverage] for case in cases])
    right = np.array([case.right for case in cases])
    kinds = np.array([case.kind for case in cases])
    fit = np.array([case.article in fitted for case in cases])
    model = LogisticRegression(C=100).fit(features[fit], right[fit])
    (cosine, coverage), (intercept,) = model.coef_[0], model.intercept_
    probabilities = model.predict_proba(features)[:, 1]
    threshold = np.quantile(probabilities[fit & (kinds == "own article")], FALSE_ABSTENTIONS)
    print(
        f"fitted   {cosine:.2f} cosine + {coverage:.2f} coverage + {intercept:.2f}, {threshold:.3f}"
    )
    print(
        f"in use   {COSINE_COEFFICIENT} cosine + {COVERAGE_COEFFICIENT} coverage + {INTERCEPT},"
        f" {MIN_CONFIDENCE}"
    )
    reader = SentenceReader()
    used = np.array([reader.probability(case.cosine, case.coverage) for case in cases])
    print(f"in use, on {(~fit).sum()} questions about articles that were not fitted on:")
    for kind in ("own article", "all articles", "another article", "unanswerable"):
        chosen = ~fit & (kinds == kind)
        if chosen.any():
            abstained = used[chosen] < MIN_CONFIDENCE
            share = 100 * abstained.mean()
            line = f"{kind:<16} {chosen.sum():5} questions, abstained {share:5.1f} %"
            if right[chosen].any():
                answered_right = right[chosen][~abstained].mean()
                line += f", right sentence when answered {100 * answered_right:5.1f} %"
            print(line)
    error = calibration_error(used[~fit].tolist(), right[~fit].tolist())
    print(f"calibration error, 10 bins: {error:.3f}")


if __name__ == "__main__":
    sys.exit(main())
