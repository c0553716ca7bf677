"""Section 5.1, Fig. 8 and Appendix B.4.1: the example in which Theorem 3 can be worked out."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise

from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.mechanism.symmetric.thresholds import cost_threshold
from fairgames.paper.claims.equal_users import Best, best, extremes, symmetric_game
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against, shown
from fairgames.paper.claims.values import no_privacy

STATEMENTS: list[Statement] = []

F = Fraction

#: c = 1/60, 2/60, …, 1: it holds 1/4, 1/3 and 2/3.
COSTS = tuple(F(k, 60) for k in range(1, 61))

SHARES = tuple(F(k, 40) for k in range(1, 41))

_THIRD = F(1, 3)


@cache
def example() -> SymmetricGame:
    return symmetric_game(no_privacy())


@cache
def optimum(c: Fraction) -> Best:
    """The platform's optimum at one c."""
    return best(example(), c)


def played(c: Fraction, alpha: Fraction) -> Fraction:
    """p*(α): the equilibrium at which eq. 95 puts it where more than one p is."""
    return min(root.low for root in example().with_cost(c).equilibria(alpha))


@claim(
    STATEMENTS,
    "eqs-93-94",
    "eqs. 93 and 94",
    "U(p) = −p²/3 − 2p/3 + 1 and γ(p) = 1/2 + p/6, so γ_max = 2/3 and γ_min = 1/2",
    "equal at p = 0, 1/40, …, 1",
)
def _equations_93_and_94() -> Finding:
    def printed(p: Fraction) -> bool:
        game = example()
        return game.utility(p) == -(p**2) / 3 - 2 * p / 3 + 1 and game.gain(p) == F(1, 2) + p / 6

    wrong, ends = first_against((F(0), *SHARES), printed), extremes(example())
    return Finding(
        f"{'equal' if wrong is None else f'differ at p = {wrong}'}; γ_min = {ends[0]}, γ_max = {ends[1]}",
        wrong is None and ends == (F(1, 2), F(2, 3)),
    )


@claim(
    STATEMENTS,
    "eqs-95-96",
    "eqs. 95 and 96",
    "p*(α) is 1 below α = 3c/2, 6c/α − 3 up to 2c, 0 above; there U is 0, 8c/α − 12c²/α² and 1",
    "equal for each c and α",
)
def _equations_95_and_96() -> Finding:
    def printed(case: tuple[Fraction, Fraction]) -> bool:
        c, alpha = case
        if alpha < 3 * c / 2:
            says = F(1), F(0)
        elif alpha > 2 * c:
            says = F(0), F(1)
        else:
            says = 6 * c / alpha - 3, 8 * c / alpha - 12 * c**2 / alpha**2
        p = played(c, alpha)
        return (p, example().utility(p)) == says

    wrong = first_against([(c, alpha) for c in COSTS for alpha in SHARES], printed)
    return Finding(
        "equal" if wrong is None else f"differ at (c, α) = {shown(wrong)}",
        wrong is None,
        "c = 1/60, …, 1 and α = 1/40, …, 1, exactly",
    )


@claim(
    STATEMENTS,
    "eq-97",
    "eq. 97; Section 5.1",
    "α* is 2c for c < 1/3, 6c/(3c + 2) for 1/3 ≤ c ≤ 2/3, 0 above",
    "equal for each c",
)
def _equation_97() -> Finding:
    def says(c: Fraction) -> Fraction:
        return 2 * c if c < _THIRD else 6 * c / (3 * c + 2) if c < F(2, 3) else F(0)

    wrong, at = first_against(COSTS, lambda c: optimum(c).alpha == says(c)), optimum(F(2, 3))
    return Finding(
        "equal" if wrong is None else f"c = {wrong}: {optimum(wrong).alpha}",
        wrong is None,
        f"c = 1/60, …, 1, exactly. At c = 2/3 itself α = 1 and α = 0 both leave the platform {at.value}; the lower is "
        "taken.",
    )


def _condition_of_eq_24(c: Fraction) -> bool:
    """(1 − c/γ_min)/(1 − α) ≥ U(p*(α))/U(0) for α = 0, 0.001, … up to c/γ_min, where nobody is paid for nothing."""
    least, top = extremes(example())[0], example().utility(F(0))
    here = example().with_cost(c)
    limit = c / least
    shares = [limit * F(k, 400) for k in range(1, 400)]
    return all(
        (1 - limit) / (1 - alpha) >= example().utility(root.low) / top
        for alpha in shares
        for root in here.equilibria(alpha)
    )


