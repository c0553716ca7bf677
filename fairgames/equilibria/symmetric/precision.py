"""How closely roots and crossings are found: a first look, and a second one where that leaves something open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

#: Binary places of a first look, and of one that decides what is closer.
FIRST, FINE = 70, 320

_places: ContextVar[int] = ContextVar("places", default=FIRST)


def places() -> int:
    """Binary places to which roots are found."""
    return _places.get()


def width(finer: int = 0) -> Fraction:
    """The width of brackets that are worked with, or of what is ``finer`` by so many places."""
    return Fraction(1, 1 << places() + finer)


@contextmanager
def found_to(bits: int) -> Iterator[None]:
    """Roots are found to so many binary places; of objects made here, since they keep what they computed."""
    before = _places.set(bits)
    try:
        yield
    finally:
        _places.reset(before)
