"""Proofs of engines' answers: the proven equilibrium of the payoff table that an answer stands for, or its fault.

Float payoffs count as the rationals that they are. What is proven: pure profiles by comparing
payoffs; two players by solving the equations of indifference in rationals; more players by a
rational profile that meets every condition, or by balls (:mod:`fairgames.games.krawczyk`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from fairgames.exact import fractions, object_array
from fairgames.games.certificate import Equilibrium, against_others, certify
from fairgames.games.dominance import undominated
from fairgames.games.krawczyk import EquilibriumBox, enclose
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.rational_proof import RationalProofs, distance
from fairgames.typing import Array, FloatArray, MixedProfile, Profile

#: Largest denominators of the fractions tried in place of a float, simplest first.
_DENOMINATORS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, eq=False)
class Proven:
    """An equilibrium of the payoff table for certain.

    Attributes
    ----------
    game : the game
    rational : the equilibrium itself as rationals, of float payoffs, too; None if it is irrational
    enclosure : in which box it is the only one, if it is known by that
    degenerate : whether a player has more pure best responses than strategies in use (of two players: than
        either of them has in use)
    """

    game: NormalFormGame
    rational: MixedProfile | None
    enclosure: EquilibriumBox | None
    degenerate: bool

    @cached_property
    def equilibrium(self) -> Equilibrium:
        """With its certificate: rationals where the payoffs are given as rationals and it is rational, else floats."""
        if self.rational is None:
            assert self.enclosure is not None
            return certify(self.game, self.enclosure.floats())
        if self.is_pure:
            return self._pure()
        if self.game.exact:
            return certify(self.game, self.rational)
        return certify(self.game, tuple(_normalised(np.asarray(vector, dtype=float)) for vector in self.rational))

    @cached_property
    def supports(self) -> tuple[tuple[int, ...], ...]:
        """The strategies in use, by player."""
        if self.rational is None:
            assert self.enclosure is not None
            return self.enclosure.supports
        return tuple(tuple(np.flatnonzero(vector).tolist()) for vector in self.rational)

    def is_that_of(self, other: Proven) -> bool:
        """Whether both are one and the same, as rationals or by the box in which there is only one."""
        if self.supports != other.supports:
            return False
        if self.rational is not None and other.rational is not None:
            return all(map(np.array_equal, self.rational, other.rational))
        if self.rational is not None:
            return other.is_that_of(self)
        assert self.enclosure is not None
        if other.rational is not None:
            return self.enclosure.holds(other._numbers)
        assert other.enclosure is not None
        return self.enclosure.is_that_of(other.enclosure)

    @cached_property
    def _numbers(self) -> list[Fraction]:
        """The probabilities in use, and then everybody's payoff, of a rational one."""
        assert self.rational is not None
        weights = [vector[list(used)] for vector, used in zip(self.rational, self.supports, strict=True)]
        table: Any = fractions(self.game.payoffs[np.ix_(*self.supports)])
        for vector in weights:
            table = np.tensordot(vector, table, axes=(0, 0))
        return [*(one for vector in weights for one in vector), *table]

    @property
    def is_pure(self) -> bool:
        """Whether everybody plays one strategy."""
        return self.rational is not None and all(np.count_nonzero(vector) == 1 for vector in self.rational)

    def _pure(self) -> Equilibrium:
        """Read off the table, without the sums over all profiles that mixed strategies need."""
        assert self.rational is not None
        exact = self.game.exact
        payoffs = self.game.payoffs[tuple(int(np.flatnonzero(vector)[0]) for vector in self.rational)].copy()
        units = self.rational if exact else tuple(np.asarray(vector, dtype=float) for vector in self.rational)
        return Equilibrium(units, payoffs, payoffs - payoffs, 0.0 if exact else 2 * self.game.rounding, exact)


def verify(game: NormalFormGame, answer: MixedProfile, tolerance: float = 1e-6) -> Equilibrium | None:
    """The proven equilibrium that ``answer`` stands for, with its certificate; None if it stands for none.

    Rational answers to rational games must be equilibria exactly. Of others, each probability may
    be off by ``tolerance``.

    >>> thirds = NormalFormGame.from_arrays(
    ...     np.array([[2, 0], [0, 1]], dtype=object), np.array([[1, 0], [0, 2]], dtype=object))
    >>> found = verify(thirds, (np.array([0.6666666667, 0.3333333333]), np.array([0.3333333333, 0.6666666667])))
    >>> found.exact, [str(probability) for probability in found.strategies[0]]
    (True, ['2/3', '1/3'])
    """
    proven = Verifier(game, tolerance).prove(answer)
    return None if proven is None else proven.equilibrium


