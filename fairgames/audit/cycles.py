"""Whether a game of given payments has a potential, by cycles of four moves of two users.

There is an exact potential iff nobody gains around any cycle in which two users move in turn and back (Monderer &
Shapley 1996, Corollary 2.9); costs cancel around it. With Δ_iΔ_j t_i the second differences from the first level of
both, that is Δ_iΔ_j t_i = Δ_iΔ_j t_j everywhere; a weighted potential has w_j·Δ_iΔ_j t_i = w_i·Δ_iΔ_j t_j.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.result import PotentialFinding
from fairgames.typing import Array, Profile


def potential_of(ground: Ground, paid: Paid) -> PotentialFinding:
    """Whether the game of payments less costs has a potential, with the cycle of largest gain where it has none."""
    pairs = {pair: _second_differences(paid.amounts, *pair) for pair in combinations(range(ground.n_users), 2)}
    cycles = sum(one.size for one, _ in pairs.values())
    slack = 0 if paid.exact else 8 * paid.error
    worst: tuple[Any, tuple[int, int], list[int]] | None = None
    for pair, (one, other) in pairs.items():
        gain = np.abs(one - other)
        if gain.size and gain.max() > slack and (worst is None or gain.max() > worst[0]):
            place = [int(index) for index in np.unravel_index(int(np.argmax(gain)), gain.shape)]
            worst = gain.max(), pair, place
    if worst is None:
        return PotentialFinding("exact", None, None, 0 * Fraction(1), cycles)
    weights = _weights(ground.n_users, pairs, slack)
    if weights is not None:
        return PotentialFinding("weighted", weights, None, 0 * Fraction(1), cycles)
    gain, pair, place = worst
    return PotentialFinding("none", None, _cycle(ground, pair, place), paid.money(gain), cycles)


def _second_differences(amounts: Array, one: int, other: int) -> tuple[Array, Array]:
    """Δ_iΔ_j of the payments of both, from the first level of each; both axes are one shorter."""
    return _differences(_differences(amounts[one], one), other), _differences(_differences(amounts[other], one), other)


def _differences(values: Array, axis: int) -> Array:
    length = values.shape[axis]
    return np.asarray(values.take(range(1, length), axis=axis) - values.take([0], axis=axis))


def _cycle(ground: Ground, pair: tuple[int, int], place: list[int]) -> tuple[Profile, ...]:
    """The four profiles: one user goes up, then the other, then the first comes back."""
    one, other = pair
    corners = []
    for first, second in ((0, 0), (1, 0), (1, 1), (0, 1)):
        there = list(place)
        there[one], there[other] = first * (place[one] + 1), second * (place[other] + 1)
        corners.append(ground.profile(there))
    return tuple(corners)


def _weights(
    n: int, pairs: Mapping[tuple[int, int], tuple[Array, Array]], slack: float
) -> tuple[Fraction | float, ...] | None:
    """w_i > 0 with w_j·Δ_iΔ_j t_i = w_i·Δ_iΔ_j t_j for all pairs; the first of those that are bound together has 1."""
    ratios: dict[int, dict[int, Any]] = {user: {} for user in range(n)}
    for (one, other), (mine, theirs) in pairs.items():
        if not mine.size or max(np.abs(mine).max(), np.abs(theirs).max()) <= slack:
            continue
        place = int(np.argmax(np.abs(mine)))
        top, bottom = mine.reshape(-1)[place], theirs.reshape(-1)[place]
        if min(abs(top), abs(bottom)) <= slack or (top > 0) != (bottom > 0):
            return None
        ratio = Fraction(top, bottom) if mine.dtype == object else top / bottom
        ratios[one][other], ratios[other][one] = 1 / ratio, ratio
    weights = _spread(n, ratios)
    for (one, other), (mine, theirs) in pairs.items():
        off = np.abs(mine * weights[other] - theirs * weights[one])
        if off.size and off.max() > 4 * slack * (weights[one] + weights[other]):
            return None
    return tuple(weight if isinstance(weight, Fraction) else float(weight) for weight in weights)


def _spread(n: int, ratios: Mapping[int, Mapping[int, Any]]) -> list[Any]:
    """Weights from ratios, one user after another."""
    weights: list[Any] = [None] * n
    for start in range(n):
        if weights[start] is not None:
            continue
        weights[start] = Fraction(1)
        reached = [start]
        for user in reached:
            for other, ratio in ratios[user].items():
                if weights[other] is None:
                    weights[other] = weights[user] * ratio
                    reached.append(other)
    return weights
