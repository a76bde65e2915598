"""Files to text: to the letter, or not at all; and what a text is called."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from index.formats.base import MAX_TITLE_CHARS, Unreadable
from index.formats.encoding import decode
from index.load import read
from index.scan import Source
from index.walk import scan
from tests.support.work import cpu_seconds

FRENCH = (
    "Le gouvernement a annoncé mardi une réforme de l'école. Les députés de l'opposition ont "
    "dénoncé une mesure prise à la hâte, tandis que le ministre a déclaré que les élèves "
    "seraient mieux préparés.\r\n"
)
RUSSIAN = "Сегодня утром в городе прошло собрание жителей, где обсуждали строительство школы.\n"
JAPANESE = "昨日、東京で大きな会議が開かれ、多くの人々が参加しました。新しい学校の話です。\n"
KOREAN = "어제 서울에서 큰 회의가 열렸고 많은 사람들이 참석했습니다. 새 학교 이야기입니다.\n"
GREEK = "Η κυβέρνηση ανακοίνωσε σήμερα νέα μέτρα για την προστασία των δασών της χώρας.\n"
POLISH = "Zażółć gęślą jaźń. Wczoraj w mieście odbyło się spotkanie, na którym mówiono o szkole.\n"

BYTE_ORDER_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}

# Whatever has moved an offset or lost a character somewhere: line ends, blanks that are no
# spaces, marks, joiners, letters beyond the BMP, and the mark that begins some files.
DELICATE = st.sampled_from(
    "\r\n \t\x0b\x0c\x85\xa0\u2028\u0301\u200b\u200d\u202e\ufeff\ufffd😀é가a."
)
ANY_TEXT = st.text(
    st.one_of(DELICATE, st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    max_size=80,
).filter(str.strip)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("articles")


def refusal(content: bytes, encoding: str | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        decode(content, encoding)
    return caught.value


def title(name: str, content: str) -> str:
    return read(Source(name, name, len(content), 0, content.encode())).article.title


@given(text=ANY_TEXT, encoding=st.sampled_from([None, *BYTE_ORDER_MARKS]))
def test_a_text_is_what_was_written_to_the_letter(
    folder: Path, text: str, encoding: str | None
) -> None:
    mark = BYTE_ORDER_MARKS[encoding] if encoding else b""
    written = text if encoding else text.lstrip("\ufeff") or "x"  # one in front is a mark
    (folder / "any.txt").write_bytes(mark + written.encode(encoding or "utf-8"))
    article, _, used, _ = read(scan([str(folder / "any.txt")]).sources[0])
    assert article.text == written
    assert used == (encoding or "utf-8")


@pytest.mark.parametrize(
    ("prose", "encoding"),
    [
        (FRENCH, "latin-1"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"),
        (GREEK, "iso8859-7"),
        (POLISH, "cp1250"),
    ],
)
@pytest.mark.parametrize("indent", range(3))
def test_prose_in_a_legacy_encoding_is_recognised_however_long(
    prose: str, encoding: str, indent: int
) -> None:
    for times in (3, 3_000):  # the longer one goes on after the sample for detection
        text = "-" * indent + prose * times
        assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("text", ["café", "naïve", "Größe"])
def test_too_few_accents_to_be_sure_are_refused_until_an_encoding_is_named(text: str) -> None:
    error = refusal(text.encode("latin-1"))
    assert error.reason == "encoding"
    assert "--encoding" in error.detail
    assert decode(text.encode("latin-1"), "latin-1") == (text, "iso8859-1")


@given(st.data())
def test_utf_8_with_illegal_bytes_is_refused_rather_than_misread(data: st.DataObject) -> None:
    prose = data.draw(st.sampled_from([FRENCH, RUSSIAN, JAPANESE, KOREAN, POLISH])).encode()
    places = data.draw(st.lists(st.integers(0, len(prose)), min_size=1, max_size=3))
    for place in places:
        illegal = data.draw(st.sampled_from([b"\x80", b"\xc0", b"\xe9", b"\xff"]))
        prose = prose[:place] + illegal + prose[place:]
    try:
        prose.decode("utf-8")
    except UnicodeDecodeError:
        assert refusal(prose).reason == "encoding"
        assert "--encoding" in refusal(prose).detail


@given(st.binary(max_size=300))
def test_no_character_is_ever_put_in_place_of_bytes(content: bytes) -> None:
    for encoding in (None, "utf-8", "cp1252", "utf-16-le"):
        try:
            text, used = decode(content, encoding)
        except Unreadable:
            continue
        assert text == content.removeprefix(BYTE_ORDER_MARKS.get(used, b"")).decode(used)


@pytest.mark.parametrize("encoding", ["ascii", "no-such", "hex", "undefined", "utf-7", "a\0b"])
def test_an_encoding_that_does_not_fit_is_a_refusal(encoding: str) -> None:
    assert refusal("é +2AA-".encode("latin-1"), encoding).reason == "encoding"
    if encoding == "utf-7":  # half a character, which nothing could print or store
        assert refusal(b"+2AA-", encoding).reason == "encoding"


@given(ANY_TEXT, st.sampled_from(["cp1252", "latin-1", "utf-16-le", "cp037", "big5"]))
def test_utf_8_stays_utf_8_whatever_encoding_is_named(text: str, encoding: str) -> None:
    written = text.lstrip("\ufeff")  # one in front is a mark
    assert decode(written.encode(), encoding) == (written, "utf-8")


def test_an_encoding_of_ascii_bytes_is_used_if_it_is_named() -> None:
    assert decode(JAPANESE.encode("iso2022_jp"), "iso2022_jp")[0] == JAPANESE


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", ["The gate is green.\r\n", RUSSIAN, JAPANESE * 2_000 + " a", GREEK]
)
def test_utf_16_without_a_mark_is_named_and_then_read(text: str, encoding: str) -> None:
    content = text.encode(encoding)
    for asked in (None, "cp1252", "utf-16-le", "utf-16-be"):
        if asked != encoding:
            error = refusal(content, asked)
            assert error.reason == "binary"
            assert error.detail.startswith(f"perhaps {encoding[:6].upper()} without a byte order ")
            assert error.detail.endswith(f"--encoding {encoding}")
    assert decode(content, encoding) == (text, encoding)


@pytest.mark.parametrize("content", [b"PK\3\4\0\0\0\0\1\2\3\0", b"\0" * 64, bytes(range(256)) * 2])
def test_binary_content_is_not_taken_for_utf_16(content: bytes) -> None:
    assert (refusal(content).reason, refusal(content).detail) == ("binary", "")


def test_latin_1_is_not_read_as_utf_16() -> None:
    content = "Le café est fermé. ".encode("latin-1")
    for text in (content, content + b" "):
        assert refusal(text, "utf-16-le").reason == "encoding"


@pytest.mark.parametrize(
    "text",
    [
        "The café opened in 1931.",
        "La panadería fue dirigida por José Núñez hasta 1954.",
        "Die Brücke an der Straße wurde 1920 gebaut.",
        "It’s the “best” inn — they said…",
        "Åsa Öberg byggde kvarnen.",
        "A padaria de São João foi fundada em 1920.",
    ],
)
def test_western_text_with_few_accents_is_read_right_or_its_encoding_named(text: str) -> None:
    assert refusal(text.encode("cp1252")).detail.endswith(
        "perhaps cp1252; set it with --encoding cp1252"
    )
    assert decode(text.encode("cp1252"), "cp1252")[0] == text


def test_a_byte_order_mark_outweighs_the_encoding_that_was_named() -> None:
    content = codecs.BOM_UTF16_LE + "é".encode("utf-16-le")
    assert decode(content, "cp1252") == ("é", "utf-16-le")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Text.\n\n## A *section* ##  \nMore.", "Some file"),
        ("Text.\n\n# A *heading* #  \nMore.\n\n## A section\n", "A heading"),
        ("Text.\n\n# One part\n\n# Another part\n", "Some file"),
        ("## A section\n\n# One part\n\n# Another part\n", "Some file"),
        ("# First of all\n\n# Another part\n", "First of all"),
        ("[![built](b.svg)](b)\n\n# First of all\n\n# Another part\n", "First of all"),
        ("# C#\n", "C#"),
        ("# Use `x_y`, [a *link*](u) &amp; ![a bird](b.png)<br>\n", "Use x_y, a link & a bird"),
        ("# See [the docs][d]\n\n[d]: https://example.org\n", "See the docs"),
        ("# ![](logo.png)\n\n# Later\n", "Later"),
        ("#\n# Later\n", "Later"),
        ("> # Quoted\n\n- # Listed\n\n# Later\n", "Later"),
        ("<!--\n# A comment\n-->\n\n# Later\n", "Later"),
        ("Set below\n===\n\n# Later\n", "Set below"),
        ("Set\nbelow\n===\n\n# Later\n", "Set below"),
        ("Set\nbelow\n---\n\n# Later\n", "Later"),
        ("---\nauthor: B\ntitle: 'In front'\n---\n# Later\n", "In front"),
        ("---\ntitle: >-\n  In\n  front\n---\n# Later\n", "In front"),
        ("---\ntitle: 'It''s in front' # so far\n---\n# Later\n", "It's in front"),
        ("---\n{draft: true, title: In front}\n---\n# Later\n", "In front"),
        ("---\ntitle: 2024-01-31\n---\n# Later\n", "2024-01-31"),
        ("---\ntitle: No\n---\n# Later\n", "No"),
        ("---\ntitle: Rust: a history\n---\n# Later\n", "Rust: a history"),
        ('---\ntitle: "In \\"front\\""\nnote: not: YAML\n---\n# Later\n', 'In "front"'),
        ("---\npage:\n  title: Not its own\n---\n# Later\n", "Later"),
        ("---\ntitle: [a, b]\n---\n# Later\n", "Later"),
        ("---\ntitle: ~\n---\n# Later\n", "Later"),
        ("---\n# no heading\n---\n# Later\n", "Later"),
        ("```sh\n# a comment\n```\n# Later\n", "Later"),
        ("````\n```\n# a comment\n```\n````\n# Later\n", "Later"),
        ("  ~~~\n# a comment\n  ~~~\n# Later\n", "Later"),
        ("```\n# never closed\n", "Some file"),
        ("#hashtag\n", "Some file"),
    ],
)
def test_a_markdown_title_is_in_front_or_the_top_heading(
    content: str, expected: str, line_end: str
) -> None:
    assert title("some_file.md", content.replace("\n", line_end)) == expected


@example("0\x85", "|", False)  # a line end to YAML, but none to Markdown
@given(ANY_TEXT, st.sampled_from([None, "'", '"', "|", ">"]), st.booleans())
def test_a_title_in_front_is_read_in_every_style_of_yaml(
    written: str, style: str | None, spelled_out: bool
) -> None:
    written = written[:MAX_TITLE_CHARS]
    front = yaml.safe_dump({"title": written}, default_style=style, allow_unicode=not spelled_out)
    expected = " ".join(written.split()) or "Some file"
    assert title("some_file.md", f"---\n{front}\n---\nText.\n") == expected


@pytest.mark.parametrize("code", [r"\0", r"\ud800", r"\uDFFF"])
def test_a_title_has_only_characters_that_can_be_stored(code: str) -> None:
    assert title("a.md", f'---\ntitle: "A{code}"\n---\n') == "A\ufffd"


@pytest.mark.parametrize(
    "front", [r'"A\U00110000"', r'"A\UFFFFFFFF"', "{" * 10_000, "%", "\x1b", "@A"]
)
def test_front_matter_that_is_no_yaml_breaks_nothing(front: str) -> None:
    assert title("a.md", f"---\ntitle: {front}\n---\n# Later\n").startswith(front[:2].strip('"'))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("\n  A  title \n \nText.", "A title"),
        ("A line\nof a paragraph.\n\nText.", "Some file"),
        ("A sentence.\n\nText.", "Some file"),
        ("-----\n\nText.", "Some file"),
        ("x" * 101 + "\n\nText.", "Some file"),
        ("# no Markdown", "Some file"),
    ],
)
def test_a_first_line_that_reads_as_a_title_is_one_else_the_file_name(
    content: str, expected: str, line_end: str
) -> None:
    assert title("some-file.txt", content.replace("\n", line_end)) == expected


@pytest.mark.parametrize("name", ["---.txt", "_.md", " .txt"])
def test_no_title_is_empty(name: str) -> None:
    assert title(name, "some text")


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@pytest.mark.parametrize("content", ["# a" + " " * 1_500 + "b", "\n" * 30_000 + "b"])
def test_a_title_is_found_in_no_time_in_text_made_to_stall(name: str, content: str) -> None:
    source = Source(name, name, len(content), 0, content.encode())
    assert cpu_seconds(lambda: read(source)) < 1
