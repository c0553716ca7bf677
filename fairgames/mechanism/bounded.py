"""The design for three and more users over all equilibria, mixed ones too, with a bound on what any is worth."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction

import numpy as np

from fairgames.equilibria.several_users.all_shares import AllShares, Limit, MixedEquilibrium
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.bounded_result import BoundedDesign
from fairgames.mechanism.mixed import designed, over_levels
from fairgames.mechanism.one_game import one_game_design
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import named
from fairgames.mechanism.several_users import best_mixed
from fairgames.text import how_many, number

#: The bound may be above the answer by this part of the largest |U|.
_GAP = 1e-6
_EPSILON = float(np.finfo(float).eps)
#: Payoffs of games that are searched at most.
_MOST_PAYOFFS = 1500
_WHY = "branch and bound over shares and mixed strategies"


def bounded_design(game: PaymentGame, selection: str, cap: Fraction | None) -> Design:
    """The best share over all equilibria of three and more users; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If another selection than the best is asked for whose equilibria may be mixed, under a rule with a share, or
        the game is too large to be searched.
    NoAnswerError
        If no equilibrium is within the budget.
    """
    counting = named(selection)
    if counting.pure:
        return pure_design(game, selection, cap, scope="all")
    if not game.rule.has_alpha:
        return one_game_design(game, counting, cap)
    _refuse(game, selection)
    pure = pure_design(game, selection, cap, scope="all")
    rational = stand_in(game)
    limit = None if cap is None else Limit(cap, 0.0 if rational else game.utilities.error)
    shares = AllShares.of(rational or game, limit)
    gap = _GAP * float(max(map(abs, shares.utility.ravel())))
    best, bound = best_mixed(shares, float(pure.platform_utility) + (pure.choice.value_error or 0.0), gap)
    found = pure if best is None else _mixed(game, best, pure, gap / _GAP)
    open_ones = list(found.undecided)
    if rational is None:
        open_ones.append("whether users mix exactly so: floats with a bound are all that is known of U")
    if bound - float(found.platform_utility) > 2 * gap:
        open_ones.append(f"whether other equilibria in which users mix leave the platform up to {number(bound)}")
    own = {one.name: getattr(found, one.name) for one in fields(Design) if one.name != "undecided"}
    return BoundedDesign(**own, undecided=tuple(open_ones), bound=bound, why=_WHY)


def _refuse(game: PaymentGame, selection: str) -> None:
    n, size = len(game.users), game.size * len(game.users)
    if selection != "best":
        raise InputError(
            f"scope 'all' of {n} users knows selection 'best' under rules with a share α; got selection "
            f"{selection!r}: use scope 'pure'"
        )
    if size > _MOST_PAYOFFS:
        raise InputError(
            f"scope 'all' of {n} users is offered for games of {_MOST_PAYOFFS:,} payoffs, and this one has "
            f"{how_many(size)}; use 'pure'"
        )


def _mixed(game: PaymentGame, best: MixedEquilibrium, pure: Design, largest: float) -> Design:
    """The design at a mixed equilibrium; the pure one is the next best that is known. ``largest`` is that |U|."""
    rational = game.exact and all(vector.dtype == object for vector in best.strategies)
    alpha = best.alpha if rational else float(best.alpha)
    value = best.value if rational else float(best.value)
    rounding = sum(game.shape) * best.radius + (game.size + sum(game.shape)) * _EPSILON
    choice = Choice(
        alpha=alpha,
        profile=None,
        strategies=tuple(over_levels(game, user, vector, rational) for user, vector in enumerate(best.strategies)),
        platform_utility=value,
        utility=value / (1 - alpha),
        interval=(alpha, alpha),
        attained=True,
        value_error=0.0 if rational else game.utilities.error + largest * rounding,
    )
    found = designed(game, choice, pure.selection)
    return replace(found, runner_up=pure.choice, equilibrium_profiles=pure.equilibrium_profiles)
