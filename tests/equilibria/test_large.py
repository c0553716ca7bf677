"""Best responses and paths of equilibria, against all profiles of small games and the definition of payments."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.equilibria import certify_profile
from fairgames.equilibria.large import classes as dynamics_classes
from fairgames.equilibria.large.best_response import best_responses
from fairgames.equilibria.large.crowd import _Climb, near_maximum
from fairgames.equilibria.large.game import ClassGame
from fairgames.equilibria.large.path import follow
from fairgames.equilibria.large.several import by_best_response
from fairgames.errors import InputError, TooLargeError
from fairgames.games import certify
from fairgames.valuation import AlphaOfUtility
from fairgames.valuation.deviation_values import DeviationMethod, DeviationValues
from tests.cli.test_cli import run
from tests.populations import TypedTable
from tests.scenarios import CLINICS, written
from tests.strategies import COSTS, choices_of, tables

SHARES = [0.0, 0.1, 0.3, 0.5, 0.77, 1.0]


@st.composite
def games(draw, rules: tuple[str, ...] = ("users", "coalition"), allowed: bool = True) -> fg.PaymentGame:
    """Federations, linear-Laplace and tables of up to 4 users, with types, ties and levels that are not offered."""
    kind, size = draw(st.sampled_from(["federated-mean", "linear-laplace", "table"])), draw(st.integers(1, 4))
    n_levels = draw(st.integers(2, 3))
    choices = draw(choices_of(size, n_levels)) if allowed else (tuple(range(n_levels)),) * size
    costs = []
    for own in choices:
        row = [draw(st.sampled_from(COSTS)) for _ in range(n_levels)]
        row[own[0]] = Fraction(0)
        costs.append(row)
    samples = draw(st.lists(st.sampled_from([1.0, 2.0, 30.0, 41.5]), min_size=size, max_size=size))
    users = fg.Users(samples=samples, sensitivity=costs, allowed=choices)
    utility: fg.Utility
    if kind == "federated-mean":
        levels = draw(st.sampled_from([(0, 1), (0, 2)])) if n_levels == 2 else (0, 1, 2)
        utility = fg.FederatedMean(users, draw(st.sampled_from([0.1, 1.0, 20.0])), 10.0, levels=levels)
    elif kind == "linear-laplace":
        utility = fg.LinearLaplace(size, [0, 1, "inf"][:n_levels])
    else:
        utility = TypedTable(draw(tables(size, n_levels, least=-1)), range(size))
    return fg.PaymentGame(utility, users, draw(st.sampled_from(rules)), exact=False)


def starts(game: ClassGame, seed: int = 3) -> list[np.ndarray]:
    return [game.lowest(), game.highest(), game.random(np.random.default_rng(seed))]


@settings(max_examples=60, deadline=None)
@given(games(), st.sampled_from(SHARES))
def test_best_responses_end_where_nobody_gains(game, alpha):
    """By the definition of payments at the profile and at every deviation; Φ as the game's own tensor has it."""
    counted = ClassGame(game)
    share = alpha if game.rule.has_alpha else None
    potential = game.exact_potential(share)
    for start in starts(counted):
        rest = best_responses(counted, start, alpha if game.rule.has_alpha else 1.0)
        profile = counted.profile(rest.position.counts)
        certificate = certify_profile(game, profile, share)
        assert rest.settled
        assert float(certificate.regret) <= rest.bound + certificate.bound
        assert abs(rest.regret - float(certificate.regret)) <= rest.bound + certificate.bound
        assert all(after > before for before, after in zip(rest.rise, rest.rise[1:], strict=False))
        last = float(potential.values[game.index(profile)])
        assert rest.rise[-1] == pytest.approx(last, abs=1e-9)
        assert (rest.position.counts.sum(axis=1) == counted.sizes).all()


@settings(max_examples=60, deadline=None)
@given(games(rules=("users",)), st.integers(0, 10))
def test_intervals_are_those_of_all_profiles(game, seed):
    """Of any profile: inside, in the list of all equilibria with the same ends; outside, not."""
    counted, found = ClassGame(game), fg.pure_equilibria(game)
    known = {
        tuple(profile): (float(low), float(high))
        for profile, low, high in zip(found.profiles(game).tolist(), found.lower, found.upper, strict=True)
    }
    for counts in starts(counted, seed):
        position = counted.at(counts)
        own, room = position.interval, 1e-9
        profile = counted.profile(counts)
        if profile in known:
            assert not own.empty
            assert (own.low, own.high) == pytest.approx(known[profile], abs=room + own.low_error + own.high_error)
        else:
            assert own.low > own.high - room


