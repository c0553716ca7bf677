"""Mechanisms with finitely many inputs and outputs: Definition 2 checked word by word."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.privacy.framework import Level
from fairgames.typing import Number

#: One datum a user.
Database: TypeAlias = tuple[Hashable, ...]


@dataclass(frozen=True, eq=False, init=False)
class FiniteMechanism:
    """A random function given by the probability of each output on each database.

    Parameters
    ----------
    probabilities : for every database (a tuple with one datum a user; all combinations of what
        the users may hold) the probability of each output, read as written; outputs left out
        have probability 0

    Raises
    ------
    InputError
        If probabilities are negative or do not add up to exactly 1, or databases are missing.

    Notes
    -----
    Outputs are finitely many, so an event's probability is a sum over outputs, and the ratio of
    two such sums is at most the largest ratio of their terms: single outputs decide.

    >>> from fairgames.privacy import PURE_DP
    >>> answers = FiniteMechanism({("yes",): {"yes": "3/4", "no": "1/4"}, ("no",): {"yes": "1/4", "no": "3/4"}})
    >>> bool(PURE_DP.check(answers, ["1.0987"])), bool(PURE_DP.check(answers, ["1.0986"]))  # ln 3 = 1.09861…
    (True, False)
    """

    probabilities: Mapping[Database, Mapping[Hashable, Fraction]]

    def __init__(self, probabilities: Mapping[Database, Mapping[Hashable, Number]]) -> None:
        read = {
            database: {output: to_fraction(value, f"database {database!r}") for output, value in row.items()}
            for database, row in probabilities.items()
        }
        if faults := [*_incomplete(read), *_improper(read)]:
            raise InputError(faults)
        object.__setattr__(self, "probabilities", read)

    def __len__(self) -> int:
        return len(next(iter(self.probabilities)))

    def violation(self, user: int, epsilon: Level) -> str | None:
        """The first databases and output that break ``epsilon``; None if nothing does."""
        for database, neighbour in self._neighbours(user):
            ours, theirs = self.probabilities[database], self.probabilities[neighbour]
            for output, probability in ours.items():
                other = theirs.get(output, Fraction(0))
                if probability and (other == 0 or _exceeds_exp(probability / other, Fraction(epsilon))):
                    return (
                        f"output {output!r} has probability {probability} at {database!r} and {other} at "
                        f"{neighbour!r}, a ratio above exp({epsilon})"
                    )
        return None

    def _neighbours(self, user: int) -> Iterator[tuple[Database, Database]]:
        """All ordered pairs of databases that differ in the datum of ``user`` only."""
        values = dict.fromkeys(database[user] for database in self.probabilities)
        for database in self.probabilities:
            for value in values:
                if value != database[user]:
                    yield database, (*database[:user], value, *database[user + 1 :])


def _incomplete(databases: Collection[Database]) -> Iterator[str]:
    if not databases or len({len(database) for database in databases}) != 1:
        yield "expected at least one database, each with one datum for each user"
        return
    for database in product(*(dict.fromkeys(column) for column in zip(*databases, strict=True))):
        if database not in databases:
            yield f"database {database!r}: no probabilities, expected them for all combinations of data"


def _improper(rows: Mapping[Database, Mapping[Hashable, Fraction]]) -> Iterator[str]:
    for database, row in rows.items():
        if any(value < 0 for value in row.values()) or sum(row.values()) != 1:
            shown = ", ".join(map(str, row.values()))
            yield f"database {database!r}: expected probabilities ≥ 0 that add up to 1, got {shown}"


def _exceeds_exp(ratio: Fraction, exponent: Fraction) -> bool:
    """Whether ratio > e^exponent, for exponent ≥ 0, exactly.

    e^x is irrational for rational x ≠ 0, so with enough digits the ratio is on one side of it.

    >>> _exceeds_exp(Fraction(2), Fraction(1)), _exceeds_exp(Fraction(3), Fraction(1))
    (False, True)
    """
    if exponent == 0 or ratio <= 1:
        return exponent == 0 and ratio > 1
    if exponent > 1 and math.log2(ratio.numerator) - math.log2(ratio.denominator) < math.floor(exponent):
        return False  # e^x exceeds 2^⌊x⌋ by far more than the logarithms are rounded
    digits = 16
    while True:
        digits *= 2
        low, high = _exp_bounds(exponent, digits)
        if ratio <= low or ratio >= high:
            return ratio >= high


def _exp_bounds(exponent: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Numbers below and above e^exponent; :meth:`decimal.Decimal.exp` is correctly rounded."""
    numerator, denominator = Decimal(exponent.numerator), Decimal(exponent.denominator)
    with localcontext(prec=digits, rounding=ROUND_FLOOR) as context:
        low = (numerator / denominator).exp().next_minus()
        context.rounding = ROUND_CEILING
        return Fraction(low), Fraction((numerator / denominator).exp().next_plus())
