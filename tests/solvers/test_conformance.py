"""Every registered solver on the games with known answers; and the answers, and the suite itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest

from fairgames.errors import SolverError
from fairgames.games.certificate import certify
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.solvers.registry import Solver
from fairgames.testing import (
    REQUIRE_ENGINES,
    KnownGame,
    check_solver,
    conformance_games,
    conformance_test,
    faults_of,
    require_engine,
)
from fairgames.typing import MixedProfile
from tests.bimatrix_oracle import as_pairs, extreme_pairs

GAMES = conformance_games()
BY_NAME = {known.name: known for known in GAMES}
each_game = pytest.mark.parametrize("known", GAMES, ids=lambda known: known.name)

#: What engines are known to get wrong.
KNOWN_FAULTS = {
    ("nashpy:lemke-howson", "one player without a choice"): "nashpy 0.0.43 raises a KeyError",
    ("gambit:ipa", "ties in 4×3, 2"): "Gambit 17.0.0b2 answers with a profile at which player 2 gains 0.65",
    ("nashpy:vertex-enumeration", "one player without a choice"): "qhull needs two dimensions",
}

# Long enough for QuantEcon to compile on a busy machine; only a search that hangs takes all of it.
test_every_solver = conformance_test("all", seconds=20.0, known_faults=KNOWN_FAULTS)


# The answers.


@each_game
def test_known_equilibria_are_equilibria(known: KnownGame):
    assert known.equilibria
    for profile in known.equilibria:
        certificate = certify(known.game, profile)
        assert abs(certificate.regret) <= certificate.regret_bound
        rational = all(vector.dtype == object for vector in profile)
        assert certificate.exact == (known.game.exact and rational)
    assert known.source


@pytest.mark.parametrize("known", [known for known in GAMES if known.game.n_players == 2], ids=lambda known: known.name)
def test_of_two_players_they_are_all(known: KnownGame):
    assert known.complete
    assert len(set(as_pairs(known.equilibria))) == len(known.equilibria)
    assert set(as_pairs(known.equilibria)) == extreme_pairs(known.game)


@each_game
def test_pure_ones_are_all_listed(known: KnownGame):
    found = sorted(tuple(map(float, np.concatenate(profile))) for profile in pure_enumeration(known.game))
    assert found == sorted(tuple(map(float, np.concatenate(profile))) for profile in known.pure)


@each_game
def test_degenerate_games_are_called_so(known: KnownGame):
    """At some equilibrium a player has more best responses than strategies in use (of two: than either has)."""
    ties = False
    for profile in known.equilibria:
        used = [np.count_nonzero(vector) for vector in profile]
        allowed = [min(used)] * 2 if len(used) == 2 else used
        for player, size in enumerate(known.game.shape):
            values = []
            for own in range(size):
                deviation = list(profile)
                deviation[player] = np.eye(size, dtype=int).astype(object)[own]
                certificate = certify(known.game, tuple(deviation))
                values.append(certificate.payoffs[player])
            slack = 0 if certificate.exact else 1e-12
            ties |= sum(max(values) - value <= slack for value in values) > allowed[player]
    assert ties == known.degenerate


def test_the_knife_edge_is_the_game_of_the_design_note():
    """α = 3/5, paid 2α/3 alone and α/2 together, costs 3/10 and 8/25."""
    alone, together, costs = Fraction(2, 5), Fraction(3, 10), (Fraction(3, 10), Fraction(8, 25))
    expected = [
        [[0, 0], [0, alone - costs[1]]],
        [[alone - costs[0], 0], [together - costs[0], together - costs[1]]],
    ]
    assert BY_NAME["knife edge at α = 3/5"].game.payoffs.tolist() == expected


def test_the_entry_game_is_a_payment_game_of_three():
    """Eq. 10's utility without noise, N = 3: U = (N+2)/N · k/(k+2) if k share."""
    from fairgames.game import PaymentGame
    from fairgames.users import Users
    from fairgames.utilities import LinearLaplace

    users = Users(sensitivity=[[0, "3/8"]] * 3)
    game = PaymentGame(LinearLaplace(3, [0, "inf"]), users).at(1)
    assert game.payoffs.tolist() == BY_NAME["two of three may enter"].game.payoffs.tolist()


