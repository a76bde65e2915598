"""Corrects misspelt words of a question by the words of the articles that are most like them.

    unknown word -> stems of the word index with nearly the same beginning -> words of a few
    passages with these stems -> the nearest one, if it is near enough and no other is as near

The word index is in sorted order, and only the stems that can be near are visited.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.fillers import FUNCTION_WORDS
from index.question import Question
from index.search import not_found
from index.store.protocol import View
from index.types import Article, Encoder
from index.typing_slips import Distances, is_plausible, is_slip
from index.wording import searched_words

MIN_CHARS = 4
"""Shorter words have too many neighbours."""
MIN_CHARS_FOR_ANY_ERROR = 5
"""In a shorter word, only a slip of the fingers is corrected."""
MIN_CHARS_FOR_TWO_ERRORS = 9
MIN_NAME_CHARS_FOR_TWO_ERRORS = 10
MAX_ERRORS = 2
MAX_WORDS = 4
"""A question with more unknown words is not corrected: it is about something else."""
MAX_STEMS = 8
"""Stems whose words are looked up."""
MAX_VISITED = 2_000
"""Stems of the word index that are looked at."""
PASSAGES_PER_STEM = 3
MAX_PASSAGES = 16
"""In all; each may be in an article of its own, which is read from the store."""
COUNTED_PASSAGES = 100
"""How often a word occurs is counted up to here."""
MUCH_MORE_FREQUENT = 10
"""Of two words that are equally near, one that occurs this many times as often is meant."""
_ASKING = frozenset(
    """article articles describe document explain overview summarise summarize summary
    synopsis""".split()
) | {word for word in FUNCTION_WORDS if len(word) >= MIN_CHARS}
"""Words of questions, which need not be in the articles."""
_WORD = re.compile(r"[^\W\d_]+")
_ENDINGS = re.compile(r"(?:e?s|e?d|ing|ly)$")

IsWord = Callable[[str], bool]
"""Returns whether a word, in lower case, is known to be spelt correctly."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    shown: str
    """As an article has it."""
    stem: str
    distance: int
    is_slip: bool

    @property
    def is_capitalised(self) -> bool:
        return self.shown[0].isupper()


