"""Every store keeps the promises of `index.store.protocol`.

The local one, with its vectors in one file or in segments; one in memory; and one on a server of
seekdb.
"""

from __future__ import annotations

import random
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreDamaged
from index.question import Question
from index.search import Query, not_found
from index.store.protocol import Entry, FileRecord, Store, StoredPassage
from index.structure import Block, Label, Structure
from index.types import Article, Span
from index.wording import encoded_text
from tests.support.examples import examples
from tests.support.memory_store import MemoryStore
from tests.support.milvus_server import milvus_stores
from tests.support.seekdb_server import needs_seekdb, seekdb_stores
from tests.support.stored import (
    ENCODER,
    QUERY,
    SEGMENTED,
    WORDS,
    Files,
    contents,
    entry,
    found,
    hits_in,
    opened,
    paragraph,
)


@contextmanager
def local() -> Iterator[tuple[Store, Store]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder)) as one,
        opened(Path(folder)) as other,
    ):
        yield one, other


@contextmanager
def segmented() -> Iterator[tuple[Store, Store]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), limits=SEGMENTED) as one,
        opened(Path(folder), limits=SEGMENTED) as other,
    ):
        yield one, other


@contextmanager
def memory() -> Iterator[tuple[Store, Store]]:
    store = MemoryStore()
    yield store, store


@contextmanager
def milvus() -> Iterator[tuple[Store, Store]]:
    with milvus_stores() as stores:
        yield stores


@contextmanager
def seekdb() -> Iterator[tuple[Store, Store]]:
    with seekdb_stores() as stores:
        yield stores


Opens = Callable[[], AbstractContextManager[tuple[Store, Store]]]
"""Opens an empty store twice, as two processes would."""
SLOW = pytest.mark.slow
on_milvus = pytest.param(milvus, marks=SLOW)
on_seekdb = pytest.param(seekdb, marks=[SLOW, needs_seekdb])
every_store = pytest.mark.parametrize("opens", [local, segmented, memory, on_milvus, on_seekdb])

A = entry("a.txt", "The queen of the river city.")
B = entry("b.txt", "A king at war.\n\nThe mountain.")
KNOWN = FileRecord(7, 1, 2, "", "", "text 1")
ids = st.sampled_from(["a.txt", "b.txt", "c/d.md"])
sentences = st.lists(st.sampled_from([*WORDS, "the"]), min_size=1, max_size=8).map(" ".join)
texts = st.lists(sentences, min_size=1, max_size=4).map(lambda parts: ". ".join(parts) + ".")
corpora = st.dictionaries(ids, texts, max_size=3)
chosen = st.none() | st.lists(st.sampled_from(["a.txt", "b.txt", "none.txt"]), max_size=3)


@every_store
def test_what_was_put_comes_back(opens: Opens) -> None:
    with opens() as (store, other):
        store.put([B, A], {"a.txt": KNOWN, "x.bin": replace(KNOWN, reason="binary")})
        store.refresh()
        with other.snapshot() as view:
            assert view.article("a.txt") == A.article
            assert list(view.titles().items()) == [("a.txt", "A.TXT"), ("b.txt", "B.TXT")]
            assert [list(view.first_titles(most)) for most in (0, 1, 9)] == [
                [],
                ["a.txt"],
                ["a.txt", "b.txt"],
            ]
            assert view.hashes(["b.txt", "none.txt"]) == {"b.txt": B.article.sha256}
            assert view.passage_count() == len(A.spans) + len(B.spans)
            assert view.passage_count(["b.txt", "none.txt"]) == len(B.spans)
            everything = [id for id, _ in view.nearest(QUERY, 100)]
            places = view.passages(everything)
            expected = [StoredPassage(e.article.id, span) for e in (A, B) for span in e.spans]
            assert sorted(places.values(), key=lambda p: (p.article, p.span)) == expected
            size = view.size()
            assert (size.articles, size.passages, size.skipped) == (2, len(everything), 1)
        assert other.files() == {"a.txt": KNOWN, "x.bin": replace(KNOWN, reason="binary")}


