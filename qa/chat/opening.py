"""Opens what is cited in a program of the system, without waiting for it to end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import PurePath
from threading import Thread

from qa.chat.programs import START, Command, Target, command_for
from qa.show.text import visible_line, visible_name

START_SECONDS = 3
"""A program that fails within this time could not open it; one that still runs has opened it."""

Report = Callable[[str, str], object]
"""Called with a sentence for the user, and with a link to copy if the user has to open it."""


def open_in_background(target: Target, report: Report) -> None:
    """Open a target in another thread. report: called there, once or more."""
    Thread(target=_open, args=(target, report), name="open", daemon=True).start()


def _open(target: Target, report: Report) -> None:
    shown = visible_name(PurePath(target.path).name) if target.path else "the web page"
    if target.path and not os.path.exists(target.path):
        report(f"{visible_name(target.path)} no longer exists.", "")
        return
    command = command_for(target, os.environ)
    if command is None:
        report(f"No program or display to open {shown} with.", target.link)
        return
    place = f" at page {target.page}" if target.page and command.is_at_place else ""
    hint = f" The quote is on page {target.page}." if target.page and not place else ""
    report(f"Opening {shown}{place} with {visible_line(command.name)}.{hint}", "")
    if problem := _run(command):
        report(f"Cannot open {shown}: {visible_line(problem)}.", target.link)


def _run(command: Command) -> str:
    """Run a program; return why it failed, or an empty string if it did not fail at once."""
    program, *arguments = command.arguments
    if program == START:
        return _start(*arguments)
    try:
        process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it stays when the terminal is closed
        )
    except (OSError, ValueError) as error:
        return f"{program}: {getattr(error, 'strerror', None) or error}"
    try:
        code = process.wait(START_SECONDS)
    except subprocess.TimeoutExpired:
        process.wait()  # until the user closes it, so that it does not stay as a zombie
        return ""
    return f"{command.name} exited with code {code}" if code else ""


def _start(opened: str) -> str:
    if sys.platform == "win32":
        try:
            os.startfile(opened)
        except OSError as error:
            return error.strerror or str(error)
    return ""
