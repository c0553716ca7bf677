"""What a payment game is made of, as it may be given: a utility, users and a rule that fit together."""

from __future__ import annotations

from fairgames.errors import InputError
from fairgames.typing import FloatArray
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.given import described, is_stated, to_users, to_utility
from fairgames.valuation.rules import Rule


def model(utility: object, users: object, rule: str | Rule | None) -> tuple[Utility, Users, str | Rule]:
    """What the game was given, as what it is made of."""
    if is_stated(utility):
        own: str | Rule = getattr(utility, "rule", "users")
        return utility.utility, utility.users if users is None else to_users(users), own if rule is None else rule
    if isinstance(utility, Users) or isinstance(users, Utility):
        raise InputError(
            f"PaymentGame: got {described(utility)} for the utility and {described(users)} for the users, "
            "expected PaymentGame(utility, users)"
        )
    if users is None:
        raise InputError(f"PaymentGame: got {described(utility)} and no users, expected PaymentGame(utility, users)")
    read = to_users(users)
    return to_utility(utility, read), read, "users" if rule is None else rule


def check_fit(utility: Utility, users: Users, exact: bool | None) -> None:
    """Refuse a utility and users that do not fit together.

    Raises
    ------
    InputError
        If users and utility do not fit, or ``exact`` is asked of a utility that is not rational.
    """
    faults = []
    if len(users) != utility.n_users:
        faults.append(f"users: the utility is of {utility.n_users} users, got {len(users)}")
    if exact and not utility.rational:
        faults.append(
            f"exact: the {utility.kind} utility is not rational; tables of rationals and linear-laplace with "
            "rational ε are"
        )
    if private := users.private_names:
        few = ", ".join(private[:3]) + (" …" if len(private) > 3 else "")
        faults.append(
            f"users: the costs of {few} are private: design, equilibria, export, sweep, audit, report and plot "
            "landscape take them (fairgames.private.PlanGame); else state `sensitivity`"
        )
    if faults:
        raise InputError(faults)


def samples_of(utility: Utility, users: Users) -> FloatArray | None:
    """The users' numbers of samples, if anybody knows them."""
    return utility.samples if users.samples is None else users.samples
