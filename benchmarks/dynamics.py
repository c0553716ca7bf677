"""Equilibria of many users: all deviations priced in one pass, paths against the exact search, a crowd at rest."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measure import Result, at_least, for_information, in_child, peak_rss, seconds
from fairgames import FederatedMean, PaymentGame, Users, design, payments
from fairgames.equilibria.large.best_response import best_responses
from fairgames.equilibria.large.game import ClassGame
from fairgames.mechanism.path import path_design

#: Part of random games in which the search along paths is to find the exact optimum.
FOUND = 0.9
#: How many times quicker all deviations in one pass must be than payments profile by profile.
ONE_PASS = 10.0


def hospitals(n: int, seed: int) -> PaymentGame:
    """Distinct users with costs of their own."""
    generator = np.random.default_rng(seed)
    steps = generator.uniform(0.02, 1.5, (n, 2)).round(3).tolist()
    users = Users(samples=np.exp(generator.uniform(1, 7, n)), sensitivity=[[0, low, low + more] for low, more in steps])
    return PaymentGame(FederatedMean(users, float(generator.choice([0.1, 1, 10])), 10.0), users)


def deviation_values(which: Sequence[int] = (54, 200, 1000)) -> list[Result]:
    """All deviations of distinct users at one profile, against payments profile by profile, of which one is timed."""
    results = []
    for n in which:
        run = in_child(one_pass, n)
        results.append(
            at_least(
                f"deviations of {n:,} distinct users in one pass",
                2 * n * run["payments"] / run["pass"],
                ONE_PASS,
                "x",
                f"payments at {2 * n:,} deviated profiles, {seconds(run['payments'])} each",
                f"{seconds(run['pass'])}, error at most {run['error']:.1e} of the largest payment",
            )
        )
    return results


def one_pass(n: int) -> dict[str, Any]:
    """The second pass of a process: the first one makes the fits that all share."""
    game, generator = ClassGame(hospitals(n, n)), np.random.default_rng(n)
    game.at(game.random(generator))
    counts = game.random(generator)
    begun = time.perf_counter()
    position = game.at(counts)
    took = time.perf_counter() - begun
    payments(game.game.utility, game.profile(counts))
    begun = time.perf_counter()
    found = payments(game.game.utility, game.profile(counts))
    alone = time.perf_counter() - begun
    largest = float(np.abs(found.payments).max())
    return {"pass": took, "payments": alone, "error": position.deviation_values.error / largest}


def found_by_paths(n: int = 8, games: int = 20) -> list[Result]:
    """How often the search along paths finds the exact optimum, and what it loses where it does not."""
    losses, times = [], {"path": 0.0, "exact": 0.0}
    for seed in range(games):
        game = hospitals(n, seed)
        begun = time.perf_counter()
        exact = float(design(game).platform_utility)
        times["exact"] += time.perf_counter() - begun
        begun = time.perf_counter()
        losses.append(1 - float(path_design(game).platform_utility) / exact)
        times["path"] += time.perf_counter() - begun
    part = float(np.mean(np.array(losses) < 1e-9))
    what = f"{games} random games of {n} users"
    return [
        at_least(f"{what}: exact optimum found along paths", part, FOUND, "of them", "the exact search"),
        for_information(f"{what}: largest loss", max(losses), "of the optimum", "the exact search"),
        for_information(
            f"{what}: time", times["path"] / times["exact"], "x", f"the exact search, {seconds(times['exact'])}"
        ),
    ]


def crowd(n: int = 10**6) -> list[Result]:
    """A million users of three types and two levels: from nobody to an equilibrium at one share."""
    run = in_child(at_rest, n)
    return [
        for_information(
            f"{n:,} users of three types at rest",
            run["seconds"],
            "s",
            f"{run['looks']} looks, settled: {run['settled']}",
            f"largest regret {run['regret']:.1e} ± {run['bound']:.1e}, peak {run['peak'] / 1e9:.2f} GB",
        )
    ]


def at_rest(n: int) -> dict[str, Any]:
    parts, costs = (n // 2, 2 * n // 5, n // 10), ("0.4", "0.9", "2.2")
    users = Users(
        samples=np.repeat([5.0, 40.0, 400.0], parts),
        sensitivity=[row for part, cost in zip(parts, costs, strict=True) for row in [("0", cost)] * part],
    )
    game = ClassGame(PaymentGame(FederatedMean(users, 1.0, 10.0, levels=[0, 1]), users))
    begun = time.perf_counter()
    rest = best_responses(game, game.lowest(), 0.2)
    return {
        "seconds": time.perf_counter() - begun,
        "looks": game.n_priced,
        "settled": rest.settled,
        "regret": rest.regret,
        "bound": rest.bound,
        "peak": peak_rss(),
    }
