"""All symmetric equilibria of equal users at one share, for any number of levels.

A strategy x is one iff α times what a user earns on a level, less what the level costs, is the
same on all levels that are played and no more on any other. On one level that is checked, on two
it is solved exactly as polynomials in one variable (see :mod:`fairgames.equilibria.symmetric.two_levels`).
On three and more the simplex is cut in cells: a cell is dropped where some condition fails all
over it, and settled where the conditions, made nearly a coordinate system by an inverse Jacobian,
can have one solution at most, and Newton's method finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from fairgames.equilibria.symmetric.bernstein import Bernstein
from fairgames.equilibria.symmetric.bernstein_roots import Root, roots, spread_at, value_at
from fairgames.equilibria.symmetric.exchangeable import Exchangeable, SymmetricCertificate
from fairgames.equilibria.symmetric.simplex_face import Face
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, SymmetricGame
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.progress import track
from fairgames.typing import Array, FloatArray, Number

#: Cells at most this wide are not cut any further; nor are more than so many followed at once.
SMALLEST = 2.0**-30
MOST_CELLS = 5_000
_MOST_HALVINGS = 200

#: Solutions closer than this are one.
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class SymmetricEquilibrium:
    """A symmetric equilibrium: the mixture that every user plays, with its certificate.

    Attributes
    ----------
    strategy : probability of each of the L levels; rationals where the proof is exact
    proof : regret and payment, computed afresh from the definition of payments
    other_end : where every mixture of ``strategy`` and this one is an equilibrium too; else None
    """

    strategy: Array
    proof: SymmetricCertificate
    other_end: Array | None = None


@dataclass(frozen=True, eq=False)
class SymmetricEquilibria:
    """The symmetric equilibria at one share.

    Attributes
    ----------
    found : isolated ones and ends of segments; every isolated one outside ``unresolved`` is there
    unresolved : centres of cells in which there may be more, and how far each reaches: solutions
        that are degenerate, or closer than 2⁻³⁰ to each other
    """

    found: tuple[SymmetricEquilibrium, ...]
    unresolved: tuple[tuple[FloatArray, float], ...]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[SymmetricEquilibrium]:
        return iter(self.found)


def symmetric_equilibria(game: PaymentGame, alpha: Number | None = None) -> SymmetricEquilibria:
    """Every symmetric equilibrium of equal users at one share.

    Parameters
    ----------
    alpha : the share; None under Theorem 1

    Raises
    ------
    InputError
        If the users are not alike, or α is no share, missing or given in vain.
    """
    source = Exchangeable.of(game)
    share = source.share(alpha)
    found = [*_pure(source, share), *_pairs(source, share)]
    unresolved: list[tuple[FloatArray, float]] = []
    for size in range(3, len(source.levels) + 1):
        for levels in combinations(source.levels, size):
            inner, open_cells = inside_face(Face.of(source, levels), share)
            known = [np.asarray(one.strategy, dtype=float) for one in found]
            found += [certified(source, share, x) for x in inner if _is_new(x, known)]
            unresolved += open_cells
    return SymmetricEquilibria(tuple(found), tuple(unresolved))


def certified(source: Exchangeable, alpha: Fraction, strategy: Array, end: Array | None = None) -> SymmetricEquilibrium:
    """The equilibrium with its proof."""
    return SymmetricEquilibrium(strategy, source.certify(alpha, strategy), end)


def _pure(source: Exchangeable, alpha: Fraction) -> Iterator[SymmetricEquilibrium]:
    for level in source.levels:
        others = [{level: source.n_users - 1}]
        leads = (
            alpha * source.gains(other, level, others)[0] - (source.cost(other) - source.cost(level))
            for other in source.levels
        )
        if all(lead <= alpha * Fraction(source.gain_error) for lead in leads):
            yield certified(source, alpha, _strategy(source, {level: ONE}, source.exact))


def _pairs(source: Exchangeable, alpha: Fraction) -> Iterator[SymmetricEquilibrium]:
    """Equilibria on two levels: where γ = c/α between them and no other level pays more."""
    for pair in combinations(sorted(source.levels, key=source.cost), 2):
        game = SymmetricGame.between(source, *pair)
        leads = [
            deviation_gain(source, game, other) * alpha - (source.cost(other) - source.cost(pair[0]))
            for other in source.levels
            if other not in pair
        ]
        share = alpha if source.rule.has_alpha else None
        if game.is_continuum(share):
            yield from _segments(source, game, alpha, leads)
            continue
        for p in game.equilibria(share):
            if p.low > 0 and p.high < 1 and all(not_above(lead, p, source.gain_error) for lead in leads):
                exact = source.exact and p.exact
                yield certified(source, alpha, _on_edge(game, p.middle, exact))


def deviation_gain(source: Exchangeable, game: SymmetricGame, level: int) -> Bernstein:
    """What a third level earns more than the first of two at α = 1, if the others mix those with p and 1 − p."""
    (first, second), n = game.levels, source.n_users
    return Bernstein.of(source.gains(level, first, [{first: k, second: n - 1 - k} for k in range(n)]))


def not_above(lead: Bernstein, p: Root, error: float) -> bool:
    """Whether a lead is at most 0 at a root, up to rounding."""
    return value_at(lead, p) <= spread_at(lead, p) + Fraction(error)


def _segments(
    source: Exchangeable, game: SymmetricGame, alpha: Fraction, leads: list[Bernstein]
) -> Iterator[SymmetricEquilibrium]:
    """Where all mixtures of two levels are as good as each other: those parts at which no other is better."""
    cuts = sorted({ZERO, ONE, *(p.middle for lead in leads for p in roots(lead))})
    parts = [
        (low, high)
        for low, high in pairwise(cuts)
        if all(lead((low + high) / 2) <= Fraction(source.gain_error) for lead in leads)
    ]
    joined: list[tuple[Fraction, Fraction]] = []
    for low, high in parts:
        if joined and joined[-1][1] == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    for low, high in joined:
        one, other = (_on_edge(game, p, source.exact) for p in (high, low))
        yield certified(source, alpha, one, other)


def _strategy(source: Exchangeable, chances: dict[int, Fraction], exact: bool) -> Array:
    row = [chances.get(level, ZERO) for level in range(source.n_levels)]
    return object_array(row) if exact else np.array(row, dtype=float)


def _on_edge(game: SymmetricGame, p: Fraction, exact: bool) -> Array:
    first, second = game.levels
    return _strategy(game.source, {first: p, second: 1 - p}, exact)


# Three levels and more --------------------------------------------------------------------------


def inside_face(face: Face, alpha: Fraction) -> tuple[list[FloatArray], list[tuple[FloatArray, float]]]:
    """Equilibria that play all levels of a face, and the cells that were left undecided; both over all L levels."""
    if face.is_indifferent(alpha):
        return [], [(face.over_levels(np.full(face.size, 1 / face.size)), 1.0)]
    cells, undecided = face.at_share(alpha), []
    found: list[FloatArray] = []
    most = cells.affordable(MOST_CELLS)
    for _ in track(range(_MOST_HALVINGS), f"symmetric equilibria on {face.size} levels"):
        cells = cells.select(face.possible(cells))
        if not len(cells):
            break
        settled, points = face.solutions(cells, alpha)
        found += [one for k, one in enumerate(points) if _is_new(one, [*found, *points[:k]])]
        cells = cells.select(~settled)
        given_up = (cells.sizes <= SMALLEST) | (len(cells) > most)
        rest = cells.select(given_up)
        undecided += [(face.over_levels(x), float(size)) for x, size in zip(rest.centres, rest.sizes, strict=True)]
        cells = cells.select(~given_up).halves()
        if not len(cells):
            break
    return [face.over_levels(point) for point in found if face.is_equilibrium(point, alpha)], undecided


def _is_new(point: FloatArray, known: Sequence[FloatArray]) -> bool:
    return not any(np.abs(point - other).max() <= _SAME for other in known)