def test_there_is_a_game_of_every_kind():
    two = [known for known in GAMES if known.game.n_players == 2]
    assert any(len(known.equilibria) == 1 and not known.pure for known in two), "unique and mixed"
    assert any(len(known.equilibria) > 2 and not known.degenerate for known in two), "several"
    assert any(known.degenerate for known in two), "degenerate"
    assert any(not known.game.exact for known in GAMES), "floats"
    assert any(known.game.shape == (2, 3, 2) for known in GAMES), "an asymmetric 2×3×2"
    assert sum("α" in known.name for known in GAMES) >= 4, "critical shares"


# The suite: it finds what is wrong.


def best_replies(game: NormalFormGame) -> Iterator[MixedProfile]:
    """All pure equilibria, found in the plain way."""
    for choices in product(*map(range, game.shape)):
        profile = tuple(
            np.eye(size, dtype=int).astype(object)[choice] for size, choice in zip(game.shape, choices, strict=True)
        )
        if certify(game, profile).regret == 0:
            yield profile


def nothing(game: NormalFormGame) -> list[MixedProfile]:
    return []


def first_of_each(game: NormalFormGame) -> Iterator[MixedProfile]:
    yield tuple(np.array([1.0] + [0.0] * (size - 1)) for size in game.shape)


def broken(game: NormalFormGame) -> Iterator[MixedProfile]:
    raise ArithmeticError("singular")
    yield


test_one_line_tests_a_function = conformance_test(Solver("mine:best-replies", best_replies, finds="pure"))


def test_a_good_solver_passes():
    check_solver(Solver("mine:best-replies", best_replies, finds="pure", degenerate=True))
    check_solver(Solver("mine:best-replies", best_replies, finds="some"), [BY_NAME["prisoner's dilemma"]])


@pytest.mark.parametrize(
    ("solver", "game", "fault"),
    [
        (Solver("x", nothing, finds="all"), "matching pennies", "missed ((1/2, 1/2), (1/2, 1/2))"),
        (Solver("x", nothing, finds="pure"), "battle of the sexes", "missed ((1, 0), (1, 0))"),
        (Solver("x", nothing), "battle of the sexes", "no equilibrium found"),
        (Solver("x", first_of_each), "matching pennies", "no equilibrium: ((1.0, 0.0), (1.0, 0.0))"),
        (Solver("x", first_of_each, finds="all"), "battle of the sexes", "missed ((0, 1), (0, 1))"),
        (
            Solver("x", best_replies, finds="all", degenerate=True),
            "knife edge at α = 3/5",
            "missed ((1/5, 4/5), (0, 1))",
        ),
        (Solver("x", broken), "battle of the sexes", "ArithmeticError: singular"),
        (
            Solver("x", nothing, finds="all"),
            "two of three may enter",
            "missed ((0.23205080756887",
        ),
    ],
)
def test_a_bad_solver_is_found_out(solver: Solver, game: str, fault: str):
    with pytest.raises(AssertionError) as caught:
        check_solver(solver, [BY_NAME[game]])
    assert str(caught.value).startswith(f"x, {game}: ")
    assert fault in str(caught.value)


def test_degenerate_games_ask_only_for_what_is_promised():
    known = BY_NAME["knife edge at α = 3/5"]
    assert faults_of(Solver("x", best_replies, finds="all"), known) == []
    assert faults_of(Solver("x", broken, finds="all"), known) == []
    assert faults_of(Solver("x", first_of_each, finds="all"), known) == ["no equilibrium: ((1.0, 0.0), (1.0, 0.0))"]


def test_wrong_answers_near_right_ones_are_told_apart():
    known = BY_NAME["matching pennies"]

    def off(game: NormalFormGame) -> Iterator[MixedProfile]:
        yield np.array([0.501, 0.499]), np.array([0.5, 0.5])

    assert faults_of(Solver("x", off), known) == [
        "no equilibrium: ((0.501, 0.499), (0.5, 0.5))",
        "no equilibrium found",
    ]


def test_rationals_are_asked_of_those_who_promise_them():
    faults = faults_of(Solver("x", lambda game: [], exact=True), BY_NAME["prisoner's dilemma"])
    assert faults == ["no equilibrium found"]

    def irrational(game: NormalFormGame) -> Iterator[MixedProfile]:
        mixed = BY_NAME["two of three may enter"].equilibria[-1]
        yield mixed

    faults = faults_of(Solver("x", irrational, exact=True), BY_NAME["two of three may enter"])
    assert len(faults) == 1
    assert faults[0].startswith("promised rationals, got ((0.23")


