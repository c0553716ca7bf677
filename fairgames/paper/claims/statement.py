"""What a claim is: a sentence of the papers with the computation that decides whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """What a computation found.

    Attributes
    ----------
    computed : the numbers that decide
    holds : whether the sentence agrees with them
    note : the set that was looked through; the correct statement where the sentence is wrong
    """

    computed: str
    holds: bool
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """A sentence of the papers, judged.

    Attributes
    ----------
    id : unique, by which it is asked for
    source : where the later version has it, and the earlier one where that differs
    claim : the sentence, shortened
    expected : what it says the numbers are
    computed : what they are
    holds : whether the two agree
    note : over which set; the correct statement where the sentence is wrong
    """

    id: str
    source: str
    claim: str
    expected: str
    computed: str
    holds: bool
    note: str


@dataclass(frozen=True)
class Statement:
    """A sentence of the papers that has not been judged yet; see :class:`Claim`."""

    id: str
    source: str
    claim: str
    expected: str
    test: Callable[[], Finding]

    def check(self) -> Claim:
        """The judgement, computed now."""
        found = self.test()
        return Claim(self.id, self.source, self.claim, self.expected, found.computed, bool(found.holds), found.note)


def claim(
    chapter: list[Statement], name: str, source: str, says: str, expected: str
) -> Callable[[Callable[[], Finding]], Callable[[], Finding]]:
    """Add the decorated computation to a chapter, as a sentence of the papers."""

    def add(test: Callable[[], Finding]) -> Callable[[], Finding]:
        chapter.append(Statement(name, source, says, expected, test))
        return test

    return add


def first_against(cases: Iterable[T], holds: Callable[[T], bool]) -> T | None:
    """The first case for which a quantified sentence fails; None if it holds for all."""
    return next((case for case in cases if not holds(case)), None)


def shown(value: object) -> str:
    """Numbers as people read them: rationals as p/q, floats to six digits, arrays as nested lists.

    >>> from fractions import Fraction
    >>> shown(np.array([[Fraction(0), Fraction(2, 3)]])), shown(0.123456789), shown((1, Fraction(1, 2)))
    ('[[0, 2/3]]', '0.123457', '(1, 1/2)')
    """
    if isinstance(value, np.ndarray):
        return shown(value.tolist())
    if isinstance(value, list | tuple):
        inside = ", ".join(shown(one) for one in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
