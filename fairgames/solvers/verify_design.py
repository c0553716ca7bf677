"""The equilibria behind a design against what other engines find, at many shares α.

Between two breakpoints every complete engine should find exactly our equilibria; at a breakpoint
the game is degenerate, and engines that enumerate extreme equilibria should still find all of
them. Engines work in child processes, with a time limit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from fairgames.equilibria.branches import Branches, Slices, equilibria_of_one_game
from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.regret import certify
from fairgames.errors import InputError, SolverError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism.result import Design, Scalar
from fairgames.mechanism.selections import value_error
from fairgames.normal_form import NormalFormGame
from fairgames.progress import track
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver, SolverSpec, get, resolve
from fairgames.solvers.sampled_shares import LEAST, sampled
from fairgames.solvers.solve import solve
from fairgames.solvers.verification import ShareVerdict, Verdict, Verification
from fairgames.typing import Array, MixedProfile, Number, Profile

#: Asked where no engine is named, as far as they are installed.
MIXED_ENGINES = ("gambit:enummixed-rational", "lrs", "nashpy:support-enumeration")
PURE_ENGINES = ("gambit:enumpure",)
_OURS = "fairgames:branches"
_EPS = float(np.finfo(float).eps)


def verify_design(
    game: PaymentGame,
    found: Design,
    solvers: SolverSpec | None = None,
    seconds: float = 10.0,
    samples: int = 20,
    budget: Number | None = None,
    workers: Workers | None = None,
) -> Verification:
    """Compare our equilibria with those of other engines: at the design's share, beside it, and at others.

    Parameters
    ----------
    game, found : as given to and returned by :func:`fairgames.design`
    solvers : ids, package names or functions; default: the exact enumerations of Gambit and lrs and nashpy's
        support enumeration; for pure equilibria Gambit's ``enumpure``
    seconds : time limit of each engine at each share
    samples : how many shares at most: breakpoints and points between them, spread evenly
    budget : the one that the design was made with
    workers : the child processes to use; by default those shared by the whole program

    Raises
    ------
    SolverError
        If a solver is unknown, or none is named and none is installed.
    InputError
        If the design's scope is neither ``"pure"`` nor ``"all"``, or ``samples`` is below 7.

    >>> from fairgames import LinearLaplace, Users, design
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> checked = verify_design(game, design(game), ["fairgames:extreme"], samples=7)
    >>> [(str(share.alpha), share.equilibria) for share in checked.shares if share.breakpoint]
    [('0', 1), ('12/25', 3), ('3/5', 3), ('16/25', 2), ('1', 1)]
    """
    if samples < LEAST:
        raise InputError(f"samples: expected at least {LEAST} shares, got {samples}")
    if found.scope not in ("pure", "all"):
        raise InputError(f"verify covers the scopes 'pure' and 'all', but this design has scope {found.scope!r}")
    begun = time.monotonic()
    engines = _engines(solvers, found.scope)
    judge: _Judge = (_AllEquilibria if found.scope == "all" else _PureOnes).of(game)
    cap = None if budget is None else to_fraction(budget, "budget")
    shares = []
    for alpha in track(sampled(judge.breakpoints, found.alpha, samples), "verify: shares"):
        seen = judge.compare(alpha, engines, seconds, workers)
        shown = alpha if game.exact or alpha is None else float(alpha)
        excess = _excess(found, seen, cap)
        at_break = alpha in judge.breakpoints
        shares.append(ShareVerdict(shown, at_break, seen.ours, seen.wrong, seen.engines, excess))
    own = tuple(vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True))
    certificate = certify(game.at(found.alpha), own)
    slack = 0.0 if found.exact else judge.rounding + 4 * _EPS * max(1.0, abs(float(found.utility)))
    return Verification(
        tuple(shares), certificate.regret, certificate.regret_bound, slack, judge.comparison, time.monotonic() - begun
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """What was compared at one share; ``values`` holds (kept, paid) of every equilibrium that anybody found."""

    ours: int
    wrong: int
    engines: dict[str, Verdict]
    values: list[tuple[Scalar, Scalar]]


class _Judge(Protocol):
    """Compares one kind of equilibria at one share. ``rounding`` bounds the error of a value."""

    @property
    def breakpoints(self) -> Sequence[Scalar | None]: ...
    @property
    def comparison(self) -> str: ...
    @property
    def rounding(self) -> float: ...
    def compare(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> _Seen: ...


@dataclass(frozen=True, eq=False)
class _AllEquilibria:
    """Two users: our branches against engines that enumerate all equilibria."""

    game: PaymentGame
    slices: Slices
    found: Branches | None
    rounding: float

    @classmethod
    def of(cls, game: PaymentGame) -> _AllEquilibria:
        slices = Slices.of(game)
        found = slices.branches() if game.rule.has_alpha else None
        return cls(game, slices, found, value_error(pure_equilibria(game)))

    @property
    def breakpoints(self) -> Sequence[Scalar | None]:
        if self.found is None:
            return [None]
        return [Fraction(0) if beta == math.inf else 1 / Fraction(beta) for beta in reversed(self.found.betas)]

    @property
    def comparison(self) -> str:
        if self.game.exact:
            return "Equilibria are rational, and compared exactly."
        return (
            "Engines got the game of rationals that the branches were computed for: its values are the floats "
            f"as they are, those within {4 * self.game.potential.error:.2g} of each other made equal."
        )

    def compare(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> _Seen:
        share = Fraction(1) if alpha is None else Fraction(alpha)
        ours = equilibria_of_one_game(self.game) if self.found is None else self.found.extreme(share)
        normal = self.game.at(alpha) if self.game.exact else self.slices.at(share)
        us = Solver(_OURS, lambda game: ours, players=2, finds="all", exact=True, degenerate=True)
        check = crosscheck(normal, [us, *engines], seconds, workers=workers)
        mine = check.reports[_OURS]
        verdicts = {engine.id: _verdict(check, engine, set(mine.found)) for engine in engines}
        return _Seen(
            len(ours), len(mine.wrong), verdicts, [self._value(one.strategies, share) for one in check.equilibria]
        )

    def _value(self, strategies: MixedProfile, share: Fraction) -> tuple[Scalar, Scalar]:
        x, y = strategies
        utility = np.dot(np.dot(x, self.game.utilities.numbers()), y)
        kept = (1 - share) * utility if self.found else np.dot(np.dot(x, self.game.potential.numbers()), y)
        return kept, utility - kept


def _verdict(check: CrossCheck, engine: Solver, ours: set[int]) -> Verdict:
    """Extreme points must all be there where the engine promises them; else one of a continuum will do."""
    report = check.reports[engine.id]
    found = set(report.found)
    missed = ours - found if engine.degenerate and engine.finds == "all" else ours & set(report.missed)
    return Verdict(
        found=len(found & ours),
        missed=len(missed),
        more=len(found - ours),
        wrong=len(report.wrong),
        complete=report.error is None and engine.finds == "all" and (engine.degenerate or not check.degenerate),
        seconds=report.seconds,
        error=report.error,
    )


@dataclass(frozen=True, eq=False)
class _PureOnes:
    """Any number of users: the profiles whose interval holds α against engines that enumerate pure equilibria."""

    game: PaymentGame
    found: PureEquilibria

    @classmethod
    def of(cls, game: PaymentGame) -> _PureOnes:
        return cls(game, pure_equilibria(game))

    @property
    def rounding(self) -> float:
        return value_error(self.found)

    @property
    def breakpoints(self) -> Sequence[Scalar | None]:
        if not self.game.rule.has_alpha:
            return [None]
        return sorted({*self.found.lower.tolist(), *self.found.upper.tolist()})

    @property
    def comparison(self) -> str:
        if self.game.exact:
            return "Payoffs are rational, and profiles compared exactly."
        return "Payoffs are floats: profiles where somebody is indifferent up to rounding count for neither side."

    def compare(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> _Seen:
        normal = self.game.at(alpha)
        share = alpha if alpha is not None else Fraction(1) if self.game.exact else 1.0
        ours = _profiles(np.unravel_index(self.found.index[self.found.at(share)], self.game.shape))
        certain, possible = _by_payoffs(normal, self._bound(normal, share))
        verdicts, everything = {}, set(ours)
        for engine in engines:
            answer = solve(normal, engine, seconds, workers)
            given = {profile for one in answer.profiles if (profile := _pure(one)) is not None}
            theirs = given & possible
            everything |= theirs
            verdicts[engine.id] = Verdict(
                found=len(theirs & ours),
                missed=len((ours & certain) - theirs),
                more=len((theirs & certain) - ours),
                wrong=len(given - possible),
                complete=answer.failure is None and engine.finds in ("pure", "all"),
                seconds=answer.seconds,
                error=None if answer.failure is None else answer.failure.message,
            )
        place = tuple(np.array(sorted(everything), dtype=int).reshape(-1, len(self.game.shape)).T)
        utility = self.game.utilities.numbers(place)
        kept = (1 - share) * utility if self.game.rule.has_alpha else self.game.potential.numbers(place)
        return _Seen(len(ours), len(ours - possible), verdicts, list(zip(kept, utility - kept, strict=True)))

    def _bound(self, normal: NormalFormGame, share: Scalar) -> Scalar:
        """What rounding of payoffs, and of the share itself, may do to the gain of a deviation; 0 where exact."""
        if self.game.exact:
            return 0
        steepest = 2 * float(np.abs(self.game.potential.values).max())
        return 2 * normal.rounding + self.found.slack * float(share) ** 2 * steepest


def _by_payoffs(normal: NormalFormGame, bound: Scalar) -> tuple[set[Profile], set[Profile]]:
    """The profiles that are an equilibrium whatever rounding does, and those that may be one."""
    possible, certain = np.ones(normal.shape, dtype=bool), np.ones(normal.shape, dtype=bool)
    for player in range(normal.n_players):
        payoffs = normal.payoffs[..., player]
        near = np.asarray(payoffs >= payoffs.max(axis=player, keepdims=True) - bound, dtype=bool)
        possible &= near
        certain &= near if bound == 0 else near & (near.sum(axis=player, keepdims=True) == 1)
    return _profiles(np.nonzero(certain)), _profiles(np.nonzero(possible))


def _profiles(place: Sequence[Array]) -> set[Profile]:
    return set(zip(*(axis.tolist() for axis in place), strict=True))


def _pure(strategies: MixedProfile) -> Profile | None:
    """The pure profile that an engine means, if it means one."""
    chosen = [int(np.argmax(vector)) for vector in strategies]
    played = all(abs(vector[one] - 1) <= 1e-6 for vector, one in zip(strategies, chosen, strict=True))
    return tuple(chosen) if played else None


def _engines(solvers: SolverSpec | None, scope: str) -> tuple[Solver, ...]:
    """Those that were named; else those of the default ones that are installed."""
    if solvers is not None:
        return resolve(solvers)
    wanted = [get(name) for name in (MIXED_ENGINES if scope == "all" else PURE_ENGINES)]
    missing = {solver.id: reason for solver in wanted if (reason := solver.not_installed()) is not None}
    if len(missing) == len(wanted):
        raise SolverError("verify needs an engine to compare with:\n" + "\n".join(missing.values()))
    return tuple(solver for solver in wanted if solver.id not in missing)


def _excess(found: Design, seen: _Seen, cap: Fraction | None) -> Scalar | None:
    """How much more the selection is worth at one share than the design says; None where it was not asked."""
    within = [kept for kept, paid in seen.values if cap is None or paid <= cap]
    if found.selection == "best" and within:
        return max(within) - found.platform_utility
    if found.selection == "worst" and within and len(within) == len(seen.values):
        return min(within) - found.platform_utility
    return None
