"""A game whose equilibria are known, with the source of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairgames.exact import object_array, to_fraction
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile


@dataclass(frozen=True, eq=False)
class KnownGame:
    """A game with its equilibria.

    Attributes
    ----------
    name : unique
    game : the game; exact, but for one
    equilibria : of a continuum of two players the extreme points; rationals, floats where irrational
    complete : whether those are all
    degenerate : whether solvers may miss some, or fail, unless they promise more
    source : where the answer comes from
    exact_only : whether only solvers that promise rationals are held to it: floats cannot tell its payoffs apart
    """

    name: str
    game: NormalFormGame
    equilibria: tuple[MixedProfile, ...]
    complete: bool
    degenerate: bool
    source: str
    exact_only: bool = False

    @property
    def pure(self) -> tuple[MixedProfile, ...]:
        """Those in which everybody plays one strategy."""
        return tuple(profile for profile in self.equilibria if all(np.count_nonzero(v) == 1 for v in profile))


def known(
    name: str,
    game: NormalFormGame,
    equilibria: Sequence[Sequence[Sequence[Any]]],
    source: str,
    complete: bool = True,
    degenerate: bool = False,
    exact_only: bool = False,
) -> KnownGame:
    """A known game from nested lists; strings such as "2/3" are rationals."""
    return KnownGame(name, game, tuple(map(_profile, equilibria)), complete, degenerate, source, exact_only)


def exact_game(*payoffs: Sequence[Any] | Array) -> NormalFormGame:
    """A game of rationals from one nested list a player."""
    return NormalFormGame.from_arrays(*map(_rationals, payoffs))


def pure(*choices: int, shape: Sequence[int]) -> list[list[int]]:
    """The profile in which each player plays the strategy with that index."""
    return [[int(index == choice) for index in range(size)] for choice, size in zip(choices, shape, strict=True)]


def _profile(vectors: Sequence[Sequence[Any]]) -> MixedProfile:
    return tuple(
        np.array(vector) if any(isinstance(value, float) for value in vector) else _rationals(vector)
        for vector in vectors
    )


def _rationals(values: Sequence[Any] | Array) -> Array:
    array = np.array(values, dtype=object)
    return object_array(to_fraction(value) for value in array.flat).reshape(array.shape)
