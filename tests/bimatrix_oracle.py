"""Extreme equilibria of two-player games by trying every set of equations: slow, short, and independent.

A vertex of {(x, v): x ≥ 0, Σx = 1, Bᵀx ≤ v} is the only solution of m of its m + n inequalities
as equations; two vertices are an extreme equilibrium iff each strategy is unplayed or a best
response in one of them (Mangasarian 1964).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame

Strategy = tuple[Fraction, ...]
Pair = tuple[Strategy, Strategy]


def extreme_pairs(game: NormalFormGame) -> set[Pair]:
    """All extreme equilibria."""
    m, n = game.shape
    A, B = ([[Fraction(value) for value in row] for row in game.payoffs[..., player]] for player in (0, 1))
    ones = _vertices([[B[i][j] for i in range(m)] for j in range(n)])
    twos = _vertices(A)
    everything = set(range(m + n))
    found = set()
    for x, (unplayed, best) in ones.items():
        own = unplayed | {m + j for j in best}
        for y, (left, answers) in twos.items():
            if own | answers | {m + j for j in left} == everything:
                found.add((x, y))
    return found


def as_pairs(profiles: object) -> list[Pair]:
    """A solver's rational answers as tuples of tuples."""
    return [tuple(tuple(map(Fraction, vector)) for vector in profile) for profile in profiles]


def _vertices(payoffs: list[list[Fraction]]) -> dict[Strategy, tuple[set[int], set[int]]]:
    """Strategies that are vertices, with what is unplayed there and which rows of ``payoffs`` are best."""
    n = len(payoffs[0])
    sum_is_one = [*[Fraction(1)] * n, Fraction(0), Fraction(1)]
    unplayed = [[Fraction(k == own) for k in range(n)] + [Fraction(0)] * 2 for own in range(n)]
    indifferent = [[*row, Fraction(-1), Fraction(0)] for row in payoffs]
    found = {}
    for chosen in combinations([*unplayed, *indifferent], n):
        solution = _solution([sum_is_one, *chosen])
        if solution is None:
            continue
        *x, value = solution
        gains = [sum(a * p for a, p in zip(row, x, strict=True)) - value for row in payoffs]
        if min(x) >= 0 >= max(gains):
            zero = {k for k, p in enumerate(x) if p == 0}
            found[tuple(x)] = (zero, {row for row, gain in enumerate(gains) if gain == 0})
    return found


def _solution(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """The only solution of equations with the right sides last; None if there is not exactly one."""
    rows = [list(row) for row in rows]
    for column in range(len(rows)):
        pivot = next((k for k in range(column, len(rows)) if rows[k][column] != 0), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for k, row in enumerate(rows):
            if k != column and row[column] != 0:
                factor = row[column]
                rows[k] = [value - factor * lead for value, lead in zip(row, rows[column], strict=True)]
    return [row[-1] for row in rows]


SHAPES = [(2, 2), (2, 3), (3, 2), (3, 3), (2, 4), (4, 2), (3, 1), (1, 4), (3, 4), (4, 4)]


@st.composite
def bimatrix_games(draw: st.DrawFn, largest: int = 2, shapes: tuple[tuple[int, int], ...] = tuple(SHAPES)):
    """Games with small integer payoffs 0 … ``largest``, so that ties are everywhere; some over a denominator."""
    m, n = draw(st.sampled_from(shapes))
    values = draw(st.lists(st.integers(0, largest), min_size=2 * m * n, max_size=2 * m * n))
    scale = draw(st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(-2, 7)]))
    arrays = object_array(scale * value for value in values).reshape(2, m, n)
    return NormalFormGame.from_arrays(*arrays)


def random_game(random: np.random.Generator, shape: tuple[int, ...], largest: int = 1000) -> NormalFormGame:
    """A game of rationals without ties, almost surely."""
    arrays = [
        object_array(Fraction(int(value), 7) for value in random.integers(-largest, largest, np.prod(shape))).reshape(
            shape
        )
        for _ in shape
    ]
    return NormalFormGame.from_arrays(*arrays)
