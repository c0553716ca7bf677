"""Every benchmark by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks import (
    certainty,
    design,
    dynamics,
    engines,
    estimators,
    export,
    grid,
    learning,
    overhead,
    payments,
    population,
    potential,
    recall,
    refusal,
    scale,
    several_players,
    startup,
    symmetric,
    training,
    two_players,
)
from benchmarks.measure import Result


@dataclass(frozen=True)
class Benchmark:
    """What to run for a name.

    Attributes
    ----------
    run : measures
    claim : what it is about, in one line
    slow : whether ``--quick`` leaves it out
    """

    run: Callable[[], Iterable[Result]]
    claim: str
    slow: bool = False


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        "potential": Benchmark(potential.potential_of_all, "The potential of 14 users against U.copy()."),
        "payments": Benchmark(payments.payments_of_all, "All payments, per profile, against subset sums."),
        "intervals": Benchmark(design.intervals, "Intervals and optimum of 10 users against their potential."),
        "design-14-users": Benchmark(design.fourteen_users, "The whole design of 14 users in 1 GB."),
        "design-17-users-2-levels": Benchmark(
            design.seventeen_users_two_levels, "The whole design of 17 users with two levels in 20 GB."
        ),
        "scale-types": Benchmark(scale.types, "Payments of 1,000 users of three types in 2 s."),
        "scale-distinct": Benchmark(scale.distinct, "Payments of 200 and 1,000 distinct users: time and error."),
        "scale-sizes": Benchmark(scale.sizes, "Payments of 10 to a million users of six types: time and error."),
        "scale-levels": Benchmark(
            scale.levels, "Payments of 3,000 linear-Laplace users on 2 to 4 levels: time and error.", slow=True
        ),
        "scale-fedavg": Benchmark(scale.fedavg, "Payments of 1,000 users of three types with FedAvg: time and error."),
        "scale-updates": Benchmark(
            scale.updates, "Incremental payments of distinct users against fresh payments, per update."
        ),
        "scale-samplers": Benchmark(scale.samplers, "Samplers beside exponential sums on the same U.", slow=True),
        "deviation-values": Benchmark(
            dynamics.deviation_values, "All deviations of many users in one pass, against payments one by one."
        ),
        "paths": Benchmark(dynamics.found_by_paths, "Paths of equilibria against the exact search.", slow=True),
        "crowd": Benchmark(dynamics.crowd, "A million users from nobody to an equilibrium.", slow=True),
        "import": Benchmark(startup.imports, "import fairgames against import numpy."),
        "command": Benchmark(startup.command, "fairgames design as a process against python -c 'import numpy'."),
        "refusal": Benchmark(refusal.refusal, "30 users are refused at once, before allocating."),
        "export": Benchmark(export.export, "The game of 10 users as .nfg against pygambit's from_arrays and to_nfg."),
        "overhead": Benchmark(
            overhead.overhead, "Engines through their adapters against engines called by hand, 12×12."
        ),
        "grid": Benchmark(grid.algorithm_1, "Algorithm 1 of the papers against the exact design, 8 users.", slow=True),
        "grid-types": Benchmark(grid.algorithm_1_in_types, "The same for 12 users in two types."),
        "grid-lost": Benchmark(grid.lost_on_a_grid, "What a grid of shares loses of the optimum."),
        "grid-two-users": Benchmark(
            grid.engines_of_two_users, "nashpy and Gambit at 201 shares against the exact design."
        ),
        "grid-more-users": Benchmark(
            grid.engines_of_more_users, "Gambit at 201 shares against the exact design, 5 users."
        ),
        "maps": Benchmark(two_players.maps, "Fig. 9: the best share over 101×101 costs, against nashpy at 200 shares."),
        "two-players": Benchmark(
            two_players.more_levels, "Two users with 3 to 6 levels against engines at 200 shares.", slow=True
        ),
        "estimators": Benchmark(
            estimators.closed_forms, "Closed-form weights against cvxpy, compiled once, per instance."
        ),
        "grid-10-users": Benchmark(
            grid.algorithm_1_ten_hospitals, "Algorithm 1 against the exact design, 10 users.", slow=True
        ),
        "certainty": Benchmark(
            certainty.certainty, "Designs whose comparisons are certain against the commit before.", slow=True
        ),
        "counts": Benchmark(population.counts_against_profiles, "12 users in two types: counted against listed."),
        "counts-16-users": Benchmark(population.sixteen_users, "16 users in two types, the whole design."),
        "counts-40-users": Benchmark(
            population.forty_users, "40 users in four types, 18,974,736 states, in 8 GB.", slow=True
        ),
        "symmetric": Benchmark(
            symmetric.many_users, "200 users who play alike, against the potential of their counts."
        ),
        "symmetric-shares": Benchmark(
            symmetric.share_by_cost,
            "The best symmetric share for many costs, against roots on a grid of 1,000 shares.",
            slow=True,
        ),
        "learning": Benchmark(
            learning.learning, "What is lost while costs are learned, against a bandit on 20 shares.", slow=True
        ),
        "recall": Benchmark(
            recall.recall, "What each engine finds of 1,000 payment games, half of them at a critical α.", slow=True
        ),
        "engines": Benchmark(
            engines.engines, "What each engine finds of 500 games of 20 families, and how often it hangs.", slow=True
        ),
        "several-players": Benchmark(
            several_players.several_players,
            "All equilibria of random games up to 5 players or 4 strategies, with proof; and what enumpoly finds.",
            slow=True,
        ),
        "design-16-users": Benchmark(
            design.sixteen_users, "The whole design of 16 users, 43,046,721 profiles, in 20 GB.", slow=True
        ),
        "training-errors": Benchmark(
            training.errors, "Payments of 12 clinics from 100 to 1,000 of 4,096 trainings.", slow=True
        ),
        "training-coverage": Benchmark(training.coverage, "How often 95% intervals hold the payment.", slow=True),
        "training-design": Benchmark(
            training.clinics, "The share for eight clinics from 400 of 6,561 trainings.", slow=True
        ),
        "training-federation": Benchmark(training.federation, "54 hospitals from 500 to 2,000 evaluations.", slow=True),
        "training-overhead": Benchmark(training.overhead, "Store and surrogate, an evaluation.", slow=True),
    }
)
