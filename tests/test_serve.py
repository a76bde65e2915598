"""The chat's web server: each tab has a chat of its own, and may only do what it should."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from textual.widgets import Input

from qa.serve.server import MAX_CHATS
from tests.support.tabs import ENTER, PATIENCE_SECONDS, Served, Tab, serving

pytestmark = pytest.mark.slow

QUESTION = "When was the bridge built?"
ESCAPE, F1, F6 = "\x1b", "\x1bOP", "\x1b[17~"
CTRL_Q, CTRL_S, CTRL_Y = "\x11", "\x13", "\x19"


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """Serve a folder with an article, beside a file that is none."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "bridge.txt").write_text("The bridge was built in 1932.\n", "utf-8")
    (tmp_path / "secret.txt").write_text("The password is swordfish.\n", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    async with serving(notes) as served:
        yield served


PAGE = ["page.js", "page.css", "static/js/textual.js"]
PATHS = ["", *PAGE, "download/x", "ws", "nowhere", "static/"]


async def test_without_the_token_everything_is_refused(served: Served) -> None:
    for path in PATHS:
        for query in ("", "?token=", f"?token={served.token[:-1]}", "?token=%00"):
            async with served.http.get(served.url(path) + query) as response:
                assert response.status == 403
                assert not response.cookies
    for path in PATHS[1:]:  # in another address, it is no key either
        async with served.http.get(f"{served.url(path)}?token={served.token}") as response:
            assert response.status == 403
    with pytest.raises(WSServerHandshakeError, match="403"):
        await served.http.ws_connect(served.url("ws"), origin=served.origin)
    assert not served.chats


@pytest.mark.parametrize("name", ["example.org", "127.0.0.1.example.org:80", "10.0.0.1"])
async def test_another_host_is_refused_with_the_token_too(served: Served, name: str) -> None:
    await served.enter()
    for path in PATHS:
        async with served.http.get(
            f"{served.url(path)}?token={served.token}", headers={"Host": name}
        ) as response:
            assert response.status == 403


@pytest.mark.parametrize("origin", ["http://example.org", "http://127.0.0.1:1", "null", None])
async def test_another_page_cannot_open_a_chat(served: Served, origin: str | None) -> None:
    await served.enter()
    with pytest.raises(WSServerHandshakeError, match="403"):
        await served.http.ws_connect(served.url("ws"), origin=origin)
    assert not served.chats
    if origin:
        async with served.http.get(served.url(), headers={"Origin": origin}) as response:
            assert response.status == 403


async def test_the_page_loads_nothing_from_elsewhere_and_keeps_its_cookie(served: Served) -> None:
    async with served.http.get(served.url(), params={"token": served.token}) as response:
        page = await response.text()
        (cookie,) = response.cookies.values()
        policy = response.headers["Content-Security-Policy"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "http" not in page
    assert served.token not in page
    for path in PAGE:  # now the cookie is enough
        async with served.http.get(served.url(path)) as response:
            assert response.status == 200
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("static/", "static/../server.py", "static/%2e%2e/app_service.py", "server.py"):
        async with served.http.get(served.url(path)) as response:
            assert response.status in (403, 404)


async def test_each_tab_has_a_chat_of_its_own_and_all_have_the_same_models(served: Served) -> None:
    await served.enter()
    output = sys.stdout, sys.stderr
    async with served.tab() as first, served.tab((80, 24)) as second:
        await first.ask(QUESTION)
        assert b"% sure" not in second.drawn
        await second.ask(QUESTION)
        one, other = served.running
        assert one.size != other.size
        assert len(one.transcript.entries) == len(other.transcript.entries) == 1
    assert len(served.opened) == 2
    assert len(set(map(id, served.opened))) == 1
    await served.until_running(0)
    assert (sys.stdout, sys.stderr) == output, "the first to begin was the first to end"
    assert not served.said


async def test_a_tab_that_is_closed_ends_its_chat_and_its_thread(served: Served) -> None:
    await served.enter()
    async with served.tab():
        assert len(served.running) == 1
    await served.until_running(0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(thread.name == "session" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)


async def test_who_quits_closes_only_his_own_tab(served: Served) -> None:
    await served.enter()
    async with served.tab() as stays, served.tab() as leaves:
        await leaves.type(CTRL_Q)
        await leaves.until_closed()
        await served.until_running(1)
        await stays.ask(QUESTION)


BAD = [
    "", "x", "null", "1", "{}", "[]", '["stdin"]', '["stdin", 1]', '["stdin", ["x"]]', '["resize"]',
    '["resize", {"width": "1", "height": 1}]', '["resize", {"width": 1.5, "height": 1}]',
    '["resize", {"width": 1}]', '["quit"]', '["focus", 1]', '["ping", {}]', "[" * 100_000,
    '["stdin", "x", "y"]', '["ping", "' + "x" * 1000 + '"]', '["deliver_chunk_request", {}]',
]  # fmt: skip


async def test_a_tab_that_sends_what_is_no_message_is_closed_and_the_others_go_on(
    served: Served,
) -> None:
    await served.enter()
    async with served.tab() as good:
        for bad in BAD:
            async with served.http.ws_connect(served.url("ws"), origin=served.origin) as socket:
                await socket.send_str(bad)
                await Tab(socket).until_closed()
                assert socket.close_code == 1003, bad
        async with served.http.ws_connect(served.url("ws"), origin=served.origin) as socket:
            await socket.send_bytes(b'["stdin", "x"]')
            await Tab(socket).until_closed()
        await served.until_running(1)
        await good.ask(QUESTION)


async def test_odd_sizes_keys_and_characters_do_not_end_a_chat(served: Served) -> None:
    await served.enter()
    async with served.tab((-1, 10**9)) as tab:
        for size in ({"width": 0, "height": -7}, {"width": 10**40, "height": 10**40}):
            await tab.socket.send_json(["resize", size])
        await tab.socket.send_json(["resize", {"width": 120, "height": 40}])
        for typed in (
            "",
            "\x1b",
            "\x1b[",
            "\x1b[<0;99999;99999M",
            "\ud800",
            "\0\x7f\x9b",
            "\x1b[200~",
        ):
            await tab.type(typed)
        await tab.type("\x1b[201~")
        await tab.type(ESCAPE)
        await tab.type("\x15")  # an empty input
        await tab.ask(QUESTION)


async def test_only_so_many_chats_are_open_at_once(served: Served) -> None:
    served.server._sockets.update(object() for _ in range(MAX_CHATS))  # type: ignore[misc]
    await served.enter()
    with pytest.raises(WSServerHandshakeError, match="503"):
        await served.http.ws_connect(served.url("ws"), origin=served.origin)
    served.server._sockets.clear()


async def test_the_conversation_is_saved_by_the_browser(served: Served, tmp_path: Path) -> None:
    await served.enter()
    async with served.tab() as tab:
        await tab.ask(QUESTION)
        await tab.type(CTRL_S)
        await tab.until_drawn("Save the conversation")
        (chat,) = served.running
        chat.screen.query_one(Input).value = "../../ü [x].md"
        await tab.type(ENTER)
        await tab.until(lambda: any(kind == "deliver_file_start" for kind, *_ in tab.told))
        (key,) = (what for kind, what in tab.told if kind == "deliver_file_start")
        async with served.http.get(served.url(f"download/{key}")) as response:
            text = await response.text()
            disposition = response.headers["Content-Disposition"]
            assert response.content_type == "application/octet-stream"
        assert disposition == "attachment; filename*=UTF-8''%C3%BC%20%5Bx%5D.md"
        assert f"## {QUESTION}" in text
        assert "built in 1932" in text
        async with served.http.get(served.url(f"download/{key}")) as response:
            assert response.status == 404, "once only"
    assert not list(tmp_path.rglob("*.md"))


async def test_nothing_but_the_articles_can_be_read_or_fetched(
    served: Served, tmp_path: Path
) -> None:
    await served.enter()
    async with served.tab() as tab:
        (chat,) = served.running
        secret = tmp_path / "secret.txt"
        await tab.type(F6)
        await tab.ask(str(secret), "❯")
        await tab.ask(QUESTION)
        await chat.run_action("add")
        await chat.run_action("fetch_again")
        assert len(chat.screen_stack) == 1
        assert not any("Add" in entry.question for entry in chat.transcript.entries.values())
        titles = {command.title for command in chat.get_system_commands(chat.screen)}
        assert titles.isdisjoint({"Add articles …", "Fetch again"})
        assert "Save the conversation" in titles
        await tab.type(F1)
        await tab.until_drawn("all commands and themes")
    assert b"swordfish" not in tab.drawn
    assert b"F6" not in tab.drawn


async def test_what_is_copied_goes_to_the_browsers_clipboard(served: Served) -> None:
    await served.enter()
    async with served.tab() as tab:
        await tab.ask(QUESTION)
        await tab.type(CTRL_Y)
        await tab.until_drawn("\x1b]52;c;")
        await tab.until_drawn("sent to the clipboard")


async def test_a_chat_that_fails_is_reported_and_the_others_go_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await served.enter()
    async with served.tab() as stays, served.tab() as fails:
        chat = served.running[1]
        monkeypatch.setattr(chat, "_print_error_renderables", lambda: None)
        monkeypatch.setattr(chat, "_ask", lambda _: 1 / 0)
        await fails.type("Why?" + ENTER)
        await fails.until_closed()
        await served.until_running(1)
        await stays.ask(QUESTION)
    assert len(served.said) == 1
    assert "unexpected error" in served.said[0]


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: qa-serve-PORT=\xff",
        b"GET /?token=%ff HTTP/1.1\r\nHost: localhost",
        b"GET /?token=%ed%a0%80 HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: \xff",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\x1b[31m: red",
        b"\x1b]0;title\x07 / HTTP/1.1",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\x1b[31m",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_malformed_requests_are_refused_in_silence(
    served: Served, request_line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    port = served.listening.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_line.replace(b"PORT", str(port).encode()) + b"\r\n\r\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        status = await reader.readline()
    writer.close()
    assert status.split()[1] in (b"400", b"403")
    assert not served.said
    assert capfd.readouterr() == ("", "")


async def test_the_chats_end_with_the_server(served: Served) -> None:
    await served.enter()
    async with served.tab() as tab:
        stopping = asyncio.create_task(served.stop())
        await tab.until_closed()
        assert tab.socket.close_code == 1001
        await stopping
    assert not served.running
