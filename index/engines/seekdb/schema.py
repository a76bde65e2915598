"""The tables on the server.

    article_qa_stores      all stores, by number: what they are of, and what they hold
    article_qa_locks       a row for each name of a store, locked by who changes the store
    article_qa_N_articles  articles without their content
    article_qa_N_contents  their texts and structures, in pieces
    article_qa_N_passages  passages with their vectors, sparse vectors and forward rows
    article_qa_N_stems     the stems of all passages, with their numbers
    article_qa_N_files     records of files
    article_qa_N_encoded   vectors of texts that are not stored yet

Texts are kept as bytes in UTF-8: no character set of the server changes them or their order.
A statement has to fit into the server's `max_allowed_packet`, so contents come in pieces.
"""

from __future__ import annotations

FORMAT = 1
"""Increased with every change of these tables; a store of another format is rebuilt."""
STORES = "article_qa_stores"
LOCKS = "article_qa_locks"
SHARED = (
    f"""
    CREATE TABLE IF NOT EXISTS {STORES} (
        number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARBINARY(255) NOT NULL,
        state VARBINARY(16) NOT NULL, format INT NOT NULL, identity BLOB NOT NULL,
        about LONGBLOB NOT NULL, articles BIGINT NOT NULL, passages BIGINT NOT NULL,
        files BIGINT NOT NULL, words BIGINT NOT NULL, last_article BIGINT NOT NULL,
        last_passage BIGINT NOT NULL, last_stem BIGINT NOT NULL, generation BIGINT NOT NULL,
        scanned BLOB NOT NULL, checksum BINARY(8) NOT NULL, KEY (name)
    )
    """,
    f"CREATE TABLE IF NOT EXISTS {LOCKS} (name VARBINARY(255) PRIMARY KEY)",
)
TABLES = ("articles", "contents", "passages", "stems", "files", "encoded")
"""Of each store."""
MAX_STEM_BYTES = 1024
MAX_PIECE_BYTES = 1_000_000
MAX_WEIGHTS = 500_000
"""Most different numbers that sparse vectors can have: a limit of the server."""
_COLUMNS = {
    "articles": """
        id BIGINT PRIMARY KEY, name VARBINARY(8192) NOT NULL, path LONGBLOB NOT NULL,
        title LONGBLOB NOT NULL, sha256 VARBINARY(64) NOT NULL, extractor BLOB NOT NULL,
        passages INT NOT NULL, content_checksum BINARY(16) NOT NULL, checksum BINARY(8) NOT NULL,
        text_bytes BIGINT NOT NULL, UNIQUE KEY (name), KEY (sha256)
    """,
    "contents": """
        article BIGINT NOT NULL, piece INT NOT NULL, bytes LONGBLOB NOT NULL,
        PRIMARY KEY (article, piece)
    """,
    "passages": """
        id BIGINT PRIMARY KEY, article BIGINT NOT NULL, start BIGINT NOT NULL,
        stop BIGINT NOT NULL, checksum BINARY(8) NOT NULL, halves BLOB NOT NULL,
        words MEDIUMBLOB NOT NULL, words_checksum BINARY(8) NOT NULL,
        vector VECTOR({dimension}) NOT NULL, weights SPARSEVECTOR NOT NULL, KEY (article),
        VECTOR INDEX by_vector (vector)
            WITH (distance=inner_product, type=hnsw, lib=vsag, m=16, ef_construction=200),
        VECTOR INDEX by_weights (weights)
            WITH (distance=inner_product, type=sindi, lib=vsag, prune=false)
    """,
    "stems": f"""
        id BIGINT PRIMARY KEY, stem VARBINARY({MAX_STEM_BYTES}) NOT NULL, passages BIGINT NOT NULL,
        UNIQUE KEY (stem)
    """,
    "files": """
        name VARBINARY(8192) PRIMARY KEY, size BIGINT NOT NULL, changed_ns BIGINT NOT NULL,
        checked_ns BIGINT NOT NULL, reason VARBINARY(64) NOT NULL, detail LONGBLOB NOT NULL,
        extractor BLOB NOT NULL, checksum BINARY(8) NOT NULL
    """,
    "encoded": """
        text_checksum BINARY(16) PRIMARY KEY, checksum BINARY(8) NOT NULL, halves BLOB NOT NULL
    """,
}


def table(number: int, name: str) -> str:
    """Return the full name of a table of a store. name: one of `TABLES`."""
    return f"article_qa_{number}_{name}"


def creation(number: int, name: str, dimension: int) -> str:
    """Return SQL that creates a table of a store."""
    heap = " ORGANIZATION = HEAP" if name == "passages" else ""
    return (
        f"CREATE TABLE {table(number, name)} ({_COLUMNS[name].format(dimension=dimension)}){heap}"
    )