@every_store
def test_an_article_comes_back_with_its_structure(opens: Opens) -> None:
    text = "# Mill\n\nStone | Year\nGranite | 1865\n"
    blocks = [
        Block(Span(0, 6), "heading", 1),
        Block(Span(8, 20), "row"),
        Block(Span(21, 35), "row", header=1),
    ]
    structure = Structure(
        blocks,
        cells=[Span(8, 13), Span(16, 20), Span(21, 28), Span(31, 35)],
        hidden=[Span(0, 2), Span(14, 15)],
        labels=[Label(8, "page 2")],
    )
    with opens() as (store, other):
        plain = entry("a.md", text)
        made = replace(plain.article, structure=structure, extractor="pdf 1")
        store.put([replace(plain, article=made)], {})
        with other.snapshot() as view:
            assert view.article("a.md").structure == structure
            assert view.article("a.md").extractor == "pdf 1"
        store.put([plain], {})
        with other.snapshot() as view:
            assert view.article("a.md").structure == Structure()


@every_store
def test_words_of_title_file_name_headings_and_columns_find_a_passage(opens: Opens) -> None:
    text = "Quarry\n\nStone | Year\n\nGranite | 1865"
    structure = Structure(
        [
            Block(Span(0, 6), "heading", 1),
            Block(Span(8, 20), "row"),
            Block(Span(22, 36), "row", header=1),
        ],
        cells=[Span(8, 13), Span(16, 20), Span(22, 29), Span(32, 36)],
    )
    article = Article("maps/old-mill.md", "", "Ole Brandt", text, "1", structure)
    spans = [Span(22, 36)]
    with opens() as (store, _):
        store.put([Entry(article, spans, [QUERY]), A], {})
        words = ["granite", "brandt", "mill", "maps", "quarry", "stones", "queen", "md", "unheard"]
        with store.snapshot() as view:
            found = {word: [id for id, _ in view.matching([word], 9)] for word in words}
            assert view.unknown_words(words) == ["md", "unheard"]
            (mine,), (queen,) = found["granite"], found["queen"]
            assert mine != queen
            assert all(found[word] == [mine] for word in words[:6])
        store.remove([article.id])
        with store.snapshot() as view:
            assert view.unknown_words(words) == [*words[:6], "md", "unheard"]


@every_store
@pytest.mark.parametrize(
    ("text", "absent", "present"),
    [
        ("The handrail of the pump.", ["painted"], ["hand-rail", "HANDRAILS", "pumps"]),
        ("The e-mail was written by hand.", ["spoke"], ["email", "e-mail", "wrote", "mails"]),
        ("Huế, cafe\u0301 and İzmir.", ["huj"], ["hue", "café", "izmir", "Hué"]),
        ("class HTTPSConnectionPool", ["FtpAdapter"], ["connection", "poolConnection"]),
        ("fast_mode of reload timelines", ["slow-track"], ["fastMode", "reloadTimelines"]),
        ("Version 4.1.0 cost 1400 crowns.", ["4.1.1", "1,401"], ["4.1.0", "1,400", "1400"]),
        ("In 1914 to 1918, women drove 10km.", ["1815-1820", "9"], ["1914–1918", "woman", "10 km"]),
        ("The aunt's mill; nothing else.", ["uncle's", "ill"], ["aunt", "aunts", "Aunt’s"]),
        ("ठंडा हिन्दी", ["हि"], ["हिन्दी"]),
    ],
)
def test_only_what_no_passage_has_in_any_form_is_not_found(
    opens: Opens, text: str, absent: list[str], present: list[str]
) -> None:
    with opens() as (store, _):
        store.put([entry("b.txt", text, "B"), entry("other.txt", " ".join(absent), "Other")], {})
        with store.snapshot() as view:
            for form in ("NFC", "NFD"):
                asked = unicodedata.normalize(form, f"Who? {' '.join([*absent, *present])}")
                shown = [unicodedata.normalize("NFC", word) for word in absent]
                shown = [word.removesuffix("'s") for word in shown]
                assert not_found(view, Question(asked), ["b.txt"]) == shown
                assert not_found(view, Question(f"The other? {asked}")) == []


@every_store
def test_what_was_replaced_skipped_or_removed_is_not_found(opens: Opens) -> None:
    with opens() as (store, _):
        store.put([A, B, entry("c.txt", "Peace.")], {"b.txt": KNOWN, "c.txt": KNOWN})
        store.put([entry("a.txt", "A boat.")], {"b.txt": replace(KNOWN, reason="empty")})
        store.remove(["c.txt", "none.txt"])
        with store.snapshot() as view:
            assert view.titles() == {"a.txt": "A.TXT"}
            assert view.unknown_words(["queen", "king", "peace", "boats"]) == [
                "queen",
                "king",
                "peace",
            ]
            assert view.passage_count() == len(view.nearest(QUERY, 100)) == 1
        assert store.files() == {"b.txt": replace(KNOWN, reason="empty")}


