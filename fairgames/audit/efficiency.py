"""Axioms A.ii and B.ii: payments and the platform's part are U; payments are a share of U that depends on U alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.finding import Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.words import Speaker
from fairgames.typing import Array, IntArray, Profile

#: Profiles whose U floats cannot tell apart: so many are compared for certain, one with another.
_MOST_CERTAIN = 60
_NONE = Fraction(0)


def efficiency(ground: Ground, paid: Paid, tolerance: Fraction, speaker: Speaker) -> Finding:
    """The finding on A.ii: φ_p + Σφ_i = U at every profile of the users' choices."""
    n, error = ground.n_users, len(ground.names) * paid.error + paid.platform_error + ground.error
    places, checks = _known(paid, ground)
    if not paid.platform_stated:
        said = "Nothing says what the platform keeps, so it keeps what is left of U, and all of U is divided."
        return Finding("A.ii", True if paid.complete else None, _NONE, None, said, checks, 0.0)
    total = paid.amounts.sum(axis=0).reshape(-1)[places]
    off = _money(paid, total) - ground.chosen.reshape(-1)[places]
    worst = _largest(np.abs(off), tolerance, error)
    if worst is None:
        said = f"What users and platform get is U{speaker.within(error)}."
        return _fine("A.ii", paid, said, checks, error, speaker)
    profile = ground.profile_at(int(places[worst]))
    got, worth = paid.money(total[worst]), ground.chosen.reshape(-1)[places[worst]]
    keeps = paid.money(paid.amounts[n].reshape(-1)[places[worst]])
    amounts = {"utility": worth, "paid to users": got - keeps, "kept by the platform": keeps}
    said = (
        f"{speaker.at(profile)} the data earn {speaker.money(worth)}, but users and platform together get "
        f"{speaker.money(got)}: {speaker.money(abs(off[worst]))} "
        f"{'appear from nowhere' if off[worst] > 0 else 'are missing'}."
    )
    return Finding("A.ii", False, abs(off[worst]), _witness(ground, profile, None, amounts), said, checks, error)


def pseudo_efficiency(ground: Ground, paid: Paid, tolerance: Fraction, speaker: Speaker) -> Finding:
    """The finding on B.ii: Σφ_i = α(ρ)·U with 0 ≤ α ≤ 1, and where U is equal, α is equal."""
    places, checks = _known(paid, ground)
    totals, worths, unit = _in_one_unit(ground, paid, places)
    least = tolerance if unit is None else Fraction(math.floor(tolerance * unit))
    error = float(ground.n_users * paid.error + 4 * np.finfo(float).eps * _size(totals)) if not paid.exact else 0.0
    found = [
        violation
        for violation in (
            _beyond(worths, totals, least, error + ground.error),
            _unequal_shares(ground, places, worths, totals, least, error),
        )
        if violation is not None
    ]
    if not found:
        said = f"What is paid out is a share of U that is the same wherever U is the same{speaker.within(error)}."
        return _fine("B.ii", paid, said, checks, error, speaker)
    worst = _as_money(max(found, key=lambda one: one.amount), unit)
    profile = ground.profile_at(int(places[worst.place]))
    other = None if worst.other is None else ground.profile_at(int(places[worst.other]))
    worth, total = (_in_money(values[worst.place], unit) for values in (worths, totals))
    amounts = {"utility": worth, "paid out": total}
    if worst.other is None or other is None:
        said = f"{speaker.at(profile)} the data earn {speaker.money(worth)}, and {speaker.money(total)} are paid out: "
        said += _what_is_wrong(worth, total, speaker.money(worst.amount))
    else:
        second = _in_money(totals[worst.other], unit)
        amounts |= {"paid out at the other profile": second}
        said = (
            f"{speaker.at(profile)} and at levels ({', '.join(ground.levels(other))}) the data earn the same, "
            f"{speaker.money(worth)}, yet {speaker.money(total)} are paid out at the first and "
            f"{speaker.money(second)} at the second, {speaker.money(worst.amount)} apart."
        )
    return Finding("B.ii", False, worst.amount, _witness(ground, profile, other, amounts), said, checks, error)


