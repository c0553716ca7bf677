"""Continua of equilibria: which of them are extreme, and the maximal convex sets that those span.

In a degenerate two-player game equilibria come in convex sets R × C: any mixture of the
strategies R against any mixture of C is an equilibrium (maximal Nash subsets; Millham 1974;
Avis, Rosenberg, Savani & von Stengel 2010). All in rationals: nothing here has a tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.games.extreme import maximal_products
from fairgames.games.rational_proof import RationalProofs
from fairgames.typing import Array, MixedProfile

_Key = tuple[Fraction, ...]


@dataclass(frozen=True)
class _Labels:
    """What a strategy uses, and the other player's best responses to it: bits by number of the strategy."""

    used: int
    answers: int

    def fits(self, other: _Labels) -> bool:
        """Whether the two strategies are an equilibrium."""
        return self.used & ~other.answers == 0 == other.used & ~self.answers


class ConvexSets:
    """The maximal convex sets of more than one equilibrium.

    Parameters
    ----------
    proofs : the game
    found : equilibria, exact mixed profiles; the extreme ones among them span the sets
    check : called now and then; may raise, to end the search

    Attributes
    ----------
    extreme : which of ``found`` are no mixture of other equilibria
    within : for each of ``found``, the sets that it lies in, by number
    """

    def __init__(self, proofs: RationalProofs, found: Sequence[MixedProfile], check: Callable[[], None]) -> None:
        self._proofs = proofs
        self._known: tuple[dict[_Key, _Labels], dict[_Key, _Labels]] = ({}, {})
        labels = []
        self.extreme = []
        for profile in found:
            check()
            labels.append(tuple(self._labels(k, vector) for k, vector in enumerate(profile)))
            self.extreme.append(all(self._pinned(k, vector, labels[-1][k]) for k, vector in enumerate(profile)))
        sides = [
            list(dict.fromkeys(tuple(profile[k]) for profile, it_is in zip(found, self.extreme, strict=True) if it_is))
            for k in (0, 1)
        ]
        ones, twos = ([self._known[k][key] for key in sides[k]] for k in (0, 1))
        pairs = [(i, j) for i, one in enumerate(ones) for j, two in enumerate(twos) if one.fits(two)]
        products = [(some, others) for some, others in maximal_products(pairs, check) if len(some) * len(others) > 1]
        self.within = [
            tuple(
                number
                for number, (some, others) in enumerate(products)
                if all(one.fits(twos[j]) for j in others) and all(ones[i].fits(two) for i in some)
            )
            for one, two in labels
        ]

    def _labels(self, player: int, vector: Array) -> _Labels:
        key = tuple(vector)
        if key not in self._known[player]:
            used = _bits(np.flatnonzero(vector).tolist())
            self._known[player][key] = _Labels(used, _bits(self._proofs.best_responses(1 - player, vector)))
        return self._known[player][key]

    def _pinned(self, player: int, vector: Array, labels: _Labels) -> bool:
        """Whether no other strategy has the same support and the same best responses to it.

        Then it is a vertex of its polyhedron: as many independent equations as unknowns.
        """
        support = tuple(np.flatnonzero(vector).tolist())
        rows = tuple(k for k in range(labels.answers.bit_length()) if labels.answers >> k & 1)
        return self._proofs.pins(player, rows, support)


def _bits(numbers: Sequence[int]) -> int:
    return sum(1 << number for number in numbers)
