"""The platform's optimum over all equilibria of two users, mixed ones included."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from fairgames.equilibria.branches import branches, equilibria_of_one_game
from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.regret import certify
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.mixed_selections import MixedCandidate, best_candidates, kept_candidates, worst_candidates
from fairgames.mechanism.pure import no_answer, pure_design
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.selections import Selection, value_error
from fairgames.typing import Array

#: Relative rounding of a candidate whose share is the root of a polynomial.
_ROOT_ERROR = 1e-13


def mixed_design(game: PaymentGame, selection: Selection, cap: Fraction | None) -> Design:
    """The best share over all equilibria of two users; see :func:`fairgames.design`.

    Stable equilibria are pure by definition, and so are the maximisers of Φ_α: it is
    multilinear in mixed strategies.
    """
    if selection in ("stable", "potential"):
        return pure_design(game, selection, cap, scope="all")
    equilibria = pure_equilibria(game)
    found = _candidates(game, selection, cap)
    if not found:
        raise no_answer(selection, cap)
    equal, below = _split(found, value_error(equilibria))
    choices = _distinct([_choice(game, equilibria, candidate) for candidate in equal])
    winner = choices[0]
    normal = game.at(winner.alpha if game.rule.has_alpha else None)
    certificate = certify(normal, tuple(_own(game, user, row) for user, row in enumerate(winner.strategies)))
    costs = [
        sum(p * c for p, c in zip(v, row, strict=True))
        for v, row in zip(certificate.strategies, _costs(game), strict=True)
    ]
    return Design(
        choice=winner,
        payments=certificate.payoffs + np.array(costs, dtype=certificate.payoffs.dtype),
        regrets=certificate.regrets,
        regret_bound=certificate.regret_bound,
        scope="all",
        selection=selection,
        ties=tuple(choices[1:]),
        runner_up=_choice(game, equilibria, below[0]) if below else None,
        equilibrium_profiles=len(equilibria),
        exact=certificate.exact and isinstance(winner.platform_utility, Fraction),
        rule=game.rule.name,
        warnings=(),
    )


def _candidates(game: PaymentGame, selection: Selection, cap: Fraction | None) -> list[MixedCandidate]:
    utility = _rationals(game.utilities.numbers())
    if not game.rule.has_alpha:
        return kept_candidates(
            equilibria_of_one_game(game), utility, _rationals(game.potential.numbers()), cap, worst=selection == "worst"
        )
    find = worst_candidates if selection == "worst" else best_candidates
    return find(branches(game), utility, cap)


def _split(found: list[MixedCandidate], error: float) -> tuple[list[MixedCandidate], list[MixedCandidate]]:
    """The candidates of the highest value, by α and then by profile, and the others, best first."""
    top = max(found, key=lambda one: one.value)
    equal = [one for one in found if top.value - one.value <= _error(top, one, error)]
    below = [one for one in found if top.value - one.value > _error(top, one, error)]
    return sorted(equal, key=_order), sorted(below, key=lambda one: (-one.value, *_order(one)))


def _error(one: MixedCandidate, other: MixedCandidate, error: float) -> float:
    """How far the values of two candidates may differ by rounding; 0 where both are rational."""
    if isinstance(one.value, Fraction) and isinstance(other.value, Fraction):
        return error
    return error + _ROOT_ERROR * max(1.0, abs(float(one.value)))


def _order(candidate: MixedCandidate) -> tuple[float, bool, tuple[float, ...]]:
    """Low α first, then what is attained, then more weight on earlier levels: pure profiles ascend."""
    weights = tuple(-float(p) for vector in candidate.strategies for p in vector)
    return -float(candidate.beta), not candidate.attained, weights


def _distinct(choices: Sequence[Choice]) -> list[Choice]:
    """Each equilibrium once, at its lowest share."""
    found: dict[tuple[float, ...], Choice] = {}
    for choice in choices:
        found.setdefault(tuple(round(float(p), 9) for vector in choice.strategies for p in vector), choice)
    return list(found.values())


def _choice(game: PaymentGame, equilibria: PureEquilibria, candidate: MixedCandidate) -> Choice:
    chosen = [np.flatnonzero(vector) for vector in candidate.strategies]
    pure = all(len(levels) == 1 for levels in chosen)
    index = tuple(int(levels[0]) for levels in chosen) if pure else None
    number = _exactly if game.exact else float
    choice = Choice(
        alpha=number(_alpha(candidate.beta)) if game.rule.has_alpha else None,
        profile=None if index is None else game.levels(index),
        strategies=tuple(_over_levels(game, user, vector) for user, vector in enumerate(candidate.strategies)),
        platform_utility=number(candidate.value),
        utility=number(candidate.utility),
        interval=(number(_alpha(candidate.most)), number(_alpha(candidate.least))) if game.rule.has_alpha else None,
        attained=candidate.attained,
    )
    # A pure profile's own interval may join several branches and breakpoints.
    joined = choice.profile and choice.alpha is not None and equilibria.interval(game, choice.profile)
    return replace(choice, interval=joined) if joined else choice


def _alpha(beta: Scalar) -> Scalar:
    return Fraction(0) if beta == math.inf else 1 / beta


def _exactly(value: Scalar) -> Scalar:
    return value if isinstance(value, Fraction) else float(value)


def _over_levels(game: PaymentGame, user: int, vector: Array) -> Array:
    """Probabilities of all L levels from those of the user's choices."""
    levels = [Fraction(0)] * len(game.utility.levels)
    for level, probability in zip(game.strategies[user], vector, strict=True):
        levels[level] = probability
    exact = game.exact and all(isinstance(value, Fraction | int) for value in levels)
    return object_array(map(Fraction, levels)) if exact else np.array(levels, dtype=float)


def _own(game: PaymentGame, user: int, vector: Array) -> Array:
    """Probabilities of the user's choices from those of all levels."""
    return vector[list(game.strategies[user])]


def _costs(game: PaymentGame) -> Sequence[Sequence[Scalar]]:
    return game.costs if game.exact else [[float(cost) for cost in row] for row in game.costs]


def _rationals(values: Array) -> Array:
    return object_array(map(Fraction, values.ravel().tolist())).reshape(values.shape)
