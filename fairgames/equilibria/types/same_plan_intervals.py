"""The α at which plans that are the same for users alike are Bayes–Nash equilibria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.types.same_plans import Expected, KindPlans, SamePlans
from fairgames.equilibria.types.same_plans_enclosed import EnclosedSamePlans
from fairgames.exact import object_array
from fairgames.progress import track
from fairgames.typing import Array

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class SamePlanEquilibria:
    """The plans that are an equilibrium at some share, with their numbers.

    Attributes
    ----------
    same : the game
    plans, numbers : of each equilibrium
    equilibria : their intervals; ``index`` is the place among all plans
    """

    same: SamePlans
    plans: tuple[KindPlans, ...]
    numbers: tuple[Expected, ...]
    equilibria: PureEquilibria


@dataclass(frozen=True, eq=False)
class _Move:
    """A user of one kind at one cost row moves from its plan's level: D ± error, κ, and D itself."""

    gain: Any
    step: Fraction
    error: float
    real: Callable[[], Real | None]


@dataclass(frozen=True, eq=False)
class _Interval:
    """The α at which a plan is an equilibrium: ends with bounds on their errors, and themselves."""

    lower: Any
    upper: Any
    lower_error: float
    upper_error: float
    exactly: tuple[Callable[[], Real | None], Callable[[], Real | None]]
    stable: bool
    known: bool


def same_plan_equilibria(
    same: SamePlans, staying: SamePlans | None = None, leaving: SamePlans | None = None
) -> SamePlanEquilibria:
    """All plans, the same for users alike, that are a pure Bayes–Nash equilibrium at some α in [0, 1].

    Parameters
    ----------
    staying, leaving : the same kinds with what the level costs that a user stays at, and what one does that it could
        move to; default ``same``
    """
    judge, enclosed = Judge(), EnclosedSamePlans(same)
    decide = _Decide(judge, same.exact, same.game.rule.has_alpha)
    index, plans, numbers, intervals = [], [], [], []
    for place, own in enumerate(track(list(same.plans()), "equilibria: plans")):
        found = same.expected(own)
        interval = decide.interval(_moves(staying or same, leaving or same, enclosed, own, found))
        if interval is not None:
            index.append(place)
            plans.append(own)
            numbers.append(found)
            intervals.append(interval)
    if unknown := sum(not one.known for one in intervals):
        judge.leave_open(
            f"whether {unknown} of {len(index)} plans are equilibria: somebody's gain is within its error there"
        )
    return SamePlanEquilibria(
        same, tuple(plans), tuple(numbers), _as_equilibria(same, enclosed, judge, index, plans, numbers, intervals)
    )


def _moves(
    staying: SamePlans, leaving: SamePlans, enclosed: EnclosedSamePlans, plans: KindPlans, found: Expected
) -> list[_Move]:
    moves = []
    for k, (kind, other, plan) in enumerate(zip(staying.kinds, leaving.kinds, plans, strict=True)):
        at_levels = dict(zip(kind.choices, found.at_levels[k], strict=True))
        for (_, stay), (_, leave), here in zip(kind.rows, other.rows, plan, strict=True):
            for there in kind.choices:
                if there != here:
                    gain = at_levels[here] - at_levels[there]
                    error = 0.0 if staying.exact else 2 * found.error + 2 * _EPSILON * abs(gain)
                    moves.append(_Move(gain, stay[here] - leave[there], error, _real(enclosed, plans, k, here, there)))
    return moves


def _real(enclosed: EnclosedSamePlans, plans: KindPlans, k: int, here: int, there: int) -> Callable[[], Real | None]:
    return lambda: enclosed.gain(plans, k, here, there)


