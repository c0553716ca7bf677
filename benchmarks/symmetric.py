"""Symmetric games of two levels: the exact optimum against its potential, and against a grid of shares."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from benchmarks.measure import Result, at_most, for_information, medians, seconds
from fairgames import FederatedMean, LinearLaplace, PaymentGame, Users
from fairgames.counts.potential import count_potential_exact
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.mechanism.symmetric import optimum, symmetric_design
from fairgames.typing import FloatArray

#: Shares of the grid, and points of [0, 1] between which it looks for changes of sign.
STEPS = 1_000
_POINTS = 400

_COSTS = [Fraction(k, 5_000) for k in range(1, 101)]


def many_users(n: int = 200, rounds: int = 3) -> list[Result]:
    """The certified optimum of ``n`` users who share or not, from the users on, for two utilities.

    One peer is the step before in the chain, the potential at all counts. The other is what one
    would do without the curve of mixed equilibria: at each of 1,000 shares look for changes of sign
    of α·γ − c and find the root between them, in floats.
    """
    results: list[Result] = []
    for name, game in (("linear-laplace, ε = 1", _laplace(n)), ("federated mean", _federated(n))):
        source = Exchangeable.of(game)
        took = medians(
            {
                "design": lambda game=game: symmetric_design(game, "best", None),  # type: ignore[misc]
                "potential": lambda source=source: count_potential_exact(source.utilities, source.lattice),  # type: ignore[misc]
                "grid": lambda game=game: on_a_grid(game, STEPS),  # type: ignore[misc]
            },
            rounds,
        )
        best = float(symmetric_design(game, "best", None).platform_utility)
        found = on_a_grid(game, STEPS)
        detail = ", ".join(f"{what} {seconds(time)}" for what, time in took.items())
        peer = f"roots at {STEPS:,} shares by numbers"
        results += [
            for_information(
                f"symmetric optimum, {n} users, {name}", took["grid"] / took["design"], "x faster", peer, detail
            ),
            at_most(f"what the grid finds of it, {name}", found / best, 1 + 1e-12, "of the value", "the exact optimum"),
            for_information(f"what the grid loses, {name}", 100 * (1 - found / best), "%", "the exact optimum"),
            for_information(
                f"symmetric optimum, {n} users, {name}",
                took["design"] / took["potential"],
                "x",
                "exact potential of the counts",
                detail,
            ),
        ]
    return results


def share_by_cost(n: int = 200) -> list[Result]:
    """α*(c) at 100 sensitivities: the polynomials are made once."""
    game = SymmetricGame.of(_laplace(n))
    took = medians(
        {
            "curve": lambda: [optimum(game.with_cost(cost)) for cost in _COSTS],
            "one": lambda: optimum(SymmetricGame.of(_laplace(n))),
        },
        3,
    )
    return [
        for_information(
            f"α*(c) at {len(_COSTS)} sensitivities, {n} users",
            took["curve"] / len(_COSTS) / took["one"],
            "x",
            "one optimum from the users on",
            f"{seconds(took['curve'])} in all, {seconds(took['one'])}",
        )
    ]


def on_a_grid(game: PaymentGame, steps: int) -> float:
    """What the platform keeps at the best symmetric equilibrium of any share k/steps, all in floats."""
    from scipy.optimize import brentq

    n, cost = len(game.users), float(game.costs[0][1])
    worth = game.utility.on_counts([np.array([[n - k, k] for k in range(n + 1)])])
    gains = worth[1:] / np.arange(1, n + 1)  # who shares is paid an equal part of U

    def gain(p: float) -> float:
        return float(_chances(n - 1, 1 - p) @ gains)

    places = np.linspace(0, 1, _POINTS)
    known = np.array([gain(p) for p in places])
    best = 0.0
    for alpha in np.arange(1, steps + 1) / steps:
        signs = alpha * known >= cost
        found = [
            brentq(lambda p, alpha=alpha: alpha * gain(p) - cost, places[k], places[k + 1], xtol=1e-13)
            for k in np.flatnonzero(signs[1:] != signs[:-1])
        ]
        found += [0.0] if signs[0] else []
        best = max([best, *((1 - alpha) * float(_chances(n, 1 - p) @ worth) for p in found)])
    return float(best)


def _chances(n: int, q: float) -> FloatArray:
    """How many of ``n`` share who do so with probability q."""
    from scipy.special import gammaln, xlog1py, xlogy

    k = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray(np.exp(ways + xlogy(k, q) + xlog1py(n - k, -q)))


def _laplace(n: int) -> PaymentGame:
    return PaymentGame(LinearLaplace(n, [0, 1]), Users(sensitivity=[[0, "1/1000"]] * n))


def _federated(n: int) -> PaymentGame:
    users = Users(samples=[30] * n, sensitivity=[[0, 10]] * n)
    return PaymentGame(FederatedMean(users, between=1.0, within=10.0, levels=(0, 2)), users)