def corrections(
    view: View,
    question: str,
    unknown: Sequence[str],
    is_word: IsWord,
    articles: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return for unknown words of a question the word of the articles that was probably meant.

    Never for a number, a very short word, an abbreviation or a word that `is_word` knows. A name is
    only replaced by a name that a slip of the fingers explains: another name is another subject.

    unknown: as `index.search.not_found` returns them. articles: see there.
    Raises: StoreError.
    """
    if len(unknown) > MAX_WORDS:
        return {}
    found = {}
    for word in unknown:
        if _can_be_misspelt(word, question, is_word) and (
            meant := _meant(view, word, question, is_word, articles)
        ):
            found[word] = meant
    return found


def spelt(
    view: View, encoder: Encoder, question: Question, articles: Sequence[str] | None = None
) -> tuple[Question, dict[str, str], list[str]]:
    """Return a question without misspelt words, what was corrected, and the other unknown words.

    A word that is one token of the encoder is spelt correctly: misspelt ones are several.
    """
    unknown = not_found(view, question, articles)
    if not unknown:
        return question, {}, []
    used = corrections(
        view, question.text, unknown, lambda word: encoder.count_tokens([word]) == [1], articles
    )
    rest = [word for word in unknown if word not in used]
    return (Question(corrected(question.text, used)) if used else question), used, rest


def corrected(question: str, used: Mapping[str, str]) -> str:
    """Return a question with its misspelt words replaced. used: as `corrections` returns it."""
    if not used:
        return question
    words = "|".join(map(re.escape, used))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda found: used[found[0]], question)


def _can_be_misspelt(word: str, question: str, is_word: IsWord) -> bool:
    if len(word) < MIN_CHARS or not word.isalpha():
        return False
    if word.isupper() and not question.isupper():
        return False
    lower = word.lower()
    base = _ENDINGS.sub("", lower)
    return not is_word(lower) and not (len(base) >= MIN_CHARS and is_word(base))


def _meant(
    view: View, word: str, question: str, is_word: IsWord, articles: Sequence[str] | None
) -> str:
    """Return the word that was probably meant; empty if there is none, or several."""
    typed = folded(word)
    asking = [other for other in _ASKING if is_slip(typed, other)]
    if len(asking) == 1:
        return asking[0]
    is_name = word[0].isupper() and not question.isupper() and not question.startswith(word)
    most = MAX_ERRORS if len(typed) >= MIN_CHARS_FOR_TWO_ERRORS else 1
    for errors in range(1, most + 1):
        stems = _near_stems(view, typed, errors)
        near = [
            candidate
            for candidate in _candidates(view, typed, stems, articles)
            if (candidate.is_capitalised or not is_name)
            and _is_near_enough(
                candidate,
                typed,
                errors,
                # A common word can begin a sentence, or be a part of a name.
                is_name=candidate.is_capitalised
                and (is_name or not is_word(folded(candidate.shown))),
            )
        ]
        if near:
            return _only_best(view, near, articles)
    return ""


def _is_near_enough(candidate: _Candidate, typed: str, errors: int, *, is_name: bool) -> bool:
    if candidate.distance > errors:
        return False
    if candidate.distance == 1:
        must_be_slip = is_name or len(typed) < MIN_CHARS_FOR_ANY_ERROR
        return candidate.is_slip or not must_be_slip
    meant = folded(candidate.shown)
    if is_name and len(typed) < MIN_NAME_CHARS_FOR_TWO_ERRORS:
        return False
    return typed[:2] == meant[:2] and typed[-2:] == meant[-2:]


def _only_best(view: View, near: Sequence[_Candidate], articles: Sequence[str] | None) -> str:
    """Return the nearest of the candidates; empty if others are as near."""
    best = min(near, key=lambda one: (one.distance, not one.is_slip))
    equal = [one for one in near if (one.distance, one.is_slip) == (best.distance, best.is_slip)]
    stems = {one.stem for one in equal}
    if len(stems) > 1:
        counts = Counter(
            {stem: len(view.with_stem(stem, COUNTED_PASSAGES, articles)) for stem in stems}
        )
        (first, most), (_, second) = counts.most_common(2)
        if most < MUCH_MORE_FREQUENT * second:
            return ""
        equal = [one for one in equal if one.stem == first]
    # Of the forms of one word, the one in lower case: a capital may only begin a sentence.
    return min(equal, key=lambda one: one.is_capitalised).shown


def _near_stems(view: View, typed: str, errors: int) -> list[str]:
    """Return the stems that begin like the word but for so many errors, the nearest first.

    One error may be in the first two letters only if these are swapped, and two may not be there. A
    stem is shorter than the words that it stands for, and may have another last letter.
    """
    found: list[tuple[int, int, str]] = []
    for start in (typed[0], typed[1::-1]) if errors == 1 else (typed[:2],):
        for stem, distance in _stems_from(view, Distances(typed), start, errors):
            if 2 * len(stem) >= len(typed):
                found.append((distance, -len(stem), stem))
    return list(dict.fromkeys(stem for _, _, stem in sorted(found)))[:MAX_STEMS]


def _stems_from(
    view: View, distances: Distances, start: str, errors: int
) -> Iterator[tuple[str, int]]:
    """Yield the stems with this beginning that are near, with the distance of their beginning.

    Skips all stems that begin too differently, without visiting them.
    """
    at = start
    for _ in range(MAX_VISITED):
        stem = view.next_stem(at)
        if stem is None or not stem.startswith(start):
            return
        near = distances.near_prefix(stem, errors)
        if near >= len(stem) - 1:
            yield stem, distances.least(near)
        at = f"{stem}\0" if near == len(stem) else _after_all_with(stem[: near + 1])


def _after_all_with(prefix: str) -> str:
    """Return the first string that is after all strings with a prefix, in code point order."""
    following = ord(prefix[-1]) + 1
    if 0xD800 <= following <= 0xDFFF:
        following = 0xE000
    return prefix[:-1] + chr(min(following, 0x10FFFF))


def _candidates(
    view: View, typed: str, stems: Sequence[str], articles: Sequence[str] | None
) -> list[_Candidate]:
    """Return the words that are near to what was typed, from a few passages with each stem."""
    distances = Distances(typed)
    found = []
    for word in sorted(_words_with(view, stems, articles)):
        other = folded(word)
        own = [stem for stem in stems if other.startswith(stem[:-1])]
        if not own:
            continue
        distance = distances.to(other)
        if distance > 1 and word.islower():
            other = next((form for form in sorted(_forms(other)) if is_slip(typed, form)), other)
            distance = distances.to(other)
        if distance == 2 or (distance == 1 and is_plausible(typed, other)):
            found.append(_Candidate(word, max(own, key=len), distance, is_slip(typed, other)))
    return found


def _words_with(view: View, stems: Sequence[str], articles: Sequence[str] | None) -> set[str]:
    """Return the words of a few passages with each of the stems."""
    ids: dict[int, None] = {}
    for stem in stems:
        ids.update(dict.fromkeys(view.with_stem(stem, PASSAGES_PER_STEM, articles)))
    held: dict[str, Article] = {}
    words: set[str] = set()
    for place in view.passages(list(ids)[:MAX_PASSAGES]).values():
        if place.article not in held:
            held[place.article] = view.article(place.article)
        searched = searched_words(held[place.article], place.span)
        for text in (searched.text, searched.title, searched.path):
            words.update(_WORD.findall(text))
    return words


def _forms(word: str) -> set[str]:
    """Return a word with other English endings; it may be in the articles in another form."""
    bare = _ENDINGS.sub("", word)
    bases = {word, bare} if len(bare) >= MIN_CHARS else {word}
    return {base + ending for base in bases for ending in ("", "s", "ed", "ing")}


def folded(word: str) -> str:
    """Return a word as the word index compares it: in lower case, without accents."""
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in apart if not unicodedata.combining(c))
