"""Which requests the chat's web server takes for the user's own, and what it hands out."""

from __future__ import annotations

import socket

import pytest

from index.errors import ConfigurationError
from qa.serve.guard import Guard
from qa.serve.listening import listen
from qa.serve.tab import COLUMNS, MAX_OFFERED, ROWS, Offered, allowed_size
from qa.show.output import Exit
from tests.support.program import Program


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost:9", "[::1]:8", "LOCALHOST"]
)
def test_this_machine_is_known_by_its_own_names(host: str) -> None:
    assert Guard().is_known_host(host)
    assert Guard(is_local=False).is_known_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "example.org", "127.0.0.1.example.org", "localhost.example.org", "example.org:80",
        "127.0.0.1,example.org", "user@127.0.0.1", "127.0.0.1/", "127.0.0.1 ", "127.0.0.1:x",
        "[::1", "::1", "[localhost]", "127.0.0.1;x", "0x7f.1", "localhost:80\n",
    ],
)  # fmt: skip
def test_a_name_that_may_be_resolved_to_anything_is_not_known(host: str) -> None:
    assert not Guard().is_known_host(host)
    assert not Guard(is_local=False).is_known_host(host)


def test_other_machines_are_known_only_if_they_are_served() -> None:
    for host in ("192.168.1.5:80", "[2001:db8::1]"):
        assert not Guard().is_known_host(host)
        assert Guard(is_local=False).is_known_host(host)
    assert Guard(frozenset({"desk.lan"})).is_known_host("Desk.lan:80")


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:81", "http://example.org", "null", "", "ws://127.0.0.1:80", "x"]
)
def test_another_page_is_not_the_servers_own(origin: str) -> None:
    assert not Guard().is_own_origin("127.0.0.1:80", origin)


def test_the_servers_own_page_may_ask_and_open_a_chat() -> None:
    guard = Guard()
    assert guard.is_own_origin("127.0.0.1:80", "http://127.0.0.1:80", needed=True)
    assert guard.is_own_origin("127.0.0.1:80", None)
    assert not guard.is_own_origin("127.0.0.1:80", None, needed=True)


def test_only_the_token_is_the_token() -> None:
    guard, other = Guard(), Guard()
    assert guard.token != other.token
    assert len(guard.token) >= 40
    assert guard.token not in repr(guard)
    assert guard.has_token([None, "", "é", guard.token])
    for wrong in ("", other.token, guard.token[:-1], guard.token + "x", guard.token.upper(), "é"):
        assert not guard.has_token([None, wrong])


def test_a_file_is_offered_once_and_their_number_is_bounded() -> None:
    offered = Offered()
    first, *others = (offered.add(f"{number}.md", "x") for number in range(MAX_OFFERED + 1))
    assert offered.take(first) is None
    assert offered.take(others[0]) == ("1.md", "x")
    assert offered.take(others[0]) is None


@pytest.mark.parametrize("size", [(0, 0), (-5, 10**9), (10**30, 3)])
def test_a_tab_is_never_drawn_in_a_size_that_takes_all_memory(size: tuple[int, int]) -> None:
    columns, rows = allowed_size(*size)
    assert COLUMNS.start <= columns <= COLUMNS.stop
    assert ROWS.start <= rows <= ROWS.stop
    assert allowed_size(140, 45) == (140, 45)


def test_where_the_page_is() -> None:
    with (opened := listen("127.0.0.1", 0)).socket:
        assert opened.is_local
        assert opened.url == f"http://127.0.0.1:{opened.port}/"
        assert socket.gethostname().lower() not in opened.names, "not known by it on this machine"
        with pytest.raises(ConfigurationError, match="Cannot serve at 127"):
            listen("127.0.0.1", opened.port)
    with (opened := listen("0.0.0.0", 0)).socket:
        assert not opened.is_local
        assert opened.url == f"http://{socket.gethostname()}:{opened.port}/"
        assert socket.gethostname().lower() in opened.names
    with pytest.raises(ConfigurationError, match="Cannot serve at"):
        listen("no such host", 0)


def test_it_says_what_to_install(program: Program) -> None:
    program.patch.setattr("qa.commands.serve.find_spec", lambda _: None)
    ran = program.run("serve")
    assert ran.code == Exit.USAGE
    assert "pip install 'article-qa[serve]'" in ran.errors


def test_standard_input_cannot_be_served(program: Program) -> None:
    ran = program.run("serve", "-")
    assert ran.code == Exit.USAGE
    assert "Standard input cannot be served" in ran.errors
