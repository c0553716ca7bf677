"""Polynomials on a simplex in Bernstein–Bézier form, and the simplex cut in ever smaller cells.

A form Σ_m C(n; m)·x^m·b_m over count vectors |m| = n is what n equal users expect who mix with x.
On a cell its value lies between the least and the greatest of its coefficients there, which come
nearer to the values with the square of the cell's size (Prautzsch, Boehm & Paluszny 2002, ch. 10).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from fairgames.counts.lattice import Lattice
from fairgames.equilibria.symmetric.bernstein import rounding
from fairgames.typing import BoolArray, FloatArray, IntArray

#: Coefficients of all cells together.
_MOST_NUMBERS = 2**25


@dataclass(frozen=True)
class Basis:
    """The count vectors m of ``degree`` users on ``size`` levels, and how coefficients move between them."""

    degree: int
    size: int

    @cached_property
    def _lattice(self) -> Lattice:
        return Lattice.of([self.degree], [range(self.size)], self.size)

    @cached_property
    def indices(self) -> IntArray:
        """The count vectors, shape (M, K)."""
        return self._lattice.axes[0]

    @cached_property
    def corners(self) -> IntArray:
        """Where everybody is on one level, for each level: coefficients there are values."""
        return np.array([int(np.argmax(self.indices[:, level])) for level in range(self.size)])

    def moved(self, source: int, target: int) -> IntArray:
        """For each m the place of m − e_source + e_target; −1 where there is none."""
        return self._lattice.moved(0, source, target)

    def halved(self, coefficients: FloatArray, keep: int, move: int) -> FloatArray:
        """Coefficients on the half of a cell that has the middle of an edge in place of vertex ``move``.

        De Casteljau's averages along the edge; ``coefficients`` has shape (M, …).
        """
        result = coefficients.copy()
        nearer = self.moved(move, keep)
        for step in range(1, self.degree + 1):
            places = np.flatnonzero(self.indices[:, move] >= step)
            result[places] = 0.5 * (result[places] + result[nearer[places]])
        return result

    @cached_property
    def _ways(self) -> FloatArray:
        return np.array([multinomial(row) for row in self.indices.tolist()], float)

    def weights(self, x: FloatArray) -> FloatArray:
        """C(n; m)·x^m at points x of shape (…, K); the result has shape (…, M)."""
        return np.asarray(self._ways * np.prod(x[..., None, :] ** self.indices, axis=-1))

    def slopes(self, coefficients: FloatArray) -> FloatArray:
        """Coefficients, of one degree less, of the derivatives towards each vertex but the first, away from the first.

        Shape (M′, K − 1, …) from (M, …).
        """
        lower = basis(self.degree - 1, self.size)
        rows = [_places(self, lower.indices + np.eye(self.size, dtype=np.int64)[vertex]) for vertex in range(self.size)]
        return np.stack([self.degree * (coefficients[row] - coefficients[rows[0]]) for row in rows[1:]], axis=1)


def multinomial(counts: Sequence[int]) -> int:
    """In how many ways so many users can be on each level."""
    return math.factorial(sum(counts)) // math.prod(map(math.factorial, counts))


@cache
def basis(degree: int, size: int) -> Basis:
    """One basis for each degree and number of levels."""
    return Basis(degree, size)


def _places(of: Basis, rows: IntArray) -> IntArray:
    known = {tuple(row): place for place, row in enumerate(of.indices.tolist())}
    return np.array([known[tuple(row)] for row in rows.tolist()])


@dataclass(frozen=True, eq=False)
class Simplices:
    """Simplices within the simplex, with the coefficients of some forms on each.

    Attributes
    ----------
    vertices : shape (C, K, K), one point a row
    bases : the basis of each bundle of forms
    forms : for each bundle its coefficients, shape (M, F, C)
    depth : how many times each has been halved, shape (C,)
    scales : for each bundle the largest coefficient of each form to begin with, shape (F,)
    """

    vertices: FloatArray
    bases: tuple[Basis, ...]
    forms: tuple[FloatArray, ...]
    depth: IntArray
    scales: tuple[FloatArray, ...]

    @classmethod
    def whole(cls, bases: Sequence[Basis], forms: Sequence[FloatArray]) -> Simplices:
        """The whole simplex as one cell, with forms of shape (M, F)."""
        size = bases[0].size
        scales = tuple(np.abs(bundle).max(axis=0, initial=0.0) for bundle in forms)
        return cls(
            np.eye(size)[None], tuple(bases), tuple(bundle[..., None] for bundle in forms), np.zeros(1, int), scales
        )

    def __len__(self) -> int:
        return len(self.vertices)

    @property
    def centres(self) -> FloatArray:
        """The mean of the vertices, shape (C, K)."""
        return np.asarray(self.vertices.mean(axis=1))

    @property
    def sizes(self) -> FloatArray:
        """The longest edge of each, in the largest difference of a coordinate."""
        edges = self.vertices[:, :, None] - self.vertices[:, None, :]
        return np.asarray(np.abs(edges).max(axis=(1, 2, 3)))

    def affordable(self, most: int) -> int:
        """How many such cells, up to ``most``, fit in a gigabyte: their forms are held a few times over."""
        return max(1, min(most, _MOST_NUMBERS // sum(bundle[..., 0].size for bundle in self.forms)))

    def rounding(self, bundle: int) -> FloatArray:
        """Bound on the error of every coefficient of a bundle, shape (F, C)."""
        operations = [rounding(self.bases[bundle].degree * int(depth) + 2) for depth in range(self.depth.max() + 1)]
        return np.asarray(self.scales[bundle][:, None] * np.array(operations)[self.depth])

    def bounds(self, bundle: int) -> tuple[FloatArray, FloatArray]:
        """The least and the greatest value that each form may have on each cell, shape (F, C) each."""
        error = self.rounding(bundle)
        return self.forms[bundle].min(axis=0) - error, self.forms[bundle].max(axis=0) + error

    def select(self, chosen: IntArray | BoolArray) -> Simplices:
        return Simplices(
            self.vertices[chosen],
            self.bases,
            tuple(bundle[..., chosen] for bundle in self.forms),
            self.depth[chosen],
            self.scales,
        )

    def joined(self, other: Simplices) -> Simplices:
        """These and others of the same forms."""
        return Simplices(
            np.concatenate([self.vertices, other.vertices]),
            self.bases,
            tuple(np.concatenate(pair, axis=-1) for pair in zip(self.forms, other.forms, strict=True)),
            np.concatenate([self.depth, other.depth]),
            self.scales,
        )

    def halves(self) -> Simplices:
        """Both halves of every cell, cut in the middle of its longest edge."""
        size = self.vertices.shape[1]
        pairs = [(one, other) for one in range(size) for other in range(one)]
        lengths = [((self.vertices[:, one] - self.vertices[:, other]) ** 2).sum(axis=1) for one, other in pairs]
        longest = np.argmax(lengths, axis=0)
        parts = [self.select(np.zeros(0, dtype=int))]
        for number, (one, other) in enumerate(pairs):
            cells = self.select(np.flatnonzero(longest == number))
            if len(cells):
                parts += [cells._half(one, other), cells._half(other, one)]
        result = parts[0]
        for part in parts[1:]:
            result = result.joined(part)
        return result

    def _half(self, keep: int, move: int) -> Simplices:
        vertices = self.vertices.copy()
        vertices[:, move] = 0.5 * (vertices[:, move] + vertices[:, keep])
        forms = tuple(basis.halved(bundle, keep, move) for basis, bundle in zip(self.bases, self.forms, strict=True))
        return Simplices(vertices, self.bases, forms, self.depth + 1, self.scales)
