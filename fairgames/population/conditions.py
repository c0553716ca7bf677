"""What an equilibrium asks of a state: bounds on β = 1/α, from P one user's move away.

A user with costs c stays at level x rather than y iff D ≥ κ·β, where D = P(j) − P(j − e_x + e_y)
and κ = c(x) − c(y). D is the same for all users of a type, κ for all of a sub-type. In floating
point, differences of P below their rounding bound count as zero where κ = 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from fairgames.exact import object_array
from fairgames.population.game import PopulationGame
from fairgames.typing import Array, BoolArray, IntArray

#: κ of users who may not choose y, so that nothing draws them there, and of those who may not choose x.
FREE, FORBIDDEN = -math.inf, math.inf

#: κ, or one of the two above.
Step = Fraction | float


@dataclass(frozen=True)
class Units:
    """How β and what bounds it are written: floats, or integers over ``one`` where the game is exact.

    Attributes
    ----------
    one : stands for β = 1
    multiple : a number that every κ ≠ 0 divides, in units of 1 over their denominators
    slack : bound on the rounding error of a bound on β; 0 where exact
    tolerance : bound on the rounding error of a difference of P; 0 where exact
    """

    one: Any
    multiple: int
    slack: float
    tolerance: float

    @property
    def exact(self) -> bool:
        return isinstance(self.one, int)

    @property
    def dtype(self) -> Any:
        """Of arrays of β."""
        return object if self.exact else float

    def beta_per_gain(self, step: Fraction) -> Any:
        """What turns a difference of P's values into a bound on β."""
        return int(self.multiple / step) if self.exact else 1 / float(step)

    def alpha(self, beta: Array) -> Array:
        """α = 1/β, at most 1; β = ∞ is α = 0, and any β ≤ 1 is α = 1."""
        if beta.dtype != object:
            return np.asarray(1 / np.maximum(beta, self.one))
        return object_array(
            Fraction(0) if value == math.inf else Fraction(self.one, max(value, self.one)) for value in beta.flat
        ).reshape(beta.shape)


@dataclass(frozen=True, eq=False)
class Steps:
    """Many κ for one move, in arrays of one shape.

    Attributes
    ----------
    factor : what turns D into a bound on β, or 0
    at_most, at_least, level : where that is a bound from above (κ > 0), from below (κ < 0), or none
        and D ≥ 0 is asked (κ = 0); nothing is asked elsewhere
    never : where x may not be chosen
    """

    factor: Array
    at_most: BoolArray
    at_least: BoolArray
    level: BoolArray
    never: BoolArray

    @classmethod
    def of(cls, steps: Sequence[Step], units: Units) -> Steps:
        known: dict[Step, Any] = {
            step: units.beta_per_gain(step) for step in steps if isinstance(step, Fraction) and step
        }
        return cls(
            np.array([known.get(step, 0) for step in steps], dtype=units.dtype),
            np.array([step in known and step > 0 for step in steps]),
            np.array([step in known and step < 0 for step in steps]),
            np.array([step == 0 for step in steps]),
            np.array([step == FORBIDDEN for step in steps]),
        )

    def __getitem__(self, index: IntArray) -> Steps:
        return Steps(
            self.factor[index], self.at_most[index], self.at_least[index], self.level[index], self.never[index]
        )


@dataclass(frozen=True, eq=False)
class Conditions:
    """The steps κ of all moves: for each type and (x, y), one a sub-type."""

    units: Units
    steps: tuple[Mapping[tuple[int, int], tuple[Step, ...]], ...]
    by_subtype: tuple[Mapping[tuple[int, int], Steps], ...]

    @classmethod
    def of(cls, game: PopulationGame) -> Conditions:
        steps = tuple(
            {
                (x, y): tuple(_step(subtype.costs, subtype.choices, x, y) for subtype in kind.subtypes)
                for x, y in permutations(levels, 2)
            }
            for kind, levels in zip(game.types, game.lattice.choices, strict=True)
        )
        units = _units(game, {abs(step) for moves in steps for row in moves.values() for step in row} - {0, math.inf})
        by_subtype = tuple({move: Steps.of(row, units) for move, row in moves.items()} for moves in steps)
        return cls(units, steps, by_subtype)


def _step(costs: Sequence[Fraction], choices: Sequence[int], x: int, y: int) -> Step:
    if x not in choices:
        return FORBIDDEN
    return costs[x] - costs[y] if y in choices else FREE


