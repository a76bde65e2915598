"""The chat in a browser: one process and one set of models for all who open its page."""
