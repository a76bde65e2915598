"""A misspelt word is searched for as the articles have it; any other unknown word is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question import Question
from index.search import not_found
from index.spelling import corrected, corrections
from index.store.local import LocalStore
from index.typing_slips import Distances, is_slip
from tests.support.stored import entry, opened

ARTICLES = {
    "harbour.txt": "The harbour of Netherby was rebuilt by the engineer Tomasz Kowalska. "
    "Its lighthouse keeper, Aldonsaverina Brennstrup, watched the lighthouse every evening.",
    "mill.txt": "The watermill grinds barley. The committee of the mill meets in the library. "
    "Councillor Aske sings.",
}
WORDS = frozenset(
    "kowalski penguins keepers every evening harbor whose built grinds councillor".split()
)
"""Words that are spelt correctly, as an encoder's vocabulary says."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    store = opened(tmp_path_factory.mktemp("store"))
    store.put([entry(name, text) for name, text in ARTICLES.items()], {})
    return store


def corrections_in(
    store: LocalStore, question: str, articles: list[str] | None = None
) -> dict[str, str]:
    with store.snapshot() as view:
        unknown = not_found(view, Question(question), articles)
        return corrections(view, question, unknown, WORDS.__contains__, articles)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lihgthouse", "lighthouse"),  # swapped
        ("lighthose", "lighthouse"),  # missing
        ("lighthousse", "lighthouse"),  # doubled
        ("lighthoyse", "lighthouse"),  # the key beside it
        ("ilghthouse", "lighthouse"),  # the first two swapped
        ("mlil", "mill"),
        ("commitee", "committee"),
        ("comittees", "committee"),
        ("wathcing", "watched"),
        ("waetremill", "watermill"),  # two errors in a long word
        ("libarry", "library"),
        ("berley", "barley"),  # a guess
        ("LIBRERY", "library"),
        ("counciller", "Councillor"),  # a common word with a capital
        ("abuot", "about"),
        ("sumarise", "summarise"),
        ("brennstruup", "Brennstrup"),
        ("Aldonsavreina", "Aldonsaverina"),
        ("Aldonsavrina", "Aldonsaverina"),
    ],
)
def test_a_misspelt_word_is_found(store: LocalStore, typed: str, meant: str) -> None:
    question = f"WHAT ABOUT THE {typed}?" if typed.isupper() else f"What about the {typed}?"
    assert corrections_in(store, question) == {typed: meant}


@pytest.mark.parametrize(
    "word",
    [
        "penguins",  # a word that nothing is like
        "Kowalski",  # another name, which the encoder knows
        "Kowalske",  # perhaps another name
        "Brennstrom",
        "Library2",
        "1932",
        "barney",  # one letter apart, but neither a slip nor a guess
        "mall",  # too short for all but a slip
        "Lbrary",  # as a name, it is not the common word
        "LBRARY",  # an abbreviation
        "harbor",
        "ibrary",
    ],
)
def test_another_subject_is_not_taken_for_a_misspelt_word(store: LocalStore, word: str) -> None:
    assert corrections_in(store, f"Where is the {word}?") == {}


def test_of_two_words_that_are_as_near_none_is_chosen(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.put([entry("a.txt", "The tanker and the banker saw the ranker.")], {})
        assert corrections_in(store, "Where is the tannker?") == {"tannker": "tanker"}
        assert corrections_in(store, "Where is the taker?") == {"taker": "tanker"}
        store.put([entry("b.txt", "The tamker.")], {})
        assert corrections_in(store, "Where is the taker?") == {}
        store.put([entry(f"{n}.txt", f"The tanker has {n} masts.") for n in range(20)], {})
        assert corrections_in(store, "Where is the taker?") == {"taker": "tanker"}


def test_only_words_of_the_chosen_articles_are_used(store: LocalStore) -> None:
    question = "Where is the lihgthouse?"
    assert corrections_in(store, question, ["mill.txt"]) == {}
    assert corrections_in(store, question, ["harbour.txt"]) == {"lihgthouse": "lighthouse"}


def test_a_question_of_unknown_words_is_about_something_else(store: LocalStore) -> None:
    words = ["lihgthouse", "commitee", "watermlil", "librery", "kepeer"]
    assert len(corrections_in(store, f"The {' '.join(words[:4])}?")) == 4
    assert corrections_in(store, f"The {' '.join(words)}?") == {}


def test_only_whole_words_are_replaced() -> None:
    question = "The mil's miller at the mil, not at the mills?"
    assert (
        corrected(question, {"mil": "mill"}) == "The mill's miller at the mill, not at the mills?"
    )
    assert corrected(question, {}) == question


def distance(one: str, other: str) -> int:
    """The optimal string alignment distance, by its definition."""
    if not one or not other:
        return len(one) + len(other)
    found = [
        distance(one[:-1], other) + 1,
        distance(one, other[:-1]) + 1,
        distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if one[-2:] == other[-2:][::-1] and len(one) > 1 and len(other) > 1:
        found.append(distance(one[:-2], other[:-2]) + 1)
    return min(found)


@given(st.text("abc", max_size=5), st.lists(st.text("abc", max_size=5), max_size=6))
def test_distances_are_those_of_the_definition(word: str, others: list[str]) -> None:
    distances = Distances(word)
    for other in others:
        prefixes = [
            min(distance(other[:n], word[:m]) for m in range(len(word) + 1))
            for n in range(len(other) + 1)
        ]
        far = [n for n, least in enumerate(prefixes) if least > 1]
        assert distances.near_prefix(other, 1) == (far[0] - 1 if far else len(other))
        assert distances.to(other) == distance(word, other)


@given(st.text("abcde", min_size=1, max_size=7), st.text("abcde", min_size=1, max_size=7))
def test_a_slip_is_one_error(typed: str, meant: str) -> None:
    assert not is_slip(typed, meant) or distance(typed, meant) == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("kowalska", "kowalski"), ("jensen", "jenson"), ("carl", "carla"), ("maria", "marie")],
)
def test_the_ending_of_a_name_is_no_slip(typed: str, meant: str) -> None:
    assert not is_slip(typed, meant)
    assert not is_slip(meant, typed)
