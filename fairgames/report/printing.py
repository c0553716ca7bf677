"""A page as PDF, printed by Chromium where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from fairgames.errors import InputError, NoAnswerError
from fairgames.reading.atomic import replacing

#: What Chromium is called on Debian, Fedora, Arch and others.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 120


def chromium() -> str:
    """The path of Chromium.

    Raises
    ------
    InputError
        If none is on PATH.
    """
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise InputError(
            f"writing a PDF needs Chromium: none of {', '.join(_NAMES)} is on PATH; install the system's package "
            "chromium, or write .html and print that"
        )
    return found


def print_pdf(html: str, path: Path) -> None:
    """Print a page on A4.

    Raises
    ------
    InputError
        If there is no Chromium.
    NoAnswerError
        If it fails, with its own words.
    """
    with tempfile.TemporaryDirectory(prefix="fairgames-") as folder:
        page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            chromium(), "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),  # which root cannot have
            f"--print-to-pdf={printed}", page.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise NoAnswerError(f"{path}: Chromium did not print within {_SECONDS} s; write .html instead") from None
        if not printed.is_file():
            raise NoAnswerError(f"{path}: Chromium printed nothing: {done.stderr[-300:]}; write .html instead")
        with replacing(path) as file:
            file.write(printed.read_bytes())
