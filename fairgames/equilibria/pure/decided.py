"""Profiles that may be equilibria, decided for certain: each condition by the bound of its own error.

On the few profiles that a first look leaves, staying at x rather than y asks for α·D ≥ κ with
D = P(ρ) − P(ρ with y) and κ = c(x) − c(y). That bounds α from below by κ/D where κ > 0, and from
above where D < κ < 0. Floats enclose every end by the error of its D; where an enclosure does not
tell whether the interval is empty, or a point, or whether a deviation changes nothing, balls do, and
where it is so wide that the end it holds would say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np

from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.equilibria.pure.float_ends import FloatEnds
from fairgames.equilibria.pure.results import Costs, PureEquilibria, gains_error
from fairgames.game import PaymentGame
from fairgames.progress import track
from fairgames.typing import BoolArray, FloatArray, IntArray, Profile
from fairgames.valuation.enclosed import EnclosedValues

_EPSILON = float(np.finfo(float).eps)
_LARGEST = float(np.finfo(float).max)
#: Roundings below the smallest normal float are no longer relative.
_UNDERFLOW = 16 * float(np.finfo(float).smallest_subnormal)


def decided(game: PaymentGame, found: IntArray, staying: Costs, leaving: Costs) -> PureEquilibria:
    """The pure equilibria among the profiles at positions ``found``, with their intervals."""
    conditions = ProfileBounds(game, staying, leaving, game.enclosed(), Judge())
    ends = FloatEnds.of(game, staying, leaving, conditions.error, found)
    kept = ~ends.impossible
    proven, stable = ends.sure, ends.sure.copy()
    open_ones = np.flatnonzero(kept & (~ends.sure | ends.vague))
    for k in track(open_ones.tolist(), "equilibria: close calls"):
        answer = conditions.interval(int(found[k]))
        if answer is None:
            kept[k] = False
        elif not answer.known:
            ends.upper[k] = max(ends.lower[k], ends.upper[k])
        else:
            proven[k], stable[k] = True, answer.stable
            ends.put(k, answer.lower, answer.upper)
    if unknown := int((kept & ~proven).sum()):
        conditions.judge.leave_open(
            f"whether {unknown} of {int(kept.sum())} profiles are equilibria: somebody's gain is within its error there"
        )
    return _equilibria(conditions, found[kept], ends.select(kept), stable[kept], proven[kept])


def _equilibria(
    conditions: ProfileBounds, found: IntArray, ends: FloatEnds, stable: BoolArray, proven: BoolArray
) -> PureEquilibria:
    game = conditions.game
    place = np.unravel_index(found, game.shape)
    shares = game.rule.has_alpha
    kept = game.keeps
    of_profiles = _OfProfiles(conditions, found)
    total = None
    if not game.rule.efficient:
        paid = game.total_paid
        total = Reals(paid.numbers(place), np.full(len(found), paid.error), of_profiles.total, "payouts")
    one, none = np.ones(len(found)), np.zeros(len(found))
    return PureEquilibria(
        index=found,
        lower=ends.lower if shares else one,
        upper=ends.upper if shares else one,
        utility=game.utilities.numbers(place),
        keeps=kept.numbers(place),
        stable=stable,
        lower_error=ends.lower_error if shares else none,
        upper_error=ends.upper_error if shares else none,
        utility_error=game.utilities.error,
        keeps_error=kept.error,
        proven=proven,
        exactly=of_profiles,
        judge=conditions.judge,
        total=total,
    )


@dataclass(frozen=True)
class EnclosedInterval:
    """The α at which a profile is an equilibrium; ``known`` where that is certain.

    ``tied``: some deviation changes nothing whatever α. ``point``: the interval has no inside.
    """

    lower: Real
    upper: Real
    tied: bool
    point: bool
    known: bool = True

    @property
    def stable(self) -> bool:
        return not (self.tied or self.point)


_UNKNOWN = EnclosedInterval(Rational(0), Rational(1), False, False, known=False)


@dataclass(frozen=True)
class _Move:
    """One user's move away: D ± error, κ, and where to have D exactly."""

    user: int
    level: int
    gain: float
    step: Fraction