@claim(
    STATEMENTS,
    "c-threshold",
    "Section 5.1, eq. 24",
    "eq. 24 tells us that c_th = 1/3",
    "c_th = 1/3",
)
def _threshold() -> Finding:
    threshold, exact = cost_threshold(example())
    meets = [_condition_of_eq_24(c) for c in (F(33, 100), F(34, 100))]
    return Finding(
        f"c_th = {threshold}; eq. 24's condition {'holds' if meets[0] else 'fails'} at 0.33, "
        f"{'holds' if meets[1] else 'fails'} at 0.34",
        threshold == _THIRD and exact and meets == [True, False],
        "the condition at 399 shares up to c/γ_min, exactly",
    )


def _kept(c: Fraction) -> list[Fraction]:
    """(1 − α)·U(p*(α)) at 200 shares up to 2c."""
    return [(1 - alpha) * example().utility(played(c, alpha)) for alpha in (2 * c * F(k, 200) for k in range(1, 201))]


@claim(
    STATEMENTS,
    "b-4-1-monotone",
    "Appendix B.4.1",
    "for c < 1/3, (1 − α)U(p*(α)) is monotone on 0 ≤ α ≤ 2c and attains 1 − 2c at 2c",
    "no fall, 1 − 2c at the end",
)
def _monotone_below() -> Finding:
    def printed(c: Fraction) -> bool:
        kept = _kept(c)
        return kept[-1] == 1 - 2 * c and all(after >= before for before, after in pairwise(kept))

    wrong = first_against([F(1, 10), F(1, 5), F(3, 10), F(33, 100)], printed)
    return Finding(
        "no fall" if wrong is None else f"falls at c = {wrong}",
        wrong is None,
        "c = 0.1, 0.2, 0.3, 0.33; 200 shares each",
    )


@claim(
    STATEMENTS,
    "b-4-1-exceeds",
    'Appendix B.4.1: "However, for c < 1/3, it exceeds 1 − 2c"',
    "for c < 1/3 the maximum is at α = 6c/(3c + 2) and exceeds 1 − 2c",
    "maximum > 1 − 2c",
)
def _exceeds() -> Finding:
    def exceeds(c: Fraction) -> bool:
        return 6 * c / (3 * c + 2) < 2 * c and max(_kept(c)) > 1 - 2 * c

    c, larger = F(3, 10), (F(2, 5), F(1, 2))
    return Finding(
        f"c = 3/10: maximum {max(_kept(c))}, 1 − 2c = {1 - 2 * c}; 6c/(3c + 2) = {6 * c / (3 * c + 2)}, 2c = {2 * c}",
        exceeds(c),
        f"Below 1/3 that α lies above 2c, where p = 0. "
        f"c > 1/3 is meant: {'true' if all(map(exceeds, larger)) else 'false'} at c = 2/5 and 1/2.",
    )


# Fig. 8 ---------------------------------------------------------------------------------------


@claim(
    STATEMENTS,
    "fig-8-regimes",
    "Section 5.1, Fig. 8; abstract",
    "for c ≤ 1/3 all share and U is at its maximum, up to 2/3 some do, α* rises towards 1 and U falls; then none do",
    "p = 0, U = 1; 0 < p < 1; U = α* = 0",
)
def _regimes() -> Finding:
    low, high = ([optimum(c) for c in COSTS if c <= _THIRD], [optimum(c) for c in COSTS if c >= F(2, 3)])
    middle = [optimum(c) for c in COSTS if _THIRD < c < F(2, 3)]
    ends = [(float(one.alpha), float(one.utility), float(one.p)) for one in (middle[0], middle[-1])]
    falls = all(b.alpha > a.alpha and b.utility < a.utility and 0 < a.p < b.p < 1 for a, b in pairwise(middle))
    return Finding(
        f"least U {min(one.utility for one in low)}; (α*, U, p) from {shown(ends[0])} to {shown(ends[1])}; largest U, "
        f"α* {max(one.utility for one in high)} and {max(one.alpha for one in high)}",
        all((one.p, one.utility) == (F(0), F(1)) for one in low)
        and falls
        and all(one.alpha == one.utility == 0 for one in high),
        "c = 1/60, …, 1, exactly",
    )


@claim(
    STATEMENTS,
    "fig-8-most",
    'Section 5.1: "the platform is able to capture most of the utility for itself"',
    "for c ≤ 1/3 the platform keeps most of U",
    "platform's part > 1/2",
)
def _most() -> Finding:
    parts = {c: optimum(c).value / optimum(c).utility for c in COSTS if c <= _THIRD}
    largest = max(c for c, part in parts.items() if part > F(1, 2))
    return Finding(
        f"{parts[F(1, 5)]} at c = 1/5, {parts[F(1, 4)]} at 1/4, {parts[_THIRD]} at 1/3",
        min(parts.values()) > F(1, 2),
        f"It keeps 1 − 2c, which is most for c < 1/4 only ({largest} is the largest such c of 1/60, 2/60, …); from "
        "there to 1/3 the users get more.",
    )
