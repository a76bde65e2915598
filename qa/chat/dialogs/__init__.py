"""Dialogs over the conversation, one per file."""
