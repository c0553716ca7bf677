"""All equilibria of random games of three and more players: ours, complete by proof, and Gambit's enumpoly."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.measure import Result, at_most, for_information
from fairgames.games import IsolatedEquilibria, isolated_equilibria
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.processes import Workers
from fairgames.solvers.solve import solve
from fairgames.typing import FloatArray, MixedProfile

PEER = "gambit:enumpoly"
#: Of each shape, how many games, and how many seconds ours may take at most.
SHAPES = {(2, 2, 2): (100, 2), (2, 3, 2): (100, 2), (3, 3, 2): (100, 5), (2, 2, 2, 2): (100, 5), (3, 3, 3): (20, 10)}
#: Those that enumpoly is not asked, as it takes too long.
LARGE = {(2, 2, 2, 2, 2): (4, 120), (4, 4, 4): (4, 120)}
#: A probability of the same equilibrium may differ by as much.
_SAME = 1e-4


def several_players(limit: float = 20.0) -> list[Result]:
    """Our slowest game of each shape, and what enumpoly finds within ``limit`` seconds a game.

    Raises
    ------
    RuntimeError
        If ours is not proven complete, or enumpoly has an equilibrium that ours has not.
    """
    return [result for shape in SHAPES | LARGE for result in _of_shape(shape, limit)]


def _of_shape(shape: tuple[int, ...], limit: float) -> Iterator[Result]:
    count, target = (SHAPES | LARGE)[shape]
    made = list(random_games(shape, count))
    name, took, ours = "×".join(map(str, shape)), [], []
    for game in made:
        begun = time.perf_counter()
        ours.append(isolated_equilibria(game))
        took.append(time.perf_counter() - begun)
        if not ours[-1].complete:
            raise RuntimeError(f"{ours[-1].why_incomplete()}: {game.payoffs.tolist()}")
    yield at_most(f"{name}, the slowest of {len(made)} games", max(took), target, " s", "no peer proves it")
    if shape in LARGE:
        return
    with Workers() as workers:
        answers = [solve(game, PEER, limit, workers) for game in made]
    ended = [(one, answer) for one, answer in zip(ours, answers, strict=True) if answer.failure is None]
    known = [n_known(one, answer.profiles) for one, answer in ended]
    sizes = [len(one.equilibria) for one, _ in ended]
    detail = f"all of {sum(map(int.__eq__, known, sizes))} of the {len(ended)} games in which it ended"
    yield for_information(f"{name}, {PEER}", 100 * sum(known) / max(sum(sizes), 1), "%", f"{sum(sizes)} proven", detail)


def random_games(shape: Sequence[int], count: int) -> Iterator[NormalFormGame]:
    """Payoffs between 0 and 1, the same each time."""
    for seed in range(count):
        draw = np.random.default_rng([seed, *shape])
        yield NormalFormGame.from_arrays(*(draw.random(shape) for _ in shape))


def n_known(ours: IsolatedEquilibria, answers: Sequence[MixedProfile]) -> int:
    """How many of our equilibria are among the answers."""
    points, others = [_point(one.strategies) for one in ours.equilibria], [_point(one) for one in answers]
    for other in others:
        if min(np.abs(other - point).max() for point in points) > _SAME:
            raise RuntimeError(f"{PEER} has {other.tolist()}, which we have not: {ours.game.payoffs.tolist()}")
    return sum(any(np.abs(other - point).max() <= _SAME for other in others) for point in points)


def _point(profile: MixedProfile) -> FloatArray:
    return np.concatenate([np.asarray(vector, dtype=float) for vector in profile])
