"""What an equilibrium asks of a state: bounds on β = 1/α, from P one user's move away.

A user with costs c stays at level x rather than y iff D ≥ κ·β, where D = P(j) − P(j − e_x + e_y)
and κ = c(x) − c(y). D is the same for all users of a type, κ for all of a sub-type. In floating
point, differences of P below their rounding bound count as zero where κ = 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from fairgames.exact import object_array
from fairgames.population.game import PopulationGame
from fairgames.typing import Array, BoolArray, IntArray


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

    @classmethod
    def of(cls, game: PopulationGame) -> Units:
        steps = {
            abs(subtype.costs[x] - subtype.costs[y])
            for kind in game.types
            for subtype in kind.subtypes
            for x, y in permutations(subtype.choices, 2)
        } - {Fraction(0)}
        multiple = math.lcm(*(step.numerator for step in steps))
        if game.exact:
            return cls(game.potential.unit * multiple, multiple, 0, 0)
        error = 2 * game.potential.error
        return cls(1.0, multiple, 2 * error / float(min(steps)) if steps else 0.0, error)

    @property
    def exact(self) -> bool:
        return isinstance(self.one, int)

    def ones(self, size: int) -> Array:
        """β = 1, so many times."""
        return np.full(size, self.one, dtype=object if self.exact else float)

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


def bounds(game: PopulationGame, units: Units, states: IntArray, number: int) -> Bounds:
    """The bounds of all sub-types of one type, at each of ``states``."""
    kind, lattice, dtype = game.types[number], game.lattice, object if game.exact else float
    row = game.rows(states)[number]
    counts = lattice.axes[number][row]
    shape = (len(states), len(kind.subtypes), counts.shape[1])
    least, most = np.full(shape, math.inf, dtype=dtype), np.full(shape, -math.inf, dtype=dtype)
    tied = np.zeros(shape, dtype=bool)
    for x in kind.choices:
        used = np.flatnonzero(counts[:, x])
        gains = _gains(game, states[used], row[used], number, x)
        for h, subtype in enumerate(kind.subtypes):
            if x in subtype.choices:
                least[used, h, x], most[used, h, x], tied[used, h, x] = _of_level(
                    gains, [(y, subtype.costs[x] - subtype.costs[y]) for y in subtype.choices if y != x], units
                )
    return Bounds(counts, least, most, tied, np.array([subtype.size for subtype in kind.subtypes]))


def _gains(game: PopulationGame, states: IntArray, row: IntArray, number: int, x: int) -> dict[int, Array]:
    """What is lost of P by one user's move from x, to each other level of the type."""
    lattice, values = game.lattice, game.potential.values
    stride = lattice.strides[number]
    moves = {y: lattice.moved(number, x, y)[row] for y in game.types[number].choices if y != x}
    return {y: values[states] - values[states + (there - row) * stride] for y, there in moves.items()}


def _of_level(
    gains: dict[int, Array], steps: Iterable[tuple[int, Fraction]], units: Units
) -> tuple[Array, Array, BoolArray]:
    """(least, most, tied) for users who may move to each y at the step κ."""
    least: Any = -math.inf
    most: Any = math.inf
    tied: Any = False
    for y, step in steps:
        gain = gains[y]
        if step == 0:
            least = np.maximum(least, np.where(true(gain < -units.tolerance), math.inf, -math.inf))
            tied = tied | true(abs(gain) <= units.tolerance)
        elif step > 0:
            most = np.minimum(most, gain * units.beta_per_gain(step))
        else:
            least = np.maximum(least, gain * units.beta_per_gain(step))
    return least, most, tied


def true(comparison: Array) -> BoolArray:
    """A comparison of objects as an array of bool."""
    return np.asarray(comparison, dtype=bool)
