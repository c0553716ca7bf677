"""Payment schemes broken in one way each, and the axioms read off their definitions, to hold the audit against.

Nothing here imports fairgames.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from typing import Any

from tests.oracles import Profile, shared_by, subsets

F = Fraction

NAMES = ("Ann", "Ben", "Cy", "Dan")
ANN, BEN, CY, DAN = range(4)
#: The levels that each may choose: the game has 36 profiles.
CHOICES = ((0, 1, 2), (0, 1, 2), (0, 2), (0, 1))
PROFILES = list(product(*CHOICES))
Pay = Callable[[Callable[[Sequence[int]], Any], Profile], list[Any]]


@cache
def worth(profile: Profile) -> F:
    """Ann and Ben are alike, Cy is not, Dan adds nothing; a second one of Ann and Ben on level 2 loses something."""
    levels = sorted(profile[:2])
    found = {(0, 0): 0, (0, 1): 4, (0, 2): 7, (1, 1): 6, (1, 2): 8, (2, 2): F(13, 2)}[levels[0], levels[1]]
    return F(found) + (5 if profile[CY] else 0) + (1 if profile[CY] and any(levels) else 0)


def of_sizes(utility: Callable[[Sequence[int]], Any], profile: Profile, weigh: Callable[[int], F]) -> list[Any]:
    """Σ_S weigh(|S|)·(U(S∪i) − U(S)) of each user: it only adds and multiplies, so it can be read as a formula."""
    found = []
    for user in range(len(profile)):
        total = F(0)
        for inside in subsets(other for other in range(len(profile)) if other != user):
            gain = utility(shared_by(profile, (*inside, user))) - utility(shared_by(profile, inside))
            total = total + gain * weigh(len(inside))
        found.append(total)
    return found


def shapley(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
    """Eq. 7 at α = 1."""
    n = len(profile)
    return of_sizes(utility, profile, lambda size: F(1, n * math.comb(n - 1, size)))


def with_platform(utility: Callable[[Sequence[int]], Any], profile: Profile) -> tuple[Any, list[Any]]:
    """Eqs. 5 and 6."""
    n = len(profile)
    users = of_sizes(utility, profile, lambda size: F(1, (n + 1) * math.comb(n, size + 1)))
    return utility(profile) - sum(users, F(0)), users


HALF = F(1, 2)


def fair(share: Any = HALF) -> Pay:
    return lambda utility, profile: [share * value for value in shapley(utility, profile)]


def changed(change: Callable[..., Any]) -> Pay:
    """Fair payments at 1/2, then ``change(user, paid, profile, total)`` of each."""

    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        total = utility(profile)
        return [change(user, paid, profile, total) for user, paid in enumerate(fair()(utility, profile))]

    return pay


def share_of(share: Callable[[Profile], Any]) -> Pay:
    return lambda utility, profile: [share(profile) * value for value in shapley(utility, profile)]


def by_parts(part: Callable[[int, int], Any]) -> Pay:
    """Half of U in proportion to a number of each who shares."""

    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        parts = [F(part(user, level)) if level else F(0) for user, level in enumerate(profile)]
        total = utility(profile)
        return [total * one / (2 * sum(parts)) if sum(parts) else F(0) for one in parts]

    return pay


def in_order(order: Sequence[int]) -> Pay:
    """Half of what each adds to those before it."""

    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        found: list[Any] = [F(0)] * len(profile)
        for place, user in enumerate(order):
            gain = utility(shared_by(profile, order[: place + 1])) - utility(shared_by(profile, order[:place]))
            found[user] = gain / 2
        return found

    return pay


def of_coalitions(weigh: Callable[[int, int], F]) -> Pay:
    """A weighted sum of what each adds to coalitions of those who share, by their size."""

    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        sharing = [user for user, level in enumerate(profile) if level]
        found: list[Any] = [F(0)] * len(profile)
        for user in sharing:
            for inside in subsets(other for other in sharing if other != user):
                gain = utility(shared_by(profile, (*inside, user))) - utility(shared_by(profile, inside))
                found[user] = found[user] + gain * weigh(len(inside), len(sharing))
        return found

    return pay


def exchanged(one: int, other: int) -> Pay:
    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        found = fair()(utility, profile)
        found[one], found[other] = found[other], found[one]
        return found

    return pay


def given(one: int, other: int) -> Pay:
    """A tenth of what one gets goes to the other."""

    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        found = fair()(utility, profile)
        found[other] = found[other] + found[one] / 10
        found[one] = found[one] * F(9, 10)
        return found

    return pay


def winner(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
    found = shapley(utility, profile)
    best = max(range(len(found)), key=found.__getitem__)
    return [utility(profile) / 2 if user == best else F(0) for user in range(len(found))]


def stated(kept: Callable[[Any, Any, Profile], Any], pay: Pay | None = None) -> Pay:
    """The platform's part said, too: ``kept(U, Σ payments, profile)``."""

    def told(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        found = (pay or fair())(utility, profile)
        return [*found, kept(utility(profile), sum(found, F(0)), profile)]

    return told


def theorem_1(kept: Callable[[Any, Any], Any] = lambda platform, _total: platform) -> Pay:
    def pay(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
        platform, users = with_platform(utility, profile)
        return [*users, kept(platform, utility(profile))]

    return pay


def squares(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
    values = [value * value for value in shapley(utility, profile)]
    whole = sum(values, F(0))
    return [utility(profile) * value / (2 * whole) if whole else F(0) for value in values]


def few(utility: Callable[[Sequence[int]], Any], profile: Profile) -> list[Any]:
    """Only the first two who share are paid."""
    first = [user for user, level in enumerate(profile) if level][:2]
    return [value if user in first else F(0) for user, value in enumerate(fair()(utility, profile))]


def taxed(_user: int, paid: F, _profile: Profile, _total: F) -> F:
    return paid if paid <= 2 else 2 + (paid - 2) / 2


#: name: (scheme, an axiom that it breaks); fair at 1/2 but for one thing.
PLANTED: dict[str, tuple[Pay, str]] = {
    "a fee for Ann": (changed(lambda user, paid, rho, _: paid - (user == ANN and rho[ANN] > 0)), "B.i"),
    "a bonus for Ben": (changed(lambda user, paid, rho, _: paid + F(user == BEN and rho[BEN] > 0, 2)), "B.i"),
    "a bonus for names in A": (changed(lambda user, paid, _r, _u: paid + F(NAMES[user][0] == "A", 3)), "B.i"),
    "a bonus of a millionth": (
        changed(lambda user, paid, rho, _: paid + F(user == ANN and rho[ANN] > 0, 10**6)),
        "B.i",
    ),
    "a fee for everybody": (changed(lambda user, paid, rho, _: paid - F(rho[user] > 0, 10)), "B.iii"),
    "Ann gets nine tenths": (changed(lambda user, paid, _r, _u: paid * F(9, 10) if user == ANN else paid), "B.i"),
    "Ann gives Cy a tenth": (given(ANN, CY), "B.i"),
    "Ann and Cy exchanged": (exchanged(ANN, CY), "B.i"),
    "Dan gets Cy's": (exchanged(CY, DAN), "B.i"),
    "Dan, who adds nothing, is thanked": (
        changed(lambda user, paid, rho, _: paid + F(user == DAN and rho[DAN] > 0)),
        "B.i",
    ),
    "who stays away is thanked": (changed(lambda user, paid, rho, _: paid + F(rho[user] == 0, 100)), "B.i"),
    "Ben is paid if Ann shares": (changed(lambda user, paid, rho, _: paid * (user != BEN or rho[ANN] > 0)), "B.i"),
    "only the first two": (few, "B.i"),
    "first come": (in_order((ANN, BEN, CY, DAN)), "B.i"),
    "last come": (in_order((DAN, CY, BEN, ANN)), "B.i"),
    "winner takes all": (winner, "B.i"),
    "seniority": (by_parts(lambda user, _level: 4 - user), "B.i"),
    "equal split": (by_parts(lambda _user, _level: 1), "B.i"),
    "by level": (by_parts(lambda _user, level: level), "B.i"),
    "by level squared": (by_parts(lambda _user, level: level**2), "B.i"),
    "a lottery by profile": (
        changed(lambda user, paid, rho, _: paid + F((7 * user + sum(rho) * 5 + rho[ANN]) % 3 * (rho[user] > 0), 10)),
        "B.i",
    ),
    "α by Ann's level": (share_of(lambda rho: F(1, 2) if rho[ANN] == 2 else F(1, 3)), "B.ii"),
    "α by the number who share": (share_of(lambda rho: F(1, 1 + sum(map(bool, rho)))), "B.ii"),
    "α by Dan's presence": (share_of(lambda rho: F(2, 5) if rho[DAN] else F(1, 2)), "B.ii"),
    "α of one profile": (share_of(lambda rho: F(3, 5) if rho == (1, 2, 0, 1) else F(1, 2)), "B.ii"),
    "more than there is": (fair(F(5, 4)), "B.ii"),
    "a negative share": (fair(F(-1, 10)), "B.ii"),
    "Banzhaf": (of_coalitions(lambda _size, n: F(1, 2 ** (n - 1))), "B.ii"),
    "leave-one-out": (of_coalitions(lambda size, n: F(size == n - 1)), "B.ii"),
    "alone": (of_coalitions(lambda size, _n: F(size == 0)), "B.ii"),
    "rounded to whole euros": (changed(lambda _user, paid, _r, _u: F(round(paid))), "B.iii"),
    "rounded down to cents": (changed(lambda _user, paid, _r, _u: F(math.floor(100 * paid), 100)), "B.iii"),
    "rounded for Ann": (changed(lambda user, paid, _r, _u: F(round(paid)) if user == ANN else paid), "B.i"),
    "a floor at nothing": (changed(lambda _user, paid, _r, _u: max(paid, F(0))), "B.iii"),
    "a ceiling": (changed(lambda _user, paid, _r, _u: min(paid, F(2))), "B.iii"),
    "a progressive tax": (changed(taxed), "B.iii"),
    "squares": (squares, "B.iii"),
    "the platform forgets a tenth": (stated(lambda total, paid, _rho: (total - paid) * F(9, 10)), "A.ii"),
    "the platform takes it twice": (stated(lambda total, paid, rho: total - paid + F(rho[CY] > 0)), "A.ii"),
    "the platform's tax on Theorem 1": (theorem_1(lambda platform, total: platform + total / 100), "A.ii"),
}


# The axioms, by their definitions --------------------------------------------------------------


def equally_contributing(rho: Profile, one: int, other: int | None) -> bool:
    """U(ρ_{S∪i}) = U(ρ_{S∪j}) for all S; with ``other`` None, U(ρ_{S∪i}) = U(ρ_S)."""
    others = [user for user in range(len(rho)) if user not in (one, other)]
    return all(
        worth(shared_by(rho, (*inside, one))) == worth(shared_by(rho, inside if other is None else (*inside, other)))
        for inside in subsets(others)
    )


def worst_symmetry(pay: Pay) -> F:
    """The largest violation of B.i in the game: over all profiles, pairs and users."""
    return max((amount for _, amount in _symmetry(pay)), default=F(0))


def _symmetry(pay: Pay) -> Iterator[tuple[Profile, F]]:
    for rho in PROFILES:
        paid = pay(worth, rho)
        for one, other in combinations(range(4), 2):
            if equally_contributing(rho, one, other):
                yield rho, abs(F(paid[one]) - F(paid[other]))
        for one in range(4):
            if equally_contributing(rho, one, None):
                yield rho, abs(F(paid[one]))


def worst_share(pay: Pay) -> F:
    """The largest violation of B.ii in the game."""
    totals = {rho: sum(map(F, pay(worth, rho)[:4]), F(0)) for rho in PROFILES}
    outside = [max(-totals[rho], totals[rho] - worth(rho)) for rho in PROFILES]  # U ≥ 0 everywhere
    unequal = [abs(totals[a] - totals[b]) for a, b in combinations(PROFILES, 2) if worth(a) == worth(b)]
    return max([F(0), *outside, *unequal])


def worst_total(pay: Pay) -> F:
    """The largest violation of A.ii."""
    return max(abs(sum(map(F, pay(worth, rho)), F(0)) - worth(rho)) for rho in PROFILES)
