"""Who takes part: payments that are not negative, and users who are not worse off for taking part."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.assumptions import sharing
from fairgames.audit.finding import Finding, Witness
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.words import Speaker
from fairgames.typing import Profile

_NONE = Fraction(0)


def payments_not_negative(ground: Ground, paid: Paid, tolerance: Fraction, speaker: Speaker) -> Finding:
    """Whether anybody pays for sharing, at any profile of the users' choices."""
    name, to_users = "non-negative-payments", paid.amounts[:-1]
    known = np.ones(to_users.shape[1:], dtype=bool) if paid.stated is None else paid.stated
    checks = len(to_users) * int(known.sum())
    values = np.where(known, to_users, 0)
    flat = int(np.argmin(values))
    least = paid.money(values.reshape(-1)[flat])
    if least >= -(tolerance if paid.exact else float(tolerance) + paid.error):
        holds = True if paid.complete else None
        said = f"Nobody is paid less than nothing{speaker.within(paid.error)}." if holds else speaker.none_found(checks)
        return Finding(name, holds, _NONE, None, said, checks, paid.error)
    user, *place = (int(index) for index in np.unravel_index(flat, values.shape))
    profile = ground.profile(place)
    who = ground.names[user]
    said = f"{speaker.at(profile)} {who} has to pay {speaker.money(-least)} for taking part."
    witness = Witness(
        (who,), profile, ground.levels(profile), sharing(ground, profile), None, None, {f"paid to {who}": least}
    )
    return Finding(name, False, -least, witness, said, checks, paid.error)


def individual_rationality(
    ground: Ground, profile: Profile | None, payments: Sequence[Any], error: float, speaker: Speaker
) -> Finding:
    """Whether each user is at least as well off at the proposed equilibrium as without taking part.

    Parameters
    ----------
    profile : the proposed equilibrium, level indices; None if there is none
    payments : what each user is paid there
    """
    name = "individual-rationality"
    if profile is None:
        said = "No pure equilibrium is proposed, so there is nothing to look at."
        return Finding(name, None, None, None, said, 0)
    n_levels = len(ground.game.utility.levels)
    costs = [ground.game.users.costs(user, n_levels)[level] for user, level in enumerate(profile)]
    left = [
        paid - (cost if isinstance(paid, Fraction) else float(cost)) for paid, cost in zip(payments, costs, strict=True)
    ]
    worst = min(range(len(left)), key=left.__getitem__)
    who = ground.names[worst]
    if left[worst] >= -error:
        said = f"{speaker.at(profile)} nobody bears more than the payment; {who} is left with least."
        return Finding(name, True, _NONE, None, said, len(left), error)
    amounts = {f"paid to {who}": payments[worst], "sensitivity": costs[worst]}
    said = (
        f"{speaker.at(profile)} {who} is paid {speaker.money(payments[worst])} and bears "
        f"{speaker.money(costs[worst])}, so it is {speaker.money(-left[worst])} worse off than without taking part."
    )
    witness = Witness((who,), profile, ground.levels(profile), sharing(ground, profile), None, None, amounts)
    return Finding(name, False, -left[worst], witness, said, len(left), error)
