"""An audit of a game with too many profiles to look at all: users alike in pairs, and structured profiles.

What finds nothing says so, and how much it looked at; it never says that an axiom holds, but where that follows from
what the rule or U is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice
from typing import Any

import numpy as np

from fairgames.audit.additivity import additivity
from fairgames.audit.assumptions import diminishing, monotone, sharing
from fairgames.audit.finding import Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.roles import PLATFORM
from fairgames.audit.schemes import RuleScheme, Scheme
from fairgames.audit.symmetry import Unequal, unequal_sentence, unequal_witness
from fairgames.audit.taking_part import individual_rationality
from fairgames.audit.words import Speaker
from fairgames.errors import InputError
from fairgames.progress import track
from fairgames.typing import Profile
from fairgames.valuation.request import payments

_NONE = Fraction(0)
_EPSILON = float(np.finfo(float).eps)
#: Profiles at random, and single users and pairs that share alone.
_DRAWN, _FEW = 12, 8
#: Up to so many users all of these are looked at.
_MANY = 100


@dataclass(frozen=True)
class _Seen:
    """One profile: what each user gets, what the platform keeps, U, and the error of payments."""

    profile: Profile
    paid: Sequence[Any]
    keeps: Any
    worth: Any
    error: float


def searched(
    ground: Ground,
    scheme: Scheme,
    tolerance: Fraction,
    speaker: Speaker,
    profile: Profile | None,
    taking_part: Finding | None = None,
) -> list[Finding]:
    """All findings, from a search; individual rationality at ``profile``, if one is stated, or as it was found."""
    looked = [_seen(ground, scheme, place) for place in track(_profiles(ground), "profiles")]
    found = [_alike(ground, looked, name, tolerance, speaker) for name in ("A.i", "B.i")]
    found += [_divided(ground, scheme, looked, tolerance, speaker), _share(ground, looked, tolerance, speaker)]
    found += [additivity(ground, scheme, name, tolerance, speaker) for name in ("A.iii", "B.iii")]
    found += (
        [monotone(ground, speaker), diminishing(ground, speaker)] if ground.listed else _assumptions(ground, speaker)
    )
    found.append(_negative(ground, looked, tolerance, speaker))
    if taking_part is not None:
        return [*found, taking_part]
    there = None if profile is None else _seen(ground, scheme, profile)
    return [*found, individual_rationality(ground, profile, there.paid if there else (), _error(there), speaker)]


def _error(seen: _Seen | None) -> float:
    return seen.error if seen else 0.0


def _profiles(ground: Ground) -> list[Profile]:
    """Everybody on the highest level, few alone, some at random; and each of these with two users alike exchanged."""
    choices, types = ground.game.strategies, ground.game.utility.types
    lowest, highest = ([levels[end] for levels in choices] for end in (0, -1))
    few, draws = _effort(ground)
    some = sorted({*range(min(ground.n_users, few)), *ground.game.utility.first_of_type[:few]})
    found: dict[Profile, None] = {tuple(highest): None, tuple(lowest): None}
    for chosen in islice((who for size in (1, 2) for who in combinations(some, size)), 2 * few):
        found.setdefault(_raised(lowest, highest, chosen))
    generator = random.Random(0)
    for _ in range(draws):
        drawn = tuple(generator.choice(levels) for levels in choices)
        found.setdefault(drawn)
        pairs = (
            (one, other)
            for one, other in ((generator.randrange(len(drawn)), generator.randrange(len(drawn))) for _ in range(50))
            if types[one] == types[other] and drawn[one] != drawn[other] and choices[one] == choices[other]
        )
        for one, other in islice(pairs, 1):
            changed = list(drawn)
            changed[one], changed[other] = drawn[other], drawn[one]
            found.setdefault(tuple(changed))
    return list(found)


def _effort(ground: Ground) -> tuple[int, int]:
    """How many users are looked at alone, and profiles drawn: fewer where each takes long."""
    part = min(1.0, _MANY / ground.n_users)
    return max(2, round(_FEW * part)), max(2, round(_DRAWN * part))


def _raised(lowest: Sequence[int], highest: Sequence[int], chosen: Sequence[int]) -> Profile:
    found = list(lowest)
    for user in chosen:
        found[user] = highest[user]
    return tuple(found)


def _seen(ground: Ground, scheme: Scheme, profile: Profile) -> _Seen:
    worth = ground.worth(profile)
    if isinstance(scheme, RuleScheme):
        share = 1 if scheme.share is None else scheme.share
        found = payments(ground.game.utility, profile, share, scheme.rule, True if ground.exact else None)
        if found.statistical:
            raise InputError(
                f"{scheme.name}: payments of {ground.n_users} users can only be sampled here, and an audit needs "
                "certain ones; take fewer users or types"
            )
        return _Seen(profile, found.payments.tolist(), found.platform, worth, found.error_bound)
    *paid, keeps = scheme.under(ground, ground.worth, profile)
    if not any(isinstance(value, float) for value in (*paid, keeps, worth)):
        return _Seen(profile, paid, keeps, worth, 0.0)
    # A function of n users may add up as many numbers as there are pairs of them.
    rounding = (ground.n_users**2 + 8) * _EPSILON * max(abs(float(value)) for value in (*paid, keeps, worth))
    return _Seen(profile, paid, keeps, worth, 2 * float(ground.error) + rounding)


def _alike(ground: Ground, looked: list[_Seen], name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """Users of one type on one level, and users on level 0; who shares alone is as much needed as the platform."""
    worst: Unequal | None = None
    checks, types = 0, ground.game.utility.types
    for seen in looked:
        pairs = [*_pairs(seen, types)]
        if name == "A.i" and len(alone := [user for user, level in enumerate(seen.profile) if level]) == 1:
            pairs.append((alone[0], PLATFORM))
        for one, other in pairs:
            mine = seen.paid[one]
            theirs = None if other is None else seen.keeps if other == PLATFORM else seen.paid[other]
            apart = abs(mine if theirs is None else mine - theirs)
            checks += 1
            over = apart > _least(tolerance, 2 * seen.error + (float(ground.error) if other == PLATFORM else 0.0))
            if over and (worst is None or apart > worst.amount):
                worst = Unequal(apart, seen.profile, one, other, (mine,) if theirs is None else (mine, theirs))
    if worst is None:
        return Finding(name, None, _NONE, None, speaker.none_found(checks), checks, _most(looked))
    said, witness = unequal_sentence(ground, worst, speaker), unequal_witness(ground, worst)
    return Finding(name, False, worst.amount, witness, said, checks, _most(looked))


def _pairs(seen: _Seen, types: Sequence[int]) -> Iterator[tuple[int, int | None]]:
    """Of users of one type on one level those who get least and most; and who gets most of those on level 0."""
    groups: dict[tuple[int, int], list[int]] = {}
    idle: list[int] = []
    for user, level in enumerate(seen.profile):
        (groups.setdefault((types[user], level), []) if level else idle).append(user)
    if idle:
        yield max(idle, key=lambda user: abs(seen.paid[user])), None
    for group in groups.values():
        if len(group) > 1:
            yield min(group, key=seen.paid.__getitem__), max(group, key=seen.paid.__getitem__)


def _divided(ground: Ground, scheme: Scheme, looked: list[_Seen], tolerance: Fraction, speaker: Speaker) -> Finding:
    if isinstance(scheme, RuleScheme) and not scheme.rule.platform:
        said = "Nothing says what the platform keeps, so it keeps what is left of U, and all of U is divided."
        return Finding("A.ii", True, _NONE, None, said, 0)
    off = [sum(seen.paid) + seen.keeps - seen.worth for seen in looked]
    found = max(range(len(looked)), key=lambda k: abs(off[k]))
    seen, checks = looked[found], len(looked)
    if abs(off[found]) <= _least(tolerance, _total_error(ground, seen)):
        return Finding("A.ii", None, _NONE, None, speaker.none_found(checks), checks, _most(looked))
    amounts = {"utility": seen.worth, "paid to users": sum(seen.paid), "kept by the platform": seen.keeps}
    said = (
        f"{speaker.at(seen.profile)} the data earn {speaker.money(seen.worth)}, but users and platform together get "
        f"{speaker.money(sum(seen.paid) + seen.keeps)}."
    )
    witness = _witness(ground, ("platform",), seen.profile, None, amounts)
    return Finding("A.ii", False, abs(off[found]), witness, said, checks, _most(looked))


def _share(ground: Ground, looked: list[_Seen], tolerance: Fraction, speaker: Speaker) -> Finding:
    """Σ payments between nothing and U, and the same where users of one type have changed places."""
    worst: tuple[Any, _Seen, _Seen | None] | None = None
    checks, types = 0, ground.game.utility.types
    same: dict[tuple[tuple[int, int], ...], _Seen] = {}
    for seen in looked:
        total, worth = sum(seen.paid), seen.worth
        over = max(min(worth, 0 * worth) - total, total - max(worth, 0 * worth))
        cases: list[tuple[Any, _Seen | None]] = [(over, None)]
        first = same.setdefault(tuple(sorted(zip(types, seen.profile, strict=True))), seen)
        if first is not seen:
            cases.append((abs(total - sum(first.paid)), first))
        for amount, other in cases:
            checks += 1
            error = _total_error(ground, seen) + (_total_error(ground, other) if other else 0.0)
            if amount > _least(tolerance, error) and (worst is None or amount > worst[0]):
                worst = amount, seen, other
    if worst is None:
        return Finding("B.ii", None, _NONE, None, speaker.none_found(checks), checks, _most(looked))
    amount, seen, other = worst
    total = speaker.money(sum(seen.paid))
    amounts = {"utility": seen.worth, "paid out": sum(seen.paid)}
    said = f"{speaker.at(seen.profile)} the data earn {speaker.money(seen.worth)}, and {total} are paid out"
    if other is None:
        said += ", which is no share of it."
    else:
        amounts["paid out at the other profile"] = sum(other.paid)
        said += f", but {speaker.money(sum(other.paid))} where users alike have changed places and U is the same."
    witness = _witness(ground, ground.names, seen.profile, None if other is None else other.profile, amounts)
    return Finding("B.ii", False, amount, witness, said, checks, _most(looked))


def _negative(ground: Ground, looked: list[_Seen], tolerance: Fraction, speaker: Speaker) -> Finding:
    name, checks = "non-negative-payments", len(looked) * ground.n_users
    seen = min(looked, key=lambda one: min(one.paid))
    user = min(range(ground.n_users), key=seen.paid.__getitem__)
    if seen.paid[user] >= -_least(tolerance, seen.error):
        return Finding(name, None, _NONE, None, speaker.none_found(checks), checks, _most(looked))
    who = ground.names[user]
    said = f"{speaker.at(seen.profile)} {who} has to pay {speaker.money(-seen.paid[user])} for taking part."
    witness = _witness(ground, (who,), seen.profile, None, {f"paid to {who}": seen.paid[user]})
    return Finding(name, False, -seen.paid[user], witness, said, checks, _most(looked))


def _assumptions(ground: Ground, speaker: Speaker) -> Iterator[Finding]:
    """Steps of some users at some profiles; a U that is monotone by its form is so everywhere, if not strictly."""
    generator, slack = random.Random(1), 4 * float(ground.error)
    falls: list[tuple[Any, int, Profile, Profile]] = []
    grows: list[tuple[Any, int, Profile, Profile]] = []
    for profile in _profiles(ground)[: 2 * _effort(ground)[0]]:
        for user, other in (
            (generator.randrange(ground.n_users), generator.randrange(ground.n_users)) for _ in range(4)
        ):
            higher, beside = _up(ground, profile, user), _up(ground, profile, other)
            if higher is None:
                continue
            rise = ground.worth(higher) - ground.worth(profile)
            falls.append((-rise, user, profile, higher))
            if beside is not None and other != user and (both := _up(ground, beside, user)) is not None:
                grows.append((ground.worth(both) - ground.worth(beside) - rise, user, profile, beside))
    told = {
        "assumption-1": "U does not rise if {} goes one level higher: it changes by {}",
        "assumption-2": "{} adds not less by going one level higher once another user has: it adds {} more",
    }
    for name, cases in (("assumption-1", falls), ("assumption-2", grows)):
        worst = max(cases, key=lambda case: case[0], default=None)
        # Strict inequalities: what is equal is against them, where floats can tell.
        if worst is None or worst[0] < 0 or (not ground.exact and worst[0] <= slack):
            yield Finding(name, None, _NONE, None, speaker.none_found(len(cases)), len(cases), slack)
            continue
        amount, user, profile, other_profile = worst
        change = speaker.money(-amount if name == "assumption-1" else amount)
        said = f"{speaker.at(profile)} {told[name].format(ground.names[user], change)}."
        witness = _witness(ground, (ground.names[user],), profile, other_profile, {"violation": amount})
        yield Finding(name, False, amount, witness, said, len(cases), slack)


def _up(ground: Ground, profile: Profile, user: int) -> Profile | None:
    """The user's next level that it may choose."""
    higher = [level for level in ground.game.strategies[user] if level > profile[user]]
    return (*profile[:user], higher[0], *profile[user + 1 :]) if higher else None


def _least(tolerance: Fraction, error: float) -> Fraction | float:
    return float(tolerance) + error if error else tolerance


def _total_error(ground: Ground, seen: _Seen) -> float:
    return (ground.n_users + 1) * seen.error + float(ground.error) if seen.error or ground.error else 0.0


def _most(looked: list[_Seen]) -> float:
    return max(seen.error for seen in looked)


def _witness(
    ground: Ground, users: tuple[str, ...], profile: Profile, other: Profile | None, amounts: dict[str, Any]
) -> Witness:
    return Witness(users, profile, ground.levels(profile), sharing(ground, profile), other, None, amounts)
