"""The level-1 group: its functions of size and noise fitted by exponentials, size after size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fairgames import memory
from fairgames.progress import track
from fairgames.sums.circle import Circle
from fairgames.sums.coins import Coins, coins
from fairgames.sums.fit import SPACING, Exponentials
from fairgames.sums.integrals import STEP
from fairgames.sums.population import Population
from fairgames.sums.senders import Products, Senders
from fairgames.sums.sizes import Sizes
from fairgames.sums.subset_means import Means, means_of_all, means_without_each
from fairgames.typing import FloatArray

#: Three functions of Y at the points of a fit, and at those where it is judged.
_Functions: TypeAlias = tuple[tuple[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]

_WAY_OUT = "Round the numbers of samples, so that fewer are distinct."

#: Absolute error of a mean from :class:`Circle`, ten times the largest seen against growth.
_CIRCLE = 2e-12


@dataclass(frozen=True, eq=False)
class Group:
    """The group as senders see it, and its own values.

    Attributes
    ----------
    coins, products : nodes q for the size of the whole group, and the senders there
    seen : E_q[e^{−tE}] and E_q[a(S)·(e^{−tD} − e^{−t(E + 1/s²)})], times the weights of q: each (Q, T)
    seen_coarsely : the same by the lesser rule for sums over sizes; the same object where all sizes are summed
    seen_errors : bounds on what fits and rounding miss of ``seen``
    log_share : ∫ E_q[−a(S)·log ω] dq
    members : φ of every distinct member, with a bound
    """

    coins: Coins
    products: Products
    seen: tuple[FloatArray, FloatArray]
    seen_coarsely: tuple[FloatArray, FloatArray]
    seen_errors: tuple[FloatArray, FloatArray]
    log_share: float
    members: FloatArray
    error: float

    @classmethod
    def of(cls, population: Population, senders: Senders, extra: int, half: bool = False) -> Group:
        """Of all members; ``extra`` as for the rules, ``half`` for Banzhaf's value."""
        return _Fitting(population, senders, extra, half).group()

    def values(self) -> tuple[FloatArray, float]:
        return self.members, self.error


