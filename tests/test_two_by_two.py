"""The closed form for two levels each, against the general double description method."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.polyhedra import Labels, Polyhedron, polyhedron
from fairgames.equilibria.two_by_two import polyhedron_2x2
from fairgames.exact import object_array

F = Fraction
#: Few numbers, so that advantages and costs are often equal, or 0.
NUMBERS = st.integers(-6, 6).map(lambda k: F(k, 3))


def contents(found: Polyhedron) -> tuple[set, set]:
    """Vertices and edges as plain numbers; an edge by its label, its ends, and two of its points."""
    vertices = {(vertex.beta, tuple(vertex.strategy), vertex.label) for vertex in found.vertices}
    edges = set()
    for edge in found.edges:
        last = edge.least + 2 if edge.most == math.inf else F(edge.most)
        points = (tuple(edge.at(edge.least)), tuple(edge.at((edge.least + 2 * last) / 3)))
        edges.add((edge.label, edge.least, edge.most, points, edge.slope is None))
    assert len(vertices) == len(found.vertices)
    assert len(edges) == len(found.edges)
    return vertices, edges


@settings(deadline=None, max_examples=400)
@given(st.lists(NUMBERS, min_size=4, max_size=4), st.tuples(NUMBERS.map(abs), NUMBERS.map(abs)), st.booleans())
def test_the_closed_form_is_what_double_description_finds(values: list, costs: tuple, first: bool) -> None:
    labels = Labels(0, 2) if first else Labels(2, 0)
    table = object_array(values).reshape(2, 2)
    assert contents(polyhedron_2x2(table, costs, labels)) == contents(polyhedron(table, costs, labels))


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3), (1, 3), (3, 1)]).flatmap(
        lambda shape: st.tuples(
            st.just(shape),
            st.lists(NUMBERS, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]),
            st.lists(NUMBERS.map(abs), min_size=shape[0], max_size=shape[0]),
        )
    ),
    st.fractions(1, 5, max_denominator=7),
)
def test_an_edge_keeps_its_label(case: tuple, beta: Fraction) -> None:
    """At any β each point of an edge has the unplayed strategies and best responses that its label says."""
    (m, n), values, costs = case
    table = object_array(values).reshape(m, n)
    for edge in polyhedron(table, costs, Labels(0, n)).edges:
        if edge.least < beta < edge.most:
            x = edge.at(beta)
            assert sum(x) == 1
            earned = [value - beta * cost for value, cost in zip(table @ x, costs, strict=True)]
            unplayed = sum(1 << own for own in range(n) if x[own] == 0)
            best = sum(1 << n + other for other in range(m) if earned[other] == max(earned))
            assert edge.label == unplayed | best


@pytest.mark.parametrize(
    ("gains", "step", "betas", "n_edges"),
    [
        # The other's advantage by its second strategy against my first and second, its cost, where β turns.
        ((4, 3), 2, [1, 1, F(3, 2), 2], 5),  # both turns are shares below 1
        ((4, 1), 2, [1, 1, 1, 2], 4),  # one is not: the line meets β = 1 inside
        ((4, 2), 2, [1, 1, 2], 4),  # one is α = 1 itself
        ((1, 1), 2, [1, 1], 2),  # too dear whatever I play
        ((4, 4), 2, [1, 1, 2, 2], 4),  # what I play does not matter: no mixed strategy is on an edge
        ((1, -1), 0, [1, 1, 1], 3),  # costs do not matter: one mixed strategy for every β
        ((0, 0), 0, [1, 1], 2),
        ((-4, -3), -2, [1, 1, F(3, 2), 2], 5),
    ],
)
def test_shapes_of_the_line(gains: tuple, step: int, betas: list, n_edges: int) -> None:
    table = object_array(map(F, [0, 0, *gains])).reshape(2, 2)
    found = polyhedron_2x2(table, (F(max(0, -step)), F(max(0, step))), Labels(0, 2))
    assert sorted(vertex.beta for vertex in found.vertices) == betas
    assert len(found.edges) == n_edges
