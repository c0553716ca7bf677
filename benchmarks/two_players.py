"""Two users at every share at once, against engines that enumerate equilibria over a grid of 200 shares."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import median

import numpy as np

from benchmarks.measure import Result, at_least, at_most, for_information, seconds
from fairgames import LinearLaplace, PaymentGame, TableUtility, Users, design
from fairgames.exact import object_array
from fairgames.mechanism.maps import DesignMap, design_map
from fairgames.solvers.registry import resolve
from fairgames.typing import FloatArray, MixedProfile

#: Seconds of one core for both maps of Fig. 9.
MAP_TARGET = 10.0
#: Times the engine over its grid.
RATIO_TARGET = 10.0
#: Shares that an engine is driven over.
SHARES = 200
ENGINES = ("lrs", "gambit:enummixed-rational", "nashpy:support-enumeration")
SEED = 20240609


def maps(points: int = 101, sample: int = 12) -> list[Result]:
    """Fig. 9: the best share and what the platform keeps, over c₁ and c₂ from 0 to 1.

    Nashpy is called by hand at some of the points, at each over a grid of shares, and its time is
    scaled to a point. What its grid loses is the difference to the exact optimum.
    """
    utility = LinearLaplace(2, [0, "inf"])
    costs = [Fraction(k, points - 1) for k in range(points)]
    begun = time.process_time()
    found = design_map(utility, costs, costs)
    took = time.process_time() - begun
    begun = time.process_time()
    lost = [_lost(utility, found, place) for place in _places(points, sample)]
    by_grid = (time.process_time() - begun) / len(lost)
    alone = took / points**2
    peer = f"nashpy's support enumeration over {SHARES} shares, {seconds(by_grid)} a point ({len(lost)} points)"
    return [
        at_most(
            f"Fig. 9, {points}×{points} pairs of costs", took, MAP_TARGET, "s", "one core", seconds(alone) + " a point"
        ),
        at_least("exact map, times faster a point", by_grid / alone, RATIO_TARGET, "x", peer, seconds(alone)),
        for_information("most of the optimum that the grid loses", 100 * max(lost), "%", peer),
        for_information("median of what the grid loses", 100 * median(lost), "%", peer),
    ]


def more_levels(sizes: Sequence[int] = (3, 4, 6), sample: int = 10, rounds: int = 3) -> list[Result]:
    """Two users with several levels each: one exact design against an engine at each share of a grid.

    Engines work in this process, without the cost of a child, at some shares of the grid; their
    time is scaled to all of it. None of their equilibria may leave the platform more.
    """
    results = []
    for size in sizes:
        random = np.random.default_rng([SEED, size])
        games = [_game(random, size) for _ in range(rounds)]
        begun = time.perf_counter()
        found = [design(game) for game in games]
        ours = (time.perf_counter() - begun) / rounds
        for engine in resolve(ENGINES):
            if engine.not_installed() is not None:
                continue
            list(engine.profiles(games[0].at(1)))  # what is loaded and compiled once does not count
            took = 0.0
            for game, best in zip(games, found, strict=True):
                for alpha in _grid(sample):
                    normal = game.at(alpha)
                    begun = time.perf_counter()
                    profiles = list(engine.profiles(normal))
                    took += time.perf_counter() - begun
                    _check(game, alpha, profiles, float(best.platform_utility))
            theirs = took / (rounds * sample) * SHARES
            name = f"{size} levels each, times faster than {engine.id}"
            peer = f"{engine.id} at {SHARES} shares, {seconds(theirs)}"
            results.append(at_least(name, theirs / ours, RATIO_TARGET, "x", peer, seconds(ours)))
    return results


def _places(points: int, sample: int) -> list[tuple[int, int]]:
    """Points all over the part of the map where somebody shares, c < 2/3, off its diagonal."""
    width = 2 * points // 3
    return [(k * width // (sample + 1), 7 * k * width // (sample + 1) % width) for k in range(1, sample + 1)]


def _lost(utility: LinearLaplace, found: DesignMap, place: tuple[int, int]) -> float:
    """The part of the optimum at one point that nashpy's best share of a grid misses."""
    costs = [found.costs[user][place[user]] for user in (0, 1)]
    game = PaymentGame(utility, Users(sensitivity=[[0, cost] for cost in costs]))
    table = game.utilities.numbers().astype(float)
    values = [part.astype(float) for part in game.values()]
    own = float(costs[0]) * np.array([[0.0], [1.0]]), float(costs[1]) * np.array([[0.0, 1.0]])
    kept = 0.0
    for alpha in np.linspace(0, 1, SHARES):
        for x, y in _by_nashpy(alpha * values[0] - own[0], alpha * values[1] - own[1]):
            kept = max(kept, float((1 - alpha) * (x @ table @ y)))
    exact = float(found.platform_utility[place])
    if kept > exact + 1e-9:
        raise RuntimeError(f"nashpy's grid keeps {kept} at costs {costs}, but the exact optimum is {exact}")
    return (exact - kept) / exact if exact else 0.0


def _by_nashpy(A: FloatArray, B: FloatArray) -> Iterable[tuple[FloatArray, FloatArray]]:
    import nashpy

    with warnings.catch_warnings():  # of games with an even number of equilibria
        warnings.simplefilter("ignore")
        return list(nashpy.Game(A, B).support_enumeration(non_degenerate=True))


def _grid(sample: int) -> list[Fraction]:
    """Some of the shares 1/200, …, 1."""
    return [Fraction(round(k * SHARES / sample), SHARES) for k in range(1, sample + 1)]


def _check(game: PaymentGame, alpha: Fraction, profiles: Sequence[MixedProfile], exact: float) -> None:
    table = game.utilities.numbers()
    for x, y in profiles:
        kept = float((1 - alpha) * (x @ table @ y))
        if kept > exact + 1e-9:
            raise RuntimeError(f"an engine keeps {kept} at α = {alpha}, but the exact optimum is {exact}")


def _game(random: np.random.Generator, size: int) -> PaymentGame:
    """U rises with both levels and with diminishing returns, about; multiples of 1/1000."""
    own = np.concatenate([[0], random.integers(100, 400, size - 1).cumsum()])
    other = np.concatenate([[0], random.integers(100, 400, size - 1).cumsum()])
    worth = own[:, None] + other[None, :]
    smooth = (1000 * worth / (worth + 600)).astype(int) + np.where(worth > 0, random.integers(0, 25, worth.shape), 0)
    table = object_array(Fraction(int(value), 1000) for value in smooth.flat).reshape(size, size)
    costs = [[0, *random.integers(5, 90, size - 1).cumsum().tolist()] for _ in range(2)]
    users = Users(sensitivity=[[Fraction(cost, 1000) for cost in row] for row in costs])
    return PaymentGame(TableUtility(table), users)
