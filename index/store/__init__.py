"""Keeps articles, passages, vectors and words between questions."""
