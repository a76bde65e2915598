"""Stores on servers that hold vectors: what they have in common, and a module for each."""
