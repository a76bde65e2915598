"""The chat's keys and commands: what is bound, what the palette offers, what the help says.

The conversation, the question and the find line bind further keys of their own.
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

BINDINGS: list[BindingType] = [
    Binding("ctrl+q", "quit", "Quit", priority=True, show=False),
    Binding("ctrl+n", "new", "New", show=False),
    Binding("ctrl+down", "citation(1)", "Citation", key_display="[ ]"),
    Binding("ctrl+up", "citation(-1)", "Citation", show=False),
    Binding("ctrl+y", "copy", "Copy"),
    Binding("ctrl+o", "edit", "Editor"),
    Binding("ctrl+f", "find", "Find"),
    Binding("f2", "switch", "Article", show=False),
    Binding("f3", "articles", "Articles", show=False),
    Binding("f4", "conversations", "Conversations", show=False),
    Binding("ctrl+s", "save", "Save", show=False),
    Binding("f1", "help", "Help"),
    Binding("escape", "cancel", "Cancel", show=False),
    Binding("pageup", "page(-1)", "Page up", show=False),
    Binding("pagedown", "page(1)", "Page down", show=False),
]  # fmt: skip
"""Of the app, so in all its panes but in no dialog."""

COMMANDS = (
    ("New conversation", "Forget what was spoken of", "new"),
    ("Copy the quote", "The chosen passage with its place", "copy"),
    ("Open in the editor", "The article, at the line of the chosen passage", "edit"),
    ("Find in the article", "Words in the article that is shown", "find"),
    ("Next citation", "Of the answers", "citation(1)"),
    ("Previous citation", "Of the answers", "citation(-1)"),
    ("Ask as it stands", "The last question, without the one before it", "ask_alone"),
    ("Conversation or article", "Where there is room for one of them", "switch"),
    ("Articles", "Which to ask, and what was left out", "articles"),
    ("Conversations", "Go on with an earlier one, or delete it", "conversations"),
    ("Save the conversation", "As Markdown or JSON lines", "save"),
    ("Cancel", "The running question", "cancel_question"),
    ("Theme", "Light and dark ones", "change_theme"),
    ("Help", "All keys", "help"),
    ("Quit", "At once; the conversation is kept", "quit"),
)
"""Title, explanation and action of each command in the palette."""

KEYS = (
    (
        "Asking",
        (
            ("Enter", "ask"),
            ("Up  Down", "earlier and later questions"),
            ("Esc", "cancel a running question; close; back to the question"),
            ("^N", "new conversation"),
            ("Tab", "between question, article and conversation"),
            ("PgUp PgDn", "scroll the conversation"),
        ),
    ),
    (
        "Citations",
        (
            ("^Up ^Down", "previous and next citation"),
            ("^Y", "copy the quote with its place"),
            ("^O", "open the article in your editor, at the line"),
            ("^F", "find in the article"),
            ("F2", "conversation or article, where one fits"),
        ),
    ),
    (
        "In an empty line or in the conversation",
        (
            ("[  ]", "previous and next citation"),
            ("?", "this help"),
        ),
    ),
    (
        "In the conversation",
        (
            ("y  e  /", "copy, editor, find"),
            ("a", "ask the last question as it stands, without the one before"),
            ("Enter", "go to the article"),
            ("j k Home", "scroll; earlier turns"),
        ),
    ),
    (
        "Everything else",
        (
            ("F3", "articles: which to ask, what was left out"),
            ("F4", "conversations: resume or delete"),
            ("^S", "save the conversation"),
            ("^P", "all commands, themes"),
            ("F1", "this help"),
            ("^Q", "quit"),
        ),
    ),
)
"""What the help says: a title, and keys with what they do."""
