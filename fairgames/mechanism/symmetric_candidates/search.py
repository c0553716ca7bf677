"""Branch and bound for the platform's best symmetric equilibrium among those that mix three levels or more.

With D_l what level l earns more than the cheapest, k_l what it costs more, and r the dearest, an
equilibrium has α = k_r/D_r and k_r·D_l − k_l·D_r = 0 for the other levels mixed: there is no α in
that, so the equilibria are a curve in the simplex of mixtures, and levels that are not mixed cut
it. A cell is dropped where a condition fails all over it, or where (1 − α)·U is bounded below what
is known already; the others are halved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.several_levels import inside_face
from fairgames.equilibria.symmetric.simplex import Simplices, basis
from fairgames.equilibria.symmetric.simplex_face import Face
from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate, within
from fairgames.progress import track
from fairgames.typing import FloatArray

#: Simplices that cannot be better by more than this, relative to the largest |U|, are dropped.
GAP = 1e-7
#: Simplices followed at once before the search gives up on the rest, which its gap then says.
MOST_CELLS = 5_000

_MOST_HALVINGS = 100
_TRIED = 8
_NEWTON_STEPS = 12
_CLOSE = 1e-10
_SHORTEST = 1e-12
#: What is better than a known value by less than this, relative to the largest |U|, is that one up to rounding.
_EQUAL = 1e-12


def search(face: Face, least: float, cap: Fraction | None) -> tuple[list[SymmetricCandidate], float]:
    """The best equilibrium inside a face, if it is worth more than ``least``; and a bound on all others there.

    The bound is of no account where it is below the value of what is found.
    """
    if not face.costs[: face.size - 1].any() and face.source.cost(face.levels[0]) > 0:
        return _of_equal_costs(face, cap)
    curve = FaceCurve.of(face, cap)
    largest = float(np.abs(face.worth).max(initial=0.0))
    best, point, ceiling = least + _EQUAL * largest, None, 0.0
    cells = Simplices.whole([face.basis, basis(face.source.n_users, face.size)], [curve.forms, face.worth])
    most = cells.affordable(MOST_CELLS)
    for _ in track(range(_MOST_HALVINGS), f"optimum on {face.size} levels"):
        bounds = curve.bounds(cells)
        for number in np.argsort(-bounds)[:_TRIED]:
            found = curve.settled(cells.centres[number]) if bounds[number] > best else None
            if found is not None and (value := curve.value(found)) > best:
                best, point = value, found
        open_cells = bounds > best + GAP * largest
        given_up = bounds if open_cells.sum() > most else bounds[~open_cells]
        ceiling = max(ceiling, float(given_up.max(initial=0.0)))
        if given_up is bounds or not open_cells.any():
            break
        cells = cells.select(open_cells).halves()
    if point is None:
        return [], ceiling
    x = curve.climbed(point)
    alpha = curve.alpha(x)
    return [at_strategy(face.source, list(map(Fraction, face.over_levels(x))), Fraction(alpha))], ceiling


def _of_equal_costs(face: Face, cap: Fraction | None) -> tuple[list[SymmetricCandidate], float]:
    """Levels that cost the same, but not nothing: isolated mixtures, each an equilibrium at an interval of shares."""
    mixed = face.size - 1
    points, undecided = inside_face(replace(face, gains=face.gains[:, :mixed], costs=face.costs[:mixed]), Fraction(1))
    found = []
    for strategy in points:
        leads = face.basis.weights(strategy[list(face.levels)]) @ face.gains[:, mixed:]
        bounds = [(gain, cost / gain) for gain, cost in zip(leads, face.costs[mixed:], strict=True) if gain]
        low = max((share for gain, share in bounds if gain < 0), default=0.0)
        high = min((share for gain, share in bounds if gain > 0), default=1.0)
        if max(low, 0.0) <= min(high, 1.0):
            one = at_strategy(face.source, list(map(Fraction, strategy)), Fraction(max(low, 0.0)))
            found.append(one if one.utility >= 0 else at_strategy(face.source, one.strategy, Fraction(min(high, 1.0))))
    return within(found, cap, face.source), float(face.worth.max()) if undecided else 0.0


def at_strategy(source: Exchangeable, strategy: Sequence[Fraction], alpha: Fraction) -> SymmetricCandidate:
    """A mixture of any levels at a share."""
    utility, rounded = source.expected(source.utilities, [strategy[level] for level in source.levels])
    off, exact = rounded + Fraction(source.error), source.known and rounded == 0
    return SymmetricCandidate.paying(tuple(strategy), alpha, utility, off, exact)


@dataclass(frozen=True, eq=False)
class FaceCurve:
    """The equilibria of a face at any share, by conditions without α.

    Attributes
    ----------
    face : the mixtures
    forms : coefficients of what must be 0, then of what must not be positive, then of D_r, shape (M, F)
    n_equal : how many must be 0
    dearest : k_r; 0 where all is free, and every mixture is an equilibrium at α = 0
    cap : on what is paid, or infinity
    slack : error of the forms
    """

    face: Face
    forms: FloatArray
    n_equal: int
    dearest: float
    cap: float
    slack: float

    @classmethod
    def of(cls, face: Face, cap: Fraction | None) -> FaceCurve:
        mixed, costs, gains = face.size - 1, face.costs, face.gains
        limit = np.inf if cap is None else float(cap)
        most = int(np.argmax(costs[:mixed]))
        if costs[most] == 0:
            return cls(face, np.zeros((len(gains), 1)), 0, 0.0, limit, 0.0)
        reduced = costs[most] * gains - costs * gains[:, [most]]
        forms = np.concatenate([np.delete(reduced, most, axis=1), gains[:, [most]]], axis=1)
        unit = float(np.finfo(float).eps) * float(np.abs(gains).max()) + face.source.gain_error
        return cls(face, forms, mixed - 1, float(costs[most]), limit, 4 * unit * float(1 + np.abs(costs).max()))

    def bounds(self, cells: Simplices) -> FloatArray:
        """For each cell a bound on what the platform keeps at its equilibria; −∞ where it has none."""
        least, greatest = cells.bounds(0)
        low, high = cells.bounds(1)
        possible = (least[:-1] <= self.slack).all(axis=0) & (greatest[: self.n_equal] >= -self.slack).all(axis=0)
        alpha = np.zeros(len(cells))
        if self.dearest:
            possible &= greatest[-1] >= self.dearest - self.slack
            alpha = self.dearest / np.maximum(greatest[-1], self.dearest)
        possible &= alpha * low[0] <= self.cap
        return np.where(possible, (1 - alpha) * np.maximum(high[0], 0), -np.inf)

    def alpha(self, x: FloatArray) -> float:
        """The share at which a mixture on the curve is an equilibrium."""
        if not self.dearest:
            return 0.0
        return self.dearest / max(float(self._at(x)[-1]), self.dearest)

    def value(self, x: FloatArray) -> float:
        """What the platform keeps at a mixture on the curve."""
        return (1 - self.alpha(x)) * self._worth(x)

    def settled(self, x: FloatArray) -> FloatArray | None:
        """The mixture on the curve that Newton's shortest steps lead to, if it is an equilibrium within the cap."""
        for _ in range(_NEWTON_STEPS if self.n_equal else 0):
            step = np.linalg.lstsq(self._slopes(x), -self._at(x)[: self.n_equal], rcond=None)[0]
            x = x + np.concatenate([[-step.sum()], step])
            if np.abs(x).max() > 2 or np.abs(step).max() < _SHORTEST:
                break
        if x.min() < -_SHORTEST:
            return None
        x = np.maximum(x, 0) / np.maximum(x, 0).sum()
        values, scale = self._at(x), np.abs(self.forms).max(axis=0)
        near = _CLOSE * scale + self.slack
        on_it = (np.abs(values) <= near)[: self.n_equal].all() and (values <= near)[:-1].all()
        paid_enough = values[-1] >= self.dearest
        return x if on_it and paid_enough and self.alpha(x) * self._worth(x) <= self.cap else None

    def climbed(self, x: FloatArray) -> FloatArray:
        """From a mixture on the curve along it while the platform keeps more: steps that fail are halved."""
        length, best = 0.1, self.value(x)
        while length > _SHORTEST:
            for direction in self._along(x):
                other = self.settled(x + length * np.concatenate([[-direction.sum()], direction]))
                if other is not None and (value := self.value(other)) > best:
                    x, best = other, value
                    break
            else:
                length /= 2
        return x

    def _along(self, x: FloatArray) -> FloatArray:
        """Directions, both ways, in which the equalities do not change."""
        size = self.face.size - 1
        if not self.n_equal:
            return np.concatenate([np.eye(size), -np.eye(size)])
        free = np.linalg.svd(self._slopes(x))[2][self.n_equal :]
        return np.concatenate([free, -free])

    def _at(self, x: FloatArray) -> FloatArray:
        return np.asarray(self.face.basis.weights(x) @ self.forms)

    def _worth(self, x: FloatArray) -> float:
        return float(basis(self.face.source.n_users, self.face.size).weights(x) @ self.face.worth[:, 0])

    def _slopes(self, x: FloatArray) -> FloatArray:
        """Of the equalities, shape (E, K − 1)."""
        slopes = self.face.basis.slopes(self.forms[:, : self.n_equal])
        below = basis(self.face.source.n_users - 2, self.face.size)
        return np.asarray(np.tensordot(below.weights(x), slopes, axes=1).T)
