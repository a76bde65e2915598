"""Responses as data: written as JSON, saved in conversations, verified against the files."""
