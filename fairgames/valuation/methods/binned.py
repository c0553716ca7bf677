"""Payments of a million distinct users of a federated mean: their numbers of samples rounded to a few, twice.

Users at one level and of one importance are put into bins of equal width in log n. Two values stand for
the users of a bin, with the same mean and variance of 1/n, so what is missed falls with the fourth
power of the width. Each user is paid what a user with just its own n would be, by interpolation between
the bins. All of it is done with half as many bins too: the difference is the error that is stated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairgames.federation import FederatedModel
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.valuation.allocation import Cost, PaymentRequest, Values
from fairgames.valuation.methods.exponential_sums.federated import banzhaf_values, shapley_values
from fairgames.valuation.methods.exponential_sums.payments import least_error, levels_of
from fairgames.valuation.methods.exponential_sums.payments import why_not as why_not_sums
from fairgames.valuation.methods.exponential_sums.population import Population, federation_of
from fairgames.valuation.methods.exponential_sums.subset_means import Items

#: Bins for each level and importance.
_BINS = 24
#: Different importances for which bins are kept.
_MOST_IMPORTANCES = 4
#: Users who must share: with emptier bins the difference to fewer bins would say too little.
_FEWEST = 1000
#: What that difference is multiplied by. Where errors fall as they should, the true one is a fifteenth of it.
_SAFETY = 2.0
#: Bins to interpolate between: 4 is a cubic.
_NEIGHBOURS = 4


def why_not(question: PaymentRequest) -> str | None:
    """The reason why binning cannot be used, or None: it needs what sums need, and few importances."""
    if reason := why_not_sums(question):
        return reason
    if question.n_sharing < _FEWEST:
        return (
            f"it is for {_FEWEST:,} users or more who share, so that its bins are full, and {question.n_sharing:,} do"
        )
    distinct = len(np.unique(federation_of(question.utility).importance))
    if distinct > _MOST_IMPORTANCES:
        return f"it keeps bins for at most {_MOST_IMPORTANCES} importances, and the users have {distinct:,}"
    return None


def cost(question: PaymentRequest) -> Cost:
    """Sums over a few dozen bins for each level and importance, twice."""
    return Cost(3.0, 2e8 + 200.0 * question.utility.n_users, 1e-4 * question.worth / max(1, question.n_sharing))


def divide(question: PaymentRequest, banzhaf: bool = False) -> Values:
    """φ of every user, or Banzhaf's value, with the difference to half as many bins as its error.

    That is measured, not proven.
    """
    model = federation_of(question.utility)
    coarse, fine = (_Binning(model, question, bins) for bins in (_BINS // 2, _BINS))
    values, platform, error = fine.values(question.rule.platform_members, banzhaf)
    other, _, _ = coarse.values(question.rule.platform_members, banzhaf)
    error += _SAFETY * float(np.abs(values - other).max(initial=0.0))
    scale = model.scale
    values, error, total = scale * values, scale * error, scale * fine.everybody.utility
    keeps = None if question.rule.has_alpha else scale * platform
    if not banzhaf:
        error = max(error, least_error(values, keeps, total, question.n_sharing))
    return Values(values, keeps, total, error)


class _Binning:
    """All users who share in so many bins.

    Attributes
    ----------
    everybody : as they are
    parts : those of each level and importance in their bins
    """

    def __init__(self, model: FederatedModel, question: PaymentRequest, bins: int) -> None:
        levels, importance = levels_of(model, question.profile), model.importance
        self.noise = 1 / model.samples
        self.parts = {level: list(_parts(self.noise, importance, levels == level, bins)) for level in (1, 2)}
        self.model = model

    @property
    def everybody(self) -> Population:
        users = {
            level: np.concatenate([part.users for part in parts] or [_NOBODY]) for level, parts in self.parts.items()
        }
        items = {
            level: Items(self.noise[of], self.model.importance[of], np.ones(len(of), dtype=np.int64))
            for level, of in users.items()
        }
        return self._population(items)

    def values(self, extra: int, banzhaf: bool) -> tuple[FloatArray, float, float]:
        """φ of every user (or Banzhaf's value), shape (N,), φ_p, and the bound on the error of the sums themselves."""
        items = {
            level: Items(
                np.concatenate([part.values for part in parts] or [np.zeros(0)]),
                np.concatenate([np.full(len(part.values), part.importance) for part in parts] or [np.zeros(0)]),
                np.concatenate([part.counts for part in parts] or [_NOBODY]),
            )
            for level, parts in self.parts.items()
        }
        population = self._population(items)
        sums = banzhaf_values(population) if banzhaf else shapley_values(population, extra)
        found = np.zeros(len(self.noise))
        for parts, values in ((self.parts[1], sums.members), (self.parts[2], sums.senders)):
            begin = 0
            for part in parts:
                end = begin + len(part.values)
                found[part.users] = _interpolated(
                    np.log(part.values), values[begin:end], np.log(self.noise[part.users])
                )
                begin = end
        return found, sums.platform, sums.error

    def _population(self, items: dict[int, Items]) -> Population:
        model = self.model
        return Population(model.between, model.within, items[2], items[1], model.everybody, model.minimum)


_NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Part:
    """Users of one level and importance; ``values`` of 1/n, ascending, stand for ``counts`` of them each."""

    users: IntArray
    importance: float
    values: FloatArray
    counts: IntArray


def _parts(noise: FloatArray, importance: FloatArray, there: BoolArray, bins: int) -> Iterator[_Part]:
    for weight in np.unique(importance[there]).tolist():
        users = np.flatnonzero(there & (importance == weight))
        own = noise[users]
        values, counts = _representatives(own, bins)
        yield _Part(users, weight, values, counts)


def _representatives(values: FloatArray, bins: int) -> tuple[FloatArray, IntArray]:
    """For each bin two values with its users' mean and variance: half of its users each."""
    place, low = np.log(values), float(np.log(values.min()))
    width = max((float(place.max()) - low) / bins, 1e-12)
    number = np.minimum(((place - low) / width).astype(np.int64), bins - 1)
    counts = np.bincount(number, minlength=bins)
    some = counts > 0
    sums = np.bincount(number, values, minlength=bins)
    mean = np.where(some, sums / np.maximum(counts, 1), 0.0)
    variance = np.bincount(number, (values - mean[number]) ** 2, minlength=bins) / np.maximum(counts, 1)
    left = counts // 2
    right = counts - left
    apart = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = np.stack([mean - apart * np.sqrt(right / left), mean + apart * np.sqrt(left / right)], axis=1)
    numbers = np.stack([left, right], axis=1)
    single = (variance <= (1e-12 * mean) ** 2) | (left == 0)
    pairs[single], numbers[single, 0], numbers[single, 1] = mean[single, None], 0, counts[single]
    kept = numbers.ravel() > 0
    return pairs.ravel()[kept], numbers.ravel()[kept]


def _interpolated(nodes: FloatArray, values: FloatArray, places: FloatArray) -> FloatArray:
    """The cubic through the four nearest nodes, at every place; nodes ascending."""
    near = min(_NEIGHBOURS, len(nodes))
    first = np.clip(np.searchsorted(nodes, places) - near // 2, 0, len(nodes) - near)
    found = np.zeros(len(places))
    for own in range(near):
        weight = values[first + own].copy()
        for other in range(near):
            if other != own:
                weight *= (places - nodes[first + other]) / (nodes[first + own] - nodes[first + other])
        found += weight
    return found
