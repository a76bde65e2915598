"""What a question is about: its words for the search, and those that a text may be said to lack."""

from __future__ import annotations

import unicodedata
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.question import Question
from index.words import INSERT, composed, coverages, parts_of, quoted, searchable, words_in_memory
from tests.support.examples import examples
from tests.support.work import cpu_seconds


def shown(question: str) -> list[str]:
    return [term.shown for term in Question(question).terms]


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Who painted the pump?", ["painted", "pump"]),
        ("Who hasn't painted the pump?", ["painted", "pump"]),
        ("Why DIDN’T the keeper's aunt sing?", ["keeper", "aunt", "sing"]),
        ("why didnt the ferry sail", ["ferry", "sail"]),
        ("How long and how often won't it ring?", ["ring"]),
        ("How far is the long bridge, and since when?", ["long", "bridge"]),
        ("How many often cited books are there?", ["often", "cited", "books"]),
        ("How tall is the tower?", ["tower"]),
        ("In which year was the mill built?", ["mill", "built"]),
        ("What kind of stone is kept there?", ["stone", "kept"]),
        ("A stone of what year?", ["stone"]),
        ("What happened in 1893?", ["1893"]),
        ("What is the bridge called?", ["bridge"]),
        ("Who'd've known what HTTP stands for?", ["known", "HTTP", "stands"]),
        ("What does HTTP stand for, and is there a way to stop it?", ["HTTP", "stop"]),
        ("What is the difference between an A/B test and a t-test?", ["A/B", "test", "t-test"]),
        ("Could you please tell me who never paid the toll?", ["paid", "toll"]),
        ("I would like to know whether anybody saw the comet.", ["saw", "comet"]),
        ("Tell us about Tell, please.", ["Tell"]),
        ("Hi, please describe the lock", ["lock"]),
        ("Describe it.", []),
        ("Who?", []),
        ("Who is she?", []),
        ("?!", []),
        ("What does reloadTimelines do in snake_case?", ["reloadTimelines", "snake_case"]),
        ("Is the hard-wrapped well-known?", ["hard-wrapped", "well-known"]),
        ("When did O'Brien's rock'n'roll start at ten o’clock?",
         ["O'Brien", "rock'n'roll", "start", "ten", "o’clock"]),
        ("Was 4.1.0 or 1,400 at 12:30 in 1914–1918?", ["4.1.0", "1,400", "12:30", "1914–1918"]),
        ("Who uses C, C# or C++ on .NET 5?", ["uses", "C#", "C++", ".NET", "5"]),
        ("Is it src/main.py or std::vector?", ["src/main.py", "std::vector"]),
        ("Who left the U.S. for R&D (or \"AT&T\")?", ["left", "U.S.", "R&D", "AT&T"]),
        ("Where is İzmir—or école?", ["İzmir", "école"]),
        ("क्या हिन्दी?", ["क्या", "हिन्दी"]),
        ("東京の人口は? ไทย 서울은", []),  # not separated into words by spaces
        ("❤️ 1️⃣ \u0303?", ["1"]),
    ],
)  # fmt: skip
def test_a_question_is_about_its_words_and_whole_names_without_those_that_only_ask(
    question: str, about: list[str]
) -> None:
    assert shown(question) == about


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who painted the pump?", ["painted", "pump"]),
        ("Who is she?", ["who", "is", "she"]),
        ("How tall is it?", ["tall"]),
        ("Pump, pump, PUMP!", ["pump"]),
        ("What does reloadTimelines do?", ["reloadtimelines", "reload", "timelines"]),
        ("Where is HTTPSConnectionPool?", ["httpsconnectionpool", "https", "connection", "pool"]),
        ("Where is snake_case?", ["snake_case", "snake", "case"]),
        ("What is the up-to-date value?", ["date", "value"]),
        ("What is new in 4.1.0?", ["new", "4.1.0"]),
        ("Who paid 1,400?", ["paid", "1,400", "1400"]),
        ("What weighs 75oz?", ["weighs", "75oz", "75", "oz"]),
    ],
)
def test_names_are_searched_for_whole_and_by_their_parts(question: str, words: list[str]) -> None:
    assert list(Question(question).words) == words


def is_old(character: str) -> bool:
    """Return whether a character is so old that FTS5 knows what it is."""
    then = unicodedata.ucd_3_2_0.category(character)
    return then != "Cn" and then == unicodedata.category(character)


any_text = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]).filter(is_old), max_size=60)
words_of_any_script = st.lists(
    st.sampled_from("école Huế İzmir हिन्दी naïve Ångström ὀδός Straße don’t e-mail".split())
).map(" ".join)
questions = any_text | words_of_any_script


@given(questions)
def test_a_composed_and_a_decomposed_question_have_the_same_words(text: str) -> None:
    one, other = (Question(unicodedata.normalize(form, text)) for form in ("NFC", "NFD"))
    assert one.words == other.words
    assert one.terms == other.terms


@given(questions)
@example("\ufb01\u0301")
@example("\ufb1d")
def test_the_composed_form_is_composed(text: str) -> None:
    assert composed(composed(text)) == composed(text)


def fts5_words(text: str) -> set[str]:
    """Return the words of a text as FTS5 splits and stems them."""
    with closing(words_in_memory()) as db:
        db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)")
        db.execute(INSERT, (1, text, "", ""))
        return {term for (term,) in db.execute("SELECT term FROM terms")}


