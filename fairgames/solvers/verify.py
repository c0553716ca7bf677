"""From an engine's answer to a certified equilibrium, or the verdict that it is none."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from fairgames.equilibria.regret import Equilibrium, certify
from fairgames.exact import object_array
from fairgames.normal_form import NormalFormGame
from fairgames.typing import Array, FloatArray, MixedProfile

#: Largest denominators of the fractions tried in place of a float, simplest first.
_DENOMINATORS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


def verify(game: NormalFormGame, answer: MixedProfile, tolerance: float = 1e-6) -> Equilibrium | None:
    """The equilibrium that ``answer`` stands for, certified afresh; None if it stands for none.

    Rational answers to rational games must be equilibria exactly. Other answers may be wrong by
    ``tolerance``: in each probability, and in each regret as a part of the player's range of
    payoffs. Where the game is rational, probabilities are replaced by nearby fractions if that
    makes the regret exactly zero; probabilities below ``tolerance`` are replaced by zero if that
    makes the regret no larger.

    >>> thirds = NormalFormGame.from_arrays(
    ...     np.array([[2, 0], [0, 1]], dtype=object), np.array([[1, 0], [0, 2]], dtype=object))
    >>> found = verify(thirds, (np.array([0.6666666667, 0.3333333333]), np.array([0.3333333333, 0.6666666667])))
    >>> found.exact, [str(probability) for probability in found.strategies[0]]
    (True, ['2/3', '1/3'])
    """
    if tuple(vector.shape for vector in answer) != tuple((size,) for size in game.shape):
        return None
    if game.exact and all(vector.dtype == object for vector in answer):
        return _exactly(game, answer)
    vectors = _distributions(answer, tolerance)
    if vectors is None:
        return None
    snapped = _snapped(game, vectors, tolerance) if game.exact else None
    return snapped or _approximately(game, vectors, tolerance)


def payoff_ranges(game: NormalFormGame) -> FloatArray:
    """Each player's largest payoff less the smallest, shape (N,)."""
    columns = game.floats().reshape(-1, game.n_players)
    return np.asarray(columns.max(axis=0) - columns.min(axis=0))


def _exactly(game: NormalFormGame, vectors: MixedProfile) -> Equilibrium | None:
    """``vectors`` of rationals, if they are distributions and nobody gains anything by deviating."""
    if any(sum(vector) != 1 or min(vector) < 0 for vector in vectors):
        return None
    equilibrium = certify(game, vectors)
    return equilibrium if equilibrium.regret == 0 else None


def _distributions(answer: MixedProfile, tolerance: float) -> MixedProfile | None:
    """The vectors as distributions, if they are that up to ``tolerance``."""
    vectors = [np.asarray(vector, dtype=float) for vector in answer]
    for vector in vectors:
        within = bool(((vector >= -tolerance) & (vector <= 1 + tolerance)).all())  # so is no NaN; sums cannot overflow
        if not (within and abs(vector.sum() - 1) <= tolerance):
            return None
    return tuple(_normalised(vector.clip(0)) for vector in vectors)


def _approximately(game: NormalFormGame, vectors: MixedProfile, tolerance: float) -> Equilibrium | None:
    equilibrium = certify(game, vectors)
    tidy = tuple(_normalised(np.where(vector < tolerance, 0, vector)) for vector in vectors)
    tidied = certify(game, tidy)
    if float(tidied.regrets.max()) <= max(float(equilibrium.regrets.max()), equilibrium.regret_bound):
        equilibrium = tidied
    allowed = tolerance * payoff_ranges(game) + equilibrium.regret_bound
    return equilibrium if bool((equilibrium.regrets <= allowed).all()) else None


def _snapped(game: NormalFormGame, vectors: MixedProfile, tolerance: float) -> Equilibrium | None:
    """The simplest rational equilibrium within ``tolerance`` of ``vectors``, if one is found."""
    tried: list[list[list[Fraction]]] = []
    for candidate in _fractions_near(vectors, tolerance):
        if candidate not in tried:
            tried.append(candidate)
            equilibrium = _exactly(game, tuple(object_array(vector) for vector in candidate))
            if equilibrium is not None:
                return equilibrium
    return None


def _fractions_near(vectors: MixedProfile, tolerance: float) -> Iterator[list[list[Fraction]]]:
    for largest in _DENOMINATORS:
        candidate = [_nearest_fractions(vector, largest) for vector in vectors]
        pairs = zip(np.concatenate(vectors), [entry for vector in candidate for entry in vector], strict=True)
        if all(abs(float(fraction) - value) <= tolerance for value, fraction in pairs):
            yield candidate


def _nearest_fractions(vector: Array, largest: int) -> list[Fraction]:
    """Fractions near ``vector`` that sum to 1: the largest probability takes what the others leave."""
    fractions = [Fraction(float(value)).limit_denominator(largest) for value in vector]
    top = int(np.argmax(vector))
    fractions[top] += 1 - sum(fractions)
    return fractions


def _normalised(vector: Array) -> FloatArray:
    return np.asarray(vector / vector.sum(), dtype=float)
