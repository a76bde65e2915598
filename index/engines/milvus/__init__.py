"""Stores on Milvus: articles and their history as records, passages as vectors."""
