"""Snapshots of web addresses: kept to the byte, whole or not at all, fetched again on demand."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreError
from index.web.articles import NoSnapshot, WebArticles
from index.web.fetch import NotFetched, Page
from index.web.snapshots import SnapshotDamaged, Snapshots

ADDRESS = "https://example.org/a/page?x=1"


def page_of(content: bytes, **values: str) -> Page:
    return Page(
        values.get("address", ADDRESS),
        content,
        values.get("media_type", "text/html"),
        values.get("charset", ""),
        values.get("etag", ""),
        values.get("modified", ""),
    )


class Site:
    """Stands in for the network: serves pages that can change, and notes what is fetched."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.fetched: list[str] = []

    def fetch(
        self, address: str, *, known: Page | None = None, allow_private: bool = False
    ) -> Page | None:
        self.fetched.append(address)
        page = self.pages.get(address)
        if page is None:
            raise NotFetched("the server says 404 Not Found")
        return None if known and page.etag and known.etag == page.etag else page


@pytest.fixture
def site() -> Site:
    return Site()


def web_of(site: Site, folder: Path) -> WebArticles:
    return WebArticles(folder, fetch=site.fetch)


# One snapshot


@given(
    content=st.binary(),
    address=st.text(st.characters(exclude_categories=["Cs"])).map("https://example.org/".__add__),
    charset=st.text(max_size=10),
)
def test_a_snapshot_is_kept_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, address: str, charset: str
) -> None:
    snapshots = Snapshots(tmp_path_factory.mktemp("web"))
    page = page_of(content, address=address, charset=charset, etag='"1"')
    saved = snapshots.save(address, page)
    found = snapshots.find(address)
    assert found == saved
    assert found.read() == content
    assert (found.about.address, found.about.charset) == (address, charset)
    assert found.page == page_of(b"", address=address, charset=charset, etag='"1"')


