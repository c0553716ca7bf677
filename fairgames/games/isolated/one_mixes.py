"""Equilibria in which one player alone mixes: a polytope, exactly.

The others' strategies are pure, so the player is indifferent, or not, whatever the mixture; and that
nobody else gains is linear in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from fairgames.exact import object_array
from fairgames.games.double_description import extreme_rays
from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, MixedProfile


def ends(payoffs: Array, supports: Supports) -> list[MixedProfile]:
    """The extreme points of the closure of the equilibria on such supports; nothing if there are none.

    Parameters
    ----------
    payoffs : ``Fraction`` objects, shape (m_1, …, m_N, N)
    supports : of one strategy each but one player's at most
    """
    player = max(range(len(supports)), key=lambda k: len(supports[k]))
    used = supports[player]
    own = payoffs[(*(slice(None) if k == player else one[0] for k, one in enumerate(supports)), player)]
    if any(own[k] != own.max() for k in used):
        return []
    rays = [ray.point for ray in extreme_rays(len(used), list(_conditions(payoffs, supports, player)))]
    if not all(any(point[k] for point in rays) for k in range(len(used))):  # a strategy that is never in use
        return []
    return [_profile(payoffs.shape[:-1], supports, player, point) for point in rays]


def _conditions(payoffs: Array, supports: Supports, player: int) -> Iterator[list[int]]:
    """What each other strategy of each other player loses, by strategy in use, in integers."""
    place = tuple(used[0] for used in supports)
    for other in range(len(supports)):
        if other == player:
            continue
        for strategy in range(payoffs.shape[other]):
            if strategy == place[other]:
                continue
            losses = []
            for own in supports[player]:
                here = [*place[:player], own, *place[player + 1 :]]
                there = [*here[:other], strategy, *here[other + 1 :]]
                losses.append(payoffs[(*here, other)] - payoffs[(*there, other)])
            multiple = math.lcm(*(loss.denominator for loss in losses))
            yield [int(loss * multiple) for loss in losses]


def _profile(shape: tuple[int, ...], supports: Supports, player: int, point: tuple[int, ...]) -> MixedProfile:
    vectors = []
    for size, used in zip(shape, supports, strict=True):
        vectors.append(object_array([Fraction(0)] * size))
        vectors[-1][used[0]] = Fraction(1)
    vectors[player][list(supports[player])] = object_array(Fraction(value, sum(point)) for value in point)
    return tuple(vectors)


def middle(points: list[MixedProfile]) -> MixedProfile:
    """Their average, which uses whatever any of them uses."""
    return tuple(np.asarray(sum(vectors) * Fraction(1, len(points))) for vectors in zip(*points, strict=True))
