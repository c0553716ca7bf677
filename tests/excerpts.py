"""What pages show of a command's output: the whole of it, or an excerpt with … for what is left out.

``python -m tests.excerpts docs/audit.md …`` puts the … into pages whose excerpts have none.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from fairgames.cli import cli

ROOT = Path(__file__).parent.parent


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, in order, each with what is shown below it; "" where nothing is."""
    parts = re.split(r"^\$ fairgames ", block, flags=re.MULTILINE)[1:]
    return [(line, shown.strip()) for line, _, shown in (part.partition("\n") for part in parts)]


def lay_out(text: str, folder: Path) -> None:
    """Write the files that a page shows, and those of a clone that it reads."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    for block in blocks(text, "toml"):
        if name := re.match(r"# ([\w-]+\.toml)\n", block):
            (folder / name[1]).write_text(block, encoding="utf-8")


def excerpt_of(shown: str, output: str) -> bool:
    """Whether a text is the whole output; a line … stands for at least one line, a … in a line for any part of it.

    >>> excerpt_of("a\\n…", "a\\nb\\nc"), excerpt_of("a", "a\\nb"), excerpt_of("a … d", "a, b, c d")
    (True, False, True)
    """
    pattern = "".join(r"(?:[^\n]*\n)+" if line == "…" else _line(line) + r"\n" for line in _lines(shown))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(output))) is not None


def marked(shown: str, output: str) -> str:
    """The same lines with … where something of the output is left out; as it is where a line is not in the output."""
    found, last, told = [], -1, _lines(output)
    for line in (line for line in _lines(shown) if line != "…"):
        pattern = _line(line)
        place = next((k for k in range(last + 1, len(told)) if re.search(pattern, told[k])), None)
        if place is None:
            return shown
        before, after = (part.strip() for part in re.split(pattern, told[place], maxsplit=1))
        found += ["…"] * (place > last + 1) + [f"{'… ' * bool(before)}{line}{' …' * bool(after)}"]
        last = place
    return "\n".join(found + ["…"] * (last < len(told) - 1))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _line(shown: str) -> str:
    return r"[^\n]*".join(map(re.escape, re.split(r"\s*…\s*", shown)))


def rewrite(page: Path) -> None:
    """Mark the excerpts of a page that are not marked yet; needs the working directory for what commands write."""
    text = page.read_text(encoding="utf-8")

    def of_block(found: re.Match[str]) -> str:
        lines = []
        for line, shown in commands(found[1]):
            output = CliRunner().invoke(cli, shlex.split(line)).output
            lines.append(f"$ fairgames {line}")
            if shown:
                lines.append(shown if excerpt_of(shown, output) else marked(shown, output))
        return "```console\n" + "\n".join(lines) + "\n```"

    page.write_text(re.sub(r"```console\n(.*?)```", of_block, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    for one in [Path(name).resolve() for name in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            lay_out(one.read_text(encoding="utf-8"), Path(place))
            rewrite(one)
