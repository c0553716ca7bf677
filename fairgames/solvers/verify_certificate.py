"""A design's own numbers against the definition of its payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairgames.games.certificate import certify
from fairgames.mechanism.result import Design
from fairgames.solvers.definition import Definition, played
from fairgames.solvers.enclosure import Enclosure, expected
from fairgames.text import number
from fairgames.typing import Profile, Scalar


@dataclass(frozen=True)
class DesignCertificate:
    """The design's equilibrium, recomputed.

    Attributes
    ----------
    regret : the largest gain of a user who moves alone, 0 at least
    regret_bound : what the design states as the error of its regrets
    by_definition : whether it comes from the definition; else, where coalitions are too many, from
        the game's payoff table
    faults : what does not hold, in sentences
    """

    regret: Scalar
    regret_bound: float
    by_definition: bool
    faults: tuple[str, ...]


def certificate(
    definition: Definition, found: Design, room: Fraction, known: tuple[str, ...] = ()
) -> DesignCertificate:
    """Regrets, payments, utility and what the platform keeps, each within what the design states as its error.

    Parameters
    ----------
    room : by how much an amount may differ from the design's
    known : faults that were found before
    """
    game, share = definition.game, Fraction(1) if found.alpha is None else Fraction(found.alpha)
    everywhere = played(found.strategies, [range(len(game.utility.levels))] * len(game.users))
    if not all(definition.within_reach(profile) for profile, _ in everywhere):
        own = tuple(vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True))
        table = certify(game.at(found.alpha), own)
        gains = table.regret > table.regret_bound + found.regret_bound
        wrong = (f"somebody gains {number(table.regret)} in the payoff table",) if gains else ()
        return DesignCertificate(table.regret, found.regret_bound, False, (*known, *wrong))
    regret, faults = Fraction(0), list(known)
    bound = Fraction(found.regret_bound)
    names, levels = game.users.names, game.utility.level_names
    for user, choices in enumerate(game.strategies):
        for level in choices:
            gain = definition.expected_gain(everywhere, user, level, share)
            regret = max(regret, gain.middle)
            if gain.low > bound:
                faults.append(f"{names[user]} gains {number(float(gain.middle))} by moving to {levels[level]}")
        paid = expected((weight, definition.payment(profile, user, share)) for profile, weight in everywhere)
        if paid.apart(Fraction(found.payments[user])) > bound + (room if found.profile is None else 0):
            faults.append(
                f"{names[user]} is to be paid {number(float(paid.middle))}, stated are {number(found.payments[user])}"
            )
    worth = expected((weight, definition.utility(profile)) for profile, weight in everywhere)
    if worth.apart(Fraction(found.utility)) > room:
        faults.append(f"U is {number(float(worth.middle))}, stated is {number(found.utility)}")
    if game.rule.has_alpha:
        keeps = _kept(definition, everywhere, worth, share)
        if keeps.apart(Fraction(found.platform_utility)) > room:
            kept = number(found.platform_utility)
            faults.append(f"the platform keeps {number(float(keeps.middle))} at this share, stated is {kept}")
    shown = regret if found.exact else float(regret)
    return DesignCertificate(shown, found.regret_bound, True, tuple(faults))


def _kept(
    definition: Definition, everywhere: Sequence[tuple[Profile, Fraction]], worth: Enclosure, share: Fraction
) -> Enclosure:
    """(1 − α)·U, or U less every payment where these do not add up to α·U."""
    if definition.game.rule.efficient:
        return Enclosure((1 - share) * worth.low, (1 - share) * worth.high)
    users = range(len(definition.game.users))
    paid = [
        expected((weight, definition.payment(profile, user, share)) for profile, weight in everywhere) for user in users
    ]
    return Enclosure(worth.low - sum(one.high for one in paid), worth.high - sum(one.low for one in paid))
