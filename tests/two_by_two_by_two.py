"""All equilibria of a game of three players with two strategies each, by hand: an oracle that imports nothing of ours.

With x, y, z the chances of the second strategies, what player 1 gains by its second is a + b·y + c·z + d·y·z, and so
on. Where all mix, y and x are Möbius functions of z, and the third equation is a quadratic in z.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

_CLOSE = 1e-9


def equilibria(payoffs) -> list[tuple[float, float, float]]:
    """The chances of second strategies at every isolated equilibrium of floats, shape (2, 2, 2, 3)."""
    payoffs = np.asarray(payoffs, dtype=float)
    gains = [np.take(payoffs[..., k], 1, axis=k) - np.take(payoffs[..., k], 0, axis=k) for k in range(3)]
    found = [tuple(map(float, one)) for one in product((0, 1), repeat=3)]
    for one, other in combinations(range(3), 2):
        found += _two_mix(gains, one, other)
    found += _three_mix(gains)
    return [one for one in found if _is_equilibrium(gains, one)]


def expected(table, chances) -> float:
    """The expectation of a table over profiles."""
    x, y, z = ([1 - p, p] for p in chances)
    return float(np.einsum("abc,a,b,c", np.asarray(table, dtype=float), x, y, z))


def _gain(gains, player, chances) -> float:
    one, other = ([1 - chances[k], chances[k]] for k in range(3) if k != player)
    return float(np.asarray(one) @ gains[player] @ np.asarray(other))


def _two_mix(gains, one, other):
    third = 3 - one - other
    for pure in (0.0, 1.0):
        point = [0.0, 0.0, 0.0]
        point[third] = pure
        for player, mixing in ((one, other), (other, one)):
            ends = []
            for chance in (0.0, 1.0):
                at = list(point)
                at[mixing] = chance
                ends.append(_gain(gains, player, at))
            if ends[0] == ends[1]:
                break
            point[mixing] = ends[0] / (ends[0] - ends[1])
        else:
            yield tuple(point)


def _three_mix(gains):
    (a, c), (b, d) = gains[0].tolist()  # rows: y, columns: z
    b, c, d = b - a, c - a, d - b - c + a
    (e, g), (f, h) = gains[1].tolist()  # rows: x, columns: z
    f, g, h = f - e, g - e, h - f - g + e
    (i, k), (j, m) = gains[2].tolist()  # rows: x, columns: y
    j, k, m = j - i, k - i, m - j - k + i
    # y = −(a + cz)/(b + dz), x = −(e + gz)/(f + hz), and i + jx + ky + mxy = 0
    p, q, r, s = np.poly1d([c, a]), np.poly1d([d, b]), np.poly1d([g, e]), np.poly1d([h, f])
    for z in (i * q * s - j * r * q - k * p * s + m * p * r).roots:
        if abs(z.imag) < _CLOSE and q(z.real) and s(z.real):
            yield float(-r(z.real) / s(z.real)), float(-p(z.real) / q(z.real)), float(z.real)


def _is_equilibrium(gains, chances) -> bool:
    if not all(-_CLOSE <= p <= 1 + _CLOSE for p in chances):
        return False
    for player, chance in enumerate(chances):
        gain = _gain(gains, player, chances)
        if (gain > _CLOSE and chance < 1 - _CLOSE) or (gain < -_CLOSE and chance > _CLOSE):
            return False
    return True
