"""The bounds on β of each state in their order, for certain: between two of them users may take the same levels.

Which assignments are equilibria changes only at the bounds D/κ on β = 1/α. So their order is all
that matters: every bound of a state is replaced by its rank among them, and what follows is a
matter of whole numbers. Ranks stand in for numbers that floats enclose; close calls are decided
by balls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeAlias

import numpy as np

from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.equilibria.types.bounds import FORBIDDEN, BetaBounds, true
from fairgames.equilibria.types.game import PopulationGame
from fairgames.exact import object_array
from fairgames.typing import Array, BoolArray, FloatArray, IntArray
from fairgames.valuation.enclosed import MOST_COALITIONS

_EPSILON = float(np.finfo(float).eps)
_TINY = 4 * float(np.finfo(float).smallest_subnormal)

#: The number in a row and column, for certain.
_Exactly: TypeAlias = Callable[[int, int], Real | None]

_WHAT = "bounds on 1/α"

#: Codes of the ends that are no bound D/κ: β = 1, which is α = 1, and β = ∞, which is α = 0.
ONE, ENDLESS = -1, -2


@dataclass(frozen=True, eq=False)
class OrderedEnds:
    """The ends of some states by rank.

    Attributes
    ----------
    states : shape (M,)
    values : β at each end, shape (M, C); NaN or infinite where the level is not in use
    errors : bound on the error of each, shape (M, C); zeros where exact
    ranks : the place of each among the distinct ends of its state, shape (M, C)
    one : the rank of β = 1, shape (M,)
    endless : a rank above all, of β = ∞
    signs : for each (type, x, y) whose κ is 0 for somebody the sign of D, shape (M,)
    """

    game: PopulationGame
    conditions: BetaBounds
    states: IntArray
    values: Array
    errors: FloatArray
    ranks: IntArray
    one: IntArray
    endless: int
    signs: dict[tuple[int, int, int], IntArray]

    @classmethod
    def of(cls, game: PopulationGame, conditions: BetaBounds, states: IntArray) -> OrderedEnds:
        found = _Gains(game, conditions, states)
        values, errors = found.ends()
        one = np.full((len(states), 1), conditions.units.one, dtype=values.dtype)
        every = np.concatenate([values, one], axis=1)
        rooms = np.concatenate([errors, np.zeros((len(states), 1))], axis=1)
        ranks = _ranks(every, rooms, found.beyond_reach(), found.end, conditions.judge)
        signs = {
            (number, *move): found.signs(number, *move)
            for number, moves in enumerate(conditions.steps)
            for move, row in moves.items()
            if 0 in row
        }
        return cls(
            game, conditions, states, values, errors, ranks[:, :-1], ranks[:, -1], every.shape[1], signs
        )  # fmt: skip

    def select(self, chosen: slice) -> OrderedEnds:
        """Those of some of the states."""
        signs = {move: sign[chosen] for move, sign in self.signs.items()}
        return OrderedEnds(
            self.game, self.conditions, self.states[chosen], self.values[chosen], self.errors[chosen],
            self.ranks[chosen], self.one[chosen], self.endless, signs,
        )  # fmt: skip

    def in_use(self, row: int) -> IntArray:
        """The ranks of a state's ends at α ≤ 1, those of α = 1 and α = 0 among them, ascending."""
        there = np.isfinite(self.values[row].astype(float)) if self.values.shape[1] else []
        ranks = np.unique([*self.ranks[row][there], self.one[row], self.endless])
        return np.asarray(ranks[ranks >= self.one[row]])

    def codes(self, rows: IntArray, ranks: IntArray) -> IntArray:
        """The ends with these ranks in these rows: columns, or the codes above."""
        columns = np.argmax(self.ranks[rows] == ranks[:, None], axis=1) if self.ranks.shape[1] else 0 * rows
        columns = np.where(ranks == self.one[rows], ONE, columns)
        return np.where(ranks >= self.endless, ENDLESS, columns)

    def alphas(self, rows: IntArray, codes: IntArray) -> tuple[Array, FloatArray]:
        """The shares at ends, at most 1, and bounds on their errors."""
        units, bound = self.conditions.units, codes >= 0
        errors = np.zeros(len(codes))
        if units.exact:
            shares = object_array(Fraction(int(code == ONE)) for code in codes.tolist())
            for k in np.flatnonzero(bound).tolist():
                shares[k] = units.alpha(self.values[rows[k], codes[k]])
            return shares, errors
        found = (codes == ONE).astype(float)
        beta, room = self.values[rows[bound], codes[bound]], self.errors[rows[bound], codes[bound]]
        found[bound] = 1 / np.maximum(beta, 1.0)
        with np.errstate(invalid="ignore"):
            errors[bound] = found[bound] * (np.minimum(room / np.maximum(beta - room, 1.0), 1.0) + 2 * _EPSILON) + _TINY
        return found, errors

    def bounds(self, number: int) -> Bounds:
        """The bounds of all cost classes of one type, as ranks."""
        kind, counts = self.game.types[number], self.game.counts(self.states, number)
        shape = (len(self.states), len(kind.cost_classes), counts.shape[1])
        least, most = np.full(shape, -1, dtype=np.int64), np.full(shape, self.endless, dtype=np.int64)
        tied, nowhere = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        columns = {(end.number, end.move, end.step): k for k, end in enumerate(self.conditions.ends)}
        for (x, y), steps in self.conditions.steps[number].items():
            for h, step in enumerate(steps):
                if step == FORBIDDEN:
                    nowhere[:, h, x] = True
                elif step == 0:
                    sign = self.signs[number, x, y]
                    least[sign < 0, h, x] = self.endless
                    tied[:, h, x] |= sign == 0
                elif isinstance(step, Fraction):
                    rank = self.ranks[:, columns[number, (x, y), step]]
                    if step > 0:
                        most[:, h, x] = np.minimum(most[:, h, x], rank)
                    else:
                        least[:, h, x] = np.maximum(least[:, h, x], rank)
        nowhere |= counts[:, None, :] == 0
        least[nowhere], most[nowhere] = self.endless + 1, -2
        return Bounds(counts, least, most, tied, np.array([cost_class.size for cost_class in kind.cost_classes]))


