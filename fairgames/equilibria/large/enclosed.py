"""Interval and value of equilibria of large games, as numbers that can be compared for certain."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.equilibria.large.classes import CostClasses
from fairgames.equilibria.large.priced_state import PricedState
from fairgames.valuation.enclosed import Counts

_EPSILON = float(np.finfo(float).eps)


class EnclosedStates:
    """States of one game whose numbers can be enclosed as narrowly as asked, where their coalitions are few."""

    def __init__(self, classes: CostClasses) -> None:
        self.classes, self.judge = classes, Judge()
        self.values = classes.game.enclosed()

    def shares(self, positions: list[PricedState]) -> Reals:
        """The share at which each is worth most: the lower end of its interval, the upper one where U < 0."""
        ends = [one.interval for one in positions]
        negative = [one.deviation_values.utility < 0 for one in positions]
        return Reals(
            np.array([end.high if less else end.low for end, less in zip(ends, negative, strict=True)]),
            np.array([end.high_error if less else end.low_error for end, less in zip(ends, negative, strict=True)]),
            lambda k: self.end(positions[k], upper=negative[k]),
            "shares",
        )

    def kept(self, positions: list[PricedState], shares: Reals) -> Reals:
        """What the platform keeps at each, at that share."""
        utility = np.array([one.deviation_values.utility for one in positions])
        rounding = self.classes.game.utility.rounding
        if not self.classes.game.rule.has_alpha:
            kept = np.array([one.deviation_values.potential for one in positions])
            slips = np.array([one.deviation_values.potential_error for one in positions])
            return Reals(kept, slips, lambda k: self._potential(positions[k]), "values to the platform")

        def exactly(k: int) -> Real | None:
            share, worth = shares.exactly(k), self.values.utility(self.classes.profile(positions[k].counts))
            return None if share is None or worth is None else worth - share * worth

        errors = (np.abs(utility) + rounding) * (shares.errors + 4 * _EPSILON) + rounding
        return Reals((1 - shares.values) * utility, errors, exactly, "values to the platform")

    def is_equilibrium(self, position: PricedState) -> bool | None:
        """Whether a position is one at some share that there is; None where that stays open."""
        if self.classes.game.rule.has_alpha:
            found = position.interval
            if found.low + found.low_error < found.high - found.high_error:
                return True
            low, high = self.end(position, upper=False), self.end(position, upper=True)
            return None if low is None or high is None else self.judge.compare(low, high) <= 0
        gains = position.gains(1.0)
        if gains.max(initial=-np.inf) < -position.bound(1.0):
            return True
        for move, step, near in self._moves(position):
            if near < float(step) + position.bound(1.0):
                gain = self._gain(position, move)
                if gain is None:
                    return None
                if self.judge.compare(gain, Rational(step)) < 0:
                    return False
        return True

    def end(self, position: PricedState, upper: bool) -> Real | None:
        """An end of the interval of α; above 1 or below the other where there is none."""
        error, judge = 2 * position.deviation_values.error, self.judge
        ends: list[Real] = [Rational(int(upper))]
        known = position.interval.high + position.interval.high_error if upper else None
        for move, step, near in self._moves(position):
            if (step > 0) == upper and step:
                continue
            if upper and (near > error or (near < -error and float(step) / (near - error) > (known or 1.0))):
                continue
            if (
                not upper
                and near > error
                and float(step) / (near - error) < (position.interval.low - position.interval.low_error)
            ):
                continue
            gain = self._gain(position, move)
            if gain is None:
                return None
            sign = judge.sign(gain)
            if not upper:
                ends.append(Rational(step) / gain if sign > 0 else Rational(2 * (step > 0)))
            elif sign < 0:
                ends.append(Rational(step) / gain if step else Rational(0))
        return judge.least(ends) if upper else judge.greatest(ends)

    def _moves(self, position: PricedState) -> Iterator[tuple[tuple[int, int, int], Fraction, float]]:
        """(class, x, y), what x costs more than y, and what staying is paid more, for every move that there is."""
        values = position.deviation_values.values
        for one, x, y in np.argwhere(position.possible).tolist():
            costs, kind = self.classes.classes[one].costs, self.classes.type_of[one]
            yield (one, x, y), costs[x] - costs[y], float(values[kind, x, x] - values[kind, x, y])

    def _gain(self, position: PricedState, move: tuple[int, int, int]) -> Real | None:
        one, x, y = move
        return self.values.gain_on_counts(self._counts(position), int(self.classes.type_of[one]), x, y)

    def _potential(self, position: PricedState) -> Real | None:
        return self.values.on_counts(self._counts(position))

    def _counts(self, position: PricedState) -> Counts:
        counts = self.classes.by_type(position.counts)
        return tuple(
            ((int(kind), int(level)), int(counts[kind, level])) for kind, level in np.argwhere(counts) if level
        )
