"""Two answers side by side: who gains and who loses by going from the first to the second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from fairgames.errors import InputError
from fairgames.mechanism.result import Design
from fairgames.tables.table import Table, Tabular
from fairgames.text import strategy
from fairgames.typing import Scalar

Outcome = Literal["gains", "loses", "same", "first only", "second only"]
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class UserSide:
    """One user in one answer.

    Attributes
    ----------
    level : what the user plays
    payment, sensitivity, gain : in money; the gain is payment less sensitivity
    """

    level: str
    payment: Scalar
    sensitivity: Scalar
    gain: Scalar


@dataclass(frozen=True)
class UserChange:
    """One user in both answers; None where it is not there.

    Attributes
    ----------
    change : of the gain, from the first answer to the second; None where the user is in one only
    error : bound on its error; 0 where both are exact
    outcome : ``"same"`` where the change is within that
    """

    user: str
    first: UserSide | None
    second: UserSide | None
    change: Scalar | None
    error: float
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class Comparison(Tabular):
    """The platform and every user, by name, in two answers.

    Attributes
    ----------
    first, second : the answers
    users : those of the first in their order, then those of the second alone
    """

    first: Design
    second: Design
    users: tuple[UserChange, ...]

    @property
    def change(self) -> Scalar:
        """How much more the second answer leaves the platform."""
        return _less(self.second.platform_utility, self.first.platform_utility)

    @property
    def counts(self) -> Counter[Outcome]:
        """How many users gain, lose, …."""
        return Counter(one.outcome for one in self.users)

    @property
    def undecided(self) -> tuple[str, ...]:
        """What stayed open in either answer, and for whom the sign of a change is within its error."""
        open_ones = [one.user for one in self.users if one.outcome == "same" and one.change]
        told = [f"whether {', '.join(open_ones)} gain or lose: the change is within its error"] if open_ones else []
        return tuple(dict.fromkeys((*self.first.undecided, *self.second.undecided, *told)))

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer, numbers as they are."""
        return {
            "platform": {
                "first": self.first.platform_utility,
                "second": self.second.platform_utility,
                "change": self.change,
            },
            "users": [
                {**vars(one), "first": one.first and vars(one.first), "second": one.second and vars(one.second)}
                for one in self.users
            ],
            **{outcome: self.counts[outcome] for outcome in ("gains", "loses", "same")},
        }

    def table(self) -> Table:
        """One row a user: level, payment, sensitivity and gain in both answers, change and outcome."""
        names = ("level", "payment", "sensitivity", "gain")
        rows = [
            (one.user, *(side and getattr(side, name) for name in names for side in (one.first, one.second)),
             one.change, one.outcome)
            for one in self.users
        ]  # fmt: skip
        both = (f"{name} {which}" for name in names for which in ("first", "second"))
        return Table.of_rows(("user", *both, "change", "outcome"), rows)


def compare(first: Design, second: Design) -> Comparison:
    """Who gains and who loses, in payment less sensitivity, from ``first`` to ``second``; users by their names.

    Raises
    ------
    InputError
        If an answer does not say who its users are and what they bear.

    >>> from fairgames import LinearLaplace, PaymentGame, Users, design
    >>> utility, names = LinearLaplace(2, [0, "inf"]), ["Ann", "Ben"]
    >>> costs = ([[0, ".3"], [0, ".32"]], [[0, ".1"], [0, ".2"]])
    >>> games = [PaymentGame(utility, Users(sensitivity=rows, names=names)) for rows in costs]
    >>> found = compare(*(design(game, scope="pure") for game in games))
    >>> str(found.change), [(one.user, str(one.change), one.outcome) for one in found.users]
    ('7/30', [('Ann', '1/10', 'gains'), ('Ben', '0', 'same')])
    """
    sides = _sides(first, "first"), _sides(second, "second")
    names = dict.fromkeys((*first.users, *second.users))
    error = first.regret_bound + second.regret_bound
    return Comparison(
        first, second, tuple(_change(name, sides[0].get(name), sides[1].get(name), error) for name in names)
    )


def _sides(found: Design, which: str) -> dict[str, UserSide]:
    if not found.users or found.sensitivities is None:
        raise InputError(f"{which}: the answer does not name its users; give one of fairgames.design")
    return dict(zip(found.users, _each(found), strict=True))


def _each(found: Design) -> Iterator[UserSide]:
    numbers = (found.payments.tolist(), found.sensitivities.tolist(), found.gains.tolist())  # type: ignore[union-attr]
    for played, *row in zip(found.strategies, *numbers, strict=True):
        yield UserSide(strategy(played, found.levels), *row)


def _change(name: str, first: UserSide | None, second: UserSide | None, error: float) -> UserChange:
    if first is None or second is None:
        return UserChange(name, first, second, None, 0.0, "second only" if first is None else "first only")
    change = _less(second.gain, first.gain)
    numbers = (first.payment, first.sensitivity, second.payment, second.sensitivity)
    if isinstance(change, Fraction):
        error = 0.0
    else:
        error += 2 * _EPS * sum(abs(float(number)) for number in numbers)
    outcome: Outcome = "gains" if change > error else "loses" if change < -error else "same"
    return UserChange(name, first, second, change, error, outcome)


def _less(one: Scalar, other: Scalar) -> Scalar:
    """A difference: of rationals exactly, else of floats."""
    exact = isinstance(one, Fraction) and isinstance(other, Fraction)
    return one - other if exact else float(one) - float(other)
