"""Polyhedra of strategies and best responses: the closed form for two levels each, and double description."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.two_users.polyhedra import Polyhedron, StrategyLabels, polyhedron
from fairgames.equilibria.two_users.two_by_two import polyhedron_2x2
from fairgames.exact import object_array
from tests import bimatrix_oracle

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
    labels = StrategyLabels(0, 2) if first else StrategyLabels(2, 0)
    table = object_array(values).reshape(2, 2)
    assert contents(polyhedron_2x2(table, costs, labels)) == contents(polyhedron(table, costs, labels))


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3), (1, 3), (3, 1)]).flatmap(
        lambda shape: st.tuples(
            st.just(shape),
            st.lists(NUMBERS, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]),
            st.lists(NUMBERS.map(abs), min_size=shape[0], max_size=shape[0]),
        )
    ),
    st.integers(1, 40),
)
def test_a_cut_has_the_vertices_of_that_share(case: tuple, numerator: int) -> None:
    (m, n), values, costs = case
    assert_cut(object_array(values).reshape(m, n), costs, 1 + F(numerator, 7))


@pytest.mark.parametrize(
    ("values", "costs"),
    [
        # Strategies of the other that are alike, or alike at one share, make faces of more points than edges have.
        ([[0, 2], [0, 2], [2, 0]], [0, 0, 1]),
        ([[0, 1, 2], [2, 0, 0], [2, 0, 2], [1, 2, 2]], [1, 0, 0, 1]),
        ([[2, 2, 0], [0, 0, 0], [1, 1, 2], [0, 2, 0]], [1, 0, 1, 0]),
        ([[2, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]], [1, 0, 0, 0]),
        ([[1, 2, 0], [1, 0, 0], [2, 0, 0]], [1, 0, 0]),
    ],
)
def test_faces_that_are_no_edges(values: list, costs: list) -> None:
    table = object_array(F(value) for row in values for value in row).reshape(len(values), -1)
    for beta in (F(9, 8), F(3, 2), F(5, 3), F(11, 5), F(4)):
        assert_cut(table, [F(cost) for cost in costs], beta)


def assert_cut(table: np.ndarray, costs: list, beta: Fraction) -> None:
    """Strategies and labels at one β, against all solutions of the equations of that share's polyhedron."""
    n = table.shape[1]
    found = polyhedron(table, costs, StrategyLabels(0, n))
    cut = [(tuple(edge.at(beta)), edge.label) for edge in found.edges if edge.least < beta < edge.most]
    cut += [(tuple(vertex.strategy), vertex.label) for vertex in found.vertices if vertex.beta == beta]
    payoffs = [[value - beta * cost for value in row] for row, cost in zip(table.tolist(), costs, strict=True)]
    right = {
        (x, sum(1 << own for own in unplayed) | sum(1 << n + other for other in best))
        for x, (unplayed, best) in bimatrix_oracle._vertices(payoffs).items()
    }
    assert len(cut) == len(set(cut))
    assert set(cut) == right


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
    found = polyhedron_2x2(table, (F(max(0, -step)), F(max(0, step))), StrategyLabels(0, 2))
    assert sorted(vertex.beta for vertex in found.vertices) == betas
    assert len(found.edges) == n_edges
