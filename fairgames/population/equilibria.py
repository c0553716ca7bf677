"""Equilibria on counts for every share at once: each state owns finitely many closed intervals of α.

A state is an equilibrium at α iff its levels can be assigned to the users of each type so that
nobody gains. Where a user may stand changes only at the ends of the intervals of
:mod:`fairgames.population.conditions`. So α falls into cells, the ends and the gaps between
neighbouring ones, in each of which the same assignments are equilibria.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairgames import memory
from fairgames.equilibria.intervals import PureEquilibria
from fairgames.exact import object_array
from fairgames.population.assignment import feasible, n_assignments
from fairgames.population.conditions import Bounds, bounds, true
from fairgames.population.game import PopulationGame
from fairgames.population.suspects import Suspects
from fairgames.progress import track
from fairgames.typing import Array, BoolArray, IntArray

#: Bytes of what is held of the suspects that are looked at together.
_CHUNK = 20_000_000


def count_equilibria(game: PopulationGame, found: Suspects, stable: bool = False) -> PureEquilibria:
    """The states that are a pure equilibrium at some α in [0, 1], interval by interval.

    Parameters
    ----------
    found : the game's :func:`~fairgames.population.suspects.suspects`
    stable : only assignments for which every deviation strictly loses inside an interval of α

    Returns
    -------
    ``index`` is a state's; a state with several intervals is listed once for each. Under
    Theorem 1, which has no share, the interval is [1, 1].

    Raises
    ------
    TooLargeError
        Before allocating, if so many states do not fit in memory.

    >>> from fairgames.population.suspects import suspects
    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PopulationGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = count_equilibria(game, suspects(game))
    >>> found.index.tolist(), [str(alpha) for alpha in found.lower], [str(alpha) for alpha in found.upper]
    ([0, 1, 2], ['0', '9/20', '16/25'], ['9/20', '16/25', '1'])
    """
    memory.require(
        (1500 if game.exact else 200) * len(found),
        f"Intervals of {len(found):,} count states that may be equilibria",
        "Costs that differ more between levels leave fewer; or take fewer users or types.",
    )
    units, gaps_only = found.conditions.units, stable and game.rule.has_alpha
    parts = [_spans(cells, gaps_only) for cells in _all_cells(game, found, stable)]
    states, most, least = (np.concatenate([part[k] for part in parts]) for k in range(3))
    # Back to where the bounds were before they got room for rounding.
    lower, upper = units.alpha(most + (units.slack if gaps_only else -units.slack)), units.alpha(least)
    kept = game.utilities if game.rule.has_alpha else game.potential
    return PureEquilibria(
        states,
        lower,
        upper,
        game.utilities.numbers(states),
        kept.numbers(states),
        np.full(len(states), stable),
        units.slack,
        game.utilities.error,
        kept.error,
    )


def n_equilibrium_profiles(game: PopulationGame, found: Suspects) -> int:
    """How many profiles are a pure equilibrium at some α in [0, 1], without listing them.

    Each assignment of a state is an equilibrium on one interval, which has one point more than
    it has gaps; so their number is that of all assignments at the points, less that in the gaps.
    """
    total = 0
    for cells in _all_cells(game, found, stable=False):
        which = np.nonzero(cells.filled)
        numbers = np.ones(len(which[0]), dtype=object)
        for kind, masks in zip(cells.bounds, cells.masks, strict=True):
            numbers = numbers * _numbers(masks[which], kind, which[0])
        total += int(numbers[which[1] % 2 == 0].sum() - numbers[which[1] % 2 == 1].sum())
    return total


def _numbers(masks: IntArray, kind: Bounds, row: IntArray) -> Array:
    """The number of assignments of one type for each row of masks, shape (M, H)."""
    keys = np.concatenate([masks, kind.counts[row]], axis=1)
    distinct, index = np.unique(keys, axis=0, return_inverse=True)
    n, found = masks.shape[1], []
    for key in distinct.tolist():
        able: Counter[int] = Counter()
        for mask, size in zip(key[:n], kind.sizes.tolist(), strict=True):
            able[mask] += size
        found.append(n_assignments(tuple(sorted(able.items())), tuple(key[n:])))
    return object_array(found)[index.reshape(-1)]


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of some states: points b_0 < b_1 < … of β with the gaps between them, in turn.

    Attributes
    ----------
    states : shape (M,)
    points : shape (M, K), ascending; the last may stand several times
    bounds : of each type
    masks : for each type the levels at which each sub-type may stand in each cell, as bits,
        shape (M, 2K − 1, H)
    filled : whether a cell has an assignment, shape (M, 2K − 1)
    """

    states: IntArray
    points: Array
    bounds: tuple[Bounds, ...]
    masks: tuple[IntArray, ...]
    filled: BoolArray