class _Fitting:
    """Everything for the sizes k of ``sizes``: means, fits and what they come to."""

    def __init__(self, population: Population, senders: Senders, extra: int, half: bool) -> None:
        self.population = population
        self.senders = senders
        self.extra = extra
        items = population.members
        self.items, self.t = items, senders.integral.nodes
        self.half = half
        self.sizes = (Sizes.near_half if half else Sizes.below)(items.total)
        if items.total:
            self._ranges()
        self.few = len(items.values) <= _few_kinds(items.total)
        self.slack = _CIRCLE if self.few and items.total else 0.0

    def group(self) -> Group:
        nodes = np.append(self.sizes.nodes, self.items.total)
        everybody = coins(self.items.total, nodes, self.population.senders.total, self.half)
        products = self.senders.products(everybody)
        n_nodes, n_t = len(nodes), len(self.t)
        memory.require(8 * 6 * n_nodes * n_t, f"Exponential sums for {n_nodes:,} sizes of a group", _WAY_OUT)
        self.decay, self.gain, self.decay_error, self.gain_error = (np.zeros((n_nodes, n_t)) for _ in range(4))
        self.logs = np.zeros(n_nodes)
        self.decay[0] = 1.0
        members, error = self._fits()
        weights, coarse = (np.append(part, 1.0)[:, None] for part in (self.sizes.weights, self.sizes.coarse))
        seen = everybody.spread(weights * self.decay), everybody.spread(weights * self.gain)
        coarsely = seen
        if not self.sizes.all:
            coarsely = everybody.spread(coarse * self.decay), everybody.spread(coarse * self.gain)
        size = np.abs(weights)
        errors = everybody.spread(size * self.decay_error), everybody.spread(size * self.gain_error)
        log_share = float(weights[:, 0] @ self.logs) / (self.items.total + 1)
        return Group(everybody, products, seen, coarsely, errors, log_share, members, error)

    def _fits(self) -> tuple[FloatArray, float]:
        """All fits; φ of the members and its bound."""
        total = self.items.total
        if not total:
            return np.zeros(0), 0.0
        grid = self.exponentials.grid / self.units[:, None]
        means = self._means(grid)
        coefficients, missed = self._inner_fits(grid, means)
        self._seen(len(grid) - 1, total, self._functions(total, self.units[-1]), means)
        return self._member_values(grid[:-1], coefficients, missed)

    def _ranges(self) -> None:
        """For each node, the last being all members: Y lies between ``unit`` and ``unit`` times a common ratio.

        It serves sums of k and of k + 1. Units differ by whole steps of the grid, so the exponents of
        all sizes are windows of one row.
        """
        least, most = self.items.sums()
        nodes, total = self.sizes.nodes, self.items.total
        low, high = np.append(least[np.maximum(nodes, 1)], least[total]), np.append(most[nodes + 1], most[total])
        self.steps = np.floor(np.log(low / low[0]) / SPACING).astype(np.int64)
        self.units = low[0] * np.exp(SPACING * self.steps) * (1 - 1e-12)
        self.exponentials = Exponentials.of(float((high / self.units).max()) * (1 + 1e-12))

    def _means(self, grid: FloatArray) -> Means:
        """Of all members, for each node and for all of them, shape (K + 1, U) each."""
        noise = self.items.counts @ self.items.values
        last = np.exp(-grid[-1] * noise)
        if self.few:
            self.circle = Circle(self.items, self.sizes.nodes, grid[:-1])
            found = self.circle.all
        else:
            found = self._windows(means_of_all(self.items, self._row()))
        weight = float(self.items.counts @ self.items.weights)
        return Means(np.vstack([found.plain, last]), np.vstack([found.weighted, weight * last]))

    def _inner_fits(self, grid: FloatArray, means: Means) -> tuple[FloatArray, FloatArray]:
        """Coefficients of H₀ and H₁ with the member in and out, shape (4, K, U); what they miss, shape (K,)."""
        inner = self._inner()
        heaviest = float(self.items.weights.max())
        coefficients, missed = np.zeros((4, *grid[:-1].shape)), np.zeros(len(grid) - 1)
        coefficients[1, 0, 0] = inner.plain[0].sum()  # nobody else: Y = 0, and no function to fit
        for node, size in enumerate(track(self.sizes.nodes.tolist(), "payments: sizes of the group")):
            entered = self._functions(size + 1, self.units[node])
            own, misses = self.exponentials.fit(*(inner.of(node, part) for part in entered))
            coefficients[[0, 2], node] = own.T
            missed[node] += misses[0] + (size + 1) * heaviest * misses[1]
            if size:
                left = self._functions(size, self.units[node])
                own, misses = self._seen(node, size, left, means, [inner.of(node, part) for part in left])
                coefficients[[1, 3], node] = own.T
                missed[node] += misses[0] + size * heaviest * misses[1]
        return coefficients, missed

    def _seen(
        self, node: int, size: int, functions: _Functions, means: Means, more: Sequence[FloatArray] = ()
    ) -> tuple[FloatArray, FloatArray]:
        """Fit what senders see of a group of ``size`` and put its means down; with ``more`` columns, returned."""
        n_t = len(self.t)
        columns = [np.hstack([*part[:2], part[2][:, None]]) for part in functions]
        if more:
            columns = [np.hstack(pair) for pair in zip(columns, more, strict=True)]
        own, misses = self.exponentials.fit(*columns)
        plain, weighted = means.plain[node], means.weighted[node]
        heavy = size * float(self.items.weights.max())
        for mean, part, result, error, unit in (
            (plain, slice(0, n_t), self.decay, self.decay_error, 1.0),
            (weighted, slice(n_t, 2 * n_t), self.gain, self.gain_error, heavy),
        ):
            magnitudes = np.abs(own[:, part])
            result[node] = mean @ own[:, part]
            error[node] = mean[0] * misses[part] + self.rounding * (mean @ magnitudes)
            error[node] += self.slack * unit * magnitudes.sum(axis=0)
        self.logs[node] = weighted @ own[:, 2 * n_t]
        return own[:, 2 * n_t + 1 :], misses[2 * n_t + 1 :]

    @property
    def rounding(self) -> float:
        """Relative, of the means over subsets and of a sum with them."""
        grown = 0 if self.few else self.items.total
        return 4 * (grown + 200) * float(np.finfo(float).eps) / 2

    def _inner(self) -> _Inner:
        others = coins(self.items.total - 1, self.sizes.nodes, self.population.senders.total, self.half)
        products = self.senders.products(others)
        weight = others.q[:, None] if self.extra else np.ones((len(others.q), 1))
        return _Inner(
            STEP * others.gather(weight * products.worth * products.plain),
            STEP * others.gather(weight * products.plain),
            others.gather(weight)[:, 0],
        )

    def _functions(self, size: int, unit: float) -> _Functions:
        """Those of a group of ``size`` where they are fitted, and where that is judged."""
        where = self.exponentials.points, self.exponentials.between
        at, judged = (_functions(self.population, size, unit * part, self.t) for part in where)
        return at, judged

    def _member_values(
        self, grid: FloatArray, coefficients: FloatArray, missed: FloatArray
    ) -> tuple[FloatArray, float]:
        """φ of the members, each from the means over subsets of the others."""
        items, nodes = self.items, self.sizes.nodes
        in_plain, out_plain, in_weighted, out_weighted = coefficients
        found, worst, coarse_error = np.zeros(len(items.values)), 0.0, 0.0
        heavy = nodes * float(items.weights.max())
        slack = self.slack * (
            np.abs(in_plain) + np.abs(out_plain) + (heavy[:, None] + heavy[-1] / len(nodes)) * np.abs(in_weighted)
        ).sum(axis=1) if self.slack else np.zeros(len(nodes))  # fmt: skip
        for number, means in self._without_each():
            weight, entering = items.weights[number], np.exp(-items.values[number] * grid)
            plain, weighted = entering * means.plain, entering * means.weighted
            weighted += weight * plain
            terms = (
                (plain, in_plain, 1),
                (weighted, in_weighted, 1),
                (means.plain, out_plain, -1),
                (means.weighted, out_weighted, -1),
            )
            by_size = sum(sign * np.einsum("ku,ku->k", mean, own) for mean, own, sign in terms)
            magnitude = sum(np.einsum("ku,ku->k", mean, np.abs(own)) for mean, own, _ in terms)
            found[number] = self.sizes.weights @ by_size
            coarse_error = max(coarse_error, abs(float((self.sizes.weights - self.sizes.coarse) @ by_size)))
            rounding = self.rounding + 2 * self.senders.rounding
            worst = max(worst, float(np.abs(self.sizes.weights) @ (missed + slack + 2 * rounding * magnitude)))
        return found, worst + coarse_error

    def _without_each(self) -> Iterator[tuple[int, Means]]:
        if self.few:
            yield from enumerate(self.circle.without)
            return
        for number, means in means_without_each(self.items, self._row()):
            yield number, self._windows(means)

    def _row(self) -> FloatArray:
        """The exponents of all sizes in one row, 0 first."""
        grid, steps = self.exponentials.grid, int(self.steps[-1])
        first = grid[1] / self.units[0] * np.exp(-SPACING * steps)
        return np.concatenate([[0.0], first * np.exp(SPACING * np.arange(len(grid) - 1 + steps))])

    def _windows(self, means: Means) -> Means:
        """For each node its own exponents."""
        first = self.steps[-1] - self.steps[:-1] + 1
        columns = np.hstack(
            [np.zeros((len(first), 1), dtype=np.int64), first[:, None] + np.arange(len(self.exponentials.grid) - 1)]
        )
        rows = self.sizes.nodes[:, None]
        return Means(means.plain[rows, columns], means.weighted[rows, columns])


