"""Which equilibrium will be played: against definitions, other formulas for the same, and Gambit."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import acb_mat
from scipy.optimize import linprog

import fairgames as fg
from fairgames.equilibria import Basin, Prospect, Prospects, quantal_responses
from fairgames.equilibria.refinements.basins import basins
from fairgames.equilibria.refinements.gibbs import gibbs
from fairgames.equilibria.refinements.local import around
from fairgames.equilibria.refinements.perfection import is_perfect
from fairgames.equilibria.refinements.properness import is_proper
from fairgames.equilibria.refinements.situation import of_payments, of_table, potential_of
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.certificate import certify
from fairgames.games.extreme import extreme_equilibria
from fairgames.games.normal_form import NormalFormGame
from fairgames.testing.known import exact_game
from fairgames.testing.three_players import entry_game
from fairgames.valuation.alpha import AlphaOfUtility

STAG_HUNT = exact_game([[4, 0], [3, 3]], [[4, 3], [0, 3]])
PENNIES = exact_game([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
#: Myerson (1978), table 1: of its pure equilibria the first is proper, the second perfect only, the third imperfect.
MYERSON = exact_game([[1, 0, -9], [0, 0, -7], [-9, -7, -7]], [[1, 0, -9], [0, 0, -7], [-9, -7, -7]])


def random_game(rng: np.random.Generator, shape: tuple[int, ...], most: int = 1000) -> NormalFormGame:
    return exact_game(*(rng.integers(most, size=shape).tolist() for _ in shape))


def replicator(game: NormalFormGame, point: list[np.ndarray]) -> list[np.ndarray]:
    """The field itself: each chance grows with what its strategy pays more than the player's mean."""
    field = []
    for player in range(game.n_players):
        payoff = game.floats()[..., player]
        for other in reversed(range(game.n_players)):
            if other != player:
                payoff = np.tensordot(payoff, point[other], axes=(other, 0))
        field.append(point[player] * (payoff - payoff @ point[player]))
    return field


def largest_growth(game: NormalFormGame, prospect: Prospect) -> float:
    """The largest real part of an eigenvalue of the field along the simplices."""
    return float(eigenvalues(game, prospect).real.max())


def eigenvalues(game: NormalFormGame, prospect: Prospect) -> np.ndarray:
    """Those of the field's Jacobian along the simplices, by finite differences."""
    point = [np.asarray(vector, dtype=float) for vector in prospect.strategies]
    directions = [
        (player, np.eye(size)[k] - np.eye(size)[0]) for player, size in enumerate(game.shape) for k in range(1, size)
    ]
    columns = []
    for player, way in directions:
        ends = []
        for sign in (1, -1):
            moved = [vector + (sign * 1e-6 * way if other == player else 0) for other, vector in enumerate(point)]
            ends.append(np.concatenate([own[1:] for own in replicator(game, moved)]))
        columns.append((ends[0] - ends[1]) / 2e-6)
    return np.linalg.eigvals(np.array(columns).T)


def users_game() -> fg.PaymentGame:
    """Three users, not alike, with four pure equilibria at 1/2."""
    values = np.array([[[0, 4], [4, 5]], [[4, 5], [5, 9]]], dtype=object)
    return fg.PaymentGame(values, [[0, 1], [0, "1.1"], [0, "1.2"]])


