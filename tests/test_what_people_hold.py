"""The public functions take games, profiles, utilities and users in the forms that people hold them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairgames as fg
from fairgames import InputError, TooLargeError
from fairgames.equilibria import by_best_response, certify_profile
from fairgames.games import certify

#: Coordination: (0, 0), (1, 1) and, by hand, player 1 mixes so that 2 is indifferent: p = 2(1 − p), and 2q = 1 − q.
A, B = [[2, 0], [0, 1]], [[1, 0], [0, 2]]
THIRD = Fraction(1, 3)
MIXED = ([2 * THIRD, THIRD], [THIRD, 2 * THIRD])
EXACT = fg.NormalFormGame.from_arrays(np.array(A, dtype=object), np.array(B, dtype=object))
GAME = fg.NormalFormGame.from_arrays(A, B)

TABLE = [[0, "2/3"], ["2/3", 1]]
COSTS = [[0, "3/10"], [0, "8/25"]]
USERS = fg.Users(sensitivity=COSTS)
PAYMENTS = fg.PaymentGame(fg.TableUtility(TABLE), USERS)
SCENARIO = """
[utility]
kind = "linear-laplace"
levels = [0, inf]
[payment]
rule = "{rule}"
[[users]]
name = "Ann"
sensitivity = [0, 0.3]
[[users]]
name = "Ben"
sensitivity = [0, 0.32]
"""


def scenario(folder: Path, rule: str = "users") -> fg.Scenario:
    (folder / "s.toml").write_text(SCENARIO.format(rule=rule), encoding="utf-8")
    return fg.load(folder / "s.toml")


def _nashpy() -> Any:
    return pytest.importorskip("nashpy").Game(np.array(A), np.array(B))


def _pygambit() -> Any:
    return pytest.importorskip("pygambit").StrategicGame.from_arrays(np.array(A), np.array(B))


def _quantecon() -> Any:
    theirs = pytest.importorskip("quantecon.game_theory")
    return theirs.NormalFormGame([theirs.Player(np.array(A)), theirs.Player(np.array(B).T)])


GAMES: dict[str, Callable[[], Any]] = {
    "ours": lambda: GAME,
    "exact": lambda: EXACT,
    "lists": lambda: [A, B],
    "a tuple of arrays": lambda: (np.array(A), np.array(B)),
    "nashpy": _nashpy,
    "pygambit": _pygambit,
    "quantecon": _quantecon,
}


@pytest.mark.parametrize("kind", GAMES)
def test_games(kind: str):
    game = GAMES[kind]()
    assert certify(game, MIXED).payoffs.astype(float).tolist() == pytest.approx([2 / 3, 2 / 3])
    assert certify(game, ([1, 0], [0, 1])).regrets.astype(float).tolist() == [1, 1]
    found = fg.crosscheck(game, "fairgames:extreme")
    first = sorted(float(one.strategies[0][0]) for one in found.equilibria)
    assert first == pytest.approx([0, 2 / 3, 1])


class TestProfiles:
    @pytest.mark.parametrize(
        "profile",
        [
            ([1, 0], [1, 0]),
            [(1, 0), (1, 0)],
            np.eye(2)[[0, 0]],
            (np.array([1.0, 0.0]), ["1", "0"]),
            {"player-1": [1, 0], "player-2": (1, 0)},
            {"player-2": {"0": 1}, "player-1": "0"},
            certify(GAME, ([1, 0], [1, 0])),
        ],
        ids=["lists", "tuples", "a matrix", "mixed kinds", "by name", "by strategy", "an Equilibrium"],
    )
    def test_forms(self, profile: Any):
        assert certify(GAME, profile).payoffs.tolist() == [2, 1]

    def test_of_gambit(self):
        pygambit = pytest.importorskip("pygambit")
        for solver in (pygambit.nash.enummixed_solve, pygambit.nash.lcp_solve):
            for found in solver(EXACT.to_pygambit()).equilibria:
                certified = certify(EXACT, found)
                assert (certified.exact, certified.regret) == (True, 0)
        floats = EXACT.to_pygambit().mixed_strategy_profile(rational=False)
        assert certify(EXACT, floats).payoffs.tolist() == [0.75, 0.75], "all uniform"

    def test_of_nashpy(self):
        for found in _nashpy().support_enumeration():
            assert float(certify(_nashpy(), found).regret) < 1e-12

    @pytest.mark.parametrize(
        ("profile", "told"),
        [
            (lambda: _nashpy().support_enumeration(), "pass one of those that it yields"),
            (lambda: fg.crosscheck(GAME, "fairgames:pure"), "pass one of its .equilibria"),
            (lambda: {"Ann": [1, 0], "player-2": [1, 0]}, "each of the players player-1, player-2"),
            (lambda: {"player-1": [1, 0]}, "each of the players player-1, player-2"),
            (lambda: {"player-1": "up", "player-2": "0"}, "player-1 has no 'up', expected some of 0, 1"),
            (lambda: {"player-1": {"up": 1}, "player-2": "0"}, "player-1 has no 'up'"),
            (lambda: (0, 0), "one sequence of probabilities a player"),
            (lambda: None, "one sequence of probabilities a player"),
            (lambda: 3, "one sequence of probabilities a player"),
            (lambda: [([1, 0], [1, 0])], "for a probability"),
        ],
    )
    def test_what_is_none(self, profile: Callable[[], Any], told: str):
        with pytest.raises(InputError, match=told):
            certify(GAME, profile())

    @pytest.mark.parametrize("kind", ["ours", "nashpy", "pygambit", "quantecon"])
    def test_swapped(self, kind: str):
        with pytest.raises(InputError, match=r"expected certify\(game, strategies\)"):
            certify(([1, 0], [1, 0]), GAMES[kind]())


class TestPaymentGames:
    @pytest.mark.parametrize(
        "utility",
        [
            TABLE,
            tuple(map(tuple, TABLE)),
            np.array([[Fraction(0), 2 * THIRD], [2 * THIRD, Fraction(1)]], dtype=object),
            lambda profile: [Fraction(0), 2 * THIRD, Fraction(1)][sum(profile)],
        ],
        ids=["lists", "tuples", "an array", "a function"],
    )
    @pytest.mark.parametrize(
        "users", [USERS, COSTS, {"Ann": COSTS[0], "Ben": COSTS[1]}], ids=["users", "rows", "by name"]
    )
    def test_forms(self, utility: Any, users: Any):
        """The papers' example with two users: 28/75 at 3/5."""
        game = fg.PaymentGame(utility, users)
        found = fg.design(game)
        assert (found.alpha, found.platform_utility) == (Fraction(3, 5), Fraction(28, 75))
        assert game.users.names == (("Ann", "Ben") if isinstance(users, dict) else ("user-1", "user-2"))

    def test_scenarios(self, tmp_path: Path):
        one = scenario(tmp_path)
        assert fg.design(one).platform_utility == Fraction(28, 75)
        assert fg.PaymentGame(one).users.names == ("Ann", "Ben")
        assert len(fg.pure_equilibria(one).lower) == len(fg.pure_equilibria(fg.PaymentGame(one)).lower) == 4
        assert [found.profile for found in fg.equilibria_at(one, "1/4")] == [(0, 0)]
        assert fg.upper_bound(one).value == pytest.approx(11 / 30), "of pure equilibria, attained"

    def test_a_scenario_brings_its_rule(self, tmp_path: Path):
        one = scenario(tmp_path, "coalition")
        assert fg.PaymentGame(one).rule.name == "coalition"
        assert fg.PaymentGame(one, rule="users").rule.name == "users"
        assert fg.design(one).alpha is None

    def test_a_function_of_floats_and_of_truths(self):
        floats = fg.PaymentGame(lambda profile: np.float64(sum(profile)), [[0, 1]] * 2)
        assert floats.utility.on_grid().tolist() == [[0, 1], [1, 2]]
        majority = fg.PaymentGame(lambda profile: sum(profile) >= 2, [[0, 1]] * 3)
        assert fg.payments(majority.utility, (1, 1, 1)).payments.tolist() == [THIRD] * 3

    def test_a_function_that_fails_says_so_itself(self):
        with pytest.raises(ZeroDivisionError):
            fg.PaymentGame(lambda profile: 1 // sum(profile), COSTS)

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ((USERS, fg.TableUtility(TABLE)), r"expected PaymentGame\(utility, users\)"),
            ((USERS, TABLE), r"expected PaymentGame\(utility, users\)"),
            ((COSTS, fg.TableUtility(TABLE)), r"expected PaymentGame\(utility, users\)"),
            ((fg.TableUtility(TABLE),), "and no users"),
            ((fg.FederatedMean, USERS), "got the class FederatedMean"),
            ((fg.TableUtility(TABLE), 2), r"users: got 2 \(a int\)"),
            ((fg.TableUtility(TABLE), []), "users: got"),
            ((None, USERS), r"utility: got None"),
            (("federated-mean", USERS), "utility: got 'federated-mean'"),
            ((sum, fg.Users(names=["Ann"])), "not how many levels there are"),
            ((lambda profile: None, COSTS), r"returned None at profile \[0, 0\]"),
            ((lambda profile: 1, COSTS), "expected U = 0 where nobody shares"),
            ((lambda profile: "much", COSTS), "values: expected"),
            ((TABLE, [[0, 1]] * 3), "the utility is of 2 users, got 3"),
        ],
    )
    def test_what_is_none(self, arguments: tuple[Any, ...], told: str):
        with pytest.raises(InputError, match=told):
            fg.PaymentGame(*arguments)

    def test_a_function_of_too_many_profiles_is_not_run(self):
        def never(profile: tuple[int, ...]) -> float:
            raise AssertionError(profile)

        with pytest.raises(TooLargeError, match="BlackBoxUtility"):
            fg.PaymentGame(never, [[0, 1]] * 17)


