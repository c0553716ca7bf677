"""Rules side by side in one game: who gains and who loses against the fair payments, and what becomes of the game."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.core import departure
from fairgames.audit.cycles import potential_of
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.plan_proposal import best_plan_proposal
from fairgames.audit.posted_price import KNOWS_COSTS, TAKE_IT_OR_LEAVE_IT, TakeItOrLeaveIt
from fairgames.audit.proposal import best_proposal
from fairgames.audit.result import RuleFacts
from fairgames.audit.schemes import RuleScheme, Scheme
from fairgames.errors import InputError, TooLargeError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.text import how_many
from fairgames.typing import Array, Profile
from fairgames.valuation.alpha import Alpha, AlphaOfUtility
from fairgames.valuation.request import payments
from fairgames.valuation.rules import Nucleolus, Parts, Semivalue

#: The rules that an audit compares with.
COMPARED = (
    *("users", "coalition", "equal-split", "per-record", "proportional", "leave-one-out", "banzhaf"),
    *("weighted-shapley", "nucleolus", TAKE_IT_OR_LEAVE_IT),
)
#: Coalitions of all profiles together that a formula of a rule's own may ask for, and profiles with linear programs.
_MOST_COALITIONS, _MOST_PROGRAMS = 400_000, 400


def compared(
    ground: Ground, schemes: Iterable[Scheme | RuleFacts], profile: Profile, paid: dict[str, Paid]
) -> Iterator[RuleFacts]:
    """The facts on each scheme at a profile; what cannot be asked here is told in ``why_not``.

    Parameters
    ----------
    paid : what is known already of schemes, by name
    """
    for scheme in schemes:
        if isinstance(scheme, RuleFacts):
            yield scheme
            continue
        try:
            yield _facts(ground, scheme, profile, paid.get(scheme.name))
        except (InputError, TooLargeError) as error:
            yield RuleFacts(scheme.name, scheme.source, why_not=str(error))


def named(ground: Ground, names: Iterable[str], share: Alpha | None) -> Iterator[Scheme | RuleFacts]:
    """The schemes of these names, at a share where they have one."""
    for name in names:
        if name == TAKE_IT_OR_LEAVE_IT:
            yield (
                RuleFacts(name, TakeItOrLeaveIt.source, why_not=KNOWS_COSTS)
                if ground.plans
                else TakeItOrLeaveIt(ground)
            )
            continue
        rule = PaymentGame(ground.game.utility, ground.game.users, name, ground.game.exact).rule
        yield RuleScheme(rule, None if not rule.has_alpha else Fraction(1) if share is None else share)


def _facts(ground: Ground, scheme: Scheme, profile: Profile, known: Paid | None) -> RuleFacts:
    why_not = None if known is not None else too_many(ground, scheme)
    paid = known if known is not None else None if why_not else scheme.everywhere(ground)
    to_users, keeps, error = _at(ground, scheme, profile, paid)
    fair = _fair(ground, profile, to_users)
    distances = to_users - fair
    if distances.dtype != object:  # what floats cannot tell from 0 is shown as 0
        distances = np.where(np.abs(distances) <= (len(fair) + 1) * error + ground.error, 0.0, distances)
    is_member = isinstance(scheme, RuleScheme) and scheme.rule.platform
    facts = RuleFacts(
        scheme.name,
        scheme.source,
        profile,
        to_users,
        _share_at(ground, scheme, profile),
        fair,
        distances,
        np.abs(distances).sum() / 2,
        departure(ground, profile, to_users.tolist(), keeps, is_member, error),
        why_not=why_not or "",
    )
    if paid is None:
        return facts
    facts = replace(facts, potential=potential_of(ground, paid) if paid.complete else None)
    if ground.plans is not None:
        try:
            plan = best_plan_proposal(ground, scheme, paid)
        except TooLargeError as error:
            return replace(facts, why_not=f"its best plan is not looked for: {error}")
        if plan is None:
            return facts
        return replace(facts, plan=plan.plan, best_alpha=plan.alpha, platform_utility=plan.platform_utility)
    found = best_proposal(ground, scheme, paid)
    if found is None:
        return facts
    return replace(facts, equilibrium=found.profile, best_alpha=found.alpha, platform_utility=found.platform_utility)


def too_many(ground: Ground, scheme: Scheme) -> str | None:
    """Why a rule is asked at one profile only, where all would take too long."""
    if not isinstance(scheme, RuleScheme) or isinstance(scheme.rule, Semivalue | Parts):
        return None
    size = ground.game.size
    if isinstance(scheme.rule, Nucleolus):
        if size <= _MOST_PROGRAMS:
            return None
        return f"its linear programs at {how_many(size)} profiles are too many, so it is told at one profile only"
    coalitions = 1
    for levels in ground.game.strategies:
        coalitions *= sum(2 if level else 1 for level in levels)
    if coalitions <= _MOST_COALITIONS:
        return None
    return f"{how_many(coalitions)} coalitions of all profiles are too many for its formula, so it is told at one only"


def _at(ground: Ground, scheme: Scheme, profile: Profile, paid: Paid | None) -> tuple[Array, Any, float]:
    """What users and platform get at one profile, and a bound on the errors."""
    if paid is not None:
        place = ground.game.index(profile)
        if paid.stated is not None and not paid.stated[place]:
            raise InputError(f"{scheme.name}: states no payments at profile {profile}, where rules are compared")
        column = [paid.money(row[place]) for row in paid.amounts]
        return _array(column[:-1]), column[-1], max(paid.error, paid.platform_error)
    if not isinstance(scheme, RuleScheme):
        raise InputError(f"{scheme.name}: cannot be asked at one profile")
    share = 1 if scheme.share is None else scheme.share
    found = payments(ground.game.utility, profile, share, scheme.rule, True if ground.game.exact else None)
    return found.payments, found.platform, found.error_bound


def _fair(ground: Ground, profile: Profile, to_users: Array) -> Array:
    """What Theorem 2 pays if as much is paid in all."""
    found = payments(ground.game.utility, profile, 1, "users", True if ground.game.exact else None)
    values = found.payments
    if object not in (to_users.dtype, values.dtype) or to_users.dtype != values.dtype:
        to_users, values = to_users.astype(float), values.astype(float)
    total, whole = to_users.sum(), values.sum()
    return values * (total / whole) if whole else 0 * values


def _share_at(ground: Ground, scheme: Scheme, profile: Profile) -> Fraction | float | None:
    if isinstance(scheme.share, AlphaOfUtility):
        return scheme.share(ground.worth(profile))
    return scheme.share


def _array(values: list[Any]) -> Array:
    return object_array(values) if all(isinstance(value, Fraction) for value in values) else np.array(values, float)
