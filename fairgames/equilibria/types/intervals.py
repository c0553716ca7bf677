"""Equilibria on counts for every share at once: each state owns finitely many closed intervals of α.

A state is an equilibrium at α iff its levels can be assigned to the users of each type so that
nobody gains. Where a user may stand changes only at the ends of the intervals of
:mod:`fairgames.equilibria.types.ends`. So α falls into cells, the ends and the gaps between
neighbouring ones, in each of which the same assignments are equilibria. All that matters of the
ends is their order (:mod:`fairgames.equilibria.types.ends`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairgames import memory
from fairgames.certain import Real
from fairgames.counts.assignment import feasible, n_assignments
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.types.bounds import BetaBounds, true
from fairgames.equilibria.types.candidate_states import CandidateStates
from fairgames.equilibria.types.ends import Bounds, OrderedEnds, end_share
from fairgames.equilibria.types.game import PopulationGame
from fairgames.exact import object_array
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array, BoolArray, IntArray

#: Seconds for each candidate state and each bound on β or place of a cost class, as measured: 2e-7 to 4e-7.
_SECONDS = 3e-7
#: Bytes of what is held of the candidate states that are looked at together.
_CHUNK = 20_000_000


def count_equilibria(
    game: PopulationGame, found: CandidateStates, stable: bool = False, every_end: bool = False
) -> PureEquilibria:
    """The states that are a pure equilibrium at some α in [0, 1], interval by interval.

    Parameters
    ----------
    found : the game's :func:`~fairgames.equilibria.types.candidate_states.candidate_states`
    stable : only assignments for which every deviation strictly loses inside an interval of α
    every_end : also, for each end inside an interval at which the interval of one of its profiles may
        begin (or end, where U < 0), what is left of the interval from there on

    Returns
    -------
    ``index`` is a state's; a state with several intervals is listed once for each. Under
    Theorem 1, which has no share, the interval is [1, 1].

    Raises
    ------
    TooLargeError
        Before allocating, if so many states do not fit in memory, or with so many cost classes would take too long.

    >>> from fairgames.equilibria.types.candidate_states import candidate_states
    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PopulationGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = count_equilibria(game, candidate_states(game))
    >>> found.index.tolist(), [str(alpha) for alpha in found.lower], [str(alpha) for alpha in found.upper]
    ([0, 1, 2], ['0', '9/20', '16/25'], ['9/20', '16/25', '1'])
    """
    memory.require(
        (1500 if game.exact else 200) * len(found),
        f"Intervals of {len(found):,} count states that may be equilibria",
        "Costs that differ more between levels leave fewer; or take fewer users or types.",
    )
    memory.require_time(
        _SECONDS * len(found) * (_places(game) + len(found.conditions.ends)),
        f"Intervals of {len(found):,} count states that may be equilibria, of users with "
        f"{how_many(sum(len(kind.cost_classes) for kind in game.types))} different costs,",
        f"Give more users the same costs. {memory.FEWER_PROFILES}",
    )
    gaps_only, every_end = stable and game.rule.has_alpha, every_end and game.rule.has_alpha
    parts = [_spans(cells, gaps_only, every_end, game.utilities.values) for cells in _all_cells(game, found, stable)]
    states, lower, upper, lower_error, upper_error, low_code, high_code = (
        np.concatenate([part[k] for part in parts]) for k in range(7)
    )
    kept = game.utilities if game.rule.has_alpha else game.potential
    return PureEquilibria(
        index=states,
        lower=lower,
        upper=upper,
        utility=game.utilities.numbers(states),
        keeps=kept.numbers(states),
        stable=np.full(len(states), stable),
        lower_error=lower_error,
        upper_error=upper_error,
        utility_error=game.utilities.error,
        keeps_error=kept.error,
        proven=np.full(len(states), found.conditions.judge.certain),
        exactly=_OfStates(game, found.conditions, states, low_code, high_code),
        judge=found.conditions.judge,
    )


@dataclass(frozen=True, eq=False)
class _OfStates:
    """The numbers of states with their intervals, for certain."""

    game: PopulationGame
    conditions: BetaBounds
    states: IntArray
    low: IntArray
    high: IntArray

    def lower(self, k: int) -> Real | None:
        return end_share(self.game, self.conditions, int(self.states[k]), int(self.low[k]))

    def upper(self, k: int) -> Real | None:
        return end_share(self.game, self.conditions, int(self.states[k]), int(self.high[k]))

    def utility(self, k: int) -> Real | None:
        return self.conditions.enclosed.utility_on_counts(self.game.counted(int(self.states[k])))

    def keeps(self, k: int) -> Real | None:
        return self.utility(k) if self.game.rule.has_alpha else self.potential(k)

    def potential(self, k: int) -> Real | None:
        return self.conditions.enclosed.on_counts(self.game.counted(int(self.states[k])))


def n_equilibrium_profiles(game: PopulationGame, found: CandidateStates) -> int:
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
    ends : the states with their ends
    points : ranks of ends, shape (M, K), ascending; the last may stand several times
    bounds : of each type
    masks : for each type the levels at which each cost class may stand in each cell, as bits,
        shape (M, 2K − 1, H)
    filled : whether a cell has an assignment, shape (M, 2K − 1)
    """

    ends: OrderedEnds
    points: IntArray
    bounds: tuple[Bounds, ...]
    masks: tuple[IntArray, ...]
    filled: BoolArray