@dataclass(frozen=True, eq=False)
class _Decide:
    """Decides for certain, by floats with their bounds where these suffice."""

    judge: Judge
    exact: bool
    has_alpha: bool
    _known: dict[int, Real | None] = field(default_factory=dict)

    def interval(self, moves: Sequence[_Move]) -> _Interval | None:
        """Of a plan; None if it never is an equilibrium."""
        lower, upper, tied, known = [], [], False, True
        for move in moves:
            holds = self._order(move)
            if holds is None:
                known = False
            elif holds < 0:
                if move.step > 0 or not self.has_alpha:
                    return None
                upper.append(move)
            if holds != -1 and move.step > 0 and self.has_alpha:
                lower.append(move)
            tied = tied or (holds == 0 and (move.step == 0 or not self.has_alpha))
        if not self.has_alpha:
            one = Fraction(1) if self.exact else 1.0
            whole = (lambda: Rational(1)), (lambda: Rational(1))
            return _Interval(one, one, 0.0, 0.0, whole, not tied, known)
        low, high = self._end(lower, greatest=True), self._end(upper, greatest=False)
        order = self._compare(low, high)
        if order is not None and order > 0:
            return None
        return _Interval(
            low[0], high[0], low[1], high[1], (low[2], high[2]), not tied and order == -1, known and order is not None
        )

    def _order(self, move: _Move) -> int | None:
        """Whether D is below, at or above κ."""
        if self.exact:
            return int(move.gain > move.step) - int(move.gain < move.step)
        difference = float(move.gain) - float(move.step)
        if abs(difference) > move.error + 4 * _EPSILON * abs(float(move.step)):
            return 1 if difference > 0 else -1
        real = move.real()
        return None if real is None else self.judge.compare(real, Rational(move.step))

    def _end(self, moves: Sequence[_Move], greatest: bool) -> tuple[Any, float, Callable[[], Real | None]]:
        """The greatest κ/D, or the least, with its error and itself; 0 or 1 where there is none."""
        if not moves:
            number = Fraction(not greatest)
            return (number if self.exact else float(number)), 0.0, lambda: Rational(number)
        pick = max if greatest else min
        if self.exact:
            found = pick(move.step / move.gain for move in moves)
            return found, 0.0, lambda: Rational(found)
        value, error = 0.0, 0.0
        values = []
        for move in moves:
            size = max(abs(float(move.gain)) - move.error, 5e-324)
            quotient = float(move.step) / float(move.gain) if move.gain else float(greatest)
            values.append((quotient, abs(quotient) * (move.error / size + 8 * _EPSILON)))
        value = pick(quotient for quotient, _ in values)
        error = max(slip for quotient, slip in values if abs(quotient - value) <= slip) if values else 0.0

        def exactly() -> Real | None:
            reals = [(move.step, move.real()) for move in moves]
            known = [Rational(step) / real for step, real in reals if real is not None]
            if len(known) < len(reals):
                return None
            return self.judge.greatest(known) if greatest else self.judge.least(known)

        return min(max(value, 0.0), 1.0), error, exactly

    def _compare(self, low: tuple[Any, float, Any], high: tuple[Any, float, Any]) -> int | None:
        if self.exact:
            return int(low[0] > high[0]) - int(low[0] < high[0])
        difference = low[0] - high[0]
        if abs(difference) > low[1] + high[1] + 4 * _EPSILON:
            return 1 if difference > 0 else -1
        one, other = low[2](), high[2]()
        return None if one is None or other is None else self.judge.compare(one, other)


@dataclass(frozen=True, eq=False)
class _Enclosed:
    """The numbers of the equilibria, for certain."""

    enclosed: EnclosedSamePlans
    plans: Sequence[KindPlans]
    intervals: Sequence[_Interval]
    of_platform: bool

    def lower(self, k: int) -> Real | None:
        return self.intervals[k].exactly[0]()

    def upper(self, k: int) -> Real | None:
        return self.intervals[k].exactly[1]()

    def utility(self, k: int) -> Real | None:
        return self.enclosed.utility(self.plans[k])

    def keeps(self, k: int) -> Real | None:
        return self.potential(k) if self.of_platform else self.utility(k)

    def potential(self, k: int) -> Real | None:
        return self.enclosed.potential(self.plans[k])


def _as_equilibria(
    same: SamePlans,
    enclosed: EnclosedSamePlans,
    judge: Judge,
    index: Sequence[int],
    plans: Sequence[KindPlans],
    numbers: Sequence[Expected],
    intervals: Sequence[_Interval],
) -> PureEquilibria:
    def array(values: Sequence[Any]) -> Array:
        return object_array(values) if same.exact else np.array(values, dtype=float)

    rule = same.game.rule
    worth = max((one.utility_error for one in numbers), default=0.0)
    shared = max((one.error for one in numbers), default=0.0)
    return PureEquilibria(
        index=np.array(index, dtype=np.int64),
        lower=array([one.lower for one in intervals]),
        upper=array([one.upper for one in intervals]),
        utility=array([one.utility for one in numbers]),
        keeps=array([one.potential if rule.platform else one.utility for one in numbers]),
        stable=np.array([one.stable for one in intervals], dtype=bool),
        lower_error=np.array([one.lower_error for one in intervals], dtype=float),
        upper_error=np.array([one.upper_error for one in intervals], dtype=float),
        utility_error=worth,
        keeps_error=shared if rule.platform else worth,
        proven=np.array([one.known for one in intervals], dtype=bool),
        exactly=_Enclosed(enclosed, plans, intervals, rule.platform),
        judge=judge,
    )
