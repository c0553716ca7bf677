"""Users in types on the lattice of counts: against all profiles where those fit, and where they are hopelessly many."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.measure import Result, at_most, for_information, in_child, medians, peak_rss, seconds
from fairgames import FederatedMean, PaymentGame, Users
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.types import population_design

#: What the types have: samples, in the order in which they are taken.
SAMPLES = (10, 40, 160, 640)

#: Part of the time over all profiles that the design on counts may take, for 12 users of 2 types.
TIME_TARGET = 0.4

#: What 40 users of 4 types may take: minutes and gigabytes.
MINUTES, GIGABYTES = 10, 8


def population(n: int, n_types: int, distinct: bool = False) -> PaymentGame:
    """``n`` users with three levels, as many of each type; with costs of their own, if ``distinct``."""
    rng = np.random.default_rng(2024)
    steps = rng.uniform(0.05, 1, (n if distinct else n_types, 2)).round(4).tolist()
    each = n // n_types
    sensitivity = [
        [0, low, low + more] for low, more in (steps[user if distinct else user // each] for user in range(n))
    ]
    users = Users(samples=np.repeat(SAMPLES[:n_types], each), sensitivity=sensitivity)
    return PaymentGame(FederatedMean(users, between=1.0, within=10.0), users)


def counts_against_profiles(n: int = 12, rounds: int = 5) -> list[Result]:
    """The whole design, U and P included, on counts against all profiles of the same game: with the same answer."""
    results = []
    for distinct in (False, True):
        answers: dict[str, float] = {}

        def on_counts(distinct: bool = distinct, answers: dict[str, float] = answers) -> None:
            answers["counts"] = float(population_design(population(n, 2, distinct), "best", None).platform_utility)

        def on_profiles(distinct: bool = distinct, answers: dict[str, float] = answers) -> None:
            answers["profiles"] = float(pure_design(population(n, 2, distinct), "best", None).platform_utility)

        took = medians({"counts": on_counts, "profiles": on_profiles}, rounds)
        if abs(answers["counts"] - answers["profiles"]) > 1e-9:
            raise AssertionError(f"counts and profiles disagree: {answers}")
        costs = "each with costs of their own" if distinct else "alike within types"
        results.append(
            at_most(
                f"design on counts, {n} users of 2 types, {costs}",
                took["counts"] / took["profiles"],
                TIME_TARGET,
                "x",
                f"design over all {3**n:,} profiles, {seconds(took['profiles'])}",
                seconds(took["counts"]),
            )
        )
    return results


def sixteen_users() -> list[Result]:
    """16 users of 2 types with three levels: 2,025 states for 43,046,721 profiles."""
    return _whole(16, 2, distinct=False) + _whole(16, 2, distinct=True)


def forty_users() -> list[Result]:
    """40 users of 4 types with three levels, 18,974,736 states for 3^40 profiles, in 10 minutes and 8 GB."""
    return _whole(40, 4, distinct=False) + _whole(40, 4, distinct=True)


def _whole(n: int, n_types: int, distinct: bool) -> list[Result]:
    found = in_child(whole_design, n, n_types, distinct)
    costs = "each with costs of their own" if distinct else "alike within types"
    what = f"whole design on counts, {n} users of {n_types} types, {costs}, {found['states']:,} states"
    stages = "; ".join(f"{name} {seconds(took)}" for name, took in found["stages"].items())
    return [
        at_most(f"{what}, time", found["seconds"] / 60, MINUTES, "min", "a promise", stages),
        at_most(f"{what}, memory", found["peak"] / 1e9, GIGABYTES, "GB", "peak RSS of its process"),
        for_information(f"{what}, regret over its bound", found["regret"], "x", "1: what rounding may add"),
    ]


def whole_design(n: int, n_types: int, distinct: bool) -> dict[str, Any]:
    """From users to certified optimum; U and P also by themselves, to tell how long they take."""
    from fairgames.equilibria.types.candidate_states import candidate_states
    from fairgames.equilibria.types.game import PopulationGame

    game, begun = population(n, n_types, distinct), time.perf_counter()
    found = population_design(game, "best", None)
    took, peak = time.perf_counter() - begun, peak_rss()
    counted = PopulationGame.of(game)
    begun = time.perf_counter()
    _ = counted.potential
    made = time.perf_counter()
    suspected = len(candidate_states(counted))
    looked = time.perf_counter()
    return {
        "states": counted.lattice.size,
        "seconds": took,
        "peak": peak,
        "stages": {
            "U and P": made - begun,
            f"a look at every state, which leaves {suspected:,},": looked - made,
            "all": took,
        },
        "regret": float(found.regret) / found.regret_bound,
    }
