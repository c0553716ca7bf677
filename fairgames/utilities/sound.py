"""Whether a utility of one's own is what it says: U(0) = 0, users of a type alike, counts and fractions as profiles.

A few values are compared, once for each utility, before any answer rests on it;
:func:`fairgames.testing.check_utility` looks at many more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from fairgames.errors import InputError
from fairgames.typing import Profile
from fairgames.utilities.checks import at_profile, require_baseline, require_rounding
from fairgames.utilities.counts import numbered

if TYPE_CHECKING:
    from fairgames.utilities.base import Utility

#: Types of users of which two are made to change places.
_MOST_TYPES = 3

#: U at one profile, in money.
_At = Callable[[Sequence[int]], float]


def require_sound(utility: Utility, at: _At) -> None:
    """Compare a few values.

    Parameters
    ----------
    at : U at one profile, as the class gives it

    Raises
    ------
    InputError
        With the profiles and the two values that should be one.
    """
    n, top = utility.n_users, len(utility.levels) - 1
    everybody, nobody = (top,) * n, (0,) * n
    _require_types(utility)
    worth, nothing = at(everybody), at(nobody)
    rounding = require_rounding(utility.rounding, utility.kind)
    require_baseline(nothing, rounding, utility.kind)
    if utility.rational:
        exact = utility.exact_at(everybody)
        if not abs(float(exact) - worth) <= rounding + abs(worth) * 1e-15:
            raise InputError(
                f"the {utility.kind} utility: U {at_profile(everybody)} is {worth:.17g} in floats and {exact} in "
                f"fractions; expected them to differ by the stated rounding ({rounding:g}) at most"
            )
    for one, other in swaps(utility.types, len(utility.levels), _MOST_TYPES):
        require_same(utility, one, other, at(one), at(other))


def require_same(utility: Utility, one: Profile, other: Profile, first: float, second: float) -> None:
    """Raise :class:`InputError` unless two users of one type can change places."""
    if not abs(first - second) <= 2 * utility.rounding:
        raise InputError(
            f"the {utility.kind} utility: types says that users of one type are exchangeable, but U is {first:.17g} "
            f"{at_profile(one)} and {second:.17g} {at_profile(other)}; "
            "give users who differ numbers of their own in types"
        )


def swaps(types: Sequence[int], n_levels: int, most: int) -> Iterator[tuple[Profile, Profile]]:
    """Pairs of profiles in which two users of one type have changed places, for so many types with two users."""
    members: dict[int, list[int]] = {}
    for user, number in enumerate(types):
        members.setdefault(number, []).append(user)
    pairs = [(own[0], own[-1]) for own in members.values() if len(own) > 1]
    for first, second in pairs[:most]:
        profile = [user % n_levels for user in range(len(types))]
        profile[first], profile[second] = n_levels - 1, 0
        other = list(profile)
        other[first], other[second] = 0, n_levels - 1
        yield tuple(profile), tuple(other)


def _require_types(utility: Utility) -> None:
    types = tuple(utility.types)
    if len(types) != utility.n_users or types != numbered(types):
        raise InputError(
            f"the {utility.kind} utility: expected types to hold one number for each of {utility.n_users} users, "
            f"0, 1, … in order of first appearance, got {list(types[:12])}{' …' if len(types) > 12 else ''}"
        )
