"""Runs an input in this process and says what must not have happened."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
import traceback
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from fairgames.errors import FairgamesError
from tests.fuzz.case import Case, Finding

#: Seconds that an input may take.
PATIENCE = 10.0
#: 0 an answer, 1 none, 2 faults in the input, 130 interrupted.
EXIT_CODES = {0, 1, 2, 130}
#: Besides C0 and C1: characters that turn the direction of text.
_TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_FINITE = re.compile(r"(?<![\w.'\"-])-?(nan|inf|infinity)(?![\w.'\"-])", re.IGNORECASE)


def judge(case: Case) -> list[Finding]:
    """All that this input finds, in a new folder."""
    with TemporaryDirectory(prefix="fuzz-") as name, chdir(name):
        folder = Path(name)
        case.written(folder)
        started = time.monotonic()
        found = _by_command(case, folder) if case.arguments else _by_readers(case, folder)
        seconds = time.monotonic() - started
    if seconds > PATIENCE:
        found.append(Finding("slow", f"slow:{' '.join(case.arguments[:1]) or case.kind}", f"{seconds:.1f} s"))
    return found


def _by_command(case: Case, folder: Path) -> list[Finding]:
    from fairgames.cli import main

    out, err = io.StringIO(), io.StringIO()
    found: list[Finding] = []
    code: Any = 0
    # Click takes some sequences out where it writes to no terminal: here all are to be seen.
    terminal = patch("click.utils.should_strip_ansi", return_value=False)
    with terminal, redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            main(list(case.arguments))
        except SystemExit as end:
            code = 0 if end.code is None else end.code
        except Exception as error:
            found.append(crash(error))
            code = 1
    if code not in EXIT_CODES:
        found.append(Finding("exit code", f"exit:{case.arguments[0]}:{code}", f"exit code {code!r}"))
    found += [
        Finding("warning", f"warning:{one.category.__name__}:{_place(one.filename)}:{one.lineno}", str(one.message))
        for one in warned
        if "fairgames" in one.filename
    ]
    command = case.arguments[0]
    for stream, text in (("stdout", out.getvalue()), ("stderr", err.getvalue())):
        found += _controls(text, f"{command}:{stream}")
        if "Traceback (most recent" in text:
            found.append(Finding("traceback", f"traceback:{command}:{stream}", text[-2000:]))
    if "--json" in case.arguments and code == 0 and not out.getvalue().startswith(("Usage: ", "fairgames, ")):
        found += _json_answer(out.getvalue(), command)
    elif code == 0:
        found += _not_finite(out.getvalue(), f"{command}:stdout", case)
    given = {name for name, _ in case.files}
    for path in sorted(folder.iterdir()):
        if path.name not in given and path.is_file():
            found += _written(path, f"{command}:{path.suffix}", case)
    return found


def _by_readers(case: Case, folder: Path) -> list[Finding]:
    """Open a game file, certify what it lists, and write it in every format."""
    from fairgames.games import certify, files

    ((name, _),) = case.files
    found: list[Finding] = []
    try:
        held = files.open_file(folder / name)
        listed = [certify(held.game, one) for one in held.equilibria]
        if not all(_finite(one.regret) for one in listed):
            found.append(Finding("not finite", f"regret:{Path(name).suffix}", str([one.regret for one in listed])))
        for suffix in ("nfg", "gbt", "gam", "json"):
            path = folder / f"again.{suffix}"
            try:
                files.write(held.game, path, listed if files.holds_equilibria(path) else ())
            except FairgamesError:
                continue
            found += _written(path, f"game:{path.suffix}", case)
            files.open_file(path)  # what we write we can read
    except FairgamesError as error:
        if not str(error):
            found.append(Finding("message", f"empty message:{name}", repr(error)))
    except Exception as error:
        found.append(crash(error))
    return found


def _finite(value: Any) -> bool:
    return abs(float(value)) < float("inf")


def crash(error: BaseException) -> Finding:
    """The traceback; alike if the error and the innermost line of ours are."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "fairgames" in frame.filename]
    where = f"{_place(ours[-1].filename)}:{ours[-1].name}" if ours else "?"
    detail = "".join(traceback.format_exception(error))[-3000:]
    return Finding("traceback", f"traceback:{type(error).__name__}:{where}", detail)


def _place(filename: str) -> str:
    return filename[filename.rfind("fairgames") :].replace(os.sep, "/")


def _controls(text: str, where: str) -> Iterator[Finding]:
    """Anything that a terminal might obey, newlines apart."""
    bad = sorted({one for one in text if (unicodedata.category(one) == "Cc" and one != "\n") or one in _TURNING})
    if bad:
        line = next(line for line in text.split("\n") if any(one in line for one in bad))
        yield Finding("raw control", f"control:{where}", f"{bad!r} in {line[:300]!r}")


def _json_answer(text: str, where: str) -> Iterator[Finding]:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        held = json.loads(text, parse_constant=refuse)
    except ValueError as error:
        yield Finding("not finite", f"json:{where}", f"{error} in {text[:300]!r}")
        return
    for path, value in _leaves(held):
        overflown = isinstance(value, float) and not _finite(value)
        if overflown or (value in ("nan", "inf", "-inf") and not _may_be_infinite(path, value)):
            place = ".".join(one for one in path if not one.isdigit())
            yield Finding("not finite", f"json:{where}:{place}", f"{'.'.join(path)} = {value}")


#: Names of users and levels are anything; what is infinite by its meaning: ratios to 0, rooms without an end.
_NAMES = {"users", "levels", "currency", "title", "warnings", "path", "output", "player", "strategy", "coalition"}
_UNBOUNDED = {"ratio", "relative", "bounds", "interval", "room", "tolerance", "strictness", "margin"}


def _may_be_infinite(path: tuple[str, ...], value: str) -> bool:
    return bool(_NAMES & set(path)) or (value != "nan" and bool(_UNBOUNDED & set(path)))


def _leaves(held: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(held, dict | list):
        for key, value in held.items() if isinstance(held, dict) else enumerate(held):
            yield from _leaves(value, (*path, str(key)))
    else:
        yield path, held


def _not_finite(text: str, where: str, case: Case) -> Iterator[Finding]:
    """NaN and inf as numbers, unless the input itself has such words, as names or levels."""
    given = b" ".join(content for _, content in case.files).lower() + " ".join(case.arguments).lower().encode()
    if case.arguments[:1] == ("learn",):
        given += b"inf"  # of a cost that nothing bounds from above
    for word in sorted({match[1].lower() for match in _NOT_FINITE.finditer(text)}):
        if word[:3].encode() not in given:
            line = next(line for line in text.splitlines() if word in line.lower())
            yield Finding("not finite", f"{word}:{where}", line[:300])


#: What is written as text. In pages and pictures "nan" and "inf" may be words or parts of paths.
_TEXTS = (".csv", ".nfg", ".gbt", ".gam", ".agg", ".bagg", ".json", ".jsonl", ".toml", ".svg", ".html", ".md")
_DRAWN = (".svg", ".html", ".md")


def _written(path: Path, where: str, case: Case) -> Iterator[Finding]:
    """What is in a file: no controls that names brought, no number that is none, no cell that computes."""
    if path.suffix not in _TEXTS:
        return
    text = path.read_text(encoding="utf-8")
    yield from _controls(text.replace("\t", " "), f"file:{where}")
    if path.suffix not in _DRAWN:
        yield from _not_finite(text, f"file:{where}", case)
    if path.suffix == ".csv":
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[+-][\d.e/+-]+|-inf", cell):
                    yield Finding("formula", f"formula:{where}", repr(cell[:100]))
                    return
