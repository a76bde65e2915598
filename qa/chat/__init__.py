"""The chat: a user interface for `qa.session`. Nothing else imports textual."""
