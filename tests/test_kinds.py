"""What kind of answer a question wants is recognised by its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question import Question
from qa.reader.kinds import bare, kind_of
from qa.types import Kind

QUESTIONS: dict[Kind, str] = {
    "yes_no": """
Is the bridge open?
did the mayor resign
Aren't dogs allowed?
Was it built by monks or by soldiers?
Do you know whether the museum is closed?
In 1953, did the dike break?
According to the report, were any sheep lost?
The crossing is free, right?
So the kiln is still in use?
Could you tell me if the tower can be climbed?
Are there any lockers?
May I take photographs?
Does the text say whether she returned?
Will Harris sing?""",
    "explain": """
Why was the station moved?
How did the roof collapse?
How are the bricks fired?
How come the shop closed?
What happened in the spring of 1911?
What happened to the organ?
What caused the explosion?
What led to the strike?
What was the reason for the delay?
For what reason was he dismissed?
Please explain how the lock works
Tell me why the lamps were replaced
What makes the sand sing?
How do I descale the kettle?
Tell me how the kettle works
What is the council going to do about the wall?
What to do if the kettle leaks?
What does "out of order" mean?
What did the parish decide to do about the wall?
What does a flashing light mean?""",
    "list": """
Which months were the wettest?
Who else was on board?
What else did they find?
Name all the keepers of the lighthouse.
List the exhibits
What are the visiting hours?
Who were the founders?
In which years did the river freeze?
Which three villages were flooded?
What other languages does he speak?
What kinds of wood are used?
What's in the chest?
What do I need for the soup?
What is sold in the shop?
Who was present?
Name her brothers.
Which new species did he describe?
Which Baltic towns joined the league?
Which of the chapels are open?""",
    "count": """
How many sheep were lost?
In how many towns is it sold?
About how many people drowned?
What was the number of passengers?
number of visitors""",
    "about": """
What is the letter about?
what was this chapter about
main points please
What is this about?
Summarise
Please summarize the article.
What is the story about?
Give me a short summary
What are the main points?
Tell me about Anna Vos
What can you tell me about the lighthouse?
I'd like to know more about the keepers
What is the barley soup recipe about?""",
    "span": """
What is the process in which clay hardens called?
What were the riots of 1830 known as?
Who designed the bridge?
When did the mill close?
Where is the archive?
What is a sluice?
How old is the oak?
How much is a ticket?
How long did the siege last?
How often does the bus run?
What does it cost?
What was the strike about?
Which river crosses the town?
Which bus goes there?
Which company makes lenses?
What is rust?
How is the dish called?
What series did she write?
May 1945 surrender
Will Harris birthplace
harbour master name
And in 1912?""",
}
CASES = [
    (question, kind) for kind, asked in QUESTIONS.items() for question in asked.split("\n")[1:]
]


@pytest.mark.parametrize(("question", "kind"), CASES)
def test_the_words_of_a_question_say_what_kind_of_answer_it_wants(
    question: str, kind: Kind
) -> None:
    assert kind_of(Question.parse(question)) == kind


@pytest.mark.parametrize("before", ["Please tell me: ", "Hello, ", "OK, so ", "And ", "\n "])
@pytest.mark.parametrize(
    ("question", "kind"), [case for case in CASES if not case[0].endswith("right?")][::3]
)
def test_polite_words_before_a_question_do_not_change_its_kind(
    before: str, question: str, kind: Kind
) -> None:
    assert kind_of(Question.parse(before + question)) == kind


@given(st.text(min_size=1))
def test_any_text_has_a_kind(text: str) -> None:
    asked = Question(text.strip() or "?")
    assert kind_of(asked) in QUESTIONS
    assert bare(asked.text)


def test_the_kind_of_a_long_question_is_that_of_the_sentence_that_asks() -> None:
    told = "The harbour was rebuilt after the storm, and then the fleet left. " * 8
    assert kind_of(Question.parse(f"{told} Why did the fleet leave?")) == "explain"
