"""Every equilibrium of a two-player payment game, mixed ones too, for every share α at once.

Divide player 1's payoffs by α: with β = 1/α they are A − β·c₁, player 2's B − β·c₂. On fixed
supports both mixed strategies are affine in β and every condition is linear in β (design of
eqs. 25–26). An extreme equilibrium is a pair of points of the two players' polyhedra
(:mod:`fairgames.equilibria.two_users.polyhedra`) at the same β, in which every strategy is unplayed or a
best response (Mangasarian 1964). So two edges whose labels complete each other are a *branch* of
equilibria, and conditions only change at breakpoints: the β of the polyhedra's vertices. There
the game is degenerate, and its extreme equilibria are listed.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fairgames.equilibria.two_users.polyhedra import Edge, Polyhedron, StrategyLabels, Vertex, polyhedron
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.equilibria.two_users.two_by_two import polyhedron_2x2
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.games.extreme import extreme_equilibria
from fairgames.games.normal_form import NormalFormGame
from fairgames.progress import track
from fairgames.typing import Array, MixedProfile

Beta = Fraction | float


@dataclass(frozen=True, eq=False)
class Branch:
    """Extreme equilibria with fixed supports, for 1/α strictly between ``least`` and ``most``.

    Attributes
    ----------
    least, most : bounds on β = 1/α; ``most`` may be infinite (α = 0)
    constant, slope : for each player, its strategy is ``constant + β·slope``; no slope where
        neither strategy changes, as on every branch that reaches β = ∞
    """

    least: Fraction
    most: Beta
    constant: MixedProfile
    slope: MixedProfile | None

    def strategies(self, beta: Beta) -> MixedProfile:
        """The mixed profile at β = 1/α; at the ends of the branch its limit."""
        if self.slope is None:
            return self.constant
        return tuple(constant + beta * slope for constant, slope in zip(self.constant, self.slope, strict=True))


@dataclass(frozen=True, eq=False)
class Branches:
    """All equilibria of a two-player payment game at every α in [0, 1].

    Attributes
    ----------
    betas : breakpoints of β = 1/α, ascending from 1 to ``inf``
    pairs : for each breakpoint the pairs of extreme strategies that are an equilibrium there
    every : all branches; each begins and ends at a breakpoint, and may pass others
    """

    betas: tuple[Beta, ...]
    pairs: tuple[tuple[tuple[Cut, Cut], ...], ...]
    every: tuple[Branch, ...]

    @cached_property
    def at(self) -> tuple[tuple[MixedProfile, ...], ...]:
        """For each breakpoint the extreme equilibria there."""
        return tuple(
            tuple((x.strategy(beta), y.strategy(beta)) for x, y in pairs)
            for beta, pairs in zip(self.betas, self.pairs, strict=True)
        )

    @cached_property
    def alone(self) -> tuple[tuple[MixedProfile, ...], ...]:
        """Those of them that no branch leads to or passes through."""
        return tuple(
            tuple((x.strategy(beta), y.strategy(beta)) for x, y in pairs if not _on_branch(x, y))
            for beta, pairs in zip(self.betas, self.pairs, strict=True)
        )

    @cached_property
    def between(self) -> tuple[tuple[Branch, ...], ...]:
        """For each pair of neighbouring breakpoints the branches between them."""
        return tuple(
            tuple(branch for branch in self.every if branch.least <= least and most <= branch.most)
            for least, most in pairwise(self.betas)
        )

    def extreme(self, alpha: Fraction) -> tuple[MixedProfile, ...]:
        """The extreme equilibria at one share in [0, 1]."""
        beta = 1 / alpha if alpha else math.inf
        place = bisect_left(self.betas, beta)
        if self.betas[place] == beta:
            return self.at[place]
        return tuple(branch.strategies(beta) for branch in self.between[place - 1])


def branches(game: PaymentGame) -> Branches:
    """All equilibrium branches of a two-player payment game, in rational arithmetic.

    Where the game is not rational, rationals stand for its values of which everything that is true of
    them is true (:mod:`fairgames.utilities.snapshot`). Where floats are all that is known of U, they
    are taken as the rationals that they are, after values closer than their rounding bound have been
    made equal.

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
    return Slices.of(game).branches()


def equilibria_of_one_game(game: PaymentGame) -> tuple[MixedProfile, ...]:
    """The extreme equilibria of two users at α = 1, or of the one game that Theorem 1 induces."""
    return extreme_equilibria(Slices.of(game).at(Fraction(1))).equilibria


@dataclass(frozen=True, eq=False)
class Slices:
    """The values φ of both players (object arrays of ``Fraction``) and their costs."""

    values: tuple[Array, Array]
    costs: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

    @classmethod
    def of(cls, game: PaymentGame) -> Slices:
        rational = stand_in(game)
        values = tuple((rational or game).values())
        if rational is None:
            joined = _merged(np.concatenate([array.ravel() for array in values]), 4 * game.potential.error)
            values = tuple(part.reshape(game.shape) for part in np.split(joined, 2))
        return cls((values[0], values[1]), (game.costs[0], game.costs[1]))

    def at(self, alpha: Fraction) -> NormalFormGame:
        """The game at one share."""
        one = alpha * self.values[0] - object_array(self.costs[0])[:, None]
        two = alpha * self.values[1] - object_array(self.costs[1])[None, :]
        return NormalFormGame.from_arrays(one, two)

    def branches(self) -> Branches:
        """All equilibria at every share."""
        m, n = self.values[0].shape
        of_one = polyhedron_2x2 if (m, n) == (2, 2) else polyhedron
        labels = (StrategyLabels(own=0, other=m), StrategyLabels(own=m, other=0))
        one = of_one(self.values[1].T, self.costs[1], labels[0])
        two = of_one(self.values[0], self.costs[0], labels[1])
        betas, places = _breakpoints([*one.vertices, *two.vertices])
        full = (1 << m + n) - 1
        cuts = zip(
            _cuts(one, places, len(betas), _at_rest(m, self.costs[1], labels[0])),
            _cuts(two, places, len(betas), _at_rest(n, self.costs[0], labels[1])),
            strict=True,
        )
        pairs = (
            tuple((x, y) for x in mine for y in yours if x.label | y.label == full)
            for mine, yours in track(cuts, "branches", len(betas))
        )
        return Branches(tuple(betas), tuple(pairs), tuple(_branches(one, two, betas, places, full)))


