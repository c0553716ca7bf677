"""The supports that an equilibrium may have, by dominance among them.

Porter, Nudelman & Shoham (2008), Simple search methods for finding a Nash equilibrium, Games and
Economic Behavior 63: a strategy that is strictly dominated while the others keep to their supports is
not played. Here every comparison is exact, also where payoffs are floats: they are only compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array

#: The strategies that each player uses, by number.
Supports = tuple[tuple[int, ...], ...]


class SupportSearch:
    """The supports of one game that survive conditional dominance.

    Sets of profiles are bits of an ``int``, profiles in the order of the payoff table.

    Parameters
    ----------
    game : any number of players
    check : called now and then; may raise, to end the search
    """

    def __init__(self, game: NormalFormGame, check: Callable[[], None]) -> None:
        self._shape, self._check = game.shape, check
        chosen = np.indices(game.shape)
        self._playing = [[_bits(own == k) for k in range(size)] for own, size in zip(chosen, game.shape, strict=True)]
        self._better, self._as_good = [], []
        for player, size in enumerate(game.shape):
            # By player, the other strategy and the own: the profiles of the others, the own strategy being 0.
            table = np.moveaxis(game.payoffs[..., player], player, 0)
            first = (chosen[player] == 0).astype(bool)
            self._better.append([[self._where(table[k] > table[s], first) for k in range(size)] for s in range(size)])
            self._as_good.append([[self._where(table[k] >= table[s], first) for k in range(size)] for s in range(size)])

    def surviving(self) -> Supports:
        """What is left of each player's strategies after iterated elimination of strictly dominated ones."""
        left = self._reduced((), tuple(tuple(range(size)) for size in self._shape))
        assert left is not None  # nothing was chosen that could fall
        return left

    def of(self, sizes: Sequence[int]) -> Iterator[Supports]:
        """Those with so many strategies of each player."""
        yield from self._extended((), tuple(tuple(range(size)) for size in self._shape), sizes)

    def _where(self, holds: Array, first: Array) -> int:
        """The profiles of the others as bits of profiles in which the own strategy is 0."""
        mask = np.zeros(self._shape, dtype=bool)
        mask[first] = np.asarray(holds, dtype=bool).ravel()
        return _bits(mask)

    def _profiles(self, kept: Sequence[tuple[int, ...]], player: int) -> int:
        """What the others may play, the player's own strategy being 0."""
        found = self._playing[player][0]
        for other, strategies in enumerate(kept):
            if other != player:
                found &= _union(self._playing[other], strategies)
        return found

    def _extended(self, chosen: Supports, kept: Supports, sizes: Sequence[int]) -> Iterator[Supports]:
        """The supports that begin with ``chosen``; ``kept`` is what everybody may play, ``chosen`` first."""
        self._check()
        reduced = self._reduced(chosen, kept)
        if reduced is None or any(len(left) < size for left, size in zip(reduced, sizes, strict=True)):
            return
        player = len(chosen)
        if player == len(self._shape):
            if not any(self._is_weakly_dominated(k, chosen) for k in range(player)):
                yield chosen
            return
        for support in combinations(reduced[player], sizes[player]):
            yield from self._extended((*chosen, support), (*chosen, support, *reduced[player + 1 :]), sizes)

    def _reduced(self, chosen: Supports, kept: Supports) -> Supports | None:
        """What is left of ``kept``; None if something that is chosen falls."""
        left = list(kept)
        unchanged = 0
        while unchanged < len(left):
            for player in range(len(left)):
                others = self._profiles(left, player)
                stay = tuple(k for k in left[player] if not self._is_dominated(player, k, others))
                unchanged = unchanged + 1 if stay == left[player] else 0
                if unchanged == 0 and player < len(chosen):
                    return None
                left[player] = stay
        return tuple(left)

    def _is_dominated(self, player: int, strategy: int, others: int) -> bool:
        return any(not others & ~better for better in self._better[player][strategy])

    def _is_weakly_dominated(self, player: int, supports: Supports) -> bool:
        """Whether the player has a weakly better strategy: all that the others use has a positive probability."""
        others = self._profiles(supports, player)
        better, as_good = self._better[player], self._as_good[player]
        return any(
            others & better[own][k] and not others & ~as_good[own][k]
            for own in supports[player]
            for k in range(self._shape[player])
        )


def _bits(mask: Array) -> int:
    return int.from_bytes(np.packbits(mask.ravel()).tobytes())


def _union(sets: Sequence[int], members: Sequence[int]) -> int:
    found = 0
    for member in members:
        found |= sets[member]
    return found
