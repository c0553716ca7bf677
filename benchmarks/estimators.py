"""The closed forms of the estimators' weights against the same problems as convex programs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from benchmarks.measure import Result, at_least, for_information, medians, seconds
from fairgames.estimators import MeanPrior, federated_weights, laplace_weights, optimal_weights
from fairgames.estimators.federated_weights import signals
from fairgames.estimators.programs import Constraints
from fairgames.typing import FloatArray, IntArray
from fairgames.users import Users
from fairgames.utilities import FederatedMean
from fairgames_cvxpy import programs

#: How many times as fast as the program, per instance, the closed forms are to be.
TIME_TARGET = 1000
_INSTANCES = 1000
#: Programs solved a round: each takes as long as thousands of closed forms.
_PROGRAMS = 100


def closed_forms(n: int = 10, rounds: int = 5) -> list[Result]:
    """Per instance, 1,000 instances at once, against cvxpy with Clarabel.

    The program is compiled before the clock starts and solved again with other numbers in its
    parameters, the fastest way that cvxpy has. ε is spread over six orders of magnitude.
    """
    epsilons, prior = _epsilons(n), MeanPrior()
    utility, profiles = _federation(n)
    laplace, federated = (
        programs().linear_laplace(n, Constraints()),
        programs().federated(n, Constraints()),
    )
    seen = [signals(utility, profile) for profile in profiles[:_PROGRAMS]]
    exact = [Fraction(epsilon) for epsilon in epsilons[0].tolist()]
    took = medians(
        {
            "laplace": lambda: laplace_weights(epsilons, prior),
            "exact": lambda: optimal_weights(exact, prior),
            "laplace program": lambda: [laplace(row, prior) for row in epsilons[:_PROGRAMS]],
            "federated": lambda: federated_weights(utility, profiles),
            "federated program": lambda: [federated(one) for one in seen],
        },
        rounds,
    )
    each = {
        "laplace": _INSTANCES,
        "federated": _INSTANCES,
        "laplace program": _PROGRAMS,
        "federated program": _PROGRAMS,
    }
    per = {name: time / each.get(name, 1) for name, time in took.items()}
    peer = "cvxpy with Clarabel, compiled once, {} each".format
    return [
        at_least(
            f"linear-Laplace weights, {n} users",
            per["laplace program"] / per["laplace"],
            TIME_TARGET,
            "x as fast",
            peer(seconds(per["laplace program"])),
            f"{seconds(per['laplace'])} each, {_INSTANCES} at once",
        ),
        for_information(
            f"linear-Laplace weights as rationals, {n} users",
            per["laplace program"] / per["exact"],
            "x as fast",
            peer(seconds(per["laplace program"])),
            seconds(per["exact"]),
        ),
        at_least(
            f"federated weights of all targets, {n} users",
            per["federated program"] / per["federated"],
            TIME_TARGET,
            "x as fast",
            peer(seconds(per["federated program"])),
            f"{seconds(per['federated'])} each, {_INSTANCES} at once",
        ),
    ]


def _epsilons(n: int) -> FloatArray:
    rng = np.random.default_rng(0)
    return 10 ** rng.uniform(-3, 3, (_INSTANCES, n))


def _federation(n: int) -> tuple[FederatedMean, IntArray]:
    rng = np.random.default_rng(1)
    profiles = rng.integers(0, 3, (_INSTANCES, n))
    profiles[:, 0] = 1  # somebody shares
    return FederatedMean(Users(samples=rng.uniform(5, 300, n)), between=1.0, within=10.0), profiles
