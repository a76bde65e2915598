"""What opens over the conversation, one file a dialog."""
