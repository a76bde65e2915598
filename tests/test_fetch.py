"""Fetching web addresses: what is asked for and how, and every bad thing that a server can do.

All servers are on loopback.
"""

from __future__ import annotations

import gzip
import ipaddress
import shutil
import ssl
import subprocess
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.web.addresses import is_address, is_public, normal_address
from index.web.fetch import Limits, NotFetched, Page, fetch
from index.web.media_types import SUFFIXES, media_type_of
from tests.support.web_server import Answer, WebServer, gzipped, redirect, response

QUICK = Limits(bytes=1_000_000, seconds=0.7, redirects=5)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIP = gzip.compress(b"x" * 99)


def fetched(server: WebServer, path: str = "/", **options: Any) -> Page:
    page = fetch(server.url(path), allow_private=True, limits=QUICK, **options)
    assert page is not None
    return page


def problem_with(answers: dict[str, Answer] | Answer, **options: Any) -> str:
    """Return why nothing is fetched from a server."""
    known = answers if isinstance(answers, dict) else {"/": answers}
    with WebServer(known) as server:
        started = time.monotonic()
        with pytest.raises(NotFetched) as caught:
            fetch(server.url(), **{"allow_private": True, "limits": QUICK, **options})
        assert time.monotonic() - started < 10
    return str(caught.value)


# What is fetched


def test_a_page_is_fetched_to_the_byte_with_what_the_server_says_of_it() -> None:
    content = "<p>Zażółć gęślą jaźń</p>".encode("iso-8859-2")
    headers = ('ETag: "abc"', "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT")
    sent = response(content, "Text/HTML; Charset=ISO-8859-2", *headers)
    with WebServer({"/": sent}) as server:
        page = fetched(server)
        assert page == Page(
            server.url(), content, "text/html", "iso-8859-2", '"abc"', headers[1].split(": ")[1]
        )


