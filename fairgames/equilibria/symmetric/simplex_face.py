"""Equal users who mix some levels: what each level earns more than the cheapest of them, on the simplex of mixtures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.simplex import Basis, Simplices, basis
from fairgames.typing import BoolArray, FloatArray

#: How far a map may be from a coordinate system and still count as one: 1 would do in exact arithmetic.
_NEARLY = 0.9
_CONDITION = 1e8
_NEWTON_STEPS = 30
_ON_BOUNDARY = 1e-12


@dataclass(frozen=True, eq=False)
class Face:
    """The mixtures of some levels.

    Attributes
    ----------
    source : the game on counts
    levels : the levels that are mixed, the cheapest first
    others : all other allowed levels
    gains : coefficients of what each level but the first earns more than the first at α = 1, those
        mixed first, shape (M, K − 1 + O); of degree N − 1
    costs : what each of them costs more
    worth : coefficients of U, shape (M′, 1), of degree N
    """

    source: Exchangeable
    levels: tuple[int, ...]
    others: tuple[int, ...]
    gains: FloatArray
    costs: FloatArray
    worth: FloatArray

    @classmethod
    def of(cls, source: Exchangeable, levels: tuple[int, ...]) -> Face:
        mixed = tuple(sorted(levels, key=source.cost))
        others = tuple(level for level in source.levels if level not in levels)
        counts = [dict(zip(mixed, row, strict=True)) for row in basis(source.n_users - 1, len(mixed)).indices.tolist()]
        gains = [source.gains(level, mixed[0], counts) for level in (*mixed[1:], *others)]
        places = [
            source.place(dict(zip(mixed, row, strict=True)))
            for row in basis(source.n_users, len(mixed)).indices.tolist()
        ]
        return cls(
            source,
            mixed,
            others,
            np.array(gains, dtype=float).T,
            np.array([float(source.cost(level) - source.cost(mixed[0])) for level in (*mixed[1:], *others)]),
            source.utilities[np.array(places)].floats()[:, None],
        )

    @property
    def size(self) -> int:
        """How many levels are mixed."""
        return len(self.levels)

    @property
    def basis(self) -> Basis:
        """Of the gains."""
        return basis(self.source.n_users - 1, self.size)

    def over_levels(self, point: FloatArray) -> FloatArray:
        """Probabilities of all L levels."""
        row = np.zeros(self.source.n_levels)
        row[list(self.levels)] = point
        return row

    # One share

    def leads(self, alpha: Fraction) -> FloatArray:
        """Coefficients of what every other level leaves a user more than the first one."""
        return float(alpha) * self.gains - self.costs

    def at_share(self, alpha: Fraction) -> Simplices:
        """The whole face, with the leads."""
        return Simplices.whole([self.basis], [self.leads(alpha)])

    def possible(self, cells: Simplices) -> BoolArray:
        """Cells on which no lead of a mixed level is all of one sign, and none of another level is all positive."""
        least, greatest = (bound.copy() for bound in cells.bounds(0))
        least -= self._slack
        greatest += self._slack
        mixed = self.size - 1
        return np.asarray(
            (least[:mixed] <= 0).all(axis=0) & (greatest[:mixed] >= 0).all(axis=0) & (least[mixed:] <= 0).all(axis=0)
        )

    @property
    def _slack(self) -> float:
        """Error of a lead beyond that of cutting: that of the gains, and of rounding them."""
        largest = float(np.abs(self.gains).max(initial=0.0) + np.abs(self.costs).max(initial=0.0))
        return self.source.gain_error + 4 * float(np.finfo(float).eps) * largest

    def is_indifferent(self, alpha: Fraction) -> bool:
        """Whether all levels of the face are as good as each other everywhere on it, up to rounding."""
        return bool(np.abs(self.leads(alpha)[:, : self.size - 1]).max() <= self._slack)

    def solutions(self, cells: Simplices, alpha: Fraction) -> tuple[BoolArray, list[FloatArray]]:
        """Which cells have one solution at most and have it, and those solutions."""
        settled = np.zeros(len(cells), dtype=bool)
        points = []
        for number in np.flatnonzero(self._injective(cells)):
            point = self._newton(cells.centres[number], alpha)
            if point is None:
                continue
            within = np.linalg.solve(cells.vertices[number].T, point)
            if within.min() >= -_ON_BOUNDARY / cells.sizes[number] - _ON_BOUNDARY:
                settled[number] = True
                points.append(point)
        return settled, points

    def _injective(self, cells: Simplices) -> BoolArray:
        """Cells on which the leads of the mixed levels, times their inverse mean Jacobian, are nearly coordinates.

        Then two points of the cell differ in their leads by at least a part of their distance.
        """
        mixed = self.size - 1
        slopes = self.basis.slopes(cells.forms[0][:, :mixed])  # (M′, directions, leads, C)
        means = np.moveaxis(slopes.mean(axis=0), -1, 0)
        result = np.zeros(len(cells), dtype=bool)
        fair = np.flatnonzero(np.linalg.cond(means) < _CONDITION) if len(cells) else np.zeros(0, dtype=int)
        if len(fair):
            nearly = np.einsum("mdfc,cfe->mdec", slopes[..., fair], np.linalg.inv(means[fair]))
            off = np.abs(nearly - np.eye(mixed)[:, :, None]).sum(axis=1).max(axis=(0, 1))
            result[fair] = off < _NEARLY
        return result

    def _newton(self, point: FloatArray, alpha: Fraction) -> FloatArray | None:
        """A common root of the leads of the mixed levels, near a point; None if it runs away or does not settle."""
        coefficients = self.leads(alpha)[:, : self.size - 1]
        slopes = self.basis.slopes(coefficients)
        below = basis(self.source.n_users - 2, self.size)
        for _ in range(_NEWTON_STEPS):
            values = self.basis.weights(point) @ coefficients
            jacobian = np.tensordot(below.weights(point), slopes, axes=1)
            try:
                step = np.linalg.solve(jacobian.T, -values)
            except np.linalg.LinAlgError:
                return None
            point = point + np.concatenate([[-step.sum()], step])
            if np.abs(point).max() > 2:
                return None
            if np.abs(step).max() <= 4 * np.finfo(float).eps:
                break
        else:
            if np.abs(step).max() > _ON_BOUNDARY:
                return None
        point = np.maximum(point, 0.0) if point.min() > -_ON_BOUNDARY else point
        return np.asarray(point / point.sum())

    def is_equilibrium(self, point: FloatArray, alpha: Fraction) -> bool:
        """Whether no level that is not mixed earns more, up to rounding."""
        others = self.leads(alpha)[:, self.size - 1 :]
        scale = float(np.abs(self.leads(alpha)).max())
        return bool((self.basis.weights(point) @ others <= self._slack + _ON_BOUNDARY * scale).all())
