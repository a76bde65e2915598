"""Evaluation: questions with known answers, and figures for the answers given."""
