"""The design for three and more users over all equilibria, mixed ones too, with a bound on what any is worth."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction

import numpy as np

from fairgames.equilibria.several_users.all_shares import AllShares, Limit, MixedEquilibrium, refuse_large
from fairgames.equilibria.several_users.branch import BranchPoint
from fairgames.equilibria.several_users.branches import branches_of
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.game import PaymentGame
from fairgames.mechanism.bounded_result import BoundedDesign
from fairgames.mechanism.mixed import designed, over_levels
from fairgames.mechanism.one_game import one_game_design
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import Selection, named
from fairgames.mechanism.several_users import best_mixed
from fairgames.mechanism.worst_of_several import Sure, best_of_the_worst
from fairgames.text import how_many, number
from fairgames.typing import Array

#: The bound may be above the answer by this part of the largest |U|.
_GAP = 1e-6
_EPSILON = float(np.finfo(float).eps)
_WHY = "branch and bound over shares and mixed strategies"
_WHY_WORST = "branches of all equilibria, and branch and bound over shares"


def bounded_design(game: PaymentGame, selection: str, cap: Fraction | None) -> Design:
    """The best share over all equilibria of three and more users; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If the game is too large to be searched.
    NoAnswerError
        If no equilibrium is within the budget.
    """
    counting = named(selection)
    if counting.pure:
        return pure_design(game, selection, cap, scope="all")
    if not game.rule.has_alpha:
        return one_game_design(game, counting, cap)
    what = f"scope 'all' of {how_many(len(game.users))} users"
    refuse_large(game, what)
    known = stand_in(game) is not None
    limit = None if cap is None else Limit(cap, 0.0 if known else game.utilities.error)
    shares = AllShares.searched(game, what, limit)
    if counting.all_within:
        return _worst(game, shares, known, counting, cap)
    pure = pure_design(game, selection, cap, scope="all")
    gap = _GAP * float(max(map(abs, shares.utility.ravel())))
    best, bound = best_mixed(shares, float(pure.platform_utility) + (pure.choice.value_error or 0.0), gap)
    found = pure if best is None else _mixed(game, best, pure, gap / _GAP)
    open_ones = list(found.undecided)
    if not known:
        open_ones.append("whether users mix exactly so: floats with a bound are all that is known of U")
    if bound - float(found.platform_utility) > 2 * gap:
        open_ones.append(f"whether other equilibria in which users mix leave the platform up to {number(bound)}")
    own = {one.name: getattr(found, one.name) for one in fields(Design) if one.name != "undecided"}
    return BoundedDesign(**own, undecided=tuple(open_ones), bound=bound, why=_WHY)


def _worst(game: PaymentGame, shares: AllShares, known: bool, counting: Selection, cap: Fraction | None) -> Design:
    """The share at which the worst equilibrium, pure or mixed, is best."""
    gap = _GAP * float(max(map(abs, shares.utility.ravel())))
    found = branches_of(shares)
    best, bound = best_of_the_worst(found, cap, gap)
    if best is None:
        raise counting.no_answer(cap)
    error = 0.0 if known else game.utilities.error
    point = best.branch.limit(best.alpha)
    design = designed(game, _sure(game, best, point, error), counting.name)
    open_ones = []
    if not known:
        open_ones.append("which equilibria there are exactly: floats with a bound are all that is known of U")
    if not found.complete:
        open_ones.append(f"whether there are other equilibria: {found.undecided[0].why}")
    if bound - float(design.platform_utility) > 2 * gap:
        open_ones.append(f"whether another share ensures the platform up to {number(bound)}")
    own = {one.name: getattr(design, one.name) for one in fields(Design) if one.name != "undecided"}
    return BoundedDesign(**own, undecided=tuple(open_ones), bound=bound + error, why=_WHY_WORST)


def _sure(game: PaymentGame, best: Sure, point: BranchPoint, error: float) -> Choice:
    rational = game.exact and all(vector.dtype == object for vector in point.low) and isinstance(best.alpha, Fraction)
    alpha = best.alpha if rational else float(best.alpha)
    vectors = [low if rational else _distribution(low, high) for low, high in zip(point.low, point.high, strict=True)]
    strategies = tuple(over_levels(game, user, vector, rational) for user, vector in enumerate(vectors))
    profile = game.levels([used[0] for used in best.branch.supports]) if best.branch.is_pure else None
    low, high = point.platform_utility
    utility = best.branch.utility(point.low) if rational else (low + high) / 2 / (1 - alpha)
    return Choice(
        alpha=alpha,
        profile=profile,
        strategies=strategies,
        platform_utility=(1 - alpha) * utility if rational else (low + high) / 2,
        utility=utility,
        interval=best.span if rational else (float(best.span[0]), float(best.span[1])),
        attained=best.attained,
        value_error=0.0 if rational else (high - low) / 2 + error,
    )


def _distribution(low: Array, high: Array) -> Array:
    middle = (np.asarray(low, dtype=float) + np.asarray(high, dtype=float)) / 2
    return np.asarray(middle / middle.sum())


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
