"""The audit of one payment scheme in one game."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from fairgames import memory
from fairgames.audit.additivity import additivity
from fairgames.audit.assumptions import diminishing, monotone, sharing
from fairgames.audit.comparison import COMPARED, compared, named, too_many
from fairgames.audit.efficiency import efficiency, pseudo_efficiency
from fairgames.audit.elsewhere import shares_elsewhere, symmetry_elsewhere
from fairgames.audit.finding import NAMES, Finding, Witness
from fairgames.audit.ground import MOST_PROFILES, MOST_USERS, Ground
from fairgames.audit.paid import Paid
from fairgames.audit.plan_proposal import PlanProposal, interim_rationality, plan_proposal
from fairgames.audit.posted_price import TakeItOrLeaveIt
from fairgames.audit.proposal import Proposal, proposal
from fairgames.audit.result import Audit, RuleFacts
from fairgames.audit.schemes import Scheme, TableScheme
from fairgames.audit.search import searched
from fairgames.audit.sources import Audited, to_scheme
from fairgames.audit.symmetry import symmetry, unequal_sentence, unequal_witness
from fairgames.audit.taking_part import individual_rationality, payments_not_negative
from fairgames.audit.words import Speaker
from fairgames.certain import Judge
from fairgames.errors import InputError, TooLargeError
from fairgames.exact import to_amount
from fairgames.game import PaymentGame
from fairgames.private.agents import Plan
from fairgames.private.game import PlanGame
from fairgames.text import how_many, shown
from fairgames.typing import Number, Profile
from fairgames.utilities.given import Stated
from fairgames.valuation.alpha import AlphaOfUtility


def audit(
    game: PaymentGame | Stated,
    rule: Audited | None = None,
    alpha: Number | AlphaOfUtility | None = None,
    tolerance: Number = 0,
    compare: bool | Sequence[str] = False,
    profile: Sequence[int] | None = None,
    exact: bool | None = None,
) -> Audit:
    """All findings on a payment scheme in a game: the axioms A.i to B.iii, and the assumptions.

    Parameters
    ----------
    game : or a scenario; its users, levels and U
    rule : what is audited: the name of a rule or a rule, ``"take-it-or-leave-it"``; a function ``pay(utility,
        profile)`` that returns one payment a user (and perhaps one more, for the platform) where ``utility(profile)``
        is U, or where it is (``"FILE.py:FUNCTION"``, ``"MODULE:FUNCTION"``; its code is run); a
        :class:`~fairgames.audit.PaymentTable` or ``"FILE.csv"``; default the game's own rule
    alpha : the share paid out under a rule that has one; default the scenario's function of U, else 1. Where it is
        given, the proposed equilibrium is that at this share, else that at the platform's best one; where users'
        costs are private, it is a plan
    compare : whether the rule is compared with those of :data:`fairgames.audit.comparison.COMPARED`, or with which
    profile : level indices where payments are compared; default the scenario's, else the proposed equilibrium, else
        everybody on the highest level
    tolerance : violations up to this, in money, count as none: for tables that were rounded
    exact : whether U is computed with rationals; default as in the game

    Raises
    ------
    InputError
        If there is no such rule, a share does not fit it, or a function or table pays nonsense.

    >>> from fairgames import LinearLaplace, PaymentGame, Users
    >>> users = Users(sensitivity=[[0, ".3"], [0, ".32"]], names=["Ann", "Ben"])
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), users)
    >>> audit(game)["B.i"].holds
    True
    >>> def bonus(utility, profile):
    ...     share = utility(profile) / 4
    ...     return [share + (1 if profile[0] else 0), share]
    >>> found = audit(game, bonus)["B.i"]
    >>> found.holds, str(found.worst_violation), found.witness.users, found.witness.profile
    (False, '1', ('Ann', 'Ben'), (1, 1))
    """
    stated = game
    asked = PlanGame.of(game, "audit")
    plans = asked if isinstance(asked, PlanGame) else None
    game = asked if plans is None else plans.base
    if exact is not None and exact != game.exact:
        game = PaymentGame(game.utility, game.users, game.rule, exact)
        plans = None if plans is None else PlanGame(game.utility, plans.known, game.rule, exact)
    ground = Ground(game, Judge(), plans)
    speaker = Speaker(ground, getattr(stated, "currency", None))
    least = to_amount(tolerance, "tolerance")
    if least < 0:
        raise InputError(f"tolerance: expected a number ≥ 0, an amount of money, got {shown(tolerance)}")
    scheme = to_scheme(ground, rule, alpha, getattr(stated, "alpha_of_utility", None))
    there = profile if profile is not None else getattr(stated, "profile", None)
    if there is not None:
        game.index(there)
    if not ground.listed or too_many(ground, scheme):
        return _searched(ground, scheme, least, speaker, there, bool(compare), alpha is not None)
    paid = scheme.everywhere(ground)
    proposed, plan, at_proposed = _taking_part(ground, scheme, paid, alpha is not None, speaker)
    found = [*_listed(ground, scheme, paid, least, speaker), at_proposed]
    rules: tuple[RuleFacts, ...] = ()
    if compare:
        names = COMPARED if compare is True else tuple(compare)
        others = named(ground, [name for name in names if name != scheme.name], scheme.share)
        known = {scheme.name: paid}
        rules = tuple(compared(ground, chain([scheme], others), _place(game, there, proposed), known))
    there_too = None if proposed is None else proposed.profile
    return _result(ground, scheme, found, there_too, "all", rules, plan=None if plan is None else plan.plan)


def _taking_part(
    ground: Ground, scheme: Scheme, paid: Paid, at_own_share: bool, speaker: Speaker
) -> tuple[Proposal | None, PlanProposal | None, Finding]:
    """The equilibrium that would be proposed, where costs are private a plan, and whether all are as well off there."""
    if ground.plans is not None:
        return None, *_taking_part_in_plans(ground, scheme, paid, at_own_share, speaker)
    proposed = proposal(ground, scheme, paid, at_own_share)
    if proposed is None:
        return None, None, individual_rationality(ground, None, (), 0.0, speaker)
    found = individual_rationality(ground, proposed.profile, proposed.payments, proposed.error, speaker)
    return proposed, None, found


def _taking_part_in_plans(
    ground: Ground, scheme: Scheme, paid: Paid | None, at_own_share: bool, speaker: Speaker
) -> tuple[PlanProposal | None, Finding]:
    try:
        proposed = plan_proposal(ground, scheme, paid, at_own_share)
    except TooLargeError as error:
        said = f"No plan is proposed: {error}"
        return None, Finding("individual-rationality", None, None, None, said, 0)
    return proposed, interim_rationality(ground, proposed, speaker)


def _listed(ground: Ground, scheme: Scheme, paid: Paid, tolerance: Fraction, speaker: Speaker) -> list[Finding]:
    """All findings but whether users take part, from every profile."""
    return [
        *(_symmetry(ground, scheme, paid, name, tolerance, speaker) for name in ("A.i", "B.i")),
        efficiency(ground, paid, tolerance, speaker),
        _pseudo_efficiency(ground, scheme, paid, tolerance, speaker),
        *(additivity(ground, scheme, name, tolerance, speaker) for name in ("A.iii", "B.iii")),
        monotone(ground, speaker),
        diminishing(ground, speaker),
        payments_not_negative(ground, paid, tolerance, speaker),
    ]


def _searched(
    ground: Ground,
    scheme: Scheme,
    tolerance: Fraction,
    speaker: Speaker,
    profile: Sequence[int] | None,
    compare: bool,
    at_own_share: bool,
) -> Audit:
    """The audit of a game with more profiles than can be looked at."""
    if isinstance(scheme, TableScheme | TakeItOrLeaveIt):
        raise TooLargeError(
            f"an audit of {scheme.name} looks at all of {how_many(ground.game.size)} profiles; expected at most "
            f"{MOST_PROFILES:,} of {MOST_USERS} users: {memory.FEWER_PROFILES}"
        )
    there = None if profile is None else tuple(profile)
    plan, at_plan = None, None
    if ground.plans is not None:
        plan, at_plan = _taking_part_in_plans(ground, scheme, None, at_own_share, speaker)
    found = searched(ground, scheme, tolerance, speaker, there, at_plan)
    told = [f"{how_many(ground.game.size)} profiles are too many to look at all: the audit is a search among them"]
    if compare:
        told.append("rules are compared where all profiles can be looked at; keep fewer users to see them")
    proposed = None if ground.plans is not None else there
    return _result(ground, scheme, found, proposed, "search", (), tuple(told), None if plan is None else plan.plan)


def _result(
    ground: Ground,
    scheme: Scheme,
    found: Sequence[Finding],
    proposed: Profile | None,
    scope: str,
    rules: tuple[RuleFacts, ...],
    warnings: tuple[str, ...] = (),
    plan: Plan | None = None,
) -> Audit:
    by_name = {one.name: one for one in found}
    share = None if scheme.share is None else str(scheme.share)
    return Audit(
        scheme.name,
        scheme.source,
        "a function of U" if isinstance(scheme.share, AlphaOfUtility) else share,
        ground.names,
        {name: by_name[name] for name in NAMES},
        proposed,
        plan,
        scope,
        rules,
        tuple(ground.judge.undecided),
        warnings,
    )


def _decided(ground: Ground, find: Callable[[], Finding]) -> Finding:
    """A finding, which does not hold for certain if a comparison that it needed was left open."""
    judge, before = ground.judge, ground.judge.undecided
    judge.undecided = {}
    found = find()
    left_open = tuple(judge.undecided)
    judge.undecided = {**before, **judge.undecided}
    if not left_open or found.holds is False:
        return replace(found, undecided=left_open)
    said = f"Floats cannot tell {left_open[0]}; if so, it is violated. Nothing else is against it."
    return replace(found, holds=None, sentence=said, undecided=left_open)


def _symmetry(ground: Ground, scheme: Scheme, paid: Paid, name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """In this game; if it shows nothing against the axiom, with other utilities."""
    found = _decided(ground, lambda: symmetry(ground, paid, name, tolerance, speaker))
    if found.holds is False:
        return found
    tried = symmetry_elsewhere(ground, scheme, name == "A.i", tolerance)
    checks = found.checks + tried.checks
    if tried.worst is None:
        return replace(found, checks=checks)
    said = f"If the task were another ({tried.utility}): {unequal_sentence(ground, tried.worst, speaker)}"
    witness = unequal_witness(ground, tried.worst, tried.utility)
    return Finding(name, False, tried.worst.amount, witness, said, checks, found.error_bound)


def _pseudo_efficiency(ground: Ground, scheme: Scheme, paid: Paid, tolerance: Fraction, speaker: Speaker) -> Finding:
    """In this game; if it shows nothing against the axiom, with a U that is the same everywhere."""
    found = _decided(ground, lambda: pseudo_efficiency(ground, paid, tolerance, speaker))
    if found.holds is False:
        return found
    worst, checks = shares_elsewhere(ground, scheme, tolerance)
    if worst is None:
        return replace(found, checks=found.checks + checks)
    first, second = (speaker.money(total) for total in worst.totals)
    said = (
        f"If the task were another ({worst.utility}): {speaker.at(worst.profile)} {first} are paid out, and at levels "
        f"({', '.join(ground.levels(worst.other))}) {second}, though the data earn the same, "
        f"{speaker.money(worst.worth)}."
    )
    amounts = {
        "utility": worst.worth,
        "paid out": worst.totals[0],
        "paid out at the other profile": worst.totals[1],
    }
    levels, who = ground.levels(worst.profile), sharing(ground, worst.profile)
    witness = Witness(ground.names, worst.profile, levels, who, worst.other, worst.utility, amounts)
    return Finding("B.ii", False, worst.amount, witness, said, found.checks + checks, found.error_bound)


def _place(game: PaymentGame, given: Sequence[int] | None, proposed: Proposal | None) -> Profile:
    """Where rules are compared: as given, else at the proposed equilibrium; where nobody shares all pay nothing."""
    if given is not None:
        return tuple(given)
    highest = tuple(levels[-1] for levels in game.strategies)
    return proposed.profile if proposed is not None and any(proposed.profile) else highest
