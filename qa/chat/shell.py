"""The chat's window: panes, keys, palette, theme, and actions on what is shown.

It does not use the session; `qa.chat.app` connects the two.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from textual import events, on
from textual.app import App, ComposeResult, SystemCommand
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from qa.chat import keys
from qa.chat.dialogs.help import Help
from qa.chat.dialogs.save import Save
from qa.chat.editor import open_in_editor
from qa.chat.key_bar import KeyBar
from qa.chat.messages import OpeningReported
from qa.chat.opening import open_in_background
from qa.chat.pane import ArticlePane
from qa.chat.programs import Target
from qa.chat.question import QuestionInput
from qa.chat.settings import remember_theme, remembered_theme
from qa.chat.status_bar import StatusBar
from qa.chat.transcript import Transcript
from qa.chat.welcome import Welcome
from qa.show.paths import shown_path
from qa.show.response import citation_line
from qa.show.text import visible_line

EXIT_INTERRUPTED = 130
COMMAND_KEYS = frozenset("[]?/ ")
"""Characters that are commands while nothing is typed."""
WIDE = 100
"""From this many columns, the article is shown beside the conversation."""


class ChatShell(App[int]):
    """A conversation with its input, an article, a status bar and the keys."""

    CSS_PATH = [  # noqa: RUF012  as textual declares it
        Path(__file__).with_name(name) for name in ("app.tcss", "pane.tcss", "dialogs.tcss")
    ]
    TITLE = "article-qa"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  as textual declares it
        (0, "-one"),
        (WIDE, "-two"),
    ]
    BINDINGS = keys.BINDINGS

    def __init__(self, title: str, settings: Path | None) -> None:
        """title: name of the corpus, safe to show. settings: the file that stores the theme."""
        # With NO_COLOR, Textual turns theme colours into greys but drops the terminal's own.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.animation_level = "none"
        self._corpus_title = title
        self._settings = settings
        self._has_copied = False

    def compose(self) -> ComposeResult:
        """Lay out the status bar, the conversation with its input, the article and the keys."""
        yield StatusBar(self._corpus_title, id="top")
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield Welcome(self._corpus_title, id="welcome")
                yield Transcript(id="conversation")
                yield QuestionInput(id="question")
            yield ArticlePane(id="right")
        yield KeyBar(id="keys")

    @property
    def status(self) -> StatusBar:
        """The status bar."""
        return self.query_one(StatusBar)

    @property
    def transcript(self) -> Transcript:
        """The conversation."""
        return self.query_one(Transcript)

    @property
    def welcome(self) -> Welcome:
        """What is shown until the first question."""
        return self.query_one(Welcome)

    @property
    def question(self) -> QuestionInput:
        """The input for questions."""
        return self.query_one(QuestionInput)

    @property
    def pane(self) -> ArticlePane:
        """The article pane."""
        return self.query_one(ArticlePane)

    def prepare(self) -> None:
        """Restore the theme, focus the input and handle signals. Call on mount."""
        theme = remembered_theme(self._settings) if self._settings else None
        if theme in self.available_themes:
            self.theme = theme
        self.theme_changed_signal.subscribe(self, self._remember_theme)
        self.question.focus()
        self.handle_signals()

    def handle_signals(self) -> None:
        """On SIGTERM, or when the terminal is closed, restore the terminal before exiting."""
        loop = asyncio.get_running_loop()
        exit_app = partial(self.exit, return_code=EXIT_INTERRUPTED)
        for name in ("SIGTERM", "SIGHUP"):
            # Windows has no such handlers, and only the main thread gets signals.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError, AttributeError):
                loop.add_signal_handler(getattr(signal, name), exit_app)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the commands of the palette."""
        for title, help, key, action in keys.COMMANDS:
            if self.is_web and action in keys.NOT_IN_BROWSER:
                continue
            words = f"{help} ({key})" if key else help
            yield SystemCommand(title, words, lambda action=action: self.run_action(action))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible."""
        return not (self.is_web and action in keys.NOT_IN_BROWSER)

    async def on_event(self, event: events.Event) -> None:
        """Send what is typed or pasted outside of a field to the question."""
        if self._is_for_question(event):
            self.switch_to("conversation")
            # At once, so that the letters typed next follow this one.
            self.screen.set_focus(self.question)
        await super().on_event(event)

    def _is_for_question(self, event: events.Event) -> bool:
        is_text = isinstance(event, events.Paste) or (
            isinstance(event, events.Key)
            and bool(event.character)
            and event.is_printable
            and event.character not in COMMAND_KEYS
        )
        return is_text and len(self.screen_stack) == 1 and not isinstance(self.focused, Input)

    async def action_submit(self) -> None:
        """Ask the question that is typed."""
        await self.question.action_submit()

    def action_citation(self, step: int) -> None:
        """Choose the next or previous citation."""
        self.transcript.step(step)

    def action_copy(self) -> None:
        """Copy the chosen quote and its place."""
        card = self.transcript.card()
        if card is None:
            self.notify_user("No quote to copy yet.")
            return
        quote = f"“{card.passage.text}”\n— {citation_line(card.passage.citation)}\n"
        self._copy(quote, "Quote")

    def action_copy_answer(self) -> None:
        """Copy the words that answer, or the closest ones."""
        card = self.transcript.card()
        if card is None or not card.quoted:
            self.notify_user("No answer to copy in this passage.")
            return
        self._copy("\n".join(answer.words for answer in card.quoted), "Answer")

    def action_copy_sentence(self) -> None:
        """Copy the sentence of the answer as it is shown, but never cut."""
        card = self.transcript.card()
        if card is None or not card.quoted:
            self.notify_user("No answer to copy in this passage.")
            return
        self._copy(card.sentences_in_full, "Sentence")

    def _copy(self, text: str, what: str) -> None:
        self.copy_to_clipboard(text)
        said = f"{what} sent to the clipboard."
        if not self._has_copied and not self.is_web:  # once is enough
            said += " Some terminals ignore this; ^S saves the conversation instead."
        self._has_copied = True
        self.clear_notifications()  # the latest copy is the one that matters
        self.notify_user(said)

    def action_open_source(self) -> None:
        """Open what the chosen citation is from: text in the editor, other files in a program."""
        card = self.transcript.card()
        if card is None:
            self.notify_user("No citation to open yet.")
            return
        cited = card.passage.citation
        target = Target.of(card.passage, next(iter(card.quoted), None))
        if target is None:
            self.notify_user(f"There is no file to open: {shown_path(cited.path)}")
        elif self.is_web and target.path:
            self.notify_user("Only web pages can be opened here: this is a file of the server.")
        elif self.is_web:
            self.open_url(target.link)
        elif target.path and not cited.extractor:
            if problem := open_in_editor(self, target.path, cited.line_start):
                self.notify_user(problem)
        else:
            open_in_background(
                target, lambda text, link: self.post_message(OpeningReported(text, link))
            )

    @on(OpeningReported)
    def _report_opening(self, message: OpeningReported) -> None:
        text = message.text
        if message.link:
            self.copy_to_clipboard(message.link)
            text = f"{text} Sent to the clipboard: {message.link}"
        self.notify_user(text)

    def action_find(self) -> None:
        """Find words in the article that is shown."""
        if self.pane.view.article is None:
            self.notify_user("No article is shown yet.")
            return
        self.switch_to("article")
        self.pane.find()

    def action_open_article(self) -> None:
        """Go to the article."""
        self.switch_to("article")
        self.pane.view.focus()

    def action_switch(self) -> None:
        """Show the other pane, if only one fits."""
        if self.default_screen.has_class("article"):
            self.go_to_question()
        else:
            self.action_open_article()

    def action_page(self, pages: int) -> None:
        """Scroll the conversation by pages."""
        height = max(1, self.transcript.size.height - 2)
        self.transcript.scroll_relative(y=pages * height, animate=False)

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(Help())

    def action_help_quit(self) -> None:
        """Say how to quit: many press Ctrl+C first."""
        self.notify_user("^Q quits. ^C copies what the mouse has selected.")

    def action_save(self) -> None:
        """Save the conversation to a file."""
        responses = self.transcript.responses()
        if not responses:
            self.notify_user("Nothing to save yet.")
            return

        def report(path: str | None) -> None:
            if path is not None:
                self.notify_user(f"Saved as {visible_line(path)}")

        self.push_screen(Save(responses, self._offer if self.is_web else None), report)

    def _offer(self, name: str, text: str) -> None:
        """Have the browser save a file."""
        self.deliver_text(io.StringIO(text), save_filename=name)

    def switch_to(self, pane: str) -> None:
        """Show the "article" or the "conversation" pane, if only one fits."""
        self.default_screen.set_class(pane == "article", "article")
        self.query_one(KeyBar).show()

    def show_emptiness(self) -> None:
        """Show the first screen while the conversation is empty, and else the conversation."""
        is_empty = not self.transcript.entries
        self.default_screen.set_class(is_empty, "empty")
        if not is_empty:
            self.default_screen.remove_class("bare")
        self.question.suggest(self.welcome.questions if is_empty else ())
        self.query_one(KeyBar).show()

    def go_to_question(self) -> None:
        """Show the conversation, ready to type a question."""
        self.switch_to("conversation")
        self.question.focus()

    def notify_user(self, text: str, *, error: bool = False) -> None:
        """Show a notification. Any text is safe."""
        self.notify(
            visible_line(text),
            severity="error" if error else "information",
            timeout=60 if error else 6,
            markup=False,
        )

    def clear_notifications(self) -> None:
        """Remove all notifications."""
        super().clear_notifications()
        for screen in self.screen_stack:  # textual leaves an empty row for each
            screen.query("ToastHolder").remove()

    def _remember_theme(self, _: object) -> None:
        if self._settings is not None:
            remember_theme(self._settings, self.theme)
