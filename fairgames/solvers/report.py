"""The result of a cross-check: proven equilibria, answers that are only near one, and a report on each solver."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from fairgames import notebook
from fairgames.games.certificate import Equilibrium, against_others
from fairgames.games.dominance import Reduction
from fairgames.games.normal_form import NormalFormGame
from fairgames.tables.table import Table, Tabular
from fairgames.text import in_money, number, printable, strategy, table
from fairgames.typing import FloatArray, MixedProfile

_Played = TypeVar("_Played", Equilibrium, "Approximate")
#: Rows of the table of answers that are not proven.
_MOST_ROWS = 20


@dataclass(frozen=True, eq=False)
class SolverReport:
    """One solver's part in a cross-check; numbers are indices into :attr:`CrossCheck.equilibria`.

    Attributes
    ----------
    found : equilibria among its answers
    sets : indices into :attr:`CrossCheck.sets` of those that an answer lies in
    missed : equilibria that it promises for such a game, and has not, nor another point of a set that they
        are in, though it came to its end; only pure ones if it looks for no others, none if it promises
        some only, could not play, or if some of its answers are unchecked
    repeated : equilibria that it gave more than once
    wrong : its answers that are no equilibria, and near none, as they came
    seconds : its own time
    error : why the answer is not complete, in the engine's words; None if it is
    players : with how many it can play, where the game has more; else None
    """

    found: tuple[int, ...] = ()
    sets: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    wrong: tuple[MixedProfile, ...] = ()
    seconds: float = 0.0
    error: str | None = None
    players: int | None = None


@dataclass(frozen=True, eq=False)
class Approximate:
    """An answer that is not proven to be an equilibrium, but nearly is one, or is near one.

    Attributes
    ----------
    strategies : one probability vector a player, floats
    regret : the largest gain of a deviation
    near : index of the proven equilibrium that it lies nearest to; None if none is near
    solvers : whose answer it is
    """

    strategies: tuple[FloatArray, ...]
    regret: float
    near: int | None
    solvers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CrossCheck(Tabular):
    """The equilibria that all solvers found together, each proven, and a report on each solver.

    Attributes
    ----------
    game : the game that was played
    equilibria : those that are proven, of the payoff table as it is given; pure ones first, then
        lexicographic, strategies in their order; of a continuum (two players) the extreme points
    sets : the maximal convex sets of more than one equilibrium that those span: for each, the
        indices of its extreme points
    degenerate : whether at some equilibrium a player has more pure best responses than strategies
        in use (of two players: than either of them has in use); decided exactly, of three and more
        players a difference that 1,024 bits cannot tell from 0 is a tie
    approximate : answers that could not be proven; they count for nothing else
    reports : by solver id
    tolerance : what counts as equal, see :func:`fairgames.crosscheck`
    complete : solvers that have proven that there is no other equilibrium (of continua: no other extreme one)
    unfinished : what the time limit left undone, in sentences
    reduction : what fell to strict dominance before the solvers were asked; None where that was not asked for
    """

    game: NormalFormGame
    equilibria: tuple[Equilibrium, ...]
    sets: tuple[tuple[int, ...], ...]
    degenerate: bool
    approximate: tuple[Approximate, ...]
    reports: dict[str, SolverReport]
    tolerance: float
    complete: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    reduction: Reduction | None = None

    @property
    def within_rounding(self) -> bool:
        """Whether the rounding of the payoffs leaves open which equilibria the game has that they stand for.

        One that is listed may be none where a strategy that is not in use is within that rounding of the best ones,
        and one that is not listed may be one where nobody would gain more than it.
        """
        room = 2 * self.game.rounding
        if not room:
            return False
        return any(one.regret <= room for one in self.approximate) or any(
            self._has_rivals(one, player, room) for one in self.equilibria for player in range(self.game.n_players)
        )

    def _has_rivals(self, one: Equilibrium, player: int, room: float) -> bool:
        replies = against_others(self.game.payoffs[..., player], one.strategies, player)
        rivals = np.count_nonzero(replies >= replies.max() - room)
        return int(rivals) > int(np.count_nonzero(one.strategies[player]))

    def __str__(self) -> str:
        """The tables and remarks as plain text."""
        parts = [printable(self.game.title), table(*self.equilibria_table())]
        if self.approximate:
            parts += ["", table(*self.approximate_table())]
        return "\n".join([*parts, "", table(*self.solvers_table()), *self.remarks()])

    def _repr_html_(self) -> str:
        """In a notebook: the equilibria, and what each solver found."""
        title = f"{self.game.title}: {len(self.equilibria):,} equilibria, each proven"
        found = notebook.html(title, *self.equilibria_table(), remarks=self.remarks())
        return found + notebook.html("Solvers", *self.solvers_table())

    def in_full(self, reduction: Reduction) -> CrossCheck:
        """This cross-check of a reduced game as one of the whole game.

        Against what is left, each strategy that fell pays less than another: payoffs, regrets and best responses of
        the reduced game are those of the whole one.
        """

        def padded(one: _Played) -> _Played:
            return replace(one, strategies=reduction.in_full(one.strategies))

        def whole(profile: MixedProfile) -> MixedProfile:
            fits = tuple(map(len, profile)) == tuple(map(len, reduction.kept))
            return reduction.in_full(profile) if fits else profile

        reports = {key: replace(report, wrong=tuple(map(whole, report.wrong))) for key, report in self.reports.items()}
        return replace(
            self,
            game=reduction.game,
            equilibria=tuple(map(padded, self.equilibria)),
            approximate=tuple(map(padded, self.approximate)),
            reports=reports,
            reduction=reduction,
        )

    def table(self) -> Table:
        """One row for each strategy that a player plays at an equilibrium, with its chance.

        Beside it stand the player's expected payoff and regret at that equilibrium.
        """
        rows = [
            (index, player, label, chance, one.payoffs[place], one.regrets[place], one.exact)
            for index, one in enumerate(self.equilibria)
            for place, player in enumerate(self.game.players)
            for label, chance in zip(self.game.strategies[place], one.strategies[place].tolist(), strict=True)
            if chance > 0
        ]
        return Table.of_rows(("equilibrium", "player", "strategy", "chance", "payoff", "regret", "exact"), rows)

    def equilibria_table(self, currency: str | None = None) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: each equilibrium by its number."""
        rows = [
            [
                str(index),
                *map(strategy, equilibrium.strategies, self.game.strategies),
                # Digits within the error mean nothing.
                number(equilibrium.regret if equilibrium.regret > equilibrium.regret_bound else 0),
                "yes" if equilibrium.exact else "no",
            ]
            for index, equilibrium in enumerate(self.equilibria)
        ]
        return ["#", *self.game.players, in_money("largest regret", currency), "exact"], rows

    def approximate_table(self, currency: str | None = None) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: each answer that is not proven."""
        rows = [
            [
                *map(strategy, one.strategies, self.game.strategies),
                number(one.regret),
                "–" if one.near is None else str(one.near),
                ", ".join(one.solvers),
            ]
            for one in self.approximate[:_MOST_ROWS]
        ]
        return [*self.game.players, in_money("largest regret", currency), "near #", "not proven, by"], rows

    def solvers_table(self) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: what each solver contributed that plays with so many."""
        rows = [
            [
                solver,
                *map(_indices, (report.found, report.missed, report.repeated)),
                str(len(report.wrong) or "–"),
                f"{report.seconds:.3g}",
                report.error or "",
            ]
            for solver, report in self.reports.items()
            if report.players is None
        ]
        return ["solver", "found", "missed", "repeated", "wrong", "seconds", "remark"], rows

    def remarks(self) -> list[str]:
        """Remarks on the game: who cannot play it, its continua, whether it is degenerate, and what was not done."""
        continua = (", ".join(map(str, members)) for members in self.sets)
        found = [
            f"A continuum: the equilibria {k} are the extreme points of a convex set of equilibria." for k in continua
        ]
        if self.complete:
            others = "all others are in the continua" if self.sets else "the game has no other equilibrium"
            found.append(f"Complete, with proof ({', '.join(self.complete)}): {others}.")
        if self.degenerate:
            found.append("The game is degenerate: solvers may rightly differ in what they list.")
        if (more := len(self.approximate) - _MOST_ROWS) > 0:
            found.append(f"{more} more answers are near an equilibrium, or nearly one, and not proven to be one.")
        return [*self._too_many_players(), *found, *self.unfinished, *self._reduced()]

    def _reduced(self) -> list[str]:
        return [] if self.reduction is None else self.reduction.remarks()

    def _too_many_players(self) -> list[str]:
        """One line for all solvers that play with so few."""
        by_most: dict[int, list[str]] = {}
        for solver, report in self.reports.items():
            if report.players is not None:
                by_most.setdefault(report.players, []).append(solver)
        return [
            f"Not asked, as they play games of at most {most} players, and this one has {self.game.n_players}: "
            f"{', '.join(solvers)}."
            for most, solvers in sorted(by_most.items())
        ]

    def to_dict(self, exact: bool = False) -> dict[str, Any]:
        """Plain JSON types: ``equilibria``, ``complete``, ``degenerate``, ``solvers``; with ``exact``, "p/q"."""
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
            "complete": list(self.complete),
            "degenerate": self.degenerate,
            "approximate": [
                {
                    "strategies": _plain(one.strategies, exact),
                    "regret": _plain(one.regret, exact),
                    "near": one.near,
                    "solvers": list(one.solvers),
                }
                for one in self.approximate
            ],
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
            "warnings": list(self.unfinished),
            **({} if self.reduction is None else {"reduced": _plain_reduction(self.reduction, exact)}),
        }


def _plain_reduction(reduction: Reduction, exact: bool) -> dict[str, Any]:
    told = reduction.to_dict()
    return {**told, "eliminated": [{**one, "by": _plain(one["by"], exact)} for one in told["eliminated"]]}


def _indices(numbers: Iterable[int]) -> str:
    each = list(map(str, numbers))
    return (", ".join(each[:8]) + (f" … ({len(each)})" if len(each) > 8 else "")) or "–"


def _plain(value: Any, exact: bool) -> Any:
    """Nested lists of JSON numbers; NaN and infinities as strings, rationals too if ``exact``."""
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(entry, exact) for entry in value]
    if exact and isinstance(value, int | Fraction):
        return str(value)
    try:
        number = float(value)
    except OverflowError:  # a rational beyond all floats
        return str(value)
    return number if math.isfinite(number) else str(number)