@settings(max_examples=40, deadline=None)
@given(games(rules=("users",)))
def test_paths_are_chains_of_equilibria(game):
    """Each one is an equilibrium where it was met, and α moves one way only, from one interval to another."""
    counted = ClassGame(game)
    for begin, end, counts in ((0.0, 1.0, counted.lowest()), (1.0, 0.0, counted.highest())):
        path = follow(counted, counts, begin, end, steps=1000)
        shares = [rest.alpha for rest in path.rests]
        assert shares[0] == begin
        assert path.upwards == (end > begin)
        assert shares == sorted(set(shares), reverse=not path.upwards)
        for rest in path.rests:
            own = rest.position.interval
            assert rest.settled
            assert own.low - own.low_error - 1e-9 <= rest.alpha <= own.high + own.high_error + 1e-9
        last = path.rests[-1].position.interval
        assert last.high >= 1 - 1e-2 if path.upwards else last.low <= 1e-2


def test_the_way_up_is_not_the_way_down():
    """Linear-Laplace with ε = 1: from 8c to 13.5c all share and none share are both equilibria (shared noise)."""
    cost = Fraction(1, 20)
    users = fg.Users(sensitivity=[[0, cost]] * 2)
    game = ClassGame(fg.PaymentGame(fg.LinearLaplace(2, [0, 1]), users))
    up, down = (
        follow(game, counts, begin, 1 - begin, 1000) for begin, counts in ((0.0, game.lowest()), (1.0, game.highest()))
    )
    kinds = [[(rest.position.counts[0].tolist(), rest.position.interval) for rest in path.rests] for path in (up, down)]
    (nobody, low), (everybody, high) = kinds[0]
    assert (nobody, everybody) == ([2, 0], [0, 2])
    assert (low.low, low.high, high.low, high.high) == pytest.approx((0, 13.5 / 20, 8 / 20, 1))
    assert up.rests[1].alpha == pytest.approx(13.5 / 20, abs=1e-9)
    assert [counts for counts, _ in kinds[1]] == [[0, 2], [2, 0]]
    assert down.rests[1].alpha == pytest.approx(8 / 20, abs=1e-9)


# Classes ----------------------------------------------------------------------------------------


def clinics(n: int = 12, rule: str = "users") -> fg.PaymentGame:
    """Two types of users; of one of them some bear other costs, and some may not choose level 1."""
    half = n // 2
    sensitivity = [[0, 0.3, 0.6]] * half + [[0, 0.5, 0.9]] * (half - 2) + [[0, 0.1, 1.1]] * 2
    allowed = [None] * (n - 1) + [(0, 2)]
    users = fg.Users(samples=[20.0] * half + [200.0] * half, sensitivity=sensitivity, allowed=allowed)
    return fg.PaymentGame(fg.FederatedMean(users, 13.0, 65.0), users, rule)


def test_classes_share_u_costs_and_choices():
    game = ClassGame(clinics())
    assert game.sizes.tolist() == [6, 4, 1, 1]
    assert game.type_of.tolist() == [0, 1, 1, 1]
    profile = (2, 0, 1, 1, 0, 0, 0, 2, 2, 2, 1, 2)
    counts = game.counts(profile)
    assert counts.tolist() == [[3, 2, 1], [1, 0, 3], [0, 1, 0], [0, 0, 1]]
    assert game.profile(counts) == (0, 0, 0, 1, 1, 2, 0, 2, 2, 2, 1, 2)
    assert game.highest()[:, 2].tolist() == game.sizes.tolist()
    assert game.random(np.random.default_rng(0))[3, 1] == 0


def test_a_profile_that_may_not_be_chosen_is_refused():
    game = ClassGame(clinics())
    with pytest.raises(InputError, match="user user-12 may not choose level index 1"):
        game.counts((0,) * 11 + (1,))
    with pytest.raises(InputError, match="expected 12 level indices, got 3"):
        game.counts((0, 1, 2))


