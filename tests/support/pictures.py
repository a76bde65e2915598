"""Takes the README's pictures from the running chat: `python -m tests.support.pictures`."""

from __future__ import annotations

import asyncio
import sys
import time

from textual.pilot import Pilot

from qa import open_corpus
from qa.chat.app import ChatApp
from qa.chat.question import QuestionInput
from qa.chat.transcript import Transcript
from tests.support.paths import TESTS

FOLDER = TESTS / "pictures"
PICTURES = {
    "answer": ((120, 30), ["How old is Rygor Kastusev?", "When was he arrested?"]),
    "not-found": ((120, 26), ["How many penguins live in Belarus?"]),
    "narrow": ((60, 24), ["How old is Rygor Kastusev?"]),
}
PATIENCE_SECONDS = 60


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, (size, questions) in PICTURES.items():
        file = FOLDER / f"{name}.svg"
        file.write_text(asyncio.run(picture(size, questions)), "utf-8")
        print(file)
    return 0


async def picture(size: tuple[int, int], questions: list[str]) -> str:
    """Return the screen after the questions are answered, as SVG."""
    app = ChatApp(lambda notify: open_corpus(notify=notify), title="sample article", passages=3)
    async with app.run_test(size=size) as pilot:
        for number, question in enumerate(questions, start=1):
            app.query_one(QuestionInput).value = question
            await pilot.press("enter")
            await _answered(app, pilot, number)
        return app.export_screenshot(title="qa chat")


async def _answered(app: ChatApp, pilot: Pilot[int], number: int) -> None:
    """Wait until the response and its article are on the screen."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        await pilot.pause(0.3)
        entry = app.query_one(Transcript).entries.get(number)
        chosen = app.query_one(Transcript).chosen
        if entry and entry.response and chosen and chosen.turn == number:
            await pilot.pause(0.3)
            return
    raise TimeoutError(f"question {number} was not answered")


if __name__ == "__main__":
    sys.exit(main())
