"""U at any counts of users by kind, with a bound on |U| and one on its rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.utilities.linear_laplace import LinearLaplace

#: A type's number and a level index.
Kind: TypeAlias = tuple[int, int]

_UNIT_ROUNDOFF = 1.01 * float(np.finfo(float).eps) / 2


class UtilityOnCounts:
    """U of coalitions of users of given kinds, whoever they are.

    Attributes
    ----------
    largest : the largest |U| so far
    rounding : bound on the absolute error of every U so far
    """

    def __init__(self, utility: Utility, kinds: Sequence[Kind]) -> None:
        self.utility = utility
        self.kinds = kinds
        self.federation = _Federation(utility, kinds) if isinstance(utility, FederatedMean) else None
        self.rounding = utility.float_rounding if isinstance(utility, LinearLaplace) else utility.rounding
        if self.federation:
            self.rounding = 0.0
        self.largest = 0.0

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        """U where ``counts`` has one array of members a kind."""
        found = self._at(counts)
        self.largest = max(self.largest, float(np.abs(found).max(initial=0.0)))
        return found

    def _at(self, counts: Sequence[IntArray]) -> FloatArray:
        if self.federation:
            found = self.federation.at([own.astype(float) for own in counts])
            self.rounding = max(self.rounding, self.federation.rounding)
            return found
        if isinstance(self.utility, LinearLaplace):
            return self.utility.at_counts(self._by_level(counts)[1:].astype(float))
        if len(self.utility.type_sizes) == 1:
            return self.utility.on_counts([self._by_level(counts).T])
        return np.array([self.utility.at(self._profile(row)) for row in np.stack(counts, axis=1)])

    def _by_level(self, counts: Sequence[IntArray]) -> IntArray:
        """How many users are on each level, shape (L, M), where all are of one type."""
        result = np.zeros((len(self.utility.levels), len(counts[0])), dtype=np.int64)
        for (_, level), own in zip(self.kinds, counts, strict=True):
            result[level] = own
        result[0] = self.utility.n_users - result.sum(axis=0)
        return result

    def _profile(self, counts: IntArray) -> list[int]:
        """The first users of each type are in, the lowest kinds first."""
        types = np.asarray(self.utility.types)
        profile = np.zeros(len(types), dtype=np.int64)
        for (number, level), count in zip(self.kinds, counts.tolist(), strict=True):
            profile[np.flatnonzero((types == number) & (profile == 0))[:count]] = level
        return list(profile.tolist())


class _Federation:
    """The formulas of :class:`FederatedMean` on arrays of counts, one a kind.

    Attributes
    ----------
    rounding : bound on the absolute error of every U so far
    """

    def __init__(self, utility: FederatedMean, kinds: Sequence[Kind]) -> None:
        assert utility.users.samples is not None
        users = [utility.first_of_type[number] for number, _ in kinds]
        self.scale, self.s2, self.r2 = float(utility.scale), utility.between, utility.within
        self.samples = utility.users.samples[users].tolist()
        self.importance = utility.users.importance[users].tolist()
        self.everybody = float(utility.users.importance.sum())
        self.levels = [int(utility.levels[level]) for _, level in kinds]
        # 1/V of those on level 2.
        self.sends = [
            1 / (self.r2 / own + self.s2) * (level == 2) for own, level in zip(self.samples, self.levels, strict=True)
        ]
        self.equal = utility.aggregation == "equal"
        self.largest_log = float(_logs_of_best(utility).max())
        self.rounding = 0.0

    def at(self, counts: Sequence[FloatArray]) -> FloatArray:
        """U, shape (M,)."""
        reference, group = self.r2 + 2 * self.s2, self._group(counts)
        precision = _weighted(counts, self.sends) + group.precision
        mean_error = 1 / np.where(precision > 0, precision, 1.0)
        result, absent = np.zeros(len(precision)), np.full(len(precision), self.everybody)
        lost = 0.0
        for kind, (count, level, importance) in enumerate(zip(counts, self.levels, self.importance, strict=True)):
            if level == 1:
                error, own_lost = group.member(kind, mean_error)
                lost = max(lost, own_lost)
            else:
                error = self._of_sender(kind, mean_error)
            there = importance * count
            result += there * np.log(reference / error)
            absent -= there
        result += absent * np.log(reference / (self.s2 + mean_error))
        operations = (2 * len(counts) + 20) * (1 + lost) + (2 * len(counts) + 8) * self.largest_log
        self.rounding = max(self.rounding, operations * _UNIT_ROUNDOFF * self.everybody * self.scale)
        return np.where(precision > 0, result, 0.0) * self.scale

    def _group(self, counts: Sequence[FloatArray]) -> _Group:
        members = [count * (level == 1) for count, level in zip(counts, self.levels, strict=True)]
        weights = [1.0] * len(counts) if self.equal else self.samples
        return _Group(members, weights, [self.r2 / own for own in self.samples], self.s2)

    def _of_sender(self, kind: int, mean_error: FloatArray) -> FloatArray:
        noise = self.r2 / self.samples[kind]
        share: float = noise / (noise + self.s2)
        return self.s2 * share + share**2 * mean_error


class _Group:
    """The level-1 group: θ̂_f with weights u_k, 1 each or n_k each, that are not divided by their sum.

    ``sum`` is Σu, ``total`` Σu²V, and 1 where the group is empty; ``precision`` is 1/Var(θ̂_f).
    """

    def __init__(
        self, counts: Sequence[FloatArray], weights: Sequence[float], noises: Sequence[float], s2: float
    ) -> None:
        self.counts, self.weights, self.s2 = counts, weights, s2
        self.noise = _weighted(counts, [weight**2 * noise for weight, noise in zip(weights, noises, strict=True)])
        self.sum = _weighted(counts, weights)
        total = s2 * _weighted(counts, [weight**2 for weight in weights]) + self.noise
        self.total = np.where(total > 0, total, 1.0)
        self.precision = self.sum**2 / self.total

    def member(self, kind: int, mean_error: FloatArray) -> tuple[FloatArray, float]:
        """EMSE of a member, 1 where there is none, and how much more than once it magnifies rounding.

        Of the terms of the misfit some are negative where weights differ.
        """
        s2, weight, there = self.s2, self.weights[kind], self.counts[kind] > 0
        others = [*self.counts[:kind], np.maximum(self.counts[kind] - 1, 0), *self.counts[kind + 1 :]]
        own = s2 * (s2 * _weighted(others, [other**2 for other in self.weights]) + self.noise) / self.total
        unlike = _weighted(self.counts, [other * (other - weight) for other in self.weights])
        misfit = (s2 * unlike + self.noise) / self.total
        error = np.where(there, own + misfit**2 * mean_error, 1.0)
        lost = 2 * np.abs(misfit) * mean_error * (1 + s2 * weight * self.sum / self.total) / error
        return error, float(np.where(there, lost, 0.0).max(initial=0.0))


def _weighted(counts: Sequence[FloatArray], factors: Sequence[float]) -> FloatArray:
    """Σ of counts times factors, kind by kind."""
    result = np.zeros(len(counts[0]))
    for count, factor in zip(counts, factors, strict=True):
        if factor:
            result += factor * count
    return result


def _logs_of_best(utility: FederatedMean) -> FloatArray:
    """A bound on log((r² + 2s²)/EMSE_i) for each user, shape (N,); see :func:`bound_of`."""
    assert utility.users.samples is not None
    noise = utility.within / utility.users.samples
    share, least = noise / (noise + utility.between), 1 / float((1 / (noise + utility.between)).sum())
    logs: FloatArray = np.log((utility.within + 2 * utility.between) / (utility.between * share + share**2 * least))
    return logs


def bound_of(utility: Utility) -> float | None:
    """A bound on |U| at any counts; None where none is known.

    Linear-Laplace: U ≤ 1 times its scale. Federated mean: no estimate of θ_i from less is better
    than that from all users' own means, whose error is s²·w + w²·x with w = (r²/n_i)/V_i and
    1/x = Σ 1/V_k; and none is worse than r² + 2s², which is that of nobody's data.
    """
    if isinstance(utility, LinearLaplace):
        return float(utility.scale)
    if isinstance(utility, FederatedMean):
        # A little more for the rounding of the bound itself.
        return 1.000001 * float(utility.scale) * float(utility.users.importance @ _logs_of_best(utility))
    return None