class TestIndexAndStability:
    @pytest.mark.parametrize("seed", range(6))
    def test_indices_sum_to_one_and_are_those_of_shapley(self, seed: int) -> None:
        """Shapley's formula for positive payoffs: (−1)^(k+1)·sign(det A_s·det B_s) on supports of size k."""
        game = random_game(np.random.default_rng(seed), (3, 3) if seed % 2 else (3, 4))
        found = fg.played(game, starts=0).equilibria
        assert sum(one.index for one in found) == 1
        for one in found:
            rows, columns = (np.flatnonzero(vector) for vector in one.strategies)
            squares = [1 + game.floats()[..., player][np.ix_(rows, columns)] for player in (0, 1)]
            sign = math.prod(np.sign(np.linalg.det(square)) for square in squares)
            assert one.index == (-1) ** (len(rows) + 1) * sign
            grows = largest_growth(game, one)
            assert (one.replicator == "unstable") == (grows > 1e-3), (one.strategies, grows)
            assert (one.replicator == "asymptotically stable") == (one.profile is not None)
            if one.index == -1:
                assert one.best_response == "not asymptotically stable"

    def test_the_jacobian_is_that_of_the_field(self) -> None:
        """S·M where everybody plays everything: rock, paper, scissors with payoffs of its own on each side."""
        game = exact_game([[0, -3, 1], [2, 0, -1], [-1, 2, 0]], [[0, 1, -2], [-4, 0, 1], [3, -1, 0]])
        (only,) = fg.played(game, starts=0).equilibria
        local = around(game, only.strategies)
        ours = np.array(acb_mat(local.weights * local.slopes).eig(), dtype=complex)
        assert np.poly(ours) == pytest.approx(np.poly(eigenvalues(game, only)), abs=1e-6)

    def test_another_best_response(self) -> None:
        """The third row pays 2/3 whatever happens, as the mixed equilibrium does: that is not regular."""
        game = exact_game([[2, 0], [0, 1], ["2/3", "2/3"]], [[1, 0], [0, 2], [0, 0]])
        mixed = [one for one in fg.played(game, starts=0).equilibria if one.profile is None]
        assert [one.index for one in mixed] == [None] * len(mixed)
        assert mixed

    def test_three_players(self) -> None:
        """Two of three may enter: three strict equilibria, three saddles between them, and the symmetric one."""
        game = entry_game(Fraction(3, 8))
        p = (5 - 2 * 3**0.5) / 2
        half, mixed = [0.5, 0.5], [1 - p, p]
        pure = [[[0, 1] if k != out else [1, 0] for k in range(3)] for out in range(3)]
        given = [*pure, *([[0, 1] if k == sure else half for k in range(3)] for sure in range(3)), [mixed] * 3]
        found = fg.played(game, equilibria=given, starts=0)
        assert [one.index for one in found.equilibria] == [1, 1, 1, -1, -1, -1, 1]
        assert all((largest_growth(game, one) > 1e-3) == (one.replicator == "unstable") for one in found.equilibria)
        assert found.equilibria[-1].best_response == "unstable"  # it has a potential, and no local maximum there
        assert max(one.radius for one in found.equilibria) < 1e-15
        other = fg.played(game, equilibria=[pure[0], [half] * 3], starts=0)
        (guess,) = other.unproven
        assert (len(other), guess.number) == (1, 1)
        assert guess.regret == pytest.approx(float(certify(game, [["1/2", "1/2"]] * 3).regret))
        assert "Profile 1 (everybody: " in " ".join(other.remarks())
        few = fg.played(game, starts=0)
        assert "Their indices sum to +3" in " ".join(few.remarks())

    def test_two_who_chase_each_other(self) -> None:
        (only,) = fg.played(PENNIES).equilibria
        assert (only.index, only.replicator, only.best_response) == (1, "neutrally stable", "asymptotically stable")
        # x·y-products are a constant of motion of the replicator of matching pennies (Hofbauer & Sigmund 1998)
        point, constant = [np.array([0.7, 0.3]), np.array([0.4, 0.6])], []
        for _ in range(1_000):
            constant.append(math.prod(float(vector.prod()) for vector in point))
            middle = [x + 0.0025 * way for x, way in zip(point, replicator(PENNIES, point), strict=True)]
            point = [x + 0.005 * way for x, way in zip(point, replicator(PENNIES, middle), strict=True)]
        assert max(constant) - min(constant) < 1e-5

    def test_ties(self) -> None:
        """Φ = [[0, 0], [0, 1]]: nobody gains by leaving (0, 0) alone, and both do together."""
        same = [[0, 0], [0, 1]]
        found = {one.profile: one for one in fg.played(exact_game(same, same), starts=0).equilibria}
        corner = found[0, 0]
        assert (corner.strict, corner.index, corner.perfect, corner.proper) == (False, None, False, False)
        assert (corner.replicator, corner.stochastically_stable) == ("unstable", False)
        assert (found[1, 1].strict, found[1, 1].stochastically_stable) == (True, True)
        flat = fg.played(exact_game([[0, 0]], [[0, 0]]), starts=0).equilibria
        assert [one.replicator for one in flat] == ["not asymptotically stable"] * 2
        assert all(one.stochastically_stable for one in flat)


