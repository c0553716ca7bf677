"""Deviation values of the federated mean: every user at every level, all others staying, in one pass.

The same sums as for payments. Who is out meets the group and the senders as they are; a member
meets the group without itself, a sender the senders without itself, wherever it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from fairgames import memory
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import DeviationValues
from fairgames.valuation.methods.exponential_sums.federated import (
    chance_of_first_member,
    chance_of_first_sender,
    of_all,
    of_others,
)
from fairgames.valuation.methods.exponential_sums.group import AggregateGroup
from fairgames.valuation.methods.exponential_sums.member_values import Inner, MemberValues
from fairgames.valuation.methods.exponential_sums.population import Population, federation_of
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.profile_sums import ProfileSums
from fairgames.valuation.methods.exponential_sums.sender_values import Leaving, of_absent, of_senders
from fairgames.valuation.methods.exponential_sums.senders import Senders
from fairgames.valuation.methods.exponential_sums.small_products import SMALL
from fairgames.valuation.methods.exponential_sums.subset_means import Items, Means

_EPS = float(np.finfo(float).eps)
#: Numbers held at a time for users who are left out together.
_BLOCK = 4_000_000


class FederatedDeviations:
    """Deviation values of a federated mean with equal weights, for one profile after another.

    Parameters
    ----------
    utility : U
    extra : of the rule (:class:`fairgames.valuation.rules.Rule`)

    Notes
    -----
    What does not depend on levels is computed once: the first profile takes longest.
    """

    def __init__(self, utility: Utility, extra: int) -> None:
        model, first = federation_of(utility), list(utility.first_of_type)
        values, weights = 1 / model.samples[first], model.importance[first]
        self.scale, self.extra = model.scale, extra
        self.everybody = Items(values, weights, np.array(utility.type_sizes))
        self.levels = list(model.levels)
        nobody = Items(values[:0], weights[:0], self.everybody.counts[:0])
        members = self.everybody if 1 in self.levels else nobody
        numbers = model.between, model.within, model.everybody
        self.precomputed = Precomputed.of(*numbers, self.everybody, members, model.minimum)
        self.adds = Senders.of(self.precomputed, self.everybody)

    def at(self, counts: IntArray) -> DeviationValues:
        """The deviation values at a profile with so many users of each type on each level, shape (T, L).

        Raises
        ------
        TooLargeError
            Before allocating, if the nodes do not fit in memory.
        """
        found = _Profile(self, [self._on(counts, level) for level in (0, 1, 2)])
        scale = self.scale
        offered = np.array(self.levels)
        values, error = found.deviation_values()
        total, (potential, slip) = found.population.utility, found.sums.potential(self.extra)
        keeps = potential if self.extra else 0.0
        own = np.einsum("txx->tx", values)[:, 1:]
        residual = float((own * np.stack(found.counts, axis=1)[:, 1:])[~np.isnan(own)].sum()) + keeps - total
        error = max(error, abs(residual) / max(1, found.sums.n_sharing))
        error += _EPS * float(np.nanmax(np.abs(values)))
        return DeviationValues(
            scale * values[:, offered[:, None], offered], scale * total, scale * potential, scale * error, scale * slip
        )

    def _on(self, counts: IntArray, level: int) -> IntArray:
        """How many of each type are on one of the three levels; none where it is not offered."""
        if level not in self.levels:
            return np.zeros(len(counts), dtype=np.int64)
        return np.asarray(counts[:, self.levels.index(level)])


class _Profile:
    """One profile: how many users of each type are out, members and senders."""

    def __init__(self, deviation_method: FederatedDeviations, counts: Sequence[IntArray]) -> None:
        self.deviation_method, self.precomputed, self.extra = (
            deviation_method,
            deviation_method.precomputed,
            deviation_method.extra,
        )
        self.counts = counts
        self.out, self.members, self.senders = (np.flatnonzero(part) for part in counts)
        self.sends = self._adds(self.senders, counts[2])
        self.group = AggregateGroup(self.precomputed, self._items(self.members, counts[1]))

    @property
    def population(self) -> Population:
        precomputed = self.precomputed
        items = self.sends.items, self.group.items
        return Population(precomputed.between, precomputed.within, *items, precomputed.importance, precomputed.minimum)

    @cached_property
    def sums(self) -> ProfileSums:
        return ProfileSums.of(self.group, self.sends)

    def deviation_values(self) -> tuple[FloatArray, float]:
        """By type and the three levels from and to, NaN where there is nobody; and a bound on the errors."""
        found = np.full((len(self.counts[0]), 3, 3), np.nan)
        for level, types in enumerate((self.out, self.members, self.senders)):
            found[types, level, 0] = 0.0
        answers = [self._absent_to_senders(found), self._senders(found)]
        if 1 in self.deviation_method.levels:
            answers += [self._absent_to_members(found), self._senders_to_members(found), self._members(found)]
        empty, slip = self.sums.empty
        numbers = self.precomputed.minimum, self.extra
        sending, joining = self.sends.items.total, self.group.items.total
        for level, there in enumerate((1, joining, sending)):
            if there:
                others = sending - (level == 2), joining - (level == 1)
                found[:, level, 1] += empty * chance_of_first_member(*others, *numbers)
                found[:, level, 2] += empty * chance_of_first_sender(*others, *numbers)
        return found, max(answers) + slip + 4 * self.precomputed.importance * self.precomputed.integral.error

    def _senders(self, found: FloatArray) -> float:
        found[self.senders, 2, 2], error = of_senders(self.sums, self.extra)
        return error

    def _absent_to_senders(self, found: FloatArray) -> float:
        found[self.out, 0, 2], error = of_absent(self.sums, self._adds(self.out, self.counts[0]), self.extra)
        return error

    def _absent_to_members(self, found: FloatArray) -> float:
        joining = self._joining(of_all(self.sums, self.sums.products, self.extra))
        return max([self._join(joining, self.out[some], 0, found) for some in self._together(self.out)], default=0.0)

    def _senders_to_members(self, found: FloatArray) -> float:
        sums, error = self.sums, 0.0
        for some in self._together(self.senders):
            parts = [
                of_all(sums, self.sends.without(number, sums.quadrature, sums.products), self.extra)
                for number in range(len(self.senders))[some]
            ]
            together = Inner(np.concatenate([part.pair for part in parts], axis=1), parts[0].mass)
            error = max(error, self._join(self._joining(together), self.senders[some], 2, found))
        return error

    def _joining(self, integrals: Inner) -> MemberValues:
        return MemberValues.of(self.group, integrals, 2 * self.sends.rounding)

    def _join(self, joining: MemberValues, types: IntArray, level: int, found: FloatArray) -> float:
        """Users from outside the group: the others in it are all members."""
        items = self.deviation_method.everybody
        found[types, level, 1], error = joining.values(
            self.group.means.stacked, items.values[types], items.weights[types]
        )
        return error

    def _members(self, found: FloatArray) -> float:
        """Members who stay, and who send instead."""
        if not len(self.members):
            return 0.0
        items, errors = self.group.items, [0.0]
        integrals = of_others(self.sums, self.extra)
        joining = self._joining(integrals)
        adds = self._adds(self.members, self.counts[1])
        leaving = Leaving.of(self.group, integrals, adds, 2 * self.sends.rounding)
        for some, means in _batches(self.group.without_each(), self._together(self.members)):
            found[self.members[some], 1, 1], error = joining.values(means, items.values[some], items.weights[some])
            errors.append(error)
            if 2 in self.deviation_method.levels:
                found[self.members[some], 1, 2], error = leaving.values(some, means, self.extra)
                errors.append(error)
        return max(errors)

    def _together(self, types: IntArray) -> list[slice]:
        """Types of which so many fit in memory at once."""
        if not len(types):
            return []
        n_t, n_u = len(self.precomputed.t), len(self.precomputed.fits.grid)
        each = len(self.group.nodes) * (2 * n_t + 8 * n_u)
        size = max(1, min(_BLOCK // each, SMALL // (n_t * n_u)))
        memory.require(8 * 8 * size * each, f"Prices of {size:,} users together", "Offer fewer levels.")
        return [slice(first, min(first + size, len(types))) for first in range(0, len(types), size)]

    def _items(self, types: IntArray, counts: IntArray) -> Items:
        items = self.deviation_method.everybody
        return Items(items.values[types], items.weights[types], counts[types])

    def _adds(self, types: IntArray, counts: IntArray) -> Senders:
        adds = self.deviation_method.adds
        return Senders(
            self.precomputed, self._items(types, counts), adds.falls[types], adds.gains[types], adds.constants[types]
        )


def _batches(each: Iterator[tuple[int, Means]], parts: Sequence[slice]) -> Iterator[tuple[slice, Means]]:
    """Means of some items at a time, in the order of the items, shape (B, K, U)."""
    for some in parts:
        means = [next(each)[1] for _ in range(some.start, some.stop)]
        yield some, Means(np.stack([one.plain for one in means]), np.stack([one.weighted for one in means]))
