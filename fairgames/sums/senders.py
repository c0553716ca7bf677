"""Users who send their own means, level 2: products of coins at nodes q and t, one coin left out at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairgames import memory
from fairgames.sums.coins import Coins
from fairgames.sums.integrals import STEP, Integral
from fairgames.sums.population import Population
from fairgames.typing import FloatArray

if TYPE_CHECKING:
    from fairgames.sums.group import Group

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2
_ALMOST = -1 + 2.0**-53
#: Entries handled at a time.
_BLOCK = 30_000


@dataclass(frozen=True, eq=False)
class Products:
    """At nodes q and t, shape (Q, T).

    Attributes
    ----------
    plain : P = E[e^{−tA}], the product of 1 − q + q·x over senders, x = e^{−t/V}
    worth : W − a_tot·(1 − e^{−t/s²}), where P·W = E[e^{−tA}·Σ a·o over the senders who are in]
    """

    plain: FloatArray
    worth: FloatArray


@dataclass(frozen=True, eq=False)
class Senders:
    """The nodes t, shape (T,), and what each of M senders adds there, shape (M, T).

    Attributes
    ----------
    end : e^{−t/s²}, with which an absent user's logarithm ends
    falls : x − 1 = e^{−t/V} − 1
    gains : a·x·o with o = e^{−tc} − e^{−t/s²}, c = r²v/(s²V)
    """

    population: Population
    integral: Integral
    reference: float
    end: FloatArray
    falls: FloatArray
    gains: FloatArray

    @classmethod
    def of(cls, population: Population) -> Senders:
        s2, r2, senders = population.between, population.within, population.senders
        of_senders, of_members = population.variance(senders), population.variance(population.members)
        least = 1 / float(max(of_senders.max(initial=0), of_members.max(initial=0)))
        most = float((senders.counts / of_senders).sum() + (population.members.counts / of_members).sum())
        integral = Integral.of(least, most, 1 / s2 if s2 else most)
        t = integral.nodes
        memory.require(
            24 * len(senders.values) * len(t),
            f"Exponential sums over {len(senders.values):,} distinct senders",
            "Round their numbers of samples, so that fewer are distinct.",
        )
        falls = np.expm1(-np.divide.outer(t, of_senders).T)
        gains = np.zeros_like(falls)
        if s2:  # 1/s² − c is 1/V
            start = np.exp(-np.multiply.outer(r2 * senders.values / (s2 * of_senders), t))
            gains = senders.weights[:, None] * (1 + falls) * start * -falls
        return cls(population, integral, most, np.exp(-t / s2) if s2 else np.zeros_like(t), falls, gains)

    def products(self, coins: Coins) -> Products:
        """P and W at the nodes of ``coins``."""
        shape = (len(coins.q), len(self.integral.nodes))
        memory.require(
            8 * 12 * math.prod(shape),
            f"Exponential sums at {shape[0]:,} × {shape[1]:,} nodes",
            "Put some users on level 0.",
        )
        t, s2 = self.integral.nodes, self.population.between
        absent = self.population.importance * (-np.expm1(-t / s2) if s2 else np.ones_like(t))
        plain, worth = np.zeros(shape), np.broadcast_to(-absent, shape).copy()
        for rows in _blocks(shape):
            q = coins.q[rows, None]
            logs, own = plain[rows], worth[rows]
            for count, fall, gain in zip(self.population.senders.counts, self.falls, self.gains, strict=True):
                # No coin is 0; where one is near, it hardly counts, and so do its lost digits.
                logs += count * np.log1p(np.maximum(q * fall, _ALMOST))
                own += (count * q) * gain / _coin(coins, rows, fall)
            np.exp(logs, out=logs)
        return Products(plain, worth)

    @property
    def rounding(self) -> float:
        """Relative, of a sum of products at all nodes: exponents reach some hundreds before e^x is nothing."""
        return (4 * len(self.falls) + 4000) * _UNIT_ROUNDOFF

    def values(self, group: Group, extra: int) -> tuple[FloatArray, float]:
        """φ of the senders: what one adds to e^{−tA} and to the sum of gains, summed over all nodes."""
        population, senders = self.population, self.population.senders
        if not len(senders.values):
            return np.zeros(0), 0.0
        found, coarse = self._sums(group, extra)
        noise = population.within * senders.values / population.variance(senders)
        constant = -senders.weights * np.log(noise) * (0.5 if extra else 1.0)
        return found + constant, float(np.abs(found - coarse).max()) + self._error(group, extra)

    def _sums(self, group: Group, extra: int) -> tuple[FloatArray, FloatArray]:
        """The sums by the rule for sizes and by the lesser one."""
        coins, products, answers = group.coins, group.products, []
        for seen in (group.seen, *([group.seen_coarsely] if group.seen_coarsely is not group.seen else [])):
            found = np.zeros(len(self.falls))
            for rows in _blocks(products.plain.shape):
                weight = products.plain[rows] * coins.q[rows, None] if extra else products.plain[rows]
                decay, gain = (weight * part[rows] for part in seen)
                all_logs = products.worth[rows] * decay + gain
                for number, (drop, own) in enumerate(zip(self.falls, self.gains, strict=True)):
                    coin = _coin(coins, rows, drop)
                    without = decay / coin
                    found[number] += drop @ (all_logs / coin).sum(axis=0)
                    found[number] += own @ (without.sum(axis=0) - drop * (coins.q[rows] @ (without / coin)))
            answers.append(STEP * found)
        return answers[0], answers[-1]

    def _error(self, group: Group, extra: int) -> float:
        """What the group's fits miss and what rounding does, through the sums above, for the worst sender."""
        coins, products = group.coins, group.products
        inverse = 1 / _coin(coins, slice(None), self.falls.min(axis=0))
        drop, gain = -self.falls.min(axis=0), self.gains.max(axis=0)
        decay_error, gain_error = group.seen_errors
        missed = drop * (np.abs(products.worth) * decay_error + gain_error) + gain * decay_error
        seen_decay, seen_gain = group.seen
        rounded = drop * (np.abs(products.worth) * seen_decay + np.abs(seen_gain)) + gain * seen_decay
        weight = products.plain * inverse * (coins.q[:, None] if extra else 1.0)
        return float(STEP * (weight * (missed + 2 * (self.rounding + coins.rounding) * rounded)).sum())

    def platform_value(self, group: Group) -> float:
        """∫ E_q[U] dq, with what the formulas give for U(∅)."""
        senders, products = self.population.senders, group.products
        noise = self.population.within * senders.values / self.population.variance(senders)
        constant = self._constant() - 0.5 * float((senders.counts * senders.weights) @ np.log(noise))
        decay, gain = group.seen
        return constant + group.log_share + STEP * float((products.plain * (products.worth * decay + gain)).sum())

    def _constant(self) -> float:
        """What a_tot·log((r² + 2s²)/(s² + 1/G)) is, but for its integral over t."""
        s2, r2, t = self.population.between, self.population.within, self.integral.nodes
        if s2:
            return self.population.importance * math.log((r2 + 2 * s2) / s2)
        first = STEP * float(np.exp(-t * self.reference).sum())
        return self.population.importance * (math.log(r2 * self.reference) + first)

    def empty_coalition(self) -> tuple[float, float]:
        """What the formulas give for U(∅), which is 0: each user's value lacks its share of it."""
        population, t = self.population, self.integral.nodes
        s2, r2 = population.between, population.within
        if s2:
            value = math.log((r2 + 2 * s2) / s2) + STEP * float(np.expm1(-t / s2).sum())
        else:
            value = math.log(r2 * self.reference) + STEP * float(np.expm1(-t * self.reference).sum())
        return population.importance * value, population.importance * len(t) * 10 * _UNIT_ROUNDOFF


def _coin(coins: Coins, rows: slice, fall: FloatArray) -> FloatArray:
    """1 − q + q·x, accurate where q is near 1 and x near 0."""
    return np.asarray(coins.p[rows, None] + coins.q[rows, None] * (1 + fall))


def _blocks(shape: tuple[int, int]) -> list[slice]:
    """Rows that stay in the cache together."""
    together = max(1, _BLOCK // shape[1])
    return [slice(first, first + together) for first in range(0, shape[0], together)]