#: Everything that asks for a payment game.
ASKING: dict[str, Callable[[Any], object]] = {
    "design": fg.design,
    "landscape": fg.landscape,
    "pure_equilibria": fg.pure_equilibria,
    "equilibria_at": lambda game: fg.equilibria_at(game, 1),
    "certify_profile": lambda game: certify_profile(game, (0, 0), 1),
    "upper_bound": fg.upper_bound,
    "by_best_response": lambda game: by_best_response(game, 1),
    "robust_design": lambda game: fg.robust_design(game, COSTS),
}


@pytest.mark.parametrize("name", ASKING)
def test_what_is_no_payment_game(name: str):
    for given, way in (
        (GAME, r"before .at\(alpha\)"),
        (fg.TableUtility(TABLE), r"PaymentGame\(utility, users\) makes one"),
        (USERS, r"PaymentGame\(utility, users\) makes one"),
        (None, r"PaymentGame\(utility, users\) makes one"),
        ("s.toml", r"PaymentGame\(utility, users\) makes one"),
    ):
        with pytest.raises(InputError, match=f"{name}: got .*{way}"):
            ASKING[name](given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (PAYMENTS, r"game.at\(alpha\) of a PaymentGame"),
        (fg.TableUtility(TABLE), "NormalFormGame.from_arrays"),
        ([A], "NormalFormGame.from_arrays"),
        ([A, [1, 2]], "NormalFormGame.from_arrays"),
        (np.array(A), "NormalFormGame.from_arrays"),
        (None, "NormalFormGame.from_arrays"),
    ],
)
def test_what_is_no_game(given: Any, told: str):
    for ask in (lambda game: fg.crosscheck(game, "fairgames:pure"), lambda game: certify(game, MIXED)):
        with pytest.raises(InputError, match=told):
            ask(given)


