"""Our equilibria at one share against those of other engines, and against the definition of the payments.

Each of ours is held against the definition (:class:`Court`), which also settles the differences.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias

import numpy as np

from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.two_users.branches import Branches, Slices, equilibria_of_one_game
from fairgames.game import PaymentGame
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.solvers.definition import Definition, Gain, played
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver
from fairgames.solvers.solve import solve
from fairgames.solvers.verification import EngineVerdict
from fairgames.text import number, strategy
from fairgames.typing import MixedProfile, Profile, Scalar

_OURS = "fairgames:branches"
#: By how much a regret at a share may be off, going by the answer's own stated error; 0 where all is rational.
Room: TypeAlias = Callable[[Fraction], Fraction]


@dataclass(frozen=True, eq=False)
class Outcome:
    """An equilibrium that an engine found: what the platform keeps and pays there, and its name."""

    kept: Scalar
    paid: Scalar
    name: Callable[[], str]


@dataclass(frozen=True, eq=False)
class ShareComparison:
    """The comparison at one share.

    Attributes
    ----------
    ours : how many equilibria we have
    wrong : how many of those are none
    certified : how many of those are equilibria by the definition of the payments
    engines : by solver id
    worths : of every equilibrium that anybody found
    witnesses : what proves us wrong, in sentences
    """

    ours: int
    wrong: int
    certified: int
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
    """The comparison for two users: our branches against engines that enumerate all equilibria."""

    game: PaymentGame
    slices: Slices
    found: Branches | None
    definition: Definition
    room: Room

    @classmethod
    def of(cls, game: PaymentGame, definition: Definition, room: Room) -> AllEquilibria:
        slices = Slices.of(game)
        return cls(game, slices, slices.branches() if game.rule.has_alpha else None, definition, room)

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
        gains = [self.definition.gains(played(profile, self.game.strategies), share) for profile in ours]
        room = self.room(share)
        false = [(profile, gain) for profile, gain in zip(ours, gains, strict=True) if gain.exceeds(room)]
        witnesses += [f"ours, ({self._name(profile)}), is none: {in_words(self.game, gain)}" for profile, gain in false]
        certified = sum(gain.within(room) for gain in gains)
        wrong = max(len(mine.wrong), len(false))
        return ShareComparison(len(ours), wrong, certified, verdicts, worths, tuple(witnesses))

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
    reached = found | {index for k in report.sets for index in check.sets[k]}
    missed = ours - (found if engine.degenerate and engine.finds == "all" else reached)
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
    """The comparison for any users: profiles whose interval holds α against engines that enumerate pure equilibria.

    Shares are taken as the rationals that they are. Where an engine and we differ at a profile,
    the definition of the payments decides who is right.
    """

    game: PaymentGame
    found: PureEquilibria
    definition: Definition
    room: Room

    @classmethod
    def of(cls, game: PaymentGame, definition: Definition, room: Room) -> PureOnes:
        return cls(game, pure_equilibria(game), definition, room)

    @property
    def breakpoints(self) -> Sequence[Scalar | None]:
        if not self.game.rule.has_alpha:
            return [None]
        return sorted({*self.found.lower.tolist(), *self.found.upper.tolist()})

    @property
    def words(self) -> str:
        if self.game.exact:
            return "Payoffs are rational, and profiles compared exactly."
        return "Payoffs are floats; who is right the definition of the payments decides, in high precision."

    def at(
        self, alpha: Scalar | None, engines: Sequence[Solver], seconds: float, workers: Workers | None
    ) -> ShareComparison:
        normal, share = self.game.at(alpha), Fraction(1) if alpha is None else Fraction(alpha)
        place = np.unravel_index(self.found.index[self.found.at(share)], self.game.shape)
        ours: set[Profile] = set(zip(*(axis.tolist() for axis in place), strict=True))
        court = Court(self.game, self.definition, share, self.room(share), normal.rounding)
        verdicts, everything, witnesses = {}, set(ours), dict[str, None]()
        deadline = time.monotonic() + seconds
        for profile in sorted(ours):
            if time.monotonic() > deadline:
                break
            court.hear(profile)
        false = [profile for profile in sorted(ours) if court.condemns(profile)]
        witnesses |= dict.fromkeys(f"ours, ({court.name(p)}), is none: {court.words(p)}" for p in false)
        for engine in engines:
            answer = solve(normal, engine, seconds, workers)
            theirs = {there for one in answer.profiles if (there := _pure(one)) is not None}
            more = sorted(theirs - ours)
            deadline = time.monotonic() + seconds
            for profile in more:
                if time.monotonic() > deadline:
                    break
                court.hear(profile)
            complete = answer.failure is None and engine.finds in ("pure", "all")
            missed = sorted(ours - theirs) if complete else []
            right = [profile for profile in more if court.acquits(profile)]
            witnesses |= dict.fromkeys(f"{engine.id} has ({court.name(p)}), which we have not" for p in right)
            everything = everything | set(right)
            wrong = sum(map(court.gains, more))
            verdicts[engine.id] = EngineVerdict(
                found=len(theirs & ours),
                missed=len([profile for profile in missed if not court.too_close(profile)]),
                more=len(right),
                wrong=wrong,
                complete=complete and len(more) == len(right) + wrong,
                seconds=answer.seconds,
                error=None if answer.failure is None else answer.failure.message,
            )
        certified = sum(map(court.certifies, ours))
        worths = self._worths(everything, share)
        return ShareComparison(len(ours), len(false), certified, verdicts, worths, tuple(witnesses))

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


class Court:
    """Whether profiles (of choices) are equilibria at one share, by the definition of the payments.

    Parameters
    ----------
    room : what ours may be off, where floats are all that is known of U
    rounding : of the payoffs that engines got
    """

    def __init__(
        self, game: PaymentGame, definition: Definition, share: Fraction, room: Fraction, rounding: float
    ) -> None:
        self._game, self._definition, self._share = game, definition, share
        self._room, self._rounding = room, Fraction(2 * rounding)
        self._heard: dict[Profile, Gain | None] = {}

    def hear(self, place: Profile) -> Gain | None:
        """The most that anybody gains from there; None where coalitions are too many."""
        if place not in self._heard:
            profile = self._game.levels(place)
            near = self._definition.within_reach(profile)
            self._heard[place] = self._definition.gains([(profile, Fraction(1))], self._share) if near else None
        return self._heard[place]

    def gains(self, place: Profile) -> bool:
        """Whether somebody gains, for certain."""
        gain = self._heard.get(place)
        return gain is not None and gain.exceeds(Fraction(0))

    def acquits(self, place: Profile) -> bool:
        """Whether nobody gains, for certain."""
        gain = self._heard.get(place)
        return gain is not None and gain.within(Fraction(0))

    def condemns(self, place: Profile) -> bool:
        """Whether somebody gains more than what ours may be off."""
        gain = self._heard.get(place)
        return gain is not None and gain.exceeds(Fraction(0) if gain.known else self._room)

    def certifies(self, place: Profile) -> bool:
        """Whether nobody gains more than what ours may be off."""
        gain = self._heard.get(place)
        return gain is not None and gain.within(Fraction(0) if gain.known else self._room)

    def words(self, place: Profile) -> str:
        """Who gains, in words."""
        gain = self._heard[place]
        assert gain is not None
        return in_words(self._game, gain)

    def too_close(self, place: Profile) -> bool:
        """Whether rounding of the payoffs that it got may have hidden an equilibrium from an engine."""
        gain = self.hear(place)
        return not self._game.exact and gain is not None and gain.amount.high > -self._rounding

    def name(self, place: Profile) -> str:
        return _levels(self._game, place)


def in_words(game: PaymentGame, gain: Gain) -> str:
    """Who gains, how much and by which move, in words."""
    assert gain.user is not None
    assert gain.level is not None
    there = game.utility.level_names[gain.level]
    return f"{game.users.names[gain.user]} gains {number(float(gain.amount.middle))} by moving to {there}"


def _levels(game: PaymentGame, place: Profile) -> str:
    return "; ".join(game.utility.level_names[level] for level in game.levels(place))


def _pure(strategies: MixedProfile) -> Profile | None:
    """The pure profile that an engine means, if it means one."""
    chosen = [int(np.argmax(vector)) for vector in strategies]
    played = all(abs(vector[one] - 1) <= 1e-6 for vector, one in zip(strategies, chosen, strict=True))
    return tuple(chosen) if played else None