def test_floats_in_place_of_promised_rationals_are_a_fault():
    def floats(game: NormalFormGame) -> Iterator[MixedProfile]:
        for profile in best_replies(game):
            yield tuple(vector.astype(float) for vector in profile)

    known = BY_NAME["prisoner's dilemma"]
    assert faults_of(Solver("x", floats, finds="pure"), known) == []
    assert faults_of(Solver("x", floats, finds="pure", exact=True), known) == [
        "promised rationals, got ((0.0, 1.0), (0.0, 1.0))"
    ]


def on_equal_supports(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Support enumeration as of textbooks, with weights ≥ 0: in floats, and blind to supports of different sizes."""
    first, second = np.moveaxis(game.floats(), -1, 0)
    for size in range(1, min(game.shape) + 1):
        for rows, columns in product(*(combinations(range(n), size) for n in game.shape)):
            a, b = first[np.ix_(rows, columns)], second[np.ix_(rows, columns)].T
            try:
                y, x = (np.linalg.solve(np.vstack([m[1:] - m[:-1], np.ones(size)]), np.eye(size)[-1]) for m in (a, b))
            except np.linalg.LinAlgError:
                continue
            profile = np.zeros(game.shape[0]), np.zeros(game.shape[1])
            profile[0][list(rows)], profile[1][list(columns)] = x, y
            if min(*x, *y) >= 0 and certify(game, tuple(v / v.sum() for v in profile)).regret <= 1e-9:
                yield profile


def test_a_solver_that_promises_ties_without_keeping_it_is_found_out():
    check_solver(Solver("x", on_equal_supports, players=2, finds="all"), [g for g in GAMES if not g.degenerate])
    tied = [known for known in GAMES if known.name.startswith("ties in") and known.game.n_players == 2]
    promises = Solver("x", on_equal_supports, players=2, finds="all", degenerate=True)
    assert len(tied) >= 8
    for known in tied:
        assert any(fault.startswith("missed") for fault in faults_of(promises, known)), known.name


def test_exact_solvers_alone_are_held_to_what_floats_cannot_tell():
    hair = BY_NAME["coordination by a hair's breadth"]
    rounded = Solver("x", on_equal_supports, players=2, finds="all")
    assert faults_of(rounded, hair) == []
    assert faults_of(replace(rounded, exact=True), hair)


def test_a_solver_that_says_beforehand_that_it_cannot_play_is_not_blamed():
    two_only = Solver("x", broken, players=2)
    assert faults_of(two_only, BY_NAME["two of three may enter"]) == []
    picky = Solver("x", broken, unfit=lambda game: "not today")
    check_solver(picky)


# Engines that are not installed.

ABSENT = Solver("absent:solver", nothing, engine="no_such_engine")


def test_an_absent_engine_is_skipped_or_fails_as_the_environment_says(monkeypatch: pytest.MonkeyPatch):
    one_line = conformance_test(ABSENT)
    for variable, outcome in (
        (None, pytest.skip.Exception),
        ("0", pytest.skip.Exception),
        ("1", pytest.fail.Exception),
    ):
        if variable is None:
            monkeypatch.delenv(REQUIRE_ENGINES, raising=False)
        else:
            monkeypatch.setenv(REQUIRE_ENGINES, variable)
        for run in (lambda: one_line(ABSENT, GAMES[0]), lambda: require_engine(ABSENT)):
            with pytest.raises(outcome, match="absent:solver needs the package no_such_engine"):
                run()


def test_an_absent_engine_is_one_skip_for_each_game_and_no_silence():
    assert len(conformance_test(ABSENT).pytestmark[0].args[1]) == len(GAMES)


def test_checking_an_absent_engine_is_an_error():
    with pytest.raises(SolverError, match="no_such_engine"):
        check_solver(ABSENT)


def test_known_faults_are_expected():
    name = GAMES[0].name
    marked = conformance_test(Solver("x", broken), known_faults={("x", name): "it is broken"})
    (params,) = (mark.args[1] for mark in marked.pytestmark)
    assert [param.id for param in params if param.marks] == [f"x-{name}"]