def test_a_scenario_is_no_game_yet(tmp_path: Path):
    with pytest.raises(InputError, match=r"PaymentGame\(scenario\).at\(alpha\)"):
        fg.crosscheck(scenario(tmp_path))


class TestPayments:
    def test_tables(self):
        assert fg.payments(TABLE, [1, 1]).payments.tolist() == [Fraction(1, 2)] * 2

    @pytest.mark.parametrize(
        ("utility", "profile", "told"),
        [
            (TABLE, {"user-1": 1, "user-2": 1}, "one level index a user in their order, such as"),
            (TABLE, "11", "one level index a user"),
            (TABLE, 1, "one level index a user"),
            (TABLE, [(1, 0), (0, 1)], "one level index a user"),
            (TABLE, np.eye(2), "one level index a user"),
            (TABLE, None, "one level index a user"),
            (PAYMENTS, (1, 1), "expected its .utility"),
            ((1, 1), fg.TableUtility(TABLE), "values|profile"),
            (USERS, (1, 1), "utility: got a Users"),
            (lambda profile: 0, (1, 1), "BlackBoxUtility"),
        ],
    )
    def test_what_does_not_fit(self, utility: Any, profile: Any, told: str):
        with pytest.raises(InputError, match=told):
            fg.payments(utility, profile)