@every_store
def test_articles_that_cannot_be_stored_together_are_not_stored_at_all(opens: Opens) -> None:
    with opens() as (store, _):
        store.put([A], {})
        with pytest.raises(ValueError, match="zip"):
            store.put([B, replace(A, vectors=[])], {"b.txt": KNOWN})
        with store.snapshot() as view:
            assert list(view.titles()) == ["a.txt"]
            assert view.passage_count() == len(A.spans)
        assert store.files() == {}


@every_store
def test_a_view_is_one_moment(opens: Opens) -> None:
    with opens() as (reader, writer):
        writer.put([A], {})
        with reader.snapshot() as view:
            assert view.passage_count() == 1
            writer.put([entry("a.txt", "A boat of peace."), B], {})
            writer.refresh()
            assert view.article("a.txt") == A.article
            assert view.titles() == {"a.txt": "A.TXT"}
            assert view.unknown_words(["queen", "boat"]) == ["boat"]
            ((id, _),) = view.nearest(QUERY, 10)
            assert view.passages([id]) == {id: StoredPassage("a.txt", A.spans[0])}
            assert [found for found, _ in view.matching(["queen", "peace", "king"], 10)] == [id]
        with reader.snapshot() as view:
            assert view.article("a.txt").text == "A boat of peace."
            assert view.passage_count() == 1 + len(B.spans)


@every_store
def test_nothing_is_found_where_nothing_is_stored(opens: Opens) -> None:
    with opens() as (store, _), store.snapshot() as view:
        assert view.passage_count() == view.passage_count(["a.txt"]) == 0
        assert view.nearest(QUERY, 3) == view.matching(["river"], 3) == []
        assert view.min_cosine(QUERY) == 0
        assert view.cosines(QUERY, []) == []
        assert view.passages([]) == view.titles() == view.hashes(["a.txt"]) == {}
        assert view.unknown_words(["river"]) == ["river"]
        assert hits_in(store, "The river?", 3) == []


@every_store
@pytest.mark.parametrize(
    "use",
    [
        lambda view: view.cosines(QUERY, [7000]),
        lambda view: view.passages([7000]),
        lambda view: view.article("none.txt"),
    ],
)
def test_what_is_not_stored_is_damage_not_an_empty_result(
    opens: Opens, use: Callable[[object], object]
) -> None:
    with opens() as (store, _):
        store.put([A], {})
        with pytest.raises(StoreDamaged), store.snapshot() as view:
            use(view)


@every_store
@examples(30)
@given(corpora, chosen, st.integers(1, 8))
def test_cosines_are_numpys_on_vectors_rounded_to_half_floats(
    opens: Opens, corpus: dict[str, str], articles: list[str] | None, k: int
) -> None:
    entries = [entry(name, text) for name, text in corpus.items()]
    expected = {
        StoredPassage(e.article.id, span): float(vector.astype(np.float16) @ QUERY)
        for e in entries
        for span, vector in zip(e.spans, e.vectors, strict=True)
        if articles is None or e.article.id in articles
    }
    with opens() as (store, _):
        store.put(entries, {})
        with store.snapshot() as view:
            ranking = view.nearest(QUERY, k, articles)
            places = view.passages([id for id, _ in ranking])
            again = view.cosines(QUERY, [id for id, _ in reversed(ranking)])
            lowest = view.min_cosine(QUERY, articles)
    assert len(places) == len(ranking) == min(k, len(expected))
    best = sorted(expected.values(), reverse=True)[:k]
    assert [cosine for _, cosine in ranking] == pytest.approx(best, abs=1e-3)
    for id, cosine in ranking:
        assert cosine == pytest.approx(expected[places[id]], abs=1e-3)
    assert again == pytest.approx([cosine for _, cosine in reversed(ranking)], abs=1e-5)
    assert lowest == pytest.approx(min(expected.values(), default=0), abs=1e-3)


