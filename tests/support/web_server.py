"""A server on loopback that answers with exactly the bytes that a test gives it."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from threading import Event, Thread

Answer = bytes | Callable[[bytes], Iterable[bytes]]
"""Bytes to send, or a function of the request that yields them."""


class WebServer:
    """Answers each request by its path. Use it in a `with` statement."""

    def __init__(
        self,
        answers: Mapping[str, Answer],
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = dict(answers)
        self.requests: list[bytes] = []
        self.ended = Event()
        self._tls = tls
        self._listener = socket.create_server((host, 0))
        self.host, self.port = self._listener.getsockname()[:2]
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        with suppress(OSError):  # wake the thread that waits for a connection
            socket.create_connection((self.host, self.port), 1).close()
        self._thread.join(5)
        self._listener.close()

    def url(self, path: str = "/") -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{self.host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.requests]

    def _serve(self) -> None:
        while not self.ended.is_set():
            connection, _ = self._listener.accept()
            if self.ended.is_set():
                connection.close()
                return
            Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:  # the client may go away at any time
            opened = (
                self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            )
            with opened:
                request = b""
                while b"\r\n\r\n" not in request:
                    if not (received := opened.recv(65536)):
                        return
                    request += received
                self.requests.append(request)
                answer = self.answers.get(request.split(b" ")[1].decode(), NOT_FOUND)
                for piece in [answer] if isinstance(answer, bytes) else answer(request):
                    if self.ended.is_set():
                        return
                    opened.sendall(piece)


def response(
    content: bytes = b"",
    media_type: str = "text/html; charset=utf-8",
    *headers: str,
    status: str = "200 OK",
    length: int | None = None,
) -> bytes:
    """Return a whole response. length: what it claims to be long; None for the truth."""
    lines = [
        f"HTTP/1.1 {status}",
        *([f"Content-Type: {media_type}"] if media_type else []),
        f"Content-Length: {len(content) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def redirect(location: str, status: str = "302 Found") -> bytes:
    return response(b"", "text/html", f"Location: {location}", status=status)


def gzipped(content: bytes) -> bytes:
    return response(gzip.compress(content), "text/plain", "Content-Encoding: gzip")


NOT_FOUND = response(b"No such page.", status="404 Not Found")
