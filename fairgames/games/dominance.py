"""Iterated elimination of strictly dominated strategies, by pure ones and by mixtures.

A strategy is strictly dominated if some mixture of the others pays more whatever the others do; whether there is one is
the sign of the value of a zero-sum game (Osborne & Rubinstein 1994, section 4.2). What is left does not depend on the
order, and neither a Nash nor a correlated equilibrium plays anything else. A coarse correlated one may (Viossat &
Zapechelnyuk 2013).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from fairgames.exact import object_array
from fairgames.games.linear_program import maximise
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many
from fairgames.text import strategy as mixture
from fairgames.typing import Array, BoolArray, MixedProfile

#: Payoffs in a linear program, beyond which mixtures are not looked for.
MOST_PAYOFFS = 200_000
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Eliminated:
    """A strategy that fell.

    Attributes
    ----------
    player, strategy : by number
    by : the mixture that dominates it: pairs of a strategy's number and its chance
    round : 1 for what falls in the whole game; all that falls in a round falls at once
    """

    player: int
    strategy: int
    by: tuple[tuple[int, Fraction], ...]
    round: int


@dataclass(frozen=True, eq=False)
class Reduction:
    """What is left of a game, and what fell.

    Attributes
    ----------
    game : the whole game
    kept : the strategies that are left, by number, for each player
    eliminated : what fell, in order
    pure_only : players for whom a dominating mixture was not looked for at the end: too many payoffs
    """

    game: NormalFormGame
    kept: tuple[tuple[int, ...], ...]
    eliminated: tuple[Eliminated, ...]
    pure_only: tuple[int, ...] = ()

    @cached_property
    def reduced(self) -> NormalFormGame:
        """The game of what is left."""
        whole = self.game
        names = tuple(tuple(own[k] for k in left) for own, left in zip(whole.strategies, self.kept, strict=True))
        return NormalFormGame(
            whole.payoffs[np.ix_(*self.kept)], whole.players, names, whole.title, whole.rounding, whole.decimals
        )

    def in_full(self, strategies: MixedProfile) -> MixedProfile:
        """A profile of the reduced game as one of the whole game: what fell has no chance."""
        return tuple(map(self._padded, strategies, self.kept, self.game.shape))

    @staticmethod
    def _padded(vector: Array, kept: tuple[int, ...], size: int) -> Array:
        full = object_array([Fraction(0)] * size) if vector.dtype == object else np.zeros(size)
        full[list(kept)] = vector
        return full

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Of each strategy that fell: its player, its name, what dominates it, and the round."""
        for one in self.eliminated:
            names = self.game.strategies[one.player]
            chances = dict(one.by)
            by = mixture(object_array(chances.get(k, Fraction(0)) for k in range(len(names))), names)
            yield self.game.players[one.player], names[one.strategy], by, str(one.round)

    def remarks(self) -> list[str]:
        """How much is left, and what was not looked for, in sentences."""
        sizes = [math.prod(self.game.shape), math.prod(map(len, self.kept))]
        rounds = max((one.round for one in self.eliminated), default=0)
        told = "Strict dominance: no strategy fell."
        if fell := len(self.eliminated):
            what, when = ("strategy" if fell == 1 else "strategies"), ("round" if rounds == 1 else "rounds")
            many = f"{how_many(fell)} {what} fell in {how_many(rounds)} {when}"
            told = f"Strict dominance: {many}; {how_many(sizes[1])} of {how_many(sizes[0])} profiles are left."
        if not self.pure_only:
            return [told]
        names = ", ".join(self.game.players[player] for player in self.pure_only[:5])
        return [told, f"Mixtures that dominate were not looked for: {names}: more than {MOST_PAYOFFS:,} payoffs."]

    def to_dict(self) -> dict[str, Any]:
        """Plain types: ``kept`` by number, ``eliminated`` with the mixture as ``by``, one chance a strategy."""
        return {
            "kept": [list(left) for left in self.kept],
            "eliminated": [
                {
                    "player": self.game.players[one.player],
                    "strategy": self.game.strategies[one.player][one.strategy],
                    "by": [dict(one.by).get(k, Fraction(0)) for k in range(self.game.shape[one.player])],
                    "round": one.round,
                }
                for one in self.eliminated
            ],
            "pure_only": [self.game.players[player] for player in self.pure_only],
        }