def test_a_request_says_what_it_is_and_nothing_else() -> None:
    with WebServer({"/": response(b"Hello")}) as server:
        fetched(server)
        lines = server.requests[0].decode().strip().split("\r\n")
    names = [line.partition(":")[0].lower() for line in lines[1:]]
    assert lines[0] == "GET / HTTP/1.1"
    assert sorted(names) == ["accept", "accept-encoding", "host", "user-agent"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_proxies_of_the_environment_are_not_used(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebServer({}) as proxy, WebServer({"/": response(b"Hello")}) as server:
        monkeypatch.setenv(variable, proxy.url())
        assert fetched(server).content == b"Hello"
        assert proxy.requests == []


def test_compressed_content_is_kept_as_it_was_before() -> None:
    content = b"All work and no play. " * 1000
    with WebServer({"/": gzipped(content)}) as server:
        assert fetched(server).content == content


def test_content_in_chunks_is_put_together() -> None:
    def chunks(_: bytes) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        yield b"5\r\nHello\r\n"
        yield b"7\r\n, world\r\n0\r\n\r\n"

    with WebServer({"/": chunks}) as server:
        assert fetched(server).content == b"Hello, world"


def test_redirects_are_followed_to_the_address_that_is_cited() -> None:
    answers = {
        "/": redirect("/second?x=1"),
        "/second?x=1": redirect("third page#part", "308 Permanent Redirect"),
        "/third%20page": response(b"Here"),
    }
    with WebServer(answers) as server:
        page = fetched(server)
        assert (page.content, page.address) == (b"Here", server.url("/third%20page"))


def test_as_many_redirects_are_followed_as_the_limit_says_and_no_more() -> None:
    answers: dict[str, Answer] = {f"/{n}": redirect(f"/{n + 1}") for n in range(6)}
    with WebServer({**answers, "/6": response(b"End")}) as server:
        assert fetched(server, "/1").content == b"End"
        with pytest.raises(NotFetched, match="redirects more than 5 times"):
            fetched(server, "/0")


def test_a_server_is_asked_for_changes_only_where_its_page_was() -> None:
    known = Page("", b"", "text/html", "", '"abc"', "Thu, 01 Jan 2026 00:00:00 GMT")
    unchanged = response(status="304 Not Modified")
    with WebServer({"/": redirect("/new"), "/new": unchanged}) as server:
        page = Page(server.url("/new"), b"", "text/html", "", known.etag, known.modified)
        assert fetch(server.url(), known=page, allow_private=True, limits=QUICK) is None
        first, second = server.requests
    assert b"if-none-match" not in first.lower()
    assert b'If-None-Match: "abc"' in second
    assert b"If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT" in second


def test_a_server_that_says_unchanged_without_being_asked_is_not_believed() -> None:
    unchanged = response(status="304 Not Modified")
    with WebServer({"/": redirect("/new"), "/new": unchanged}) as server:
        known = Page(server.url("/old"), b"", "text/html", "", '"abc"')
        with pytest.raises(NotFetched, match="the server says 304"):
            fetch(server.url(), known=known, allow_private=True, limits=QUICK)


# Bad servers


def test_the_limits_are_those_that_the_readme_states() -> None:
    assert Limits() == Limits(bytes=20_000_000, seconds=30, redirects=5)


def endless(_: bytes) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    while True:
        yield b"x" * 65536


def endless_in_chunks(_: bytes) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"x" * 65536 + b"\r\n"


def bomb(_: bytes) -> Iterable[bytes]:
    """One gigabyte in one megabyte."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n"
    squeeze = zlib.compressobj(wbits=31)
    for _ in range(1000):
        yield squeeze.compress(bytes(1_000_000))


def endless_nothing(_: bytes) -> Iterable[bytes]:
    """Compressed content that never ends and expands to nothing."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n"
    yield gzip.compress(b"")[:10]  # the header
    while True:
        yield b"\0\0\0\xff\xff" * 10_000  # empty blocks


@pytest.mark.parametrize(
    "answer",
    [
        endless,
        endless_in_chunks,
        bomb,
        endless_nothing,
        response(b"x", length=30_000_000),
        response(b"x" * 1_000_001, "text/plain"),
        gzipped(bytes(1_000_001)),
    ],
)
def test_a_page_that_is_too_large_is_not_read_to_its_end(answer: Answer) -> None:
    assert problem_with(answer, limits=Limits(1_000_000, 20)) == "it is larger than 1 MB"


def test_a_page_of_exactly_the_limit_is_fetched() -> None:
    answers = {"/": response(b"x" * 1_000_000, "text/plain"), "/z": gzipped(b"x" * 1_000_000)}
    with WebServer(answers) as server:
        assert len(fetched(server).content) == len(fetched(server, "/z").content) == 1_000_000


def dripping(first: bytes, drop: bytes) -> Callable[[bytes], Iterable[bytes]]:
    def drip(_: bytes) -> Iterable[bytes]:
        yield first
        while True:
            time.sleep(0.05)
            yield drop

    return drip


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
        dripping(b"HTTP/1.1 ", b""),
        dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n", b""),
    ],
)
def test_a_slow_server_is_given_up_at_the_deadline(answer: Answer) -> None:
    assert problem_with(answer) == "it took longer than 0.7 s"


def test_slow_redirects_share_one_deadline() -> None:
    def slow(_: bytes) -> Iterable[bytes]:
        time.sleep(0.3)
        yield redirect("/")

    assert problem_with(slow) == "it took longer than 0.7 s"


