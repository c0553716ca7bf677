"""The rational game that stands for one of floats with two users, and the answer in it.

What is true of the one is true of the other (:mod:`fairgames.utilities.snapshot`), and in rationals
every comparison is decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import meant
from fairgames.equilibria.two_users.along_branches import equilibria_on
from fairgames.equilibria.two_users.branches import Beta, branches, equilibria_of_one_game
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import number
from fairgames.mechanism.result import Design
from fairgames.typing import MixedProfile

#: Probabilities of floats this close are the same.
_SAME = 1e-9
_EPSILON = float(np.finfo(float).eps)


def twin_of(game: PaymentGame, found: Design, equilibria: PureEquilibria) -> tuple[PaymentGame, Design] | None:
    """The rational game and the answer in it; None where floats are all that is known.

    Also None where the answer is no extreme equilibrium: a mixture that just pays out a budget.
    """
    rational = stand_in(game)
    if rational is None:
        return None
    own = [vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True)]
    for alpha, profiles in _places(game, rational, found, equilibria):
        for strategies in profiles:
            if all(_same(one, other) for one, other in zip(strategies, own, strict=True)):
                return rational, _in_rationals(rational, found, alpha, strategies)
    return None


def _places(
    game: PaymentGame, rational: PaymentGame, found: Design, equilibria: PureEquilibria
) -> Iterator[tuple[Fraction | None, tuple[MixedProfile, ...]]]:
    """The shares that the answer's may be, the nearest first, with their extreme equilibria."""
    if found.alpha is None:
        yield None, equilibria_of_one_game(rational)
        return
    known = branches(rational)
    share = meant(equilibria, found.alpha, None if found.profile is None else equilibria.position(game, found.profile))
    value = Fraction(share.value)
    room = Fraction(share.error) + 4 * Fraction(_EPSILON) * value
    ends = sorted((_share(beta) for beta in known.betas), key=lambda end: abs(end - value))
    for alpha in [*(end for end in ends if abs(end - value) <= room), value]:
        yield alpha, equilibria_on(known, alpha)


def _share(beta: Beta) -> Fraction:
    return Fraction(0) if isinstance(beta, float) else 1 / Fraction(beta)


def _same(one: Any, other: Any) -> bool:
    return all(abs(float(a) - float(b)) <= _SAME for a, b in zip(one, other, strict=True))


def _in_rationals(game: PaymentGame, found: Design, alpha: Fraction | None, strategies: MixedProfile) -> Design:
    x, y = strategies
    utility = number(x @ game.utilities.numbers() @ y)
    kept = number(x @ game.potential.numbers() @ y) if alpha is None else (1 - alpha) * utility
    over_levels = []
    for vector, levels in zip(strategies, game.strategies, strict=True):
        chances = [Fraction(0)] * len(game.utility.levels)
        for level, chance in zip(levels, vector, strict=True):
            chances[level] = Fraction(chance)
        over_levels.append(object_array(chances))
    numbers: dict[str, Any] = {"alpha": alpha, "platform_utility": kept, "utility": utility, "value_error": 0.0}
    choice = replace(found.choice, strategies=tuple(over_levels), **numbers)
    return replace(found, choice=choice, exact=True, regret_bound=0.0)


def as_floats(value: Any) -> Any:
    """The same with floats for rationals."""
    if isinstance(value, Fraction):
        return float(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: as_floats(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, tuple):
        return tuple(map(as_floats, value))
    return value.astype(float) if isinstance(value, np.ndarray) else value
