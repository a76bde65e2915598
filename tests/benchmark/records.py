"""Records of questions that were read, with all that a decision can be fitted on without a model.

from tests.benchmark.records import load
for record in load(Path("FILE.jsonl")):
    ...  # record.kind, record.candidates[0].features
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.models.encoder import CORES
from index.models.onnx import ONNX
from index.question import Question
from index.types import Hit, Notify, Passage
from qa import Corpus, open_corpus
from qa.eval.measures import best_of, exact_match, f1, occurs_in
from qa.eval.results import RIGHT, has_gold
from qa.reader.decide import Calibration, Candidate, features, merged
from qa.reader.onnx import PairRunner, Runner, WindowLogits
from qa.reader.open import CALIBRATION
from qa.reader.spans import SpanReader
from qa.settings import BUNDLED_READER, Settings
from qa.types import Outcome, Reading, Response
from tests.benchmark.squad import SquadQuestion

K = 10
"""Passages searched for a question; the reader reads the first ones."""


@dataclass(frozen=True, slots=True)
class HitRecord:
    """A passage that was found."""

    article: str
    start: int
    end: int
    score: float
    cosine: float
    bm25: float
    has_gold: bool
    """Whether it contains a gold span."""
    null_scores: list[float]
    """Of each window of the passage; empty if it was not read."""


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """A span that may answer."""

    rank: int
    """Rank of its passage, from 1."""
    start: int
    end: int
    text: str
    score_diff: float
    span_score: float
    rank_score: float
    features: dict[str, float]
    exact_match: float
    """1 or 0. Always 0 if the question has no answer where it was asked, like the next two."""
    f1: float
    contains_gold: bool
    """Whether a gold text occurs in it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A question as it was asked once, what the program said, and what it could have said."""

    kind: str
    article: str
    """Id of the article that the question was written about."""
    asked_of: str
    """Id of the only article that was asked; "" for all."""
    id: str
    question: str
    answerable: bool
    """Whether what was asked has the answer."""
    golds: list[str]
    """Texts that answer the question where it was written, even if something else was asked."""
    outcome: Outcome
    confidence: float
    """As stated, in [0, 1]; of the answer, or of the best candidate."""
    answer: str
    """The first answer or the closest words; or else the best candidate, "" if there is none."""
    exact_match: float
    """Of `answer`; 1 or 0. Always 0 if the question has no answer where it was asked, like `f1`."""
    f1: float
    passage_first: bool
    """Whether the first passage after reading contains a gold span."""
    elapsed_ms: float
    """From the question to its response."""
    hits: list[HitRecord]
    """By rank, before reading."""
    candidates: list[CandidateRecord]
    """As `merged` returns them for all passages that were read, best first."""

    @property
    def quoted(self) -> bool:
        """Whether there is any candidate."""
        return bool(self.answer)

    @property
    def right(self) -> bool:
        """Whether `answer` is right."""
        return self.f1 >= RIGHT


class Asker:
    """Asks a corpus and records what its reader found."""

    def __init__(self, corpus: Corpus) -> None:
        assert isinstance(corpus.reader, SpanReader)
        self._corpus = corpus
        self._reader = corpus.reader
        self._logits = _Remembering(corpus.reader.runner)
        corpus.reader.runner = self._logits

    def ask(self, kind: str, question: SquadQuestion, asked_of: str, answerable: bool) -> Record:
        """Ask one article, or all if `asked_of` is "", as `qa ask` does."""
        only = [asked_of] if asked_of else []
        response = self._corpus.ask(question.question, K, only=only)
        hits = self._corpus.search(question.question, K, only=only)
        return self._record(
            kind, question, asked_of, answerable, hits, response,
            any(has_gold(hit.passage, question) for hit in response.hits[:1]),
            response.timings_ms["total"],
        )  # fmt: skip

    def read(self, kind: str, question: SquadQuestion) -> Record:
        """Give the reader the paragraph that a question was written about."""
        article = self._corpus.article(question.article)
        assert article
        passage = Passage(article, question.paragraph)
        encoder = self._corpus.encoder
        (vector,) = encoder.encode_passages([passage.text])
        cosine = float(encoder.encode_query(question.question) @ vector)
        hits = [Hit(passage, 1, 1.0, cosine, 0.0)]
        started = time.perf_counter()
        reading = self._reader.read(Question(question.question), hits)
        elapsed_ms = 1e3 * (time.perf_counter() - started)
        return self._record(
            kind, question, question.article, question.answerable, hits,
            reading, question.answerable, elapsed_ms,
        )  # fmt: skip

    def _record(
        self,
        kind: str,
        question: SquadQuestion,
        asked_of: str,
        answerable: bool,
        hits: Sequence[Hit],
        said: Response | Reading,
        passage_first: bool,
        elapsed_ms: float,
    ) -> Record:
        golds = list(dict.fromkeys(gold.text or "" for gold in question.spans))
        counted = golds if answerable else []
        asked, read = Question(question.question), hits[: self._reader.passages_to_read]
        candidates = merged(self._reader.candidates(asked, read))
        nulls: dict[int, list[float]] = {}
        for window in self._logits.latest:
            nulls.setdefault(window.text_number, []).append(round(window.null_score, 4))
        self._logits.forget()
        found = [
            _candidate(candidate, values, counted)
            for candidate, values in zip(candidates, features(asked, candidates, hits), strict=True)
        ]
        answer = said.quoted[0].text if said.quoted else found[0].text if found else ""
        return Record(
            kind=kind,
            article=question.article,
            asked_of=asked_of,
            id=question.id or "",
            question=question.question,
            answerable=answerable,
            golds=golds,
            outcome=said.outcome,
            confidence=round(said.confidence, 6),
            answer=answer,
            exact_match=best_of(exact_match, answer, counted),
            f1=round(best_of(f1, answer, counted), 4),
            passage_first=answerable and passage_first,
            elapsed_ms=round(elapsed_ms, 1),
            hits=[
                _hit(hit, answerable and has_gold(hit.passage, question), nulls.get(number, []))
                for number, hit in enumerate(hits)
            ],
            candidates=found,
        )


def _hit(hit: Hit, holds_gold: bool, null_scores: list[float]) -> HitRecord:
    span = hit.passage.span
    return HitRecord(
        hit.passage.article.id,
        span.start,
        span.end,
        round(hit.score, 6),
        round(hit.cosine, 6),
        round(hit.bm25, 6),
        holds_gold,
        null_scores,
    )


def _candidate(
    candidate: Candidate, values: dict[str, float], golds: Sequence[str]
) -> CandidateRecord:
    return CandidateRecord(
        rank=candidate.hit.rank,
        start=candidate.span.start,
        end=candidate.span.end,
        text=candidate.text,
        score_diff=round(candidate.score_diff, 4),
        span_score=round(candidate.span_score, 4),
        rank_score=round(candidate.rank_score, 6),
        features={name: round(value, 6) for name, value in values.items()},
        exact_match=best_of(exact_match, candidate.text, golds),
        f1=round(best_of(f1, candidate.text, golds), 4),
        contains_gold=any(occurs_in(gold, candidate.text) for gold in golds),
    )


class _Remembering:
    """Runs a reader's model once for each pair, however often it is asked for it."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._windows: dict[tuple[str, str], list[WindowLogits]] = {}
        self.latest: list[WindowLogits] = []
        """What the latest `run` returned."""

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        unread = [text for text in dict.fromkeys(texts) if (question, text) not in self._windows]
        for window in self._runner.run(question, unread) if unread else ():
            self._windows.setdefault((question, unread[window.text_number]), []).append(window)
        self.latest = [
            WindowLogits(
                number, window.offsets, window.word_ids,
                window.start_logits, window.end_logits, window.null_score,
            )
            for number, text in enumerate(texts)
            for window in self._windows[question, text]
        ]  # fmt: skip
        return self.latest

    def part_read(self, question: str) -> str:
        return self._runner.part_read(question)

    def forget(self) -> None:
        """Forget all pairs, so that memory does not grow with the number of questions."""
        self._windows.clear()


