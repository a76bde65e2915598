"""The chat: a skin over `qa.corpus` without question-answering logic; the only user of textual."""