@dataclass(frozen=True, eq=False)
class Bounds:
    """For every cost class of a type and every level the bounds on β at which its users may stand there, as ranks.

    Attributes
    ----------
    counts : the type's users on each level, shape (M, L), M being the number of states
    least, most : shape (M, H, L); nowhere (least above most) where a level is not allowed or not in use
    tied : whether some move changes nothing whatever α, shape (M, H, L)
    sizes : how many users each cost class has, shape (H,)
    """

    counts: IntArray
    least: IntArray
    most: IntArray
    tied: BoolArray
    sizes: IntArray

    def select(self, chosen: slice) -> Bounds:
        """Those of some of the states."""
        return Bounds(self.counts[chosen], self.least[chosen], self.most[chosen], self.tied[chosen], self.sizes)

    def strict(self, has_alpha: bool) -> Bounds:
        """Without ties; without a share only β = 1 counts, and has to lie inside the bounds: one rank from each."""
        margin = 0 if has_alpha else 1
        least = np.where(self.tied, np.iinfo(np.int64).max, self.least + margin)
        return Bounds(self.counts, least, self.most - margin, self.tied, self.sizes)

    def standing(self, low: IntArray, high: IntArray) -> IntArray:
        """The levels at which each cost class may stand at all β from ``low`` to ``high``, as bits.

        Parameters
        ----------
        low, high : ranks, shape (M, C)

        Returns
        -------
        shape (M, C, H)
        """
        n_levels = self.counts.shape[1]
        result = np.zeros((*low.shape, len(self.sizes)), dtype=np.min_scalar_type((1 << n_levels) - 1))
        for level in np.flatnonzero(self.counts.any(axis=0)).tolist():
            stands = self.least[:, None, :, level] <= low[..., None]
            stands &= self.most[:, None, :, level] >= high[..., None]
            result |= stands.astype(result.dtype) << level
        return result


