"""The worked examples of the papers, and the errors found in them (design note 8).

Numbers of equations are those of the later paper. In tables of two users, user 1 chooses the
row and user 2 the column, as eq. 10 says of U.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

from fairgames.estimators import optimal_weights
from fairgames.exact import Rationals
from fairgames.game import PaymentGame
from fairgames.mechanism import design
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from fairgames.valuation.potential import potential, potential_exact
from fairgames.valuation.request import payments
from tests import oracles

THIRD, HALF = Fraction(1, 3), Fraction(1, 2)

EQ_10 = [[0, 2 * THIRD], [2 * THIRD, 1]]
#: φ_p, and the value of the user who chooses the row, by eq. 11.
PLATFORM_11 = [[0, THIRD], [THIRD, Fraction(5, 9)]]
OWN_11 = [[0, 0], [THIRD, Fraction(2, 9)]]
#: The same at α = 1 by eq. 12.
OWN_12 = [[0, 0], [2 * THIRD, HALF]]


def no_privacy() -> LinearLaplace:
    return LinearLaplace(2, [0, "inf"])


def values(rule: str) -> np.ndarray:
    """Both users' values at all profiles, shape (2, 2, 2): user first."""
    game = PaymentGame(no_privacy(), Users(names=["1", "2"]), rule)
    return np.moveaxis(game.at(1 if rule == "users" else None).payoffs, -1, 0)


# Examples 1 and 2 -----------------------------------------------------------------------------


def test_equation_10():
    utility = no_privacy()
    assert utility.exact_on_grid().fractions().tolist() == EQ_10
    assert np.abs(utility.on_grid() - np.array(EQ_10, dtype=float)).max() <= 1e-12


def test_equation_11_of_the_platform():
    """Theorem 1's platform value: the potential with the platform as one more member."""
    utility = no_privacy()
    assert potential_exact(utility.exact_on_grid(), extra=1).fractions().tolist() == PLATFORM_11
    assert np.abs(potential(utility.on_grid(), extra=1) - np.array(PLATFORM_11, dtype=float)).max() <= 1e-12
    for profile in product(range(2), repeat=2):
        found = payments(utility, profile, rule="coalition")
        assert found.platform == PLATFORM_11[profile[0]][profile[1]]
        assert payments(utility, profile, rule="coalition", exact=False).platform == pytest.approx(
            float(found.platform), abs=1e-12
        )


@pytest.mark.parametrize(("rule", "own"), [("coalition", OWN_11), ("users", OWN_12)])
def test_equations_11_and_12_of_the_users(rule, own):
    first, second = values(rule)
    assert first.tolist() == own
    assert second.T.tolist() == own
    for profile in product(range(2), repeat=2):
        right = [own[profile[0]][profile[1]], own[profile[1]][profile[0]]]
        assert payments(no_privacy(), profile, rule=rule).payments.tolist() == right
        found = payments(no_privacy(), profile, rule=rule, exact=False).payments
        assert found == pytest.approx([float(value) for value in right], abs=1e-12)


def test_equations_11_and_12_are_printed_with_the_users_interchanged():
    """Eq. 11 prints Φ₁ = [[0, 1/3], [0, 2/9]], so that user 1 earns while sharing nothing.

    With the rows of eq. 10 (ε′ for user 1 in the second row) that is Φ₂; eqs. 12 and 92 likewise.
    A.i and B.i demand 0 for a user who adds nothing.
    """
    for rule, printed_first in (
        ("coalition", [[0, THIRD], [0, Fraction(2, 9)]]),
        ("users", [[0, 2 * THIRD], [0, HALF]]),
    ):
        first, second = values(rule)
        assert first.tolist() != printed_first
        assert second.tolist() == printed_first


@pytest.mark.parametrize("epsilon", ["1/2", "1", "2", "10"])
def test_equation_37(epsilon):
    e = Fraction(epsilon)
    alone, both = 2 / (3 + 24 / e**2), 1 / (1 + 3 / e**2)
    right = [[0, alone], [alone, both]]
    utility = LinearLaplace(2, [0, epsilon])
    assert utility.exact_on_grid().fractions().tolist() == right
    assert np.abs(utility.on_grid() - np.array(right, dtype=float)).max() <= 1e-12


def test_equation_37_tends_to_equation_10():
    far = LinearLaplace(2, [0, 10**9]).on_grid()
    assert np.abs(far - no_privacy().on_grid()).max() < 1e-15


