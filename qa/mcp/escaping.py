"""JSON over HTTP without raw control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.show.text import escaped

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class EscapedJson:
    """An ASGI application that escapes what another one sends as JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        start: Message | None = None
        body = bytearray()

        async def send_escaped(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_json(message):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    safe = escaped(body.decode("utf-8")).encode("utf-8")
                    length = (b"content-length", str(len(safe)).encode())
                    headers = [row for row in start["headers"] if row[0] != length[0]]
                    await send({**start, "headers": [*headers, length]})
                    await send({**message, "body": safe})

        await self._app(scope, receive, send_escaped)


def _is_json(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"application/json")
        for name, value in start["headers"]
    )