class TestPerfection:
    @pytest.mark.parametrize("seed", range(8))
    def test_undominated_by_linear_programs(self, seed: int) -> None:
        """Perfect iff no mixture does as well everywhere and better somewhere (van Damme 1991); ties abound."""
        game = random_game(np.random.default_rng(100 + seed), (3, 3) if seed % 2 else (2, 4), most=3)
        for one in fg.played(game, starts=0).equilibria:
            dominated = False
            for table, own in zip((game.floats()[..., 0], game.floats()[..., 1].T), one.strategies, strict=True):
                weights = np.asarray(own, dtype=float)
                best = linprog(
                    -table.sum(axis=1), A_ub=-table.T, b_ub=-(weights @ table), A_eq=np.ones((1, len(table))), b_eq=[1]
                )
                dominated |= bool(-best.fun - (weights @ table).sum() > 1e-9)
            assert one.perfect is not dominated
            assert one.proper is not True or one.perfect

    def test_myerson(self) -> None:
        found = {one.profile: (one.perfect, one.proper) for one in fg.played(MYERSON, starts=0).equilibria}
        assert found == {(0, 0): (True, True), (1, 1): (True, False), (2, 2): (False, False)}

    @pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4)], ids=str)
    def test_proper(self, shape: tuple[int, int]) -> None:
        """Regular and completely mixed equilibria are, imperfect ones are not; of two strategies each all perfect ones.

        These are theorems (van Damme 1991), and the search for beliefs is asked without any of them.
        """
        rng, seen = np.random.default_rng(11), set()
        for _ in range(12):
            game = random_game(rng, shape, most=3)
            for strategies in extreme_equilibria(game).equilibria:
                found, perfect = is_proper(game, strategies), is_perfect(game, strategies)
                regular = around(game, strategies).index is not None
                seen.add((found, perfect, regular))
                assert found or not regular
                assert perfect or not found
                assert found or not all((vector > 0).all() for vector in strategies)
                assert shape != (2, 2) or found == perfect
        assert {(True, True, False), (True, True, True), (False, False, False)} <= seen

    def test_proper_in_the_middle_of_a_continuum(self) -> None:
        """By hand: player 2 plays the first column, and player 1 the first row with any chance p.

        The other columns pay 2 − 2p and 1 + p. Whichever pays less is far less likely, and the other draws player 1 to
        one row, away from p; only at p = 1/3 are both alike, and may tremble so that player 1 is content.
        """
        game = exact_game([[2, 1, 0], [2, 0, 1], [2, 0, 0]], [[2, 0, 2], [2, 2, 1], [1, 2, 0]])
        for p in (Fraction(0), Fraction(1, 4), Fraction(1, 3), Fraction(1, 2), Fraction(1)):
            strategies = object_array([p, 1 - p, Fraction(0)]), object_array(map(Fraction, (1, 0, 0)))
            assert is_proper(game, strategies) is (p == Fraction(1, 3))

    def test_a_dominated_strategy_makes_an_equilibrium_perfect(self) -> None:
        """Myerson's third strategy is dominated; without it the second equilibrium is not even perfect."""
        without = exact_game([[1, 0], [0, 0]], [[1, 0], [0, 0]])
        assert {one.profile: one.perfect for one in fg.played(without).equilibria} == {(0, 0): True, (1, 1): False}


class TestDominance:
    def test_stag_hunt(self) -> None:
        both, none, mixed = fg.played(STAG_HUNT).equilibria
        assert (both.payoff_dominated_by, none.payoff_dominated_by, mixed.payoff_dominated_by) == ((), (0,), (0,))
        assert (both.risk_dominant, none.risk_dominant, mixed.risk_dominant) == (False, True, None)
        assert none.stochastically_stable

    @pytest.mark.parametrize("seed", range(10))
    def test_in_symmetric_games_it_answers_a_coin(self, seed: int) -> None:
        """Risk-dominant is what is best against (1/2, 1/2), and the maximiser of the potential."""
        rng = np.random.default_rng(seed)
        low, high = rng.integers(10, size=2), 10 + rng.integers(10, size=2)
        table = np.array([[high[0], low[0]], [low[1], high[1]]])
        found = fg.played(exact_game(table.tolist(), table.T.tolist()), starts=0).equilibria
        against = table.sum(axis=1)
        expected = None if against[0] == against[1] else (int(against.argmax()),) * 2
        assert [one.profile for one in found if one.risk_dominant] == [expected] * (expected is not None)
        stable = {one.profile for one in found if one.stochastically_stable}
        assert stable == ({expected} if expected else {(0, 0), (1, 1)})


