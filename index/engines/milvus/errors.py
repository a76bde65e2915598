"""What the errors of a Milvus server, and of the connection to it, mean."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from index.engines.address import EngineAddress
from index.errors import StoreDamaged, StoreError

UNREACHABLE, NOT_LOADED = 2, 101
_NO_COLLECTION, _NO_DATABASE = 100, 800
_NO_SUCH_DATABASE = re.compile(r"database .*not (found|exist)", re.IGNORECASE)
_REFUSED = re.compile(
    r"auth check failure|unauthenticated|not authenticated|permission deny|not permitted",
    re.IGNORECASE,
)
"""As the server says it; its code depends on which part of it refuses."""


@contextlib.contextmanager
def mapped(address: EngineAddress) -> Iterator[None]:
    """Turn the errors of the client into StoreError."""
    import grpc
    from pymilvus import MilvusException

    try:
        yield
    except MilvusException as error:
        raise _error_of(error.code, error.message, address) from error
    except grpc.RpcError as error:  # those that the client does not try again
        raise _error_of_call(error.code().name, str(error.details()), address) from error


def _error_of(code: object, message: str, address: EngineAddress) -> StoreError:
    """Return what an error of the server means."""
    if code == _NO_COLLECTION:
        return StoreDamaged(f"The store on {address} was deleted.")
    if code == _NO_DATABASE or _NO_SUCH_DATABASE.search(message):
        return StoreError(
            f"The server has no database {address.database}.", "Create it, or name another."
        )
    if _REFUSED.search(message):
        return _refused(address)
    if code == UNREACHABLE or "connect" in message:
        return StoreError(
            f"Nothing answers at {address}.", "Start the server, or check host and port."
        )
    return StoreError(f"{address} reports: {message} (error {code})", "See the log of the server.")


def _error_of_call(status: str, message: str, address: EngineAddress) -> StoreError:
    """Return what a call that got no answer means. status: of gRPC."""
    if status in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
        return _refused(address)
    if status == "DEADLINE_EXCEEDED":
        return StoreError(f"{address} does not answer in time.", "Try again later.")
    return _error_of(status, message, address)


def _refused(address: EngineAddress) -> StoreError:
    return StoreError(
        f"{address} refuses the user or the password.",
        "Check the user in the address, and the password in QA_STORE_PASSWORD.",
    )
