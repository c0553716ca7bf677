"""Every equilibrium of a two-player payment game, mixed ones too, for every share α at once.

Divide player 1's payoffs by α: with β = 1/α they are A − β·c₁, player 2's B − β·c₂. On fixed
supports both mixed strategies are affine in β and every condition is linear in β (design of
eqs. 25–26). The conditions only change at breakpoints: the β of the vertices of

    {(x, v, β): x a distribution, v ≥ (Bᵀx)_j − β·c₂(j) for all j, β ≥ 1}

and of its counterpart for player 2. Between two breakpoints the extreme equilibria are a fixed
set of branches; at a breakpoint the game is degenerate, and its extreme equilibria are listed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from fairgames.equilibria.double_description import extreme_rays
from fairgames.equilibria.extreme import extreme_equilibria
from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array
from fairgames.game import PaymentGame
from fairgames.normal_form import NormalFormGame
from fairgames.progress import track
from fairgames.typing import Array, MixedProfile


@dataclass(frozen=True, eq=False)
class Branch:
    """Extreme equilibria with fixed supports, for 1/α strictly between ``least`` and ``most``.

    Attributes
    ----------
    least, most : bounds on β = 1/α; ``most`` may be infinite (α = 0)
    constant, slope : for each player, its strategy is ``constant + β·slope``
    """

    least: Fraction
    most: Fraction | float
    constant: MixedProfile
    slope: MixedProfile

    def strategies(self, beta: Fraction | float) -> MixedProfile:
        """The mixed profile at β = 1/α; at the ends of the branch its limit."""
        if not any(np.any(slope != 0) for slope in self.slope):
            return self.constant
        return tuple(constant + beta * slope for constant, slope in zip(self.constant, self.slope, strict=True))


@dataclass(frozen=True, eq=False)
class Branches:
    """All equilibria of a two-player payment game at every α in [0, 1].

    Attributes
    ----------
    betas : breakpoints of β = 1/α, ascending from 1 to ``inf``
    at : for each breakpoint the extreme equilibria there
    between : for each pair of neighbouring breakpoints the branches between them
    """

    betas: tuple[Fraction | float, ...]
    at: tuple[tuple[MixedProfile, ...], ...]
    between: tuple[tuple[Branch, ...], ...]


def branches(game: PaymentGame) -> Branches:
    """All equilibrium branches of a two-player payment game, in rational arithmetic.

    Where the game is not rational, its values are taken as the rationals that their floats
    are, after values closer than their rounding bound have been made equal.

    Raises
    ------
    InputError
        If the game has not two players, or its rule has no share α.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import LinearLaplace
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = branches(game)
    >>> [str(1 / beta) for beta in found.betas[:-1]]
    ['1', '16/25', '3/5', '12/25', '9/20']
    """
    if len(game.users) != 2 or not game.rule.has_alpha:
        raise InputError("branches: expected a game of two users under a rule with a share α")
    slices = _Slices.of(game)
    betas: list[Fraction | float] = [*slices.breakpoints(), math.inf]
    at = tuple(extreme_equilibria(slices.at(beta)).equilibria for beta in track(betas, "branches"))
    between = tuple(tuple(slices.between(least, most)) for least, most in pairwise(betas))
    return Branches(tuple(betas), at, between)


def equilibria_of_one_game(game: PaymentGame) -> tuple[MixedProfile, ...]:
    """The extreme equilibria of two users at α = 1, or of the one game that Theorem 1 induces."""
    return extreme_equilibria(_Slices.of(game).at(Fraction(1))).equilibria


@dataclass(frozen=True, eq=False)
class _Slices:
    """The values φ of both players (object arrays of ``Fraction``) and their costs."""

    values: tuple[Array, Array]
    costs: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

    @classmethod
    def of(cls, game: PaymentGame) -> _Slices:
        values = tuple(game.values())
        if not game.exact:
            joined = _merged(np.concatenate([array.ravel() for array in values]), 4 * game.potential.error)
            values = tuple(part.reshape(game.shape) for part in np.split(joined, 2))
        return cls((values[0], values[1]), (game.costs[0], game.costs[1]))

    def at(self, beta: Fraction | float) -> NormalFormGame:
        """The game at one β, with payoffs divided by α; at β = ∞ only costs count."""
        weight, price = (0, 1) if beta == math.inf else (1, beta)
        one = weight * self.values[0] - price * np.array(self.costs[0], dtype=object)[:, None]
        two = weight * self.values[1] - price * np.array(self.costs[1], dtype=object)[None, :]
        return NormalFormGame.from_arrays(one, two)

    def breakpoints(self) -> list[Fraction]:
        """The β ≥ 1 at which the combinatorics of either player's polyhedron changes."""
        first = _vertex_betas(self.values[1].T, self.costs[1])
        second = _vertex_betas(self.values[0], self.costs[0])
        return sorted({Fraction(1), *first, *second})

    def between(self, least: Fraction | float, most: Fraction | float) -> Iterator[Branch]:
        """The branches of an interval without breakpoints inside, from two of its points."""
        least = Fraction(least)
        width = Fraction(1) if most == math.inf else (Fraction(most) - least) / 3
        betas = (least + width, least + 2 * width)
        one, two = ({_labels(game, found): found for found in extreme_equilibria(game).equilibria}
                    for game in (self.at(betas[0]), self.at(betas[1])))  # fmt: skip
        for label, left in one.items():
            slope = tuple((b - a) / width for a, b in zip(left, two[label], strict=True))
            constant = tuple(a - betas[0] * s for a, s in zip(left, slope, strict=True))
            yield Branch(least, most, constant, slope)


def _labels(game: NormalFormGame, profile: MixedProfile) -> tuple[tuple[bool, ...], ...]:
    """What is played and what is a best response: a vertex is known by it."""
    x, y = profile
    row, column = game.payoffs[..., 0] @ y, x @ game.payoffs[..., 1]
    marks = (x > 0, y > 0, row == max(row), column == max(column))
    return tuple(tuple(bool(mark) for mark in vector) for vector in marks)


def _vertex_betas(values: Array, costs: tuple[Fraction, ...]) -> Iterator[Fraction]:
    """β of the vertices of {(z, v, β): z a distribution, v ≥ (values·z)_j − β·costs_j, β ≥ 1}.

    Values are shifted to be positive and costs turned into c_max − c ≥ 0, which shifts v; then
    all variables (z, β − 1, v) of the cone over the polyhedron are nonnegative.
    """
    spared = [max(costs) - cost for cost in costs]
    shift = 1 - min(values.ravel())
    rows = object_array(
        number
        for row, saving in zip(values, spared, strict=True)
        for number in (*(-(value + shift + saving) for value in row), -saving, Fraction(1))
    )
    halfspaces = Rationals.of(rows).numerators.reshape(len(costs), -1).tolist()
    n = values.shape[1]
    for ray in extreme_rays(n + 2, halfspaces):
        if total := sum(ray.point[:n]):
            yield 1 + Fraction(ray.point[n], total)


def _merged(values: Array, tolerance: float) -> Array:
    """Floats as rationals, with runs of values closer than ``tolerance`` made equal."""
    order = np.argsort(values)
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = np.diff(values[order]) > tolerance
    leader = values[order][np.flatnonzero(fresh)][np.cumsum(fresh) - 1]
    merged = np.empty(len(order), dtype=object)
    merged[order] = [Fraction(float(value)) for value in leader]
    return merged