class Verifier:
    """Proofs of engines' answers to one game.

    Parameters
    ----------
    game : any number of players
    tolerance : by how much a probability of an answer may be off
    check : called now and then; may raise, to end a proof that takes too long
    """

    def __init__(self, game: NormalFormGame, tolerance: float, check: Callable[[], None] = lambda: None) -> None:
        self.game = game
        self.tolerance = tolerance
        self.two = RationalProofs(game) if game.n_players == 2 else None
        self._check = check

    def prove(self, answer: MixedProfile) -> Proven | None:
        """The equilibrium that ``answer`` stands for; None if none is found."""
        if not self.fits(answer):
            return None
        if all(vector.dtype == object for vector in answer):
            exactly = self._exactly(answer) if _are_distributions(answer) else None
            if exactly is not None or self.game.exact:
                return exactly
        vectors = self.distributions(answer)
        if vectors is None:
            return None
        choices = tuple(int(np.argmax(vector)) for vector in vectors)
        if all(1 - vector[one] <= self.tolerance for vector, one in zip(vectors, choices, strict=True)):
            pure = self._pure(choices)
            if pure is not None:
                return pure
        if self.two is not None:
            exact = self.two.near(vectors, self.tolerance)
            return None if exact is None else self._exactly(exact)
        return self._by_balls(vectors) or self._snapped(vectors)

    def misses_by(self, answer: MixedProfile) -> float | None:
        """The regret of an answer that is nearly an equilibrium; None if it is not even that.

        Nearly: nobody's regret is more than ``tolerance`` of what is at stake for the player, or than
        rounding can make it. At stake is the range of payoffs over what iterated strict dominance
        leaves of the game: a level at a prohibitive price, which nobody would ever play, decides
        nothing and measures nothing.
        """
        vectors = self.distributions(answer)
        if vectors is None:
            return None
        kept, core = self._core
        tidy = [np.where(vector > self.tolerance, vector, 0) for vector in vectors]
        within = [vector[list(left)] for vector, left in zip(tidy, kept, strict=True)]
        if all(np.count_nonzero(one) == np.count_nonzero(all_of) for one, all_of in zip(within, tidy, strict=True)):
            certificate = certify(core, tuple(map(_normalised, within)))
        else:  # it plays what is dominated, perhaps by a hair
            certificate = certify(self.game, tuple(map(_normalised, tidy)))
        payoffs = core.payoffs.reshape(-1, core.n_players)
        allowed = self.tolerance * (payoffs.max(axis=0) - payoffs.min(axis=0)) + certificate.regret_bound
        return float(certificate.regret) if bool((certificate.regrets <= allowed).all()) else None

    @cached_property
    def _core(self) -> tuple[tuple[tuple[int, ...], ...], NormalFormGame]:
        """What iterated strict dominance leaves: the strategies, and the game of floats."""
        kept = undominated(self.game)
        names = tuple(tuple(own[k] for k in left) for own, left in zip(self.game.strategies, kept, strict=True))
        payoffs = np.asarray(self.game.payoffs[np.ix_(*kept)], dtype=float)
        return kept, NormalFormGame(payoffs, self.game.players, names, self.game.title, self.game.rounding)

    def distributions(self, answer: MixedProfile) -> tuple[FloatArray, ...] | None:
        """The vectors as distributions of floats, if they are that up to ``tolerance`` and need not be so exactly."""
        if not self.fits(answer) or self._must_be_exact(answer):
            return None
        if any(vector.dtype == object and max(map(abs, vector)) > 2 for vector in answer):  # may overflow
            return None
        vectors = [np.asarray(vector, dtype=float) for vector in answer]
        for vector in vectors:
            # Neither is NaN within, nor can a sum overflow.
            within = bool(((vector >= -self.tolerance) & (vector <= 1 + self.tolerance)).all())
            if not (within and abs(vector.sum() - 1) <= self.tolerance):
                return None
        return tuple(_normalised(vector.clip(0)) for vector in vectors)

    def fits(self, answer: MixedProfile) -> bool:
        """Whether there is a vector of the right length for each player."""
        return tuple(vector.shape for vector in answer) == tuple((size,) for size in self.game.shape)

    def _must_be_exact(self, answer: MixedProfile) -> bool:
        """Rational answers to rational games: who gives them means them."""
        return self.game.exact and all(vector.dtype == object for vector in answer)

    def _pure(self, choices: Profile) -> Proven | None:
        """A pure profile, if nobody gains: payoffs are compared as they are, which is exact."""
        ties = []
        for player, choice in enumerate(choices):
            place = tuple(slice(None) if k == player else one for k, one in enumerate(choices))
            line = self.game.payoffs[(*place, player)]
            if line.max() > line[choice]:
                return None
            ties.append(int((line == line[choice]).sum()))
        units = tuple(_unit(size, choice) for size, choice in zip(self.game.shape, choices, strict=True))
        return Proven(self.game, units, None, max(ties) > 1)

    def _exactly(self, vectors: MixedProfile) -> Proven | None:
        """Rational distributions, if nobody gains anything by a deviation."""
        if all(np.count_nonzero(vector) == 1 for vector in vectors):
            return self._pure(tuple(int(np.flatnonzero(vector)[0]) for vector in vectors))
        used = [np.flatnonzero(vector).tolist() for vector in vectors]
        best = []
        for player in range(self.game.n_players):
            answers = self._best_responses(player, vectors)
            if not set(used[player]) <= set(answers):
                return None
            best.append(len(answers))
        sizes = list(map(len, used))
        if len(sizes) == 2:
            sizes = [min(sizes)] * 2
        return Proven(self.game, vectors, None, any(map(int.__gt__, best, sizes)))

    def _best_responses(self, player: int, vectors: MixedProfile) -> Sequence[int]:
        """Exactly, for exact vectors."""
        if self.two is not None:
            return self.two.best_responses(player, vectors[1 - player])
        used = [slice(None) if k == player else np.flatnonzero(vector) for k, vector in enumerate(vectors)]
        table = fractions(_open(self.game.payoffs[..., player], used))
        within = tuple(v if k == player else v[np.flatnonzero(v)] for k, v in enumerate(vectors))
        values = against_others(table, within, player).tolist()
        most = max(values)
        return [k for k, value in enumerate(values) if value == most]

    def _by_balls(self, vectors: Sequence[FloatArray]) -> Proven | None:
        for start in _tidied(vectors, self.tolerance):
            found = enclose(self.game, start, self._check)
            if found is None or not _are_near(found.floats(), vectors, self.tolerance):
                continue
            rational = found.fractions()
            if rational is not None and _are_distributions(rational):
                exact = self._exactly(rational)
                if exact is not None:
                    return exact
            return Proven(self.game, None, found, bool(found.ties))
        return None

    def _snapped(self, vectors: Sequence[FloatArray]) -> Proven | None:
        """The simplest rational equilibrium within the tolerance, if one is found: for continua, where Newton fails."""
        for largest in _DENOMINATORS:
            self._check()
            candidate = tuple(_nearest_fractions(vector, largest) for vector in vectors)
            if _are_distributions(candidate) and _are_near(candidate, vectors, self.tolerance):
                exact = self._exactly(candidate)
                if exact is not None:
                    return exact
        return None