class TestLearning:
    def test_potential_of_a_table(self) -> None:
        rng = np.random.default_rng(5)
        phi = rng.integers(100, size=(2, 3, 2)).astype(object)
        shapes = [tuple(1 if axis == k else size for axis, size in enumerate(phi.shape)) for k in range(3)]
        extra = [rng.integers(100, size=shape) for shape in shapes]
        found = potential_of(exact_game(*((phi + own).tolist() for own in extra)))
        assert found is not None
        assert (found.numbers() == phi - phi[0, 0, 0]).all()
        assert potential_of(PENNIES) is None
        assert fg.played(PENNIES).precision is None

    def test_gibbs_is_stationary(self) -> None:
        """The Markov chain of log-linear learning itself: a player drawn uniformly, a strategy by exp(λ·payoff)."""
        game, precision = users_game(), 1.7
        situation = of_payments(game, game.share("1/2"))
        payoffs = situation.game.floats()
        chances = gibbs(np.asarray(situation.potential.numbers(), dtype=float), precision)
        after = np.zeros_like(chances)
        for place in np.ndindex(chances.shape):
            for player in range(3):
                line = np.exp(precision * payoffs[(*place[:player], slice(None), *place[player + 1 :], player)])
                for other, chance in enumerate(line / line.sum()):
                    after[(*place[:player], other, *place[player + 1 :])] += chances[place] * chance / 3
        assert after == pytest.approx(chances, rel=1e-12)
        found = fg.played(game, "1/2", precision=1.7)
        assert found.equilibria[0].logit == pytest.approx(chances[found.equilibria[0].profile])
        assert sum(one.logit for one in found.equilibria) + found.logit_elsewhere == pytest.approx(1)

    @pytest.mark.parametrize("make", [users_game, lambda: PENNIES, lambda: MYERSON])
    def test_basins_are_chances_of_absorption(self, make) -> None:
        """The chain of best responses, solved: a player drawn uniformly moves where it gains, to any best response."""
        game = make()
        situation = of_table(game) if isinstance(game, NormalFormGame) else of_payments(game, game.share("1/2"))
        payoffs, shape = situation.game.floats(), situation.shape
        places = list(product(*map(range, shape)))
        chain = np.zeros((len(places), len(places)))
        for row, place in enumerate(places):
            for player in range(len(shape)):
                line = payoffs[(*place[:player], slice(None), *place[player + 1 :], player)]
                best = np.flatnonzero(line >= line.max() - 1e-9)
                best = [place[player]] if line[place[player]] >= line.max() - 1e-9 else best
                for other in best:
                    target = places.index((*place[:player], int(other), *place[player + 1 :]))
                    chain[row, target] += 1 / len(best) / len(shape)
        ends = np.linalg.matrix_power(chain, 2**12).mean(axis=0)
        counts = basins(situation, 4_000, seed=1)
        for place, chance in zip(places, ends, strict=True):
            rests = chain[places.index(place), places.index(place)] == pytest.approx(1)
            if rests:
                part = counts[place] / 4_000
                assert abs(part - chance) <= 5 * math.sqrt(chance * (1 - chance) / 4_000)
            else:
                assert counts[place] == 0

    def test_wilson(self) -> None:
        """The ends are where the normal test of the chance is just not rejected (Wilson 1927)."""
        for ended in (1, 37, 99):
            for end in Basin.of(ended, 100).interval:
                assert abs(ended / 100 - end) == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / 100), rel=1e-5)
        assert Basin.of(0, 100).interval[0] == 0
        assert Basin.of(100, 100).interval[1] == 1

    @pytest.mark.parametrize("seed", range(4))
    def test_quantal_responses_as_gambit_follows_them(self, seed: int) -> None:
        pygambit = pytest.importorskip("pygambit")
        game = random_game(np.random.default_rng(seed), [(2, 2), (3, 3), (2, 2, 2), (2, 3, 2)][seed], most=100)
        branch = quantal_responses(game, precision=1e3)
        (theirs,) = pygambit.qre.logit_solve_lambda(game.to_pygambit(), lam=float(branch.precision[-1]))
        for own, other in zip(branch.last, theirs.profile, strict=True):
            assert own == pytest.approx([chance for _, chance in other], abs=1e-5)

    def test_quantal_responses_do_not_jump(self) -> None:
        """A branch that turns sharply: without control of its steps it is lost."""
        pygambit = pytest.importorskip("pygambit")
        game = exact_game(
            [[[18, 11], [8, 2]], [[18, 22], [6, 28]]],
            [[[21, 7], [13, 20]], [[4, 18], [23, 24]]],
            [[[23, 20], [10, 5]], [[27, 4], [12, 10]]],
        )
        branch = quantal_responses(game, precision=1e3)
        (theirs,) = pygambit.qre.logit_solve_lambda(game.to_pygambit(), lam=float(branch.precision[-1]))
        for own, other in zip(branch.last, theirs.profile, strict=True):
            assert own == pytest.approx([chance for _, chance in other], abs=1e-6)

    def test_the_limit_in_the_stag_hunt(self) -> None:
        """Of two strict equilibria of a symmetric game it is the risk-dominant one (Turocy 2005)."""
        assert [one.logit_limit for one in fg.played(STAG_HUNT, starts=0).equilibria] == [False, True, False]

    @pytest.mark.parametrize("seed", range(3))
    def test_quantal_responses_answer_each_other(self, seed: int) -> None:
        """The definition: chances are proportional to exp(λ·expected payoff), at every point."""
        game = random_game(np.random.default_rng(20 + seed), (3, 2), most=50)
        branch = quantal_responses(game, precision=200)
        for precision, one, two in zip(branch.precision, *branch.strategies, strict=True):
            for own, values in ((one, game.floats()[..., 0] @ two), (two, one @ game.floats()[..., 1])):
                weights = np.exp(precision * (values - values.max()))
                assert own == pytest.approx(weights / weights.sum(), abs=1e-8)


