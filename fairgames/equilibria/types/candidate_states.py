"""Candidate states: those that pass a necessary condition of equilibrium, over lattices of millions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from fairgames.equilibria.types.bounds import FREE, BetaBounds, Steps, Units, true
from fairgames.equilibria.types.game import PopulationGame
from fairgames.progress import track
from fairgames.typing import Array, BoolArray, IntArray

#: States looked at together: their arrays stay in the cache.
_CHUNK = 50_000


@dataclass(frozen=True, eq=False)
class CandidateStates:
    """States that pass a necessary condition of equilibrium, with outer bounds on β for all their assignments."""

    conditions: BetaBounds
    states: IntArray
    least: Array
    most: Array

    def __len__(self) -> int:
        return len(self.states)

    def select(self, chosen: slice) -> CandidateStates:
        return CandidateStates(self.conditions, self.states[chosen], self.least[chosen], self.most[chosen])


def candidate_states(game: PopulationGame) -> CandidateStates:
    """The states that may be an equilibrium at some share, by conditions on each move alone.

    If n users of a type stand at level x, the n-th least of its κ must do for D: one look a
    state. Where all users of each type are alike this is all there is; else who stands where
    remains to be seen.
    """
    conditions = BetaBounds.of(game)
    moves = list(_moves(game, conditions))
    found = [_passing(game, conditions.units, moves, states) for states in _chunks(game.lattice.size)]
    states, least, most = (np.concatenate([part[k] for part in found]) for k in range(3))
    return CandidateStates(conditions, states, least, most)


@dataclass(frozen=True, eq=False)
class _Move:
    """One move of one type: for each row of its axis how far away the state after it is, and what it asks."""

    number: int
    offset: IntArray
    steps: Steps


def _moves(game: PopulationGame, conditions: BetaBounds) -> Iterator[_Move]:
    lattice = game.lattice
    for number, (kind, moves) in enumerate(zip(game.types, conditions.steps, strict=True)):
        here, sizes = np.arange(lattice.shape[number]), [cost_class.size for cost_class in kind.cost_classes]
        for (x, y), row in moves.items():
            there = lattice.moved(number, x, y)
            steps, of_each = zip(*sorted(zip(row, sizes, strict=True)), strict=True)
            nth_least = Steps.of([FREE, *steps], conditions.units)[np.repeat(np.arange(len(steps) + 1), (1, *of_each))]
            offset = np.where(there >= 0, there - here, 0) * lattice.strides[number]
            yield _Move(number, offset, nth_least[lattice.axes[number][:, x]])


def _passing(
    game: PopulationGame, units: Units, moves: Iterable[_Move], states: IntArray
) -> tuple[IntArray, Array, Array]:
    """Those of ``states`` that pass for all moves, with their bounds (least, most)."""
    values, number = game.potential.values, -1
    # Every condition gets the room of its own error: D + error in place of D bounds β from outside.
    own = values[states] + units.error if units.error else values[states]
    least: Array = np.full(len(states), -math.inf, units.dtype)
    most: Array = np.full(len(states), math.inf, units.dtype)
    for move in moves:
        if move.number != number:
            number = move.number
            row = states // game.lattice.strides[number] % game.lattice.shape[number]
        gain, steps = own - values[states + move.offset[row]], move.steps
        if steps.level.any():
            np.copyto(least, math.inf, where=steps.level[row] & true(gain < 0))
        with np.errstate(over="ignore", invalid="ignore"):
            gain *= steps.factor[row]
        if not units.exact and steps.endless:
            gain[np.isnan(gain)] = 0  # 0·∞
        if steps.at_most.any():
            np.minimum(most, gain, out=most, where=steps.at_most[row])
        if steps.at_least.any():
            np.maximum(least, gain, out=least, where=steps.at_least[row])
        passed = _possible(game, units, least, most)
        if steps.never.any():
            passed &= ~steps.never[row]
        kept = np.flatnonzero(passed)
        states, row, own, least, most = states[kept], row[kept], own[kept], least[kept], most[kept]
    return states, least, most


def _possible(game: PopulationGame, units: Units, least: Array, most: Array) -> BoolArray:
    """Whether some share that there is lies between the bounds."""
    if game.rule.has_alpha:
        return true(most >= least) & true(most >= units.one)
    return true(most >= units.one) & true(least <= units.one)


def _chunks(size: int) -> Iterator[IntArray]:
    for start in track(range(0, size, _CHUNK), "equilibria: states"):
        yield np.arange(start, min(start + _CHUNK, size))