def eliminate(game: NormalFormGame, mixed: bool = True) -> Reduction:
    """What iterated elimination of strictly dominated strategies leaves of ``game``, decided exactly.

    Float payoffs count as the rationals that they are; where they stand for others to within ``game.rounding``, a
    strategy falls only if it is dominated whatever those are.

    Parameters
    ----------
    mixed : whether mixtures dominate too; not only single strategies

    >>> game = NormalFormGame.from_arrays([[3, 0], [0, 3], [1, 1]], [[2, 1], [1, 2], [0, 1]])
    >>> found = eliminate(game)
    >>> found.kept, [(one.strategy, [(k, str(chance)) for k, chance in one.by]) for one in found.eliminated]
    (((0, 1), (0, 1)), [(2, [(0, '1/2'), (1, '1/2')])])
    """
    kept = [tuple(range(size)) for size in game.shape]
    eliminated: list[Eliminated] = []
    number = 0
    while True:
        number += 1
        falls, too_large = [], []
        for player in range(game.n_players):
            own = kept[player]
            table = np.moveaxis(game.payoffs[..., player][np.ix_(*kept)], player, 0).reshape(len(own), -1)
            beaten, all_looked_at = _dominated(table, 2 * game.rounding, mixed)
            falls += [
                Eliminated(player, own[row], tuple((own[k], chance) for k, chance in by), number)
                for row, by in sorted(beaten.items())
            ]
            if not all_looked_at:
                too_large.append(player)
        if not falls:
            return Reduction(game, tuple(kept), tuple(eliminated), tuple(too_large))
        eliminated += falls
        for one in falls:
            kept[one.player] = tuple(k for k in kept[one.player] if k != one.strategy)


def undominated(game: NormalFormGame) -> tuple[tuple[int, ...], ...]:
    """What iterated elimination by pure strategies leaves, by number, for each player.

    >>> dilemma = NormalFormGame.from_arrays([[3, 0], [4, 1]], [[3, 4], [0, 1]])
    >>> undominated(dilemma)
    ((1,), (1,))
    """
    return eliminate(game, mixed=False).kept


_Mixtures = dict[int, tuple[tuple[int, Fraction], ...]]


def _dominated(table: Array, margin: float, mixed: bool) -> tuple[_Mixtures, bool]:
    """The rows that are dominated by more than ``margin``, each with its mixture, and whether all were looked at."""
    found: _Mixtures = {}
    for row, own in enumerate(table):
        by = next((k for k, other in enumerate(table) if k != row and _above(other, own, margin)), None)
        if by is not None:
            found[row] = ((by, Fraction(1)),)
    if not mixed or len(table) < 3:
        return found, True
    # Who is a best response somewhere is not dominated.
    best: BoolArray = np.asarray(np.asarray(table == table.max(axis=0), dtype=bool).any(axis=1), dtype=bool)
    open_rows = [row for row in range(len(table)) if row not in found and not best[row]]
    if open_rows and table.size > MOST_PAYOFFS:
        return found, False
    for row in open_rows:
        if by_mixture := _by_mixture(table, row, Fraction(margin)):
            found[row] = by_mixture
    return found, True


def _above(other: Array, own: Array, margin: float) -> bool:
    if not np.asarray(other > own, dtype=bool).all():
        return False
    return margin == 0 or bool((other - own > margin * (1 + 4 * _EPSILON)).all())


def _by_mixture(table: Array, row: int, margin: Fraction) -> tuple[tuple[int, Fraction], ...]:
    """A mixture that pays more than ``row`` in every column, and by more than ``margin``; empty if there is none.

    The largest gain in the worst column is the value of a zero-sum game: with all its payoffs positive, the value is
    1/Σq at the least Σq with Σ_k q_k·payoff_ks ≥ 1 for all s.
    """
    others = [k for k in range(len(table)) if k != row]
    exact = np.frompyfunc(Fraction, 1, 1)
    gains = exact(table[others]) - exact(table[row]) - margin
    shift = 1 - gains.min()
    optimum = maximise([Fraction(-1)] * len(others), -(gains + shift).T, [Fraction(-1)] * table.shape[1])
    assert optimum is not None  # q large enough meets every condition
    total = -optimum.value
    if 1 / total <= shift:
        return ()
    return tuple((k, chance / total) for k, chance in zip(others, optimum.primal, strict=True) if chance)
