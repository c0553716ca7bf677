"""Whether a payment rule is what it says: the conformance suite for rules, as there is one for utilities."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

import numpy as np

from fairgames.typing import Array, Profile
from fairgames.utilities.table import TableUtility
from fairgames.valuation.own import coalitions_at, values_of
from fairgames.valuation.rules import Rule, to_rule

_LEVELS = (0, 1, 3)


def check_rule(rule: str | Rule, games: int = 6, seed: int = 0) -> None:
    """Compare what a rule declares with what it pays, on random tables of U for two and three users.

    At every profile: only those who share are paid, the values are rationals where U is, and finite. Where declared:
    they add up to U (``efficient``, with what a platform that is a member keeps); users alike are paid alike
    (``symmetric``); twice U pays twice (``algebraic``); a change of U moves no value by more than ``steepness``
    times as much; and each value is its user's weight times a difference of the potential.

    Raises
    ------
    InputError
        If the rule contradicts itself, or gives something else than one value for each who shares.
    AssertionError
        Naming the declaration, the profile and both numbers.

    >>> check_rule("proportional")
    """
    found = to_rule(rule)
    draw = random.Random(seed)
    for n in (2, 3):
        for _ in range(games):
            table = _table(draw, n)
            for fault in _faults(found, table, draw):
                raise AssertionError(f"rule {found.name!r}: {fault}")


def _table(draw: random.Random, n: int) -> Array:
    """U at all profiles: positive rationals, and 0 where nobody shares."""
    shape = (len(_LEVELS),) * n
    table = np.array([Fraction(draw.randint(1, 60), 7) for _ in range(len(_LEVELS) ** n)], dtype=object).reshape(shape)
    table[(0,) * n] = Fraction(0)
    return table


def _faults(rule: Rule, table: Array, draw: random.Random) -> Iterator[str]:
    profiles = list(product(range(len(_LEVELS)), repeat=table.ndim))
    paid = {profile: _values(rule, table, profile) for profile in profiles}
    for profile, values in paid.items():
        yield from _one(rule, table, profile, values, draw)
    if rule.potential:
        yield from _potential(rule, table, paid)
    if rule.symmetric:
        yield from _symmetric(rule, draw, table.ndim)


def _values(rule: Rule, table: Array, profile: Profile) -> list[Fraction]:
    """The value of every user, 0 of those who do not share."""
    coalitions = coalitions_at(TableUtility(table.tolist(), levels=_LEVELS), profile, exact=True)
    found = [Fraction(0)] * len(profile)
    for user, value in zip(coalitions.users, values_of(rule, coalitions), strict=True):
        found[user] = value
    return found


def _one(rule: Rule, table: Array, profile: Profile, values: Sequence[Fraction], draw: random.Random) -> Iterator[str]:
    if not all(isinstance(value, Fraction) for value in values):
        yield f"at {profile} values() gave floats, {values}, although U is rational"
        return
    if rule.efficient and not rule.platform and sum(values) != table[profile] and any(profile):
        yield f"efficient: at {profile} the values add up to {sum(values)}, but U is {table[profile]}"
    if rule.algebraic and [2 * value for value in values] != _values(rule, 2 * table, profile):
        yield f"algebraic: at {profile} twice U does not pay twice as much"
    moved, step = table.copy(), Fraction(1, 100)
    for place in product(range(len(_LEVELS)), repeat=table.ndim):
        if any(place):
            moved[place] = table[place] + draw.choice([-step, step])
    change = max(abs(a - b) for a, b in zip(values, _values(rule, moved, profile), strict=True))
    if change > Fraction(rule.steepness) * step:
        times = float(change / step)
        yield f"steepness: at {profile} a value moves {times:.3g} times as much as U, not {rule.steepness}"


def _potential(rule: Rule, table: Array, paid: dict[Profile, list[Fraction]]) -> Iterator[str]:
    utility = TableUtility(table.tolist(), levels=_LEVELS)
    shared = {profile: rule.potential_at(coalitions_at(utility, profile, exact=True)) for profile in paid}
    for profile, values in paid.items():
        for user in range(len(profile)):
            without = (*profile[:user], 0, *profile[user + 1 :])
            right = rule.user_weight(user) * (shared[profile] - shared[without])
            if values[user] != right:
                yield f"potential: at {profile} user {user} has {values[user]}, but P differs by {right}"


def _symmetric(rule: Rule, draw: random.Random, n: int) -> Iterator[str]:
    """On a table that depends on how many are on each level only."""
    by_counts: dict[tuple[int, ...], Fraction] = {}
    table = _table(draw, n)
    for profile in product(range(len(_LEVELS)), repeat=n):
        table[profile] = by_counts.setdefault(tuple(sorted(profile)), table[profile])
    for profile in product(range(len(_LEVELS)), repeat=n):
        values = _values(rule, table, profile)
        for one, other in zip(range(n), range(1, n), strict=False):
            if profile[one] == profile[other] and values[one] != values[other]:
                both = f"{values[one]}, {values[other]}"
                yield f"symmetric: at {profile} users {one} and {other} are alike, but have {both}"
