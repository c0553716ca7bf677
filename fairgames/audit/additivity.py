"""Axioms A.iii and B.iii: what is paid for two tasks is what is paid for one and for the other.

B.iii is read with α(ρ) held as one function of ρ: where a scheme finds its share anew for each utility, the shares
are divided out before payments are added. A.iii knows no α, and what the platform keeps is added up, too.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import numpy as np

from fairgames.audit.finding import Finding, Witness
from fairgames.audit.forms import Form, NoFormError
from fairgames.audit.ground import Ground, remembered
from fairgames.audit.schemes import RuleScheme, Scheme, Worth
from fairgames.audit.words import Speaker
from fairgames.errors import InputError
from fairgames.typing import Profile
from fairgames.valuation.alpha import AlphaOfUtility

#: Users who share at profiles that are looked at: what they would be paid if U were another takes all coalitions.
MOST_SHARING = 10
#: Unknowns of all forms that are looked at, and profiles of a search.
_MOST_UNKNOWNS, _MOST_SEARCHED = 40_000, 40
_NONE = Fraction(0)
_EPSILON = float(np.finfo(float).eps)
_A_SUM = "Each payment is a weighted sum of U of the groups of those who share, whatever U is, so payments add up."


def additivity(ground: Ground, scheme: Scheme, name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """The finding on A.iii (as printed, with the platform's part) or B.iii (α(ρ) held as one function of ρ)."""
    held = name == "B.iii"
    if not scheme.asks:
        said = "This cannot be checked from a table, or what never looks at U: what would another U pay?"
        return Finding(name, None, None, None, said, 0)
    if scheme.weighted_sums(held):
        return Finding(name, True, _NONE, None, _A_SUM, 0)
    if held and isinstance(scheme, RuleScheme) and isinstance(scheme.share, AlphaOfUtility):
        scheme = RuleScheme(scheme.rule, Fraction(1))  # the values, of which α(ρ) is a factor
    try:
        return _by_forms(ground, scheme, name, tolerance, speaker)
    except (NoFormError, InputError):  # a function that fails on unknowns works on numbers, as was seen before
        return _by_search(ground, scheme, name, tolerance, speaker)


def _by_forms(ground: Ground, scheme: Scheme, name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """From the weights of U in each payment: what is left where U is 0 is paid twice for two tasks.

    Raises
    ------
    NoFormError
        If a payment is no weighted sum of U.
    """
    every = list(_profiles(ground)) if ground.game.size <= _MOST_UNKNOWNS else []
    cost = sum(2 ** sum(level > 0 for level in profile) for profile in every)
    looked = every if 0 < cost <= _MOST_UNKNOWNS else structured(ground)
    worst: tuple[Any, Profile, int] | None = None
    for profile in looked:
        paid_to = scheme.under(ground, _unknown(), profile)
        for player, paid in enumerate(paid_to if name == "A.iii" else paid_to[:-1]):
            constant = paid.constant if isinstance(paid, Form) else paid
            if abs(constant) > tolerance and (worst is None or abs(constant) > worst[0]):
                worst = abs(constant), profile, player
    checks = len(looked) * ground.n_users
    if worst is None:
        if len(looked) == len(every):
            return Finding(name, True, _NONE, None, _A_SUM, checks)
        return Finding(name, None, _NONE, None, speaker.none_found(checks), checks)
    _, profile, player = worst
    found = _Tasks(ground, scheme, ground.worth, ground.worth).at(profile)
    apart = found.apart(player)
    least = float(tolerance) + found.error if found.error else tolerance
    if abs(apart) <= least:  # paid, whatever the task, in a way that only unknowns show
        raise NoFormError("a constant that numbers do not show")
    return _violated(ground, name, found, player, abs(apart), "U itself, once more", checks, found.error, speaker)


def _by_search(ground: Ground, scheme: Scheme, name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """From a number of other utilities, at some profiles; the reading is the one that is kinder to the scheme."""
    looked, readings = structured(ground), ([False, True] if name == "B.iii" else [False])
    worst: dict[bool, tuple[Any, _Sum, int, str, float] | None] = dict.fromkeys(readings)
    checks = dict.fromkeys(readings, 0)
    for told, other in _others(ground):
        tasks = _Tasks(ground, scheme, ground.worth, remembered(other))
        for profile in looked:
            found = tasks.at(profile)
            for reading in readings:
                for player in range(ground.n_users + (name == "A.iii")):
                    compared = found.apart_at_one_share(player) if reading else (found.apart(player), found.error)
                    if compared is None:
                        continue
                    checks[reading] += 1
                    (apart, error), so_far = compared, worst[reading]
                    least = float(tolerance) + error if error else tolerance
                    if abs(apart) > least and (so_far is None or abs(apart) > so_far[0]):
                        worst[reading] = abs(apart), found, player, told, error
        if all(worst.values()):  # another task may show more, as any twice as large does
            break
    fine = [reading for reading in readings if worst[reading] is None and checks[reading]]
    if fine:
        said = speaker.none_found(checks[fine[0]])
        if fine[0]:
            said += " The share α is found anew for each U here; the axiom holds it as a function of the levels."
        return Finding(name, None, _NONE, None, said, checks[fine[0]])
    against = [found for found in worst.values() if found is not None]
    amount, found, player, told, error = min(against, key=lambda one: one[0])
    return _violated(ground, name, found, player, amount, told, sum(checks.values()), error, speaker)


def _violated(
    ground: Ground,
    name: str,
    found: _Sum,
    player: int,
    amount: Any,
    told: str,
    checks: int,
    error: float,
    speaker: Speaker,
) -> Finding:
    who = ground.names[player] if player < ground.n_users else "platform"
    amounts = {
        "for U": found.one[player],
        "for the second task": found.other[player],
        "for both together": found.both[player],
    }
    sharing = tuple(ground.names[user] for user, level in enumerate(found.profile) if level)
    witness = Witness(
        (who,), found.profile, ground.levels(found.profile), sharing, None, f"the second task: {told}", amounts
    )
    verb = "is left with" if player == ground.n_users else "is paid"
    parts = [speaker.money(value) for value in amounts.values()]
    said = (
        f"{speaker.at(found.profile)} {who} {verb} {parts[0]} for this task, {parts[1]} for a second one ({told}), but "
        f"{parts[2]} if both are one task: {speaker.money(amount)} depend on how the work is billed."
    )
    return Finding(name, False, amount, witness, said, checks, error)


@dataclass(frozen=True)
class _Sum:
    """Payments at one profile for U, for V, and for U + V; the platform's last; and U, V and U + V there."""

    profile: Profile
    one: Sequence[Any]
    other: Sequence[Any]
    both: Sequence[Any]
    worths: tuple[Any, Any, Any]
    terms: int

    def apart(self, player: int) -> Any:
        """How far the payments are from adding up, in money."""
        return self.both[player] - self.one[player] - self.other[player]

    def apart_at_one_share(self, player: int) -> tuple[Any, float] | None:
        """The same at the share of the first task, and what floats may be off in that.

        None where there is no share to hold: nothing is paid or earned, as far as floats tell.
        """
        parts = [self.one[player], self.other[player], self.both[player]]
        totals = [sum(paid[:-1], start=Fraction(0)) for paid in (self.one, self.other, self.both)]
        error, added = self.error, len(self.one) * self.error
        if any(abs(number) <= 100 * added for number in (*totals, *self.worths)):
            return None
        shares = [total / worth for total, worth in zip(totals, self.worths, strict=True)]
        scaled = [part / share * shares[0] for part, share in zip(parts, shares, strict=True)]
        # Relative errors of a quotient, of a hundredth at most, add up; twice that covers what is of higher order.
        of_shares = [added / abs(total) + error / abs(worth) for total, worth in zip(totals, self.worths, strict=True)]
        off = [
            error * abs(shares[0] / share) + abs(part) * (of_share + of_shares[0])
            for part, share, of_share in zip(scaled, shares, of_shares, strict=True)
        ]
        return scaled[2] - scaled[0] - scaled[1], 2 * float(sum(off)) if error else 0.0

    @property
    def error(self) -> float:
        """What a number of floats may be off; 0 where all is rational."""
        every = [*self.one, *self.other, *self.both, *self.worths]
        if not any(isinstance(value, float) for value in every):
            return 0.0
        return (self.terms + 8) * 8 * _EPSILON * max(abs(float(value)) for value in every)


@dataclass(frozen=True, eq=False)
class _Tasks:
    """A scheme, and two utilities that it is asked for."""

    ground: Ground
    scheme: Scheme
    one: Worth
    other: Worth

    @cached_property
    def both(self) -> Worth:
        return remembered(lambda profile: self.one(profile) + self.other(profile))

    def at(self, profile: Profile) -> _Sum:
        """Payments for each of them, and for both as one."""
        one, other, both = (
            self.scheme.under(self.ground, worth, profile) for worth in (self.one, self.other, self.both)
        )
        worths = (self.one(profile), self.other(profile), self.both(profile))
        return _Sum(profile, one, other, both, worths, 2 ** sum(level > 0 for level in profile))


def _unknown() -> Worth:
    """U as one unknown a profile; 0 where nobody shares."""

    def worth(profile: Sequence[int]) -> Any:
        return Form.unknown(tuple(profile)) if any(profile) else Form()

    return worth


def _others(ground: Ground) -> Iterator[tuple[str, Worth]]:
    """Second tasks: U itself, a third of it, less, what some need not, and random ones of U's size."""
    yield "U itself, once more", ground.worth
    yield "a third of U", _times(ground, Fraction(1, 3))
    yield "a loss of half of U", _times(ground, Fraction(-1, 2))
    largest = max(map(abs, (ground.worth(profile) for profile in structured(ground))), default=Fraction(1)) or 1
    unit = Fraction(largest) if not isinstance(largest, float) else largest
    for user in range(min(ground.n_users, 3)):
        yield f"earned by {ground.names[user]} alone", _alone(user, unit)
    for seed in range(3):
        yield f"a random one, number {seed}", _random(seed, unit)


def _times(ground: Ground, factor: Fraction) -> Worth:
    def worth(profile: Sequence[int]) -> Any:
        value = ground.worth(profile)
        return value * float(factor) if isinstance(value, float) else value * factor

    return worth


def _alone(user: int, unit: Any) -> Worth:
    return lambda profile: unit * profile[user] * (Fraction(1, 2) if isinstance(unit, Fraction) else 0.5)


def _random(seed: int, unit: Any) -> Worth:
    def worth(profile: Sequence[int]) -> Any:
        if not any(profile):
            return unit * 0
        drawn = random.Random(f"{seed}:{tuple(profile)}").randint(-20, 100)
        return unit * (Fraction(drawn, 60) if isinstance(unit, Fraction) else drawn / 60)

    return worth


def _profiles(ground: Ground) -> Iterable[Profile]:
    return map(ground.profile, np.ndindex(ground.game.shape))


def structured(ground: Ground) -> list[Profile]:
    """All on their highest levels; one and two of them alone; and some at random; where not too many share."""
    choices = ground.game.strategies
    lowest, highest = ([levels[end] for levels in choices] for end in (0, -1))
    found = {tuple(highest): None, tuple(lowest): None}
    users = range(ground.n_users)
    for chosen in islice((some for size in (1, 2) for some in combinations(users, size)), _MOST_SEARCHED // 2):
        found.setdefault(tuple(highest[user] if user in chosen else lowest[user] for user in users))
    generator = random.Random(0)
    for _ in range(_MOST_SEARCHED // 2):
        found.setdefault(tuple(generator.choice(levels) for levels in choices))
    return [profile for profile in found if sum(level > 0 for level in profile) <= MOST_SHARING]