def _all_cells(game: PopulationGame, found: CandidateStates, stable: bool) -> Iterator[_Cells]:
    """The cells of all candidate states; of assignments that are stable on the whole cell, if ``stable``."""
    conditions = found.conditions
    places = _places(game)
    together = max(1, _CHUNK // (32 * (places + len(conditions.ends))))
    for start in track(range(0, max(len(found), 1), together), "equilibria: assignments"):
        part = found.select(slice(start, start + together))
        ends = OrderedEnds.of(game, conditions, part.states)
        every = [ends.bounds(number) for number in range(len(game.types))]
        if stable:
            every = [kind.strict(game.rule.has_alpha) for kind in every]
        points = _points(every, *_reach(ends, part)) if game.rule.has_alpha else ends.one[:, None]
        fitting = max(1, _CHUNK // (4 * places * points.shape[1]))
        for begin in range(0, max(len(part), 1), fitting):
            some = slice(begin, begin + fitting)
            yield _cells(ends.select(some), points[some], tuple(kind.select(some) for kind in every))


def _places(game: PopulationGame) -> int:
    """How many pairs of a cost class and a level there are."""
    return sum(len(kind.cost_classes) for kind in game.types) * len(game.utility.levels)


def _reach(ends: OrderedEnds, part: CandidateStates) -> tuple[IntArray, IntArray]:
    """The least and the greatest rank that matter: ends beyond the outer bounds of a state do not."""
    room = 0 if ends.conditions.units.exact else ends.errors
    with np.errstate(invalid="ignore"):
        below = true(ends.values + room < part.least[:, None])
        above = true(ends.values - room > part.most[:, None])
    first = np.where(below, ends.ranks, -1).max(axis=1, initial=-1) + 1
    last = np.where(above, ends.ranks, ends.endless + 1).min(axis=1, initial=ends.endless + 1) - 1
    first = np.maximum(first, ends.one)
    return first, np.maximum(first, last)


def _cells(ends: OrderedEnds, points: IntArray, every: tuple[Bounds, ...]) -> _Cells:
    twice = np.repeat(points, 2, axis=1)
    masks = tuple(kind.standing(twice[:, :-1], twice[:, 1:]) for kind in every)
    filled = np.ones(masks[0].shape[:2], dtype=bool)
    for kind, mask in zip(every, masks, strict=True):
        filled &= feasible(mask, kind.sizes, kind.counts)
    return _Cells(ends, points, every, masks, filled)


def _points(every: Sequence[Bounds], first: IntArray, last: IntArray) -> IntArray:
    """The distinct ends of all bounds between ``first`` and ``last``, which are points too; shape (M, K)."""
    rows = len(first)
    ends = np.concatenate([end.reshape(rows, -1) for kind in every for end in (kind.least, kind.most)], axis=1)
    inside = (ends > first[:, None]) & (ends < last[:, None])
    ends = np.concatenate([first[:, None], np.where(inside, ends, last[:, None]), last[:, None]], axis=1)
    ends.sort(axis=1)
    again = np.zeros(ends.shape, dtype=bool)
    again[:, 1:] = ends[:, 1:] == ends[:, :-1]
    ends = np.where(again, last[:, None], ends)
    ends.sort(axis=1)
    return np.asarray(ends[:, : int((~again).sum(axis=1).max(initial=1))])


def _spans(cells: _Cells, gaps_only: bool, every_end: bool, utilities: Array) -> tuple[Array, ...]:
    """For every run of filled cells: the state, both ends of α, bounds on their errors, and their codes."""
    here, joined = cells.filled[:, ::2], cells.filled[:, 1::2]
    if gaps_only:
        joined = joined & (cells.points[:, 1:] > cells.points[:, :-1])
        here = np.zeros(here.shape, dtype=bool)
        here[:, :-1] |= joined
        here[:, 1:] |= joined
    begins, ends = here.copy(), here.copy()
    begins[:, 1:] &= ~joined
    ends[:, :-1] &= ~joined
    row, first = np.nonzero(begins)
    _, last = np.nonzero(ends)
    if every_end:
        row, first, last = _parts(row, first, last, here, true(utilities[cells.ends.states[row]] < 0))
    every = cells.ends
    low, high = (every.codes(row, cells.points[row, place]) for place in (last, first))
    (lower, lower_error), (upper, upper_error) = every.alphas(row, low), every.alphas(row, high)
    return every.states[row], lower, upper, lower_error, upper_error, low, high


def _parts(
    row: IntArray, first: IntArray, last: IntArray, here: BoolArray, negative: BoolArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Every run, and its parts from each of its points on: up in α, or down where U < 0."""
    rows, firsts, lasts = [row], [first], [last]
    for place in range(here.shape[1]):
        inside = (first <= place) & (place <= last) & here[row, place]
        up, down = inside & ~negative & (place < last), inside & negative & (place > first)
        rows += [row[up], row[down]]
        firsts += [first[up], np.full(down.sum(), place)]
        lasts += [np.full(up.sum(), place), last[down]]
    return np.concatenate(rows), np.concatenate(firsts), np.concatenate(lasts)