class TestPlayed:
    def test_users(self) -> None:
        """Each number against what other doors say of the same game and share."""
        game = users_game()
        found = fg.played(game, "1/2")
        assert isinstance(found, Prospects)
        proven = fg.equilibria_at(game, "1/2").equilibria
        assert [one.profile for one in found.equilibria] == [one.profile for one in proven]
        for one, other in zip(found.equilibria, proven, strict=True):
            assert one.platform == pytest.approx(float(other.platform_utility))
            paid = [other.payments[k] - game.costs[k][game.index(one.profile)[k]] for k in range(3)]
            assert one.payoffs.tolist() == paid
        best = max(found.equilibria, key=lambda one: one.potential)
        assert [one.stochastically_stable for one in found.equilibria] == [one is best for one in found.equilibria]
        assert len(found.table()) == len(found) == len(proven)
        assert found.elsewhere == 0

    def test_two_users_mix(self) -> None:
        """The knife edge of docs: at 3/5 user 1 is indifferent, which its equilibria say."""
        game = fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), fg.Users(sensitivity=[[0, "0.3"], [0, "0.32"]]))
        found = fg.played(game, "3/5")
        assert len(found) == len(extreme_equilibria(game.at("3/5")).equilibria)
        assert {one.index for one in found.equilibria} >= {None}
        assert any(one.profile is None and one.strict is False for one in found.equilibria)

    def test_maximisers_are_told_apart_for_certain(self) -> None:
        """Two users alike but for 10⁻¹⁸ of cost, which no float sees: one shares, and it is the cheaper one."""
        for more, stable in (("0.3", [True, True]), ("0.300000000000000001", [False, True])):
            users = fg.Users(samples=[50, 50], sensitivity=[[0, more], [0, "0.3"]])
            game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10, levels=[0, 2]), users)
            found = {one.profile: one.stochastically_stable for one in fg.played(game, "0.06", starts=0).equilibria}
            assert [found[1, 0], found[0, 1]] == stable

    def test_no_potential(self) -> None:
        """α that depends on U, and a rule without potential: nothing is said of log-linear learning."""
        game = users_game()
        found = fg.played(game, AlphaOfUtility([(0, "1/4"), (9, "1/2")]))
        assert found.precision is None
        assert all(one.logit is None and one.potential is None for one in found.equilibria)
        other = fg.PaymentGame(game.utility, game.users, "equal-split")
        assert all(one.stochastically_stable is None for one in fg.played(other, "1/2").equilibria)
        coalition = fg.PaymentGame(game.utility, game.users, "coalition")
        kept = [one.platform for one in fg.played(coalition).equilibria]
        assert kept == pytest.approx([float(one.platform_utility) for one in fg.equilibria_at(coalition).equilibria])

    def test_refusals(self) -> None:
        with pytest.raises(InputError, match="a game in normal form has no share"):
            fg.played(PENNIES, "1/2")
        with pytest.raises(InputError, match="starts: expected at least 1"):
            basins(of_table(PENNIES), -1, 0)
        with pytest.raises(InputError, match="precision: expected a number ≥ 0, got -1"):
            fg.played(PENNIES, precision=-1)
        with pytest.raises(InputError, match="precision: expected a number > 0"):
            quantal_responses(PENNIES, 0)