def test_each_address_has_a_snapshot_of_its_own(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    addresses = [f"https://example.org/{'x' * 100}{n}" for n in range(3)] + [ADDRESS, f"{ADDRESS}2"]
    for address in addresses:
        snapshots.save(address, page_of(address.encode()))
    for address in addresses:
        found = snapshots.find(address)
        assert found is not None
        assert found.read() == address.encode()
    assert snapshots.size()[0] == len(addresses)
    assert snapshots.find("https://example.org/other") is None


@pytest.mark.parametrize(
    "address",
    ["https://example.org/../../etc/passwd", "https://../x", "https://example.org/\x1b[2J"],
)
def test_no_address_leads_out_of_the_folder(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "web"
    saved = Snapshots(folder).save(address, page_of(b"Hello"))
    assert saved.file.resolve().parent == folder.resolve()
    assert [entry.name for entry in tmp_path.iterdir()] == ["web"]
    assert saved.file.name.isprintable() and saved.file.name.isascii()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_snapshots_are_private(tmp_path: Path) -> None:
    saved = Snapshots(tmp_path / "web").save(ADDRESS, page_of(b"Hello"))
    assert stat.S_IMODE(saved.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(saved.file.parent.stat().st_mode) == 0o700


def test_a_failed_write_keeps_the_old_snapshot_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save(ADDRESS, page_of(b"Old"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        snapshots.save(ADDRESS, page_of(b"New"))
    found = snapshots.find(ADDRESS)
    assert found is not None
    assert found.read() == b"Old"
    assert len(list(tmp_path.iterdir())) == 1


def test_no_damage_to_a_snapshot_yields_other_content(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    saved = snapshots.save(ADDRESS, page_of(b"The quick brown fox", etag='"1"'))
    whole = saved.file.read_bytes()
    expected = (saved.about.sha256, b"The quick brown fox")
    for at in range(len(whole)):
        saved.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            found = snapshots.find(ADDRESS)
            content = found.read() if found else b""
        except SnapshotDamaged:
            continue
        assert (found.about.sha256 if found else "", content) == expected
    for length in range(len(whole)):
        saved.file.write_bytes(whole[:length])
        with pytest.raises(SnapshotDamaged):
            found = snapshots.find(ADDRESS)
            assert found is not None
            found.read()


@pytest.mark.parametrize("head", [b"[]", b"{}", b"null", b"[" * 100_000, b'{"format": 1}', b"\xff"])
def test_a_file_that_is_no_snapshot_is_damaged(tmp_path: Path, head: bytes) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save(ADDRESS, page_of(b"Hello")).file.write_bytes(head + b"\nHello")
    with pytest.raises(SnapshotDamaged):
        snapshots.find(ADDRESS)


def test_a_snapshot_in_the_place_of_another_is_damaged(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    one = snapshots.save(ADDRESS, page_of(b"One"))
    other = snapshots.save("https://example.org/other", page_of(b"Other"))
    other.file.replace(one.file)
    with pytest.raises(SnapshotDamaged, match="another address"):
        snapshots.find(ADDRESS)


# Fetching on demand


def test_an_address_is_fetched_once_and_then_read_from_its_snapshot(
    site: Site, tmp_path: Path
) -> None:
    site.pages[ADDRESS] = page_of(b"Hello")
    said: list[str] = []
    first = WebArticles(tmp_path, fetch=site.fetch, notify=said.append)
    with pytest.raises(NoSnapshot, match="not been fetched"):
        first.find(ADDRESS)
    assert first.fetch_missing([ADDRESS, ADDRESS]) == {}
    assert said == [f"Fetching {ADDRESS}"]
    site.pages.clear()
    again = web_of(site, tmp_path)
    assert again.fetch_missing([ADDRESS]) == {}
    assert again.find(ADDRESS).read() == b"Hello"
    assert site.fetched == [ADDRESS]
    assert again.fetched == []


def test_an_address_that_cannot_be_fetched_says_why(site: Site, tmp_path: Path) -> None:
    web = web_of(site, tmp_path)
    assert web.fetch_missing([ADDRESS]) == {ADDRESS: "the server says 404 Not Found"}
    with pytest.raises(NoSnapshot, match="404 Not Found"):
        web.find(ADDRESS)
    assert list(tmp_path.iterdir()) == []


def test_refreshing_says_whether_the_content_changed(site: Site, tmp_path: Path) -> None:
    site.pages[ADDRESS] = page_of(b"Old")
    web_of(site, tmp_path).fetch_missing([ADDRESS])
    web = web_of(site, tmp_path)
    (same,) = web.refresh([ADDRESS])
    assert (same.is_changed, same.problem) == (False, "")
    assert same.before is not None
    site.pages[ADDRESS] = page_of(b"New")
    (changed,) = web_of(site, tmp_path).refresh([ADDRESS])
    assert changed.is_changed
    assert web.find(ADDRESS).read() == b"New"


def test_a_page_that_the_server_calls_unchanged_keeps_its_content(
    site: Site, tmp_path: Path
) -> None:
    site.pages[ADDRESS] = page_of(b"Old", etag='"1"')
    web_of(site, tmp_path).fetch_missing([ADDRESS])
    site.pages[ADDRESS] = page_of(b"not sent", etag='"1"')
    web = web_of(site, tmp_path)
    (same,) = web.refresh([ADDRESS])
    assert not same.is_changed
    assert web.find(ADDRESS).read() == b"Old"


def test_a_failed_refresh_keeps_the_snapshot(site: Site, tmp_path: Path) -> None:
    site.pages[ADDRESS] = page_of(b"Old")
    web_of(site, tmp_path).fetch_missing([ADDRESS])
    site.pages.clear()
    web = web_of(site, tmp_path)
    (failed,) = web.refresh([ADDRESS])
    assert failed.problem == "the server says 404 Not Found"
    assert web.find(ADDRESS).read() == b"Old"


def test_a_damaged_snapshot_is_not_fetched_until_it_is_refreshed(
    site: Site, tmp_path: Path
) -> None:
    site.pages[ADDRESS] = page_of(b"Hello", etag='"1"')
    web_of(site, tmp_path).fetch_missing([ADDRESS])
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"garbage")
    web = web_of(site, tmp_path)
    web.fetch_missing([ADDRESS])
    with pytest.raises(NoSnapshot, match="qa index --refresh"):
        web.find(ADDRESS)
    assert site.fetched == [ADDRESS]
    web.refresh([ADDRESS])
    assert web.find(ADDRESS).read() == b"Hello"
