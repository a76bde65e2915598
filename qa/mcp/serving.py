"""Serves clients on standard input and output, or over HTTP on this machine."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

import anyio
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, ErrorData, JSONRPCError

from index.errors import ConfigurationError
from qa.mcp.desk import Desk
from qa.mcp.escaping import EscapedJson
from qa.mcp.server import server_for
from qa.show.text import escaped, visible_line

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream

LOOPBACK = "127.0.0.1"
PATH = "/mcp"
MAX_CLIENTS = 200
"""Sessions of HTTP clients that are open at once."""
MAX_BODY_BYTES = 4 * 1024 * 1024
GRACE_SECONDS = 2


def serve_stdio(desk: Desk) -> None:
    """Serve one client until it closes standard input."""
    anyio.run(_serve_stdio, desk)


def serve_http(desk: Desk, port: int, announce: Callable[[str], object]) -> None:
    """Serve clients on this machine until the process is interrupted.

    port: 0 for any free one. announce: called with the address once it is open.

    Raises: ConfigurationError if the port is taken.
    """
    from uvicorn import Config
    from uvicorn import Server as HttpServer

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(
            f"Cannot use port {port}: {reason}.", "Choose another: --port N."
        ) from error
    hosts = [f"{name}:{listening.getsockname()[1]}" for name in (LOOPBACK, "localhost")]
    app = server_for(desk).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        max_request_body_size=MAX_BODY_BYTES,
        max_sessions=MAX_CLIENTS,
        # A page in a browser must not reach the articles, by its own name or by a rebound one.
        transport_security=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
        ),
    )
    config = Config(
        EscapedJson(app), http="h11", ws="none", loop="asyncio", log_config=None, access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )  # fmt: skip

    class Announced(HttpServer):
        """Says where it is once it can be stopped: an interrupt before that could be lost."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce(f"http://{hosts[0]}{PATH}")

    listening.listen()
    Announced(config).run(sockets=[listening])


def log_safely(say: Callable[[str], object]) -> None:
    """Have what libraries log as a warning said on one line, without control characters."""

    class Saying(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(visible_line(record.getMessage()))

    logging.getLogger().addHandler(Saying(logging.WARNING))


async def _serve_stdio(desk: Desk) -> None:
    server = server_for(desk)
    with _protocol_output() as output:
        streams = stdio_server(stdout=anyio.wrap_file(output))
        async with streams as (read, write), _messages(read, write) as messages:
            await server.run(messages, write, server.create_initialization_options())


class _Escaping(TextIOWrapper):
    """Writes JSON without raw control characters. Ends the process once the client is gone."""

    def write(self, text: str) -> int:
        with _ending_without_client():
            return super().write(escaped(text))

    def flush(self) -> None:
        with _ending_without_client():
            super().flush()


@contextmanager
def _ending_without_client() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # A read of standard input cannot be interrupted. What has been indexed is kept.
        os._exit(0)


@contextmanager
def _protocol_output() -> Iterator[TextIOWrapper]:
    """Yield standard output, which belongs to the protocol; all else goes to standard error."""
    with _Escaping(os.fdopen(os.dup(1), "wb"), encoding="utf-8", newline="\n") as output:
        try:
            os.dup2(2, 1)
        except OSError:  # standard error is closed
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        yield output


@asynccontextmanager
async def _messages(
    read: ReadStream[SessionMessage | Exception], write: WriteStream[SessionMessage]
) -> AsyncIterator[ReadStream[SessionMessage | Exception]]:
    """Yield the messages that were read. Lines that are none are refused, not ignored."""
    refusal = ErrorData(code=PARSE_ERROR, message="This line is not a JSON-RPC message.")
    send, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)

    async def relay() -> None:
        async with send:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                async for item in read:
                    if isinstance(item, Exception):
                        error = JSONRPCError(jsonrpc="2.0", id=None, error=refusal)
                        await write.send(SessionMessage(error))
                    else:
                        await send.send(item)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(relay)
        yield received
        tasks.cancel_scope.cancel()
