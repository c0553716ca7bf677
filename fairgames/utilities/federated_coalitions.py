"""The federated mean's utility of thousands of coalitions at once, by counts of users of each kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairgames.federation import FederatedModel, group_total, of_member, of_sender
from fairgames.typing import FloatArray, IntArray

_UNIT_ROUNDOFF = 1.01 * float(np.finfo(float).eps) / 2


class FederatedCoalitions:
    """U at counts of members, one array a kind.

    Parameters
    ----------
    kinds : some user of each kind, and the level index it is on

    Attributes
    ----------
    rounding : bound on the absolute error of every U so far
    """

    def __init__(self, model: FederatedModel, kinds: Sequence[tuple[int, int]]) -> None:
        users = [user for user, _ in kinds]
        self.model, self.s2 = model, model.between
        self.samples, self.importance = model.samples[users].tolist(), model.importance[users].tolist()
        self.levels = [model.levels[level] for _, level in kinds]
        self.noises = [model.within / own for own in self.samples]
        # 1/V of those on level 2.
        self.sends = [
            1 / (noise + self.s2) * (level == 2) for noise, level in zip(self.noises, self.levels, strict=True)
        ]
        self.largest_log = float(model.largest_logs().max())
        self.rounding = 0.0

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        """U, shape (M,)."""
        model, numbers = self.model, [own.astype(float) for own in counts]
        group = self._group(numbers)
        precision = _weighted(numbers, self.sends) + group.precision
        mean_error = 1 / np.where(precision > 0, precision, 1.0)
        result, absent = np.zeros(len(precision)), np.full(len(precision), model.everybody)
        lost = 0.0
        for kind, (count, level, importance) in enumerate(zip(numbers, self.levels, self.importance, strict=True)):
            if level == 1:
                error, own_lost = group.member(kind, mean_error)
                # Too few for an aggregate: as if absent; where nobody is seen all is 0 below.
                error = np.where(group.formed, error, self.s2 + mean_error)
                lost = max(lost, own_lost)
            else:
                own, misfit = of_sender(self.s2, self.noises[kind] / (self.noises[kind] + self.s2))
                error = own + misfit**2 * mean_error
            there = importance * count
            result += there * np.log(model.reference / error)
            absent -= there
        result += absent * np.log(model.reference / (self.s2 + mean_error))
        operations = (2 * len(counts) + 20) * (1 + lost) + (2 * len(counts) + 8) * self.largest_log
        self.rounding = max(self.rounding, operations * _UNIT_ROUNDOFF * model.everybody * model.scale)
        return np.where(precision > 0, result, 0.0) * model.scale

    def _group(self, counts: Sequence[FloatArray]) -> _Group:
        members = [count * (level == 1) for count, level in zip(counts, self.levels, strict=True)]
        weights = [1.0] * len(counts) if self.model.equal else self.samples
        return _Group(members, weights, self.noises, self.s2, self.model.minimum)


class _Group:
    """The level-1 group: θ̂_f with weights u_k, 1 each or n_k each, that are not divided by their sum.

    ``sum`` is Σu, ``total`` Σu²V, and 1 where the group is empty; ``precision`` is 1/Var(θ̂_f), and 0 where it is not
    ``formed``.
    """

    def __init__(
        self, counts: Sequence[FloatArray], weights: Sequence[float], noises: Sequence[float], s2: float, minimum: int
    ) -> None:
        self.counts, self.weights, self.s2 = counts, weights, s2
        self.noise = _weighted(counts, [weight**2 * noise for weight, noise in zip(weights, noises, strict=True)])
        self.sum = _weighted(counts, weights)
        total = group_total(s2, _weighted(counts, [weight**2 for weight in weights]), self.noise)
        self.total = np.where(total > 0, total, 1.0)
        self.formed = _weighted(counts, [1.0] * len(counts)) >= minimum
        self.precision = np.where(self.formed, self.sum**2 / self.total, 0.0)

    def member(self, kind: int, mean_error: FloatArray) -> tuple[FloatArray, float]:
        """EMSE of a member, 1 where there is none, and how much more than once it magnifies rounding.

        Of the terms of the misfit some are negative where weights differ.
        """
        s2, weight, there = self.s2, self.weights[kind], self.counts[kind] > 0
        counts = [*self.counts[:kind], np.maximum(self.counts[kind] - 1, 0), *self.counts[kind + 1 :]]
        others = _weighted(counts, [other**2 for other in self.weights])
        unlike = _weighted(self.counts, [other * (other - weight) for other in self.weights])
        own, misfit = of_member(s2, others, unlike, self.noise, self.total)
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
