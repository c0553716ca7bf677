"""What each engine finds of all extreme equilibria, on payment games of two users at random and at critical shares.

``python -m benchmarks.recall [GAMES [SECONDS]]`` prints the table of the documentation.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from benchmarks.measure import Result, at_least, for_information, seconds
from fairgames import NormalFormGame, PaymentGame, TableUtility, Users, crosscheck, pure_equilibria
from fairgames.solvers.registry import Solver, resolve

#: Exact enumerations that are not ours; they must agree on every game.
REFERENCES = ("lrs", "gambit:enummixed-rational")
#: Ours, which must find everything.
OURS = "fairgames:extreme"
SEED = 20240607


@dataclass
class Tally:
    """What one solver did over many games.

    Attributes
    ----------
    sought, found : extreme equilibria, pure ones only for solvers that look for no others
    whole : games of which it found all
    wrong : answers that are no equilibria
    failed : games in which it crashed, ran out of time or gave up
    took : seconds of its own, in all
    """

    sought: int = 0
    found: int = 0
    whole: int = 0
    wrong: int = 0
    failed: int = 0
    took: float = 0.0

    @property
    def recall(self) -> float:
        """Found of sought, in percent."""
        return 100 * self.found / self.sought if self.sought else 100.0


@dataclass
class Recall:
    """The tallies of all solvers over one kind of game, and what the games were like."""

    games: int = 0
    equilibria: int = 0
    shapes: Counter[tuple[int, ...]] = field(default_factory=Counter)
    tallies: dict[str, Tally] = field(default_factory=dict)


def recall(games: int = 500, limit: float = 1.0) -> list[Result]:
    """``games`` random and as many critical-α payment games, 2×2 to 4×4, to every engine."""
    results = []
    for kind, made in (("random", random_games(games)), ("critical α", critical_games(games))):
        measured = measure(made, limit)
        peer = (
            f"{' and '.join(references())}, which agree on all {measured.equilibria:,} extreme equilibria "
            f"of {measured.games} games"
        )
        for name, tally in measured.tallies.items():
            detail = (
                f"all of {tally.whole} games, {tally.wrong} wrong, {tally.failed} failed, {seconds(tally.took)} in all"
            )
            if name == OURS:
                results.append(at_least(f"{kind}, {name}", tally.recall, 100, "%", peer, detail))
            else:
                results.append(for_information(f"{kind}, {name}", tally.recall, "%", peer, detail))
    return results


def measure(games: Iterator[NormalFormGame], limit: float) -> Recall:
    """Play all games with all solvers of two players that are installed.

    Raises
    ------
    RuntimeError
        If the reference enumerations differ, or find a point that is no equilibrium.
    """
    solvers = [solver for solver in resolve("all") if solver.not_installed() is None and solver.id != "gambit:lp"]
    result = Recall(tallies={solver.id: Tally() for solver in solvers})
    for game in games:
        check = crosscheck(game, solvers, seconds=limit)
        known = {frozenset(check.reports[name].found) for name in references()}
        if len(known) != 1 or any(check.reports[name].wrong or check.reports[name].error for name in references()):
            raise RuntimeError(f"the references differ: {game.payoffs.tolist()}")
        (extreme,) = known
        pure = {k for k in extreme if all(np.count_nonzero(v) == 1 for v in check.equilibria[k].strategies)}
        result.games += 1
        result.equilibria += len(extreme)
        result.shapes[game.shape] += 1
        for solver in solvers:
            report, sought = check.reports[solver.id], pure if solver.finds == "pure" else extreme
            tally = result.tallies[solver.id]
            found = len(sought & set(report.found))
            tally.sought += len(sought)
            tally.found += found
            tally.whole += found == len(sought)
            tally.wrong += len(report.wrong)
            tally.failed += report.error is not None
            tally.took += report.seconds
    return result


def references() -> tuple[str, ...]:
    """The reference enumerations that are installed; Gambit always is."""
    return tuple(solver.id for name in REFERENCES for solver in resolve(name) if solver.not_installed() is None)


def random_games(count: int, seed: int = SEED) -> Iterator[NormalFormGame]:
    """Payment games at a random share."""
    random = np.random.default_rng(seed)
    for number in range(count):
        game = payment_game(random, number)
        yield game.at(Fraction(int(random.integers(1, 1000)), 1000))


def critical_games(count: int, seed: int = SEED) -> Iterator[NormalFormGame]:
    """Payment games at a share where a user is indifferent: an end, inside (0, 1), of a pure equilibrium's interval."""
    random = np.random.default_rng([seed, 1])
    made = 0
    while made < count:
        game = payment_game(random, made)
        found = pure_equilibria(game)
        ends = sorted({alpha for alpha in (*found.lower, *found.upper) if 0 < alpha < 1})
        if ends:
            made += 1
            yield game.at(ends[int(random.integers(len(ends)))])


def payment_game(random: np.random.Generator, number: int) -> PaymentGame:
    """Two users with two to four levels each; every fourth game is of another kind.

    Utilities and costs are multiples of 1/12, with many ties, or of 1/1000; U rises with both
    levels, or is anything (two may be worth less than one, as in the federated mean).
    """
    coarse, rising = number % 2 == 0, number % 4 < 2
    unit = 12 if coarse else 1000
    shape = tuple(map(int, random.integers(2, 5, size=2)))
    n_levels = max(shape)
    utility = random.integers(0, unit, size=(n_levels, n_levels))
    utility[0, 0] = 0
    if rising:
        utility = utility.cumsum(axis=0).cumsum(axis=1) // n_levels
    users = Users(
        sensitivity=[[Fraction(cost, unit) for cost in _costs(random, n_levels, unit)] for _ in shape],
        allowed=[list(range(size)) for size in shape],
    )
    return PaymentGame(TableUtility([[Fraction(int(value), unit) for value in row] for row in utility]), users)


def _costs(random: np.random.Generator, n_levels: int, unit: int) -> list[int]:
    """0, and rises up to a quarter of a unit of U."""
    return [0, *map(int, random.integers(0, unit // 4, size=n_levels - 1).cumsum())]


def table(games: int = 500, limit: float = 1.0) -> str:
    """The recall of every engine as a Markdown table."""
    made = {"random α": random_games(games), "critical α": critical_games(games)}
    begun = time.monotonic()
    measured = {kind: measure(games_of_kind, limit) for kind, games_of_kind in made.items()}
    lines = [
        f"| engine | {' | '.join(f'{kind}: recall | games found whole | wrong | failed' for kind in measured)} |",
        "| --- " + "| ---: " * (4 * len(measured)) + "|",
    ]
    for solver in (Solver(name, run=lambda game: []) for name in next(iter(measured.values())).tallies):
        cells = []
        for one in measured.values():
            tally = one.tallies[solver.id]
            cells += [f"{tally.recall:.1f}%", f"{tally.whole}", f"{tally.wrong}", f"{tally.failed}"]
        lines.append(f"| `{solver.id}` | {' | '.join(cells)} |")
    for kind, one in measured.items():
        shapes = ", ".join(f"{m}×{n}: {count}" for (m, n), count in sorted(one.shapes.items()))
        lines.append(f"\n{kind}: {one.games} games ({shapes}) with {one.equilibria:,} extreme equilibria.")
    lines.append(f"\nReference: {' and '.join(references())}. {seconds(time.monotonic() - begun)}.")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False))))
