"""Rules that weigh users by numbers of their own: a price per record, and Shapley's value with weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Self

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.typing import Array, FloatArray, Number
from fairgames.valuation.rules.base import Coalitions, PotentialKind, Rule


class ByWeights(Rule):
    """A rule with a weight above 0 for each user; by default the users' numbers of samples.

    Parameters
    ----------
    weights : one a user; None: the samples, which a game or a federated mean knows

    Raises
    ------
    InputError
        If a weight is no finite number above 0.
    """

    symmetric = False

    def __init__(self, weights: Sequence[Number] | FloatArray | None = None) -> None:
        self.weights = None if weights is None else tuple(to_fraction(one, "weights") for one in weights)
        if wrong := [weight for weight in self.weights or () if weight <= 0]:
            raise InputError(f"weights: expected numbers above 0, one a user, got {', '.join(map(str, wrong))}")

    def of_samples(self, samples: FloatArray | None) -> Rule:
        return self if self.weights is not None or samples is None else self._with(samples)

    @abstractmethod
    def _with(self, samples: FloatArray) -> Self:
        """The same rule with these weights."""

    def user_weight(self, user: int) -> Fraction:
        if self.weights is None:
            raise InputError(
                f"rule {self.name!r} ({self.source}) weighs users by their samples, which are not known here; "
                f"state `samples`, or give {type(self).__name__}([…]) weights of its own"
            )
        if user >= len(self.weights):
            raise InputError(
                f"weights: got {len(self.weights)}, expected one for each user, and there is a user number {user + 1}"
            )
        return self.weights[user]


class PerRecord(ByWeights):
    """φ_i = U(ρ)·n_i/Σ_j n_j: one price for each record of those who share, whatever it adds."""

    name = "per-record"
    source = "in proportion to the data given (linear sharing, Yu et al. 2020)"
    steepness = 1.0

    def _with(self, samples: FloatArray) -> PerRecord:
        return PerRecord(samples.tolist())

    def values(self, coalitions: Coalitions) -> Array:
        records = [self.user_weight(user) for user in coalitions.users]
        whole = sum(records, start=Fraction(0))
        return np.asarray(coalitions.numbers(part / whole for part in records) * coalitions.total)


class WeightedShapley(ByWeights):
    """Every dividend is shared by the members of its coalition in proportion to their weights.

    With d_S the dividends, P(ρ) = Σ_S d_S/w(S) is the potential: φ_i = w_i·(P(ρ) − P(ρ with ρ_i = 0)).
    """

    name = "weighted-shapley"
    source = "Shapley 1953; Kalai & Samet 1987; potential: Hart & Mas-Colell 1989"
    potential: PotentialKind | None = "weighted"
    null_user = True

    def _with(self, samples: FloatArray) -> WeightedShapley:
        return WeightedShapley(samples.tolist())

    def values(self, coalitions: Coalitions) -> Array:
        n = len(coalitions)
        shared, weights = self._shared(coalitions), coalitions.numbers(map(self.user_weight, coalitions.users))
        found = [weights[user] * np.take(shared, [1], axis=user).sum() for user in range(n)]
        return np.array(found, dtype=shared.dtype)

    def potential_at(self, coalitions: Coalitions) -> Any:
        return self._shared(coalitions).sum() if len(coalitions) else coalitions.total

    def _shared(self, coalitions: Coalitions) -> Array:
        """d_S/w(S) of every coalition, 0 of the empty one; shape (2,)·n."""
        dividends = coalitions.worths.copy()
        for user in range(len(coalitions)):
            inside = np.moveaxis(dividends, user, 0)
            inside[1] = inside[1] - inside[0]
        totals = [Fraction(0)]
        for user in coalitions.users:
            weight = self.user_weight(user)
            totals = [total + part for total in totals for part in (0, weight)]
        parts = coalitions.numbers(1 / total if total else 0 for total in totals)
        return np.asarray(dividends * parts.reshape(dividends.shape))
