"""Our equilibria at one share against those of other engines; differences are settled by the definition."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.two_users.branches import Branches, Slices, equilibria_of_one_game
from fairgames.game import PaymentGame
from fairgames.games.normal_form import NormalFormGame
from fairgames.mechanism.result import Scalar
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.solvers.definition import Definition
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver
from fairgames.solvers.solve import solve
from fairgames.solvers.verification import EngineVerdict
from fairgames.text import number, strategy
from fairgames.typing import MixedProfile, Profile

_OURS = "fairgames:branches"
#: Differences between two lists of profiles that are settled at one share; more stay open.
_MOST_DISPUTES = 20


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the platform keeps and pays at an equilibrium that somebody found, and how to name it."""

    kept: Scalar
    paid: Scalar
    name: Callable[[], str]


@dataclass(frozen=True, eq=False)
class ShareComparison:
    """What was compared at one share.

    Attributes
    ----------
    ours : how many equilibria we have
    wrong : how many of those are none
    engines : by solver id
    worths : of every equilibrium that anybody found
    witnesses : what proves us wrong, in sentences
    """

    ours: int
    wrong: int
    engines: dict[str, EngineVerdict]
    worths: Sequence[Outcome]
    witnesses: tuple[str, ...]


class Comparison(Protocol):
    """Compares one kind of equilibria at one share."""

    @property
    def breakpoints(self) -> Sequence[Scalar | None]: ...
    @property
    def words(self) -> str: ...
    def at(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> ShareComparison: ...


@dataclass(frozen=True, eq=False)
class AllEquilibria:
    """Two users: our branches against engines that enumerate all equilibria."""

    game: PaymentGame
    slices: Slices
    found: Branches | None

    @classmethod
    def of(cls, game: PaymentGame) -> AllEquilibria:
        slices = Slices.of(game)
        return cls(game, slices, slices.branches() if game.rule.has_alpha else None)

    @property
    def breakpoints(self) -> Sequence[Scalar | None]:
        if self.found is None:
            return [None]
        return [Fraction(0) if beta == math.inf else 1 / Fraction(beta) for beta in reversed(self.found.betas)]

    @property
    def words(self) -> str:
        if self.game.exact:
            return "Equilibria are rational, and compared exactly."
        return "Engines got the game of rationals that the branches were computed for, equal to U's to rounding."

    def at(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> ShareComparison:
        share = Fraction(1) if alpha is None else Fraction(alpha)
        ours = equilibria_of_one_game(self.game) if self.found is None else self.found.extreme(share)
        normal = self.game.at(alpha) if self.game.exact else self.slices.at(share)
        us = Solver(_OURS, lambda game: ours, players=2, finds="all", exact=True, degenerate=True)
        check = crosscheck(normal, [us, *engines], seconds, workers=workers)
        mine = check.reports[_OURS]
        known = set(mine.found)
        verdicts = {engine.id: _verdict(check, engine, known) for engine in engines}
        witnesses = [f"ours, ({self._name(profile)}), is no equilibrium" for profile in mine.wrong]
        witnesses += [
            f"{engine.id} has ({self._name(check.equilibria[k].strategies)}), which we have not"
            for engine in engines
            for k in sorted(set(check.reports[engine.id].found) - known)
        ]
        worths = [self._worth(one.strategies, share) for one in check.equilibria]
        return ShareComparison(len(ours), len(mine.wrong), verdicts, worths, tuple(witnesses))

    def _worth(self, strategies: MixedProfile, share: Fraction) -> Outcome:
        x, y = strategies
        utility = np.dot(np.dot(x, self.game.utilities.numbers()), y)
        kept = (1 - share) * utility if self.found else np.dot(np.dot(x, self.game.potential.numbers()), y)
        return Outcome(kept, utility - kept, lambda: self._name(strategies))

    def _name(self, strategies: MixedProfile) -> str:
        names = self.game.utility.level_names
        own = [[names[level] for level in levels] for levels in self.game.strategies]
        return "; ".join(strategy(vector, levels) for vector, levels in zip(strategies, own, strict=True))


def _verdict(check: CrossCheck, engine: Solver, ours: set[int]) -> EngineVerdict:
    """Extreme points must all be there where the engine promises them; else one of a continuum will do."""
    report = check.reports[engine.id]
    found = set(report.found)
    missed = ours - found if engine.degenerate and engine.finds == "all" else ours & set(report.missed)
    return EngineVerdict(
        found=len(found & ours),
        missed=len(missed),
        more=len(found - ours),
        wrong=len(report.wrong),
        complete=report.error is None and engine.finds == "all" and (engine.degenerate or not check.degenerate),
        seconds=report.seconds,
        error=report.error,
    )


@dataclass(frozen=True, eq=False)
class PureOnes:
    """Any number of users: the profiles whose interval holds α against engines that enumerate pure equilibria.

    Shares are taken as the rationals that they are. Where an engine and we differ at a profile,
    the definition of the payments decides who is right.
    """

    game: PaymentGame
    found: PureEquilibria
    definition: Definition

    @classmethod
    def of(cls, game: PaymentGame, definition: Definition) -> PureOnes:
        return cls(game, pure_equilibria(game), definition)

    @property
    def breakpoints(self) -> Sequence[Scalar | None]:
        if not self.game.rule.has_alpha:
            return [None]
        return sorted({*self.found.lower.tolist(), *self.found.upper.tolist()})

    @property
    def words(self) -> str:
        if self.game.exact:
            return "Payoffs are rational, and profiles compared exactly."
        return "Payoffs are floats; where rounding may decide, the definition of the payments does, in high precision."

    def at(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> ShareComparison:
        normal, share = self.game.at(alpha), Fraction(1) if alpha is None else Fraction(alpha)
        place = np.unravel_index(self.found.index[self.found.at(share)], self.game.shape)
        ours: set[Profile] = set(zip(*(axis.tolist() for axis in place), strict=True))
        court = _Court(self.game, self.definition, share, normal)
        verdicts, everything, witnesses = {}, set(ours), dict[str, None]()
        for engine in engines:
            answer = solve(normal, engine, seconds, workers)
            theirs = {profile for one in answer.profiles if (profile := _pure(one)) is not None}
            more = {profile: court.gainer(profile) for profile in sorted(theirs - ours)}
            complete = answer.failure is None and engine.finds in ("pure", "all")
            missed = sorted(ours - theirs) if complete else []
            false = [profile for profile in missed if court.gainer(profile)]
            witnesses |= dict.fromkeys(f"ours, ({court.name(p)}), is none: {court.gainer(p)}" for p in false)
            right = [profile for profile, gains in more.items() if gains == ""]
            witnesses |= dict.fromkeys(f"{engine.id} has ({court.name(p)}), which we have not" for p in right)
            everything = everything | set(right)
            wrong = sum(bool(gains) for gains in more.values())
            verdicts[engine.id] = EngineVerdict(
                found=len(theirs & ours),
                missed=len([profile for profile in missed if not court.too_close(profile)]),
                more=len(right),
                wrong=wrong,
                complete=complete and len(more) == len(right) + wrong,
                seconds=answer.seconds,
                error=None if answer.failure is None else answer.failure.message,
            )
        return ShareComparison(
            len(ours), court.condemned(ours), verdicts, self._worths(everything, share), tuple(witnesses)
        )

    def _worths(self, profiles: set[Profile], share: Fraction) -> list[Outcome]:
        there = sorted(profiles)
        place = tuple(np.array(there, dtype=int).reshape(-1, len(self.game.shape)).T)
        utility = self.game.utilities.numbers(place)
        factor = 1 - (share if self.game.exact else float(share))
        kept = factor * utility if self.game.rule.has_alpha else self.game.keeps.numbers(place)
        if self.game.rule.has_alpha and not self.game.rule.efficient:
            kept = utility - (1 - factor) * self.game.total_paid.numbers(place)
        return [
            Outcome(value, worth - value, lambda profile=profile: _levels(self.game, profile))  # type: ignore[misc]
            for profile, value, worth in zip(there, kept, utility, strict=True)
        ]


class _Court:
    """Whether a profile (of choices) is an equilibrium at one share, by the definition; a few times."""

    def __init__(self, game: PaymentGame, definition: Definition, share: Fraction, normal: NormalFormGame) -> None:
        self._game, self._definition, self._share = game, definition, share
        self._rounding = Fraction(2 * normal.rounding)
        self._known: dict[Profile, str | None] = {}

    def gainer(self, place: Profile) -> str | None:
        """Who gains from there, in words; "" if nobody does, None if that stays open."""
        if place not in self._known:
            self._known[place] = self._judged(self._game.levels(place))
        return self._known[place]

    def _judged(self, profile: Profile) -> str | None:
        if len(self._known) >= _MOST_DISPUTES or not self._definition.within_reach(profile):
            return None
        if (found := self._definition.gainer(profile, self._share)) is None:
            return ""
        user, level = found
        gain = float(self._definition.gain(profile, user, level, self._share).middle)
        names = self._game.utility.level_names
        return f"{self._game.users.names[user]} gains {number(gain)} by moving to {names[level]}"

    def too_close(self, place: Profile) -> bool:
        """Whether rounding of the payoffs that it got may have hidden an equilibrium from an engine."""
        if self._game.exact or self.gainer(place) != "":
            return False
        profile = self._game.levels(place)
        return any(
            self._definition.gain(profile, user, level, self._share).high > -self._rounding
            for user, levels in enumerate(self._game.strategies)
            for level in levels
            if level != profile[user]
        )

    def condemned(self, ours: set[Profile]) -> int:
        """How many of ours are none."""
        return sum(bool(self._known.get(place)) for place in ours)

    def name(self, place: Profile) -> str:
        return _levels(self._game, place)


def _levels(game: PaymentGame, place: Profile) -> str:
    return "; ".join(game.utility.level_names[level] for level in game.levels(place))


def _pure(strategies: MixedProfile) -> Profile | None:
    """The pure profile that an engine means, if it means one."""
    chosen = [int(np.argmax(vector)) for vector in strategies]
    played = all(abs(vector[one] - 1) <= 1e-6 for vector, one in zip(strategies, chosen, strict=True))
    return tuple(chosen) if played else None
