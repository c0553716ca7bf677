"""One game to every engine: who found which equilibrium, who missed it, who was wrong.

Degenerate games (ties at branch ends) are where engines disagree, and α at a branch end is
always degenerate; so the report says where a game is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.equilibria.convex_sets import convex_sets, is_extreme
from fairgames.equilibria.regret import Equilibrium, best_response_counts
from fairgames.errors import InputError
from fairgames.normal_form import NormalFormGame
from fairgames.progress import track
from fairgames.solvers.processes import Answer, Workers
from fairgames.solvers.registry import SolverSpec, resolve
from fairgames.solvers.solve import solve
from fairgames.solvers.verify import payoff_ranges, verify
from fairgames.text import number, printable, strategy, table
from fairgames.typing import FloatArray, MixedProfile


@dataclass(frozen=True, eq=False)
class SolverReport:
    """What one solver contributed; numbers are indices into :attr:`CrossCheck.equilibria`.

    Attributes
    ----------
    found : equilibria among its answers
    sets : indices into :attr:`CrossCheck.sets` of those that an answer lies in
    missed : equilibria that others found and it did not, nor another point of a set that they
        are in; only pure ones if it looks for no others, none if it could not play
    repeated : equilibria that it gave more than once
    wrong : its answers that are no equilibria, as they came
    seconds : its own time
    error : why the answer is not complete, in the engine's words; None if it is
    """

    found: tuple[int, ...] = ()
    sets: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    wrong: tuple[MixedProfile, ...] = ()
    seconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True, eq=False)
class CrossCheck:
    """The equilibria that all solvers found together, each certified, and a report on each solver.

    Attributes
    ----------
    game : the game that was played
    equilibria : pure ones first, then lexicographic, strategies in their order; of a continuum
        (two players) the extreme points
    sets : the maximal convex sets of more than one equilibrium that those span: for each, the
        indices of its extreme points
    degenerate : whether at some equilibrium a player has more pure best responses than strategies
        in use (of two players: than either of them has in use)
    reports : by solver id
    tolerance : what counts as equal and as zero, see :func:`crosscheck`
    """

    game: NormalFormGame
    equilibria: tuple[Equilibrium, ...]
    sets: tuple[tuple[int, ...], ...]
    degenerate: bool
    reports: dict[str, SolverReport]
    tolerance: float

    def __str__(self) -> str:
        """The tables and remarks as plain text."""
        parts = [
            printable(self.game.title),
            table(*self.equilibria_table()),
            "",
            table(*self.solvers_table()),
            *self.remarks(),
        ]
        return "\n".join(parts)

    def equilibria_table(self) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: each equilibrium by its number."""
        rows = [
            [
                str(index),
                *map(strategy, equilibrium.strategies, self.game.strategies),
                number(equilibrium.regret),
                "yes" if equilibrium.exact else "no",
            ]
            for index, equilibrium in enumerate(self.equilibria)
        ]
        return ["#", *self.game.players, "largest regret", "exact"], rows

    def solvers_table(self) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: what each solver contributed."""
        rows = [
            [
                solver,
                *map(_indices, (report.found, report.missed, report.repeated)),
                str(len(report.wrong) or "–"),
                f"{report.seconds:.3g}",
                report.error or "",
            ]
            for solver, report in self.reports.items()
        ]
        return ["solver", "found", "missed", "repeated", "wrong", "seconds", "remark"], rows

    def remarks(self) -> list[str]:
        """What to know about the game: its continua, and whether it is degenerate."""
        continua = (", ".join(map(str, members)) for members in self.sets)
        found = [
            f"A continuum: the equilibria {k} are the extreme points of a convex set of equilibria." for k in continua
        ]
        if self.degenerate:
            found.append("The game is degenerate: solvers may rightly differ in what they list.")
        return found

    def to_dict(self, exact: bool = False) -> dict[str, Any]:
        """Plain JSON types: ``equilibria``, ``degenerate``, ``solvers``. With ``exact``, rationals are "p/q"."""
        return {
            "equilibria": [
                {
                    "strategies": _plain(equilibrium.strategies, exact),
                    "payoffs": _plain(equilibrium.payoffs, exact),
                    "regret": _plain(equilibrium.regret, exact),
                    "exact": equilibrium.exact,
                }
                for equilibrium in self.equilibria
            ],
            "sets": [list(members) for members in self.sets],
            "degenerate": self.degenerate,
            "solvers": {
                key: {
                    "found": list(report.found),
                    "sets": list(report.sets),
                    "missed": list(report.missed),
                    "repeated": list(report.repeated),
                    "wrong": _plain(report.wrong, exact),
                    "seconds": report.seconds,
                    "error": report.error,
                }
                for key, report in self.reports.items()
            },
        }


def crosscheck(
    game: NormalFormGame,
    solvers: SolverSpec = "all",
    seconds: float = 10.0,
    tolerance: float = 1e-6,
    workers: Workers | None = None,
) -> CrossCheck:
    """Give ``game`` to each solver, verify what they answer, and compare.

    Parameters
    ----------
    solvers : see :func:`fairgames.solvers.registry.resolve`
    seconds : time limit of each solver
    tolerance : answers are the same equilibrium if no probability differs by more (two rational
        ones only if they are equal), and are none if a regret exceeds this part of the player's
        payoff range
    workers : the child processes to use; by default those shared by the whole program

    Raises
    ------
    InputError
        If ``seconds`` or ``tolerance`` is not positive.
    SolverError
        If a solver is unknown. One that cannot play or fails is part of the report.

    >>> coordination = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> check = crosscheck(coordination, "fairgames:pure")
    >>> len(check.equilibria), check.degenerate, check.reports["fairgames:pure"].found
    (2, False, (0, 1))
    """
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance is {tolerance!r}, expected a number between 0 and 1, such as 1e-6")
    chosen = resolve(solvers)
    answers = [solve(game, solver, seconds, workers) for solver in track(chosen, "solvers")]
    verdicts = [[verify(game, profile, tolerance) for profile in answer.profiles] for answer in answers]
    merged, places = _merged([found for verdict in verdicts for found in verdict if found], tolerance)
    degenerate = any(_is_degenerate(game, equilibrium, tolerance) for equilibrium in merged)
    continua = _Continua.of(game, merged, tolerance) if degenerate and game.n_players == 2 else _Continua.none(merged)
    place = iter(places)
    reports = {}
    for solver, answer, verdict in zip(chosen, answers, verdicts, strict=True):
        indices = [next(place) if found else None for found in verdict]
        reports[solver.id] = _report(answer, indices, continua, pure_only=solver.finds == "pure")
    return CrossCheck(game, continua.equilibria, continua.sets, degenerate, reports, tolerance)


@dataclass(frozen=True, eq=False)
class _Continua:
    """Equilibria with the convex sets that they are in, those inside of a set left out.

    ``index`` maps a place among all that were found to one among ``equilibria``, or None for
    an inner point of a set; ``within`` has the sets that each found one lies in.
    """

    equilibria: tuple[Equilibrium, ...]
    sets: tuple[tuple[int, ...], ...]
    index: tuple[int | None, ...]
    within: tuple[tuple[int, ...], ...]

    @classmethod
    def none(cls, found: Sequence[Equilibrium]) -> _Continua:
        return cls(tuple(found), (), tuple(range(len(found))), ((),) * len(found))

    @classmethod
    def of(cls, game: NormalFormGame, found: Sequence[Equilibrium], tolerance: float) -> _Continua:
        slack = tolerance * float(payoff_ranges(game).max())
        extreme = [is_extreme(game, equilibrium, slack) for equilibrium in found]
        spanned = convex_sets(game, [one for one, it_is in zip(found, extreme, strict=True) if it_is], slack)
        within = tuple(
            tuple(k for k, its in enumerate(spanned) if its.holds(game, equilibrium, slack)) for equilibrium in found
        )
        kept = [k for k in range(len(found)) if extreme[k] or not within[k]]
        index = {old: new for new, old in enumerate(kept)}
        members = tuple(tuple(index[old] for old in kept if k in within[old]) for k in range(len(spanned)))
        return cls(tuple(found[k] for k in kept), members, tuple(index.get(k) for k in range(len(found))), within)


def _report(answer: Answer, places: Sequence[int | None], continua: _Continua, pure_only: bool) -> SolverReport:
    """``places`` has one entry a profile of ``answer``: which of all that were found it is, None if it is none."""
    if answer.failure is not None and answer.failure.kind == "unfit":
        return SolverReport(error=answer.failure.message)
    given = [place for place in places if place is not None]
    times = Counter(index for place in given if (index := continua.index[place]) is not None)
    touched = {k for place in given for k in continua.within[place]}
    reached = set(times) | {index for k in touched for index in continua.sets[k]}
    sought = [k for k, one in enumerate(continua.equilibria) if not pure_only or _is_pure(one)]
    return SolverReport(
        found=tuple(sorted(times)),
        sets=tuple(sorted(touched)),
        missed=tuple(index for index in sought if index not in reached),
        repeated=tuple(sorted(index for index, often in times.items() if often > 1)),
        wrong=tuple(profile for profile, place in zip(answer.profiles, places, strict=True) if place is None),
        seconds=answer.seconds,
        error=None if answer.failure is None else answer.failure.message,
    )


def _merged(answers: Sequence[Equilibrium], tolerance: float) -> tuple[tuple[Equilibrium, ...], list[int]]:
    """The distinct equilibria in order, and the place of each answer among them.

    An exact answer stands for the approximate ones near it, else the one with the least regret.
    """
    if not answers:
        return (), []
    points = np.array([_point(answer) for answer in answers])
    leaders: dict[int, int] = {}
    for best in sorted(range(len(answers)), key=lambda index: (not answers[index].exact, answers[index].regret)):
        if best not in leaders:
            near = np.flatnonzero(np.abs(points - points[best]).max(axis=1) <= tolerance).tolist()
            alike = [index for index in near if index not in leaders and not _differ(answers[best], answers[index])]
            leaders |= dict.fromkeys(alike, best)
    order = sorted(set(leaders.values()), key=lambda index: _order(answers[index]))
    place = {leader: position for position, leader in enumerate(order)}
    return tuple(answers[leader] for leader in order), [place[leaders[index]] for index in range(len(answers))]


def _differ(one: Equilibrium, other: Equilibrium) -> bool:
    """Whether both are exact and not equal."""
    if not (one.exact and other.exact):
        return False
    return any(list(a) != list(b) for a, b in zip(one.strategies, other.strategies, strict=True))


def _point(equilibrium: Equilibrium) -> FloatArray:
    return np.concatenate([np.asarray(vector, dtype=float) for vector in equilibrium.strategies])


def _order(equilibrium: Equilibrium) -> tuple[bool, tuple[float, ...]]:
    """Pure before mixed; then those with more weight on earlier strategies, so pure profiles ascend."""
    return not _is_pure(equilibrium), tuple((-_point(equilibrium)).round(9))


def _is_pure(equilibrium: Equilibrium) -> bool:
    return all(np.count_nonzero(vector) == 1 for vector in equilibrium.strategies)


def _is_degenerate(game: NormalFormGame, equilibrium: Equilibrium, tolerance: float) -> bool:
    slack = 0.0 if equilibrium.exact else tolerance * float(payoff_ranges(game).max()) + equilibrium.regret_bound
    used = [np.count_nonzero(vector) for vector in equilibrium.strategies]
    if game.n_players == 2:
        used = [min(used)] * 2
    best = best_response_counts(game, equilibrium, slack)
    return any(count > size for count, size in zip(best, used, strict=True))


def _indices(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    return (shown + (f" … ({len(numbers)})" if len(numbers) > 8 else "")) or "–"


def _plain(value: Any, exact: bool) -> Any:
    """Nested lists of JSON numbers; NaN and infinities as strings, rationals too if ``exact``."""
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(entry, exact) for entry in value]
    if exact and isinstance(value, int | Fraction):
        return str(value)
    number = float(value)
    return number if math.isfinite(number) else str(number)