@pytest.mark.parametrize("crowd", [10**9, 2], ids=["one by one", "as a crowd"])
@pytest.mark.parametrize("rule", ["users", "coalition"])
def test_types_rest_where_counting_finds_equilibria(monkeypatch, rule, crowd):
    """Against the exact search over all counts, also where the crowd's way is taken."""
    monkeypatch.setattr(dynamics_classes, "_CROWD", crowd)
    game = clinics(rule=rule)
    counted = ClassGame(game)
    for alpha in [0.2, 0.35, 0.6, 1.0] if rule == "users" else [1.0]:
        for start in starts(counted):
            rest = best_responses(counted, start, alpha)
            assert rest.settled
            profile = counted.profile(rest.position.counts)
            certificate = certify_profile(game, profile, alpha if rule == "users" else None)
            assert float(certificate.regret) <= rest.bound + certificate.bound


def test_a_crowd_climbs_as_high_as_single_steps(monkeypatch):
    """Φ where a crowd rests, against the highest Φ among all count states."""
    from fairgames.equilibria.types.game import PopulationGame

    users = fg.Users(samples=[20.0] * 20 + [200.0] * 10, sensitivity=[[0, 0.9, 1.6]] * 20 + [[0, 1.2, 2.4]] * 10)
    game = fg.PaymentGame(fg.FederatedMean(users, 13.0, 65.0), users)
    monkeypatch.setattr(dynamics_classes, "_CROWD", 5)
    counted, everything = ClassGame(game), PopulationGame.of(game)
    rows = everything.rows(np.arange(everything.lattice.size))
    counts = np.stack([axis[row] for axis, row in zip(everything.lattice.axes, rows, strict=True)], axis=1)
    for alpha in (0.25, 0.4, 0.5):
        heights = alpha * everything.potential.values - (counts * counted.costs).sum(axis=(1, 2))
        rests = [best_responses(counted, start, alpha) for start in starts(counted)]
        best = max(rest.rise[-1] for rest in rests)
        assert best == pytest.approx(heights.max(), rel=1e-6)
        assert all(rest.settled for rest in rests)


def test_slopes_of_a_crowd_are_gains_of_the_potential():
    """From where most are at the lowest level: one user's move, by Φ itself."""
    game, alpha = ClassGame(clinics(24)), 0.4
    climb, counts = _Climb(game, alpha), game.lowest()
    counts[:2, 0] -= 3
    counts[:2, 2] += 3
    height, slopes = climb.height(climb.parts(counts))
    here = game.at(counts).potential(alpha)[0]
    assert -height * climb.unit == pytest.approx(here)
    for slope, number, level in zip(slopes, climb.number, climb.level, strict=True):
        moved = counts.copy()
        moved[number, 0] -= 1
        moved[number, level] += 1
        gained = game.at(moved).potential(alpha)[0] - here
        assert -slope * climb.unit / game.sizes[number] == pytest.approx(gained, abs=1e-9)


@pytest.mark.parametrize("alpha", [0.2, 0.4, 0.6])
def test_climbing_alone_gets_more_than_half_way(alpha):
    """Of few users Φ is rugged, and a climb ends early; best responses do the rest."""
    game = ClassGame(clinics(24))
    there = near_maximum(game, game.lowest(), alpha)
    settled = max(best_responses(game, start, alpha).rise[-1] for start in starts(game))
    assert (there.sum(axis=1) == game.sizes).all()
    assert game.at(there).potential(alpha)[0] > settled / 2 > 0


# DeviationValues with errors -------------------------------------------------------------------------------


class Rough:
    """Prices that are off by up to ``error``, each time the same for a state."""

    def __init__(self, deviation_method: DeviationMethod, error: float, seed: int = 0) -> None:
        self.deviation_method = deviation_method
        self.error = error
        self.seed = seed

    def at(self, counts: np.ndarray) -> DeviationValues:
        right, generator = self.deviation_method.at(counts), np.random.default_rng([self.seed, *counts.ravel()])
        noise = generator.uniform(-self.error, self.error, right.values.shape)
        return replace(right, values=right.values + noise, error=right.error + self.error)


@pytest.mark.parametrize("error", [1e-6, 1e-3, 1e-1])
def test_errors_of_prices_are_in_the_certificate(error):
    """Best responses end all the same, and the regret that is true is within what is stated."""
    game = clinics()
    right, rough = ClassGame(game), ClassGame(game)
    rough.deviation_method = Rough(rough.deviation_method, error)
    for alpha in (0.2, 0.35, 0.6):
        for start in starts(rough):
            rest = best_responses(rough, start, alpha)
            assert rest.settled
            assert rest.regret <= rest.bound
            assert right.at(rest.position.counts).regret(alpha) <= rest.regret + rest.bound
            own, true = rest.position.interval, right.at(rest.position.counts).interval
            if own.low < np.inf:  # else some gain is within the error at any share
                assert own.low - own.low_error <= true.low <= own.low + own.low_error
                assert own.high - own.high_error <= true.high <= own.high + own.high_error


