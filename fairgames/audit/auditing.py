"""The audit of one payment scheme in one game."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from fairgames.audit.additivity import additivity
from fairgames.audit.assumptions import diminishing, monotone
from fairgames.audit.comparison import COMPARED, compared, named
from fairgames.audit.efficiency import efficiency, pseudo_efficiency
from fairgames.audit.finding import NAMES, Finding
from fairgames.audit.ground import Ground
from fairgames.audit.paid import PaymentTable
from fairgames.audit.proposal import Proposal, proposal
from fairgames.audit.result import Audit, RuleFacts
from fairgames.audit.schemes import FunctionScheme, PayFunction, RuleScheme, Scheme, TableScheme
from fairgames.audit.symmetry import symmetry
from fairgames.audit.taking_part import individual_rationality, payments_not_negative
from fairgames.audit.words import Speaker
from fairgames.certain import Judge
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.text import shown
from fairgames.typing import Number, Profile
from fairgames.utilities.given import Stated
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.rules import Rule

#: What can be audited: a rule or its name, a function, a table, or where a file or a module has one.
Audited: TypeAlias = str | Path | Rule | PayFunction | PaymentTable


def audit(
    game: PaymentGame | Stated,
    rule: Audited | None = None,
    alpha: Number | AlphaOfUtility | None = None,
    tolerance: Number = 0,
    compare: bool | Sequence[str] = False,
    profile: Sequence[int] | None = None,
) -> Audit:
    """All findings on a payment scheme in a game: the axioms A.i to B.iii, and the assumptions.

    Parameters
    ----------
    game : or a scenario; its users, levels and U
    rule : what is audited: the name of a rule or a rule, a function ``pay(utility, profile)`` that returns one payment
        a user (and perhaps one more, for the platform) where ``utility(profile)`` is U, or a
        :class:`~fairgames.audit.PaymentTable`; default the game's own rule
    alpha : the share paid out under a rule that has one; default the scenario's function of U, else 1. Where it is
        given, the proposed equilibrium is that at this share, else that at the platform's best one
    compare : whether the rule is compared with those of :data:`fairgames.audit.comparison.COMPARED`, or with which
    profile : level indices where payments are compared; default the scenario's, else the proposed equilibrium, else
        everybody on the highest level
    tolerance : violations up to this, in money, count as none: for tables that were rounded

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
    (False, '7/6', ('Ann',), (1, 0))
    """
    stated = game
    game = PaymentGame.of(game, "audit")
    ground = Ground(game, Judge())
    speaker = Speaker(ground, getattr(stated, "currency", None))
    least = to_fraction(tolerance, "tolerance")
    if least < 0:
        raise InputError(f"tolerance: expected a number ≥ 0, an amount of money, got {shown(tolerance)}")
    scheme = _scheme(game, rule, alpha, getattr(stated, "alpha_of_utility", None))
    paid = scheme.everywhere(ground)
    found = [
        *(symmetry(ground, paid, name, least, speaker)[0] for name in ("A.i", "B.i")),
        efficiency(ground, paid, least, speaker),
        pseudo_efficiency(ground, paid, least, speaker),
        *(additivity(ground, scheme, name, least, speaker) for name in ("A.iii", "B.iii")),
        monotone(ground, speaker),
        diminishing(ground, speaker),
        payments_not_negative(ground, paid, least, speaker),
    ]
    proposed = proposal(ground, scheme, paid, alpha is not None)
    found.append(
        individual_rationality(
            ground,
            proposed and proposed.profile,
            proposed.payments if proposed else (),
            proposed.error if proposed else 0.0,
            speaker,
        )
    )
    rules: tuple[RuleFacts, ...] = ()
    if compare:
        names = COMPARED if compare is True else tuple(compare)
        others = named(ground, [name for name in names if name != scheme.name], scheme.share)
        there = _profile(game, profile, getattr(stated, "profile", None), proposed)
        known = {scheme.name: paid}
        rules = tuple(compared(ground, chain([scheme], others), there, known))
    return Audit(
        scheme.name,
        scheme.source,
        _told(scheme),
        game.users.names,
        _in_order(found),
        proposed and proposed.profile,
        "all",
        rules,
        undecided=tuple(ground.judge.undecided),
    )


def _scheme(game: PaymentGame, rule: Audited | None, alpha: object, stated_alpha: AlphaOfUtility | None) -> Scheme:
    if isinstance(rule, PaymentTable):
        return TableScheme(rule)
    if callable(rule) and not isinstance(rule, Rule):
        return FunctionScheme(rule)
    own = game if rule is None else PaymentGame(game.utility, game.users, rule, game.exact)
    if not own.rule.has_alpha:
        own.rule.check_share(alpha, stated=alpha is not None)
        return RuleScheme(own.rule, None)
    return RuleScheme(own.rule, own.share(alpha if alpha is not None else stated_alpha or 1))


def _profile(
    game: PaymentGame, given: Sequence[int] | None, stated: Profile | None, proposed: Proposal | None
) -> Profile:
    """Where rules are compared: where nobody shares all pay nothing."""
    if given is None:
        highest = tuple(levels[-1] for levels in game.strategies)
        own = proposed.profile if proposed is not None and any(proposed.profile) else highest
        return own if stated is None else stated
    game.index(given)
    return tuple(given)


def _told(scheme: Scheme) -> str | None:
    if scheme.share is None:
        return None
    return "a function of U" if isinstance(scheme.share, AlphaOfUtility) else str(scheme.share)


def _in_order(found: Sequence[Finding]) -> dict[str, Finding]:
    by_name = {one.name: one for one in found}
    return {name: by_name[name] for name in NAMES}
