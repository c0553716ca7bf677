"""Section 3 and Appendix B.2: the fair values, their axioms and the two users' example."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np

import fairgames as fg
from fairgames.exact import object_array
from fairgames.paper.claims.statement import Finding, Statement, claim, shown
from fairgames.typing import Array, Profile
from fairgames.valuation import AlphaOfUtility

STATEMENTS: list[Statement] = []

F = Fraction

#: A division of U at a profile: what the platform keeps, and what every user gets.
Division = Callable[[fg.Utility, Profile], tuple[Fraction, list[Fraction]]]


def no_privacy() -> fg.LinearLaplace:
    """The example of Section 3 with ε′ = ∞."""
    return fg.LinearLaplace(2, [0, "inf"])


def values(rule: str) -> tuple[Array, Array]:
    """Both users' values at all profiles of the example; user 1 chooses the row, as in eq. 10."""
    game = fg.PaymentGame(no_privacy(), fg.Users(names=["1", "2"]), rule)
    payoffs = game.at(1 if rule == "users" else None).payoffs
    return payoffs[..., 0], payoffs[..., 1]


def table(entries: list[list[Fraction]]) -> Array:
    return object_array(value for row in entries for value in row).reshape(len(entries), -1)


@claim(STATEMENTS, "eq-10", "eq. 10", "without privacy two users are worth U", "U = [[0, 2/3], [2/3, 1]]")
def _example() -> Finding:
    found = no_privacy().exact_on_grid().fractions()
    return Finding(shown(found), found.tolist() == [[0, F(2, 3)], [F(2, 3), 1]])


@claim(
    STATEMENTS,
    "eq-11-platform",
    "eq. 11",
    "under Theorem 1 the platform gets Φ_p",
    "Φ_p = [[0, 1/3], [1/3, 5/9]]",
)
def _platform() -> Finding:
    utility = no_privacy()
    found = table([[F(fg.payments(utility, (i, j), rule="coalition").platform) for j in range(2)] for i in range(2)])
    return Finding(shown(found), found.tolist() == [[0, F(1, 3)], [F(1, 3), F(5, 9)]])


def _interchanged(rule: str, printed: list[list[Fraction]]) -> Finding:
    """A user on level 0 adds nothing, so Φ₁ must be 0 in its first row."""
    first, second = values(rule)
    return Finding(
        f"Φ₁ = {shown(first)}, Φ₂ = {shown(second)}",
        first.tolist() == printed,
        "Φ₁ and Φ₂ are interchanged: with the rows of U for user 1, as in eq. 10 and Appendix B.4.1, user 1 is paid "
        f"while sharing nothing. The matrix printed as Φ₁ {'is' if second.tolist() == printed else 'is not'} Φ₂.",
    )


@claim(
    STATEMENTS,
    "eq-11-users",
    "eq. 11",
    "under Theorem 1 the users get Φ₁ and Φ₂",
    "Φ₁ = [[0, 1/3], [0, 2/9]], Φ₂ = [[0, 0], [1/3, 2/9]]",
)
def _users_of_theorem_1() -> Finding:
    return _interchanged("coalition", [[F(0), F(1, 3)], [F(0), F(2, 9)]])


@claim(
    STATEMENTS,
    "eq-12",
    "eqs. 12 and 92; earlier version: eq. 13",
    "under Theorem 2 the users get α times Φ₁ and Φ₂",
    "Φ₁ = [[0, 2/3], [0, 1/2]], Φ₂ = [[0, 0], [2/3, 1/2]]",
)
def _users_of_theorem_2() -> Finding:
    return _interchanged("users", [[F(0), F(2, 3)], [F(0), F(1, 2)]])


# Axioms ---------------------------------------------------------------------------------------


def random_tables(count: int, n_users: int = 3, n_levels: int = 3) -> Iterator[Array]:
    """Utilities without any structure, U(0) = 0; the same ones at every call."""
    rng = np.random.default_rng(2024)
    for _ in range(count):
        drawn = object_array(F(int(value), 4) for value in rng.integers(-8, 25, n_levels**n_users))
        drawn[0] = F(0)
        yield drawn.reshape((n_levels,) * n_users)


