"""Federated mean estimation with secure aggregation (Section 4; Propositions 4 and 5)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from fairgames.certain import Real
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.federation import FederatedModel, of_sender
from fairgames.text import shown
from fairgames.typing import Axes, FloatArray, Number
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import Kind
from fairgames.utilities.counts import CountAxes, numbered_rows
from fairgames.utilities.federated_coalitions import FederatedCoalitions
from fairgames.utilities.federated_grids import CountGrid, Grid, ProfileGrid, Term
from fairgames.utilities.federated_groups import EqualGroup, SampleGroup
from fairgames.utilities.federated_logarithms import FederatedLogarithms

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2

Aggregation = Literal["equal", "samples"]


class FederatedMean(Utility):
    """U(ρ) = Σ_i a_i log((r² + 2s²) / EMSE_i(ρ)), eq. 15, in nats times ``scale``.

    Users on level 2 send their mean θ̂_i, those on level 1 are seen only through the mean
    θ̂_f of their group, those on level 0 send nothing (Table 1). EMSE_i is that of the best
    linear unbiased estimator of θ_i from what the platform sees.

    Parameters
    ----------
    users : with ``samples``
    between : s² = Var(θ_i), between-user variance: 0, or from 1e-60 to 1e60
    within : r² = E[σ_i²], within-user variance, in the same unit: from 1e-60 to 1e60
    levels : a subset of 0, 1, 2 that holds 0
    aggregation : "equal" (the papers' θ̂_f) or "samples" (weights n_k, as in FedAvg)
    scale : money per nat
    minimum_aggregate : how many users must be on level 1 for θ̂_f to be formed, a whole number ≥ 1: where fewer are,
        secure aggregation reveals nothing of them, as if they were on level 0. 1 (the papers) lets a lone member's
        aggregate through, which is its own mean; it hides among others from 2 on

    Raises
    ------
    InputError
        Naming every fault at once.

    Notes
    -----
    With V_k = r²/n_k + s² and A = Σ_{level 2} 1/V_k, G = A + 1/Var(θ̂_f) is the precision of
    the best estimate of the population mean, and x = 1/G its error. A user without data of
    its own has EMSE s² + x. Level 2 has s² − s⁴/V_i + (1 − s²/V_i)²·x, a member of an
    equally weighted group of k with B = Σ V has s² − s⁴/B + (1 − s²k/B)²·x. Every difference
    is written below as the sum of positive terms that it is, so nothing cancels.

    U need not be monotone: a second member of the level-1 group can lower it, since two
    members can no longer be told apart. With a ``minimum_aggregate`` of k > 1, who makes the k-th member brings the
    data of all k, and a member who leaves k takes them along, also to level 2.

    >>> users = Users(samples=[10, 10])
    >>> utility = FederatedMean(users, between=1.0, within=10.0)
    >>> utility.at((1, 0)) == utility.at((2, 0))  # a lone member hides nothing
    True
    >>> FederatedMean(users, between=1.0, within=10.0, minimum_aggregate=2).at((1, 0))  # its aggregate is not formed
    0.0
    """

    kind: ClassVar[str] = "federated-mean"
    _vouched = True

    def __init__(
        self,
        users: Users,
        between: Number,
        within: Number,
        levels: Sequence[Number] = (0, 1, 2),
        aggregation: Aggregation = "equal",
        scale: Number = 1,
        minimum_aggregate: Number = 1,
    ) -> None:
        super().__init__(len(users), levels, scale)
        faults: list[str] = []
        between = _variance(between, "between-user variance", faults, zero=True)
        within = _variance(within, "within-user variance", faults)
        if not set(self.levels) <= {0, 1, 2}:
            faults.append(f"levels: expected a subset of 0, 1, 2, got {list(levels)}")
        if aggregation not in ("equal", "samples"):
            faults.append(f"aggregation: expected 'equal' or 'samples', got {aggregation!r}")
        minimum = _whole(minimum_aggregate, "minimum_aggregate", faults)
        if users.samples is None:
            faults.append("users: the federated mean needs samples (n_i) for every user")
        if faults or users.samples is None:
            raise InputError(faults)
        self.users = users
        self.between = between
        self.within = within
        self.aggregation: Aggregation = aggregation
        self.minimum_aggregate = minimum
        self._samples = users.samples
        self._reference = self.within + 2 * self.between
        # r²/n_i relative to V_i: the share of user i's own mean that is noise.
        self._noise = self.within / self._samples
        self._noise_share = self._noise / (self._noise + self.between)

    def described(self) -> str:
        return (
            f"{super().described()}, between {self.between!r}, within {self.within!r}, "
            f"aggregation {self.aggregation}, minimum aggregate {self.minimum_aggregate}, "
            f"samples {shown(self._samples.tolist())}, "
            f"importance {shown(self.users.importance.tolist())}"
        )

    @property
    def rounding(self) -> float:
        """N + 26 roundings in each ratio under a logarithm, those of its inputs among them, its own, N additions."""
        weight = float(self.users.importance.sum())
        smallest = min(float((self.between * self._noise_share).min()), self._reference)
        largest_log = abs(math.log(self._reference / smallest)) if smallest > 0 else 40.0
        operations = (self.n_users + 26) * self._amplification + (self.n_users + 4) * largest_log
        # Below the smallest normal number rounding is no longer relative.
        return operations * (weight * _UNIT_ROUNDOFF * float(self.scale) + float(np.finfo(float).tiny))

    @property
    def _amplification(self) -> float:
        """How much rounding a member's EMSE magnifies: only weights n_k leave a difference that can cancel."""
        if self.aggregation == "equal" or self.between == 0:
            return 1.0
        s2, r2, least, most = self.between, self.within, self._samples.min(), self._samples.max()
        return float(1 + (1 + self.n_users) * (s2 * most + r2) / math.sqrt(s2 * (s2 * least**2 + r2 * least)))

    @cached_property
    def types(self) -> tuple[int, ...]:
        """Users alike in (n, a) are exchangeable."""
        return numbered_rows(self._samples, self.users.importance)

    @cached_property
    def type_sizes(self) -> tuple[int, ...]:
        return super().type_sizes

    @cached_property
    def federation(self) -> FederatedModel:
        levels = tuple(int(level) for level in self.levels)
        return FederatedModel(
            self.between,
            self.within,
            self._samples,
            self.users.importance,
            levels,
            self.aggregation == "equal",
            float(self.scale),
            self.minimum_aggregate,
        )

    @cached_property
    def bound(self) -> float:
        """Σ a·log((r² + 2s²)/EMSE) with everybody's own means seen, and a little more for its own rounding."""
        model = self.federation
        return 1.000001 * model.scale * float(model.importance @ model.largest_logs())

    def coalitions(self, kinds: Sequence[Kind]) -> FederatedCoalitions:
        return FederatedCoalitions(self.federation, [(self.first_of_type[number], level) for number, level in kinds])

    def exactly(self, profile: Sequence[int]) -> Real:
        """U at one profile as a sum of logarithms of rationals: variances, samples and weights read as written."""
        return self.exactly_on_counts(Counter(zip(self.types, profile, strict=True)))

    def exactly_on_counts(self, counts: Mapping[Kind, int]) -> Real:
        out = dict(enumerate(self.type_sizes))
        on = {(number, int(self.levels[level])): count for (number, level), count in counts.items() if count and level}
        for (number, _), count in on.items():
            out[number] -= count
        return self._logarithms.of_counts(on | {(number, 0): count for number, count in out.items() if count})

    @cached_property
    def _logarithms(self) -> FederatedLogarithms:
        first = list(self.first_of_type)
        return FederatedLogarithms(
            to_fraction(self.between),
            to_fraction(self.within),
            tuple(self.scale * to_fraction(weight) for weight in self.users.importance[first].tolist()),
            tuple(map(to_fraction, self._samples[first].tolist())),
            by_samples=self.aggregation == "samples",
            minimum=self.minimum_aggregate,
        )

    def same_in_every_part(self, profile: Sequence[int]) -> tuple[int, ...]:
        """A lone member of the level-1 group on level 2: it hides nothing, whoever else leaves.

        An aggregate of too few is worth nothing; but a payment rule may tell its members from users who are out.
        """
        levels = [self.levels[level] for level in profile]
        if levels.count(1) != 1 or 2 not in self.levels or self.minimum_aggregate > 1:
            return tuple(profile)
        return tuple(self.levels.index(2) if self.levels[level] == 1 else level for level in profile)

    def _block(self, axes: Axes) -> FloatArray:
        return self._values(ProfileGrid(tuple(tuple(int(self.levels[level]) for level in axis) for axis in axes)))

    def _count_block(self, axes: CountAxes) -> FloatArray:
        return self._values(CountGrid(axes, [int(level) for level in self.levels], self.first_of_type))

    def _values(self, grid: Grid) -> FloatArray:
        importance = self.users.importance
        group = self._group(grid)
        precision = grid.sum(2, 1 / (self._noise + self.between)) + group.precision
        with np.errstate(divide="ignore", invalid="ignore"):  # where nobody shares
            mean_error = 1 / precision
            absent = grid.sum(0, importance) * np.log(self._reference / (self.between + mean_error))
        result = np.where(precision > 0, absent, 0.0)
        # As a member where the aggregate is not formed, one is as if absent; where nobody is seen, nothing is gained.
        hidden = np.where(precision > 0, self.between + mean_error, self._reference)
        for where, weight, error in self._senders(grid, mean_error):
            result[where] += weight * np.log(self._reference / error)
        for where, weight, error in group.members(grid, importance, mean_error):
            result[where] += weight * np.log(self._reference / np.where(group.formed[where], error, hidden[where]))
        return result

    def _senders(self, grid: Grid, mean_error: FloatArray) -> Iterator[Term]:
        """Users on level 2: s²·w + w²·x with w = (r²/n)/V, the share of noise in their own mean."""
        for user, where, times in grid.at(2):
            own, misfit = of_sender(self.between, self._noise_share[user])
            yield where, times * self.users.importance[user], own + misfit**2 * mean_error[where]

    def _group(self, grid: Grid) -> EqualGroup | SampleGroup:
        sizes, samples = grid.sum(1, np.ones(self.n_users)), self._samples
        formed = sizes >= self.minimum_aggregate
        if self.aggregation == "equal":
            return EqualGroup(formed, sizes, grid.sum(1, self._noise), self.between)
        sums = grid.sum(1, samples), grid.sum(1, samples**2)
        return SampleGroup(formed, *sums, samples, self.between, self.within)


def _whole(value: Number, name: str, faults: list[str]) -> int:
    """The number, ≥ 1; 1 beside a fault."""
    try:
        exact = to_fraction(value, name)
    except InputError as error:
        faults.extend(error.faults)
        return 1
    if exact >= 1 and exact.denominator == 1:
        return int(exact)
    faults.append(f"{name}: expected a whole number ≥ 1, got {shown(value)}")
    return 1


def _variance(value: Number, name: str, faults: list[str], zero: bool = False) -> float:
    """The number as a float; 1 beside a fault, if it cannot be computed with.

    U depends on the ratio of the variances alone, and its formulas multiply two of them and two numbers of samples.
    """
    try:
        exact = to_fraction(value, name)
    except InputError as error:
        faults.extend(error.faults)
        return 1.0
    if (zero and exact == 0) or Fraction(1, 10**60) <= exact <= 10**60:
        return float(exact)
    faults.append(
        f"{name}: expected {'0, or ' if zero else ''}a number from 1e-60 to 1e60, got {shown(value)}; "
        "U depends on the ratio of the variances alone: state both in another unit"
    )
    return 1.0
