"""Intervals of all profiles and the optimum: their time against the potential's, their memory against the machine's."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.games import hospitals
from benchmarks.measure import Result, at_most, for_information, in_child, medians, peak_rss, seconds
from fairgames import design, pure_equilibria
from fairgames.valuation.potential import potential

#: Times the potential that all intervals and the choice may take, for 10 users.
TIME_TARGET = 30


def intervals(n: int = 10, rounds: int = 15) -> list[Result]:
    """All intervals, the choice and its certificate against the potential of the same game.

    U and P are there before. The peer is the step before in the chain: if the outer loop
    stays within a small multiple of it, the whole design is about as cheap as the payments.
    """
    game = hospitals(n)
    utilities = game.utilities.values
    _ = game.potential  # made once and kept, with U
    took = medians(
        {
            "potential": lambda: potential(utilities),
            "intervals": lambda: pure_equilibria(game),
            "design": lambda: design(game),
        },
        rounds,
    )
    peer = f"potential of the same {game.size:,} profiles, {seconds(took['potential'])}"
    return [
        at_most(
            f"intervals, optimum and certificate, {n} users",
            took["design"] / took["potential"],
            TIME_TARGET,
            "x",
            peer,
            seconds(took["design"]),
        ),
        for_information(
            f"of it, intervals alone, {n} users",
            took["intervals"] / took["potential"],
            "x",
            peer,
            seconds(took["intervals"]),
        ),
    ]


def fourteen_users() -> list[Result]:
    """14 users with three levels, 4,782,969 profiles, in 1 GB."""
    return _whole(14, 3, 1)


def seventeen_users_two_levels() -> list[Result]:
    """17 users with two levels, 131,072 profiles, in 20 GB."""
    return _whole(17, 2, 20)


def sixteen_users() -> list[Result]:
    """16 users with three levels, 43,046,721 profiles, in 20 GB."""
    return _whole(16, 3, 20)


def _whole(n: int, n_levels: int, gigabytes: float) -> list[Result]:
    """Peak memory of a process that does nothing but this design, interpreter and NumPy included."""
    found = in_child(whole_design, n, n_levels)
    stages = "; ".join(
        f"{stage['name']} {seconds(stage['seconds'])}, then {stage['peak'] / 1e9:.3g} GB" for stage in found["stages"]
    )
    what = f"whole design, {n} users, {n_levels} levels, {found['profiles']:,} profiles"
    return [
        at_most(f"{what}, memory", found["peak"] / 1e9, gigabytes, "GB", "peak RSS of its process", stages),
        for_information(f"{what}, time", found["seconds"], "s", "none", f"{found['equilibria']:,} equilibria"),
    ]


def whole_design(n: int, n_levels: int) -> dict[str, Any]:
    """From users to certified optimum, with the time and the peak so far after each stage."""
    begun = time.perf_counter()
    game = hospitals(n, n_levels)
    stages = []

    def stage(name: str, since: float) -> float:
        now = time.perf_counter()
        stages.append({"name": name, "seconds": now - since, "peak": peak_rss()})
        return now

    _ = game.potential
    now = stage("U and P", begun)
    found = design(game)
    now = stage("intervals and choice", now)
    return {
        "profiles": game.size,
        "seconds": now - begun,
        "peak": peak_rss(),
        "stages": stages,
        "equilibria": found.equilibrium_profiles,
    }
