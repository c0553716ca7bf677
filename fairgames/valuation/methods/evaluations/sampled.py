"""Payments by sampling alone, to compare the surrogate with: stratified by size, and by permutations."""

from __future__ import annotations

import math

import numpy as np

from fairgames.errors import InputError
from fairgames.training.budget import Budget
from fairgames.training.source import Source
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.allocation import PaymentRequest
from fairgames.valuation.methods.evaluations.surrogate import INTERVAL, EstimatedAllocation, exactly, from_estimate


class SampledCoalitions:
    """U of coalitions of the users who share, each a row of 0 and 1; never more evaluations than the budget."""

    def __init__(self, question: PaymentRequest, budget: Budget) -> None:
        if question.rule.platform_members:
            raise InputError(f"rule {question.rule.name!r}: this estimator is for rule 'users'; use 'surrogate'")
        self.question, self.budget = question, budget
        self.sharing = np.flatnonzero(question.profile)
        self.n = len(self.sharing)
        self.source = Source(question.utility)
        self._known: dict[tuple[int, ...], float] = {}
        self._taken = 0

    @property
    def left(self) -> int:
        """How many more coalitions may be evaluated."""
        return self.budget.evaluations // self.source.seeds - self.source.evaluated

    def worth(self, inside: IntArray) -> FloatArray:
        """U of each row.

        Raises
        ------
        InputError
            If the function failed somewhere and that was skipped: a sample must not choose its coalitions.
        """
        profiles = np.zeros((len(inside), len(self.question.profile)), dtype=np.int64)
        profiles[:, self.sharing] = inside * self.question.profile[self.sharing]
        self.source.ask(profiles)
        if self.source.failed:
            raise InputError("the function failed at a coalition that was drawn; use failures='retry', or 'surrogate'")
        new = slice(self._taken, None)
        places = map(tuple, self.source.profiles[new].tolist())
        self._known.update(zip(places, self.source.values[new].tolist(), strict=True))
        self._taken = len(self.source.profiles)
        return np.array([self._known[tuple(place)] for place in profiles.tolist()])

    def answer(self, method: str, values: FloatArray, errors: FloatArray | None) -> EstimatedAllocation:
        """The payments with the half-widths of these standard errors; None: nothing is known of them."""
        from scipy.special import ndtri

        phi, widths = np.zeros(len(self.question.profile)), np.zeros(len(self.question.profile))
        phi[self.sharing] = values
        widths[self.sharing] = math.inf if errors is None else float(ndtri(0.5 + INTERVAL / 2)) * errors
        stopped = f"budget of {self.budget.evaluations} evaluations spent"
        return from_estimate(self.question, phi, widths, self.source, method, stopped)


def by_sizes(question: PaymentRequest, budget: Budget) -> EstimatedAllocation:
    """Coalitions drawn evenly over their sizes; those of none, one, all but one and all are evaluated for certain.

    φ_i = Σ_s (E[U | i in, size s] − E[U | i out, size s])/n. With x_i = n/s for who is in and
    −n/(n − s) for who is not, a size's part is the covariance of x_i and U, estimated without bias.
    """
    if (exact := exactly(question, budget)) is not None:
        return exact
    known = SampledCoalitions(question, budget)
    n = known.n
    generator = np.random.default_rng(question.seed)
    one = np.eye(n, dtype=np.int64)
    least = 2 * n + 1 + 2 * (n - 3)
    if known.left < least:
        raise InputError(
            f"budget: size-stratified sampling of {n} users who share needs at least "
            f"{(least + known.source.evaluated) * known.source.seeds} evaluations, two of each size, got "
            f"{budget.evaluations}"
        )
    known.worth(np.concatenate([np.ones((1, n), dtype=np.int64), one, 1 - one]))
    values, variance = np.zeros(n), np.zeros(n)
    plan = _plan(n, known.left)
    for size in range(1, n + 1):
        inside = _ends(n, size) if size in (1, n - 1, n) else _drawn(n, size, plan[size], generator)
        worth, m = known.worth(inside), len(inside)
        if size == n:
            values += worth[0] / n
            continue
        x = np.where(inside.T == 1, n / size, -n / (n - size)) / n
        all_of_them = math.comb(n, size) == m
        parts = x * (worth - worth.mean())
        values += parts.sum(axis=1) / (m if all_of_them else m - 1)
        variance += (1 - m / math.comb(n, size)) * parts.var(axis=1, ddof=1) / m
    return known.answer("size-stratified", values, np.sqrt(variance))


def by_permutations(question: PaymentRequest, budget: Budget) -> EstimatedAllocation:
    """Marginal contributions in random orders (Castro, Gómez & Tejada 2009)."""
    if (exact := exactly(question, budget)) is not None:
        return exact
    known = SampledCoalitions(question, budget)
    n = known.n
    generator = np.random.default_rng(question.seed)
    gains: list[FloatArray] = []
    while known.left >= n:
        order = generator.permutation(n)
        along = np.zeros((n + 1, n), dtype=np.int64)
        for place, user in enumerate(order.tolist(), start=1):
            along[place:, user] = 1
        gain = np.zeros(n)
        gain[order] = np.diff(known.worth(along))
        gains.append(gain)
    if len(gains) < 2:
        raise InputError(f"budget: two orders of {n} users take up to {2 * n} evaluations, got {budget.evaluations}")
    sample = np.array(gains)
    return known.answer("permutation", sample.mean(axis=0), sample.std(axis=0, ddof=1) / math.sqrt(len(sample)))


def _plan(n: int, evaluations: int) -> dict[int, int]:
    """How many of each size 2 … n − 2; what small sizes do not need goes to the others."""
    plan, left = {}, evaluations
    sizes = sorted(range(2, n - 1), key=lambda size: math.comb(n, size))
    for place, size in enumerate(sizes):
        plan[size] = min(math.comb(n, size), left // (len(sizes) - place))
        left -= plan[size]
    return plan


def _ends(n: int, size: int) -> IntArray:
    one = np.eye(n, dtype=np.int64)
    return one if size == 1 else 1 - one if size == n - 1 else np.ones((1, n), dtype=np.int64)


def _drawn(n: int, size: int, how_many: int, generator: np.random.Generator) -> IntArray:
    """Different coalitions of this size."""
    found: dict[tuple[int, ...], None] = {}
    while len(found) < how_many:
        found[tuple(sorted(generator.choice(n, size, replace=False).tolist()))] = None
    inside = np.zeros((how_many, n), dtype=np.int64)
    for row, members in enumerate(found):
        inside[row, list(members)] = 1
    return inside
