"""Rules that weigh users by numbers of their own: a price per record, and Shapley's value with weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.typing import Array, FloatArray, Number
from fairgames.valuation.rules.base import Coalitions, PotentialKind, Rule
from fairgames.valuation.rules.parts import Parts


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


class PerRecord(ByWeights, Parts):
    """φ_i = U(ρ)·n_i/Σ_j n_j: one price for each record of those who share, whatever it adds."""

    name = "per-record"
    source = "in proportion to the data given (linear sharing, Yu et al. 2020)"

    def _with(self, samples: FloatArray) -> PerRecord:
        return PerRecord(samples.tolist())

    def part(self, user: int, _level: Fraction | float) -> Fraction:
        return self.user_weight(user)


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
        weights = tuple(map(self.user_weight, coalitions.users))
        found = [
            (coalitions.numbers(chances) * np.diff(coalitions.worths, axis=user).reshape(-1)).sum()
            for user, chances in enumerate(_chances(weights))
        ]
        return np.array(found, dtype=coalitions.worths.dtype)

    def potential_at(self, coalitions: Coalitions) -> Any:
        if not len(coalitions):
            return coalitions.total
        weights = tuple(map(self.user_weight, coalitions.users))
        counts = _over_supersets([1 / total if total else Fraction(0) for total in _totals(weights)])
        return (coalitions.numbers(counts) * coalitions.worths.reshape(-1)).sum()


@lru_cache(maxsize=4096)
def _chances(weights: tuple[Fraction, ...]) -> tuple[tuple[Fraction, ...], ...]:
    """For each user the chance that it comes after just these others, of every coalition of the others.

    The dividend of T is shared as w_i/w(T), so a coalition S of others counts Σ_{T ⊇ S∪i} (−1)^{|T−S|−1}·w_i/w(T),
    which is ≥ 0: in floats nothing cancels but U itself.
    """
    return tuple(
        tuple(_over_supersets([own / total for total in _totals((*weights[:user], *weights[user + 1 :]), own)]))
        for user, own in enumerate(weights)
    )


def _totals(weights: Sequence[Fraction], start: Fraction = Fraction(0)) -> list[Fraction]:
    """``start`` and the weights of the members of every coalition, the first user as the highest bit."""
    totals = [start]
    for weight in weights:
        totals = [total + part for total in totals for part in (0, weight)]
    return totals


def _over_supersets(values: list[Fraction]) -> list[Fraction]:
    """Σ_{T ⊇ S} (−1)^{|T−S|} of the values of T, of every coalition S."""
    step = 1
    while step < len(values):
        values = [value if place & step else value - values[place + step] for place, value in enumerate(values)]
        step *= 2
    return values
