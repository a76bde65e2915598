"""Which articles are asked: patterns to ask, and patterns to exclude."""

from __future__ import annotations

import unicodedata
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from qa.scope import ALL, Scope
from tests.support.work import cpu_seconds

IDS = ["README.md", "2024/a.md", "2024/b.txt", "2024/old/a.md", "20245.md", "[x]/a?.md"]
NAMES = st.text("ab/*?[]!.", max_size=6)


def test_a_pattern_excludes_what_it_would_otherwise_ask() -> None:
    for pattern in ("2024/*", "*.md", "2024/old", "README.md", "nothing"):
        only = Scope.of(only=pattern).matching(IDS)
        assert Scope.of(exclude=pattern).matching(IDS) == [id for id in IDS if id not in only]
        assert Scope.of(["*"], pattern).matching(IDS) == Scope.of(exclude=pattern).matching(IDS)


@given(st.lists(NAMES), st.lists(NAMES, min_size=1))
def test_patterns_match_an_id_or_one_of_its_folders_as_in_a_shell(
    ids: list[str], patterns: list[str]
) -> None:
    def oracle(id: str, pattern: str) -> bool:
        folders = ["/".join(id.split("/")[:depth]) for depth in range(1, id.count("/") + 2)]
        return any(fnmatchcase(name, pattern) or name == pattern for name in folders)

    ids = [id.strip("/").removeprefix("./").strip("/") for id in ids]
    patterns = [pattern.strip("/").removeprefix("./").strip("/") for pattern in patterns]
    expected = [id for id in ids if any(oracle(id, pattern) for pattern in patterns)]
    assert Scope.of(patterns).matching(ids) == expected


@pytest.mark.parametrize("pattern", ["2024", "2024/", "./2024", "2024/*"])
def test_a_folder_is_named_in_any_usual_way(pattern: str) -> None:
    assert Scope.of(pattern).matching(IDS) == ["2024/a.md", "2024/b.txt", "2024/old/a.md"]


@pytest.mark.parametrize("root", ["/home/user/notes", "notes", "../notes", "/home/[x]/2024"])
def test_a_pattern_may_begin_with_the_path_of_the_corpus_as_shown(root: str) -> None:
    def matching(pattern: str) -> list[str]:
        return Scope.of(pattern, roots=(root,)).matching(IDS)

    for pattern in ("2024/*.md", "2024", "README.md", "*.txt"):
        assert matching(f"{root}/{pattern}") == matching(pattern) == Scope.of(pattern).matching(IDS)
    assert matching(root) == matching(f"{root}/") == IDS
    assert matching("*notes*") == matching("/home/*") == []  # the folder above all says nothing


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_match_in_whatever_form_they_are_typed(form: str) -> None:
    ids = [unicodedata.normalize(one, "Café/menu.md") for one in ("NFC", "NFD")]
    assert Scope.of(unicodedata.normalize(form, "Café/*")).matching(ids) == ids


def test_all_articles_need_no_list() -> None:
    assert ALL.chosen(IDS) is None
    assert Scope.of(exclude="nothing").chosen(IDS) == IDS


@pytest.mark.parametrize(
    ("only", "exclude", "says"),
    [
        ("*.rst", (), "No article matches *.rst."),
        ("*.rst", "*.md", "No article matches *.rst."),
        ((), ["*.md", "*.txt"], "All articles are excluded by *.md, *.txt."),
        ("2024", "2*", "All articles that match 2024 are excluded by 2*."),
    ],
)
def test_an_error_says_which_patterns_leave_nothing(
    only: str, exclude: str | list[str], says: str
) -> None:
    with pytest.raises(ArticleError) as caught:
        Scope.of(only, exclude).chosen(IDS)
    assert caught.value.message == says
    assert "README.md" in caught.value.hint


@pytest.mark.parametrize("id", ["[draft].md", "what?.md", "a*b.md", "[2024]/a.md"])
def test_an_id_matches_itself_whatever_its_characters(id: str) -> None:
    assert Scope((id,)).matching([id, "other.md"]) == [id]
    assert Scope(exclude=(id,)).matching([id, "other.md"]) == ["other.md"]


def test_many_ids_as_patterns_take_linear_time() -> None:
    def matching(count: int) -> object:
        ids = [f"{number}.md" for number in range(count)]
        return Scope.of(ids).matching(ids)

    assert cpu_seconds(lambda: matching(80_000)) < 12 * cpu_seconds(lambda: matching(20_000))