def _all_cells(game: PopulationGame, found: Suspects, stable: bool) -> Iterator[_Cells]:
    """The cells of all suspects; of assignments that are stable on the whole cell, if ``stable``."""
    conditions, units = found.conditions, found.conditions.units
    places = sum(len(kind.subtypes) * len(game.utility.levels) for kind in game.types)
    together = max(1, _CHUNK // (32 * places))
    for start in track(range(0, max(len(found), 1), together), "equilibria: assignments"):
        part = found.select(slice(start, start + together))
        every = [
            bounds(game, conditions, part.states, number).rounded(units, game.rule.has_alpha, stable)
            for number in range(len(game.types))
        ]
        if game.rule.has_alpha:
            points = _points(every, *part.range())
        else:
            points = np.full((len(part), 1), units.one, dtype=units.dtype)
        fitting = max(1, _CHUNK // (4 * places * points.shape[1]))
        for begin in range(0, max(len(part), 1), fitting):
            some = slice(begin, begin + fitting)
            yield _cells(part.states[some], points[some], tuple(kind.select(some) for kind in every))


def _cells(states: IntArray, points: Array, every: tuple[Bounds, ...]) -> _Cells:
    twice = np.repeat(points, 2, axis=1)
    masks = tuple(kind.standing(twice[:, :-1], twice[:, 1:]) for kind in every)
    filled = np.ones(masks[0].shape[:2], dtype=bool)
    for kind, mask in zip(every, masks, strict=True):
        filled &= feasible(mask, kind.sizes, kind.counts)
    return _Cells(states, points, every, masks, filled)


def _points(every: Sequence[Bounds], first: Array, last: Array) -> Array:
    """The distinct ends of all bounds between ``first`` and ``last``, which are points too; shape (M, K)."""
    rows = len(first)
    ends = np.concatenate([end.reshape(rows, -1) for kind in every for end in (kind.least, kind.most)], axis=1)
    inside = true(ends > first[:, None]) & true(ends < last[:, None])
    ends = np.concatenate([first[:, None], np.where(inside, ends, last[:, None]), last[:, None]], axis=1)
    ends.sort(axis=1)
    again = np.zeros(ends.shape, dtype=bool)
    again[:, 1:] = ends[:, 1:] == ends[:, :-1]
    ends = np.where(again, last[:, None], ends)
    ends.sort(axis=1)
    return np.asarray(ends[:, : int((~again).sum(axis=1).max(initial=1))])


def _spans(cells: _Cells, gaps_only: bool) -> tuple[IntArray, Array, Array]:
    """(state, greatest β, least β) of every run of filled cells."""
    here, joined = cells.filled[:, ::2], cells.filled[:, 1::2]
    if gaps_only:
        joined = joined & true(cells.points[:, 1:] > cells.points[:, :-1])
        here = np.zeros(here.shape, dtype=bool)
        here[:, :-1] |= joined
        here[:, 1:] |= joined
    begins, ends = here.copy(), here.copy()
    begins[:, 1:] &= ~joined
    ends[:, :-1] &= ~joined
    row, first = np.nonzero(begins)
    _, last = np.nonzero(ends)
    return cells.states[row], cells.points[row, last], cells.points[row, first]