@every_store
@examples(30)
@given(corpora, chosen, st.lists(st.sampled_from([*WORDS, "Rivers", "unheard"]), max_size=4))
def test_words_are_found_in_the_passages_that_have_them_and_in_no_other(
    opens: Opens, corpus: dict[str, str], articles: list[str] | None, words: list[str]
) -> None:
    entries = [entry(name, text) for name, text in corpus.items()]
    stems = {word.lower().removesuffix("s") for word in words}
    searched = {
        StoredPassage(e.article.id, span): set(
            e.article.text[span.start : span.end].replace(".", " ").split()
        )
        for e in entries
        for span in e.spans
        if articles is None or e.article.id in articles
    }
    with opens() as (store, _):
        store.put(entries, {})
        with store.snapshot() as view:
            ranking = view.matching(words, 100, articles)
            places = view.passages([id for id, _ in ranking])
            unknown = view.unknown_words(words, articles)
            everywhere = dict(view.matching(words, 100))
            first = view.matching(words, 1, articles)
    assert set(places.values()) == {place for place, own in searched.items() if own & stems}
    known = set().union(*searched.values())
    assert unknown == [word for word in words if word.lower().removesuffix("s") not in known]
    scores = [score for _, score in ranking]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)
    assert all(everywhere[id] == score for id, score in ranking)
    assert first == ranking[:1]


@every_store
def test_vectors_are_found_again_by_article_content_and_cache(opens: Opens) -> None:
    texts = [encoded_text(B.article, span) for span in B.spans]
    with opens() as (store, other):
        assert store.cached_vectors(B.article, texts) == {}
        store.put([B], {})
        same_content = replace(B.article, id="renamed.txt")
        edited = replace(B.article, sha256="edited")
        unrelated = replace(edited, id="other.txt")
        for article, expected in ((same_content, texts), (edited, texts), (unrelated, [])):
            assert list(store.cached_vectors(article, [*texts, "none"])) == expected
        store.cache_vectors(["A boat."], ENCODER.encode_passages(["A boat."]))
        kept = other.cached_vectors(unrelated, ["A boat.", "none"])
        assert list(kept) == ["A boat."]
        assert kept["A boat."] == pytest.approx(ENCODER.encode_query("A boat."), abs=1e-3)
        store.clear_cached_vectors()
        assert other.cached_vectors(unrelated, ["A boat."]) == {}


@every_store
def test_one_writer_waits_for_the_other(opens: Opens) -> None:
    with opens() as (one, other):
        begun, order = threading.Event(), []

        def write() -> None:
            begun.set()
            with other.writer():
                order.append("second")

        with one.writer():
            thread = threading.Thread(target=write)
            thread.start()
            begun.wait()
            thread.join(0.1)
            order.append("first")
        thread.join()
        assert order == ["first", "second"]


@every_store
def test_a_writer_that_waits_says_so_and_can_give_up(opens: Opens) -> None:
    class GivenUp(Exception):
        pass

    waits: list[int] = []

    def wait() -> None:
        waits.append(1)
        if len(waits) == 3:
            raise GivenUp

    with opens() as (one, other):
        with one.writer(), pytest.raises(GivenUp), other.writer(wait):
            raise AssertionError("two writers at once")
        assert len(waits) == 3
        with other.writer(wait):  # there is nothing to wait for
            assert len(waits) == 3


steps = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "skip"]), ids, texts), min_size=1, max_size=6
)


@examples(30)
@given(steps)
@pytest.mark.parametrize("opens", [local, segmented, on_milvus, on_seekdb])
def test_all_hold_the_same_after_the_same_steps(
    opens: Opens, steps: list[tuple[str, str, str]]
) -> None:
    with opens() as (one, _), memory() as (other, _):
        for store in (one, other):
            for step, id, text in steps:
                match step:
                    case "put":
                        store.put([entry(id, text)], {id: KNOWN})
                    case "remove":
                        store.remove([id])
                    case "skip":
                        store.put([], {id: replace(KNOWN, reason="binary")})
        assert contents(one) == pytest.approx(contents(other), abs=1e-5)
        assert one.files() == other.files()
        with one.snapshot() as local_view, other.snapshot() as memory_view:
            assert local_view.titles() == memory_view.titles()


