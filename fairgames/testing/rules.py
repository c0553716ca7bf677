"""Whether a payment rule is what it says: the conformance suite for rules, as there is one for utilities.

Everything is compared on tables of random rationals of one to four users with levels 0, 1 and 2, and of
levels 0, 1/2 and ∞: not monotone, partly negative, so that nothing holds by luck.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain, combinations, permutations, product
from math import inf, nextafter
from typing import TypeAlias

import numpy as np

from fairgames.certain import Rational, Real
from fairgames.errors import FairgamesError
from fairgames.exact import Rationals, object_array
from fairgames.tensor import Tensor
from fairgames.typing import Array, Profile
from fairgames.valuation.own import error_of, values_of
from fairgames.valuation.rules import Coalitions, Rule, Semivalue, to_rule

#: U at every profile, shape (3,)·N, of ``Fraction`` objects.
_Table: TypeAlias = Array
_Levels: TypeAlias = tuple[Fraction | float, ...]

_LEVELS: tuple[_Levels, ...] = ((Fraction(0), Fraction(1), Fraction(2)), (Fraction(0), Fraction(1, 2), inf))
_MOST_USERS = 4
#: Profiles of a table that are looked at.
_PROFILES = 12


def check_rule(rule: str | Rule, seed: int = 0) -> None:
    """Compare a payment rule with what it promises, on random tables of U.

    That is: one value a user who shares; rationals where U is rational, and floats within the bound
    that ``steepness`` gives; values in proportion to U (twice the money, twice the values) and, where it
    is ``algebraic``, the values of a sum of two U the sums of the values, in symbols too; nothing to
    a ``null_user``; sums as declared by ``efficient``; the same to users who have changed places
    (``symmetric``); where there is a ``potential``, no gain along any cycle of two users' moves, and values
    that are differences of P; and of a :class:`~fairgames.valuation.rules.Semivalue` the values by the sum over
    all coalitions, one by one.

    Parameters
    ----------
    seed : of the tables

    Raises
    ------
    InputError
        If the rule contradicts itself.
    AssertionError
        With every fault that was found.

    >>> check_rule("banzhaf")
    """
    if faults := faults_of_rule(to_rule(rule), seed):
        raise AssertionError("\n".join(dict.fromkeys(faults)))


def faults_of_rule(rule: str | Rule, seed: int = 0) -> list[str]:
    """What :func:`check_rule` finds."""
    if isinstance(rule, str):
        rule = to_rule(rule)
    if faults := rule.faults():
        return faults
    checks = [_kinds, _proportions, _null_users, _sums, _symmetry, _cycles, _potential, _steepness, _by_coalitions]
    return list(chain.from_iterable(_kept(check, rule, seed) for check in checks))


_Check: TypeAlias = Callable[[Rule, int], Iterator[str]]


def _kept(check: _Check, rule: Rule, seed: int) -> list[str]:
    """The first fault of one check; what is refused on the way, and what the class raises, is one."""
    try:
        return [fault] if (fault := next(check(rule, seed), None)) else []
    except FairgamesError as error:
        return [str(error)]
    except Exception as error:  # a stranger's class: whatever it raises is its fault, and is told
        return [f"{check.__name__.strip('_').replace('_', ' ')}: {type(error).__name__}: {error}"]


def _tables(seed: int, least: int = 1) -> Iterator[tuple[_Table, _Levels]]:
    """Some of each number of users."""
    generator = random.Random(seed)
    for n in range(least, _MOST_USERS + 1):
        for levels in _LEVELS:
            table = object_array(Fraction(generator.randint(-20, 60), generator.randint(1, 7)) for _ in range(3**n))
            table[0] = Fraction(0)
            yield table.reshape((3,) * n), levels


def _profiles(table: _Table, seed: int) -> list[Profile]:
    """Some at which somebody shares, the highest among them."""
    every: list[Profile] = [place for place in product(range(3), repeat=table.ndim) if any(place)]
    return [every[-1], *random.Random(seed).sample(every, min(_PROFILES, len(every)))]


def _worths(table: _Table, profile: Profile) -> Array:
    """U of the coalitions of those who share, one by one."""
    users = _sharing(profile)
    places = (
        tuple(profile[user] if user in inside else 0 for user in range(table.ndim))
        for chosen in product((0, 1), repeat=len(users))
        for inside in [{user for user, yes in zip(users, chosen, strict=True) if yes}]
    )
    return object_array(table[place] for place in places).reshape((2,) * len(users))


def _sharing(profile: Profile) -> list[int]:
    return [user for user, level in enumerate(profile) if level]


def _given(
    table: _Table, levels: _Levels, profile: Profile, change: Callable[[Array], Array] = np.asarray
) -> Coalitions:
    """What the rule gets to see at a profile, with U changed."""
    users = _sharing(profile)
    return Coalitions.of_table(users, [levels[profile[user]] for user in users], change(_worths(table, profile)))


def _values(rule: Rule, table: _Table, levels: _Levels, profile: Profile) -> list[Fraction]:
    """φ of all users, 0 for those who do not share."""
    paid = dict(zip(_sharing(profile), values_of(rule, _given(table, levels, profile)), strict=True))
    return [paid.get(user, Fraction(0)) for user in range(table.ndim)]


def _everywhere(seed: int, least: int = 1) -> Iterator[tuple[_Table, _Levels, Profile]]:
    for table, levels in _tables(seed, least):
        for profile in _profiles(table, seed):
            yield table, levels, profile


def _kinds(rule: Rule, seed: int) -> Iterator[str]:
    """One value a user, rationals of rationals; floats as near as the rule says."""
    for table, levels, profile in _everywhere(seed):
        exact = values_of(rule, _given(table, levels, profile))
        if wrong := [value for value in exact if not isinstance(value, Fraction | int)]:
            yield (
                f"values: got {wrong[0]!r} ({type(wrong[0]).__name__}) where U is rational, expected a Fraction; "
                "multiply U by coalitions.numbers(…) only"
            )
        given = _given(table, levels, profile, lambda worths: worths.astype(float))
        found = values_of(rule, given)
        if found.dtype == object:
            yield f"values: got {found.tolist()} where U is floats, expected floats; use coalitions.numbers(…)"
        bound = error_of(rule, given, float(np.finfo(float).eps) * max(1.0, given.looked_at[1]))
        off = max(abs(Fraction(one) - other) for one, other in zip(found.tolist(), exact, strict=True))
        if off > Fraction(bound):
            yield f"values: floats are {float(off):.3g} off the rationals at {profile}, beyond {bound:.3g}"


def _proportions(rule: Rule, seed: int) -> Iterator[str]:
    """Twice the money, twice the values; and sums of U, in symbols too, where the rule is algebraic."""
    others = _everywhere(seed + 1)
    for table, levels, profile in _everywhere(seed):
        once = values_of(rule, _given(table, levels, profile))
        if any(values_of(rule, _given(table, levels, profile, lambda worths: worths * Fraction(2))) != 2 * once):
            yield f"payments and algebraic: twice U is not twice the values at {profile}: they are no share of it"
        other = next(others)[0]
        if not rule.algebraic:
            continue
        together = values_of(rule, _given(table + other, levels, profile))
        if any(together != once + values_of(rule, _given(other, levels, profile))):
            yield f"algebraic: the values of a sum of two U are not the sums of their values at {profile}"
        found = values_of(rule, _given(table, levels, profile, _symbols))
        if [one.key if isinstance(one, Real) else one for one in found] != once.tolist():
            yield f"algebraic: the values in symbols are not those in rationals at {profile}"


def _symbols(worths: Array) -> Array:
    """Each number as one that is enclosed when it is compared."""
    return object_array(map(Rational, worths.flat)).reshape(worths.shape)


def _null_users(rule: Rule, seed: int) -> Iterator[str]:
    """Who adds nothing to any coalition is paid nothing."""
    if not rule.null_user:
        return
    for table, levels, profile in _everywhere(seed):
        for user in _sharing(profile):
            nobody = np.repeat(np.take(table, [0], axis=user), 3, axis=user)
            paid = _values(rule, nobody, levels, profile)[user]
            if paid != 0:
                yield f"null_user: user {user} adds nothing and is paid {paid} at {profile}; leave it out"


def _sums(rule: Rule, seed: int) -> Iterator[str]:
    """Values add up to U where the rule says so."""
    if not rule.efficient or rule.platform:
        return
    for table, levels, profile in _everywhere(seed):
        total = sum(_values(rule, table, levels, profile), start=Fraction(0))
        if total != table[profile]:
            yield f"efficient: values add up to {total} of a U of {table[profile]} at {profile}; say efficient = False"


def _symmetry(rule: Rule, seed: int) -> Iterator[str]:
    """Users who change places take their values along."""
    if not rule.symmetric:
        return
    for table, levels, profile in _everywhere(seed, least=2):
        order = random.Random(seed).choice(list(permutations(range(table.ndim)))[1:])
        moved = _values(rule, np.transpose(table, order), levels, tuple(profile[user] for user in order))
        stayed = _values(rule, table, levels, profile)
        if moved != [stayed[user] for user in order]:
            yield f"symmetric: users who change places at {profile} are paid otherwise; say symmetric = False"


def _cycles(rule: Rule, seed: int) -> Iterator[str]:
    """Two users move in turn and come back: what both gain on the way, over their weights, is nothing.

    That is the condition for a potential of Monderer & Shapley (1996, Corollary 2.9).
    """
    if rule.potential is None:
        return
    for table, levels in _tables(seed, least=2):
        generator = random.Random(seed)
        for _ in range(3 * _PROFILES):
            start = [generator.randrange(3) for _ in range(table.ndim)]
            one, other = generator.sample(range(table.ndim), 2)
            there = [*start]
            there[one], there[other] = generator.randrange(3), generator.randrange(3)
            gained = sum(_gains(rule, table, levels, start, there, one, other), start=Fraction(0))
            if gained != 0:
                yield (
                    f"potential: users {one} and {other} gain {gained} around the cycle from {tuple(start)} to "
                    f"{tuple(there)} and back, so there is none; say potential = None"
                )


def _gains(
    rule: Rule, table: _Table, levels: _Levels, start: list[int], there: list[int], one: int, other: int
) -> Iterator[Fraction]:
    """What the mover gains by each of the four moves, over its weight."""
    place = [*start]
    for user, goal in ((one, there), (other, there), (one, start), (other, start)):
        before = _values(rule, table, levels, tuple(place))[user]
        place[user] = goal[user]
        yield (_values(rule, table, levels, tuple(place))[user] - before) / Fraction(rule.user_weight(user))


def _potential(rule: Rule, seed: int) -> Iterator[str]:
    """Values are differences of P, profile by profile and all at once."""
    if rule.potential is None:
        return
    if rule.potential == "exact" and any(rule.user_weight(user) != 1 for user in range(_MOST_USERS)):
        yield "potential: 'exact' with user_weight() other than 1; say potential = 'weighted'"
    for table, levels in _tables(seed):
        rational = Rationals.of(table)
        grid = rule.potential_on_grid(Tensor(rational.numerators, rational.denominator, 0))
        for profile in _profiles(table, seed):
            values = _values(rule, table, levels, profile)
            for user in _sharing(profile):
                without = (*profile[:user], 0, *profile[user + 1 :])
                own = _share(rule, table, levels, profile) - _share(rule, table, levels, without)
                if rule.user_weight(user) * own != values[user]:
                    yield (
                        f"potential: potential_at() falls by {own} at {profile} when user {user} leaves, who is paid "
                        f"{values[user]} with weight {rule.user_weight(user)}"
                    )
                if grid is not None and grid.numbers(profile) - grid.numbers(without) != own:
                    yield f"potential: potential_on_grid() and potential_at() differ at {profile}"


def _share(rule: Rule, table: _Table, levels: _Levels, profile: Profile) -> Fraction:
    """P at a profile; 0 where nobody shares."""
    return Fraction(rule.potential_at(_given(table, levels, profile))) if any(profile) else Fraction(0)


def _steepness(rule: Rule, seed: int) -> Iterator[str]:
    """If every U moves by 1, no value moves by more; of a sum the worst directions are those of its parts."""
    if not rule.algebraic:
        return
    for table, levels, profile in _everywhere(seed):
        base = values_of(rule, _given(table, levels, profile))
        worths = _worths(table, profile)
        effects = []
        for place in list(np.ndindex(worths.shape))[1:]:
            moved = worths.copy()
            moved[place] += 1
            users = _sharing(profile)
            numbers = [levels[profile[user]] for user in users]
            effects.append(abs(values_of(rule, Coalitions.of_table(users, numbers, moved)) - base))
        most = np.sum(effects, axis=0).max()
        if most > Fraction(nextafter(rule.steepness, inf)):  # 1/3 is declared as the float next to it
            yield f"steepness: values move by {float(most):.6g} if U moves by 1 at {profile}, beyond {rule.steepness}"


def _by_coalitions(rule: Rule, seed: int) -> Iterator[str]:
    """Of a rule by sizes the values coalition by coalition, and the weights that a potential takes."""
    if not isinstance(rule, Semivalue):
        return
    if rule.potential == "exact":
        for n in range(2, 8):
            for size in range(n - 1):
                if rule.weight(size, n - 1) != rule.weight(size, n) + rule.weight(size + 1, n):
                    yield (
                        f"weight: p({size}, {n - 1}) is not p({size}, {n}) + p({size + 1}, {n}), so there is no "
                        "potential; say potential = None"
                    )
    for table, levels, profile in _everywhere(seed):
        found, users = _values(rule, table, levels, profile), _sharing(profile)
        for user in users:
            right = Fraction(0)
            others = [other for other in users if other != user]
            for size in range(len(users)):
                for inside in combinations(others, size):
                    with_user, without = (
                        table[tuple(level if k in there else 0 for k, level in enumerate(profile))]
                        for there in ({*inside, user}, set(inside))
                    )
                    right += rule.weight(size, len(users)) * (with_user - without)
            if found[user] != right:
                yield f"values: user {user} is paid {found[user]} at {profile}, and {right} coalition by coalition"