def test_the_estimators_of_appendix_b1():
    """Eqs. 31, 32, 35 and 36: the optimal weights 1/(3 + 24/ε²) and 1/(4 + 12/ε²), and their risk."""
    for epsilon in (Fraction(1, 3), Fraction(2), Fraction(7)):
        alone, each = 1 / (3 + 24 / epsilon**2), 1 / (4 + 12 / epsilon**2)
        assert optimal_weights([epsilon]) == ([alone], alone / epsilon)
        assert optimal_weights([epsilon] * 2) == ([each] * 2, each / epsilon)
        assert oracles.laplace_violation([epsilon], [alone], alone / epsilon) is None
        assert oracles.laplace_violation([epsilon] * 2, [each] * 2, each / epsilon) is None
        assert oracles.laplace_risk([alone], alone / epsilon) == Fraction(1, 12) * (1 - alone)
        assert oracles.laplace_risk([each] * 2, each / epsilon) == Fraction(1, 12) * (1 - 1 / (2 + 6 / epsilon**2))


def test_equation_94():
    """γ(p) = 1/2 + p/6: what sharing earns where the other user does not share with probability p."""
    first = values("users")[0]
    for p in (Fraction(0), Fraction(1, 4), Fraction(1)):
        gain = p * (first[1, 0] - first[0, 0]) + (1 - p) * (first[1, 1] - first[0, 1])
        assert gain == HALF + p / 6


# Theorem 1 and its axioms ---------------------------------------------------------------------


def test_theorem_1_is_not_unique_as_printed():
    """Design note 8.8: φ_p = (1 − z)·U with φ_i = z·Shapley satisfies A.i (between users), A.ii and A.iii too.

    Only symmetry with the platform tells them apart: where one user's data is needed for
    anything, user and platform are as indispensable as each other.
    """
    rng = np.random.default_rng(5)
    table = np.array([Fraction(int(value)) for value in rng.integers(0, 9, 8)], dtype=object).reshape(2, 2, 2)
    table[0] = Fraction(0)  # nothing without user 1
    z = Fraction(1, 3)
    shapley = oracles.shapley(table.__getitem__, (1, 1, 1))
    rival_platform, rival = (1 - z) * table[1, 1, 1], [z * value for value in shapley]
    assert rival_platform + sum(rival) == table[1, 1, 1]
    found = payments(TableUtility(table), (1, 1, 1), rule="coalition")
    assert found.payments.tolist() != rival
    assert found.platform == found.payments[0]
    assert rival_platform != rival[0]


def test_theorem_1_pays_half_of_what_a_user_adds_in_an_additive_game():
    table = np.array([[0, 3], [4, 7]], dtype=object)
    found = payments(TableUtility(table), (1, 1), rule="coalition")
    assert (found.payments.tolist(), found.platform) == ([2, Fraction(3, 2)], Fraction(7, 2))


def test_additivity_fails_where_alpha_follows_u():
    """Design note 8.9: B.iii cannot hold unless α is held as one function of the profile."""
    alpha = {3: Fraction(1, 4), 5: Fraction(1, 2), 8: Fraction(1)}
    paid = {u: payments(TableUtility([[0, 0], [0, u]]), (1, 1), alpha[u]).payments[0] for u in alpha}
    assert paid[3] + paid[5] != paid[8]
    same = {u: payments(TableUtility([[0, 0], [0, u]]), (1, 1), "1/4").payments[0] for u in alpha}
    assert same[3] + same[5] == same[8]


# The mechanism --------------------------------------------------------------------------------


def test_the_knife_edge_among_pure_equilibria():
    """Design note 2: only user 1 shares, α = 9/20, and the platform keeps 11/30."""
    users = Users(sensitivity=[[0, "3/10"], [0, "8/25"]])
    found = design(PaymentGame(no_privacy(), users), scope="pure")
    assert (found.alpha, found.platform_utility, found.profile) == (Fraction(9, 20), Fraction(11, 30), (1, 0))


@pytest.mark.parametrize("c", ["1/20", "1/7", "3/10", "1/3"])
def test_both_share_at_twice_their_cost(c):
    """Section 5: for c < 1/3 the platform pays α = 2c, the least at which both share.

    Among pure equilibria (1, 0) competes: alone a user shares from 3c/2 on, worth 2/3.
    """
    c = Fraction(c)
    found = design(PaymentGame(no_privacy(), Users(sensitivity=[[0, c]] * 2)), scope="pure")
    both, alone = 1 - 2 * c, (1 - 3 * c / 2) * 2 * THIRD
    assert found.platform_utility == max(both, alone)
    assert found.alpha == (2 * c if both > alone else 3 * c / 2)


def test_nobody_is_worth_paying_from_two_thirds_on():
    """Section 5: for c ≥ 2/3 the platform does nothing."""
    for c in ("2/3", "3/4", 5):
        found = design(PaymentGame(no_privacy(), Users(sensitivity=[[0, c]] * 2)), scope="pure")
        assert (found.alpha, found.profile, found.platform_utility) == (0, (0, 0), 0)


def test_assumption_2_fails_up_to_the_root_of_12():
    """Design note 8.7: the second user adds more than the first where ε′ ≤ √12, the first more above."""
    for epsilon in (Fraction(1), Fraction(3), Fraction(346, 100), Fraction(347, 100), Fraction(4), Fraction(100)):
        table = LinearLaplace(2, [0, epsilon]).exact_on_grid().fractions()
        assert (table[1, 1] - table[0, 1] > table[1, 0] - table[0, 0]) == (epsilon**2 < 12)


