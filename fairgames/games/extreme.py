"""All equilibria of a two-player game, exactly: extreme equilibria and the convex sets they span.

Player 1's mixed strategies x, scaled so that player 2's best payoff is 1, are the points of
P = {x ≥ 0, Bᵀx ≤ 1}; player 2's are those of Q = {y ≥ 0, Ay ≤ 1}. A vertex carries as labels
the strategies of both players that are unplayed or a best response there; a pair of vertices
is an extreme equilibrium iff together it carries every label (Mangasarian 1964; von Stengel
2002, Algorithm 3.5; Avis, Rosenberg, Savani & von Stengel 2010).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.games.double_description import extreme_rays
from fairgames.games.normal_form import NormalFormGame
from fairgames.progress import track
from fairgames.typing import Array, MixedProfile


@dataclass(frozen=True, eq=False)
class ExtremeEquilibria:
    """Every equilibrium of a two-player game.

    Attributes
    ----------
    equilibria : the extreme ones, exact mixed profiles
    sets : the maximal convex sets (Nash subsets): each a pair of tuples of strategies, of
        which every mixture against every mixture is an equilibrium; a set of one strategy
        against one is an isolated equilibrium
    """

    equilibria: tuple[MixedProfile, ...]
    sets: tuple[tuple[tuple[Array, ...], tuple[Array, ...]], ...]


def extreme_equilibria(game: NormalFormGame) -> ExtremeEquilibria:
    """All extreme equilibria and maximal convex sets of a two-player game, in rational arithmetic.

    Float payoffs are taken at the value they are written as (0.3 is 3/10).

    Raises
    ------
    InputError
        If the game has not two players.

    >>> game = NormalFormGame.from_arrays([[1, 1], [1, 1]], [[0, 1], [0, 1]])  # player 1 is indifferent
    >>> found = extreme_equilibria(game)
    >>> len(found.equilibria), [(len(one), len(two)) for one, two in found.sets]
    (2, [(2, 1)])
    """
    _expect_two(game)
    m, n = game.shape
    first, second = (_positive(game.payoffs[..., player]) for player in (0, 1))
    ones = _labelled_vertices(second.T, first_own=True)
    twos = _labelled_vertices(first, first_own=False)
    everything = (1 << (m + n)) - 1
    pairs = [
        (i, j)
        for i, (_, own) in enumerate(track(ones, "extreme equilibria"))
        for j, (_, other) in enumerate(twos)
        if own | other == everything
    ]
    strategies = [[_normalised(vertex) for vertex, _ in side] for side in (ones, twos)]
    return ExtremeEquilibria(
        tuple((strategies[0][i], strategies[1][j]) for i, j in pairs),
        tuple(
            (tuple(strategies[0][i] for i in rows), tuple(strategies[1][j] for j in columns))
            for rows, columns in maximal_products(pairs)
        ),
    )


def extreme(game: NormalFormGame) -> Iterator[MixedProfile]:
    """The extreme equilibria alone, each as soon as it is found.

    Only player 1's vertices are enumerated beforehand. What player 2 may play against one of them
    is a face of Q, whose vertices are few and found at once; so a time limit keeps what there is,
    and the solver stays independent of lrs, which it is compared with.

    Raises
    ------
    InputError
        If the game has not two players.
    """
    _expect_two(game)
    m, n = game.shape
    first, second = (_positive(game.payoffs[..., player]) for player in (0, 1))
    for vertex, label in _labelled_vertices(second.T, first_own=True):
        used = [k for k in range(m) if not label >> k & 1]
        best = [k for k in range(n) if label >> m + k & 1]
        for answer in _face(first, used, best):
            yield _normalised(vertex), _normalised(answer)


def _face(payoffs: Array, used: list[int], columns: list[int]) -> Iterator[tuple[int, ...]]:
    """Vertices of Q that play nothing but ``columns``, and against which the rows ``used`` are best responses."""
    n = len(columns)
    rows = [[int(value) for value in row] for row in payoffs[:, columns]]
    equations = [sign for row in used for sign in ([*(-value for value in rows[row]), 1], [*rows[row], -1])]
    others = [[*(-value for value in rows[row]), 1] for row in range(len(rows)) if row not in used]
    for ray in extreme_rays(n + 1, equations + others):
        if any(ray.point[:n]):
            point = [0] * payoffs.shape[1]
            for column, value in zip(columns, ray.point[:n], strict=True):
                point[column] = value
            yield tuple(point)


def _expect_two(game: NormalFormGame) -> None:
    if game.n_players != 2:
        raise InputError(f"extreme equilibria: expected a game of two players, got {game.n_players}")


def maximal_products(
    pairs: list[tuple[int, int]], check: Callable[[], None] = lambda: None
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The maximal R × C within a set of pairs (maximal bicliques), in order of their first pair.

    C runs over the intersections of the pairs' columns by row: a family closed under
    intersection, grown one row at a time. ``check`` is called now and then, and may raise.

    >>> maximal_products([(0, 0), (0, 1), (1, 1)])
    [((0,), (0, 1)), ((0, 1), (1,))]
    """
    by_row: dict[int, frozenset[int]] = {}
    for row, column in pairs:
        by_row[row] = by_row.get(row, frozenset()) | {column}
    closed: set[frozenset[int]] = set()
    for columns in by_row.values():
        check()
        closed |= {columns} | {columns & known for known in closed}
    found = []
    for columns in closed - {frozenset()}:
        check()
        rows = tuple(row for row, its in by_row.items() if columns <= its)
        found.append((rows, tuple(sorted(columns))))
    return sorted(found)


def _positive(payoffs: Array) -> Array:
    """Integer payoffs, all at least 1, that leave the same equilibria."""
    rational = [to_fraction(value, "payoffs") for value in payoffs.flat]
    multiple = math.lcm(*(value.denominator for value in rational))
    shift = min(rational)
    return object_array(int((value - shift) * multiple) + 1 for value in rational).reshape(payoffs.shape)


def _labelled_vertices(matrix: Array, first_own: bool) -> list[tuple[tuple[int, ...], int]]:
    """Vertices z ≠ 0 of {z ≥ 0, matrix·z ≤ 1} as integer rays, with their labels as bits.

    Bit k is player 1's strategy k for k < m, then player 2's; ``first_own`` says whether z is
    player 1's strategy.
    """
    n_others, n_own = matrix.shape
    halfspaces = [[*(-int(value) for value in row), 1] for row in matrix]  # t − row·z ≥ 0
    found = []
    for ray in extreme_rays(n_own + 1, halfspaces):
        if any(ray.point[:n_own]):  # the payoffs are positive, so only t = 0 has no z
            unplayed, best = ray.zero & ((1 << n_own) - 1), ray.tight
            label = unplayed | best << n_own if first_own else best | unplayed << n_others
            found.append((ray.point[:n_own], label))
    return found


def _normalised(ray: tuple[int, ...]) -> Array:
    total = sum(ray)
    return object_array(Fraction(value, total) for value in ray)
