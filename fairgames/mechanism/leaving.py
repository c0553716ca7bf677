"""Checks that every design passes before it is returned; see :mod:`fairgames.checked`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

import numpy as np

from fairgames import checked
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.result import Design
from fairgames.typing import Array, Scalar

_Design = TypeVar("_Design", bound=Design)
#: Of a U whose values are measured, which the games of designs take as they are.
_REPEATS = (
    "U at each profile is the mean of {} repeats, taken as true here; payments tell what they may be off by, and so "
    "does a design with a budget of evaluations"
)
_EPS = float(np.finfo(float).eps)


def leaving(game: PaymentGame, found: _Design) -> _Design:
    """The design with the names of users and levels and what users bear, if it passes all checks.

    Raises
    ------
    InternalError
        If a number is not finite, probabilities are no distribution, a regret is above its bound, or the
        platform keeps more than the welfare at the equilibrium although nobody would be paid less than
        sharing costs.
    """
    given = {
        "utility": game.utility.described(), "costs": game.costs, "rule": game.rule.name,
        "selection": found.selection, "scope": found.scope, "alpha": found.alpha, "profile": found.profile,
    }  # fmt: skip
    checked.leaves(found, _faults(game, found), given)
    if game.utility.noisy:
        found = replace(found, warnings=(*found.warnings, _REPEATS.format(game.utility.seeds)))
    return told(game, found)


def told(game: PaymentGame, found: _Design) -> _Design:
    """The design with the names of users and levels, and what users bear where it does not say so itself."""
    spent = borne(game.strategies, game.costs, found) if found.sensitivities is None else found.sensitivities
    return replace(found, users=game.users.names, levels=game.utility.level_names, sensitivities=spent)


def borne(strategies: Sequence[Sequence[int]], costs: Sequence[Sequence[Fraction]], found: Design) -> Array:
    """What each user's sensitivity comes to at the equilibrium, shape (N,); expected where the user mixes.

    Parameters
    ----------
    strategies, costs : the level indices that each user may choose, and what each of them costs
    """
    if found.profile is not None:
        chosen = zip(found.profile, strategies, costs, strict=True)
        spent = [row[levels.index(level)] for level, levels, row in chosen]
    else:
        known: dict[tuple[int, int], Fraction] = {}  # by identity: a million users alike share their rows
        spent = []
        for played, levels, row in zip(found.strategies, strategies, costs, strict=True):
            if (key := (id(played), id(row))) not in known:
                chances = (Fraction(played[level]) for level in levels)
                known[key] = sum((p * cost for p, cost in zip(chances, row, strict=True)), Fraction(0))
            spent.append(known[key])
    return object_array(spent) if found.payments.dtype == object else np.array(spent, dtype=float)


def _faults(game: PaymentGame, found: Design) -> Iterator[str]:
    share = {} if found.alpha is None else {"alpha": found.alpha}
    yield from checked.finite(
        **share,
        platform_utility=found.platform_utility,
        utility=found.utility,
        payments=found.payments,
        regrets=found.regrets,
        regret_bound=found.regret_bound,
    )
    yield from checked.distributions(found.strategies)
    yield from checked.within("the largest regret", found.regret, found.regret_bound)
    if found.profile is not None and all(levels[0] == 0 for levels in game.strategies):
        welfare, rounding = _welfare(game, found)
        bound = len(game.users) * found.regret_bound + rounding
        yield from checked.at_most("what the platform keeps", found.platform_utility, welfare, bound)


def _welfare(game: PaymentGame, found: Design) -> tuple[Scalar, float]:
    """U − Σc at the equilibrium, where nobody who may choose level 0 is paid less than sharing costs; its error."""
    rows = zip(found.profile or (), game.strategies, game.costs, strict=True)
    costs = sum((row[levels.index(level)] for level, levels, row in rows), start=Fraction(0))
    if isinstance(found.utility, Fraction):
        return found.utility - costs, 0.0
    utility = found.utility
    return utility - float(costs), game.utility.rounding + 16 * _EPS * (abs(utility) + float(costs))