@dataclass(frozen=True, eq=False)
class _Inner:
    """The integrals over q and t for each number k of others in the group, which leave functions of Y.

    ``plain`` (K, T) goes with e^{−tE}, ``weighted`` (K, T) with the group's gain, ``mass`` (K,) with log ω.
    """

    plain: FloatArray
    weighted: FloatArray
    mass: FloatArray

    def of(self, node: int, functions: tuple[FloatArray, FloatArray, FloatArray]) -> FloatArray:
        """H₀ and H₁ for one number of others, as functions of Y of the group that there is, shape (P, 2)."""
        decay, gain, log = functions
        return np.stack([decay @ self.plain[node], gain @ self.weighted[node] + log * self.mass[node]], axis=1)


def _functions(
    population: Population, size: int, total: FloatArray, t: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """e^{−tE}, e^{−tD} − e^{−t(E + 1/s²)} (both shape (P, T)) and −log ω of a group with Y = ``total``."""
    s2, noise = population.between, population.within * total
    everything, others = size * s2 + noise, (size - 1) * s2 + noise
    decay = np.exp(-np.multiply.outer(size**2 / everything, t))
    if not s2:
        return decay, np.zeros_like(decay), np.zeros_like(total)
    own = np.exp(-np.multiply.outer(noise**2 / (everything * s2 * others), t))
    rest = (size * (size - 1) * s2 + (2 * size - 1) * noise) / (everything * others)
    return decay, decay * own * -np.expm1(-np.multiply.outer(rest, t)), -np.log(others / everything)


def _few_kinds(total: int) -> int:
    """Kinds of members up to which their means over subsets come from circles and not by adding them one by one."""
    return 3 if total <= 100 else max(8, round(total / 50)) if total <= 20_000 else total
