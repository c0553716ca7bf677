"""Linear functionals of U as sums over product distributions: what a product kernel needs to know of them.

If each user is at a level independently of the others, the mean of Π_i k_i(ρ_i) is Π_i E k_i(ρ_i).
U at a profile is one such mean. The potential and the fair payments are integrals of them
(Owen's multilinear extension): with everybody in with chance q, F(q) = E U(ρ_S),

    P(ρ) = ∫₀¹ (F(q) − F(0))/q dq,    φ_i(ρ) = ∫₀¹ (F(q | i in) − F(q | i out)) dq,

under Theorem 1 P₁(ρ) = ∫ F dq and φ_i = ∫ q·(…) dq. F is a polynomial of degree n, the number of
users who share, so ⌈n/2⌉ or so Gauss–Legendre nodes are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray, IntArray, Profile


@dataclass(frozen=True, eq=False)
class Functionals:
    """M linear functionals of U.

    Attributes
    ----------
    weights : shape (M, G): what each functional counts each mean with
    chances : shape (G, N, L): the chance of each level of each user under each product distribution
    """

    weights: FloatArray
    chances: FloatArray

    def combined(self, matrix: FloatArray) -> Functionals:
        """Linear combinations of them, shape (M′, M)."""
        return Functionals(matrix @ self.weights, self.chances)

    @classmethod
    def together(cls, several: Sequence[Functionals]) -> Functionals:
        """All of several, one after the other."""
        rows, columns = (sum(one.weights.shape[axis] for one in several) for axis in (0, 1))
        weights, row, column = np.zeros((rows, columns)), 0, 0
        for one in several:
            height, width = one.weights.shape
            weights[row : row + height, column : column + width] = one.weights
            row, column = row + height, column + width
        return cls(weights, np.concatenate([one.chances for one in several]))


def utilities(profiles: IntArray, n_levels: int) -> Functionals:
    """U at each profile, shape (M, N)."""
    return Functionals(np.eye(len(profiles)), np.eye(n_levels)[profiles])


def potentials(profiles: Sequence[Profile], n_levels: int, extra: int = 0) -> Functionals:
    """P at each profile; with ``extra`` = 1 the P₁ of Theorem 1."""
    return Functionals.together([_potential(np.array(profile), n_levels, extra) for profile in profiles])


def values(profile: Profile, n_levels: int, extra: int = 0, banzhaf: bool = False) -> Functionals:
    """φ_i of each user who shares, in order; all of them share the means of the others."""
    levels = np.array(profile)
    sharing = np.flatnonzero(levels)
    nodes, weights = _half() if banzhaf else _nodes(len(sharing))
    factors = weights * nodes**extra
    found = []
    for user in sharing.tolist():
        inside, outside = (_mixed(levels, n_levels, nodes) for _ in range(2))
        inside[:, user] = np.eye(n_levels)[levels[user]]
        outside[:, user] = np.eye(n_levels)[0]
        found.append(Functionals(np.concatenate([factors, -factors])[None], np.concatenate([inside, outside])))
    return Functionals.together(found)


def _potential(levels: IntArray, n_levels: int, extra: int) -> Functionals:
    n = int(np.count_nonzero(levels))
    if not n:
        return Functionals(np.zeros((1, 0)), np.zeros((0, len(levels), n_levels)))
    nodes, weights = _nodes(n)
    mixed = _mixed(levels, n_levels, nodes)
    if extra:
        return Functionals(weights[None], mixed)
    # F(0), which is 0 but for round-off, that 1/q would enlarge.
    nobody = np.eye(n_levels)[np.zeros_like(levels)]
    weights = np.append(weights / nodes, -(weights / nodes).sum())
    return Functionals(weights[None], np.concatenate([mixed, nobody[None]]))


def _mixed(levels: IntArray, n_levels: int, nodes: FloatArray) -> FloatArray:
    """Everybody at the own level with chance q, else at 0; shape (nodes, N, L)."""
    there, away = np.eye(n_levels)[levels], np.eye(n_levels)[0]
    return np.asarray(nodes[:, None, None] * there + (1 - nodes)[:, None, None] * away)


def _nodes(degree: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre on [0, 1], exact for polynomials of this degree."""
    points, weights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    return (points + 1) / 2, weights / 2


def _half() -> tuple[FloatArray, FloatArray]:
    return np.array([0.5]), np.array([1.0])
