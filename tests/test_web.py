"""Asking web addresses on the command line: fetched once, quoted, refreshed and verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import index.sync
from index.errors import ArticleError
from index.load import Loaded, read
from index.scan import Source
from index.web.snapshots import Snapshots, file_name
from qa.doctor import web_pages
from qa.scope import Scope
from qa.settings import Settings
from tests.support.corpora import corpus_of
from tests.support.program import Program, Ran
from tests.support.responses import SCHEMA
from tests.support.web_server import WebServer, redirect, response

PAGE = "The bridge was built in 1932.\n\nIt is 503 metres long.\n"
QUESTION = "When was the bridge built?"


def text_response(text: str, *headers: str, media_type: str = "text/plain") -> bytes:
    return response(text.encode(), media_type, *headers)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer({"/bridge": text_response(PAGE), "/old": redirect("/bridge")}) as server:
        yield server


def asked(program: Program, *arguments: str) -> Ran:
    return program.run("ask", "--allow-private", *arguments)


def test_an_address_is_fetched_when_asked_first_and_never_again(
    program: Program, server: WebServer
) -> None:
    first = asked(program, QUESTION, server.url("/bridge"))
    assert first.code == 0
    assert first.text.startswith("The bridge was built in 1932.")
    assert first.errors.startswith(f"Fetching {server.url('/bridge')}\nFetched ")
    assert ": 1 kB, text/" in first.errors, "not 0 kB"
    again = program.run("ask", QUESTION, server.url("/bridge"))  # without --allow-private
    assert again.text == first.text
    assert again.errors == ""
    assert server.paths == ["/bridge"]


def test_a_citation_has_the_address_and_when_it_was_fetched(
    program: Program, server: WebServer
) -> None:
    ran = asked(program, "--json", QUESTION, server.url("/old"))
    jsonschema.validate(ran.json, SCHEMA)
    cited = ran.json["passages"][0]["citation"]
    assert cited["article"] == cited["path"] == server.url("/old")
    assert cited["address"] == server.url("/bridge")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", cited["fetched"])
    time = cited["fetched"][:16].replace("T", " ")
    for form in ("text", "markdown"):
        shown = asked(program, "--format", form, QUESTION, server.url("/old")).text
        assert f"{server.url('/old')} (fetched {time} UTC)" in shown


def test_nothing_is_fetched_from_this_machine_unless_allowed(
    program: Program, server: WebServer
) -> None:
    ran = program.run("ask", QUESTION, server.url("/bridge"))
    assert ran.code == 3
    assert "127.0.0.1 is on this machine or its network; --allow-private" in ran.errors
    assert server.requests == []


def test_an_address_that_cannot_be_fetched_is_named_and_the_rest_is_asked(
    program: Program, server: WebServer, tmp_path: Path
) -> None:
    ran = asked(program, QUESTION, server.url("/gone"))
    assert ran.code == 3
    assert f"qa: Cannot fetch {server.url('/gone')}: the server says 404 Not Found." in ran.errors
    ran = asked(program, QUESTION, server.url("/gone"), server.url("/bridge"))
    assert ran.code == 0
    assert f"{server.url('/gone')}: unreadable (the server says 404 Not Found)" in ran.errors


def test_an_address_and_a_folder_are_asked_together(
    program: Program, server: WebServer, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "tower.txt").write_text("The tower was built in 1887.\n", "utf-8")
    ran = asked(program, "--json", QUESTION, str(notes), server.url("/bridge"))
    assert ran.json["answers"][0]["text"] == "The bridge was built in 1932."
    cited = {one["citation"]["article"]: one["citation"] for one in ran.json["passages"]}
    assert cited.keys() == {"tower.txt", server.url("/bridge")}
    assert cited["tower.txt"]["fetched"] == cited["tower.txt"]["address"] == ""
    only = asked(
        program, "--json", "--only", "tower.txt", QUESTION, str(notes), server.url("/bridge")
    )
    assert {one["citation"]["article"] for one in only.json["passages"]} == {"tower.txt"}
    other = asked(program, "--json", "--exclude", server.url("/bridge"), QUESTION, str(notes), server.url("/bridge"))  # fmt: skip  # noqa: E501
    assert {one["citation"]["article"] for one in other.json["passages"]} == {"tower.txt"}


def test_nothing_that_a_page_names_is_fetched(program: Program, server: WebServer) -> None:
    named = "".join(
        f'<{tag}="{server.url(f"/{number}")}"></{tag.split()[0]}>'
        for number, tag in enumerate(
            ["img src", "script src", "iframe src", "link rel=stylesheet href", "base href",
             "object data", "video src", "a ping", "img srcset", "input type=image src"]
        )
    )  # fmt: skip
    refresh = f'<meta http-equiv=refresh content="0; url={server.url("/next")}">'
    doctype = f'<!DOCTYPE html SYSTEM "{server.url("/dtd")}">'
    page = f"{doctype}<html><head>{refresh}</head><body>{named}<p>{PAGE * 9}</p></body></html>"
    for media_type in ("text/html", "application/xhtml+xml"):
        path = f"/page/{media_type}"
        server.answers[path] = text_response(page, media_type=media_type)
        for option in ("--quiet", "--whole-page"):
            assert asked(program, option, QUESTION, server.url(path)).code == 0
    assert server.paths == ["/page/text/html", "/page/application/xhtml+xml"]


def test_the_whole_page_is_asked_and_verified_with_a_flag(
    program: Program, server: WebServer, tmp_path: Path
) -> None:
    prose = "<p>The bridge of Aldmoor carries carts, cows and children over the river.</p>" * 9
    footer = "<footer><p>The office opens at nine o'clock on Mondays.</p></footer>"
    page = f"<!doctype html><title>Bridge</title><article>{prose}</article>{footer}"
    server.answers["/page"] = text_response(page, media_type="text/html")
    file = tmp_path / "page.mhtml"
    file.write_text(page, "utf-8")
    for path in (server.url("/page"), str(file)):
        question = "When does the office open on Mondays?"
        assert "office" not in asked(program, "--json", question, path).json["passages"][0]["text"]
        whole = asked(program, "--whole-page", "--json", question, path)
        assert whole.json["answers"][0]["text"] == "The office opens at nine o'clock on Mondays."
        assert program.run("verify", "-", stdin=whole.out).code == 0
        assert "office" not in asked(program, "--json", question, path).json["passages"][0]["text"]


def test_the_encoding_of_the_header_is_used(program: Program) -> None:
    content = "Die Brücke wurde 1932 gebaut.\n".encode("latin-1")
    with WebServer({"/": response(content, "text/plain; charset=iso-8859-1")}) as server:
        ran = asked(program, "--json", "Wann wurde die Brücke gebaut?", server.url())
    assert "Die Brücke wurde" in ran.json["passages"][0]["text"]


def test_the_content_type_says_how_a_page_is_read(program: Program) -> None:
    table = "name,height\nTower,300 m\n"
    page = f"<html><body><h1>Bridges</h1><p>{PAGE * 5}</p><script>evil()</script></body></html>"
    answers = {
        "/table": text_response(table, media_type="text/csv"),
        "/page": text_response(page, media_type="text/html"),
    }
    with WebServer(answers) as server:
        ran = asked(program, "--json", "How high is the Tower?", server.url("/table"))
        assert "Tower" in ran.json["passages"][0]["text"]
        ran = asked(program, "--json", QUESTION, server.url("/page"))
        assert all("<" not in one["text"] for one in ran.json["passages"])
        assert all("evil" not in one["text"] for one in ran.json["passages"])


def test_refreshing_says_what_changed(program: Program, server: WebServer) -> None:
    url = server.url("/bridge")
    assert "fetched for the first time" in refreshed(program, url).text
    assert f"{url}: unchanged since 2" in refreshed(program, url).text
    server.answers["/bridge"] = text_response(PAGE.replace("1932", "1933") + "\nIt is red.\n")
    ran = refreshed(program, url)
    assert re.search(r"changed since .* UTC, 2 lines of text added, 1 removed", ran.text)
    assert "0 added, 1 changed" in ran.text
    assert "1933" in asked(program, QUESTION, url).text
    del server.answers["/bridge"]
    ran = refreshed(program, url)
    assert ran.code == 3
    assert f"{url}: the server says 404 Not Found; keeping the copy of 2" in ran.text
    assert "1933" in asked(program, QUESTION, url).text


def test_the_default_corpus_can_be_refreshed(
    program: Program, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url("/bridge")
    assert refreshed(program).code == 2, "the sample article is no web page"
    monkeypatch.setenv("QA_CORPUS", url)
    assert f"{url}: fetched for the first time" in refreshed(program).text


def refreshed(program: Program, *paths: str) -> Ran:
    return program.run("index", "--allow-private", "--refresh", *paths)


def test_refreshing_asks_only_for_changes(program: Program) -> None:
    with WebServer({"/": text_response(PAGE, 'ETag: "1"')}) as server:
        asked(program, QUESTION, server.url())
        server.answers["/"] = response(status="304 Not Modified")
        ran = program.run("index", "--json", "--allow-private", "--refresh", server.url())
        assert ran.json["refreshed"][0]["is_changed"] is False
        assert b'If-None-Match: "1"' in server.requests[1]
        assert "1932" in asked(program, QUESTION, server.url()).text


def test_refreshing_needs_an_address(program: Program, tmp_path: Path) -> None:
    ran = program.run("index", "--refresh", str(tmp_path))
    assert ran.code == 2
    assert "--refresh needs a web address" in ran.errors


def test_quotes_are_verified_in_the_snapshot(program: Program, server: WebServer) -> None:
    url = server.url("/bridge")
    saved = asked(program, "--json", QUESTION, url).out
    assert program.run("verify", "-", stdin=saved).code == 0
    server.answers["/bridge"] = text_response(f"News.\n\n{PAGE}")
    assert program.run("verify", "-", stdin=saved).code == 0  # nothing is fetched
    refreshed(program, url)
    ran = program.run("verify", "--json", "-", stdin=saved)
    assert ran.json["counts"]["moved"] == len(ran.json["quotes"])
    for file in (program.home / "data").rglob("*.snapshot"):
        file.unlink()
    ran = program.run("verify", "-", stdin=saved)
    assert "no snapshot of this address is kept" in ran.text
    assert len(server.requests) == 2


def test_spellings_of_an_address_are_one_article(program: Program, server: WebServer) -> None:
    url = server.url("/bridge")
    ran = asked(program, "--json", QUESTION, url, f"{url}#part", url.replace("http:", "HTTP:"))
    assert {one["citation"]["article"] for one in ran.json["passages"]} == {url}
    assert server.paths == ["/bridge"]


def test_an_address_in_the_place_of_the_question_is_an_error(program: Program) -> None:
    ran = program.run("ask", "https://example.org/")
    assert ran.code == 2
    assert "is a web address. The question comes first" in ran.errors


@pytest.mark.parametrize("address", ["https://me:secret@example.org/", "https://", "http://a b/"])
def test_an_address_that_cannot_be_fetched_ends_before_anything_is_fetched(
    program: Program, address: str
) -> None:
    ran = program.run("ask", QUESTION, address)
    assert ran.code == 3
    assert "secret" not in ran.errors
    assert not (program.home / "data").exists()


def test_a_damaged_snapshot_is_named_with_what_to_do(program: Program, server: WebServer) -> None:
    url = server.url("/bridge")
    asked(program, QUESTION, url)
    (file,) = (program.home / "data").rglob("*.snapshot")
    file.write_bytes(file.read_bytes()[:-3])
    ran = asked(program, QUESTION, url)
    assert ran.code == 3
    assert "qa index --refresh" in ran.errors
    refreshed(program, url)
    assert asked(program, QUESTION, url).code == 0


def test_the_doctor_finds_damaged_snapshots_and_says_how_to_fetch_them_again(
    program: Program, server: WebServer
) -> None:
    good, bad = server.url("/bridge"), server.url("/old")
    asked(program, QUESTION, good, bad)
    folder = Settings(data=program.home / "data" / "article-qa").snapshots_path
    file = folder / file_name(bad)
    content = file.read_bytes()

    def pages() -> list[tuple[str, str]]:
        found = web_pages(Snapshots(folder), lambda *_: None)
        return [(one.state, one.fix) for one in found]

    assert pages() == [("ok", "")]
    for damage in (content[:-1], content.replace(b"1932", b"1933")):
        file.write_bytes(damage)
        fix = f"Fetch it again: qa index --refresh {bad}"
        assert pages() == [("problem", fix), ("ok", "")]
    file.write_bytes(b"nothing of it")
    assert pages() == [("problem", "Fetch it again: qa index --refresh ADDRESS"), ("ok", "")]
    refreshed(program, bad)
    assert pages() == [("ok", "")]


def test_hostile_text_of_a_server_reaches_no_terminal(program: Program) -> None:
    answers = {
        "/type": response(b"x", "image/\x1b]52;c;aGk=\x07png"),
        "/": response(b"\x1b[2J The bridge was built in 1932.", "text/plain"),
    }
    with WebServer(answers) as server:
        for path in answers:
            ran = asked(program, QUESTION, server.url(path))
            assert b"\x1b" not in ran.out + ran.err


def test_the_stores_of_an_address_are_listed_and_deleted(
    program: Program, server: WebServer
) -> None:
    url = server.url("/bridge")
    asked(program, QUESTION, url)
    listed = program.run("status").text
    assert f"  {url}\n" in listed
    assert "no longer exist" not in listed
    assert "1 web page" in listed
    assert program.run("status", "--clear", ".").code == 3  # an address is below no folder
    assert program.run("status", "--clear", url).code == 0
    assert f"  {url}\n" not in program.run("status").text
    assert program.run("ask", QUESTION, url).code == 0  # the snapshot is kept
    assert server.paths == ["/bridge"]


def feed_of(server: WebServer, *links: str) -> bytes:
    entries = "".join(f"<item><title>T</title><link>{link}</link></item>" for link in links)
    feed = f"<rss><channel><title>News</title><link>{server.url('/home')}</link>{entries}</channel>"
    return text_response(f"{feed}</rss>", media_type="application/rss+xml")


def test_what_a_feed_links_to_is_fetched_only_with_a_flag(
    program: Program, server: WebServer
) -> None:
    url = server.url("/feed")
    links = (server.url("/bridge"), server.url("/gone"), "ftp://example.org/x", "javascript:x()")
    server.answers["/feed"] = feed_of(server, *links)
    asked(program, QUESTION, url)
    assert server.paths == ["/feed"]
    ran = asked(program, "--linked", "--json", QUESTION, url)
    assert server.paths == ["/feed", "/bridge", "/gone"]
    assert ran.json["answers"][0]["text"] == "The bridge was built in 1932."
    assert ran.json["passages"][0]["citation"]["article"] == server.url("/bridge")
    assert f"{server.url('/gone')}: unreadable (the server says 404 Not Found)" in ran.errors
    server.answers["/tower"] = text_response("The tower was built in 1887.\n")
    server.answers["/feed"] = feed_of(server, server.url("/tower"))
    program.run("index", "--linked", "--refresh", "--allow-private", url)
    ran = asked(program, "--linked", "--json", "When was the tower built?", url)
    assert ran.json["passages"][0]["citation"]["article"] == server.url("/tower")
    assert server.paths[3:] == ["/gone", "/feed", "/tower"]  # what failed is tried again


def test_fetched_pages_are_deleted_only_when_asked_to(program: Program, server: WebServer) -> None:
    one, other = server.url("/bridge"), server.url("/old")
    asked(program, QUESTION, one, other)
    kept = program.home / "data"
    assert program.run("status", "--clear").code == 0
    assert len(list(kept.rglob("*.snapshot"))) == 2
    assert program.run("status", "--pages").code == 2
    assert program.run("status", "--clear", "--pages", one).code == 0
    assert len(list(kept.rglob("*.snapshot"))) == 1
    assert program.run("ask", QUESTION, other).code == 0
    assert program.run("status", "--clear", "--pages", one).code == 3  # nothing is left of it
    assert program.run("status", "--clear", "--pages").code == 0
    assert not list(kept.rglob("*.snapshot"))
    assert program.run("ask", QUESTION, other).code == 3


# From Python


def test_a_corpus_of_addresses_can_be_asked_and_refreshed(
    server: WebServer, tmp_path: Path
) -> None:
    url = server.url("/bridge")
    said: list[str] = []
    kept = {"data": tmp_path / "data", "allow_private": True}
    with corpus_of(url, stores=tmp_path / "stores", notify=said.append, **kept) as corpus:
        assert said == [f"Fetching {url}"]
        assert corpus.root == url
        answer = corpus.ask(QUESTION).answers[0]
        assert answer.text == "The bridge was built in 1932."
        server.answers["/bridge"] = text_response("The bridge was built in 1933.\n")
        (change,) = corpus.refresh()
        assert change.is_changed
        assert corpus.ask(QUESTION).answers[0].text == "The bridge was built in 1933."


@pytest.mark.parametrize("status", ["200 OK", "304 Not Modified"])
def test_a_page_that_is_fetched_again_is_read_again_only_if_it_would_be_read_differently(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    url = server.url("/bridge")
    kept = {"data": tmp_path / "data", "allow_private": True}
    reads: list[str] = []

    def counted_read(source: Source, **options: Any) -> Loaded:
        reads.append(source.id)
        return read(source, **options)

    monkeypatch.setattr(index.sync, "read", counted_read)
    page = PAGE.replace("metres", "mètres").encode("latin-1")
    charset = "text/plain; charset=iso-8859-1"
    server.answers["/bridge"] = response(page, charset)
    with corpus_of(url, stores=tmp_path / "stores", **kept) as corpus:
        corpus.sync()
        server.answers["/bridge"] = response(page, charset, status=status)
        corpus.refresh()
        report = corpus.sync()
        assert (report.changed, report.encoded) == ([], 0)
        assert reads == [url]
        assert corpus.ask(QUESTION).answers[0].text == "The bridge was built in 1932."
        server.answers["/bridge"] = response(page, "text/plain; charset=iso-8859-2")
        corpus.refresh()
        corpus.sync()
        assert reads == [url, url]
        (file,) = Settings(data=tmp_path / "data").snapshots_path.iterdir()
        file.write_bytes(file.read_bytes()[:-1])
        with pytest.raises(ArticleError, match="damaged"):
            corpus.sync()


def test_no_folder_is_made_for_snapshots_without_an_address(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(PAGE, "utf-8")
    data = tmp_path / "data"
    with corpus_of(tmp_path / "notes.txt", stores=tmp_path / "stores", data=data) as corpus:
        corpus.ask(QUESTION)
    assert not data.exists()


def test_a_pattern_of_addresses_chooses_pages() -> None:
    ids = ["https://a.org/x?y=1", "https://a.org/z", "https://b.org/", "notes.txt"]
    assert Scope.of("https://a.org/*").matching(ids) == ids[:2]
    assert Scope.of("https://a.org").matching(ids) == ids[:2]
    assert Scope.of("https://a.org/x?y=1").matching(ids) == ids[:1]
    assert Scope.of(exclude="https://b.org/").matching(ids) == [*ids[:2], ids[3]]


def test_settings_have_a_folder_for_snapshots(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).snapshots_path == tmp_path / "snapshots"
    with pytest.raises(ArticleError):
        corpus_of("https://me:secret@example.org/", stores=tmp_path)
