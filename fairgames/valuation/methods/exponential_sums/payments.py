"""From a federated mean and a profile to its populations of senders and members, and back to every user."""

from __future__ import annotations

import numpy as np

from fairgames.typing import Array, BoolArray, FloatArray, IntArray
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.valuation.allocation import PaymentRequest, Values
from fairgames.valuation.methods.exponential_sums.federated import banzhaf_values, shapley_values
from fairgames.valuation.methods.exponential_sums.population import Population
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.subset_means import Items

_EPS = float(np.finfo(float).eps)


def why_not_sums(question: PaymentRequest) -> str | None:
    """Why exponential sums cannot answer: they are made for U of the federated mean with equal weights."""
    utility = question.utility
    if not isinstance(utility, FederatedMean):
        return f"it is for the federated mean only, and the utility is {utility.kind}"
    if utility.aggregation != "equal":
        return "it is for a level-1 group that weighs all alike, and the aggregation is 'samples'"
    return None


def divide(question: PaymentRequest, banzhaf: bool = False, precomputed: Precomputed | None = None) -> Values:
    """φ of every user, or Banzhaf's value; where :func:`why_not_sums` gives no reason against it.

    ``precomputed``, as :func:`precomputed_of` gives it, is for φ at one profile after another.
    """
    utility = question.utility
    assert isinstance(utility, FederatedMean)
    levels = levels_of(utility, question.profile)
    senders, members = (_Place.of(utility, levels == level) for level in (2, 1))
    population = Population(
        utility.between, utility.within, senders.items, members.items, float(utility.users.importance.sum())
    )
    found = banzhaf_values(population) if banzhaf else shapley_values(population, question.rule.platform_members, precomputed)
    scale = float(utility.scale)
    values = np.zeros(utility.n_users)
    values[senders.users] = scale * found.senders[senders.which]
    values[members.users] = scale * found.members[members.which]
    error = scale * found.error + _EPS * float(np.abs(values).max(initial=0.0))
    platform = None if question.rule.has_alpha else scale * found.platform
    total = scale * population.utility
    if not banzhaf:
        error = max(error, least_error(values, platform, total, population.n_sharing))
    return Values(values, platform, total, error)


def precomputed_of(utility: FederatedMean) -> Precomputed:
    """What serves every profile of these users, whatever they choose."""
    everybody = np.ones(utility.n_users, dtype=bool)
    senders, members = (_Place.of(utility, everybody & (level in utility.levels)).items for level in (2, 1))
    return Precomputed.of(utility.between, utility.within, float(utility.users.importance.sum()), senders, members)


def least_error(values: FloatArray, platform: float | None, total: float, n_sharing: int) -> float:
    """How far off some value must be, as they all do not add up to U, which they should and which is known."""
    return abs(float(values.sum()) + (platform or 0.0) - total) / max(1, n_sharing)


def levels_of(utility: FederatedMean, profile: IntArray) -> IntArray:
    """The levels 0, 1 or 2 of all users, shape (N,)."""
    return np.array([int(level) for level in utility.levels])[profile]


class _Place:
    """The users at one level: who they are, and which item each of them is."""

    def __init__(self, users: IntArray, items: Items, which: IntArray) -> None:
        self.users = users
        self.items = items
        self.which = which

    @classmethod
    def of(cls, utility: FederatedMean, there: BoolArray) -> _Place:
        users = np.flatnonzero(there)
        assert utility.users.samples is not None
        samples, one = distinct(utility.users.samples[users])
        importance, other = distinct(utility.users.importance[users])
        kinds, which = distinct(one * len(importance) + other)
        counts = np.bincount(which, minlength=len(kinds))
        return cls(
            users,
            Items(1 / samples[kinds // max(len(importance), 1)], importance[kinds % max(len(importance), 1)], counts),
            which,
        )


def distinct(values: Array) -> tuple[Array, IntArray]:
    """The distinct values, ascending, and which of them each is; quick where they are few."""
    found = np.unique(values)
    return found, np.searchsorted(found, values)
