"""The scenario inside a report, byte for byte: what was asked, to be asked again."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from fairgames.errors import InputError
from fairgames.reading.atomic import replacing
from fairgames.report.document import File
from fairgames.scenario.reader import parse

#: Larger files are named, with their digest, and not put inside.
_MOST_BYTES = 500_000
#: A scenario up to this is shown as text, too.
_MOST_SHOWN = 100_000
_LINK = "data:application/octet-stream;base64,"


def files_inside(scenario: Path) -> Iterator[File]:
    """The scenario's file, and those beside it that it names; of large ones the digest alone."""
    document = parse(scenario)
    beside = [document.get("users"), document.get("private"), document.get("utility", {}).get("file")]
    for place, name in enumerate([scenario.name, *(name for name in beside if isinstance(name, str))]):
        content = (scenario.parent / name).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        inside = content if len(content) <= _MOST_BYTES else b""
        yield File(name, inside, digest, shown=place == 0 and len(content) <= _MOST_SHOWN)


def link(file: File) -> str:
    """The file as an address that holds it."""
    return _LINK + base64.b64encode(file.content).decode("ascii")


def extract(report: str | Path, folder: str | Path) -> list[Path]:
    """Write the files that are inside a report into a folder; their paths.

    Raises
    ------
    InputError
        If it is no report of ours, a file in it is not what its digest says, or a name would lead elsewhere.
    """
    reader = _Links()
    try:
        reader.feed(Path(report).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{report}: cannot be read ({error}), expected a report.html of fairgames report") from None
    if not reader.files:
        raise InputError(f"{report}: there is no scenario inside, expected a report.html of fairgames report")
    for name, content, digest in reader.files:
        if not name or Path(name).name != name or name in (".", "..") or "\\" in name:
            raise InputError(f"{report}: the name {name!r} of a file inside is no plain name")
        if hashlib.sha256(content).hexdigest() != digest:
            raise InputError(f"{report}: {name} is not what was put inside: its SHA-256 differs from {digest}")
    written = []
    for name, content, _ in reader.files:
        path = Path(folder) / name
        with replacing(path) as file:
            file.write(content)
        written.append(path)
    return written


class _Links(HTMLParser):
    """Finds the links that hold files."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, bytes, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag != "a" or not own.get("href", "").startswith(_LINK) or "data-sha256" not in own:
            return
        try:
            content = base64.b64decode(own["href"].removeprefix(_LINK), validate=True)
        except binascii.Error:
            raise InputError(f"report: the file {own.get('download', '')!r} inside is cut or altered") from None
        self.files.append((own.get("download", ""), content, own["data-sha256"]))