def open_with(reader: str, articles: Path, stores: Path, *, notify: Notify) -> Corpus:
    """Open a corpus with a reader: a name or folder as in `Settings`, or the folder of an export.

    An export may have a `calibration.json`; otherwise it is used with the bundled one.
    """
    folder = Path(reader)
    is_export = (folder / ONNX).is_file()
    name = BUNDLED_READER if is_export else reader
    corpus = open_corpus(articles, settings=Settings(reader=name, store=stores), notify=notify)
    if is_export:
        assert isinstance(corpus.reader, SpanReader)
        file = folder / CALIBRATION
        calibration = Calibration.read(file) if file.is_file() else corpus.reader.calibration
        corpus.reader = SpanReader(PairRunner(folder, CORES), calibration)
    return corpus


def write(records: Iterable[Record], file: Path) -> Iterator[Record]:
    """Write records as JSON lines while they are made, and yield them."""
    with file.open("w", encoding="utf-8") as lines:
        for record in records:
            lines.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            yield record


def load(file: Path) -> list[Record]:
    """Return the records that `write` wrote."""
    return [_loaded(json.loads(line)) for line in file.read_text("utf-8").split("\n") if line]


def _loaded(row: dict[str, object]) -> Record:
    hits, candidates = row.pop("hits"), row.pop("candidates")
    assert isinstance(hits, list)
    assert isinstance(candidates, list)
    return Record(
        **row,  # type: ignore[arg-type]  # as `write` wrote them
        hits=[HitRecord(**hit) for hit in hits],
        candidates=[CandidateRecord(**candidate) for candidate in candidates],
    )
