"""Where this program keeps things on this machine, and the article that comes with it."""

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


def sample_article() -> Path:
    """Return the sample article, which is asked if no path is given."""
    return Path(__file__).parents[1] / "seeds" / "belarus-amnesty.txt"
