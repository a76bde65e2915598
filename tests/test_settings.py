"""Settings: one value with every option, the same from Python and from the command line."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from index.scan import DEFAULT_MAX_BYTES
from qa.commands.options import INDEXING, setting_option, settings_options
from qa.settings import InvalidSetting, Settings

ONLY_FROM_PYTHON = {"cache", "data"}


@click.command()
@settings_options
def show(settings: Settings) -> int:
    click.echo(repr(settings))
    return 0


def test_every_setting_is_an_option_with_the_same_default() -> None:
    names = {field.name for field in fields(Settings)} - ONLY_FROM_PYTHON - {*INDEXING}
    options = {parameter.name: parameter for parameter in show.params}
    assert options.keys() == names
    assert CliRunner().invoke(show, []).output.strip() == repr(Settings())
    for option in options.values():
        assert isinstance(option, click.Option)
        assert option.help


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--store", "here"], Settings(store=Path("here"))),
        (["--encoding", "Latin1"], Settings(encoding="iso8859-1")),
        (["--max-size", "0.5"], Settings(max_size=0.5)),
        (["--min-confidence", "1"], Settings(min_confidence=1.0)),
        (["--download", "--device", "cuda"], Settings(download=True, device="cuda")),
    ],
)
def test_options_give_the_settings_that_python_would(
    arguments: list[str], settings: Settings
) -> None:
    assert CliRunner().invoke(show, arguments).output.strip() == repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_confidence", -0.1),
        ("min_confidence", float("nan")),
        ("max_size", 0.0),
        ("max_size", float("inf")),
        ("encoding", "klingon"),
        ("encoding", "utf\0"),
    ],
)
def test_an_invalid_value_is_refused_from_both_sides(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=name):
        Settings(**{name: value})  # type: ignore[arg-type]  # names and values go together
    option = f"--{name.replace('_', '-')}"
    refused = CliRunner().invoke(show, [option, str(value)])
    assert refused.exit_code == 2
    assert f"'{option}'" in refused.output


def test_a_folder_may_be_text_or_a_path(tmp_path: Path) -> None:
    assert Settings(store=str(tmp_path)).stores == tmp_path
    assert Settings(store="~/stores").stores == Path.home() / "stores"
    assert Settings(cache=str(tmp_path)).cache_path == tmp_path
    assert Settings(cache=tmp_path).stores == tmp_path / "stores"
    assert Settings().max_bytes == DEFAULT_MAX_BYTES


def test_an_unknown_setting_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        setting_option("colour")
