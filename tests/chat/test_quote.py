"""What a card shows of its passage: words of the article, in whole sentences, without markup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Passage, Span
from qa.answers.wire import AnswerJson, PassageJson, citation_of
from qa.chat.quote import (
    Marks,
    Outline,
    best_sentences,
    content,
    fitted,
    group_content,
    is_whole,
    on_one_line,
    read_text,
)
from tests.support.articles import article_of

MARKS = Marks("bold", "«", "»")
NOTE = """# Boiler

The **boiler** was serviced on *3 May 2031* by Tobin. It is loud.

- Model: `Vaillant`
- Serial: `AB-12`

```
sudo reboot
echo done
```
"""


def passage_of(article: Article) -> PassageJson:
    whole = Passage(article, Span(0, len(article.text)))
    return PassageJson(rank=1, score=1, text=article.text, citation=citation_of(whole))


def quoted(article: Article, words: str) -> AnswerJson:
    start = article.text.index(words)
    return AnswerJson(text=words, score=0.9, start=start, end=start + len(words), citation=1)


def shown(article: Article, *words: str, cells: int = 1_000) -> list[str]:
    passage, answers = passage_of(article), [quoted(article, each) for each in words]
    outline = Outline.of(passage, article)
    return [
        group_content(passage, outline, group, answers, MARKS, cells).plain
        for group in outline.groups(passage, answers)
    ]


def test_the_answer_stands_in_its_sentence_without_markup() -> None:
    note = article_of(NOTE, "boiler.md")
    assert shown(note, "3 May 2031") == ["The boiler was serviced on «3 May 2031» by Tobin."]
    assert shown(note, "Vaillant", "AB-12") == ["Model: «Vaillant»", "Serial: «AB-12»"]


def test_answers_in_one_sentence_share_it() -> None:
    note = article_of(NOTE, "boiler.md")
    assert shown(note, "Tobin", "3 May 2031") == [
        "The boiler was serviced on «3 May 2031» by «Tobin»."
    ]


def test_what_is_cut_after_a_sentence_says_so_apart() -> None:
    note = article_of(NOTE, "boiler.md")
    passage, outline = passage_of(note), Outline.of(passage_of(note), note)
    start, whole = NOTE.index("It is"), Span(0, len(NOTE))
    for words, drawn in [("It is", "…It is…"), ("It is loud.", "…It is loud. …")]:
        shown_part = Span(start, start + len(words))
        assert content(passage, outline, shown_part, (), MARKS, of=whole).plain == drawn


def test_an_answer_of_several_lines_keeps_them() -> None:
    note = article_of(NOTE, "boiler.md")
    assert shown(note, "sudo reboot\necho done") == ["«sudo reboot\necho done»"]


def test_without_its_article_a_quote_shows_the_text_as_it_is() -> None:
    note = article_of(NOTE, "boiler.md")
    passage, answer = passage_of(note), quoted(note, "3 May 2031")
    for article in (None, article_of("Another text.", "boiler.md")):
        outline = Outline.of(passage, article)
        assert not outline.is_exact
        (group,) = outline.groups(passage, [answer])
        text = group_content(passage, outline, group, [answer], MARKS, 1_000).plain
        assert "*«3 May 2031»*" in text


TABLE = """# Parts

| Part | Made of | Price |
|:-----|:--------|------:|
| Lid  |         | 3 €   |
| Base | Oak     | 12 €  |
"""


def test_cells_of_a_row_are_shown_apart() -> None:
    table = article_of(TABLE, "parts.md")
    assert shown(table, "Oak") == ["Base · «Oak» · 12 €"]
    assert shown(table, "Base") == ["«Base» · Oak · 12 €"]
    assert shown(table, "12 €") == ["Base · Oak · «12 €»"]
    assert shown(table, "3 €") == ["Lid · «3 €»"]
    csv = article_of("Part,Price\nLid,3\nBase,12\n", "parts.csv")
    assert shown(csv, "12") == ["Base,«12»"]


def test_lines_shown_on_one_are_told_apart() -> None:
    for name, text, line in [
        ("parts.md", TABLE, "Parts · Part · Made of · Price · Lid · 3 € · Base · Oak · 12 €"),
        (
            "dry.md",
            "# Rules\n\nKeep it dry.\n\nNever heat it.\n",
            "Rules · Keep it dry. Never heat it.",
        ),
    ]:
        article = article_of(text, name)
        passage, whole = passage_of(article), Span(0, len(article.text))
        outline = Outline.of(passage, article)
        assert on_one_line(content(passage, outline, whole, (), MARKS, of=whole)) == line


def test_a_sentence_is_quoted_as_a_whole_if_no_word_of_it_is_left() -> None:
    note = article_of(NOTE, "boiler.md")
    passage = passage_of(note)
    sentence = "**boiler** was serviced on *3 May 2031* by Tobin"
    (group,) = Outline.of(passage, note).groups(passage, [quoted(note, sentence)])
    assert not is_whole(passage, group, [quoted(note, sentence)])
    assert is_whole(passage, group, [quoted(note, "The "), quoted(note, sentence)])


WORDS = st.lists(st.text("ab é😀漢\u0301.*_-\n ", min_size=1, max_size=9), min_size=1, max_size=12)


@given(WORDS, st.sampled_from(["a.txt", "a.md"]), st.integers(1, 200), st.data())
def test_quoted_words_are_never_cut_and_all_words_are_the_articles(
    words: list[str], name: str, cells: int, data: st.DataObject
) -> None:
    text = "x" + " ".join(words)
    article = article_of(text, name)
    text = article.text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    answer = AnswerJson(text=text[start:end], score=1, start=start, end=end, citation=1)
    passage = passage_of(article)
    outline = Outline.of(passage, article)
    assert all(0 <= one.start < one.end <= len(text) for one in outline.sentences)
    (group,) = outline.groups(passage, [answer])
    assert group.contains(Span(start, end))
    drawn = group_content(passage, outline, group, [answer], MARKS, cells).plain
    marked = drawn[drawn.index("«") + 1 : drawn.index("»")]
    read = read_text(text, Span(start, end), outline.hidden)
    assert marked.split() == read.split()
    around = drawn.replace("«", "").replace("»", "").strip("…")
    assert "".join(around.split()) in "".join(read_text(text, group, outline.hidden).split())


@given(st.lists(st.text("ab. ", min_size=1)), st.integers(1, 60))
def test_what_is_fitted_is_inside_and_short(words: list[str], cells: int) -> None:
    text = "".join(words)
    whole = Span(0, len(text))
    part = fitted(text, whole, Span(0, 0), (), cells)
    assert whole.contains(part)
    assert len(part) <= cells


def test_the_best_sentence_shares_most_words_with_the_question() -> None:
    note = article_of(NOTE, "boiler.md")
    passage = passage_of(note)
    texts = {3: (passage.text, Outline.of(passage, note))}
    best = best_sentences("Is the boiler loud, or was it serviced?", texts)[3]
    assert NOTE[best.start : best.end].startswith("The **boiler**")
    best = best_sentences("zzyzx?", texts)[3]
    assert NOTE[best.start : best.end] == "# Boiler"
