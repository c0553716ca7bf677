"""Axioms A.i and B.i: who adds the same is paid the same, and who adds nothing is paid nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from fairgames.audit.finding import Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.roles import PLATFORM, alike, null
from fairgames.audit.words import Speaker
from fairgames.typing import BoolArray, Profile

#: Of coalitions whose U floats cannot tell apart, so many are compared for certain before they stay open.
_MOST_CERTAIN = 100


@dataclass(frozen=True)
class Unequal:
    """Two players who add the same and are paid otherwise, or one who adds nothing and is paid (``other`` None)."""

    amount: Fraction | float
    profile: Profile
    one: int
    other: int | None
    paid: tuple[Fraction | float, ...]


@dataclass(frozen=True)
class Compared:
    """The worst of all comparisons, and how many there were.

    ``told`` counts those that say something: of users who share, not of those on level 0.
    """

    worst: Unequal | None
    checks: int
    told: int


def symmetry(ground: Ground, paid: Paid, name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """The finding on A.i (the platform is a player like any other) or B.i, at every profile of the users' choices."""
    found = compared(ground, paid, name == "A.i", tolerance)
    error = paid.error if name == "B.i" else max(paid.error, paid.platform_error)
    if found.worst is not None:
        return Finding(
            name,
            False,
            found.worst.amount,
            unequal_witness(ground, found.worst),
            unequal_sentence(ground, found.worst, speaker),
            found.checks,
            error,
        )
    holds = True if paid.complete else None
    return Finding(name, holds, 0 * Fraction(1), None, _fair_sentence(found, paid, speaker), found.checks, error)


def compared(ground: Ground, paid: Paid, with_platform: bool, tolerance: Fraction) -> Compared:
    """The largest difference of payments that should be equal, and payment that should be 0."""
    worst: Unequal | None = None
    checks = told = 0
    for one, other, everywhere in _roles(ground, with_platform):
        where = paid.known(everywhere)
        checks += int(where.sum())
        told += int(where.sum()) if PLATFORM in (one, other) else int((where & _shares(ground, one)).sum())
        found = _worst(ground, paid, one, other, where, tolerance)
        if found is not None and (worst is None or found.amount > worst.amount):
            worst = found
    return Compared(worst, checks, told)


def _roles(ground: Ground, with_platform: bool) -> Iterator[tuple[int, int | None, BoolArray]]:
    """Each pair and the profiles where they add the same, then each player and those where it adds nothing."""
    players = [*range(ground.n_users), *([PLATFORM] if with_platform else [])]
    for one, other in combinations(players, 2):
        yield one, other, alike(ground.worths, one, other)[ground.mine]
    for player in players:
        yield player, None, null(ground.worths, player)[ground.mine]


def _shares(ground: Ground, user: int) -> BoolArray:
    """Where a user is above level 0."""
    sharing = np.array([level > 0 for level in ground.game.strategies[user]])
    return sharing.reshape([-1 if axis == user else 1 for axis in range(ground.n_users)])


def _worst(
    ground: Ground, paid: Paid, one: int, other: int | None, where: BoolArray, tolerance: Fraction
) -> Unequal | None:
    places = np.flatnonzero(where)
    if not len(places):
        return None
    mine = paid.amounts[one].reshape(-1)[places]
    theirs = None if other is None else paid.amounts[other].reshape(-1)[places]
    apart = np.abs(mine if theirs is None else mine - theirs)
    errors = sum(
        paid.platform_error if player == PLATFORM else paid.error for player in (one, other) if player is not None
    )
    least = math.floor(tolerance * paid.unit) if paid.exact else float(tolerance) + errors
    over = np.flatnonzero(np.asarray(apart > least, dtype=bool))
    if not len(over):
        return None
    over = over[np.argsort(-apart[over], kind="stable")]
    for number, place in enumerate(over.tolist()):
        profile = ground.profile_at(int(places[place]))
        if number >= _MOST_CERTAIN:
            ground.judge.leave_open(f"whether {_players(ground, one, other)} add the same at {profile}")
            return None
        if _certain(ground, one, other, profile):
            amounts = [mine[place]] if theirs is None else [mine[place], theirs[place]]
            return Unequal(paid.money(apart[place]), profile, one, other, tuple(map(paid.money, amounts)))
    return None


