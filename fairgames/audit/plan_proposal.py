"""The plan that the platform would propose under a scheme where costs are private, and who takes part in it.

Payments do not depend on costs, so axioms are audited as they are. A pure Bayes–Nash equilibrium is one of expected
payments: of each user at each of its cost rows, over the others' cost rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.finding import Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.schemes import RuleScheme, Scheme
from fairgames.audit.words import Speaker
from fairgames.errors import NoAnswerError, TooLargeError
from fairgames.mechanism.private.design import plan_design
from fairgames.private.agents import Plan
from fairgames.private.expected import expected
from fairgames.private.game import PlanGame
from fairgames.tensor import Tensor
from fairgames.text import how_many, runs
from fairgames.typing import Array
from fairgames.valuation.alpha import AlphaOfUtility

_EPSILON = float(np.finfo(float).eps)
#: Plans that are gone through where payments are not those of a rule at the platform's best share.
_MOST_PLANS = 1_000_000


@dataclass(frozen=True, eq=False)
class PlanProposal:
    """A pure Bayes–Nash equilibrium.

    Attributes
    ----------
    plan : for each user the level index at each of its cost rows
    alpha : the share at which it is the platform's best; None where none is chosen
    payments : for each user what it is paid at each of its cost rows, expected over the others'
    platform_utility : what the platform keeps, expected
    error : bound on the error of payments
    listed : whether all plans were looked at, or all that are the same for users alike; else it is the best of those on
        paths of equilibria
    """

    plan: Plan
    alpha: Fraction | float | None
    payments: tuple[Sequence[Any], ...]
    platform_utility: Fraction | float
    error: float
    listed: bool = True


def plan_proposal(ground: Ground, scheme: Scheme, paid: Paid | None, at_own_share: bool) -> PlanProposal | None:
    """The pure equilibrium in plans that leaves the platform most, or None.

    Parameters
    ----------
    paid : what is paid at every profile; None where these are too many
    at_own_share : whether at the scheme's own share, whatever the platform's best would be

    Raises
    ------
    TooLargeError
        If there are too many plans.
    """
    if at_own_share or isinstance(scheme.share, AlphaOfUtility):
        return None if paid is None else _of_payments(ground, paid)
    return best_plan_proposal(ground, scheme, paid)


def best_plan_proposal(ground: Ground, scheme: Scheme, paid: Paid | None) -> PlanProposal | None:
    """The same, under a rule with a share at the platform's best one."""
    if isinstance(scheme, RuleScheme):
        return _designed(ground, scheme)
    return None if paid is None else _of_payments(ground, paid)


def _designed(ground: Ground, scheme: RuleScheme) -> PlanProposal | None:
    """At the platform's own best share: of very many users alike, of plans that are the same for them.

    Of other plans that are too many to list, the best that paths of equilibria lead to.
    """
    of = _plans(ground)
    game = of if of.base.rule is scheme.rule else PlanGame(of.base.utility, of.known, scheme.rule, of.exact_asked)
    listed = True
    try:
        found = plan_design(game, "best", None, "auto", "exact", every_state=False, informed=False)
    except NoAnswerError:
        return None
    except TooLargeError:
        if not game.rule.fair:
            raise
        found, listed = plan_design(game, "best", None, "auto", "path", every_state=False), False
    payments = tuple(row.tolist() for row in found.interim_payments)
    bound = found.interim_regret_bound
    return PlanProposal(found.plan, found.alpha, payments, found.platform_utility, bound, listed)


def _of_payments(ground: Ground, paid: Paid) -> PlanProposal | None:
    """Of the payments as they are; None too where a table does not state all of them."""
    if not paid.complete:
        return None
    game = _plans(ground)
    if game.size > _MOST_PLANS:
        raise TooLargeError(
            f"{how_many(game.size)} plans are too many to look for an equilibrium of these payments, expected at most "
            f"{_MOST_PLANS:,}; state fewer users, levels, or cost rows"
        )
    stays = np.ones(game.shape, dtype=bool)
    for user, own in enumerate(game.agents.of_user):
        interim = _interim(game, paid, user)
        for row, agent in enumerate(own):
            stays &= _best(interim, game, agent, row, len(own))
    places = np.flatnonzero(stays)
    if not len(places):
        return None
    keeps = expected(Tensor(paid.amounts[-1], paid.unit, paid.platform_error), game.agents.chances)
    best = int(places[int(np.argmax(keeps.values.reshape(-1)[places]))])
    place = [int(choice) for choice in np.unravel_index(best, game.shape)]
    payments, error = [], 0.0
    for user, own in enumerate(game.agents.of_user):
        interim = _interim(game, paid, user)
        others = place[: own[0]], place[own[-1] + 1 :]
        payments.append([interim.numbers((*others[0], place[agent], *others[1])).item() for agent in own])
        error = max(error, float(interim.error))
    plan = game.agents.plan(game.levels(place))
    return PlanProposal(plan, None, tuple(payments), keeps.numbers(tuple(place)).item(), error)