def _tidied(vectors: Sequence[FloatArray], tolerance: float) -> list[tuple[FloatArray, ...]]:
    """Distributions without their tiny probabilities, and as they are."""
    tidy = tuple(_normalised(np.where(vector > tolerance, vector, 0)) for vector in vectors)
    same = all(map(np.array_equal, (vector > 0 for vector in tidy), (vector > 0 for vector in vectors)))
    return [tidy] if same else [tidy, tuple(vectors)]


def _open(payoff: Array, used: Sequence[slice | Array]) -> Array:
    """Some strategies of each player only."""
    axes = [np.arange(size)[one] for size, one in zip(payoff.shape, used, strict=True)]
    return np.asarray(payoff[np.ix_(*axes)])


def _are_distributions(vectors: MixedProfile) -> bool:
    return all(sum(vector) == 1 and min(vector) >= 0 for vector in vectors)


def _are_near(one: Sequence[Array], other: Sequence[Array], tolerance: float) -> bool:
    return all(distance(a, b) <= tolerance for a, b in zip(one, other, strict=True))


def _nearest_fractions(vector: Array, largest: int) -> Array:
    """Fractions near ``vector`` that sum to 1: the largest probability takes what the others leave."""
    fractions = [Fraction(float(value)).limit_denominator(largest) for value in vector]
    top = int(np.argmax(vector))
    fractions[top] += 1 - sum(fractions)
    return object_array(fractions)


def _unit(size: int, choice: int) -> Array:
    return object_array(Fraction(k == choice) for k in range(size))


def _normalised(vector: Array) -> FloatArray:
    return np.asarray(vector / vector.sum(), dtype=float)
