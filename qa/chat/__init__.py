"""The chat: a skin over `qa.ask` without question-answering logic; the only user of textual."""