def _in_one_unit(ground: Ground, paid: Paid, places: IntArray) -> tuple[Array, Array, int | None]:
    """What is paid out and U at these places: integers over one unit where both are rational, else as they are."""
    totals = paid.amounts[:-1].sum(axis=0).reshape(-1)[places]
    if not (paid.exact and ground.exact):
        return _money(paid, totals), ground.chosen.reshape(-1)[places], None
    unit = math.lcm(paid.unit, ground.worths.unit)
    worths = ground.worths.values[ground.mine].reshape(-1)[places]
    return totals * (unit // paid.unit), worths * (unit // ground.worths.unit), unit


def _in_money(value: Any, unit: int | None) -> Any:
    return value if unit is None else Fraction(int(value), unit)


@dataclass(frozen=True)
class _Violation:
    """By so much at a place among the known profiles, or between two."""

    amount: Any
    place: int
    other: int | None = None


def _as_money(found: _Violation, unit: int | None) -> _Violation:
    return _Violation(_in_money(found.amount, unit), found.place, found.other)


def _known(paid: Paid, ground: Ground) -> tuple[IntArray, int]:
    """The places of all profiles whose payments are known, and their number."""
    size = ground.chosen.size
    places = np.arange(size) if paid.stated is None else np.flatnonzero(paid.stated)
    return places, len(places)


def _beyond(worths: Array, totals: Array, tolerance: Fraction, error: float) -> _Violation | None:
    """Where more than U, or less than nothing, is paid out; where U < 0 the other way round."""
    least = np.where(worths < 0, worths, 0 * worths)
    over = np.maximum(least - totals, totals - (worths - least))
    worst = _largest(over, tolerance, error)
    return None if worst is None else _Violation(over[worst], worst)


def _what_is_wrong(worth: Any, total: Any, amount: str) -> str:
    if worth == 0:
        return "no share of nothing is something."
    if worth > 0:
        return f"{amount} more than there is." if total > worth else f"{amount} less than nothing."
    return f"{amount} more than the loss." if total < worth else f"{amount} gained from a loss."


def _unequal_shares(
    ground: Ground, places: IntArray, worths: Array, totals: Array, tolerance: Fraction, error: float
) -> _Violation | None:
    """The two profiles of equal U at which the most different amounts are paid out."""
    order = np.argsort(worths, kind="stable")
    ascending = worths[order]
    apart = np.asarray(ascending[1:] - ascending[:-1] > 2 * ground.error, dtype=bool)
    worst: _Violation | None = None
    for group in np.split(order, np.flatnonzero(apart) + 1):
        if len(group) < 2:
            continue
        low, high = group[np.argmin(totals[group])], group[np.argmax(totals[group])]
        spread = totals[high] - totals[low]
        least = tolerance if not error and not ground.error else float(tolerance) + 2 * error + 2 * ground.error
        if spread <= least or (worst is not None and spread <= worst.amount):
            continue
        pair = (int(low), int(high)) if ground.game.exact else _certain_pair(ground, places, group, totals, least)
        if pair is not None:
            amount = totals[pair[1]] - totals[pair[0]]
            first, second = sorted(pair)
            if worst is None or amount > worst.amount:
                worst = _Violation(amount, first, second)
    return worst


def _certain_pair(
    ground: Ground, places: IntArray, group: IntArray, totals: Array, least: Any
) -> tuple[int, int] | None:
    """Of profiles whose U floats cannot tell apart, the two of equal U with totals that are most different."""
    ascending = group[np.argsort(totals[group], kind="stable")]
    if len(ascending) > _MOST_CERTAIN:  # those that matter are at the ends
        ascending = np.concatenate([ascending[: _MOST_CERTAIN // 2], ascending[-_MOST_CERTAIN // 2 :]])
    pairs = sorted(
        ((int(low), int(high)) for k, low in enumerate(ascending) for high in ascending[k + 1 :]),
        key=lambda pair: float(totals[pair[0]] - totals[pair[1]]),
    )
    for low, high in pairs:
        if totals[high] - totals[low] <= least:
            return None
        one, other = (ground.profile_at(int(places[place])) for place in (low, high))
        answer = ground.same_worth(one, other)
        if answer is None:
            ground.judge.leave_open(f"whether U is the same at {one} and at {other}")
        if answer:
            return low, high
    return None


def _largest(values: Array, tolerance: Fraction, error: float) -> int | None:
    """The place of the largest value, if it is above what may be; floats are only so near."""
    if not len(values):
        return None
    worst = int(np.argmax(values))
    least = tolerance if isinstance(values[worst], Fraction | int) and not error else float(tolerance) + error
    return worst if values[worst] > least else None


def _money(paid: Paid, values: Array) -> Array:
    """Sums of entries of ``amounts`` as money."""
    if not paid.exact:
        return values
    found = np.empty(len(values), dtype=object)
    found[:] = [Fraction(value, paid.unit) for value in values.tolist()]
    return found


def _size(values: Array) -> float:
    return float(np.abs(values.astype(float)).max(initial=0.0))


def _fine(name: str, paid: Paid, said: str, checks: int, error: float, speaker: Speaker) -> Finding:
    if paid.complete:
        return Finding(name, True, _NONE, None, said, checks, error)
    said = f"{speaker.none_found(checks)} The table does not state every profile."
    return Finding(name, None, _NONE, None, said, checks, error)


def _witness(ground: Ground, profile: Profile, other: Profile | None, amounts: dict[str, Any]) -> Witness:
    sharing = tuple(ground.names[user] for user, level in enumerate(profile) if level)
    return Witness(ground.names, profile, ground.levels(profile), sharing, other, None, amounts)