def broken_axioms(divide: Division, alpha: Callable[[Fraction], Fraction]) -> list[str]:
    """Which of symmetry, null user, efficiency and additivity fail on random utilities of three users.

    ``alpha`` is the share of U that all payments, the platform's included, add up to.
    """
    broken = set()
    for one, two in zip(random_tables(6), reversed(list(random_tables(6))), strict=True):
        for profile in ((1, 1, 2), (2, 2, 1), (1, 2, 0)):
            if not _divides(divide, one, profile, alpha):
                broken.add("efficiency")
            if profile[0] == profile[1]:
                alike = (one + one.swapaxes(0, 1)) / 2
                paid = divide(fg.TableUtility(alike), profile)[1]
                broken |= {"symmetry"} if paid[0] != paid[1] else set()
            null = one.copy()
            null[:, :, 1:] = null[:, :, :1]
            broken |= {"null user"} if divide(fg.TableUtility(null), profile)[1][2] != 0 else set()
            parts = [divide(fg.TableUtility(part), profile) for part in (one, two, one + two)]
            added = [a + b for a, b in zip(parts[0][1], parts[1][1], strict=True)]
            if added != parts[2][1] or parts[0][0] + parts[1][0] != parts[2][0]:
                broken.add("additivity")
    return sorted(broken)


def _divides(divide: Division, utility: Array, profile: Profile, alpha: Callable[[Fraction], Fraction]) -> bool:
    platform, paid = divide(fg.TableUtility(utility), profile)
    return bool(platform + sum(paid) == alpha(utility[profile]) * utility[profile])


def coalition(utility: fg.Utility, profile: Profile) -> tuple[Fraction, list[Fraction]]:
    """Theorem 1."""
    found = fg.payments(utility, profile, rule="coalition")
    return F(found.platform), found.payments.tolist()


def rival(utility: fg.Utility, profile: Profile) -> tuple[Fraction, list[Fraction]]:
    """φ_p = 2U/3, and each user a third of the Shapley value."""
    found = fg.payments(utility, profile, alpha="1/3")
    return F(found.platform), found.payments.tolist()


@claim(
    STATEMENTS,
    "theorem-1-axioms",
    "Theorem 1, eqs. 5 and 6",
    "φ_p and φ_i satisfy axioms A.i to A.iii",
    "no axiom is broken",
)
def _axioms_of_theorem_1() -> Finding:
    broken = broken_axioms(coalition, lambda _: F(1))
    return Finding(f"broken: {', '.join(broken) or 'none'}", not broken, "6 random utilities of 3 users and 3 levels")


@claim(
    STATEMENTS,
    "theorem-1-unique",
    "Theorem 1; Section 1.2",
    "φ_p and φ_i that satisfy A.i to A.iii are unique",
    "whatever satisfies A.i to A.iii is eqs. 5 and 6",
)
def _theorem_1_is_unique() -> Finding:
    utility, profile = no_privacy(), (1, 1)
    broken = broken_axioms(rival, lambda _: F(1))
    theorem, other = coalition(utility, profile), rival(utility, profile)
    return Finding(
        f"φ_p = 2U/3 with φ_i = Shapley/3 breaks {', '.join(broken) or 'none'}; in the example "
        f"(φ_p, φ) = {shown(other)}, by Theorem 1 {shown(theorem)}",
        bool(broken) or theorem == other,
        "A.i compares users only. Unique if A.i holds of the platform as of any other player: one whose leaving "
        "costs as much as the platform's must get as much, and one who adds nothing gets nothing.",
    )


