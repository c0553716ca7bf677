"""From a federated mean and a profile to its populations of senders and members, and back to every user."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fairgames.federation import FederatedModel
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import Allocation, Cost, PaymentRequest, Values
from fairgames.valuation.deviation_values import DeviationMethod
from fairgames.valuation.methods.exponential_sums.federated import banzhaf_values, shapley_values
from fairgames.valuation.methods.exponential_sums.population import Population, federation_of
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.subset_means import Items
from fairgames.valuation.methods.kinds import distinct, kind_sizes
from fairgames.valuation.rules import Rule

_EPS = float(np.finfo(float).eps)
#: Answers that the same precomputed sums serve: sizes of groups differ, and so the fits that it keeps grow in number.
_ANSWERS_OF_A_FRAME = 1000


def why_not(question: PaymentRequest) -> str | None:
    """Why exponential sums cannot answer: they are made for U of the federated mean with equal weights."""
    model = question.utility.federation
    if model is None:
        return f"it is for the federated mean only, and the utility is {question.utility.kind}"
    if not model.equal:
        return "it is for a level-1 group that weighs all alike, and the aggregation is 'samples'"
    return None


def cost(question: PaymentRequest) -> Cost:
    """Products over distinct users at some nodes, and for members fits for each size of the group."""
    n = len(kind_sizes(question))
    return Cost(0.1 + 2e-3 * n + 1e-6 * n**2, 1e7 + 1e5 * n, 1e-12 * question.worth)


def divide(question: PaymentRequest, banzhaf: bool = False, precomputed: Precomputed | None = None) -> Values:
    """φ of every user, or Banzhaf's value; where :func:`why_not` gives no reason against it.

    ``precomputed``, as :func:`precomputed_of` gives it, is for φ at one profile after another.
    """
    model = federation_of(question.utility)
    levels = levels_of(model, question.profile)
    senders, members = (_Place.of(model, levels == level) for level in (2, 1))
    numbers = model.between, model.within, senders.items, members.items, model.everybody, model.minimum
    population = Population(*numbers)
    found = (
        banzhaf_values(population)
        if banzhaf
        else shapley_values(population, question.rule.platform_members, precomputed)
    )
    scale = model.scale
    values = np.zeros(len(levels))
    values[senders.users] = scale * found.senders[senders.which]
    values[members.users] = scale * found.members[members.which]
    error = scale * found.error + _EPS * float(np.abs(values).max(initial=0.0))
    platform = None if question.rule.has_alpha else scale * found.platform
    total = scale * population.utility
    if not banzhaf:
        error = max(error, least_error(values, platform, total, population.n_sharing))
    return Values(values, platform, total, error)


def precomputed_of(model: FederatedModel) -> Precomputed:
    """What serves every profile of these users, whatever they choose."""
    everybody = np.ones(len(model.samples), dtype=bool)
    senders, members = (_Place.of(model, everybody & (level in model.levels)).items for level in (2, 1))
    return Precomputed.of(model.between, model.within, model.everybody, senders, members, model.minimum)


def repeated(utility: Utility) -> Callable[[PaymentRequest], Allocation]:
    """Payments at one profile after another of the same users, from the same nodes and fits."""
    precomputed: Precomputed | None = None
    answers = 0

    def allocate(question: PaymentRequest) -> Allocation:
        nonlocal precomputed, answers
        if answers % _ANSWERS_OF_A_FRAME == 0:
            precomputed = precomputed_of(federation_of(utility))
        answers += 1
        return divide(question, precomputed=precomputed).allocation(question, "sums")

    return allocate


def deviations(utility: Utility, rule: Rule) -> DeviationMethod | None:
    """All deviations in one pass, for a federated mean with equal weights."""
    if utility.federation is None or not utility.federation.equal:
        return None
    from fairgames.valuation.methods.exponential_sums.deviation_values import FederatedDeviations

    return FederatedDeviations(utility, rule.platform_members)


def least_error(values: FloatArray, platform: float | None, total: float, n_sharing: int) -> float:
    """A lower bound on the largest error of the values, from how far their sum is from U."""
    return abs(float(values.sum()) + (platform or 0.0) - total) / max(1, n_sharing)


def levels_of(model: FederatedModel, profile: IntArray) -> IntArray:
    """The levels 0, 1 or 2 of all users, shape (N,)."""
    return np.array(model.levels)[profile]


class _Place:
    """The users at one level: who they are, and which item each of them is."""

    def __init__(self, users: IntArray, items: Items, which: IntArray) -> None:
        self.users = users
        self.items = items
        self.which = which

    @classmethod
    def of(cls, model: FederatedModel, there: BoolArray) -> _Place:
        users = np.flatnonzero(there)
        samples, one = distinct(model.samples[users])
        importance, other = distinct(model.importance[users])
        kinds, which = distinct(one * len(importance) + other)
        counts = np.bincount(which, minlength=len(kinds))
        return cls(
            users,
            Items(1 / samples[kinds // max(len(importance), 1)], importance[kinds % max(len(importance), 1)], counts),
            which,
        )
