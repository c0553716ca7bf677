"""Assumptions 1 and 2 of Section 5: U rises with every level, and rises less where others share more.

Both are read for profiles that differ, since no U satisfies them as printed: of a profile and itself they ask for a
strict inequality. Assumption 2 is read for any users and levels: what a user adds by its next higher level falls where
others go higher. For users alike with two levels that is eq. 22.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.finding import Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.words import Speaker
from fairgames.typing import Array, Profile

_NONE = Fraction(0)


def monotone(ground: Ground, speaker: Speaker) -> Finding:
    """Assumption 1: U(ρ′) > U(ρ) wherever ρ′ ≥ ρ differs from ρ."""
    steps = [(user, start, _risen(ground.worths.values, user, start)) for user, start in _choices(ground)]
    # Wherever U does not rise between two profiles, it does not on one of the steps between them.
    found = [_Pair.of_step(-rise, (user, start), (user, start)) for user, start, rise in steps if rise.size]
    checks = sum(rise.size for _, _, rise in steps)
    if not found:
        return Finding("assumption-1", True, _NONE, None, "There are no two profiles to compare.", 0)
    worst = max(found, key=lambda one: one.amount)
    if worst.amount < -2 * ground.error:
        least = speaker.money(_money(ground, -worst.amount))
        said = f"U rises wherever a user goes to a higher level, by {least} at least."
        return Finding("assumption-1", True, _NONE, None, said, checks, ground.error)
    if worst.amount > 2 * ground.error:
        worst = _deepest(ground)
    lower, higher = (_profile(ground, place) for place in (worst.low, worst.high))
    before, after = ground.worth(lower), ground.worth(higher)
    if not ground.game.exact and abs(after - before) <= 2 * ground.error:
        first, second = ground.game.utility.exactly(lower), ground.game.utility.exactly(higher)
        if first is None or second is None or ground.judge.compare(second, first) > 0:
            ground.judge.leave_open(f"whether U rises from {lower} to {higher}")
            return Finding("assumption-1", None, _NONE, None, _OPEN, checks, ground.error)
    movers = tuple(name for name, a, b in zip(ground.names, lower, higher, strict=True) if a != b)
    falls = f"falls from {speaker.money(before)} to {speaker.money(after)}"
    what = falls if after < before else f"stays {speaker.money(before)}"
    said = (
        f"{speaker.at(lower)} U {what} if {' and '.join(movers)} "
        f"go{'es' * (len(movers) == 1)} up to levels ({', '.join(ground.levels(higher))})."
    )
    amounts = {"utility": before, "utility at the other profile": after}
    witness = Witness(movers, lower, ground.levels(lower), sharing(ground, lower), higher, None, amounts)
    return Finding("assumption-1", False, max(before - after, 0 * before), witness, said, checks, ground.error)


def diminishing(ground: Ground, speaker: Speaker) -> Finding:
    """Assumption 2: what a user adds by its next level falls strictly where others are on higher levels."""
    found, checks = [], 0
    for user, start, other, from_, growth in _growths(ground):
        found.append(_Pair.of_step(growth, (user, start), (other, from_)))
        checks += growth.size
    if not found:
        said = "Nobody can go higher beside somebody else, so there is nothing to compare."
        return Finding("assumption-2", True, _NONE, None, said, 0)
    worst = max(found, key=lambda one: one.amount)
    slack = 4 * ground.error
    if worst.amount < -slack:
        least = speaker.money(_money(ground, -worst.amount))
        said = f"What a user adds falls wherever another shares more, by {least} at least."
        return Finding("assumption-2", True, _NONE, None, said, checks, ground.error)
    if worst.amount > slack:
        worst = _steepest(ground)
    user, (first, second) = worst.user, (_profile(ground, place) for place in (worst.low, worst.high))
    higher = [_profile(ground, _moved(place, user)) for place in (worst.low, worst.high)]
    adds = [ground.worth(up) - ground.worth(here) for up, here in zip(higher, (first, second), strict=True)]
    if not ground.game.exact and abs(adds[1] - adds[0]) <= slack:
        exactly = [ground.game.utility.exactly(one) for one in (higher[1], second, higher[0], first)]
        known = [one for one in exactly if one is not None]
        if len(known) < 4 or ground.judge.compare(known[0] - known[1], known[2] - known[3]) < 0:
            ground.judge.leave_open(f"whether {ground.names[user]} adds more at {second} than at {first}")
            return Finding("assumption-2", None, _NONE, None, _OPEN, checks, ground.error)
    said = (
        f"{ground.names[user]} adds {speaker.money(adds[0], 2 * ground.error)} by going one level higher from levels "
        f"({', '.join(ground.levels(first))}), and {speaker.money(adds[1], 2 * ground.error)}, not less, from levels "
        f"({', '.join(ground.levels(second))})."
    )
    amounts = {"added": adds[0], "added at the other profile": adds[1]}
    witness = Witness((ground.names[user],), first, ground.levels(first), sharing(ground, first), second, None, amounts)
    return Finding("assumption-2", False, max(adds[1] - adds[0], 0 * adds[0]), witness, said, checks, ground.error)


_OPEN = "Floats cannot tell whether it holds everywhere."


@dataclass(frozen=True)
class _Pair:
    """Two places, the second reached from the first by going up, and by how much more is there of what should fall."""

    amount: Any
    user: int
    low: list[int]
    high: list[int]

    @classmethod
    def of_step(cls, values: Array, own: tuple[int, int], mover: tuple[int, int]) -> _Pair:
        """The largest entry of values of steps by ``mover``; of both the number and where its choices begin."""
        flat = int(np.argmax(values))
        low = [int(index) for index in np.unravel_index(flat, values.shape)]
        for user, start in {own, mover}:
            low[user] += start
        return cls(values.reshape(-1)[flat], own[0], low, _moved(low, mover[0]))


def _deepest(ground: Ground) -> _Pair:
    """The two profiles, one above the other, between which U falls most."""
    worths = highest = ground.worths.values
    for user, start in _choices(ground):
        highest = _accumulated(np.maximum, highest, user, start)
    high = [int(index) for index in np.unravel_index(int(np.argmax(highest - worths)), worths.shape)]
    low = _origin(ground, worths, highest[tuple(high)], high, None)
    return _Pair(highest[tuple(high)] - worths[tuple(high)], 0, low, high)


def _steepest(ground: Ground) -> _Pair:
    """The user and the two profiles of others, one above the other, between which what it adds grows most."""
    found = []
    for user, start in _choices(ground):
        rise = least = _risen(ground.worths.values, user, start)
        if not rise.size:
            continue
        for other, from_ in _choices(ground):
            least = least if other == user else _accumulated(np.minimum, least, other, from_)
        high = [int(index) for index in np.unravel_index(int(np.argmax(rise - least)), rise.shape)]
        low = _origin(ground, rise, least[tuple(high)], high, user)
        places = [[index + start * (k == user) for k, index in enumerate(place)] for place in (low, high)]
        found.append(_Pair(rise[tuple(high)] - least[tuple(high)], user, *places))
    return max(found, key=lambda one: one.amount)


def _origin(ground: Ground, values: Array, value: Any, high: list[int], user: int | None) -> list[int]:
    """The first place below ``high`` with that value; the place of ``user`` itself stays."""
    starts = dict(_choices(ground))
    return next(
        place
        for place in np.argwhere(np.asarray(values == value, dtype=bool)).tolist()
        if all(a == b or (k != user and starts[k] <= a < b) for k, (a, b) in enumerate(zip(place, high, strict=True)))
    )


def _growths(ground: Ground) -> Iterator[tuple[int, int, int, int, Array]]:
    """How much more each user adds by a step after a step of each other one, with where both their choices begin.

    If what it adds falls with every step of every other user, it falls between any two profiles.
    """
    for user, start in _choices(ground):
        rise = _risen(ground.worths.values, user, start)
        for other, from_ in _choices(ground):
            if other != user and (growth := _risen(rise, other, from_)).size:
                yield user, start, other, from_, growth


def _choices(ground: Ground) -> list[tuple[int, int]]:
    """Each user, and the place on its axis where its choices begin."""
    return [(user, int(levels[0] > 0)) for user, levels in enumerate(ground.game.strategies)]


def _risen(values: Array, axis: int, start: int) -> Array:
    """What is more at each step up of one axis, from its choices on; that axis is one shorter."""
    moved = np.moveaxis(values, axis, 0)[start:]
    return np.asarray(np.moveaxis(moved[1:] - moved[:-1], 0, axis))


def _accumulated(function: Any, values: Array, axis: int, start: int) -> Array:
    """The running maximum or minimum along the choices of one axis."""
    found = values.copy()
    chosen = np.moveaxis(found, axis, 0)[start:]
    chosen[...] = function.accumulate(chosen.copy(), axis=0)
    return found


def _moved(place: Sequence[int], user: int) -> list[int]:
    return [index + (k == user) for k, index in enumerate(place)]


def _profile(ground: Ground, place: Sequence[int]) -> Profile:
    return tuple(axis[index] for axis, index in zip(ground.axes, place, strict=True))


def sharing(ground: Ground, profile: Profile) -> tuple[str, ...]:
    """The names of those above level 0."""
    return tuple(name for name, level in zip(ground.names, profile, strict=True) if level)


def _money(ground: Ground, value: Any) -> Fraction | float:
    return Fraction(int(value), ground.worths.unit) if ground.worths.exact else float(value)
