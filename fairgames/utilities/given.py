"""Utilities and users out of what people hold: arrays, nested lists, functions, costs by name, scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, Protocol, TypeAlias, TypeGuard

import numpy as np

from fairgames.errors import InputError, TooLargeError
from fairgames.exact import object_array
from fairgames.text import how_many, shown
from fairgames.typing import Array
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.table import TableUtility

#: Profiles at which a plain function is run.
_MOST_RUNS = 2**16


class Stated(Protocol):
    """Whatever says who the users are and what they are worth, such as a scenario or a payment game."""

    @property
    def utility(self) -> Utility: ...
    @property
    def users(self) -> Users: ...


#: A utility, its table as an array or nested lists, or a function of the profile of level indices.
AnyUtility: TypeAlias = "Utility | Array | list[Any] | tuple[Any, ...] | Callable[[tuple[int, ...]], Any]"
#: Users, or their costs at each level: one row a user, or by name.
AnyUsers: TypeAlias = "Users | Array | list[Any] | tuple[Any, ...] | Mapping[str, Any]"


def is_stated(given: object) -> TypeGuard[Stated]:
    """Whether ``given`` has a utility and its users."""
    return isinstance(getattr(given, "utility", None), Utility) and isinstance(getattr(given, "users", None), Users)


def to_users(given: object) -> Users:
    """Users as they are, or made of their costs at each level.

    Raises
    ------
    InputError
        If it is something else, or the costs are none.
    """
    if isinstance(given, Users):
        return given
    if isinstance(given, Mapping) and given:
        return Users(names=list(map(str, given)), sensitivity=list(given.values()))
    if isinstance(given, list | tuple | np.ndarray) and len(given):
        return Users(sensitivity=list(given))
    raise InputError(
        f"users: got {described(given)}, expected Users(sensitivity=…), or their costs at each level such as "
        "[[0, 0.3], [0, 0.32]] or {'Ann': [0, 0.3], 'Ben': [0, 0.32]}"
    )


def to_utility(given: object, users: Users | None = None) -> Utility:
    """A utility as it is, or a :class:`TableUtility` of an array, nested lists or a function.

    Parameters
    ----------
    given : a function is run once at every profile, a tuple of level indices, one a user
    users : say how many levels and users a function has; None takes no function

    Raises
    ------
    InputError
        If it is something else, or no utility can be made of it.
    TooLargeError
        If a function has too many profiles to be run at all.
    """
    if isinstance(given, Utility):
        return given
    if isinstance(given, list | tuple | np.ndarray):
        return TableUtility(given)
    if callable(given) and not isinstance(given, type):
        return _tabled(given, users)
    way = (
        "make one with its parameters" if isinstance(given, type) else "pass one, its table, or a function of profiles"
    )
    raise InputError(f"utility: got {described(given)}, expected a utility such as FederatedMean(…); {way}")


def described(given: object) -> str:
    """What came, for a message: its type, and itself where that is short."""
    if isinstance(given, type):
        return f"the class {given.__name__}"
    name = type(given).__name__
    plain = isinstance(given, str | int | float | list | tuple | dict | type(None))
    return f"{shown(given)} (a {name})" if plain else f"a {name}"


def _tabled(function: Callable[..., Any], users: Users | None) -> TableUtility:
    way = "BlackBoxUtility(function, levels=[0, 1, …], n_users=…)"
    lengths = {len(row) for row in (users.sensitivity or () if users else ())}
    if users is None or len(lengths) != 1:
        raise InputError(
            "utility: got a function, but not how many levels there are: "
            f"give every user a cost at each level, or {way}"
        )
    n_levels, n = lengths.pop(), len(users)
    if n_levels**n > _MOST_RUNS:
        raise TooLargeError(
            f"A function of {how_many(n_levels**n)} profiles is not run at all of them (at most {_MOST_RUNS:,}). "
            f"{way} runs it where it is asked for, and keeps what it returned."
        )
    profiles = product(range(n_levels), repeat=n)
    values = object_array(_number(function(profile), profile) for profile in profiles)
    return TableUtility(values.reshape((n_levels,) * n))


def _number(value: Any, profile: tuple[int, ...]) -> Any:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, list | tuple | np.ndarray | type(None)):
        raise InputError(f"utility: the function returned {shown(value)} at profile {list(profile)}, expected a number")
    return int(value) if isinstance(value, bool) else value