@dataclass(frozen=True, eq=False)
class ProfileBounds:
    """The bounds on α at which a profile is an equilibrium, in floats with bounds and for certain."""

    game: PaymentGame
    staying: Costs
    leaving: Costs
    values: EnclosedValues
    judge: Judge
    _known: dict[int, EnclosedInterval | None] = field(default_factory=dict)
    _ends: dict[tuple[int, bool], Real | None] = field(default_factory=dict)

    @cached_property
    def error(self) -> float:
        return gains_error(self.game)

    def interval(self, index: int) -> EnclosedInterval | None:
        """Of the profile at a position of the flattened tensor; None if it never is an equilibrium."""
        if index not in self._known:
            self._known[index] = self._interval(index)
        return self._known[index]

    def end(self, index: int, upper: bool) -> Real | None:
        """An end of the interval of a profile that is an equilibrium; None where that stays open."""
        if not self.game.rule.has_alpha:
            return Rational(1)
        if (index, upper) not in self._ends:
            self._ends[index, upper] = self._end_of(self._place(index), upper)
        return self._ends[index, upper]

    def _end_of(self, place: list[int], upper: bool) -> Real | None:
        profile, moves = self.game.levels(place), list(self._moves(place))
        if not upper:
            return self._greatest(profile, [move for move in moves if move.step > 0])
        orders = [(move, self._order(profile, move, move.step)) for move in moves if move.step <= 0]
        if any(order is None for _, order in orders):
            return None
        return self._least(profile, [move for move, order in orders if order is not None and order < 0])

    def _place(self, index: int) -> list[int]:
        return [int(choice) for choice in np.unravel_index(index, self.game.shape)]

    def _interval(self, index: int) -> EnclosedInterval | None:
        place = self._place(index)
        profile = self.game.levels(place)
        if not self.game.rule.has_alpha:
            return self._of_one_game(profile, place)
        lower, upper, tied = [], [], False
        for move in self._moves(place):
            # Whether it holds at α = 1; below 1 it may bind only where that differs from α = 0.
            holds = self._order(profile, move, move.step)
            if holds is None:
                return _UNKNOWN
            if move.step > 0:
                if holds < 0:
                    return None
                lower.append(move)
            elif holds < 0:
                upper.append(move)
            tied = tied or (move.step == 0 and holds == 0)
        ends = self._greatest(profile, lower), self._least(profile, upper)
        if ends[0] is None or ends[1] is None:
            return _UNKNOWN
        order = self.judge.compare(ends[0], ends[1])
        return None if order > 0 else EnclosedInterval(ends[0], ends[1], tied, point=order == 0)

    def _of_one_game(self, profile: Profile, place: list[int]) -> EnclosedInterval | None:
        """Theorem 1: α = 1 is all there is."""
        orders = [self._order(profile, move, move.step) for move in self._moves(place)]
        if None in orders:
            return _UNKNOWN
        if any(order is not None and order < 0 for order in orders):
            return None
        return EnclosedInterval(Rational(1), Rational(1), tied=0 in orders, point=False)

    def _moves(self, place: list[int]) -> Iterator[_Move]:
        for user, x in enumerate(place):
            values = self.game.paid(user).values
            own = float(values[tuple(place)])
            levels = self.game.strategies[user]
            for y in range(len(levels)):
                if y != x:
                    there = float(values[(*place[:user], y, *place[user + 1 :])])
                    yield _Move(user, levels[y], own - there, self.staying[user][x] - self.leaving[user][y])

    def _order(self, profile: Profile, move: _Move, step: Fraction) -> int | None:
        """Whether D is below, at or above ``step``; None if that stays open."""
        difference, room = move.gain - float(step), self.error + 2 * _EPSILON * abs(float(step)) + _UNDERFLOW
        if abs(difference) > room:
            return 1 if difference > 0 else -1
        real = self.values.gain(profile, move.user, move.level)
        return None if real is None else self.judge.compare(real, Rational(step))

    def _greatest(self, profile: Profile, moves: list[_Move]) -> Real | None:
        """The greatest κ/D; 0 where nothing bounds α from below."""
        if not moves:
            return Rational(0)
        error = self.error
        least = max(_down(float(move.step) / (move.gain + error)) for move in moves)
        near = [m for m in moves if m.gain <= error or _up(float(m.step) / (m.gain - error)) >= least]
        found = [self._end(profile, move) for move in near]
        return None if None in found else self.judge.greatest(real for real in found if real is not None)

    def _least(self, profile: Profile, moves: list[_Move]) -> Real | None:
        """The least κ/D; 1 where nothing bounds α from above."""
        if not moves:
            return Rational(1)
        error = self.error
        most = min((_up(float(m.step) / (m.gain + error)) for m in moves if m.gain < -error), default=math.inf)
        near = [move for move in moves if _down(float(move.step) / (move.gain - error)) <= most]
        found = [self._end(profile, move) for move in near]
        return None if None in found else self.judge.least(real for real in found if real is not None)

    def _end(self, profile: Profile, move: _Move) -> Real | None:
        if move.step == 0:
            return Rational(0)
        real = self.values.gain(profile, move.user, move.level)
        return None if real is None else Rational(move.step) / real


@dataclass(frozen=True, eq=False)
class _OfProfiles:
    """The numbers of the equilibria at positions ``found``, for certain."""

    conditions: ProfileBounds
    found: IntArray

    def lower(self, k: int) -> Real | None:
        return self.conditions.end(int(self.found[k]), upper=False)

    def upper(self, k: int) -> Real | None:
        return self.conditions.end(int(self.found[k]), upper=True)

    def utility(self, k: int) -> Real | None:
        return self.conditions.values.utility(self._profile(k))

    def keeps(self, k: int) -> Real | None:
        """U; where the platform is a member its own value: of the fair rule P, else what is left of U."""
        rule = self.conditions.game.rule
        if rule.has_alpha:
            return self.utility(k)
        if rule.fair:
            return self.conditions.values.potential(self._profile(k))
        worth, paid = self.utility(k), self.total(k)
        return None if worth is None or paid is None else worth - paid

    def total(self, k: int) -> Real | None:
        """Σφ."""
        return self.conditions.values.divided(self._profile(k))

    def potential(self, k: int) -> Real | None:
        return self.conditions.values.potential(self._profile(k))

    def _profile(self, k: int) -> Profile:
        place = np.unravel_index(int(self.found[k]), self.conditions.game.shape)
        return self.conditions.game.levels([int(choice) for choice in place])


def _down(value: FloatArray | float) -> FloatArray:
    return np.asarray(value * (1 - 8 * _EPSILON) - _UNDERFLOW)


def _up(value: FloatArray | float) -> FloatArray:
    return np.asarray(value * (1 + 8 * _EPSILON) + _UNDERFLOW)
