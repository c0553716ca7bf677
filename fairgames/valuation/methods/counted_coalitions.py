"""U of all coalitions at one profile of users alike, by how many of each type on each level are in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, product
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.counts.lattice import EXACT_STATES
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.text import how_many
from fairgames.typing import Array, IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import Allocation
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.monotone import first_fall
from fairgames.valuation.rules import Rule

_UNIT_ROUNDOFF = 1.01 * float(np.finfo(float).eps) / 2
#: Of the longest floats there are.
_LONG_ROUNDOFF = 1.01 * float(np.finfo(np.longdouble).eps) / 2
#: Chances of two counts up to which they are quotients of whole numbers, each rounded once.
_FEW_CHANCES = 20_000


class CountedCoalitions:
    """U of every coalition of the users who share at one profile, by counts.

    Parameters
    ----------
    exact : whether values are ``Fraction`` or floats; default as in :func:`payments_on_counts`

    Attributes
    ----------
    counts : for each type how many of its users are on each level
    tensor : U of sub-counts, one axis a type
    largest : the largest |U| that was met
    """

    def __init__(self, utility: Utility, profile: Sequence[int], exact: bool | None = None) -> None:
        if len(profile) != utility.n_users:
            raise InputError(f"profile: expected {utility.n_users} level indices, one a user, got {len(profile)}")
        self.utility = utility
        self.profile = tuple(profile)
        n_levels = len(utility.levels)
        wrong = sorted(set(self.profile) - set(range(n_levels)))
        if wrong:
            raise InputError(f"profile: level indices {wrong} are not among 0 … {n_levels - 1}")
        self.counts = np.zeros((len(utility.type_sizes), n_levels), dtype=np.int64)
        np.add.at(self.counts, (np.array(utility.types), np.array(self.profile)), 1)
        size = math.prod(int(count) + 1 for count in self.counts[:, 1:].flat)
        self.exact = (utility.rational and size <= EXACT_STATES) if exact is None else exact
        sharing = int(self.counts[:, 1:].sum())
        # Binomials have as many bits as there are users; users who are all alike need none.
        binomials = sharing**2 // 4 if np.count_nonzero(self.counts[:, 1:]) > 1 else 0
        memory.require(
            (400 if self.exact else 32) * size + binomials,
            f"Payments of {how_many(sharing)} users who share, by all {how_many(size)} counts of coalitions",
            "Put some users on level 0, or take fewer types.",
        )
        self.parts = [_Part(row, self.exact) for row in self.counts]
        self.largest = 0.0
        #: φ by (type, number of platform members) and (x, y).
        self._known: dict[tuple[int, int], dict[tuple[int, int], Any]] = {}
        self.tensor = self._utilities([part.rows for part in self.parts])

    @property
    def total(self) -> Any:
        """U of all who share."""
        return self.tensor.reshape(-1)[-1]  # NumPy's flat stops at 32 axes

    def _utilities(self, axes: Sequence[IntArray]) -> Array:
        if self.exact:
            return self.utility.exact_on_counts(axes).fractions()
        found = self.utility.on_counts(axes)
        self.largest = max(self.largest, float(np.abs(found).max()))
        return found

    def allocation(self, rule: Rule, share: Fraction | AlphaOfUtility) -> Allocation:
        """The payments at one share."""
        total = self.total
        factor: float | Fraction = share(total) if isinstance(share, AlphaOfUtility) else share
        factor = factor if self.exact else float(factor)
        values = self.own_values(rule.platform_members)
        paid = factor * values
        keeps = total - sum(paid) if rule.has_alpha else self._platform_value()
        residual = sum(paid) - factor * total if rule.has_alpha else keeps + sum(paid) - total
        error = self.error_of(factor)
        if isinstance(share, AlphaOfUtility) and not self.exact:
            error += share.spread(np.array(total), self.utility.rounding) * float(np.abs(values).max(initial=0.0))
        alpha = factor if rule.has_alpha else None
        return Allocation(paid, keeps, total, alpha, residual, error, self.exact, self.monotone, method="counts")

    def own_values(self, extra: int) -> Array:
        """φ_i of every user at the profile, shape (N,)."""
        found: dict[tuple[int, int], Any] = {}
        for number, part in enumerate(self.parts):
            pairs = [(level, level) for level in part.used]
            found |= {(number, x): value for (x, _), value in self.values(number, pairs, extra).items()}
        nothing = Fraction(0) if self.exact else 0.0
        paid = [found.get(key, nothing) for key in zip(self.utility.types, self.profile, strict=True)]
        return object_array(paid) if self.exact else np.array(paid, dtype=float)

    def values(self, number: int, moves: Sequence[tuple[int, int]], extra: int) -> dict[tuple[int, int], Any]:
        """φ of a user of one type who goes from level x to y, all others staying: for each (x, y) of ``moves``."""
        known = self._known.setdefault((number, extra), {})
        if missing := [move for move in moves if move not in known]:
            known |= self._values(number, missing, extra)
        return {move: known[move] for move in moves}

    def _values(self, number: int, moves: Sequence[tuple[int, int]], extra: int) -> dict[tuple[int, int], Any]:
        part = self.parts[number]
        n_others = sum(other.size for other in self.parts) - part.size
        means = self._means_of_type(number, [part.after(x, y) for x, y in moves if y])
        found: dict[tuple[int, int], Any] = {}
        for x, y in moves:
            if not y:
                found[x, y] = Fraction(0) if self.exact else 0.0
                continue
            own = part.without(x)
            alone = tuple(slice(0, count + 1) for count in own)
            joined = tuple(slice(k == y - 1, count + 1 + (k == y - 1)) for k, count in enumerate(own))
            gains = means[joined] - means[alone]
            left = _Part(np.array([0, *own]), self.exact)
            chances = _chances(left.size, n_others, extra, self.exact)[left.sizes].reshape(gains.shape)
            gains *= chances
            found[x, y] = (left.shares.reshape(gains.shape[:-1]) * gains.sum(axis=-1)).sum()
        return found

    def _means_of_type(self, number: int, boxes: Sequence[tuple[slice, ...]]) -> Array:
        """T(r, u) on a box of r two longer than the counts: at all sub-counts, and in ``boxes``."""
        others = [other for k, other in enumerate(self.parts) if k != number]
        box = tuple(int(count) + 2 for count in self.counts[number, 1:])
        wanted = np.zeros(box, dtype=bool)
        inner = tuple(slice(0, length - 1) for length in box)
        result = np.zeros((*box, sum(other.size for other in others) + 1), dtype=self.tensor.dtype)
        result[inner] = _mean_by_size(np.moveaxis(self.tensor, number, 0), others).reshape(result[inner].shape)
        for cells in boxes:
            wanted[cells] = True
        wanted[inner] = False
        if wanted.any():
            beyond = np.argwhere(wanted)
            size = int(self.counts[number].sum())
            rows = np.concatenate([size - beyond.sum(axis=1, keepdims=True), beyond], axis=1)
            axes = [rows if k == number else other.rows for k, other in enumerate(self.parts)]
            result[wanted] = _mean_by_size(np.moveaxis(self._utilities(axes), number, 0), others)
        return result

    def mean_by_size(self) -> Array:
        """The mean of U over the coalitions of each size, from nobody to all."""
        return np.asarray(_mean_by_size(self.tensor[None], self.parts)[0])

    def _platform_value(self) -> float | Fraction:
        """φ_p: the mean of U over the coalitions of each size, and over sizes (eq. 5)."""
        by_size = self.mean_by_size()
        value: float | Fraction = by_size.sum() / len(by_size)
        return value

    @property
    def error_bound(self) -> float:
        """Bound on the absolute error of each value; 0 where exact.

        U's own error enters with weight 2 at most, as does that of a mean: one rounding for each
        term of its sums, and some for each weight, more where weights are products of very many factors.
        """
        if self.exact:
            return 0.0
        operations = sum(len(part.rows) + 2 * part.size + 8 for part in self.parts) + 8
        # A chance of two counts for every level that is joined to others, and for those who came before.
        drift = int(np.count_nonzero(self.counts[:, 1:])) * _drift(sum(part.size for part in self.parts))
        return 2 * self.utility.rounding + 4 * (operations + drift) * _UNIT_ROUNDOFF * self.largest

    def error_of(self, factor: float | Fraction) -> float:
        """The same of each value times a factor, rounded once more."""
        return 0.0 if self.exact else abs(float(factor)) * (self.error_bound + 4 * _UNIT_ROUNDOFF * self.largest)

    @property
    def monotone(self) -> bool:
        """Whether no coalition loses by one more member."""
        lengths = [int(count) + 1 for row in self.counts for count in row[1:] if count]
        error = 0.0 if self.exact else self.utility.rounding
        return first_fall(self.tensor.reshape(lengths), error) is None


class _Part:
    """The users of one type who share, and the sub-counts that they may bring to a coalition.

    Attributes
    ----------
    rows : all count vectors with at most so many on each non-zero level, shape (S, L); the others on level 0
    sizes : how many share in each row
    shares : of all sets of so many of these users, how large a part has these counts
    """

    def __init__(self, counts: IntArray, exact: bool) -> None:
        self.counts = tuple(int(count) for count in counts)
        sharing = self.counts[1:]
        inside = np.indices([count + 1 for count in sharing]).reshape(len(sharing), -1).T
        self.sizes = inside.sum(axis=1)
        self.rows = np.concatenate([sum(self.counts) - self.sizes[:, None], inside], axis=1)
        self.size = sum(sharing)
        self.shares = _one(len(self.rows), exact) if self.alike else self._hypergeometric(exact)

    @property
    def alike(self) -> bool:
        """Whether all who share are on one level, so that there is one count of each size."""
        return self.size in self.counts[1:]

    def _hypergeometric(self, exact: bool) -> Array:
        if not exact and len(self.rows) > _FEW_CHANCES:
            return self._level_by_level()
        products = (math.prod(row) for row in product(*(_binomials(count) for count in self.counts[1:])))
        everything = _binomials(self.size)
        return _ratios(((way, everything[s]) for way, s in zip(products, self.sizes, strict=True)), exact)

    def _level_by_level(self) -> Array:
        shares, sizes = np.ones(1), np.zeros(1, dtype=np.int64)
        for joined, count in zip(accumulate(self.counts[1:], initial=0), self.counts[1:], strict=False):
            shares = (shares[:, None] * _hypergeometric(joined, count, exact=False)[sizes]).reshape(-1)
            sizes = np.add.outer(sizes, np.arange(count + 1)).reshape(-1)
        return shares

    @property
    def used(self) -> tuple[int, ...]:
        """The non-zero levels that somebody is on."""
        return tuple(level for level, count in enumerate(self.counts) if level and count)

    def without(self, level: int) -> tuple[int, ...]:
        """The counts on the non-zero levels without a user who is on ``level``."""
        return tuple(count - (k == level) for k, count in enumerate(self.counts) if k)

    def after(self, x: int, y: int) -> tuple[slice, ...]:
        """The box of counts of the coalitions that a user who goes from x to y may join, and then is in."""
        return tuple(slice(0, count + 1 + (k == y - 1)) for k, count in enumerate(self.without(x)))


def _mean_by_size(tensor: Array, parts: Sequence[_Part]) -> Array:
    """The mean of U over the coalitions of each size: all axes but the first, one a part, become one of sizes.

    The axes are joined from the last to the first; a set of s + u users has s of the one part
    and u of those joined before with the hypergeometric probability.
    """
    exact, size = tensor.dtype == object, 0
    joined = tensor[..., None]
    for part in reversed(parts):
        if part.alike and not size:
            joined, size = joined[..., 0], part.size
            continue
        result = np.zeros((*joined.shape[:-2], part.size + size + 1), dtype=tensor.dtype)
        if exact:
            result += Fraction(0)
        chances = _hypergeometric(part.size, size, exact)
        for s in range(part.size + 1):
            some = np.flatnonzero(part.sizes == s)
            mean = part.shares[some] @ joined[..., some, :]
            result[..., s : s + size + 1] += chances[s] * mean
        joined, size = result, size + part.size
    return joined


def _hypergeometric(own: int, others: int, exact: bool) -> Array:
    """C(own, s)·C(others, u) / C(own + others, s + u): that s of s + u users are among ``own``; shape (own + 1, …)."""
    if not own or not others:
        return _one(own + others + 1, exact).reshape(own + 1, others + 1)
    if not exact and (own + 1) * (others + 1) > _FEW_CHANCES:
        found = np.empty((own + 1, others + 1))
        for s, row in enumerate(found):
            row[:] = _chances_by_ratios(own, others, s)
        return found
    totals = _binomials(own + others)
    pairs = ((a * b, totals[s + u]) for s, a in enumerate(_binomials(own)) for u, b in enumerate(_binomials(others)))
    return _ratios(pairs, exact).reshape(own + 1, others + 1)


def _chances_by_ratios(own: int, others: int, s: int) -> Array:
    """C(own, s)·C(others, u) / C(own + others, s + u) of one s for all u, by quotients of neighbours.

    They are products of these from the largest on. Over u they sum to (own + others + 1)/(own + 1): to sum over
    them is to integrate (own + others + 1)·C(own, s)·x^s·(1 − x)^(own − s) from 0 to 1. So binomials of thousands of
    digits are not needed.
    """
    u = np.arange(others)
    more, less = (others - u) * (s + u + 1), (u + 1) * (own + others - s - u)
    mode = min(s * (others + 1) // own, others)
    found = np.ones(others + 1, dtype=np.longdouble)
    np.cumprod(np.divide(more[mode:], less[mode:], dtype=np.longdouble), out=found[mode + 1 :])
    np.cumprod(np.divide(less[:mode], more[:mode], dtype=np.longdouble)[::-1], out=found[:mode][::-1])
    found *= np.longdouble(own + others + 1) / (own + 1) / found.sum()
    return found


def _drift(n: int) -> float:
    """Bound on the relative error of a chance of two counts of at most n users in all, in roundings of floats.

    Two for each quotient, in the entry and in the sum that it is divided by, one for each term of that, and some.
    """
    return 0.0 if (n + 2) ** 2 <= 4 * _FEW_CHANCES else (5 * n + 16) * _LONG_ROUNDOFF / _UNIT_ROUNDOFF + 2


def _chances(own: int, others: int, extra: int, exact: bool) -> Array:
    """That a user meets s of ``own`` and u of ``others`` who came before, in random order; shape (own + 1, others + 1).

    With the platform as a member (``extra`` = 1), only orders in which it came before count.
    """
    n, found = own + others + 1, _hypergeometric(own, others, exact)
    if not extra:
        found *= Fraction(1, n) if exact else 1 / n
        return found
    first = np.add.outer(np.arange(own + 1), np.arange(others + 1)) + 1
    found *= first * Fraction(1, n * (n + 1)) if exact else first / (n * (n + 1))
    return found


def _one(size: int, exact: bool) -> Array:
    return np.full(size, Fraction(1)) if exact else np.ones(size)


@lru_cache(maxsize=100)
def _binomials(n: int) -> tuple[int, ...]:
    """C(n, 0), …, C(n, n)."""
    return tuple(accumulate(range(n), lambda before, k: before * (n - k) // (k + 1), initial=1))


def _ratios(pairs: Iterable[tuple[int, int]], exact: bool) -> Array:
    """Each quotient of integers as a ``Fraction``, or rounded once."""
    if exact:
        return object_array(Fraction(a, b) for a, b in pairs)
    return np.array([a / b for a, b in pairs])
