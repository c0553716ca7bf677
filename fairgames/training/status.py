"""How far a run of evaluations is, for whoever watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """Counts of evaluations.

    Attributes
    ----------
    done, total : ended in this run, and to be run in all
    reused : found in the store or in memory
    failed : without a value so far
    running : begun and not ended
    half_width : of what is asked, as far as known; None before there is an estimate
    seconds_left : at the speed so far; None before the first has ended
    """

    done: int
    total: int
    reused: int
    failed: int
    running: int
    half_width: float | None
    seconds_left: float | None

    def __str__(self) -> str:
        width = "" if self.half_width is None else f", ±{self.half_width:.3g}"
        left = "" if self.seconds_left is None else f", {self.seconds_left:,.0f} s left"
        return (
            f"{self.done} of {self.total} done, {self.reused} reused, {self.failed} failed, "
            f"{self.running} running{width}{left}"
        )


_listener: ContextVar[Callable[[Status], None] | None] = ContextVar("fairgames_evaluations", default=None)


@contextmanager
def watching(listener: Callable[[Status], None]) -> Iterator[None]:
    """Send the state of all evaluations inside the ``with`` block to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def announce(status: Status) -> None:
    """Tell who watches."""
    if (listener := _listener.get()) is not None:
        listener(status)


@contextmanager
def progress_bar() -> Iterator[None]:
    """Show the evaluations inside the ``with`` block as a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(TextColumn("evaluations"), BarColumn(), TextColumn("{task.description}"),
                  console=Console(stderr=True), transient=True) as bar:  # fmt: skip
        task = bar.add_task("", total=None)

        def show(status: Status) -> None:
            bar.update(task, completed=status.done, total=status.total, description=str(status))

        with watching(show):
            yield