@claim(
    STATEMENTS,
    "theorem-2-axioms",
    "Theorem 2, eq. 7; Appendix B.2, eqs. 38–47",
    "φ_i satisfies axioms B.i to B.iii for constant α",
    "no axiom is broken",
)
def _axioms_of_theorem_2() -> Finding:
    share = F(2, 5)

    def divide(utility: fg.Utility, profile: Profile) -> tuple[Fraction, list[Fraction]]:
        return F(0), fg.payments(utility, profile, share).payments.tolist()

    broken = broken_axioms(divide, lambda _: share)
    return Finding(
        f"broken: {', '.join(broken) or 'none'}", not broken, "6 random utilities of 3 users and 3 levels, α = 2/5"
    )


@claim(
    STATEMENTS,
    "axiom-b-iii-alpha",
    "axioms B.ii and B.iii",
    "Theorem 2's payments are additive in U for an α that is a function of ρ: φ_i of U + V is φ_i + φ′_i",
    "φ of U + V is φ of U plus φ of V",
)
def _additivity_where_alpha_is_a_function_of_rho() -> Finding:
    def of_profile(utility: fg.Utility, profile: Profile) -> tuple[Fraction, list[Fraction]]:
        share = F(1 + 4 * profile[0] + 2 * profile[1] + profile[2], 20)  # apart at all profiles; whichever U is paid
        return F(0), fg.payments(utility, profile, share).payments.tolist()

    of_utility = AlphaOfUtility([(-5, 0), (10, 1)])

    def recomputed(utility: fg.Utility, profile: Profile) -> tuple[Fraction, list[Fraction]]:
        return F(0), fg.payments(utility, profile, of_utility).payments.tolist()

    paid = [recomputed(fg.TableUtility(table([[F(0), F(0)], [F(0), F(u)]])), (1, 1))[1][0] for u in (3, 5, 8)]
    additive, other = (not _breaks_additivity(divide) for divide in (of_profile, recomputed))
    return Finding(
        f"α(ρ) the same for U, V and U + V: {'additive' if additive else 'not additive'}; α = (U + 5)/15 recomputed "
        f"from each utility: {'additive' if other else 'not additive'}, U = 3 and 5 pay {paid[0]} + {paid[1]}, 8 pays "
        f"{paid[2]}",
        additive,
        "As printed α(ρ) is a function of ρ, so that φ is linear in U. It is not where α is recomputed from each "
        'utility\'s own values, another reading ("depend only on the utility itself"): then B.iii needs a constant α.',
    )


def _breaks_additivity(divide: Division) -> bool:
    """Efficiency and symmetry are not asked for here: they depend on what α is."""
    return "additivity" in broken_axioms(divide, lambda _: F(1))


@claim(
    STATEMENTS,
    "theorem-2-unique",
    "Theorem 2; Appendix B.2, eqs. 48 and 49",
    "the values are Σ_T b_T·φ^(T), with φ_i^(T) = α/|T| for i in T, and equal eq. 7",
    "difference 0",
)
def _unanimity() -> Finding:
    worst = F(0)
    for utility in random_tables(6):
        for profile in product(range(3), repeat=3):
            found = fg.payments(fg.TableUtility(utility), profile, "2/5").payments
            worst = max(worst, *(abs(a - b) for a, b in zip(found, _by_dividends(utility, profile), strict=True)))
    return Finding(
        f"largest difference {worst}",
        worst == 0,
        "B.i and B.ii leave one value for every unanimity game, and B.iii adds them up. 6 random utilities, all "
        "27 profiles. Eq. 49 prints α/T for α/|T|.",
    )


def _by_dividends(utility: Array, profile: Profile) -> list[Fraction]:
    """(2/5)·Σ_{T∋i} b_T/|T| with b_T by inclusion and exclusion over ρ_S."""
    result = [F(0)] * len(profile)
    for members in product((0, 1), repeat=len(profile)):
        size = sum(members)
        parts = product(*((0, 1) if inside else (0,) for inside in members))
        b = sum((-1) ** (size - sum(part)) * utility[tuple(np.multiply(part, profile))] for part in parts)
        for user, inside in enumerate(members):
            result[user] += inside * F(2, 5) * b / max(size, 1)
    return result
