"""How answers look: JSON for machines, tables for people, a progress bar for the patient."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from fairgames import progress
from fairgames.errors import FairgamesError, InputError
from fairgames.reading.json_values import plain
from fairgames.text import lines, printable

if TYPE_CHECKING:
    from rich.progress import Progress

#: A progress bar appears once the work has taken this long.
_PATIENCE_SECONDS = 1.0
#: The time left is told from the speed over this long; steps may take minutes each.
_SPEED_SECONDS = 600.0
#: Where a command keeps the warnings that it has said.
_WARNINGS = "fairgames.warnings"


def print_json(answer: dict[str, Any], exact: bool = False) -> None:
    """The :func:`json_text` of an answer on standard output."""
    click.echo(json_text(answer, exact))


def json_text(answer: dict[str, Any], exact: bool = False) -> str:
    """One JSON object: plain numbers, "inf", and with ``exact`` rationals "p/q".

    Under ``warnings`` it has every warning that was said.
    """
    return json.dumps(plain({**answer, "warnings": list(_said())}, exact), allow_nan=False)


def certainty(undecided: Iterable[str]) -> dict[str, Any]:
    """Of an answer that rests on comparisons: whether all were decided, else which were not."""
    told = list(dict.fromkeys(undecided))
    return {"certain": False, "undecided": told} if told else {"certain": True}


def _said() -> dict[str, None]:
    """The warnings of this run of a command, in order, each once."""
    context = click.get_current_context(silent=True)
    said: dict[str, None] = {} if context is None else context.meta.setdefault(_WARNINGS, {})
    return said


def say(text: str, err: bool = False) -> None:
    """Text of ours for people, on standard output or error; nothing that it quotes can act on a terminal."""
    click.echo(lines(text), err=err)


def failure(error: FairgamesError) -> str:
    """What is wrong: a line a fault, whatever stands in them."""
    faults = error.faults if isinstance(error, InputError) else str(error).split("\n")
    return "Error: " + "\n".join(map(printable, faults))


def warn(messages: Iterable[str]) -> None:
    """Warnings on standard error."""
    for message in messages:
        _said().setdefault(message)
        click.echo(f"Warning: {printable(message)}", err=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """A table on standard output; columns after the first are right-aligned."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=None if title is None else Text(printable(title)), title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        table.add_column(Text(printable(column)), justify="right" if position else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 120
    Console(width=width).print(table)


@contextmanager
def progress_bar() -> Iterator[None]:
    """Show the progress of the work inside on standard error, if that is a terminal and it takes long."""
    if not sys.stderr.isatty():
        yield
        return
    bar = _Bar()
    try:
        with progress.listening(bar):
            yield
    finally:
        bar.close()


class _Bar:
    """A listener that opens a bar when patience ends, with a line for each kind of work."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._display: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._display is None:
            if time.monotonic() - self._begun < _PATIENCE_SECONDS:
                return
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._display = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                console=Console(stderr=True), transient=True, speed_estimate_period=_SPEED_SECONDS,
            )  # fmt: skip
            self._display.start()
        if what not in self._tasks:
            # Steps that were done before say nothing about the time left.
            self._tasks[what] = self._display.add_task(printable(what), total=total or None, completed=done)
        self._display.update(self._tasks[what], completed=done, total=total or None)

    def close(self) -> None:
        if self._display is not None:
            self._display.stop()
