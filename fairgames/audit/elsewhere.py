"""Axioms on utilities that the game does not have: they speak of every U, and in one game perhaps of nobody.

Where no two users of a game add the same, it cannot show that a rule has favourites. So a scheme that can be asked for
another U is asked for those nearest to the game's own in which two users do add the same, or one adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from fairgames.audit.additivity import structured
from fairgames.audit.ground import Ground, remembered
from fairgames.audit.roles import PLATFORM
from fairgames.audit.schemes import FunctionScheme, Scheme, Worth
from fairgames.audit.symmetry import Unequal
from fairgames.typing import Profile

#: Games of more users are not tried elsewhere: each question takes all coalitions.
MOST_USERS = 8


@dataclass(frozen=True)
class Elsewhere:
    """What was found with other utilities: the worst, in which U, and how many questions were asked."""

    worst: Unequal | None
    utility: str
    checks: int


@dataclass(frozen=True)
class _Case:
    """A U in words, and players who add the same (or one who adds nothing) at a profile of it."""

    utility: str
    worth: Worth
    profile: Profile
    one: int
    other: int | None


def symmetry_elsewhere(ground: Ground, scheme: Scheme, with_platform: bool, tolerance: Fraction) -> Elsewhere:
    """The worst unequal payment over utilities made from the game's own; nothing where the scheme cannot be asked."""
    if not scheme.asks or scheme.weighted_sums(held=True) or ground.n_users > MOST_USERS:
        return Elsewhere(None, "", 0)
    worst, told, checks = None, "", 0
    for case in _cases(ground, with_platform):
        paid = scheme.under(ground, remembered(case.worth), case.profile)
        mine = paid[case.one]
        apart = abs(mine if case.other is None else mine - paid[case.other])
        checks += 1
        error = 2 * scheme.error_under(ground, case.profile)
        if apart > (float(tolerance) + error if error else tolerance) and (worst is None or apart > worst.amount):
            amounts = (mine,) if case.other is None else (mine, paid[case.other])
            worst, told = Unequal(apart, case.profile, case.one, case.other, amounts), case.utility
    return Elsewhere(worst, told, checks)


@dataclass(frozen=True)
class UnequalTotals:
    """Two profiles of equal U at which other amounts are paid out in all."""

    amount: Any
    profile: Profile
    other: Profile
    totals: tuple[Any, Any]
    worth: Any
    utility: str


def shares_elsewhere(ground: Ground, scheme: Scheme, tolerance: Fraction) -> tuple[UnequalTotals | None, int]:
    """Of a function of somebody's own: whether it pays out the same wherever somebody shares, where U is the same."""
    if not isinstance(scheme, FunctionScheme) or not scheme.asks or ground.n_users > MOST_USERS:
        return None, 0
    unit = max((ground.worth(profile) for profile in structured(ground)), default=0) or Fraction(1)
    looked = [profile for profile in structured(ground) if any(profile)]

    def worth(profile: Sequence[int]) -> Any:
        return unit if any(profile) else 0 * unit

    totals = [sum(scheme.under(ground, worth, profile)[:-1], start=Fraction(0)) for profile in looked]
    if not looked:
        return None, 0
    low, high = min(range(len(looked)), key=totals.__getitem__), max(range(len(looked)), key=totals.__getitem__)
    apart = totals[high] - totals[low]
    error = 2 * ground.n_users * scheme.error_under(ground, looked[high])
    if apart <= (float(tolerance) + error if error else tolerance):
        return None, len(looked)
    told = "U where everybody earns as much as anybody"
    found = UnequalTotals(apart, looked[low], looked[high], (totals[low], totals[high]), unit, told)
    return found, len(looked)


def _cases(ground: Ground, with_platform: bool) -> Iterator[_Case]:
    lowest, highest = ([levels[end] for levels in ground.game.strategies] for end in (0, -1))
    for one, other in combinations(range(ground.n_users), 2):
        common = set(ground.game.strategies[one]) & set(ground.game.strategies[other]) - {0}
        if common:
            told = f"U averaged over {ground.names[one]} and {ground.names[other]} changing places"
            for others in (highest, lowest):
                profile = _with(others, {one: max(common), other: max(common)})
                yield _Case(told, _averaged(ground, one, other), profile, one, other)
    for user in range(ground.n_users):
        told = f"U as if {ground.names[user]} shared nothing"
        for others in (highest, lowest):
            yield _Case(told, _without(ground, user), _with(others, {user: highest[user]}), user, None)
        if with_platform:
            told = f"U where nothing is earned without {ground.names[user]}"
            yield _Case(told, _only_with(ground, user), tuple(highest), user, PLATFORM)


def _averaged(ground: Ground, one: int, other: int) -> Worth:
    def worth(profile: Sequence[int]) -> Any:
        changed = _with(profile, {one: profile[other], other: profile[one]})
        total = ground.worth(profile) + ground.worth(changed)
        return total / 2

    return worth


def _without(ground: Ground, user: int) -> Worth:
    return lambda profile: ground.worth(_with(profile, {user: 0}))


def _only_with(ground: Ground, user: int) -> Worth:
    return lambda profile: ground.worth(profile) if profile[user] else 0 * ground.worth(profile)


def _with(profile: Sequence[int], changes: dict[int, int]) -> Profile:
    return tuple(changes.get(user, level) for user, level in enumerate(profile))