def _certain(ground: Ground, one: int, other: int | None, profile: Profile) -> bool:
    """Whether they play that role for certain: floats have found it within their error."""
    if ground.game.exact:
        return True
    players = [player for player in (one, other) if player not in (None, PLATFORM)]
    others = [user for user, level in enumerate(profile) if level and user not in players]
    answers = (
        _same_without(ground, one, other, _kept(profile, inside, players))
        for size in range(len(others) + 1)
        for inside in combinations(others, size)
    )
    for answer in answers:
        if answer is None:
            ground.judge.leave_open(f"whether {_players(ground, one, other)} add the same at {profile}")
        if not answer:
            return False
    return True


def _same_without(ground: Ground, one: int, other: int | None, profile: Profile) -> bool | None:
    """Whether the condition is met at one ρ_S, with the players on their levels."""
    if PLATFORM in (one, other):
        user = one if other == PLATFORM else other
        return ground.worth_is_zero(profile if user in (None, PLATFORM) else _left(profile, user))
    if other is None:
        return ground.same_worth(profile, _left(profile, one))
    return ground.same_worth(_left(profile, other), _left(profile, one))


def _kept(profile: Profile, inside: tuple[int, ...], players: list[Any]) -> Profile:
    return tuple(level if user in inside or user in players else 0 for user, level in enumerate(profile))


def _left(profile: Profile, user: int | None) -> Profile:
    return tuple(0 if place == user else level for place, level in enumerate(profile))


def _players(ground: Ground, one: int, other: int | None) -> str:
    return " and ".join(_name(ground, player) for player in (one, other) if player is not None)


def _name(ground: Ground, player: int) -> str:
    return "platform" if player == PLATFORM else ground.names[player]


def unequal_witness(ground: Ground, found: Unequal, utility: str | None = None) -> Witness:
    """The players, the profile, and what each is paid."""
    players = [found.one] if found.other is None else [found.one, found.other]
    names = tuple(_name(ground, player) for player in players)
    amounts = {f"paid to {name}": amount for name, amount in zip(names, found.paid, strict=True)}
    sharing = tuple(ground.names[user] for user, level in enumerate(found.profile) if level)
    return Witness(names, found.profile, ground.levels(found.profile), sharing, None, utility, amounts)


def unequal_sentence(ground: Ground, found: Unequal, speaker: Speaker) -> str:
    """What happens to whom, in plain words."""
    at = speaker.at(found.profile)
    if found.other is None:
        amount = speaker.money(found.paid[0])
        if found.one == PLATFORM:
            return f"{at} the data earn nothing in any group, and yet the platform keeps {amount}."
        return f"{at} {_name(ground, found.one)} adds nothing to any group of others, and yet is paid {amount}."
    first, second = (speaker.money(amount) for amount in found.paid)
    apart = speaker.money(found.amount)
    if found.other == PLATFORM:
        user = _name(ground, found.one)
        return (
            f"{at} nothing is earned without {user} and nothing without the platform, so both contribute the same; yet "
            f"{user} gets {first} and the platform keeps {second}, {apart} apart."
        )
    return (
        f"{at} {_name(ground, found.one)} and {_name(ground, found.other)} add the same to every group of others, yet "
        f"{_name(ground, found.one)} is paid {first} and {_name(ground, found.other)} {second}, {apart} apart."
    )


def _fair_sentence(found: Compared, paid: Paid, speaker: Speaker) -> str:
    if not found.told:
        said = "At no profile do two who share add the same, or does one who shares add nothing, so nothing is compared"
        return f"{said} but that those on level 0 are paid nothing, which they are."
    if not paid.complete:
        return f"{speaker.none_found(found.checks)} The table does not state every profile."
    within = speaker.within(paid.error)
    return f"Who adds the same to every group is paid the same, and who adds nothing is paid nothing{within}."