class TestProven:
    """What is compared is proven; the rest is said, and nothing is claimed of it."""

    @pytest.mark.parametrize("gap", [1e-7, 1e-13, 2.0**-52])
    def test_nearly_is_not(self, gap: float) -> None:
        """The second row pays a hair more: the first is no equilibrium, however little it costs to play it."""
        game = NormalFormGame.from_arrays([[1.0, 0.0], [1.0 + gap, 0.5]], [[1.0, 0.0], [1.0, 0.0]])
        found = fg.played(game, equilibria=[([1, 0], [1, 0]), ([0, 1], [1, 0])], starts=0)
        assert [one.strict for one in found.equilibria] == [True]
        (guess,) = found.unproven
        assert abs(guess.regret - gap) <= guess.regret_bound
        assert found.to_dict()["unproven"][0]["strategies"] == [[1, 0], [1, 0]]

    def test_what_a_profile_stands_for_is_within_the_radius(self) -> None:
        """Thirds in decimals; one that is off by more than 1e-6 stands for nothing; the same twice counts once."""
        game = exact_game([[2, 0], [0, 1]], [[1, 0], [0, 2]])
        third, off = 0.3333333, 0.33333
        given = [([third, 1 - third][::-1], [third, 1 - third]), ([1 - off, off], [off, 1 - off]),
                 (["2/3", "1/3"], ["1/3", "2/3"])]  # fmt: skip
        found = fg.played(game, equilibria=given, starts=0)
        (one,) = found.equilibria
        assert (one.strategies[0].tolist(), one.radius, one.index) == ([Fraction(2, 3), Fraction(1, 3)], 0, -1)
        assert [guess.number for guess in found.unproven] == [1]
        assert "Profiles 0 and 2 stand for the same equilibrium." in found.notes

    def test_payments_that_are_rounded(self) -> None:
        """Two users of a federation mix as the closed form of 2×2 games says, and the radius covers its rounding.

        Payoffs are floats: what holds, holds of all games within their rounding.
        """
        users = fg.Users(samples=[50, 60], sensitivity=[[0, 0.3], [0, 0.31]])
        game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10, levels=[0, 2]), users)
        found = fg.played(game, "0.06", starts=0)
        (mixed,) = [one for one in found.equilibria if one.profile is None]
        table = game.at("0.06")
        assert table.rounding > 0
        exactly = np.vectorize(Fraction)(table.payoffs)
        for player, own in enumerate(mixed.strategies):
            other = exactly[..., 0] if player else exactly[..., 1].T
            gain = other[1] - other[0]
            chance = gain[1] / (gain[1] - gain[0])
            assert 0 < mixed.radius < 1e-9
            assert abs(Fraction(float(own[0])) - chance) <= mixed.radius
        assert mixed.index == -1
        given = fg.played(game, "0.06", equilibria=[mixed.strategies, ([1, 0], [1, 0])], starts=0)
        assert [one.index for one in given.equilibria] == [-1]
        assert [guess.number for guess in given.unproven] == [1]

    @pytest.mark.parametrize("seed", range(4))
    def test_index_in_balls_is_that_of_the_isolated(self, seed: int) -> None:
        """One algorithm: the same from both doors; and it is the sign of a determinant by finite differences."""
        game = random_game(np.random.default_rng(40 + seed), (2, 2, 2))
        isolated = fg.games.isolated_equilibria(game)
        found = fg.played(game, equilibria=[one.strategies for one in isolated.equilibria], starts=0)
        assert [one.index for one in found.equilibria] == [one.index for one in isolated.equilibria]
        assert sum(one.index for one in found.equilibria) == 1
        for one in found.equilibria:
            growth = eigenvalues(game, one)
            if all((np.asarray(own, dtype=float) > 0).all() for own in one.strategies):
                assert np.sign(np.prod(-growth).real) == one.index
