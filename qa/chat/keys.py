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
    Binding("ctrl+o", "open_source", "Open"),
    Binding("ctrl+f", "find", "Find"),
    Binding("f2", "switch", "Article", show=False),
    Binding("f3", "articles", "Articles", show=False),
    Binding("f4", "conversations", "Conversations", show=False),
    Binding("f5", "fetch_again", "Fetch again", show=False),
    Binding("f6", "add", "Add articles", show=False),
    Binding("ctrl+s", "save", "Save", show=False),
    Binding("f1", "help", "Help"),
    Binding("escape", "cancel", "Cancel", show=False),
    Binding("pageup", "page(-1)", "Page up", show=False),
    Binding("pagedown", "page(1)", "Page down", show=False),
]  # fmt: skip
"""Bindings of the app: active in every pane, but in no dialog."""

COMMANDS = (
    ("New conversation", "Forget the earlier questions", "new"),
    ("Copy the quote", "Copy the chosen passage and its place", "copy"),
    ("Open the source", "Open the file or web page at the chosen passage", "open_source"),
    ("Find in the article", "Find words in the article shown", "find"),
    ("Next citation", "Choose the next citation", "citation(1)"),
    ("Previous citation", "Choose the previous citation", "citation(-1)"),
    ("Ask again on its own", "Ask the last question again, not as a follow-up", "ask_alone"),
    ("Conversation or article", "Switch panes in a narrow terminal", "switch"),
    ("Articles", "Select which to ask, and see the skipped files", "articles"),
    ("Add articles …", "Ask a web page, a file or a folder as well", "add"),
    ("Fetch again", "Fetch the web pages again, and say what changed", "fetch_again"),
    ("Conversations", "Resume or delete a saved conversation", "conversations"),
    ("Save the conversation", "Save it as Markdown or JSON lines", "save"),
    ("Cancel", "Cancel what is running", "cancel_question"),
    ("Theme", "Change the colours", "change_theme"),
    ("Help", "Show all keys", "help"),
    ("Quit", "Quit at once", "quit"),
)
"""Title, explanation and action of each command in the palette."""

KEYS = (
    (
        "Questions",
        (
            ("Enter", "ask"),
            ("Up  Down", "previous and next question"),
            ("Esc", "cancel what is running; close; go to the input"),
            ("^N", "new conversation"),
            ("Tab", "switch between input, article and conversation"),
            ("PgUp PgDn", "scroll the conversation"),
        ),
    ),
    (
        "Citations",
        (
            ("^Up ^Down", "previous and next citation"),
            ("^Y", "copy the quote and its place"),
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
            ("y  o  /", "copy, open, find"),
            ("a", "ask the last question again, not as a follow-up"),
            ("Enter", "go to the article"),
            ("j k Home", "scroll; show earlier turns"),
        ),
    ),
    (
        "General",
        (
            ("F3", "articles: select which to ask, see skipped files"),
            ("F4", "conversations: resume or delete"),
            ("F5", "fetch the web pages again"),
            ("F6", "add a web page, a file or a folder"),
            ("^S", "save the conversation"),
            ("^P", "all commands and themes"),
            ("F1", "this help"),
            ("^Q", "quit"),
        ),
    ),
)
"""The help: titles, each with its keys and what they do."""