@given(questions)
def test_no_word_of_a_question_is_a_piece_of_a_word_for_the_word_search(text: str) -> None:
    """Neither an accent nor a vowel sign ends a word in a question that it belongs to in a text."""
    question = Question(text)
    everything = fts5_words(searchable(text))
    for word in question.words:
        joined = "".join(c for c in word if c.isalnum())  # 1400 for 1,400
        assert fts5_words(word) <= everything | fts5_words(joined)


@given(questions)
def test_a_text_has_all_the_words_of_a_question_that_is_part_of_it(text: str) -> None:
    for term in Question(text).terms:
        assert coverages([term.shown], [f"One. {text}"]) == [1.0]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("cafe\u0301", "The café."),
        ("Hue", "The fort of Huế."),
        ("ṩ", "A letter s."),
        ("izmir", "İZMİR"),
        ("office", "the oﬃce"),
        ("railway", "a rail\u00adway"),
        ("שלום", "שָׁלוֹם"),
        ("connection", "class HTTPSConnectionPool:"),
        ("case", "in snake_case"),
        ("ounce", "It weighs 75ounces."),
        ("painted", "She paints."),
    ],
)  # fmt: skip
def test_a_word_is_found_however_it_is_written(word: str, text: str) -> None:
    assert coverages([word], [text, "Nothing of it."]) == [1.0, 0.0]


@pytest.mark.parametrize("word", ["n", "hi", "cole", "zmir", "ह"])
def test_a_piece_of_a_word_is_not_found(word: str) -> None:
    assert coverages([word], ["हिन्दी e\u0301cole İzmir"]) == [0.0]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("reloadTimelines", ["reload", "Timelines"]),
        ("HTTPSConnectionPool", ["HTTPS", "Connection", "Pool"]),
        ("utf8Decoder", ["utf8", "Decoder"]),
        ("iPhone", ["Phone"]),
        ("ÄpfelListe", ["Äpfel", "Liste"]),
        ("75oz", ["75", "oz"]),
        ("1960s", []),
        ("19th", []),
        ("PDFs", []),
        ("HTTPS", []),
        ("Timelines", []),
        ("pump", []),
        ("1893", []),
        ("東京", []),
    ],
)
def test_a_name_in_one_word_has_parts(name: str, parts: list[str]) -> None:
    assert parts_of(name) == parts


@examples(200)
@given(st.from_regex(r"[A-Za-zäÖ0-9]{1,20}", fullmatch=True))
def test_the_parts_of_a_name_are_in_it_in_order(name: str) -> None:
    position = 0
    for part in parts_of(name):
        position = name.index(part, position) + len(part)
    assert position <= len(name)


@pytest.mark.parametrize("name", ["aB" * 50_000, "A" * 100_000, "a" * 100_000, "1" * 100_000])
def test_many_letters_without_a_space_are_prepared_in_linear_time(name: str) -> None:
    words = searchable(name).split()
    assert words[0] == name
    assert len(Question(name).words) >= 1


def test_no_character_of_a_word_ends_its_query() -> None:
    assert quoted('a"b\0c') == '"a""b c"'


TELLING = [
    "My aunt lived in this town as a child and told me a great deal about its streets.",
    "She spoke of its fairs, its people and its long winters, which nobody has forgotten.",
    "I have been reading about the town hall of Varmund ever since she went away in 1953.",
    "It is said to be the tallest building between the river and the mountains.",
    "A picture of it, painted by Dr. Hahn, has been hanging over my table for many years!",
]
ASKING = ["Who built it?", "When was it built, and who paid Mr. Keil?", "Tell me who built it."]


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("place", range(len(TELLING) + 1))
def test_a_long_question_asks_the_same_wherever_it_asks(asking: str, place: int) -> None:
    question = Question(" ".join([*TELLING[:place], asking, *TELLING[place:]]))
    first = Question(" ".join([asking, *TELLING]))
    assert question.asked == first.asked
    assert question.asked.startswith(asking)
    assert set(question.words) == set(first.words)
    assert question.terms == first.terms == Question(asking).terms


@pytest.mark.parametrize("words", [40, 100, 1000])
def test_both_ends_of_a_long_sentence_are_read(words: int) -> None:
    middle = " ".join(f"word{number}" for number in range(words))
    asked = Question(f"Who, {middle}, built the hall?").asked
    assert asked.startswith("Who, word0")
    assert asked.endswith("built the hall?")
    assert len(asked) <= 400


@pytest.mark.parametrize("text", ["Who built the hall? It is old.", "It is old. Who built it?", ""])
def test_a_short_question_is_read_as_it_is(text: str) -> None:
    assert Question(text).asked == text


@given(st.lists(st.sampled_from([*TELLING, *ASKING, "e\u0301.", "Dr. X", "\n", "?"]), max_size=12))
def test_every_word_of_a_question_is_read_unless_its_sentences_are_long(parts: list[str]) -> None:
    text = " ".join(parts)
    asked = Question(text).asked
    if "…" not in asked:
        composed = unicodedata.normalize("NFC", text)
        assert sorted(asked.split()) == sorted(composed.split())


@pytest.mark.parametrize("text", ["a" * 10**5, "a. " * 30_000, "? " * 30_000, "\n" * 10**5])
def test_a_question_of_many_characters_is_read_in_linear_time(text: str) -> None:
    assert cpu_seconds(lambda: Question(text)) < 2


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did it cost in May?", ("cost", "may")),
        ("When may I park in the US?", ("park", "us")),
        ("May I park with Will?", ("park", "will")),
        ("Will it rain?", ("rain",)),
    ],
)
def test_names_written_like_fillers_are_searched_for(question: str, words: tuple[str, ...]) -> None:
    assert Question(question).words == words
