"""A game with payoffs of a few decimals, which people can read, and every tie that the rounding makes or breaks.

Rounding is monotone, so no preference turns round; but payoffs that differ may become alike, and payoffs that are
alike as far as their own error tells may come to lie on two sides of a boundary. Compared are, as in the definition of
an equilibrium, the payoffs of one player for two strategies against the same strategies of the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.extreme import extreme_equilibria
from fairgames.games.normal_form import MOST_DECIMALS, NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.typing import Array, BoolArray

#: Decimals that everybody reads.
FEWEST = 3
#: Strategies of the two players for whose games all extreme equilibria are compared at each number of decimals.
_MOST_STRATEGIES = 24
#: Decimals that are tried beyond those that keep every strict preference for sure.
_FURTHER = 3
_UNREADABLE = 17

#: How often each set of supports carries an extreme equilibrium.
_Supports = Counter[tuple[tuple[int, ...], ...]]


@dataclass(frozen=True)
class Tie:
    """Two strategies of a player that are alike, or no longer, against one choice of the others.

    Attributes
    ----------
    player : the player's index
    strategies : the two strategies' indices
    profile : a profile in which the player has the first of them
    difference : of the payoffs before rounding, the second less the first
    within_error : whether that is within the payoffs' own error, so that the payoffs were alike as far as is known
    """

    player: int
    strategies: tuple[int, int]
    profile: tuple[int, ...]
    difference: float | Fraction
    within_error: bool


@dataclass(frozen=True, eq=False)
class RoundedGame:
    """A game whose payoffs are decimals, and what is different about it.

    Attributes
    ----------
    game : exact, its payoffs multiples of 10^−decimals; Gambit's files have them as decimals
    decimals : how many
    ties_made : pairs that differed before, if perhaps within their error, and do no longer
    ties_broken : pairs that did not differ by more than their error, and now do
    equilibria_kept : whether the pure equilibria are the same profiles and, of two players, the extreme equilibria have
        the same supports; payoffs that differ within their error count as alike
    compared : which equilibria that was said of: "extreme" or "pure"
    """

    game: NormalFormGame
    decimals: int
    ties_made: tuple[Tie, ...]
    ties_broken: tuple[Tie, ...]
    equilibria_kept: bool
    compared: str

    @property
    def keeps(self) -> bool:
        """Whether the set of equilibria and every strict preference is that of the game before."""
        strict = all(tie.within_error for tie in self.ties_made)
        return self.equilibria_kept and strict and not self.ties_broken


def rounded(game: NormalFormGame, decimals: int | None = None) -> RoundedGame:
    """The game with payoffs rounded to ``decimals``, halves to even, each float taken at its very value.

    Parameters
    ----------
    decimals : default: three, or the fewest above that keep the set of equilibria and each strict preference. Where
        none does, as payoffs are alike within their error only, the fewest that keep the preferences

    Raises
    ------
    InputError
        If ``decimals`` is no whole number from 0 to 1074, or a payoff is not finite.

    >>> game = NormalFormGame.from_arrays([[1.594148442318748, 0.25], [1.594148, 0.125]], [[1.0, 0.5], [0.5, 1.0]])
    >>> found = rounded(game)
    >>> found.decimals, str(found.game.payoffs[0, 0, 0]), found.keeps
    (7, '3985371/2500000', True)
    >>> [tie.strategies for tie in rounded(game, 3).ties_made]
    [(0, 1)]
    """
    if not game.exact and not np.isfinite(game.payoffs).all():
        raise InputError("a payoff is not finite; expected finite numbers, as others have no decimals")
    before = _Before(game)
    if decimals is not None:
        if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= MOST_DECIMALS:
            raise InputError(f"decimals: got {decimals!r}, expected a whole number from 0 to {MOST_DECIMALS}")
        return before.at(decimals)
    second_best = None
    for number in before.worth_trying():
        if before.keeps_preferences(units := _units(game, number)):
            found = before.at(number, units)
            if found.keeps:
                return found
            second_best = second_best or found
    return second_best or before.at(before.enough)


class _Before:
    """The game as it was, and what of it must be kept."""

    def __init__(self, game: NormalFormGame) -> None:
        self.game = game
        # Each of the two may be off by that.
        self.error = 2 * game.rounding
        gaps = [np.abs(difference[np.abs(difference) > self.error]) for *_, difference in self._differences()]
        smallest = min((gap.min() for gap in gaps if gap.size), default=None)
        #: Decimals that surely keep every strict preference: units of less than the smallest difference.
        self.enough = FEWEST if smallest is None else max(FEWEST, _decimals_below(smallest))
        self.compared = "extreme" if game.n_players == 2 and sum(game.shape) <= _MOST_STRATEGIES else "pure"
        self._equilibria = self._reference()

    def _differences(self) -> Iterator[tuple[int, int, int, Array]]:
        """For each player and two strategies, the payoffs of the second less those of the first."""
        yield from _differences(self.game.payoffs)

    def worth_trying(self) -> range:
        return range(FEWEST, min(MOST_DECIMALS, max(self.enough + _FURTHER, _UNREADABLE if self.error else 0)) + 1)

    def keeps_preferences(self, units: Array) -> bool:
        """Whether payoffs that differ by more than their error still do."""
        pairs = zip(self._differences(), _differences(units), strict=True)
        return not any(((np.abs(before) > self.error) & (after == 0)).any() for (*_, before), (*_, after) in pairs)

    def at(self, decimals: int, units: Array | None = None) -> RoundedGame:
        units = _units(self.game, decimals) if units is None else units
        made, broken = self._ties(units)
        scale = 10**decimals
        payoffs = object_array(Fraction(unit, scale) for unit in units.ravel().tolist()).reshape(units.shape)
        title = f"{self.game.title}, payoffs of {decimals} decimal{'' if decimals == 1 else 's'}"
        game = NormalFormGame(payoffs, self.game.players, self.game.strategies, title, 0.0, decimals)
        compared = game if self.compared == "extreme" else NormalFormGame(units, game.players, game.strategies)
        return RoundedGame(game, decimals, made, broken, self._found(compared) == self._equilibria, self.compared)

    def _ties(self, units: Array) -> tuple[tuple[Tie, ...], tuple[Tie, ...]]:
        made: list[Tie] = []
        broken: list[Tie] = []
        pairs = zip(self._differences(), _differences(units), strict=True)
        for (player, one, two, difference), (*_, after) in pairs:
            alike = np.asarray(np.abs(difference) <= self.error, dtype=bool)
            same = np.asarray(after == 0, dtype=bool)
            found = ((made, same & np.asarray(difference != 0, dtype=bool)), (broken, alike & ~same))
            for ties, where in found:
                for others in np.argwhere(where).tolist():
                    at = tuple(others)
                    profile = (*at[:player], one, *at[player:])
                    ties.append(Tie(player, (one, two), profile, difference[at], bool(alike[at])))
        return tuple(made), tuple(broken)

    def _reference(self) -> object:
        """The equilibria before; payoffs that are alike within their error are made the same."""
        if self.error == 0:
            return self._found(self.game)
        if self.compared == "pure":
            return self._found(self.game)  # which takes them as alike
        payoffs = self.game.payoffs.copy()
        for player in range(2):
            _made_same(np.moveaxis(payoffs[..., player], player, -1), self.error)
        return self._found(NormalFormGame(payoffs, self.game.players, self.game.strategies))

    def _found(self, game: NormalFormGame) -> object:
        if self.compared == "pure":
            return frozenset(tuple(int(np.argmax(vector)) for vector in profile) for profile in pure_enumeration(game))
        supports: _Supports = Counter(
            tuple(tuple(np.flatnonzero(vector).tolist()) for vector in profile)
            for profile in extreme_equilibria(game).equilibria
        )
        return supports


def _differences(payoffs: Array) -> Iterator[tuple[int, int, int, Array]]:
    for player in range(payoffs.shape[-1]):
        own = np.moveaxis(payoffs[..., player], player, 0)
        for one, two in combinations(range(len(own)), 2):
            yield player, one, two, np.asarray(own[two] - own[one])


def _made_same(payoffs: Array, error: float) -> None:
    """Along the last axis, numbers that follow each other within ``error`` all become the least of them, in place."""
    for row in np.ndindex(payoffs.shape[:-1]):
        order = np.argsort(payoffs[row])
        values = payoffs[row][order]
        starts: BoolArray = np.concatenate([[True], np.diff(values) > error])
        payoffs[row][order] = values[starts][np.cumsum(starts) - 1]


def _units(game: NormalFormGame, decimals: int) -> Array:
    """Payoffs as whole numbers of 10^−decimals, the nearest ones: int64 where they fit, else objects."""
    scale = 10**decimals
    numbers: list[int]
    if game.exact:
        numbers = [round(value * scale) for value in game.payoffs.flat]
    else:
        # Formatting rounds the very value of a float correctly, as a product with a power of ten would not.
        numbers = [int(f"{value:.{decimals}f}".replace(".", "")) for value in game.payoffs.ravel().tolist()]
    fits = max(map(abs, numbers)) < 2**62  # so that differences do, too
    return (np.array(numbers) if fits else object_array(numbers)).reshape(game.payoffs.shape)


def _decimals_below(difference: float | Fraction) -> int:
    """The fewest decimals whose unit is below a positive difference."""
    exactly = Fraction(difference)
    decimals = max(0, math.floor(math.log10(exactly.denominator) - math.log10(exactly.numerator)) - 1)
    while Fraction(1, 10**decimals) >= exactly:
        decimals += 1
    return decimals
