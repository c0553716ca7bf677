"""The worked examples: eqs. 10-12, eq. 37, Table 1, eqs. 91-97."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.estimators import FederatedEstimator
from fairgames.game import PaymentGame
from fairgames.mechanism import design
from fairgames.mechanism.symmetric import SymmetricDesign
from fairgames.paper.registry import Data
from fairgames.privacy import FEDERATED
from fairgames.typing import Scalar
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, Utility
from fairgames.valuation.request import payments

#: The ε′ at which eq. 37 is evaluated; with "inf" it is eq. 10.
_EPSILONS = ("1/2", "1", "2", "3", "5", "10", "inf")
#: Sensitivities inside each regime of eq. 97, and where regimes meet.
_COSTS = tuple(Fraction(k, 12) for k in range(13))


#: Equation, quantity, where, value, and the value as it is.
Row = tuple[str, str, str, Scalar | None, str]


@dataclass(frozen=True)
class Example:
    """A worked example: nothing but its numbers."""

    numbers: Data

    def data(self) -> Data:
        return self.numbers


def allocations() -> Example:
    """U of eq. 10, and what Theorem 1 (eq. 11) and Theorem 2 at α = 1 (eq. 12) make of it."""
    utility = LinearLaplace(2, [0, "inf"])
    rows = []
    for profile in product(range(2), repeat=2):
        whole = payments(utility, profile, rule="coalition")
        among = payments(utility, profile)
        for name, equation, value in (
            ("U", "10", whole.utility),
            ("Phi_p", "11", whole.platform),
            ("Phi_1^(1)", "11", whole.payments[0]),
            ("Phi_2^(1)", "11", whole.payments[1]),
            ("Phi_1^(2)", "12", among.payments[0]),
            ("Phi_2^(2)", "12", among.payments[1]),
        ):
            rows.append((equation, name, *(utility.level_names[level] for level in profile), value, str(value)))
    return Example(
        Data(
            ("equation", "matrix", "epsilon_1", "epsilon_2", "value", "exact"),
            tuple(rows),
            {"alpha": 1, "rows and columns": "user 1 chooses the row and user 2 the column, as eq. 10 says of U"},
        )
    )


def finite_epsilon() -> Example:
    """U of two users with ε′ < ∞ (eq. 37)."""
    rows = []
    for epsilon in _EPSILONS:
        utility = LinearLaplace(2, [0, epsilon])
        table = utility.exact_on_grid().fractions()
        for first, second in product(range(2), repeat=2):
            value = table[first, second]
            names = utility.level_names
            rows.append((str(utility.level_names[1]), names[first], names[second], value, str(value)))
    return Example(Data(("epsilon", "epsilon_1", "epsilon_2", "utility", "exact"), tuple(rows)))


def privacy_levels() -> Example:
    """Table 1, and what the best estimators then use of users on each level (eq. 14)."""
    profile = (2, 2, 1, 1, 0)
    estimator = FederatedEstimator.optimal(FederatedMean(Users(samples=[10] * 5), between=1, within=10), profile)
    rows = []
    for level in (2, 1, 0):
        user = profile.index(level)
        own, group = bool(estimator.weights[:, user].any()), bool(estimator.shares[user])
        rows.append((level, FEDERATED.received(level), own, group))
    return Example(
        Data(
            ("level", "platform_gets", "own_mean_used", "in_aggregate"),
            tuple(rows),
            {"profile": profile, "group_share": float(estimator.shares[profile.index(1)])},
        )
    )


def theorem_3() -> Example:
    """Eqs. 91 to 97: U, Φ, U(p), γ(p), and at some sensitivities what is best for the platform."""
    utility = LinearLaplace(2, [0, "inf"])
    game = SymmetricGame.of(PaymentGame(utility, Users(sensitivity=[[0, 1]] * 2)))
    rows = [*_matrices(utility), *_polynomials(game)]
    for cost in _COSTS:
        found = symmetric_optimum(utility, cost)
        for equation, name, value in (("97", "alpha*", found.alpha), ("95", "p*", found.p), ("96", "U", found.utility)):
            rows.append((equation, name, f"c = {cost}", value, str(value)))
    facts = {"gamma_max": found.gamma_max, "gamma_min": found.gamma_min, "c_th": found.c_th}
    return Example(Data(("equation", "quantity", "at", "value", "exact"), tuple(rows), facts))


def symmetric_optimum(utility: Utility, cost: Fraction) -> SymmetricDesign:
    """The platform's best share where the less private level costs everybody ``cost`` (eq. 21)."""
    users = Users(sensitivity=[[0, cost]] * utility.n_users)
    found = design(PaymentGame(utility, users), scope="symmetric")
    if not isinstance(found, SymmetricDesign):
        raise TypeError(f"expected a symmetric design, got {type(found).__name__}")
    return found


def _matrices(utility: Utility) -> Iterator[Row]:
    for profile in product(range(2), repeat=2):
        at = ", ".join(utility.level_names[level] for level in profile)
        found = payments(utility, profile)
        values = [("91", "U", found.utility)]
        values += [("92", f"Phi_{user}", value) for user, value in enumerate(found.payments, start=1)]
        for equation, name, value in values:
            yield equation, name, f"epsilon = ({at})", value, str(value)


def _polynomials(game: SymmetricGame) -> Iterator[Row]:
    for equation, name, polynomial in (("93", "U(p)", game.utility), ("94", "gamma(p)", game.gain)):
        for p in (Fraction(k, 4) for k in range(5)):
            value = polynomial(p)
            yield equation, name, f"p = {p}", value, str(value)
