"""The federated utility by solving the weight problem, and all its fair values by Hart and Mas-Colell's recursion.

Nothing here imports fairgames: U from eqs. 13 to 15, P from P(ρ) = (U(ρ) + Σ_i P(ρ with ρ_i = 0)) / |supp ρ|.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Federation:
    samples: Sequence[float]
    importance: Sequence[float]
    between: float
    within: float

    def emse(self, profile: Sequence[int], user: int) -> float:
        """Eq. 56 at the weights, with sum 1, that make it least (eqs. 13 and 14)."""
        noise = [self.within / n + self.between for n in self.samples]
        group = [j for j, level in enumerate(profile) if level == 1]
        signals = [[j] for j, level in enumerate(profile) if level == 2] + ([group] if group else [])
        if not signals:
            return self.within + 2 * self.between
        spread = np.array([sum(noise[j] for j in members) / len(members) ** 2 for members in signals])
        own = np.array([self.between / len(members) if user in members else 0.0 for members in signals])
        size = len(signals)
        system = np.ones((size + 1, size + 1))
        system[:size, :size] = 2 * np.diag(spread)
        system[size, size] = 0
        weights = np.linalg.solve(system, [*(2 * own), 1.0])[:size]
        each = np.zeros(len(self.samples))
        for weight, members in zip(weights, signals, strict=True):
            each[members] += weight / len(members)
        others = np.delete(each, user)
        between = (others**2).sum() + others.sum() ** 2
        return float(self.within * (each**2 / self.samples).sum() + self.between * between)

    def utility(self, profile: Sequence[int]) -> float:
        """Eq. 15."""
        whole = self.within + 2 * self.between
        return sum(a * math.log(whole / self.emse(profile, i)) for i, a in enumerate(self.importance))

    def all_utilities(self) -> np.ndarray:
        """U at all 3^N profiles in lexicographic order; users alike on the level they share are looked up."""
        found: dict[tuple[object, ...], float] = {}
        result = np.empty(3 ** len(self.samples))
        for place, profile in enumerate(product(range(3), repeat=len(self.samples))):
            alike = tuple(sorted(zip(self.samples, self.importance, profile, strict=True)))
            if alike not in found:
                found[alike] = self.utility(profile)
            result[place] = found[alike]
        return result


def values(utilities: np.ndarray) -> np.ndarray:
    """φ_i at all 3^N profiles in lexicographic order, shape (3^N, N)."""
    n = round(math.log(len(utilities), 3))
    profiles = np.array(list(product(range(3), repeat=n)))
    without = np.arange(3**n)[:, None] - profiles * 3 ** np.arange(n - 1, -1, -1)
    sharing = (profiles > 0).sum(axis=1)
    potential = np.zeros(3**n)
    for size in range(1, n + 1):
        here = np.flatnonzero(sharing == size)
        # Users who share nothing leave the profile as it is, whose P is still 0.
        potential[here] = (utilities[here] + potential[without[here]].sum(axis=1)) / size
    return potential[:, None] - potential[without]


def best_equilibrium(
    utilities: np.ndarray, phi: np.ndarray, costs: Sequence[Sequence[float]], alpha: float
) -> tuple[float, set[tuple[int, ...]]]:
    """The largest U at a pure equilibrium, and the equilibria; gains of 1e-9 are rounding."""
    n = phi.shape[1]
    profiles = np.array(list(product(range(3), repeat=n)))
    stays = np.ones(len(phi), dtype=bool)
    for user in range(n):
        step = 3 ** (n - 1 - user)
        own = np.array(costs[user], dtype=float)
        payoff = alpha * phi[:, user] - own[profiles[:, user]]
        for level in range(3):
            moved = np.arange(len(phi)) + (level - profiles[:, user]) * step
            stays &= payoff[moved] <= payoff + 1e-9
    return float(utilities[stays].max()), set(map(tuple, profiles[stays].tolist()))