def test_gamma_falls_for_epsilon_1():
    """Design note 8.7: γ(p) = 0.125(1 − p) + 0.0741p."""
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(names=["1", "2"]))
    first = game.at(1).payoffs[..., 0]
    assert (first[1, 1] - first[0, 1], first[1, 0] - first[0, 0]) == (Fraction(1, 8), Fraction(2, 27))


# Federated mean -------------------------------------------------------------------------------


def proposition_5(samples, between, within, profile, user) -> tuple[float, list[float]]:
    """(w_i0, [w_ij]) as printed in eqs. 59 to 64, with V_k = r²/n_k + s².

    V₀ is the mean of V over the users on level 1, V̄ the harmonic mean over those on level 2.
    """
    v = [within / n + between for n in samples]
    full = [j for j, level in enumerate(profile) if level == 2]
    group = [j for j, level in enumerate(profile) if level == 1]
    n1, n2 = len(group), len(full)
    v0 = sum(v[j] for j in group) / n1
    v_bar = n2 / sum(1 / v[j] for j in full)
    total = n1 + n2 * v0 / v_bar
    if profile[user] == 0:
        return n1 / total, [v0 / v[j] / total for j in full]
    if profile[user] == 1:
        first = n1 / total + n2 / total * between / v_bar
        return first, [v0 / v[j] / total - between / v[j] / total for j in full]
    shift = between / v[user]
    rest = {j: v0 / v[j] / total - v0 / v[j] / total * shift for j in full}
    rest[user] = v0 / v[user] / total + (total - v0 / v[user]) / total * shift
    return n1 / total - n1 / total * shift, list(rest.values())


@pytest.mark.parametrize("user", range(5))
def test_proposition_5_gives_the_best_weights(user):
    """Results 62 to 64 are right though eq. 72, from which they are drawn, is not (design note 8.4)."""
    samples, between, within, profile = [4, 9, 30, 12, 6], 1.5, 20.0, (2, 1, 1, 0, 2)
    federation = oracles.Federation([Fraction(n) for n in samples], Fraction(3, 2), Fraction(20))
    exact = [float(w) for w in federation.weights(profile, user)]
    first, rest = proposition_5(samples, between, within, profile, user)
    assert first == pytest.approx(sum(exact[j] for j in (1, 2)), abs=1e-12)
    assert rest == pytest.approx([exact[0], exact[4]], abs=1e-12)


def test_table_1_and_equation_15():
    """Nobody sharing has U = 0 by definition, whatever the importance; U is in nats."""
    users = Users(samples=[10, 20], importance=[1, 3])
    utility = FederatedMean(users, between=1.0, within=10.0)
    assert utility.at((0, 0)) == 0
    # User 1 alone: EMSE 10/10 of its own and 2·1 + 1 for user 2; the reference is 10 + 2.
    assert utility.at((2, 0)) == pytest.approx(math.log(12 / 1) + 3 * math.log(12 / 3), rel=1e-14)


def test_assumption_1_fails_for_the_federated_utility():
    """Design note 8.6: a user who shares more can lower U, with equal n and with unequal n."""
    equal = FederatedMean(Users(samples=[10, 10, 10]), between=100.0, within=1.0)
    assert equal.at((1, 1, 0)) < equal.at((1, 0, 0))
    unequal = FederatedMean(Users(samples=[1000, 1]), between=0.0, within=1.0)
    assert unequal.at((1, 1)) < unequal.at((1, 0))


def test_diminishing_returns_fail_for_the_logarithm():
    """Design note 8.6: with levels {0, 2} and equal n a second user may add more than the first."""
    gains = []
    for between, within in product([0.01, 0.1, 1.0, 10.0, 100.0], [1.0, 10.0]):
        utility = FederatedMean(Users(samples=[10] * 3), between, within, levels=[0, 2])
        first, second, third = (utility.at(p) for p in ((1, 0, 0), (1, 1, 0), (1, 1, 1)))
        gains.append((first, second - first, third - second))
    assert any(later > earlier + 1e-9 for gain in gains for earlier, later in pairwise(gain))


def test_a_fair_payment_can_be_negative():
    """What follows where U falls with one more member: the second member of the group costs U."""
    found = payments(FederatedMean(Users(samples=[1000, 1]), between=0.0, within=1.0), (1, 1))
    assert found.payments[1] < 0
    assert not found.monotone
    assert "negative for b" in " ".join(found.warnings(["a", "b"]))


def test_the_potential_of_equation_10():
    """Hart & Mas-Colell: P = (U + Σ P of one user fewer) / |S|."""
    found = potential_exact(Rationals.of(np.array(EQ_10, dtype=object))).fractions()
    assert found.tolist() == [[0, 2 * THIRD], [2 * THIRD, Fraction(7, 6)]]
