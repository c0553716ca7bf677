"""The audit of one payment scheme in one game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from fairgames.audit.additivity import additivity
from fairgames.audit.assumptions import diminishing, monotone, sharing
from fairgames.audit.comparison import COMPARED, compared, named
from fairgames.audit.efficiency import efficiency, pseudo_efficiency
from fairgames.audit.elsewhere import shares_elsewhere, symmetry_elsewhere
from fairgames.audit.finding import NAMES, Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.proposal import Proposal, proposal
from fairgames.audit.result import Audit, RuleFacts
from fairgames.audit.schemes import Scheme
from fairgames.audit.sources import Audited, to_scheme
from fairgames.audit.symmetry import symmetry, unequal_sentence, unequal_witness
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
        given, the proposed equilibrium is that at this share, else that at the platform's best one
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
    (False, '7/6', ('Ann',), (1, 0))
    """
    stated = game
    game = PaymentGame.of(game, "audit")
    if exact is not None and exact != game.exact:
        game = PaymentGame(game.utility, game.users, game.rule, exact)
    ground = Ground(game, Judge())
    speaker = Speaker(ground, getattr(stated, "currency", None))
    least = to_fraction(tolerance, "tolerance")
    if least < 0:
        raise InputError(f"tolerance: expected a number ≥ 0, an amount of money, got {shown(tolerance)}")
    scheme = to_scheme(ground, rule, alpha, getattr(stated, "alpha_of_utility", None))
    paid = scheme.everywhere(ground)
    found = [
        *(_symmetry(ground, scheme, paid, name, least, speaker) for name in ("A.i", "B.i")),
        efficiency(ground, paid, least, speaker),
        _pseudo_efficiency(ground, scheme, paid, least, speaker),
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


def _symmetry(ground: Ground, scheme: Scheme, paid: Paid, name: str, tolerance: Fraction, speaker: Speaker) -> Finding:
    """In this game; if it shows nothing against the axiom, with other utilities."""
    found = symmetry(ground, paid, name, tolerance, speaker)
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
    found = pseudo_efficiency(ground, paid, tolerance, speaker)
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
