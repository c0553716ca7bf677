"""What a grid of shares costs and loses against the exact answer: Algorithm 1, and engines driven over a grid."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial, reduce

import numpy as np

from benchmarks.games import hospitals
from benchmarks.measure import Result, for_information, medians, seconds
from benchmarks.recall import payment_game
from fairgames import Design, FederatedMean, PaymentGame, TableUtility, Users, design
from fairgames.mechanism import Scope
from fairgames.mechanism.grid import grid_design
from fairgames.mechanism.partitions import Partitions
from fairgames.solvers.registry import Solver, resolve
from fairgames.typing import FloatArray

SEED = 20240607
#: Steps of the grids of Algorithm 1, and of the grid that engines are driven over.
STEPS = (100, 1000)
ENGINE_STEPS = 200


def algorithm_1(n: int = 8, rounds: int = 1) -> list[Result]:
    """Algorithm 1 against ``design``, both from the users to the certified answer; no two hospitals are alike.

    Of Algorithm 1 the sums over coalitions are also timed alone: they do not depend on the grid.
    """
    return _timed(f"{n} hospitals", lambda: hospitals(n), rounds)


def algorithm_1_in_types(size: int = 6, rounds: int = 1) -> list[Result]:
    """The same where there is much to exchange: two types of users who differ in what sharing costs them."""
    return _timed(f"{2 * size} users in 2 types", lambda: _two_types(size), rounds)


def algorithm_1_ten_hospitals() -> list[Result]:
    """10 hospitals, 59,049 partitions, in one run of about a minute."""
    game = hospitals(10)
    ours = medians({"design": lambda: design(hospitals(10), scope="pure")}, 9)["design"]
    begun = time.perf_counter()
    found = grid_design(game, STEPS[0])
    took = time.perf_counter() - begun
    return [_time_result("10 hospitals", STEPS[0], took, ours, game, _lost(found, design(game, scope="pure")))]


def lost_on_a_grid(games: int = 100) -> list[Result]:
    """How much less than the exact optimum Algorithm 1 finds, over random games.

    Two users with a table of utilities and two to four levels; and four hospitals, some of them
    alike, with random numbers of samples and costs. Last, one game made by hand that loses a third
    on any grid without the one share at which its best profile is an equilibrium.
    """
    peer = "the exact optimum over pure equilibria"
    results = []
    for kind, made in (("two users, tables", _tables(games)), ("four hospitals", _federations(games))):
        lost: dict[int, list[float]] = {steps: [] for steps in STEPS}
        for game in made:
            best = design(game, scope="pure")
            for steps in STEPS:
                lost[steps].append(_lost(grid_design(game, steps), best))
        for steps, amounts in lost.items():
            results += _losses(f"{kind}, {steps} steps", amounts, peer)
    game = _one_share_only(Fraction(144, 233))
    best = design(game, scope="pure")
    return [
        *results,
        *(
            for_information(f"lost, made by hand, {steps} steps", _lost(grid_design(game, steps), best), "%", peer)
            for steps in STEPS
        ),
    ]


def engines_of_two_users(games: int = 12) -> list[Result]:
    """nashpy and Gambit at each of 201 shares against ``design`` over all equilibria, on random games.

    The engines get the payoffs at every share for nothing, and are called through their adapters;
    what is timed is the search for equilibria and the best of their values.
    """
    solvers = [*resolve("nashpy:support-enumeration"), *resolve("gambit:enummixed")]
    return _engines(f"{games} games of two users", list(_tables(games)), solvers, "all")


def engines_of_more_users(n: int = 5) -> list[Result]:
    """Gambit's enumpure at each of 201 shares against ``design`` over pure equilibria, payoffs given."""
    return _engines(f"{n} hospitals", [hospitals(n)], list(resolve("gambit:enumpure")), "pure")


def _timed(what: str, make: Callable[[], PaymentGame], rounds: int) -> list[Result]:
    found: dict[int, Design] = {}

    def algorithm(steps: int) -> None:
        found[steps] = grid_design(make(), steps)

    took = medians(
        {
            "design": lambda: design(make(), scope="pure"),
            "values": lambda: _all_values(make()),
            **{str(steps): partial(algorithm, steps) for steps in STEPS},
        },
        rounds,
    )
    game = make()
    best = design(game, scope="pure")
    results = [
        _time_result(what, steps, took[str(steps)], took["design"], game, _lost(found[steps], best)) for steps in STEPS
    ]
    name, peer = f"of it, sums over coalitions alone, {what}", f"design of the same game, {seconds(took['design'])}"
    return [*results, for_information(name, took["values"] / took["design"], "x", peer, seconds(took["values"]))]


def _all_values(game: PaymentGame) -> None:
    partitions = Partitions(game)
    for partition in partitions:
        partitions.value(partition)