@dataclass(frozen=True, eq=False)
class _Gains:
    """Differences of P one move away from some states, in floats or integers, and for certain."""

    game: PopulationGame
    conditions: BetaBounds
    states: IntArray

    def of(self, number: int, x: int, y: int) -> tuple[IntArray, Array]:
        """The rows of the states where somebody of the type is on x, and D for a move to y."""
        lattice, values = self.game.lattice, self.game.potential.values
        row = self.game.rows(self.states)[number]
        some = np.flatnonzero(lattice.axes[number][row, x])
        here = row[some]
        there = lattice.moved(number, x, y)[here]
        states = self.states[some]
        return some, values[states] - values[states + (there - here) * lattice.strides[number]]

    def ends(self) -> tuple[Array, FloatArray]:
        """β at every end of every state, and bounds on the errors; NaN or ∞ where nobody is on the level."""
        units, ends = self.conditions.units, self.conditions.ends
        shape = (len(self.states), len(ends))
        values = np.full(shape, np.inf if units.exact else np.nan, dtype=units.dtype)
        errors = np.zeros(shape)
        for (number, x, y), columns in self._columns().items():
            some, gain = self.of(number, x, y)
            for column in columns:
                factor = units.beta_per_gain(ends[column].step)
                with np.errstate(over="ignore", invalid="ignore"):
                    values[some, column] = gain * factor
                    if not units.exact:
                        errors[some, column] = units.error * abs(factor) + 4 * _EPSILON * abs(values[some, column])
        return values, errors

    def _columns(self) -> dict[tuple[int, int, int], list[int]]:
        found: dict[tuple[int, int, int], list[int]] = {}
        for column, end in enumerate(self.conditions.ends):
            found.setdefault((end.number, *end.move), []).append(column)
        return found

    def signs(self, number: int, x: int, y: int) -> IntArray:
        """The sign of D, 0 where it is 0 (or may be, where that stays open)."""
        some, gain = self.of(number, x, y)
        signs, error = np.zeros(len(self.states), dtype=np.int64), self.conditions.units.error
        signs[some] = true(gain > error).astype(np.int64) - true(gain < -error).astype(np.int64)
        if error:
            for k in np.flatnonzero(np.abs(gain) <= error).tolist():
                real = self.exactly(int(some[k]), number, x, y)
                if real is None:
                    self.conditions.judge.leave_open("whether some moves change nothing: the gain is within its error")
                else:
                    signs[some[k]] = self.conditions.judge.sign(real)
        return signs

    def end(self, row: int, column: int) -> Real | None:
        """β at an end, for certain."""
        if column == len(self.conditions.ends):
            return Rational(1)
        end = self.conditions.ends[column]
        real = self.exactly(row, end.number, *end.move)
        return None if real is None else real / Rational(end.step)

    def beyond_reach(self) -> BoolArray:
        """Of which states P cannot be had exactly: floats are all there is, or their coalitions are too many."""
        if self.game.utility.floats_only:
            return np.ones(len(self.states), dtype=bool)
        coalitions = np.ones(len(self.states))
        for kind in range(len(self.game.types)):
            coalitions *= (self.game.counts(self.states, kind)[:, 1:] + 1.0).prod(axis=1)
        return coalitions > MOST_COALITIONS

    def exactly(self, row: int, number: int, x: int, y: int) -> Real | None:
        """D of one state."""
        return self.conditions.enclosed.gain_on_counts(self.game.counted(int(self.states[row])), number, x, y)


def end_share(game: PopulationGame, conditions: BetaBounds, state: int, code: int) -> Real | None:
    """The share at an end of a state, for certain."""
    if code in (ONE, ENDLESS):
        return Rational(int(code == ONE))
    beta = _Gains(game, conditions, np.array([state])).end(0, code)
    return None if beta is None else Rational(1) / beta


def _ranks(values: Array, errors: FloatArray, beyond: BoolArray, exactly: _Exactly, judge: Judge) -> IntArray:
    """The place of each entry among the distinct ones of its row, ascending; what is not there comes last.

    Of rows ``beyond`` reach floats are all there is: what they cannot tell apart has one place, and is left open.
    """
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    fresh = np.ones(order.shape, dtype=np.int64)
    if values.dtype == object:
        fresh[:, 1:] = true(ordered[:, 1:] != ordered[:, :-1])
        close = np.zeros(0, dtype=np.int64)
    else:
        room = np.take_along_axis(errors, order, axis=1)
        with np.errstate(invalid="ignore"):
            high = np.maximum.accumulate(ordered + room, axis=1)
            together = ordered[:, 1:] - room[:, 1:] <= high[:, :-1]
        close = np.flatnonzero(together.any(axis=1) & ~beyond)
        if together[beyond].any():
            judge.leave_open(f"the order of {_WHAT} that differ by less than their error")
            fresh[:, 1:][together & beyond[:, None]] = 0
    ranks = np.empty(order.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.cumsum(fresh, axis=1) - 1, axis=1)
    for row in close.tolist():
        there = np.flatnonzero(~np.isnan(values[row]))
        known = Reals(values[row, there], errors[row, there], partial(_at, exactly, row, there), _WHAT)
        ranks[row] = len(there)
        ranks[row, there] = known.ranks(judge)
    return ranks


def _at(exactly: _Exactly, row: int, columns: IntArray, k: int) -> Real | None:
    return exactly(row, int(columns[k]))
