"""One input: files and what is done with them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """An input for the command line, or a game file for the library's readers.

    Attributes
    ----------
    kind : what it is about, such as ``"scenario"``
    arguments : of ``fairgames``; empty where ``files`` is one game file to open, certify and write again
    files : names and contents, written to an empty folder in which it runs
    """

    kind: str
    arguments: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]

    def written(self, folder: Path) -> None:
        for name, content in self.files:
            (folder / name).write_bytes(content)

    def to_json(self) -> str:
        """Text if it is UTF-8, else base 64, so that a saved case can be read."""
        files = {}
        for name, content in self.files:
            try:
                files[name] = {"text": content.decode()}
            except UnicodeDecodeError:
                files[name] = {"base64": b64encode(content).decode()}
        return json.dumps({"kind": self.kind, "arguments": self.arguments, "files": files}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Case:
        read = json.loads(text)
        files = tuple(
            (name, held["text"].encode() if "text" in held else b64decode(held["base64"]))
            for name, held in read["files"].items()
        )
        return cls(read["kind"], tuple(read["arguments"]), files)


@dataclass(frozen=True)
class Finding:
    """Something that must not happen: ``signature`` is equal for inputs that find the same."""

    kind: str
    signature: str
    detail: str