def _time_result(what: str, steps: int, took: float, ours: float, game: PaymentGame, lost: float) -> Result:
    return for_information(
        f"Algorithm 1, {steps} steps, {what}",
        took / ours,
        "x",
        f"design of the same game, {seconds(ours)}",
        f"{seconds(took)}, {len(Partitions(game)):,} partitions of {game.size:,} profiles; loses {lost:.3g}%",
    )


def _lost(found: Design, best: Design) -> float:
    """What is missing to the exact optimum, in percent of it."""
    return _percent(float(found.platform_utility), float(best.platform_utility))


def _percent(value: float, best: float) -> float:
    if value > best + 1e-9 * max(1.0, abs(best)):
        raise RuntimeError(f"a grid found {value}, which is better than the exact optimum {best}")
    return 100 * max(best - value, 0.0) / best if best > 0 else 0.0


def _losses(what: str, amounts: list[float], peer: str) -> list[Result]:
    hit = sum(amount < 1e-9 for amount in amounts)
    detail = f"{len(amounts)} games, nothing lost in {hit}"
    return [
        for_information(f"lost, {what}, median", statistics.median(amounts), "%", peer, detail),
        for_information(f"lost, {what}, worst", max(amounts), "%", peer, detail),
    ]


def _engines(what: str, games: list[PaymentGame], solvers: list[Solver], scope: Scope) -> list[Result]:
    design(_again(games[0]), scope=scope)
    begun = time.perf_counter()
    best = [float(design(_again(game), scope=scope).platform_utility) for game in games]
    ours = time.perf_counter() - begun
    results = []
    for solver in solvers:
        took, lost = 0.0, []
        for game, optimum in zip(games, best, strict=True):
            seconds_here, value = _driven(game, solver)
            took += seconds_here
            lost.append(_percent(value, optimum))
        name = f"{solver.id} at {ENGINE_STEPS + 1} shares, {what}"
        peer = f"design in scope {scope}, {seconds(ours)}"
        results.append(for_information(name, took / ours, "x", peer, f"{seconds(took)}, payoffs given"))
        results += _losses(name, lost, f"the exact optimum in scope {scope}")
    return results


def _driven(game: PaymentGame, solver: Solver) -> tuple[float, float]:
    """(seconds, the best value at a share of the grid) of an engine that looks for all equilibria at each."""
    utilities = np.asarray(game.utilities.numbers(), dtype=float)
    shares = [Fraction(k, ENGINE_STEPS) for k in range(ENGINE_STEPS + 1)]
    games = [game.at(share) for share in shares]
    list(solver.profiles(games[0]))  # imports the engine
    begun = time.perf_counter()
    values = [
        (1 - float(share)) * _expected(utilities, profile)
        for share, normal in zip(shares, games, strict=True)
        for profile in solver.profiles(normal)
    ]
    return time.perf_counter() - begun, max(values)


def _expected(utilities: FloatArray, profile: tuple[FloatArray, ...]) -> float:
    """E[U] where each user mixes on its own."""
    return float(
        reduce(
            lambda tensor, vector: np.asarray(vector, dtype=float) @ tensor.reshape(len(vector), -1), profile, utilities
        )[0]
    )


def _again(game: PaymentGame) -> PaymentGame:
    """The same game with nothing computed yet."""
    return PaymentGame(game.utility, game.users, game.rule, game.exact)


def _tables(count: int) -> Iterator[PaymentGame]:
    random = np.random.default_rng(SEED)
    return (payment_game(random, number) for number in range(count))


def _federations(count: int) -> Iterator[PaymentGame]:
    random = np.random.default_rng([SEED, 1])
    for _ in range(count):
        samples = random.choice([10, 30, 100, 300], size=4)
        yield _federation(samples.tolist(), random)


def _one_share_only(share: Fraction) -> PaymentGame:
    """Two users; U = 10 at (1, 1), an equilibrium at ``share`` alone.

    U rises with both levels; user 1 shares or not, user 2 is on level 1 or 2. User 1 is worth 5 at
    (1, 1), and stays from ``share`` on; user 2 gains 5/2 by going to level 2, and stays up to ``share``.
    """
    table = [[0, 0, 4], [0, 10, 11], [0, 10, 11]]
    none = Fraction(0)
    costs = [[none, 5 * share, none], [none, none, Fraction(5, 2) * share]]
    return PaymentGame(TableUtility(table), Users(sensitivity=costs, allowed=[[0, 1], [1, 2]]))


def _two_types(size: int) -> PaymentGame:
    return _federation([303] * size + [46] * size, np.random.default_rng([SEED, 2]))


def _federation(samples: list[int], random: np.random.Generator) -> PaymentGame:
    """Users whose costs rise, level by level, by up to 1 nat."""
    costs = random.integers(0, 1000, size=(len(samples), 2)).cumsum(axis=1)
    rows = [[Fraction(0), *(Fraction(int(cost), 1000) for cost in row)] for row in costs]
    users = Users(samples=samples, sensitivity=rows)
    return PaymentGame(FederatedMean(users, between=1.0, within=10.0), users)
