"""Robustness of a design: tolerances of share and costs, the worst equilibrium at its share, prices of fairness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Price
from fairgames.mechanism.answer import Answer, no_equilibrium
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.first_best import first_best
from fairgames.mechanism.margin import margin_of
from fairgames.mechanism.result import Design
from fairgames.mechanism.robustness_result import Robustness
from fairgames.private.game import PlanGame
from fairgames.typing import Number, Scalar
from fairgames.utilities.given import Stated

_EPSILON = float(np.finfo(float).eps)


def robustness(
    game: PaymentGame | Stated,
    found: Design,
    margin: Number | None = None,
    equilibria: PureEquilibria | None = None,
    budget: Number | None = None,
) -> Robustness:
    """The robustness of an answer of :func:`fairgames.design`, and what fair payment costs.

    Parameters
    ----------
    found : an answer for ``game`` of scope "pure" or "all"; where costs are private also "symmetric"
    margin : how far a share should stay from every α at which somebody is indifferent; default a
        hundredth of the interval
    equilibria : the pure equilibria of ``game``, if they are known
    budget : the one that the answer was found within

    Raises
    ------
    InputError
        If the answer is of another scope or game, or the margin is not positive or does not fit
        into the interval.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    >>> from fairgames import LinearLaplace, Users, design
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> checked = robustness(game, design(game, scope="pure"))
    >>> [str(alpha) for alpha in checked.room], checked.worst.profile, str(checked.loss)
    (['0', '19/100'], (0, 0), '11/30')
    >>> str(checked.first_best), checked.first_best_profile, str(checked.price_of_fairness.relative)
    ('19/50', (1, 1), '2/57')
    """
    game = PlanGame.of(game, "robustness")
    if game.plans and getattr(found, "same_plans", False):
        from fairgames.mechanism.private.same_plan_robustness import same_plan_robustness

        return same_plan_robustness(game, found, margin, budget)
    if game.plans and found.profile is None:
        agents, theirs = found.of_agents(game)
        return found.told_of_users(game, robustness(game, agents, margin, theirs, budget))
    if found.scope not in ("pure", "all"):
        raise InputError(f"robustness: expected an answer of scope 'pure' or 'all', got scope {found.scope!r}")
    if found.profile is None and len(game.users) > 2:
        raise InputError("robustness: of three and more users, expected an answer in which nobody mixes; use 'pure'")
    cap = to_cap(budget)
    equilibria = pure_equilibria(game) if equilibria is None else equilibria
    if found.scope == "all" and len(game.users) == 2 and not game.exact:
        from fairgames.mechanism.twin import twin_of

        if (twin := twin_of(game, found, equilibria)) is not None:
            return _in_floats(robustness(*twin, margin, budget=budget))
    answer = Answer.of(game, found, equilibria)
    deviations = Deviations.of(game, answer.own, equilibria.judge)
    share = answer.share or Share.of(1)
    own_end = share.end_of is not None and share.end_of[0] == answer.position
    strictness = deviations.strictness(share, own_end)
    if strictness < 0:
        raise no_equilibrium(game, found, answer.own)
    here = answer.welfare_here
    best = first_best(game, equilibria.judge)
    affordable = best if cap is None else first_best(game, equilibria.judge, cap)
    free = answer.kept if cap is None else answer.without_budget
    prices = [
        Price.between(one, other, equilibria.judge)
        for one, other in (
            (best.welfare, free),
            (free, answer.kept),
            (affordable.welfare, answer.kept),
            (best.welfare, here.lowest),
            (best.welfare, here.highest),
        )
    ]
    interval = answer.interval
    exact = found.exact and game.exact
    return Robustness(
        interval=interval,
        room=None if interval is None else _room(share.value, interval),
        strictness=strictness,
        tolerance=deviations.tolerance(share, own_end),
        worst=here.worst,
        loss=answer.loss,
        margin=None if answer.ends is None else margin_of(found, share, answer.ends, deviations, margin, answer.total),
        first_best=best.welfare.value,
        first_best_profile=best.profile,
        budget=cap if exact or cap is None else float(cap),
        first_best_in_budget=affordable.welfare.value,
        first_best_in_budget_profile=affordable.profile,
        welfare=answer.welfare.value,
        price_of_fairness=prices[0],
        price_of_budget=prices[1],
        price_of_fairness_in_budget=prices[2],
        price_of_anarchy=prices[3],
        price_of_stability=prices[4],
        scope="all" if answer.mixed else "pure",
        exact=exact,
        error_bound=0.0 if exact else answer.error_bound(deviations, best, affordable),
        undecided=tuple(equilibria.judge.undecided),
    )


def _in_floats(found: Robustness) -> Robustness:
    """What was found in rationals that stand for real numbers."""
    from fairgames.mechanism.twin import as_floats

    rounded: Robustness = as_floats(found)
    amounts = [rounded.first_best, rounded.welfare, rounded.worst.platform_utility, rounded.loss]
    error = 16 * _EPSILON * max(abs(float(amount)) for amount in amounts)
    return replace(rounded, exact=False, error_bound=error)


def _room(alpha: Scalar, interval: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
    """How far a share may fall and rise; a float may lie beside the interval that it is an end of."""
    low, high = interval
    return max(alpha - low, type(low)(0)), max(high - alpha, type(high)(0))
