"""One player's strategies with the other's best responses to them, for every share α at once.

With β = 1/α and payoffs divided by α, the other player's best payoff against x is the least v
with v ≥ (values·x)_j − β·costs_j for all of its strategies j. The points (x, v, β) with β ≥ 1
form a polyhedron. Cut at one β, its vertices are those of the polyhedron at that share, and as
β moves, each of them runs along an edge: a strategy that is affine in β, with a fixed support
and fixed best responses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from fairgames.exact import Rationals, object_array
from fairgames.games.double_description import Ray, extreme_rays
from fairgames.typing import Array


class StrategyLabels(NamedTuple):
    """How a point is labelled: bit ``own + i`` where the player's strategy i is unplayed, bit
    ``other + j`` where the other player's strategy j is a best response."""

    own: int
    other: int

    def of(self, unplayed: int, best: int) -> int:
        return unplayed << self.own | best << self.other


class Vertex(NamedTuple):
    """A strategy at a β where a best response joins, or at β = 1."""

    beta: Fraction
    strategy: Array
    label: int


class Edge(NamedTuple):
    """A strategy from one vertex to a later one, or unchanged to β = ∞.

    Attributes
    ----------
    start, end : the vertices; no end where the edge goes on to β = ∞
    slope : change of the strategy as β grows by 1; None where it stays
    label : what holds in between
    """

    start: Vertex
    end: Vertex | None
    slope: Array | None
    label: int

    @classmethod
    def between(cls, start: Vertex, end: Vertex | None, label: int) -> Edge:
        """The straight line from one vertex to the other."""
        if end is None or all(a == b for a, b in zip(start.strategy, end.strategy, strict=True)):
            return cls(start, end, None, label)
        return cls(start, end, (end.strategy - start.strategy) / (end.beta - start.beta), label)

    @property
    def least(self) -> Fraction:
        return self.start.beta

    @property
    def most(self) -> Fraction | float:
        return math.inf if self.end is None else self.end.beta

    def at(self, beta: Fraction) -> Array:
        """The strategy at one β on the edge."""
        if self.slope is None:
            return self.start.strategy
        moved: Array = self.start.strategy + (beta - self.start.beta) * self.slope
        return moved


class Polyhedron(NamedTuple):
    """Its vertices, and those of its edges along which β changes."""

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]


def polyhedron(values: Array, costs: Sequence[Fraction], labels: StrategyLabels) -> Polyhedron:
    """The polyhedron of one player by the double description method.

    Parameters
    ----------
    values : what the *other* player earns, shape (its strategies, the player's own)
    costs : of the other player's strategies
    """
    n = values.shape[1]
    rays = extreme_rays(n + 2, _halfspaces(values, costs))
    vertices = {k: _vertex(ray, n, labels) for k, ray in enumerate(rays) if any(ray.point[:n])}
    return Polyhedron(tuple(vertices.values()), tuple(_edges(rays, vertices, n, labels)))


def _halfspaces(values: Array, costs: Sequence[Fraction]) -> list[list[int]]:
    """The conditions on v, for the cone of (x, β − 1, v) over the polyhedron, in integers.

    Values are shifted to be positive and costs turned into c_max − c ≥ 0, which shifts v; then
    all variables of the cone are nonnegative.
    """
    spared = [max(costs) - cost for cost in costs]
    shift = 1 - min(values.ravel())
    rows = object_array(
        number
        for row, saving in zip(values, spared, strict=True)
        for number in (*(-(value + shift + saving) for value in row), -saving, Fraction(1))
    )
    halfspaces: list[list[int]] = Rationals.of(rows).numerators.reshape(len(costs), -1).tolist()
    return halfspaces


def _vertex(ray: Ray, n: int, labels: StrategyLabels) -> Vertex:
    total = sum(ray.point[:n])
    strategy = object_array(Fraction(value, total) for value in ray.point[:n])
    return Vertex(1 + Fraction(ray.point[n], total), strategy, _label(ray.zero, ray.tight, n, labels))


def _edges(rays: list[Ray], vertices: dict[int, Vertex], n: int, labels: StrategyLabels) -> Iterator[Edge]:
    """Adjacent vertices at different β, and vertices with the ray of growing β."""
    for k, other in combinations(range(len(rays)), 2):
        one, two = rays[k], rays[other]
        zero, tight = one.zero & two.zero, one.tight & two.tight
        if zero.bit_count() + tight.bit_count() < n or not _grows(one, two, n) or not _adjacent(rays, zero, tight):
            continue
        ends = sorted((vertices[end] for end in (k, other) if end in vertices), key=lambda vertex: vertex.beta)
        yield Edge.between(ends[0], ends[1] if len(ends) == 2 else None, _label(zero, tight, n, labels))


def _grows(one: Ray, two: Ray, n: int) -> bool:
    """Whether β differs between the two rays, of which one at least is a vertex."""
    return one.point[n] * sum(two.point[:n]) != two.point[n] * sum(one.point[:n])


def _adjacent(rays: list[Ray], zero: int, tight: int) -> bool:
    """Whether only two rays lie on the face with these equations."""
    return sum(ray.zero & zero == zero and ray.tight & tight == tight for ray in rays) == 2


def _label(zero: int, tight: int, n: int, labels: StrategyLabels) -> int:
    return labels.of(zero & ((1 << n) - 1), tight)
