"""The polyhedron of :mod:`fairgames.equilibria.two_users.polyhedra` in closed form, for two strategies each.

Let the other player earn g₀ or g₁ more by its second strategy than by its first, as the player
plays its own first or second, and let the second cost it κ more. If the player plays its second
with probability s, the other prefers its second iff (1 − s)·g₀ + s·g₁ > β·κ: one straight line
in the strip of (s, β) with 0 ≤ s ≤ 1 and β ≥ 1 (γ of Appendix E, where g₀ = γ(1), g₁ = γ(0)).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fairgames.equilibria.two_users.polyhedra import Edge, Polyhedron, StrategyLabels, Vertex
from fairgames.exact import object_array
from fairgames.typing import Array

_ONE = Fraction(1)
_PURE = (object_array([Fraction(1), Fraction(0)]), object_array([Fraction(0), Fraction(1)]))
#: Best responses as bits: the first strategy, the second, or both.
_FIRST, _SECOND, _BOTH = 0b01, 0b10, 0b11


def polyhedron_2x2(values: Array, costs: Sequence[Fraction], labels: StrategyLabels) -> Polyhedron:
    """The same as :func:`fairgames.equilibria.two_users.polyhedra.polyhedron`, for ``values`` of shape (2, 2).

    >>> values = object_array(map(Fraction, [0, 0, 4, 3])).reshape(2, 2)
    >>> found = polyhedron_2x2(values, [Fraction(0), Fraction(2)], StrategyLabels(0, 2))
    >>> [str(vertex.beta) for vertex in found.vertices], len(found.edges)
    (['1', '2', '1', '3/2'], 5)
    """
    gains = (values[1, 0] - values[0, 0], values[1, 1] - values[0, 1])
    step = costs[1] - costs[0]
    sides = [_side(own, gains[own], step, labels) for own in (0, 1)]
    vertices = [vertex for side in sides for vertex in side.vertices]
    edges = [edge for side in sides for edge in side.edges]
    if gains[0] != gains[1]:
        spread = gains[1] - gains[0]
        ends = [side.vertices[1] for side in sides if len(side.vertices) == 2]
        second = (step - gains[0]) / spread  # where the line meets β = 1
        if 0 < second < 1:
            ends.insert(0, Vertex(_ONE, object_array([1 - second, second]), labels.of(0, _BOTH)))
            vertices.append(ends[0])
        elif len(ends) == 1 and second in (0, 1):
            ends.insert(0, sides[int(second)].vertices[0])
        if len(ends) == 2:
            start, end = ends if ends[0].beta < ends[1].beta else reversed(ends)
            edges.append(Edge(start, end, object_array([-step / spread, step / spread]), labels.of(0, _BOTH)))
        elif ends:  # costs do not matter: the line is the same for every β
            edges.append(Edge(ends[0], None, None, labels.of(0, _BOTH)))
    return Polyhedron(tuple(vertices), tuple(edges))


def _side(own: int, gain: Fraction, step: Fraction, labels: StrategyLabels) -> Polyhedron:
    """The player's pure strategy ``own``: at β = gain/step the other player changes sides."""
    unplayed = _FIRST if own else _SECOND

    def vertex(beta: Fraction, advantage: Fraction) -> Vertex:
        return Vertex(beta, _PURE[own], labels.of(unplayed, _best(advantage)))

    start = vertex(_ONE, gain - step)
    if step == 0 or (change := gain / step) <= 1:
        return Polyhedron((start,), (Edge(start, None, None, labels.of(unplayed, _best(-step or gain))),))
    turn = vertex(change, Fraction(0))
    before, after = labels.of(unplayed, _best(step)), labels.of(unplayed, _best(-step))
    return Polyhedron((start, turn), (Edge(start, turn, None, before), Edge(turn, None, None, after)))


def _best(advantage: Fraction) -> int:
    """The best responses, from what the second strategy earns more than the first."""
    if advantage == 0:
        return _BOTH
    return _SECOND if advantage > 0 else _FIRST