class Cut(NamedTuple):
    """An extreme strategy at a breakpoint.

    Attributes
    ----------
    point : the strategy, or the edge that it lies on
    label : of the strategy there
    before, after : labels of the edges that lead to it from lower β, and from higher
    """

    point: Array | Edge
    label: int
    before: list[int]
    after: list[int]

    def strategy(self, beta: Beta) -> Array:
        return self.point.at(Fraction(beta)) if isinstance(self.point, Edge) else self.point


def _breakpoints(vertices: list[Vertex]) -> tuple[list[Beta], dict[int, int]]:
    """The β of the vertices, ascending, and ∞; and by the id of a vertex the place of its β."""
    betas: list[Beta] = []
    places = {}
    for vertex in sorted(vertices, key=lambda vertex: vertex.beta):
        if not betas or betas[-1] != vertex.beta:
            betas.append(vertex.beta)
        places[id(vertex)] = len(betas) - 1
    return [*betas, math.inf], places


def _at_rest(size: int, costs: Sequence[Fraction], labels: StrategyLabels) -> list[Cut]:
    """A player's extreme strategies at α = 0, the pure ones; the other plays what costs it least."""
    least = min(costs)
    cheapest = sum(1 << j for j, cost in enumerate(costs) if cost == least)
    unplayed = (1 << size) - 1
    return [
        Cut(strategy, labels.of(unplayed ^ 1 << own, cheapest), [], []) for own, strategy in enumerate(_units(size))
    ]


@lru_cache(maxsize=64)
def _units(size: int) -> tuple[Array, ...]:
    return tuple(object_array(Fraction(k == own) for k in range(size)) for own in range(size))


def _cuts(side: Polyhedron, places: dict[int, int], n_betas: int, at_rest: list[Cut]) -> list[list[Cut]]:
    """The extreme strategies at each breakpoint."""
    corners = {id(vertex): Cut(vertex.strategy, vertex.label, [], []) for vertex in side.vertices}
    found: list[list[Cut]] = [[] for _ in range(n_betas)]
    for vertex in side.vertices:
        found[places[id(vertex)]].append(corners[id(vertex)])
    found[-1] = at_rest
    for edge in side.edges:
        corners[id(edge.start)].after.append(edge.label)
        if edge.end is not None:
            corners[id(edge.end)].before.append(edge.label)
        else:
            for cut, weight in zip(at_rest, edge.start.strategy, strict=True):
                if weight == 1:  # a mixed strategy is not extreme at α = 0
                    cut.before.append(edge.label)
        last = n_betas - 1 if edge.end is None else places[id(edge.end)]
        for k in range(places[id(edge.start)] + 1, last):
            found[k].append(Cut(edge, edge.label, [edge.label], [edge.label]))
    return found


def _branches(
    one: Polyhedron, two: Polyhedron, betas: list[Beta], places: dict[int, int], full: int
) -> Iterator[Branch]:
    """Pairs of edges that complete each other's labels, as far as their β overlap."""
    for x in one.edges:
        for y in two.edges:
            if x.label | y.label == full:
                least = max(places[id(x.start)], places[id(y.start)])
                most = min(len(betas) - 1 if edge.end is None else places[id(edge.end)] for edge in (x, y))
                if least < most:
                    yield _branch(x, y, Fraction(betas[least]), betas[most])


def _branch(x: Edge, y: Edge, least: Fraction, most: Beta) -> Branch:
    if x.slope is None and y.slope is None:
        return Branch(least, most, (x.start.strategy, y.start.strategy), None)
    slope = tuple(0 * edge.start.strategy if edge.slope is None else edge.slope for edge in (x, y))
    constant = tuple(edge.start.strategy - edge.start.beta * s for edge, s in zip((x, y), slope, strict=True))
    return Branch(least, most, constant, slope)


def _on_branch(x: Cut, y: Cut) -> bool:
    """Whether edges from both strategies continue the equilibrium, to lower or to higher β."""
    full = x.label | y.label
    return any(one | two == full for one in x.before for two in y.before) or any(
        one | two == full for one in x.after for two in y.after
    )


def _merged(values: Array, tolerance: float) -> Array:
    """Floats as rationals, with runs of values closer than ``tolerance`` made equal."""
    order = np.argsort(values)
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = np.diff(values[order]) > tolerance
    leader = values[order][np.flatnonzero(fresh)][np.cumsum(fresh) - 1]
    merged = np.empty(len(order), dtype=object)
    merged[order] = [Fraction(float(value)) for value in leader]
    return merged
