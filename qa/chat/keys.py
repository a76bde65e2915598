"""The chat's key bindings, and the texts of the command palette and the help.

The conversation, the input, the article and the find line have more bindings of their own.
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

BINDINGS: list[BindingType] = [
    Binding("ctrl+q", "quit", "Quit", priority=True, show=False),
    Binding("ctrl+n", "new", "New", show=False),
    Binding("ctrl+down", "citation(1)", "Citation", key_display="[ ]"),
    Binding("ctrl+up", "citation(-1)", "Citation", show=False),
    Binding("ctrl+y", "copy", "Copy"),
    Binding("f7", "copy_answer", "Copy the answer", show=False),
    Binding("f8", "copy_sentence", "Copy the sentence", show=False),
    Binding("ctrl+o", "open_source", "Open"),
    Binding("ctrl+f", "find", "Find"),
    Binding("f2", "switch", "Article", show=False),
    Binding("f3", "articles", "Articles", show=False),
    Binding("f4", "conversations", "Conversations", show=False),
    Binding("f5", "fetch_again", "Fetch again", show=False),
    Binding("f6", "add", "Add articles", show=False),
    Binding("ctrl+s", "save", "Save", show=False),
    Binding("f1", "help", "Help"),
    Binding("ctrl+r", "ask_alone", "Ask again on its own", show=False),
    Binding("escape", "cancel", "Cancel", show=False),
    Binding("pageup", "page(-1)", "Page up", show=False),
    Binding("pagedown", "page(1)", "Page down", show=False),
]  # fmt: skip
"""Bindings of the app: active in every pane, but in no dialog."""

NOT_IN_BROWSER = frozenset({"add", "fetch_again"})
"""Actions that users in a browser may not take: they would have the server read and fetch more."""

COMMANDS = (
    ("New conversation", "Forget the earlier questions", "^N", "new"),
    ("Copy the answer", "Copy the words that answer", "F7", "copy_answer"),
    ("Copy the sentence", "Copy the sentence of the answer", "F8", "copy_sentence"),
    ("Copy the quote", "Copy the chosen passage and its place", "^Y", "copy"),
    ("Open the source", "Open the file or web page at the chosen passage", "^O", "open_source"),
    ("Find in the article", "Find words in the article shown", "^F", "find"),
    ("Next citation", "Choose the next citation", "] or ^Down", "citation(1)"),
    ("Previous citation", "Choose the previous citation", "[ or ^Up", "citation(-1)"),
    ("Ask again on its own", "Ask the last question again, not as a follow-up", "^R", "ask_alone"),
    ("Conversation or article", "Switch panes in a narrow terminal", "F2", "switch"),
    ("Articles", "Find and read them, mark which to ask, see skipped files", "F3", "articles"),
    ("Add articles …", "Add a web page, a file or a folder", "F6", "add"),
    ("Fetch again", "Fetch the web pages again, and say what changed", "F5", "fetch_again"),
    ("Conversations", "Resume or delete a saved conversation", "F4", "conversations"),
    ("Save the conversation", "Save it as Markdown or JSON lines", "^S", "save"),
    ("Cancel", "Cancel what is running", "Esc", "cancel_question"),
    ("Theme", "Change the colours", "", "change_theme"),
    ("Help", "Show all keys", "F1", "help"),
    ("Quit", "Quit at once", "^Q", "quit"),
)
"""Title, explanation, key and action of each command in the palette."""

FETCH_KEY, ADD_KEY = "F5", "F6"
KEYS_NOT_IN_BROWSER = frozenset({FETCH_KEY, ADD_KEY})
KEYS = (
    (
        "Questions",
        (
            ("Enter", "ask"),
            ("Up  Down", "previous and next question"),
            ("Esc", "cancel what is running; close; go to the input"),
            ("^N", "new conversation"),
            ("^R", "ask the last question again, not as a follow-up"),
            ("Tab", "switch between input, article and conversation"),
            ("PgUp PgDn", "scroll the conversation"),
        ),
    ),
    (
        "Citations",
        (
            ("^Up ^Down", "previous and next citation"),
            ("^Y", "copy the quote and its place"),
            ("F7  F8", "copy the answer alone; copy its sentence"),
            ("^C", "copy what the mouse has selected"),
            ("^O", "open the file or web page there, text in your editor"),
            ("^F", "find in the article"),
            ("F2", "switch panes in a narrow terminal"),
        ),
    ),
    (
        "In the conversation, or while the input is empty",
        (
            ("[  ]", "previous and next citation"),
            ("?", "this help"),
        ),
    ),
    (
        "In the conversation",
        (
            ("/", "find in the article"),
            ("Enter", "go to the article"),
            ("Home", "show earlier turns"),
        ),
    ),
    (
        "General",
        (
            ("F3", "articles: find, read, mark which to ask; skipped files"),
            ("F4", "conversations: resume or delete"),
            (FETCH_KEY, "fetch the web pages again"),
            (ADD_KEY, "add a web page, a file or a folder"),
            ("^S", "save the conversation"),
            ("^P", "all commands and themes"),
            ("F1", "this help"),
            ("^Q", "quit"),
        ),
    ),
)
"""The help: titles, each with its keys and what they do."""
