"""Progress of long work: the library announces its steps, whoever listens may show them.

A context variable carries the listener, so no function has to hand one on. Without a
listener an announcement costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

#: Called with (what is being done, steps done, steps in all).
Listener = Callable[[str, int, int], None]

_listener: ContextVar[Listener | None] = ContextVar("fairgames_progress", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send the announcements of all work inside the ``with`` block to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def track(items: Sequence[T] | Iterable[T], what: str, total: int | None = None, start: int = 0) -> Iterator[T]:
    """Iterate over ``items`` and announce each step under the name ``what``; ``start`` steps were done before."""
    steps = len(items) if total is None and isinstance(items, Sequence) else (total or 0)
    for done, item in enumerate(items, start):
        if (listener := _listener.get()) is not None:
            listener(what, done, steps)
        yield item
    if (listener := _listener.get()) is not None:
        listener(what, steps, steps)