def random_corpus(chance: random.Random) -> dict[str, str]:
    def sentence() -> str:
        return " ".join(chance.choices([*WORDS, "the", "of"], k=chance.randrange(3, 40))) + "."

    names = [f"{number}.txt" for number in range(chance.randrange(1, 9))]
    return {name: " ".join(sentence() for _ in range(chance.randrange(1, 20))) for name in names}


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize(
    "others",
    [
        (local, segmented),
        pytest.param((milvus,), marks=SLOW),
        pytest.param((seekdb,), marks=[SLOW, needs_seekdb]),
    ],
)
def test_a_search_finds_the_same_hits_in_all(others: tuple[Opens, ...], seed: int) -> None:
    chance = random.Random(seed)
    corpus = random_corpus(chance)
    articles = chance.choice([None, chance.sample(sorted(corpus), (len(corpus) + 1) // 2)])
    question = " ".join(chance.choices([*WORDS, "the", "unheard"], k=4))
    also = chance.choice([[], [Query(Question(chance.choice(WORDS)), 0.4)]])
    results = []
    for opens in (*others, memory):
        with opens() as (store, _):
            store.put([entry(name, text) for name, text in corpus.items()], {})
            results.append(found(hits_in(store, question, 5, also=also, articles=articles)))
    *found_by_others, expected = results
    for one in found_by_others:
        assert [hit[:3] for hit in one] == [hit[:3] for hit in expected]
        for hit, twin in zip(one, expected, strict=True):
            assert hit[3:] == pytest.approx(twin[3:], abs=1e-5)


@pytest.mark.parametrize("opens", [local, on_milvus, on_seekdb])
def test_a_sync_fills_both_alike(tmp_path: Path, opens: Opens) -> None:
    files = Files(tmp_path / "articles")
    for number in range(12):
        files.write(f"{number}.txt", "\n\n".join(map(paragraph, range(number, 2 * number))))
    with opens() as (one, _), memory() as (other, _):
        for edit in (lambda: None, lambda: files.write("3.txt", paragraph(77))):
            edit()
            reports = [files.sync_into(store) for store in (one, other)]
            assert reports[0].added == reports[1].added
            assert reports[0].encoded == reports[1].encoded
            assert contents(one) == pytest.approx(contents(other), abs=1e-5)


@every_store
@given(corpora, chosen)
@examples(20)
def test_stems_come_in_order_and_lead_to_their_passages(
    opens: Opens, articles: dict[str, str], only: list[str] | None
) -> None:
    with opens() as (store, _):
        store.put([entry(name, text) for name, text in articles.items()], {})
        with store.snapshot() as view:
            stems: list[str] = []
            start = ""
            while (stem := view.next_stem(start)) is not None:
                stems.append(stem)
                start = f"{stem}\0"
            assert stems == sorted(set(stems))
            words = [word.lower() for text in articles.values() for word in text.split()]
            assert {word.strip(".")[:3] for word in words} <= {stem[:3] for stem in stems}
            for stem in stems:
                holding = view.with_stem(stem, 100, only)
                assert len(view.with_stem(stem, 1, only)) == min(1, len(holding))
                assert len(set(holding)) == len(holding)
                places = view.passages(holding).values()
                assert only is None or {place.article for place in places} <= {*only}
            known = {stem for stem in stems if view.with_stem(stem, 1, only)}
            found = [word for word in WORDS if word not in view.unknown_words([word], only)]
            assert all(any(word.startswith(stem[:-1]) for stem in known) for word in found)


@every_store
@given(corpora, st.lists(st.sampled_from(["b.txt", "a.txt", "none.txt"]), unique=True))
@examples(20)
def test_passages_of_articles_come_in_text_order_with_their_vectors(
    opens: Opens, articles: dict[str, str], wanted: list[str]
) -> None:
    with opens() as (store, _):
        entries = {name: entry(name, text) for name, text in articles.items()}
        store.put(list(entries.values()), {})
        with store.snapshot() as view:
            ids = view.passages_of(wanted)
            places = view.passages(ids)
            known = [entries[name] for name in wanted if name in entries]
            assert [places[id] for id in ids] == [
                StoredPassage(one.article.id, span) for one in known for span in one.spans
            ]
            if ids:
                expected = np.stack([vector for one in known for vector in one.vectors])
                assert np.allclose(view.vectors(ids), expected, atol=1e-3)
                assert view.vectors(ids[::-1]).dtype == np.float32
            with pytest.raises(StoreDamaged):
                view.vectors([*ids, 1 << 40])


@every_store
def test_what_a_scan_was_noted_as_holds_until_something_is_stored_or_removed(opens: Opens) -> None:
    readable, binary = FileRecord(1, 2, 3, "", "", ""), FileRecord(1, 2, 3, "binary", "", "")
    with opens() as (store, _):
        assert store.scanned() == ""
        for change in (
            lambda: store.put([], {"a.txt": readable}),
            lambda: store.put([], {"b.txt": binary}),
            lambda: store.remove(["a.txt"]),
        ):
            with store.writer():
                store.note_scan("digest")
            assert store.scanned() == "digest"
            with store.writer():
                change()
            assert store.scanned() == ""
        assert list(store.files(remarked=True)) == list(store.files()) == ["b.txt"]
