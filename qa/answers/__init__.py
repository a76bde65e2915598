"""A response as data: written as JSON, kept in a conversation, and verified against the files."""
