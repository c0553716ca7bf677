"""Pure equilibria where the share depends on U: against the definition, profile by profile."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.pure.at_share import equilibria_at
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import InputError, TooLargeError
from fairgames.game import PaymentGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.users import Users
from fairgames.utilities import FederatedMean, TableUtility
from fairgames.valuation.alpha import AlphaOfUtility
from tests import oracles
from tests.strategies import Case, cases
from tests.valuation.test_alpha import by_hand


class ShareOfUtility(oracles.Game):
    """The game whose share is a function of U, from the definition of its payments."""

    def __init__(self, case: Case, points, step: bool) -> None:
        super().__init__(case.utility, case.costs, case.choices)
        self.points, self.step = points, step

    def share(self, profile) -> Fraction:
        return by_hand(self.points, self.step, self.utility(profile))

    def payoff(self, profile, user, alpha=None) -> Fraction:
        return super().payoff(profile, user, self.share(profile))

    def gains(self, profile) -> list[Fraction]:
        """The most that each user gains by moving alone, 0 by staying."""
        return [
            max(self.payoff((*profile[:user], level, *profile[user + 1 :]), user) for level in levels)
            - self.payoff(profile, user)
            for user, levels in enumerate(self.choices)
        ]

    def stable(self) -> list[oracles.Profile]:
        return [profile for profile in self.profiles if max(self.gains(profile)) == 0]


@st.composite
def point_lists(draw, offset: Fraction = Fraction(0)):
    """Few values of U, which the tables have too, unless ``offset`` moves them between."""
    us = sorted(draw(st.sets(st.integers(-4, 6), min_size=1, max_size=4)))
    return [(u + offset, draw(st.fractions(0, 1, max_denominator=4))) for u in us]


COMMON = settings(max_examples=50, deadline=None)


@COMMON
@given(cases(most_profiles=27, least=-3, rules=("users",)), point_lists(), st.booleans())
def test_against_the_definition(case, points, step):
    oracle = ShareOfUtility(case, points, step)
    found = equilibria_at(case.game(), AlphaOfUtility(points, step))
    assert [one.profile for one in found] == oracle.stable()
    assert len(found) == len(oracle.stable())
    for one in found:
        share = oracle.share(one.profile)
        assert one.alpha == share
        assert one.payments.tolist() == [share * value for value in oracle.values[one.profile]]
        assert one.utility == oracle.utility(one.profile)
        assert one.platform_utility == (1 - share) * one.utility
        assert one.certificate.regrets.tolist() == oracle.gains(one.profile)
        assert one.certificate.bound == one.regret == 0
    assert not found.potential
    assert "best responses may cycle" in found.note


@COMMON
@given(cases(most_profiles=81, least=-3, rules=("users",)), point_lists(), st.booleans())
def test_against_the_enumeration_of_the_normal_form(case, points, step):
    game, alpha = case.game(), AlphaOfUtility(points, step)
    listed = [
        game.levels([int(np.flatnonzero(vector)[0]) for vector in profile])
        for profile in pure_enumeration(game.at(alpha))
    ]
    assert [one.profile for one in equilibria_at(game, alpha)] == listed


@COMMON
@given(cases(most_profiles=27, least=-3), st.fractions(0, 1, max_denominator=6))
def test_a_constant_share(case, alpha):
    share = alpha if case.rule == "users" else None
    found, oracle = equilibria_at(case.game(), share), case.oracle()
    assert [one.profile for one in found] == oracle.equilibria(Fraction(1) if share is None else alpha)
    assert (found.potential, found.note) == (True, "")
    assert found.equilibria  # Φ_α has a maximiser
    for one in found:
        paid = [(1 if share is None else alpha) * value for value in oracle.values[one.profile]]
        assert one.payments.tolist() == paid
        assert one.platform_utility == oracle.utility(one.profile) - sum(paid)
    known = pure_equilibria(case.game())
    at = known.select(known.at(Fraction(1) if share is None else alpha))
    assert list(map(tuple, at.profiles(case.game()).tolist())) == [one.profile for one in found]


@COMMON
@given(cases(most_profiles=27, least=-3, rules=("users",)), point_lists(Fraction(1, 7)), st.booleans())
def test_floats_find_the_same_profiles_away_from_jumps(case, points, step):
    alpha = AlphaOfUtility(points, step)
    exact, floats = equilibria_at(case.game(), alpha), equilibria_at(case.game(exact=False), alpha)
    assert [one.profile for one in floats] == [one.profile for one in exact]
    for near, right in zip(floats, exact, strict=True):
        assert near.platform_utility == pytest.approx(float(right.platform_utility), abs=1e-12)
        assert 0 <= near.regret <= near.certificate.bound < 1e-10


@COMMON
@given(cases(most_profiles=27, least=-3, rules=("users",)), point_lists(), st.booleans())
def test_floats_lose_no_equilibrium_at_a_jump(case, points, step):
    """There a float may lie on the wrong side: then the bound of its regret says so."""
    alpha = AlphaOfUtility(points, step)
    floats = {one.profile: one for one in equilibria_at(case.game(exact=False), alpha)}
    oracle = ShareOfUtility(case, points, step)
    assert set(oracle.stable()) <= floats.keys()
    for profile, one in floats.items():
        gain = max(oracle.gains(profile))
        assert gain <= Fraction(float(one.regret)) + Fraction(one.certificate.bound)


def test_ties_are_ties_whatever_their_floats():
    """A lone user whose cost is exactly what it is paid may share or not; with a little more it may not."""
    little = Fraction(1, 10**40)
    for k in range(1, 12):
        u, points = Fraction(k, 7), [(0, Fraction(k, 13)), (1, Fraction(k + 1, 13))]
        alpha = AlphaOfUtility(points)
        for cost, right in (
            (alpha(u) * u, [(0,), (1,)]),
            (alpha(u) * u + little, [(0,)]),
            (alpha(u) * u - little, [(1,)]),
        ):
            game = PaymentGame(TableUtility([0, u]), Users(sensitivity=[[0, cost]]))
            assert [one.profile for one in equilibria_at(game, alpha)] == right
            assert [one.profile for one in equilibria_at(game, alpha(u))] == right


def test_a_float_on_the_wrong_side_of_a_jump():
    """U = 58, as floats 100·0.58 = 57.99999999999999; half of it is paid out from 58 on, and nothing below."""
    utility = TableUtility([0, "0.58"], scale=100)
    assert utility.at((1,)) < 58
    alpha = AlphaOfUtility([(0, 0), (58, "1/2")], step=True)
    users = Users(sensitivity=[[0, 28]])
    exact, floats = (equilibria_at(PaymentGame(utility, users, exact=exact), alpha) for exact in (True, False))
    assert [(one.profile, one.platform_utility) for one in exact] == [((1,), 29)]
    assert (1,) in [one.profile for one in floats]
    assert all(one.certificate.bound >= 29 for one in floats)  # as much as the jump is worth


def test_hospitals():
    """Five users of the federated mean, three levels: against the payoff tensor."""
    users = Users(samples=[10, 50, 100, 200, 20], sensitivity=[[0, 0.1, 0.3]] * 5)
    game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    for alpha in (AlphaOfUtility([(0, 0.1), (8, 0.5)]), AlphaOfUtility([(0, 0.1), (5, 0.4)], step=True)):
        found, payoffs = equilibria_at(game, alpha), game.at(alpha).payoffs
        stay = [np.isclose(payoffs[..., user], payoffs[..., user].max(axis=user, keepdims=True), atol=1e-12, rtol=0)
                for user in range(5)]  # fmt: skip
        assert [one.profile for one in found] == list(map(tuple, np.argwhere(np.logical_and.reduce(stay)).tolist()))
        assert all(0 <= one.regret <= one.certificate.bound < 1e-11 for one in found)
        assert all(one.alpha == pytest.approx(float(alpha(float(one.utility)))) for one in found)


# No potential ---------------------------------------------------------------------------------


def restless() -> tuple[Case, list[tuple[int, Fraction]]]:
    """Alone user 1 earns 2 and user 2 earns 3, together 4; sharing costs them 1 and 2.

    A quarter of U is paid out, and three quarters from U = 3 on. Payoffs of (user 1, user 2):

        nobody shares (0, 0); user 1 alone (1/4·2 − 1, 0) = (−1/2, 0);
        user 2 alone (0, 3/4·3 − 2) = (0, 1/4); both (3/4·3/2 − 1, 3/4·5/2 − 2) = (1/8, −1/8).
    """
    table = np.array([[Fraction(0), Fraction(3)], [Fraction(2), Fraction(4)]], dtype=object)
    costs = ((Fraction(0), Fraction(1)), (Fraction(0), Fraction(2)))
    return Case(table, costs, ((0, 1), (0, 1)), "users"), [(0, Fraction(1, 4)), (3, Fraction(3, 4))]


#: User 2 comes, user 1 joins, user 2 leaves, user 1 leaves: the profile, and who moves next.
ROUND = [((0, 0), 1), ((0, 1), 0), ((1, 1), 1), ((1, 0), 0)]


def test_no_pure_equilibrium_need_exist():
    case, points = restless()
    oracle = ShareOfUtility(case, points, step=True)
    by_name = {(0, 0): (0, 0), (1, 0): ("-1/2", 0), (0, 1): (0, "1/4"), (1, 1): ("1/8", "-1/8")}
    for profile, payoffs in by_name.items():
        assert [oracle.payoff(profile, user) for user in (0, 1)] == list(map(Fraction, payoffs))
    assert oracle.stable() == []
    found = equilibria_at(case.game(), AlphaOfUtility(points, step=True))
    assert (len(found), found.potential) == (0, False)
    assert "need not exist" in found.note
    # Each constant share that this one takes has an equilibrium.
    assert all(len(equilibria_at(case.game(), share)) for _, share in points)


def test_best_responses_may_cycle():
    """Whoever may move gains: 1/4, 1/8, 1/8 and 1/2. Gains that are differences of a potential add up to 0."""
    case, points = restless()
    oracle = ShareOfUtility(case, points, step=True)
    gains = []
    for (profile, mover), (after, _) in zip(ROUND, [*ROUND[1:], ROUND[0]], strict=True):
        assert [user for user in (0, 1) if profile[user] != after[user]] == [mover]
        gains.append(oracle.payoff(after, mover) - oracle.payoff(profile, mover))
    assert gains == [Fraction(1, 4), Fraction(1, 8), Fraction(1, 8), Fraction(1, 2)]
    payoffs = case.game().at(AlphaOfUtility(points, step=True)).payoffs
    assert cycle_sum(payoffs) == sum(gains) == 1
    assert all(cycle_sum(case.game().at(share).payoffs) == 0 for _, share in points)


def cycle_sum(payoffs: np.ndarray) -> Fraction:
    """What the movers gain once around: 0 for an exact potential game (Monderer & Shapley 1996, Theorem 2.8)."""
    return sum(
        payoffs[(*after, mover)] - payoffs[(*before, mover)]
        for (before, mover), (after, _) in zip(ROUND, [*ROUND[1:], ROUND[0]], strict=True)
    )


def test_a_straight_line_has_no_potential_either():
    """α(U) = U/8 in the same game: together they are paid half."""
    case, _ = restless()
    assert cycle_sum(case.game().at(AlphaOfUtility([(0, 0), (8, 1)])).payoffs) != 0


# What cannot be asked -------------------------------------------------------------------------


def test_a_share_where_there_is_one():
    case, points = restless()
    with pytest.raises(InputError, match="needs a share α, got None"):
        equilibria_at(case.game())
    for share in (Fraction(1, 2), AlphaOfUtility(points)):
        with pytest.raises(InputError, match="has no share α"):
            equilibria_at(case.with_rule("coalition").game(), share)
    with pytest.raises(InputError, match="between 0 and 1"):
        equilibria_at(case.game(), 2)


def test_too_large_is_refused_before_anything_is_allocated(monkeypatch):
    game = restless()[0].game()
    _ = game.potential
    monkeypatch.setattr("fairgames.memory._SMALL", 0)
    monkeypatch.setattr("fairgames.memory.available_bytes", lambda: 100)
    with pytest.raises(TooLargeError, match="Pure equilibria of 4 profiles"):
        equilibria_at(game, "1/2")