def _units(game: PopulationGame, steps: set[Any]) -> Units:
    multiple = math.lcm(*(step.numerator for step in steps))
    if game.exact:
        return Units(game.potential.unit * multiple, multiple, 0, 0)
    error = 2 * game.potential.error
    # Each bound has this error; two of them meet in an interval.
    return Units(1.0, multiple, 2 * error / float(min(steps)) if steps else 0.0, error)


@dataclass(frozen=True, eq=False)
class Bounds:
    """For every sub-type of a type and every level the bounds on β at which its users may stand there.

    Attributes
    ----------
    counts : the type's users on each level, shape (M, L), M being the number of states
    least, most : shape (M, H, L); nowhere (∞, −∞) where a level is not allowed or not in use
    tied : whether some move changes nothing whatever α, shape (M, H, L)
    sizes : how many users each sub-type has, shape (H,)
    """

    counts: IntArray
    least: Array
    most: Array
    tied: BoolArray
    sizes: IntArray

    def select(self, chosen: slice) -> Bounds:
        return Bounds(self.counts[chosen], self.least[chosen], self.most[chosen], self.tied[chosen], self.sizes)

    def rounded(self, units: Units, has_alpha: bool, stable: bool) -> Bounds:
        """With room for rounding: wider, or, if ``stable``, narrower and without ties.

        Without a share only β = 1 counts, and has to lie inside the bounds where ``stable``: for
        integers that is one unit.
        """
        least, most = self.least, self.most
        if stable:
            least, most = np.where(self.tied, math.inf, least), np.where(self.tied, -math.inf, most)
        if has_alpha:
            margin = -units.slack if stable else units.slack
            return replace(self, least=least, most=most + margin)
        margin = -max(units.slack, int(units.exact)) if stable else units.slack
        return replace(self, least=least - margin, most=most + margin)

    def standing(self, low: Array, high: Array) -> IntArray:
        """The levels at which each sub-type may stand at all β from ``low`` to ``high``, as bits.

        Parameters
        ----------
        low, high : shape (M, C)

        Returns
        -------
        shape (M, C, H)
        """
        n_levels = self.counts.shape[1]
        result = np.zeros((*low.shape, len(self.sizes)), dtype=np.min_scalar_type((1 << n_levels) - 1))
        for level in np.flatnonzero(self.counts.any(axis=0)).tolist():
            stands = true(self.least[:, None, :, level] <= low[..., None])
            stands &= true(self.most[:, None, :, level] >= high[..., None])
            result |= stands.astype(result.dtype) << level
        return result


def bounds(game: PopulationGame, conditions: Conditions, states: IntArray, number: int) -> Bounds:
    """The bounds of all sub-types of one type, at each of ``states``."""
    lattice, units, row = game.lattice, conditions.units, game.rows(states)[number]
    sizes = np.array([subtype.size for subtype in game.types[number].subtypes])
    counts = lattice.axes[number][row]
    shape = (len(states), len(sizes), counts.shape[1])
    least: Array = np.full(shape, -math.inf, dtype=units.dtype)
    most: Array = np.full(shape, math.inf, dtype=units.dtype)
    tied, nowhere = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for (x, y), steps in conditions.by_subtype[number].items():
        some = np.flatnonzero(counts[:, x])
        there = lattice.moved(number, x, y)[row[some]]
        values = game.potential.values
        gain = values[states[some]] - values[states[some] + (there - row[some]) * lattice.strides[number]]
        beta = gain[:, None] * steps.factor
        falls, equal = true(gain < -units.tolerance), true(abs(gain) <= units.tolerance)
        beta[:, steps.level] = np.where(falls, math.inf, -math.inf)[:, None]
        asks = steps.at_least | steps.level
        least[some, :, x] = np.where(asks, np.maximum(least[some, :, x], beta), least[some, :, x])
        most[some, :, x] = np.where(steps.at_most, np.minimum(most[some, :, x], beta), most[some, :, x])
        tied[some, :, x] |= steps.level & equal[:, None]
        nowhere[:, :, x] |= steps.never
    nowhere |= counts[:, None, :] == 0
    least[nowhere], most[nowhere] = math.inf, -math.inf
    return Bounds(counts, least, most, tied, sizes)


def true(comparison: Array) -> BoolArray:
    """A comparison of objects as an array of bool."""
    return np.asarray(comparison, dtype=bool)