def test_a_name_that_is_not_resolved_in_time_is_given_up() -> None:
    def never(host: str, port: int) -> list[str]:
        time.sleep(5)
        return ["127.0.0.1"]

    with pytest.raises(NotFetched, match=r"it took longer than 0\.3 s"):
        fetch("http://slow.test/", allow_private=True, limits=Limits(seconds=0.3), resolve=never)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (redirect("/"), "it redirects more than 5 times"),
        (redirect("ftp://127.0.0.1/x"), "not followed"),
        (redirect("file:///etc/passwd"), "not followed"),
        (redirect("http://user:secret@127.0.0.1/"), "not followed"),
        (redirect("http://[::1/"), "not followed"),
        (response(status="404 Not Found"), "the server says 404 Not Found"),
        (response(status="500 Oops"), "the server says 500 Internal Server Error"),
        (response(status="304 Not Modified"), "the server says 304"),
        (response(status="204 No Content"), "the server says 204"),
        (response(status="302 Found"), "the server says 302"),  # it does not say where
        (response(b"GIF89a", "image/gif"), "its content type is image/gif"),
        (response(b"{}", "application/json"), "its content type is application/json"),
        (response(b"MZ", "application/octet-stream"), "its content type is application/octet"),
        (response(b"x", "text/plain", "Content-Encoding: br"), "compressed in an unknown way, br"),
        (response(b"not gzip", "text/plain", "Content-Encoding: gzip"), "damaged"),
        (response(GZIP[:-9], "text/plain", "Content-Encoding: gzip"), "incomplete"),
        (response(b"short", length=99), "its content is incomplete"),
        (response(b"x", "text/plain", "Content-Length: 7"), "the connection failed"),
        (response(b"x", length=-1), "the connection failed"),
        (CHUNKED + b"FFFFFFFFFFFFFFFFFFFFF\r\n", "the connection failed"),
        (CHUNKED + b"5\r\nab", "its content is incomplete"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the connection failed"),
        (b"", "the connection failed"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000, "the connection failed"),
        (b"\x00\xff" * 1000, "the connection failed"),
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_refused_with_a_reason(answer: Answer, problem: str) -> None:
    assert problem in problem_with(answer)


def test_a_closed_port_is_a_failed_connection() -> None:
    with WebServer({}) as server:
        url = server.url()
    with pytest.raises(NotFetched, match="the connection failed"):
        fetch(url, allow_private=True, limits=QUICK)


# Where it connects


@pytest.mark.parametrize(
    "host",
    "127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 0.0.0.0 127.0.0.1. 127.8.9.1 ①②⑦.0.0.1 "
    "localhost LocalHost localhost. [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:7f00:1] "
    "[::ffff:127.0.0.1] [::127.0.0.1] [64:ff9b::7f00:1]".split(),
)
def test_no_spelling_of_this_machine_is_connected_to(host: str) -> None:
    with WebServer({"/": response(b"secret")}) as server:
        with pytest.raises(NotFetched, match=r"--allow-private|Invalid I|cannot find"):
            fetch(f"http://{host}:{server.port}/", limits=QUICK)
        assert server.requests == []


def only(allowed: str) -> Callable[[str], bool]:
    """Return a rule that treats one address of this machine like a public one."""
    return lambda address: address == allowed or is_public(address)


def test_a_redirect_to_this_machine_is_not_followed() -> None:
    with WebServer({"/": response(b"secret")}, host="127.0.0.2") as inside:
        with (
            WebServer({"/": redirect(inside.url())}) as server,
            pytest.raises(NotFetched, match=r"127\.0\.0\.2 is on this machine"),
        ):
            fetch(server.url(), is_allowed=only("127.0.0.1"), limits=QUICK)
        assert inside.requests == []


def test_a_host_with_one_address_of_this_machine_is_not_connected_to() -> None:
    with (
        WebServer({"/": response(b"secret")}) as server,
        pytest.raises(NotFetched, match="this machine"),
    ):
        fetch(
            f"http://two.test:{server.port}/",
            is_allowed=only("127.0.0.1"),
            resolve=lambda host, port: ["127.0.0.1", "127.0.0.2"],
            limits=QUICK,
        )


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name server that says something else the second time is not asked a second time."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with WebServer({"/": response(b"Hello")}) as server:
        page = fetch(
            f"http://moving.test:{server.port}/",
            is_allowed=only("127.0.0.1"),
            resolve=resolve,
            limits=QUICK,
        )
        assert page is not None and page.content == b"Hello"
        assert b"Host: moving.test" in server.requests[0]
    assert asked == ["moving.test"]


def test_a_host_is_reached_at_its_second_address_if_the_first_does_not_answer() -> None:
    with WebServer({"/": response(b"Hello")}) as server:
        page = fetch(
            f"http://two.test:{server.port}/",
            allow_private=True,
            resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"],
            limits=QUICK,
        )
        assert page is not None and page.content == b"Hello"


# Encryption


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate for localhost that nobody else has signed."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("making a certificate needs openssl")
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout -"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    made = subprocess.run([*command.split(), *names], capture_output=True, check=True)
    file.write_bytes(made.stdout)
    return file


@pytest.fixture
def encrypted(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_that_nobody_trusts_is_refused(encrypted: ssl.SSLContext) -> None:
    with WebServer({"/": response(b"secret")}, tls=encrypted) as server:
        with pytest.raises(NotFetched, match="its certificate is not valid: "):
            fetch(f"https://localhost:{server.port}/", allow_private=True, limits=QUICK)
        assert server.requests == []


def test_a_certificate_of_another_host_is_refused(
    encrypted: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with WebServer({"/": response(b"secret")}, tls=encrypted) as server:
        with pytest.raises(NotFetched, match="its certificate is not valid: "):
            fetch(
                f"https://other.test:{server.port}/",
                allow_private=True,
                limits=QUICK,
                resolve=lambda host, port: ["127.0.0.1"],
            )
        assert server.requests == []


def test_https_is_never_left_for_http(
    encrypted: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with WebServer({"/": response(b"Hello")}) as plain:
        answers = {"/": redirect(plain.url()), "/further": redirect("/end"), "/end": response(b"x")}
        with WebServer(answers, tls=encrypted) as server:
            url = f"https://localhost:{server.port}/"
            with pytest.raises(NotFetched, match="redirects from https to http"):
                fetch(url, allow_private=True, limits=QUICK)
            page = fetch(f"{url}further", allow_private=True, limits=QUICK)
            assert page is not None
            assert page.address == f"{url}end"
        assert plain.requests == []


# Which addresses are public


@given(st.ip_addresses())
def test_an_address_that_the_system_calls_private_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_another_does_not_make_it_public(
    address: ipaddress.IPv4Address,
) -> None:
    number = int(address)
    for wrapped in (
        ipaddress.IPv6Address((0xFFFF << 32) + number),
        ipaddress.IPv6Address((0x64FF9B << 96) + number),
        ipaddress.IPv6Address(number),
        ipaddress.IPv6Address((0x2002 << 112) + (number << 80)),
    ):
        assert not is_public(str(wrapped)) or is_public(str(address))


# Addresses


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/A?b=C#d", "https://example.org/A?b=C"),
        ("https://example.org:8443", "https://example.org:8443/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("https://bücher.example/ä", "https://bücher.example/ä"),
    ],
)
def test_spellings_of_an_address_have_one_normal_form(given: str, normal: str) -> None:
    assert normal_address(given) == normal == normal_address(normal)


@pytest.mark.parametrize(
    "address",
    [
        "https://", "https:///x", "http://a b/", "http://a.org:99999/", "http://a.org:x/",
        "http://a\\b.org/", "http://[::1/", "http://%31/", "http://a.org/\n", "http://a.org/\x1b[2J",
        "http://a.org/\udcff", "ftp://a.org/", "notes/", "http://a.org/" + "x" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ArticleError):
        normal_address(address)


@pytest.mark.parametrize(
    "address", ["https://me:secret@example.org/", "https://me@example.org", "http://a.org\\@b.org/"]
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ArticleError) as caught:
        normal_address(address)
    assert "secret" not in caught.value.message + caught.value.hint


@given(st.text())
def test_any_text_is_a_normal_address_or_refused(text: str) -> None:
    for address in (text, f"https://{text}", f"http://example.org/{text}"):
        try:
            normal = normal_address(address)
        except ArticleError:
            continue
        assert is_address(normal)
        assert normal_address(normal) == normal


# Content types


def test_each_content_type_has_a_suffix_and_each_suffix_a_content_type() -> None:
    for media_type, suffix in SUFFIXES.items():
        assert media_type_of(media_type, "/page", b"") == media_type
        assert (
            SUFFIXES[media_type_of("application/octet-stream", f"/file{suffix}", b"") or ""]
            == suffix
        )


@pytest.mark.parametrize(
    ("stated", "path", "start", "read_as"),
    [
        ("text/plain", "/README.md", b"# Title", "text/markdown"),
        ("text/plain", "/README", b"<html>", "text/plain"),
        ("", "/", b"\n<!DOCTYPE html>", "text/html"),
        ("", "/notes", b"Notes", "text/plain"),
        ("", "/paper", b"%PDF-1.7", "application/pdf"),
        ("application/octet-stream", "/paper", b"%PDF-1.7", "application/pdf"),
        ("application/octet-stream", "/program.exe", b"MZ", None),
        ("application/json", "/notebook.ipynb", b"{", "application/x-ipynb+json"),
        ("application/json", "/data", b"{", None),
        ("image/png", "/picture.html", b"", None),
        ("text/html", "/paper.pdf", b"<html>", "text/html"),
    ],
)
def test_the_name_of_a_file_counts_only_if_the_server_is_vague(
    stated: str, path: str, start: bytes, read_as: str | None
) -> None:
    assert media_type_of(stated, path, start) == read_as
