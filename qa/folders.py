"""The folders that this program keeps files in, and the bundled sample article."""

from __future__ import annotations

from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache folder for this program. Everything in it can be rebuilt."""
    from platformdirs import user_cache_path

    return user_cache_path("article-qa", appauthor=False)


def state_folder() -> Path:
    """Return the user's folder for what cannot be rebuilt: conversations and settings."""
    from platformdirs import user_state_path

    return user_state_path("article-qa", appauthor=False)


def configuration_file() -> Path:
    """Return the path of the user's configuration file, which need not exist."""
    from platformdirs import user_config_path

    return user_config_path("article-qa", appauthor=False) / "config.toml"


def data_folder() -> Path:
    """Return the user's folder for what was fetched for this program."""
    from platformdirs import user_data_path

    return user_data_path("article-qa", appauthor=False)


def snapshots_folder(data: Path) -> Path:
    """Return the folder of fetched web pages in a data folder."""
    return data / "snapshots"


def models_folder(cache: Path) -> Path:
    """Return the folder of exported models in a cache folder."""
    return cache / "models"


def stores_folder(cache: Path) -> Path:
    """Return the folder in a cache folder that has one folder for each indexed corpus."""
    return cache / "stores"


def conversations_folder(state: Path) -> Path:
    """Return the folder of saved conversations in a state folder."""
    return state / "conversations"


def sample_article() -> Path:
    """Return the path of the bundled sample article."""
    return Path(__file__).parents[1] / "seeds" / "belarus-amnesty.txt"
