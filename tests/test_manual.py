"""The manual page: all of the help, in roff that formats without a warning."""

from __future__ import annotations

import re
import shutil
import subprocess

import click
import pytest

from qa.cli import cli
from qa.configuration import CORPUS_VARIABLE
from qa.show.manual import EXIT_STATUS, to_roff
from qa.show.output import Exit
from tests.support.program import Program

OPTIONS = sorted({name for one in cli.commands.values() for each in one.params for name in each.opts
                  if name.startswith("-")})  # fmt: skip


def plain(roff: str) -> str:
    """Return what a page shows, but for the layout."""
    shown = re.sub(r"\\f[BIR]|\\&", "", roff.replace(r"\-", "-").replace(r"\(dq", '"'))
    return re.sub(r"\\\[u([0-9A-F]+)\]", lambda code: chr(int(code[1], 16)), shown)


def test_the_page_has_every_command_option_and_variable(program: Program) -> None:
    ran = program.run("man")
    assert (ran.code, ran.errors) == (0, "")
    shown = plain(ran.text)
    for name, command in cli.commands.items():
        assert f"qa {name} [OPTIONS]" in shown
        assert (command.help or "").split("\n")[0] in shown
    assert not [name for name in OPTIONS if not re.search(rf"{re.escape(name)}\b", shown)]
    variables = {each.envvar for one in cli.commands.values() for each in one.params if each.envvar}
    assert all(f"\n{name}\n" in shown for name in {*variables, CORPUS_VARIABLE})
    assert {*EXIT_STATUS} == {*Exit}


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_the_page_formats_without_a_warning(program: Program) -> None:
    groff = ["groff", "-man", "-ww", "-Wbreak", "-Tutf8"]  # long paths cannot be adjusted
    ran = subprocess.run(groff, input=program.run("man").text.encode(), capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("text", [".sh", "'br", r"a\nb", "a-b", '"a"', "é – «a»", "a\\fBb"])
def test_any_text_is_shown_as_it_is(text: str) -> None:
    @click.group(help=f"About.\n\n{text}")
    def group() -> None:
        """The help is given above."""

    page = list(to_roff(group, version="1", environment={}, files={text: text}))
    assert all(line.isascii() for line in page)
    shown = [plain(line).replace(r"\e", "\\") for line in page]
    assert shown.count(text) == 3
    assert not [line for line in page if line.startswith(("'", ".sh", ".br"))]
