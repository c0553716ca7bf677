"""The cross-check: one game, several solvers, and for each which equilibria it found, missed or got wrong.

Degenerate games (ties at branch ends) are where engines disagree, and α at a branch end is
always degenerate; so the report says where a game is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import fractions
from fairgames.games.convex_sets import ConvexSets
from fairgames.games.dominance import eliminate
from fairgames.games.given import AnyGame, to_game
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.verify import Verifier
from fairgames.progress import track
from fairgames.solvers.answers import Answer
from fairgames.solvers.merging import Clock, Listed, Merged, OutOfTimeError, Place, Unproven, is_pure, nearly
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver, SolverSpec, resolve
from fairgames.solvers.report import Approximate, CrossCheck, SolverReport
from fairgames.solvers.solve import solve

__all__ = ["Approximate", "CrossCheck", "SolverReport", "crosscheck"]


def crosscheck(
    game: AnyGame,
    solvers: SolverSpec = "all",
    seconds: float = 10.0,
    tolerance: float = 1e-6,
    workers: Workers | None = None,
    reduce: bool = False,
) -> CrossCheck:
    """The equilibria that solvers find for ``game``, each proven, with a report on each solver.

    An answer counts as an equilibrium only if it is proven to be one of the payoff table as given,
    in which floats are the rationals that they are (:mod:`fairgames.solvers.verify`). So exact
    solvers are given the rationals behind the floats of a game of two.

    Parameters
    ----------
    game : or one of nashpy, Gambit or QuantEcon, or one payoff array a player
    solvers : see :func:`fairgames.solvers.registry.resolve`
    seconds : time limit of each solver, and then of the proofs and the comparison; what they
        leave undone is said
    tolerance : by how much a probability of an answer may differ from the equilibrium that it
        stands for (rational answers to rational games: by nothing). An answer is listed as
        approximate if it is not proven, but no probability differs by more than the root of
        ``tolerance`` from an equilibrium, or no deviation gains more than this part of what is at
        stake in it
    workers : the child processes to use; by default those shared by the whole program
    reduce : whether solvers play what iterated strict dominance leaves of the game
        (:func:`fairgames.games.dominance.eliminate`), which has the same equilibria; they are told of the whole game

    Raises
    ------
    InputError
        If ``seconds`` or ``tolerance`` is not positive, or ``game`` is no game with finite payoffs.
    SolverError
        If a solver is unknown. One that cannot play or fails is part of the report.

    >>> coordination = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> check = crosscheck(coordination, "fairgames:pure")
    >>> len(check.equilibria), check.degenerate, check.reports["fairgames:pure"].found
    (2, False, (0, 1))
    """
    game = to_game(game, "crosscheck")
    _refuse_what_cannot_be(game, tolerance)
    if reduce:
        reduction = eliminate(game)
        return crosscheck(reduction.reduced, solvers, seconds, tolerance, workers).in_full(reduction)
    chosen = resolve(solvers)
    exact = _rationals_behind(game)
    answers = [solve(_given(solver, game, exact), solver, seconds, workers) for solver in track(chosen, "solvers")]
    clock = Clock(seconds)
    merged = Merged(Verifier(game, tolerance, clock.check), clock)
    places = _placed(merged, answers)
    degenerate = any(one.degenerate for one in merged.proven)
    listed, unfinished = _listed(merged, degenerate)
    kinds, approximate = nearly(merged, listed.equilibria, math.sqrt(tolerance), _whose(merged, places, chosen))
    settled = [[_settled(place, kinds) for place in its] for its in places]
    unchecked = sum(place is None for its in settled for place in its)
    if unchecked:
        unfinished.append(_late(seconds, f"{unchecked} answers are unchecked, and nothing is said of them"))
    reports = {
        solver.id: _report(answer, its, listed, kinds, solver, game.n_players, degenerate)
        for solver, answer, its in zip(chosen, answers, settled, strict=True)
    }
    all_found = set(range(len(listed.equilibria)))
    complete = tuple(
        solver.id
        for solver in chosen
        if solver.proves and reports[solver.id].error is None and set(reports[solver.id].found) == all_found
    )
    return CrossCheck(
        game, listed.equilibria, listed.sets, degenerate, approximate, reports, tolerance, complete, tuple(unfinished)
    )


def _refuse_what_cannot_be(game: NormalFormGame, tolerance: float) -> None:
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance is {tolerance!r}, expected a number between 0 and 1, such as 1e-6")
    if not game.exact and not np.isfinite(game.payoffs).all():
        *profile, player = np.argwhere(~np.isfinite(game.payoffs))[0].tolist()
        value = game.payoffs[(*profile, player)]
        raise InputError(
            f"payoffs: got {value} for {game.players[player]} at profile {tuple(profile)}, expected finite numbers"
        )


def _rationals_behind(game: NormalFormGame) -> NormalFormGame:
    """A game of two with its floats as the rationals that they are; others as they are."""
    if game.exact or game.n_players != 2:
        return game
    payoffs = fractions(game.payoffs)
    return NormalFormGame(payoffs, game.players, game.strategies, game.title)


def _given(solver: Solver, game: NormalFormGame, exact: NormalFormGame) -> NormalFormGame:
    """What a solver is to play: an exact one rationals, unless it cannot (they may be too long for it).

    Whoever looks for pure equilibria only compares payoffs, which floats do exactly, and faster.
    """
    asks = solver.exact and solver.finds != "pure" and exact is not game
    return exact if asks and solver.cannot_play(exact) is None else game


def _placed(merged: Merged, answers: Sequence[Answer]) -> list[list[Place | None]]:
    """Where each profile of each answer belongs: everybody's first ones come first, so that nobody's wait for long."""
    places: list[list[Place | None]] = [[None] * len(answer.profiles) for answer in answers]
    for number in range(max((len(answer.profiles) for answer in answers), default=0)):
        for its, answer in zip(places, answers, strict=True):
            if number < len(its):
                its[number] = merged.place(answer.profiles[number])
    return places


def _listed(merged: Merged, degenerate: bool) -> tuple[Listed, list[str]]:
    """The equilibria with their continua, and whether these were left undone."""
    two = merged.verifier.two
    if two is None or not degenerate:
        return Listed.of(merged.proven, None), []
    points = [one.rational for one in merged.proven if one.rational is not None]
    try:
        return Listed.of(merged.proven, ConvexSets(two, points, merged.clock.check)), []
    except OutOfTimeError:
        return Listed.of(merged.proven, None), [_late(merged.clock.seconds, "continua were not worked out")]


def _whose(merged: Merged, places: Sequence[Sequence[Place | None]], chosen: Sequence[Solver]) -> list[list[str]]:
    """The solvers behind each answer that is not proven."""
    solvers: list[list[str]] = [[] for _ in merged.others]
    for solver, its in zip(chosen, places, strict=True):
        for place in its:
            if place is not None and place.other is not None:
                solvers[place.other].append(solver.id)
    return solvers


def _settled(place: Place | None, kinds: Sequence[Unproven]) -> Place | None:
    """A place, if it is known what it means."""
    unknown = place is not None and place.other is not None and kinds[place.other] is Unproven.UNCHECKED
    return None if unknown else place


def _late(seconds: float, what: str) -> str:
    return f"The time limit of {seconds:g} s for proofs has passed: {what}."


def _report(
    answer: Answer,
    places: Sequence[Place | None],
    listed: Listed,
    kinds: Sequence[Unproven],
    solver: Solver,
    n_players: int,
    degenerate: bool,
) -> SolverReport:
    """``places`` has one entry a profile of ``answer``, None where it is unchecked; ``kinds`` of the other answers."""
    if answer.failure is not None and answer.failure.kind == "unfit":
        too_many = solver.players is not None and solver.players < n_players
        return SolverReport(error=answer.failure.message, players=solver.players if too_many else None)
    unchecked = sum(place is None for place in places)
    given = [place.proven for place in places if place is not None and place.proven is not None]
    times: Counter[int] = Counter()
    for place, often in zip(places, answer.times, strict=True):
        if place is not None and place.proven is not None and (index := listed.index[place.proven]) is not None:
            times[index] += often
    touched = {k for number in given for k in listed.within[number]}
    reached = set(times) | {index for k in touched for index in listed.sets[k]}
    promised = solver.finds != "some" and (solver.degenerate or not degenerate)
    finished = answer.failure is None and not unchecked
    sought = [k for k, one in enumerate(listed.equilibria) if solver.finds == "all" or is_pure(one)]
    errors = [] if answer.failure is None else [answer.failure.message]
    if unchecked:
        errors.append(f"{unchecked} of its {len(places)} answers are unchecked")
    return SolverReport(
        found=tuple(sorted(times)),
        sets=tuple(sorted(touched)),
        missed=tuple(index for index in sought if index not in reached) if promised and finished else (),
        repeated=tuple(sorted(index for index, often in times.items() if often > 1)),
        wrong=tuple(
            profile
            for profile, place in zip(answer.profiles, places, strict=True)
            if place is not None and place.other is not None and kinds[place.other] is Unproven.WRONG
        ),
        seconds=answer.seconds,
        error="; ".join(errors) or None,
    )
