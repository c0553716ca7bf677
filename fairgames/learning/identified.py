"""The costs that fit what users chose: exact bounds for each user and level, and which periods contradict others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.learning.differences import Differences
from fairgames.learning.inequalities import inequalities
from fairgames.learning.observations import Period
from fairgames.learning.removal import smallest_removal
from fairgames.learning.slack import least_slack
from fairgames.utilities.given import Stated

#: A range of a cost; the upper end may be infinite.
Range = tuple[Any, Any]


@dataclass(frozen=True)
class Violation:
    """A period that contradicts others.

    Attributes
    ----------
    period : its number, from 1
    place : its line in the file
    users : names of those whose choices contradict
    amount : by how much its conditions fail in the fit of least total violation; None where it is left out instead
    """

    period: int
    place: int
    users: tuple[str, ...]
    amount: float | None


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned of users' costs.

    Attributes
    ----------
    users : their names
    bounds : for each user the least and the largest cost of each level; with violations, of the costs that fit what is
        left, or that violate least
    vertices : for each user the corners of the set of its costs, one entry a level that it may choose; None where there
        are many, or the set is unbounded
    consistent : whether some costs fit all periods
    violations : the smallest set of periods whose removal leaves costs that fit; or all that are violated in the fit of
        least total violation
    slack : the least total violation; None where it was not asked for
    periods : how many were observed
    exact : whether bounds are rationals
    """

    users: tuple[str, ...]
    bounds: tuple[tuple[Range, ...], ...]
    vertices: tuple[tuple[tuple[Any, ...], ...] | None, ...]
    consistent: bool
    violations: tuple[Violation, ...]
    slack: float | None
    periods: int
    exact: bool

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer."""
        named = {name: [list(pair) for pair in own] for name, own in zip(self.users, self.bounds, strict=True)}
        corners = {
            name: None if own is None else [list(one) for one in own]
            for name, own in zip(self.users, self.vertices, strict=True)
        }
        return {
            "users": self.users,
            "bounds": named,
            "vertices": corners,
            "consistent": self.consistent,
            "violations": [
                {"period": one.period, "line": one.place, "users": one.users, "amount": one.amount}
                for one in self.violations
            ],
            "slack": self.slack,
            "periods": self.periods,
            "exact": self.exact,
        }


def learn(game: PaymentGame | Stated, periods: Sequence[Period], slack: bool = False) -> Learned:
    """The costs that fit what users chose, if nobody could gain by another level in any period.

    Parameters
    ----------
    game : its own sensitivities are not looked at
    slack : where no costs fit, those of least total violation instead of leaving out periods

    Raises
    ------
    InputError
        If nothing was observed, or the rule has no share.
    TooLargeError
        If the game does not fit in memory, or too little of a period was seen.

    Notes
    -----
    Each choice tells c(x) − c(y) ≤ α·(φ(x) − φ(y)) at what the others were seen to choose. That is so at whatever
    equilibrium is played, so which of them is played does not matter.

    >>> from fairgames import LinearLaplace, Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(names=["Ann", "Ben"]))
    >>> seen = [Period.of("1/2", (1, 0)), Period.of("7/10", (1, 1))]
    >>> [[str(end) for end in own[1]] for own in learn(game, seen).bounds]
    [['0', '1/3'], ['1/4', '7/20']]
    """
    game = PaymentGame.of(game, "learn")
    if not periods:
        raise InputError("learn: no period was observed, expected at least one")
    if not game.rule.has_alpha and any(period.announced is None for period in periods):
        raise InputError(f"learn: rule {game.rule.name!r} has no share; give what was announced to be paid")
    told = inequalities(game, periods)
    n_levels, names = len(game.utility.levels), game.users.names
    removed, whose = smallest_removal(game.strategies, told)
    found = [Differences.of(levels, own, removed) for levels, own in zip(game.strategies, told, strict=True)]
    vertices = tuple(one.vertices() for one in found)
    if not game.exact:
        vertices = tuple(own and tuple(tuple(map(float, corner)) for corner in own) for own in vertices)
    if not (slack and removed):
        violations = tuple(
            Violation(k + 1, periods[k].place, tuple(names[user] for user in sorted(whose[k])), None) for k in removed
        )
        bounds = tuple(one.bounds(n_levels) for one in found)
        if not game.exact:
            bounds = tuple(tuple(map(_outwards, own)) for own in bounds)
        return Learned(
            names, bounds, vertices, not removed, violations, 0.0 if slack else None, len(periods), game.exact
        )
    fits = [least_slack(levels, own, n_levels) for levels, own in zip(game.strategies, told, strict=True)]
    violated: dict[int, list[int]] = {}
    for user, fit in enumerate(fits):
        for period in fit.by_period:
            violated.setdefault(period, []).append(user)
    violations = tuple(
        Violation(
            k + 1, periods[k].place, tuple(names[user] for user in violated[k]),
            sum(fits[user].by_period[k] for user in violated[k]),
        )
        for k in sorted(violated)
    )  # fmt: skip
    total = sum(fit.total for fit in fits)
    none: tuple[None, ...] = (None,) * len(names)
    return Learned(names, tuple(fit.bounds for fit in fits), none, False, violations, total, len(periods), False)


def _outwards(pair: Range) -> tuple[float, float]:
    """A range in floats that holds the range; what is 0 is 0."""
    low, high = float(pair[0]), float(pair[1])
    return (math.nextafter(low, 0.0) if low > pair[0] else low), (
        math.nextafter(high, math.inf) if high < pair[1] else high
    )
