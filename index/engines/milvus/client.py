"""Talks to a Milvus server: the two collections of a store.

    …_passages   one row for each passage: its place, its vectors, its forward row
    …_records    everything else, see `records`; Milvus wants a vector in these rows too

Every read is consistent with all writes that were acknowledged before it (Strong).
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from index.engines.address import EngineAddress
from index.engines.milvus.errors import NOT_LOADED, UNREACHABLE, mapped
from index.errors import StoreDamaged

STRONG = "Strong"
TIMEOUT_SECONDS = 60.0
CONNECT_SECONDS = 10.0
MAX_TEXT_BYTES = 65_535
"""Of a text field of Milvus."""
MAX_FOUND = 16_384
"""The most rows that Milvus returns for one search."""
ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 16_000_000
"""In one insertion, roughly: a message may have 64 MB."""
IDS_AT_ONCE = 1_000
"""In one query."""
MAX_NAME_CHARS = 200
NUMBER = "article_qa.number"
"""Property of the collection with the records: tells it from a later one of the same name."""
NAMED = re.compile(r"qa_[0-9A-Za-z_]+_records")

Row = dict[str, Any]


def collections_of(name: str) -> tuple[str, str]:
    """Return the names of the collections of a store: of its passages, and of its records."""
    # A name ends with a hash. Milvus takes at most 255 characters.
    made = f"qa_{re.sub('[^0-9A-Za-z]', '_', name)[-MAX_NAME_CHARS:]}"
    return f"{made}_passages", f"{made}_records"


class Client:
    """A connection to a server. Threads can share it. Close it when it is no longer needed."""

    def __init__(self, address: EngineAddress) -> None:
        """Connect. Raises: StoreError."""
        self.address = address
        with self._mapped():
            from pymilvus import MilvusClient

            # Its messages go to the terminal, and errors are raised as well.
            logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
            self._client = MilvusClient(
                uri=f"{address.scheme}://{_host(address)}:{address.port}",
                user=address.user,
                password=address.password,
                db_name=address.database,
                timeout=CONNECT_SECONDS,
                dedicated=True,  # a shared one is found by host and port alone, whatever the scheme
            )

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):  # it may be lost already
            self._client.close()

    def version(self) -> str:
        """Return the version of the server, as it says it."""
        with self._mapped():
            return str(self._client.get_server_version(timeout=CONNECT_SECONDS))

    def collections(self) -> list[str]:
        """Return the names of all collections, sorted."""
        with self._mapped():
            return sorted(self._client.list_collections(timeout=TIMEOUT_SECONDS))

    def create(self, name: str, dimension: int) -> None:
        """Create the collections of a store that do not exist yet."""
        passages, records = collections_of(name)
        existing = self.collections()
        with self._mapped():
            if passages not in existing:
                self._create_passages(passages, dimension)
            if records not in existing:
                self._create_records(records)

    def number(self, name: str) -> int:
        """Return what tells a store from a later one of the same name; 0 if there is none."""
        _, records = collections_of(name)
        with contextlib.suppress(StoreDamaged), self._mapped():
            about = self._client.describe_collection(records, timeout=TIMEOUT_SECONDS)
            # milvus-lite numbers no collections.
            return int(about["collection_id"]) or int(about["properties"].get(NUMBER, 0))
        return 0

    def _create_passages(self, name: str, dimension: int) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        for number in ("article", "start", "stop"):
            schema.add_field(number, DataType.INT64)
        for text in ("checksums", "forward_row"):
            schema.add_field(text, DataType.VARCHAR, max_length=MAX_TEXT_BYTES)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
        index = self._client.prepare_index_params()
        building = {"M": 16, "efConstruction": 200}
        index.add_index("vector", index_type="HNSW", metric_type="IP", params=building)
        index.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        self._create(name, schema, index, {})

    def _create_records(self, name: str) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        for number in ("batch", "key", "part"):
            schema.add_field(number, DataType.INT64)
        schema.add_field("kind", DataType.VARCHAR, max_length=16)
        schema.add_field("body", DataType.VARCHAR, max_length=MAX_TEXT_BYTES)
        schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
        index = self._client.prepare_index_params()
        index.add_index("nothing", index_type="FLAT", metric_type="L2")
        self._create(name, schema, index, {NUMBER: str(secrets.randbits(60) + 1)})

    def _create(
        self, name: str, schema: object, index: object, properties: Mapping[str, str]
    ) -> None:
        from pymilvus import MilvusException

        try:
            self._client.create_collection(
                name,
                schema=schema,
                index_params=index,
                properties=dict(properties),
                consistency_level=STRONG,
            )
        except MilvusException:  # another process may just have created it
            if not self._client.has_collection(name, timeout=TIMEOUT_SECONDS):
                raise

    def drop(self, name: str) -> None:
        """Delete the collections of a store, if they exist."""
        passages, records = collections_of(name)
        with self._mapped():  # a list of articles without passages would look like a whole store
            self._client.drop_collection(records, timeout=TIMEOUT_SECONDS)
            self._client.drop_collection(passages, timeout=TIMEOUT_SECONDS)

    def clear_passages(self, name: str, dimension: int) -> None:
        """Remove what is left of a store of this name whose deletion was stopped."""
        passages, _ = collections_of(name)
        with self._mapped():
            about = self._client.describe_collection(passages, timeout=TIMEOUT_SECONDS)
            (vector,) = (field for field in about["fields"] if field["name"] == "vector")
            if int(vector["params"]["dim"]) != dimension:
                self._client.drop_collection(passages, timeout=TIMEOUT_SECONDS)
                self._create_passages(passages, dimension)
        self.delete(passages, "id >= 0")

    def insert(
        self, collection: str, rows: Sequence[Row], timeout: float = TIMEOUT_SECONDS
    ) -> None:
        """Insert rows. If this fails, some of them may be there. timeout: in seconds."""
        for some in _messages(rows):
            with self._mapped():
                self._client.insert(collection, some, timeout=timeout)

    def delete(self, collection: str, condition: str) -> None:
        """Delete the rows that meet a condition."""
        with self._mapped():
            self._client.delete(collection, filter=condition, timeout=TIMEOUT_SECONDS)

    def query(self, collection: str, condition: str, fields: Sequence[str]) -> list[Row]:
        """Return the rows that meet a condition, in no order."""
        found = self._reading(
            collection,
            lambda: self._client.query(
                collection,
                filter=condition,
                output_fields=list(fields),
                consistency_level=STRONG,
                timeout=TIMEOUT_SECONDS,
            ),
        )
        return [dict(row) for row in found]

    def rows(self, collection: str, ids: Sequence[int], fields: Sequence[str]) -> dict[int, Row]:
        """Return rows by id; those that do not exist are missing."""
        found = {}
        for first in range(0, len(ids), IDS_AT_ONCE):
            wanted = ", ".join(map(str, ids[first : first + IDS_AT_ONCE]))
            for row in self.query(collection, f"id in [{wanted}]", ["id", *fields]):
                found[int(row["id"])] = row
        return found

    def search(
        self,
        collection: str,
        field: str,
        vector: Sequence[float] | Mapping[int, float],
        most: int,
        condition: str = "",
    ) -> list[tuple[int, float]]:
        """Return the ids of the rows with the highest inner product, and the product.

        Best first, at most `most`, of those that meet a condition.
        """
        wanted = {"metric_type": "IP", "params": {}}
        if field == "vector":  # the index looks at this many: the more, the fewer it misses
            wanted["params"] = {"ef": max(400, 2 * most)}
        (found,) = self._reading(
            collection,
            lambda: self._client.search(
                collection,
                data=[vector],
                anns_field=field,
                limit=most,
                filter=condition,
                output_fields=["id"],
                search_params=wanted,
                consistency_level=STRONG,
                timeout=TIMEOUT_SECONDS,
            ),
        )
        return [(int(hit["id"]), float(hit["distance"])) for hit in found]

    def _reading(self, collection: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401  as the client
        """Return what is read. If the server was started again meanwhile, a second try succeeds."""
        from pymilvus import MilvusException

        with self._mapped():
            try:
                return read()
            except MilvusException as error:
                if error.code == NOT_LOADED:
                    self._client.load_collection(collection, timeout=TIMEOUT_SECONDS)
                elif error.code != UNREACHABLE:
                    raise
                return read()

    def _mapped(self) -> AbstractContextManager[None]:
        """Turn the errors of the client into StoreError."""
        return mapped(self.address)


def _messages(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield rows in order, as many at once as a message may have."""
    some: list[Row] = []
    size = 0
    for row in rows:
        of_row = sum(8 * len(one) for one in row.values() if isinstance(one, (str, list, dict)))
        if some and (size + of_row > BYTES_AT_ONCE or len(some) == ROWS_AT_ONCE):
            yield some
            some, size = [], 0
        some.append(row)
        size += of_row
    if some:
        yield some


def _host(address: EngineAddress) -> str:
    return f"[{address.host}]" if ":" in address.host else address.host
