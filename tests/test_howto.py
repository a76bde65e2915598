"""Questions that ask how are answered with a whole command, or with the steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.question import Question
from index.split import split
from index.types import Article, Encoder, Hit, Passage, Span
from index.words import coverages
from qa.corpus import Corpus
from qa.reader.decide import Candidate, features, merged
from qa.reader.howto import MAX_STEPS, asks_how, with_commands
from qa.reader.open import open_reader
from qa.reader.sentences import SentenceReader
from qa.reader.spans import SpanReader
from qa.reader.steps import MAX_BLOCK_LINES, steps_in
from qa.settings import Settings
from tests.support.articles import article_of
from tests.support.examples import examples
from tests.support.howto import CHECKING, CHOOSING, NOTES


def hits_of(article: Article) -> list[Hit]:
    """Return the passages of an article as hits, in order."""
    spans = split(
        article, count_tokens=lambda texts: [len(t) // 4 + 1 for t in texts], max_tokens=254
    )
    return [Hit(Passage(article, span), n, 1 / n, 0.5, n) for n, span in enumerate(spans, start=1)]


def found_in(notes: dict[str, str], question: str) -> list[Hit]:
    """Return the three passages that share most words with a question."""
    hits = [hit for id, text in notes.items() for hit in hits_of(article_of(text, id))]
    texts = [f"{hit.passage.article.title} {hit.passage.text}" for hit in hits]
    covered = coverages(Question(question).words, texts)
    order = sorted(range(len(hits)), key=lambda number: -covered[number])
    return [hits[number] for number in order[:3]]


def answers(
    text: str, question: str, read: Sequence[tuple[str, float]] = (), name: str = "note.md"
) -> list[str]:
    """Return the answers to a question about a note. read: what the reader finds."""
    article = article_of(text, name)
    hits = hits_of(article)
    candidates = []
    for phrase, probability in read:
        start = text.index(phrase)
        span = Span(start, start + len(phrase))
        hit = next(hit for hit in hits if hit.passage.span.contains(span))
        candidates.append((Candidate(hit, span, 0.0, 0.0), probability))
    return [one.text for one, _ in with_commands(Question(question), hits, candidates)]


@pytest.mark.parametrize(
    "question",
    ["How do I reset the router?", "How can one open it?", "Which command lists the snapshots?",
     "What do I type to open it?", "What is the command for it?", "how to bake bread",
     "What should I do about a jam?", "How can old events be imported?", "How should I open it?",
     "What are the steps to open it?", "What do I have to press?", "What if it jams?"],
)  # fmt: skip
def test_these_questions_ask_how(question: str) -> None:
    assert asks_how(question)


@pytest.mark.parametrize(
    "question",
    ["How did the war end?", "How old is the mill?", "How many mills are there?", "How long is it?",
     "How was the mill restored?", "How far is it to Kelm?", "How much is it?", "Who reset it?",
     "How often does it run?", "How does the pump work?", "What did he do?"],
)  # fmt: skip
def test_these_do_not(question: str) -> None:
    assert not asks_how(question)
    read = [("Bo", 0.1), ("snap list", 0.05)]
    assert answers("Bo came.\n\n    snap list\n", question, read) == ["Bo", "snap list"]


@pytest.mark.parametrize(("question", "answer"), [*CHOOSING, *CHECKING])
def test_no_wrong_command_is_given_for_the_words_it_shares(
    question: str, answer: str | None
) -> None:
    found = with_commands(Question(question), found_in(NOTES, question), [])
    assert not found or found[0][0].text == answer


def test_most_commands_are_found_by_their_words_alone() -> None:
    asked = [(question, answer) for question, answer in (*CHOOSING, *CHECKING) if answer]
    right = [
        question
        for question, answer in asked
        if [one.text for one, _ in with_commands(Question(question), found_in(NOTES, question), [])]
        [:1] == [answer]
    ]  # fmt: skip
    assert len(right) >= 0.7 * len(asked)


def test_a_command_is_given_whole_with_the_lines_it_goes_on_in() -> None:
    code = "# to Ann\nsend --to ann \\\n  file.txt\n# to Bo\nsend --to bo x"
    text = f"Send a file:\n\n```sh\n{code}\n```\n"
    assert answers(text, "How do I send a file to Ann?") == ["send --to ann \\\n  file.txt"]
    assert answers(text, "How do I send it to Bo?") == ["send --to bo x"]


def test_a_short_block_is_given_whole_where_its_introduction_answers() -> None:
    text = "# Notes\n\nTo wash the pump:\n\n```\npump off\npump rinse\npump on\n```\n"
    assert answers(text, "How do I wash the pump?") == ["pump off\npump rinse\npump on"]


def test_a_prompt_and_the_output_are_no_command() -> None:
    text = "# List the snapshots\n\n```console\n$ snap list\none\ntwo\n```\n"
    assert answers(text, "How do I list the snapshots?") == ["snap list"]


def test_a_configuration_is_given_whole() -> None:
    text = "# Setup\n\nConfigure the pump:\n\n```yaml\npump:\n  speed: 3\n```\n"
    for question in ("How do I configure the pump?", "How do I configure the speed of the pump?"):
        assert answers(text, question) == ["pump:\n  speed: 3"]


@pytest.mark.parametrize(
    "text",
    ["To restart the pump, run: pump restart --now\n",
     "Restart the pump:\n\n    pump restart --now\n",
     "Restarting the pump.\n\n$ pump restart --now\n"],
)  # fmt: skip
def test_plain_text_has_commands_too(text: str) -> None:
    question = "How do I restart the pump?"
    read = [("restart --now", 0.3)]
    assert answers(text, question, read, "pump.txt") == ["pump restart --now"]


def test_in_a_table_of_keys_the_key_answers() -> None:
    text = "| Key | Meaning |\n|---|---|\n| `q` | quit the program |\n| `s` | save the file |\n"
    assert answers(text, "How do I save the file?") == ["s"]


def test_the_steps_below_a_heading_come_in_order() -> None:
    text = "# Router\n\n## Reset the router\n\n1. Unplug it.\n2. Wait.\n3. Plug it in.\n4. Smile.\n"
    steps = ["Unplug it.", "Wait.", "Plug it in.", "Smile."]
    assert answers(text, "How do I reset the router?") == steps[:MAX_STEPS]
    assert answers(text, "How do I reset the router?", [("Plug it in", 0.8)]) == steps[:MAX_STEPS]


def test_a_sentence_of_a_step_answers_alone_where_it_has_the_words() -> None:
    text = "# The loom\n\nOil the treadles with two drops. Brush the reed every month.\n"
    assert answers(text, "How do I brush the reed?") == ["Brush the reed every month."]


def test_what_the_reader_finds_in_a_command_tells_which() -> None:
    text = "# Copies\n\nGet them:\n\n    cp fetch --all\n\nDrop them:\n\n    cp forget --all\n"
    for found, command in (("cp fetch", "cp fetch --all"), ("forget", "cp forget --all")):
        assert answers(text, "How do I make the copies vanish?", [(found, 0.7)])[:1] == [command]


def test_a_part_of_a_command_is_completed_even_where_no_command_fits() -> None:
    text = "# Copies\n\nFetch them:\n\n    cp fetch --all\n\nAnn came.\n"
    assert answers(text, "How do I paint a house?", [("fetch --", 0.1), ("Ann", 0.1)]) == [
        "cp fetch --all",
        "Ann",
    ]


def test_two_parts_of_a_command_are_completed_once() -> None:
    text = "# Copies\n\nFetch them:\n\n    cp fetch --all\n\nAnn came.\n"
    read = [("fetch", 0.1), ("all", 0.1)]
    assert answers(text, "How do I paint a house?", read) == ["cp fetch --all"]


def test_where_a_command_is_asked_for_a_step_is_no_answer() -> None:
    text = "# Pump\n\n- Reset the pump with a hammer.\n- Call `pump reset` to reset it.\n"
    assert answers(text, "Which command resets the pump?")[:1] == ["pump reset"]
    text = "# Pump\n\n- Reset the pump with a hammer.\n"
    assert answers(text, "Which command resets the pump?") == []


def test_a_long_block_is_not_given_whole() -> None:
    lines = [f"pump step{number}" for number in range(MAX_BLOCK_LINES + 1)]
    text = "# Notes\n\nTo wash the pump:\n\n```\n{}\n```\n"
    whole = answers(text.format("\n".join(lines[:-1])), "How do I wash the pump?")
    assert whole == ["\n".join(lines[:-1])]
    found = answers(text.format("\n".join(lines)), "How do I wash the pump?")
    assert found
    assert set(found) <= set(lines)


def test_switching_on_is_not_switching_off() -> None:
    text = "# Pump\n\nSwitch on:\n\n    pump 1\n\nSwitch off:\n\n    pump 0\n"
    assert answers(text, "How do I switch the pump on?") == ["pump 1"]
    assert answers(text, "How do I switch the pump off?") == ["pump 0"]


def test_in_a_table_of_commands_the_command_answers() -> None:
    text = (
        "| Task | Command |\n|---|---|\n| delete a branch | `vc drop NAME` |\n| new | `vc new` |\n"
    )
    assert answers(text, "What is the command to delete a branch?") == ["vc drop NAME"]


def test_prose_answers_as_it_is_read() -> None:
    text = "The mill was restored by Jan Hook. People can reach it by boat.\n"
    read = [("by boat", 0.6), ("Jan Hook", 0.2)]
    for name in ("note.md", "note.txt"):
        assert answers(text, "How can people reach the mill?", read, name) == [
            "by boat",
            "Jan Hook",
        ]


def test_without_a_model_commands_answer_too() -> None:
    hits = hits_of(article_of("# Notes\n\nList the snapshots:\n\n    snap list --all\n", "note.md"))
    reading = SentenceReader().read(Question("Which command lists the snapshots?"), hits)
    assert [answer.text for answer in reading.answers] == ["snap list --all"]
    assert reading.confidence == reading.answers[0].score


NAMES = st.sampled_from(["note.md", "note.txt"])
PARTS = [
    "# Reset the pump\n\n", "## Pump\n\n", "Reset the pump. ", "It is old. ", "Run `pump reset`. ",
    "1. Unplug the pump.\n", "- Oil the pump, then wait.\n", "\n\n", "```\npump reset\n```\n",
    "```sh\n# reset\npump reset \\\n  --now\npump on\n```\n", "    pump off\n\n",
    "| `pump on` | reset |\n", "| a | b |\n|---|---|\n", "Do this:\n\n",
    "<!-- pump reset -->\n", "$ pump go\n", "```\npump:\n  go\n```\n", "Type: x\n",
    "😀 e\u0301 ", "\r\n",
]  # fmt: skip


@examples(150)
@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join), st.integers(0, 3), NAMES)
@example("Run this:\n\n```\n$   pump reset\n```\n", 0, "a.md")
@example("```\npump reset\n```\n    pump off\n\nReset the pump. ", 0, "a.md")
def test_whatever_the_note_commands_are_whole_slices_of_a_passage(
    text: str, skipped: int, name: str
) -> None:
    hits = hits_of(article_of(f"x {text}", name))[skipped:]
    for hit in hits:
        for step in steps_in(hit):
            assert step.zone.contains(step.span)
            block = hit.passage.article.structure[step.block]
            assert block.span.contains(step.span)
            assert block.kind not in ("comment", "furniture", "heading")
    found = with_commands(Question("How do I reset the pump?"), hits, [])
    assert len(found) <= MAX_STEPS
    for one, probability in found:
        assert one.text == one.text.strip() != ""
        assert 0 < probability < 1
        assert one.hit in hits


@pytest.mark.slow
def test_with_the_models_nearly_all_how_to_questions_are_answered_right(
    tmp_path: Path, real_encoder: Encoder
) -> None:
    (tmp_path / "notes").mkdir()
    for name, text in NOTES.items():
        (tmp_path / "notes" / name).write_text(text, "utf-8")
    reader = open_reader(Settings(), notify=str)
    assert isinstance(reader, SpanReader)
    stores = Settings(store=str(tmp_path / "stores"))
    wrong = []
    with Corpus(
        [str(tmp_path / "notes")], encoder=real_encoder, reader=reader, settings=stores
    ) as corpus:
        corpus.sync()
        for question, answer in (*CHOOSING, *CHECKING):
            hits = corpus.search(question, 6)
            candidates = merged(reader.candidates(Question(question), hits[:3]))
            rated = features(Question(question), candidates, hits)
            read = [
                (candidate, reader.calibration.probability(values))
                for candidate, values in zip(candidates, rated, strict=True)
            ]
            found = with_commands(Question(question), hits, read)
            if (found[0][0].text != answer) if answer else (found != read):
                wrong.append((question, found[0]))
    assert len(wrong) <= 2, wrong


def test_a_condition_belongs_to_the_steps_after_it() -> None:
    note = """\
# Snapshots

Old ones are removed by `snap prune --all`, which locks the store for an hour.

If the store stays locked, a run has crashed. Make sure that no run is left, then run `snap free`.
"""
    assert answers(note, "What should I do if the store stays locked?") == ["snap free"]
    assert answers(note, "What if a run has crashed?") == ["snap free"]