@pytest.mark.parametrize("error", [1e-4, 1e-2, 1e-1])
def test_ends_of_intervals_are_as_near_as_stated(error):
    """At any state, whichever move binds: many moves have nearly the same end."""
    game, looked_at = clinics(), 0
    right, generator = ClassGame(game), np.random.default_rng(1)
    rough = ClassGame(game)
    rough.deviation_method = Rough(rough.deviation_method, error)
    for _ in range(60):
        counts = rough.random(generator)
        own, true = rough.at(counts).interval, right.at(counts).interval
        if own.low < np.inf:
            looked_at += 1
            assert own.low - own.low_error <= true.low <= own.low + own.low_error
            assert own.high - own.high_error <= true.high <= own.high + own.high_error
    assert looked_at > 10


def test_errors_that_hide_a_gain_are_in_the_certificate():
    """A lone user who would gain 1/10,000 by moving from level 2 to 1, with deviation values known to a thousandth."""
    users = fg.Users(samples=[20.0], sensitivity=[[0, "0.3", "0.3001"]])
    game = fg.PaymentGame(fg.FederatedMean(users, 13.0, 65.0), users)
    right, stays = ClassGame(game), 0
    for seed in range(12):
        rough = ClassGame(game)
        rough.deviation_method = Rough(rough.deviation_method, 1e-3, seed)
        rest = best_responses(rough, rough.highest(), 0.5)
        true = right.at(rest.position.counts).regret(0.5)
        stays += true > 0
        assert true <= rest.regret + rest.bound
    assert stays  # in some of them the gain is not seen


# Several starts at one share ------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(games(allowed=False), st.sampled_from(SHARES))
def test_several_starts_find_equilibria_of_the_payoff_table(game, alpha):
    share = alpha if game.rule.has_alpha else None
    found, normal = by_best_response(game, share), game.at(share)
    assert len(found.rests) + len(found.repeated) == 10
    assert len({found.game.profile(rest.position.counts) for rest in found.rests}) == len(found.rests)
    for rest, told in zip(found.rests, found.to_dict()["equilibria"], strict=True):
        equilibrium = certify(normal, [np.array(row) for row in told["strategies"]])
        assert float(equilibrium.regret) <= rest.bound + 1e-9
        assert told["payoffs"] == pytest.approx([float(value) for value in equilibrium.payoffs], abs=1e-8)


def test_several_starts_need_a_potential():
    share = AlphaOfUtility([(0, 0), (5, "1/2")])
    with pytest.raises(InputError, match="there is no potential"):
        by_best_response(clinics(), share)


def test_the_command_finds_equilibria_of_many_users(tmp_path):
    text = CLINICS.replace("count = 2", "count = 40")
    found = json.loads(
        run(
            "equilibria", written(tmp_path, text), "--alpha", "0.3", "--solver", "fairgames:best-response", "--json"
        ).stdout
    )
    assert {len(one["strategies"]) for one in found["equilibria"]} == {41}
    assert all(one["regret"] <= one["regret_bound"] for one in found["equilibria"])
    report = found["solvers"]["fairgames:best-response"]
    assert len(report["found"]) + len(report["repeated"]) == 10
    refused = run("equilibria", written(tmp_path, text), "--alpha", "0.3")
    assert refused.exit_code == 2
    assert "--solver fairgames:best-response" in refused.stderr
    together = run(
        "equilibria",
        written(tmp_path, text),
        "--alpha",
        "0.3",
        "--solver",
        "lrs",
        "--solver",
        "fairgames:best-response",
    )
    assert together.exit_code == 2


# What cannot be priced ----------------------------------------------------------------------------


def test_distinct_users_with_sample_weights_are_refused_with_the_size():
    users = fg.Users(samples=range(1, 61), sensitivity=[[0, 1, 2]] * 60)
    game = fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0, aggregation="samples"), users)
    counted = ClassGame(game)
    with pytest.raises(TooLargeError, match="60 users"):
        best_responses(counted, counted.highest(), 0.5)


def test_patience_ends_and_says_so():
    counted = ClassGame(clinics())
    rest = best_responses(counted, counted.lowest(), 0.9, patience=0)
    assert not rest.settled
    assert rest.regret > rest.bound
