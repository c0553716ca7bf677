"""Who plays which role at each profile: users who add the same to every coalition, and users who add nothing.

At a profile ρ the game is S ↦ U(ρ_S), where ρ_S puts everybody outside S on level 0. All S ⊆ supp(ρ) are
looked at for all ρ at once: a condition on ρ alone is joined, along one axis after another, with itself at
level 0 of that axis, which after all axes is the condition on every ρ_S.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fairgames.tensor import Tensor
from fairgames.typing import Array, BoolArray

#: The number of the platform, as one more player.
PLATFORM = -1


def alike(worths: Tensor, one: int, other: int) -> BoolArray:
    """Where U(ρ_{S∪i}) = U(ρ_{S∪j}) for every S without both; within rounding where U is floats.

    With the platform as j that is U(ρ_S) = 0 for every S without i: without either nothing is earned.
    """
    if PLATFORM in (one, other):
        user = one if other == PLATFORM else other
        found = _is_zero(worths, _without(worths.values, user))
        return _in_every_coalition(found, worths.values.shape, (user,))
    same = _same(worths, _without(worths.values, other), _without(worths.values, one))
    return _in_every_coalition(same, worths.values.shape, (one, other))


def null(worths: Tensor, user: int) -> BoolArray:
    """Where U(ρ_{S∪i}) = U(ρ_S) for every S; of the platform: where U(ρ_S) = 0 for every S."""
    if user == PLATFORM:
        return _in_every_coalition(_is_zero(worths, worths.values), worths.values.shape, ())
    same = _same(worths, worths.values, _without(worths.values, user))
    return _in_every_coalition(same, worths.values.shape, (user,))


def _without(values: Array, user: int) -> Array:
    """U with one user on level 0, its axis kept with length 1."""
    return values.take([0], axis=user)


def _same(worths: Tensor, one: Array, other: Array) -> BoolArray:
    return np.asarray(one == other if worths.exact else np.abs(one - other) <= 2 * worths.error, dtype=bool)


def _is_zero(worths: Tensor, values: Array) -> BoolArray:
    return np.asarray(values == 0 if worths.exact else np.abs(values) <= worths.error, dtype=bool)


def _in_every_coalition(found: BoolArray, shape: tuple[int, ...], own: Iterable[int]) -> BoolArray:
    """The condition on every ρ_S, S ranging over the users but ``own``."""
    found = np.broadcast_to(found, shape)
    for axis in set(range(len(shape))) - set(own):
        found = found & found.take([0], axis=axis)
    return found
