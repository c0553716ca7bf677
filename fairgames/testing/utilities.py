"""Whether a utility is what it says: the conformance suite for utilities, as there is one for solvers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice, product
from typing import Any, Literal, TypeAlias

import numpy as np

from fairgames.errors import FairgamesError
from fairgames.exact import Rationals
from fairgames.testing.capabilities import capability_checks
from fairgames.typing import Profile
from fairgames.utilities.base import Utility
from fairgames.utilities.blocks import MOST_AXES
from fairgames.utilities.sound import swaps

#: From a profile of level indices to U in money, as a ``Fraction``, or a number of mpmath or python-flint.
Reference: TypeAlias = Callable[[Profile], Any]

#: Profiles and counts that are compared, beside those that are special.
_PROFILES, _MOST_SWAPS, _ROWS = 40, 20, 3
#: One user more than NumPy has axes.
_MANY_USERS = MOST_AXES + 1
#: Profiles up to which the whole grid is asked for at once.
_MOST_AT_ONCE = 100_000


def check_utility(
    utility: Utility,
    of_users: Callable[[int], Utility],
    reference: Reference | Literal["none"] | None = None,
    seed: int = 0,
) -> None:
    """Compare a utility with what it promises, at special profiles and at profiles drawn at random.

    That is: finite numbers, one for each profile of a grid, also where some or all users stand still
    (axes of one level); the same value of a profile in whatever grid it is asked for; U(0) = 0; users
    of one type exchangeable; counts worth what their profiles are; fractions worth what floats are;
    all within the stated rounding, which itself is compared with a reference in high precision; 65 users,
    more than NumPy has axes; and every capability that is declared (:mod:`fairgames.testing.capabilities`).

    Parameters
    ----------
    utility : of a few users; its rounding is what is tested, and its types
    of_users : the same utility of that many users, such as ``lambda n: Halving(n, levels=[0, 1, 2])``
    reference : U at a profile in high precision; not needed where the utility is rational, as fractions
        are the reference then; "none" where no formula is known, as of measured values
    seed : of the profiles

    Raises
    ------
    AssertionError
        With every fault that was found.

    >>> from fairgames.utilities import LinearLaplace
    >>> check_utility(LinearLaplace(4, [0, 1, "inf"]), lambda n: LinearLaplace(n, [0, 1, "inf"]))
    """
    if faults := faults_of_utility(utility, of_users, reference, seed):
        raise AssertionError("\n".join(dict.fromkeys(faults)))


def faults_of_utility(
    utility: Utility,
    of_users: Callable[[int], Utility],
    reference: Reference | Literal["none"] | None = None,
    seed: int = 0,
) -> list[str]:
    """What :func:`check_utility` finds."""
    checks = (_grids, _types, _counts, _fractions)
    faults = list(chain.from_iterable(_kept(check, utility, seed) for check in checks))
    faults += _kept(lambda one, _seed: _rounding(one, reference, seed), utility, seed)
    profiles = _profiles(utility, seed)
    for capability in capability_checks():
        faults += _kept(lambda one, _seed, check=capability: check(one, profiles, seed), utility, seed)  # type: ignore[misc]
    faults += [
        f"{_MANY_USERS} users: {fault}" for fault in _kept(lambda *_: _many(of_users(_MANY_USERS)), utility, seed)
    ]
    return faults


def _kept(check: Callable[[Utility, int], Iterator[str]], utility: Utility, seed: int) -> list[str]:
    """The faults of one check; what fairgames refuses on the way, and what the class raises, is one of them."""
    found: list[str] = []
    try:
        found.extend(check(utility, seed))
    except FairgamesError as error:
        found.append(str(error))
    except Exception as error:  # a stranger's class: whatever it raises is its fault, and is told
        found.append(f"{type(error).__name__}: {error}")
    return found


def _profiles(utility: Utility, seed: int) -> list[Profile]:
    """Nobody, everybody, everybody but one, one alone, and some at random; each level of the first user."""
    n, top = utility.n_users, len(utility.levels) - 1
    generator = random.Random(seed)
    special: list[Profile] = [(0,) * n, (top,) * n, (top,) * (n - 1) + (0,), (0,) * (n - 1) + (top,)]
    special += [(level,) + (0,) * (n - 1) for level in range(top + 1)]
    drawn = [tuple(generator.randint(0, top) for _ in range(n)) for _ in range(_PROFILES)]
    return list(dict.fromkeys([*special, *drawn]))


def _grids(utility: Utility, seed: int) -> Iterator[str]:
    """A profile is worth the same alone, beside others, and in the whole grid."""
    n, n_levels = utility.n_users, len(utility.levels)
    generator = random.Random(seed)
    for profile in _profiles(utility, seed):
        alone = utility.at(profile)
        axes: list[Sequence[int]] = [(level,) for level in profile]
        for user in generator.sample(range(n), min(n, 2)):
            axes[user] = sorted({profile[user], generator.randrange(n_levels)}, key=lambda _: generator.random())
        place = (
            np.ravel_multi_index(
                [list(axis).index(level) for axis, level in zip(axes, profile, strict=True)],
                [len(axis) for axis in axes],
            )
            if n <= MOST_AXES
            else None
        )
        if place is not None:
            yield from _unequal(utility, alone, utility.values(axes)[place], f"{profile} alone and in the grid {axes}")
    if n <= MOST_AXES and n_levels**n <= _MOST_AT_ONCE:
        whole = utility.on_grid()
        for profile in _profiles(utility, seed):
            yield from _unequal(utility, utility.at(profile), whole[profile], f"{profile} alone and in the whole grid")


def _types(utility: Utility, _seed: int) -> Iterator[str]:
    """Users of one type can change places."""
    for one, other in swaps(utility.types, len(utility.levels), _MOST_SWAPS):
        pair = f"{one} and {other}, where two users of one type have changed places (types)"
        yield from _unequal(utility, utility.at(one), utility.at(other), pair)


def _counts(utility: Utility, seed: int) -> Iterator[str]:
    """Counts are worth what any profile with these counts is, one by one and on a grid of counts."""
    generator = random.Random(seed)
    rows = [_count_rows(size, len(utility.levels), generator) for size in utility.type_sizes]
    for axes in (rows, [row[:1] for row in rows], [row[:1] if k else row for k, row in enumerate(rows)]):
        found = utility.on_counts(axes)
        for place in _some(product(*(range(len(axis)) for axis in axes)), generator):
            counts = [axis[k].tolist() for axis, k in zip(axes, place, strict=True)]
            profile = _with_counts(utility, counts, generator)
            yield from _unequal(utility, found[place], utility.at(profile), f"counts {counts} and profile {profile}")


def _fractions(utility: Utility, seed: int) -> Iterator[str]:
    """Where U is rational: fractions at profiles, on grids and on counts are the same numbers."""
    if not utility.rational:
        return
    n, generator = utility.n_users, random.Random(seed)
    for profile in _profiles(utility, seed):
        axes: list[Sequence[int]] = [(level,) for level in profile]
        axes[generator.randrange(n)] = range(len(utility.levels))
        user = next(k for k, axis in enumerate(axes) if len(axis) > 1)
        alone, beside = utility.exact_at(profile), utility.exact_values(axes).fractions()[profile[user]]
        if alone != beside:
            yield f"U{profile} is {alone} alone and {beside} in the grid {axes}"
    rows = [_count_rows(size, len(utility.levels), generator) for size in utility.type_sizes]
    exact: Rationals = utility.exact_on_counts(rows)
    found = exact.fractions()
    for place in _some(product(*(range(len(axis)) for axis in rows)), generator):
        counts = [axis[k].tolist() for axis, k in zip(rows, place, strict=True)]
        profile = _with_counts(utility, counts, generator)
        if found[place] != utility.exact_at(profile):
            yield f"U is {found[place]} at counts {counts} and {utility.exact_at(profile)} at profile {profile}"


def _rounding(utility: Utility, reference: Reference | Literal["none"] | None, seed: int) -> Iterator[str]:
    """The stated rounding holds against high precision."""
    if reference == "none":
        return
    right = reference or (utility.exact_at if utility.rational else None)
    if not callable(right):
        yield (
            "the stated rounding cannot be compared: give reference, U at a profile as a Fraction or a number of "
            'mpmath or python-flint; or "none", if no formula is known'
        )
        return
    for profile in _profiles(utility, seed):
        found, exact = utility.at(profile), right(profile)
        off = abs(Fraction(found) - exact) if isinstance(exact, int | Fraction) else abs(exact - found)
        if not off <= utility.rounding:
            yield (
                f"U{profile} is {found:.17g}, which is {float(off):.3g} off the reference; "
                f"the stated rounding is {utility.rounding:.3g}"
            )


def _many(utility: Utility) -> Iterator[str]:
    """More users than NumPy has axes: profiles one by one, with some users free, and counts."""
    n = utility.n_users
    if n != _MANY_USERS:
        yield f"of_users gave a utility of {n} users"
        return
    top = len(utility.levels) - 1
    for profile in ((top,) * n, (0, top) * (n // 2) + (0,), (0,) * (n - 1) + (top,)):
        alone = utility.at(profile)
        axes: list[Sequence[int]] = [(level,) for level in profile]
        axes[0] = axes[n - 1] = range(top + 1)
        beside = utility.values(axes)[profile[0] * (top + 1) + profile[n - 1]]
        yield from _unequal(utility, alone, beside, f"{profile} alone and where the first and the last user are free")
    yield from _types(utility, 0)
    if len(utility.type_sizes) <= MOST_AXES:
        yield from _counts(utility, 0)


def _count_rows(size: int, n_levels: int, generator: random.Random) -> Any:
    """A few count vectors of ``size`` users, all different."""
    rows = [[size] + [0] * (n_levels - 1), [0] * (n_levels - 1) + [size]]
    for _ in range(_ROWS):
        levels = [generator.randrange(n_levels) for _ in range(size)]
        rows.append([levels.count(level) for level in range(n_levels)])
    return np.array(list(dict.fromkeys(map(tuple, rows))), dtype=np.int64)[:_ROWS]


def _some(places: Iterator[Any], generator: random.Random) -> list[Any]:
    """Some of the places of a grid, drawn from its first ones: a product of many types is never listed."""
    first = list(islice(places, 2000))
    return first if len(first) <= _PROFILES else generator.sample(first, _PROFILES)


def _with_counts(utility: Utility, counts: list[list[int]], generator: random.Random) -> Profile:
    """A profile with these counts, users of a type in any order."""
    stand = []
    for row in counts:
        levels = [level for level, count in enumerate(row) for _ in range(count)]
        generator.shuffle(levels)
        stand.append(iter(levels))
    return tuple(next(stand[number]) for number in utility.types)


def _unequal(utility: Utility, one: float, other: float, where: str) -> Iterator[str]:
    """Two values of one profile differ by their rounding at most."""
    if not abs(float(one) - float(other)) <= 2 * utility.rounding:
        yield (
            f"U of {where}: {float(one):.17g} and {float(other):.17g}, which differ by more than twice the stated "
            f"rounding ({utility.rounding:.3g})"
        )