def _interim(game: PlanGame, paid: Paid, user: int) -> Tensor:
    """What a user is paid, expected over the others' cost rows: one axis for each agent of theirs, and one for it."""
    own = [chances if other != user else (Fraction(1),) for other, chances in enumerate(game.agents.chances)]
    return expected(Tensor(paid.amounts[user], paid.unit, paid.error), own)


def _best(interim: Tensor, game: PlanGame, agent: int, row: int, n_rows: int) -> Array:
    """Where a cost row's level is best, over all plans: its axis among those of the user's other rows."""
    axis = agent - row
    costs = game.agents.rows[game.agents.who[agent][0]][row][1]
    chosen = [costs[level] for level in game.strategies[agent]]
    along = [-1 if k == axis else 1 for k in range(interim.values.ndim)]
    slack: float = 0
    if interim.exact:
        factor = math.lcm(*(cost.denominator for cost in chosen))
        borne = np.array([int(cost * factor) * interim.unit for cost in chosen], dtype=object)
        left = interim.values * factor - borne.reshape(along)
    else:
        left = interim.values - np.array([float(cost) for cost in chosen]).reshape(along)
        slack = 4 * (interim.error + _EPSILON * float(np.abs(left).max()))
    holds = np.asarray(left >= left.max(axis=axis, keepdims=True) - slack, dtype=bool)
    shape = holds.shape
    return holds.reshape((*shape[:axis], *(1,) * row, shape[axis], *(1,) * (n_rows - 1 - row), *shape[axis + 1 :]))


def interim_rationality(ground: Ground, found: PlanProposal | None, speaker: Speaker) -> Finding:
    """Whether each user that knows its costs is at least as well off at the proposed plan as without taking part."""
    name = "individual-rationality"
    if found is None:
        said = "No pure equilibrium in plans is proposed, so there is nothing to look at."
        return Finding(name, None, None, None, said, 0)
    agents, names = _plans(ground).agents, ground.names
    left = []
    for agent, (user, row) in enumerate(agents.who):
        cost, paid = agents.rows[user][row][1][found.plan[user][row]], found.payments[user][row]
        left.append((paid - (cost if isinstance(paid, Fraction) else float(cost)), agent, paid, cost))
    amount, agent, paid, cost = min(left, key=lambda one: one[:2])
    user, row = agents.who[agent]
    who = f"{names[user]}{f' at cost row {row + 1}' if len(agents.rows[user]) > 1 else ''}"
    names_of = ground.game.utility.level_names
    levels = "; ".join(runs([" or ".join(names_of[level] for level in own) for own in found.plan]))
    at = f"At the {'proposed plan' if found.listed else 'best plan on paths of equilibria'} ({levels})"
    if amount >= -found.error:
        said = (
            f"{at} nobody bears more than the payment that it may expect, whatever its costs; {who} is left with least."
        )
        return Finding(name, True, Fraction(0), None, said, len(left), found.error)
    level = found.plan[user][row]
    said = (
        f"{at} {who}, on level {ground.levels([level])[0]}, is paid {speaker.money(paid)} on average "
        f"and bears {speaker.money(cost)}, so it is {speaker.money(-amount)} worse off than without taking part."
    )
    amounts = {f"paid to {who}": paid, f"sensitivity of {who}": cost}
    return Finding(name, False, -amount, Witness((names[user],), amounts=amounts), said, len(left), found.error)


def _plans(ground: Ground) -> PlanGame:
    assert ground.plans is not None
    return ground.plans
