"""The double description method: extreme rays of a polyhedral cone, in integers.

Motzkin, Raiffa, Thompson & Thrall 1953; Fukuda & Prodon 1996. Exact, and fast enough where
both the dimension and the number of rays are small, as in games of a few strategies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Ray(NamedTuple):
    """An extreme ray.

    Attributes
    ----------
    point : coprime integers ≥ 0
    zero : bit k is set where coordinate k is 0
    tight : bit r is set where halfspace r holds with equality
    """

    point: tuple[int, ...]
    zero: int
    tight: int


def extreme_rays(dimension: int, halfspaces: Sequence[Sequence[int]]) -> list[Ray]:
    """The extreme rays of {z ≥ 0, h·z ≥ 0 for each of ``halfspaces``}.

    >>> [ray.point for ray in extreme_rays(2, [[1, -2]])]
    [(1, 0), (2, 1)]
    """
    everything = (1 << dimension) - 1
    rays = [
        Ray(tuple(int(k == axis) for k in range(dimension)), everything ^ (1 << axis), 0) for axis in range(dimension)
    ]
    for number, halfspace in enumerate(halfspaces):
        rays = _cut(rays, halfspace, 1 << number, dimension)
    return rays


def _cut(rays: list[Ray], halfspace: Sequence[int], bit: int, dimension: int) -> list[Ray]:
    """Keep what lies in one more halfspace; adjacent rays on its two sides meet in a new one."""
    values = [sum(h * z for h, z in zip(halfspace, ray.point, strict=True)) for ray in rays]
    kept = [
        ray._replace(tight=ray.tight | bit) if value == 0 else ray
        for ray, value in zip(rays, values, strict=True)
        if value >= 0
    ]
    above = [k for k, value in enumerate(values) if value > 0]
    below = [k for k, value in enumerate(values) if value < 0]
    for k in above:
        for other in below:
            zero, tight = rays[k].zero & rays[other].zero, rays[k].tight & rays[other].tight
            if zero.bit_count() + tight.bit_count() >= dimension - 2 and _adjacent(rays, zero, tight):
                kept.append(
                    Ray(_crossing(rays[k].point, rays[other].point, values[k], values[other]), zero, tight | bit)
                )
    return kept


def _adjacent(rays: list[Ray], zero: int, tight: int) -> bool:
    """Whether only the two rays themselves lie on the face that they span."""
    return sum(ray.zero & zero == zero and ray.tight & tight == tight for ray in rays) == 2


def _crossing(one: tuple[int, ...], other: tuple[int, ...], value: int, other_value: int) -> tuple[int, ...]:
    point = [value * b - other_value * a for a, b in zip(one, other, strict=True)]
    divisor = math.gcd(*point)
    return tuple(coordinate // divisor for coordinate in point)
