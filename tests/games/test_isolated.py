"""All isolated equilibria with proof, against games whose equilibria are known otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, count, product

import numpy as np
import pytest

from benchmarks import several_players
from fairgames.errors import InputError, InternalError, SolverError
from fairgames.games import isolated, isolated_equilibria
from fairgames.games.certificate import against_others, certify
from fairgames.games.isolated import search
from fairgames.games.isolated.conditions import Conditions
from fairgames.games.isolated.differences import differences
from fairgames.games.isolated.result import IsolatedEquilibria
from fairgames.games.isolated.supports import SupportSearch
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.testing.three_players import entry_game
from fairgames.typing import FloatArray, MixedProfile


def table(*payoffs: list[int], shape: tuple[int, ...]) -> NormalFormGame:
    """Profiles as a .nfg file lists them: player 1's strategy changes fastest."""
    rows = np.array([[Fraction(value) for value in row] for row in payoffs], dtype=object)
    own = [rows[:, player].reshape(shape[::-1]).transpose() for player in range(len(shape))]
    return NormalFormGame.from_arrays(*own)


#: McKelvey & McLennan (1996), Computation of equilibria in finite games; as Gambit's 2x2x2.nfg has it.
NINE = table(
    [9, 8, 12], [0, 0, 0], [0, 0, 0], [9, 8, 2], [0, 0, 0], [3, 4, 6], [3, 4, 6], [0, 0, 0], shape=(2, 2, 2)
)  # fmt: skip
#: Nau, Gomez Canovas & Hansen (2004), On the geometry of Nash equilibria and correlated equilibria, section 4.
IRRATIONAL = table(
    [3, 0, 2], [0, 1, 0], [0, 2, 0], [1, 0, 0], [1, 0, 0], [0, 3, 0], [0, 1, 0], [2, 0, 3], shape=(2, 2, 2)
)  # fmt: skip
#: Section 5 there: three pure equilibria, two incompletely mixed, and a continuum of completely mixed ones.
CONTINUUM = table(
    [0, 0, 2], [3, 0, 0], [0, 3, 0], [0, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 3], shape=(2, 2, 2)
)  # fmt: skip


def test_nine_equilibria_of_mckelvey_and_mclennan():
    found = isolated_equilibria(NINE)
    assert found.complete
    assert found.index_sum == 1
    assert [sum(len(used) > 1 for used in one.supports) for one in found.equilibria] == [0] * 4 + [2] * 3 + [3] * 2
    for one in found.equilibria:
        certificate = certify(NINE, one.strategies)
        assert certificate.exact
        assert certificate.regret == 0
    # By hand: nobody's strategy 1 or 2 is better where 9bc = 3(1−b)(1−c) and so on: b = 1/2 with c = 1/4, …
    assert len({tuple(map(str, np.concatenate(one.strategies))) for one in found.equilibria}) == 9


def test_the_only_equilibrium_is_irrational():
    found = isolated_equilibria(IRRATIONAL)
    assert found.complete
    (one,) = found.equilibria
    assert not one.rational
    a, b, c = (vector[0] for vector in one.strategies)
    # Indifference of each, by hand from the table, with the first strategies' probabilities a, b, c.
    assert abs(3 * b * c + b * (1 - c) - ((1 - b) * c + 2 * (1 - b) * (1 - c))) < 1e-15
    assert abs((1 - a) * c + 3 * (1 - a) * (1 - c) - (2 * a * c + a * (1 - c))) < 1e-15
    assert abs(2 * a * b - 3 * (1 - a) * (1 - b)) < 1e-15
    assert 0 < one.radius < 1e-16


def test_a_continuum_is_named_and_what_is_isolated_is_kept():
    found = isolated_equilibria(CONTINUUM)
    assert not found.complete
    assert [tuple(map(int, np.concatenate(one.strategies)[::2])) for one in found.equilibria] == [
        (1, 0, 1), (0, 1, 1), (0, 0, 0),
    ]  # fmt: skip
    one_mixes = [box for box in found.undecided if sum(len(used) > 1 for used in box.supports) == 1]
    # By hand: where players 1 and 2 play (1, 2) or (2, 1), player 3 gets nothing in any case, and 1 and 2 stay as
    # long as player 3's first strategy has a probability of 1/4 or more.
    assert [(box.low[2].tolist(), box.high[2].tolist()) for box in one_mixes] == [([0.25, 0], [1, 0.75])] * 2
    (mixed,) = (box for box in found.undecided if box not in one_mixes)
    assert mixed.supports == ((0, 1),) * 3
    assert mixed.low[2][0] <= 0.25 <= mixed.high[2][0]  # player 3 mixes 1/4, 3/4 on the whole continuum
    assert "3 boxes are undecided" in str(found.why_incomplete())
    for box in found.undecided:
        if box.equilibrium is not None:
            assert certify(CONTINUUM, box.equilibrium).regret == 0


@pytest.mark.parametrize(
    ("cost", "pure", "continua"),
    [("3/8", 3, 0), ("1/3", 4, 3), ("333333333333/1000000000000", 1, 0), ("333333333334/1000000000000", 3, 0)],
)
def test_near_a_critical_cost_nothing_is_lost(cost: str, pure: int, continua: int):
    """Third sharers get 1/3: below that cost all share, above it two of three; at it the third is indifferent."""
    found = isolated_equilibria(entry_game(Fraction(cost)))
    assert sum(max(map(len, one.supports)) == 1 for one in found.equilibria) == pure
    assert len(found.undecided) == continua
    assert found.complete == (not continua)
    assert found.index_sum == (None if continua else 1)


def planted(seed: int, shape: tuple[int, ...]) -> tuple[NormalFormGame, MixedProfile]:
    """A game with random payoffs, changed so that a random rational profile is an equilibrium without ties."""
    draw = random.Random(seed)
    sizes = [1] * len(shape)
    while sum(sizes) == len(shape) or 2 * (max(sizes) - 1) > sum(sizes) - len(sizes):  # no isolated ones there
        sizes = [draw.randint(1, size) for size in shape]
    profile = []
    for size, many in zip(shape, sizes, strict=True):
        weights = dict.fromkeys(range(size), 0) | {k: draw.randint(1, 9) for k in draw.sample(range(size), many)}
        profile.append(np.array([Fraction(one, sum(weights.values())) for one in weights.values()], dtype=object))
    payoffs = np.array([Fraction(draw.randint(0, 99)) for _ in range(np.prod(shape) * len(shape))], dtype=object)
    payoffs = payoffs.reshape(*shape, len(shape))
    for player, own in enumerate(profile):
        values = against_others(payoffs[..., player], tuple(profile), player)
        for k, value in enumerate(values):
            change = max(values) - value - (0 if own[k] else draw.randint(1, 9))
            np.moveaxis(payoffs, player, 0)[k, ..., player] += change
    names = tuple(tuple(map(str, range(size))) for size in shape)
    return NormalFormGame(payoffs, tuple(f"player-{k}" for k in range(len(shape))), names), tuple(profile)


SHAPES = [(2, 2, 2), (3, 3, 3), (4, 2, 3), (2, 2, 2, 2), (2, 2, 2, 2, 2)]


@pytest.mark.parametrize(("seed", "shape"), list(enumerate(SHAPES)))
def test_planted_equilibria_are_found(seed: int, shape: tuple[int, ...]):
    game, profile = planted(seed, shape)
    found = isolated_equilibria(game)
    assert certify(game, profile).regret == 0
    assert any(
        one.rational and all(map(np.array_equal, one.strategies, profile)) and one.index is not None
        for one in found.equilibria
    )
    assert found.complete
    assert found.index_sum == 1


def all_of_2x2x2(game: NormalFormGame) -> list[FloatArray]:
    """Every equilibrium of a game without ties, as the probabilities of the second strategies, by formulas."""
    gains = []  # of the second strategy, by what the others play
    for player in range(3):
        own = np.moveaxis(game.payoffs[..., player], player, 0)
        gains.append(own[1] - own[0])
    candidates = [np.array(choices, dtype=float) for choices in product((0, 1), repeat=3)]
    for one, other in combinations(range(3), 2):  # a third who is sure leaves a game of two
        third = 3 - one - other
        for sure in (0, 1):
            point = np.full(3, float(sure))
            for mine, theirs in ((one, other), (other, one)):  # my gain is linear in their probability
                line = np.moveaxis(gains[mine], sorted((theirs, third)).index(third), 0)[sure]
                point[theirs] = line[0] / (line[0] - line[1])
            candidates.append(point)
    # All mix: 0 = g0 + g1·y + g2·z + g3·y·z for each pair; x of y, z of y, and a quadratic equation in y.
    (a, b, c) = ([g[0, 0], g[1, 0] - g[0, 0], g[0, 1] - g[0, 0], g[0, 0] - g[0, 1] - g[1, 0] + g[1, 1]] for g in gains)
    # a: in (y, z), c: in (x, y), b: in (x, z); so z = −(a0 + a1·y)/(a2 + a3·y), x = −(c0 + c2·y)/(c1 + c3·y).
    x = np.polynomial.Polynomial([-c[0], -c[2]]), np.polynomial.Polynomial([c[1], c[3]])
    z = np.polynomial.Polynomial([-a[0], -a[1]]), np.polynomial.Polynomial([a[2], a[3]])
    equation = b[0] * x[1] * z[1] + b[1] * x[0] * z[1] + b[2] * z[0] * x[1] + b[3] * x[0] * z[0]
    for root in equation.roots():
        if abs(root.imag) < 1e-12:
            y = root.real
            candidates.append(np.array([x[0](y) / x[1](y), y, z[0](y) / z[1](y)]))
    inside = [point for point in candidates if ((point >= 0) & (point <= 1)).all()]
    return [point for point in inside if certify(game, [[1 - one, one] for one in point]).regret < 1e-9]


def test_counts_agree_with_formulas_for_2x2x2():
    counts = set()
    for seed in range(16):
        payoffs = np.random.default_rng(seed).random((3, 2, 2, 2))
        even = np.indices((2, 2, 2)).sum(axis=0) % 2 == 0
        payoffs[:, even] += seed % 2  # so that four pure profiles are equilibria
        game = NormalFormGame.from_arrays(*payoffs)
        found = isolated_equilibria(game)
        known = all_of_2x2x2(game)
        ours = [np.array([float(vector[1]) for vector in one.strategies]) for one in found.equilibria]
        assert found.complete
        assert len(ours) == len(known)
        assert all(min(np.abs(point - one).max() for one in ours) < 1e-9 for point in known)
        counts.add(len(ours))
    assert counts >= {1, 3, 7, 9}


def test_floats_and_the_rationals_that_they_are_have_the_same_equilibria():
    floats = NormalFormGame.from_arrays(*np.random.default_rng(5).random((3, 3, 2, 3)))
    exact = NormalFormGame.from_arrays(*np.moveaxis(np.frompyfunc(Fraction, 1, 1)(floats.payoffs), -1, 0))
    one, other = isolated_equilibria(floats), isolated_equilibria(exact)
    assert one.complete
    assert [ball.supports for ball in one.equilibria] == [ball.supports for ball in other.equilibria]
    for mine, theirs in zip(one.equilibria, other.equilibria, strict=True):
        off = np.abs(np.concatenate(mine.strategies).astype(float) - np.concatenate(theirs.strategies).astype(float))
        assert off.max() <= mine.radius + theirs.radius + 1e-16


def test_supports_are_those_that_dominance_leaves():
    """Against the definition, read off the table; with ties."""
    payoffs = np.random.default_rng(3).integers(0, 4, (3, 2, 3, 2)).astype(float)
    game = NormalFormGame.from_arrays(*payoffs)
    search_of = SupportSearch(game, lambda: None)
    subsets = [[s for n in range(1, m + 1) for s in combinations(range(m), n)] for m in game.shape]
    found = {one for one in product(*subsets) if one in set(search_of.of(list(map(len, one))))}

    def holds(supports: tuple[tuple[int, ...], ...]) -> bool:
        for player, used in enumerate(supports):
            inside = np.ix_(*(range(m) if k == player else supports[k] for k, m in enumerate(game.shape)))
            own = np.moveaxis(game.payoffs[..., player][inside], player, 0)
            for k, other in product(used, range(len(own))):
                if (own[other] >= own[k]).all() and (own[other] > own[k]).any():
                    return False
        return True

    assert found == {one for one in product(*subsets) if holds(one)}
    assert 0 < len(found) < 27


def test_no_box_around_an_equilibrium_is_excluded():
    """Boxes of all widths, with the root anywhere in them; narrowed boxes hold it, too."""
    draw = np.random.default_rng(7)
    for seed in range(4):
        game, profile = planted(100 + seed, (3, 3, 2))
        supports = tuple(tuple(np.flatnonzero(vector).tolist()) for vector in profile)
        conditions = Conditions(differences(game.payoffs), [supports])
        root = np.concatenate([np.asarray(vector[vector > 0][:-1], float) for vector in profile])
        widths = 10.0 ** draw.uniform(-12, 0, (50, len(root)))
        boxes = conditions.whole().at(np.zeros(50, dtype=int))
        low = np.maximum(root - widths * draw.random(widths.shape), 0)
        bounded = conditions.bounded(type(boxes)(boxes.where, low, np.minimum(low + widths, 1)))
        inside = (low <= root) & (root <= np.minimum(low + widths, 1))
        assert inside.all()
        assert len(bounded.boxes) == 50
        assert (bounded.boxes.low - 1e-16 <= root).all()
        assert (root <= bounded.boxes.high + 1e-16).all()


def ticks(after: int) -> Callable[[], float]:
    """A clock that jumps beyond all limits when it is asked often enough."""
    asked = count()
    return lambda: 0.0 if next(asked) < after else 1e9


@pytest.mark.parametrize("after", [1, 20, 60, 80])
def test_what_is_proven_in_time_is_kept(monkeypatch: pytest.MonkeyPatch, after: int):
    whole = isolated_equilibria(NINE)
    monkeypatch.setattr(search.time, "monotonic", ticks(after))
    part = isolated_equilibria(NINE, seconds=60)
    assert not part.complete
    assert part.unsearched or part.undecided
    assert len(part.equilibria) < 9
    n = len(part.equilibria)
    assert [one.supports for one in part.equilibria] == [one.supports for one in whole.equilibria[:n]]
    # Nothing is lost: each of the others lies in an open box, or on supports that were not searched.
    in_boxes = {
        place
        for place, one in enumerate(whole.equilibria[n:])
        for box in part.undecided
        if all(
            (low <= vector).all() and (vector <= high).all()
            for low, vector, high in zip(box.low, one.strategies, box.high, strict=True)
        )
    }
    assert len(in_boxes) == 9 - n or part.unsearched


def test_a_missing_equilibrium_would_be_noticed(monkeypatch: pytest.MonkeyPatch):
    honest = search.Search.result
    monkeypatch.setattr(
        search.Search, "result", lambda self: IsolatedEquilibria(NINE, honest(self).equilibria[1:], (), 0)
    )
    with pytest.raises(InternalError, match="the indices of all 8 equilibria sum to 0, which must be 1"):
        isolated_equilibria(NINE)


def test_ties_at_an_irrational_equilibrium_stay_open():
    """A third strategy of player 1 that pays as a half of each of the others: at Nau's equilibrium just as much."""
    payoffs = np.concatenate([IRRATIONAL.payoffs, IRRATIONAL.payoffs.sum(axis=0, keepdims=True) / Fraction(2)])
    found = isolated_equilibria(NormalFormGame.from_arrays(*np.moveaxis(payoffs, -1, 0)))
    assert not found.complete
    assert found.equilibria == ()
    (tied,) = (box for box in found.undecided if "1,024 bits" in box.why and box.supports == ((0, 1),) * 3)
    one = isolated_equilibria(IRRATIONAL).equilibria[0]
    for low, known, high in zip(tied.low, one.strategies, tied.high, strict=True):
        assert (low[:2] <= known + 1e-15).all()
        assert (known - 1e-15 <= high[:2]).all()


def test_the_benchmark_tells_what_an_engine_has():
    ours = isolated_equilibria(NINE)
    assert several_players.n_known(ours, [one.strategies for one in ours.equilibria[:5]]) == 5
    with pytest.raises(RuntimeError, match="which we have not"):
        several_players.n_known(ours, [([0.9, 0.1], [0.9, 0.1], [0.9, 0.1])])


def test_the_solver_says_when_it_is_not_complete():
    assert len(list(isolated.complete(NINE))) == 9
    answers = isolated.complete(CONTINUUM)
    with pytest.raises(SolverError, match="not proven complete: 3 boxes are undecided"):
        for _ in answers:
            pass


def test_a_cross_check_says_that_the_equilibria_are_complete():
    check = crosscheck(NINE, ["fairgames:complete", "fairgames:pure"], seconds=60)
    assert check.complete == ("fairgames:complete",)
    assert check.reports["fairgames:complete"].found == tuple(range(9))
    assert "Complete, with proof (fairgames:complete): the game has no other equilibrium." in check.remarks()
    assert check.to_dict()["complete"] == ["fairgames:complete"]
    assert crosscheck(CONTINUUM, "fairgames:complete", seconds=60).complete == ()


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="seconds is 0, expected a positive number"):
        isolated_equilibria(NINE, seconds=0)
    with pytest.raises(InputError, match="precision is -1, expected a positive number"):
        isolated_equilibria(NINE, precision=-1)
    with pytest.raises(InputError, match="expected finite numbers"):
        isolated_equilibria(NormalFormGame.from_arrays(np.full((2, 2), np.nan), np.zeros((2, 2))))
    large = NormalFormGame.from_arrays(*np.zeros((3, 10, 100, 10)))
    assert "at most 20,000 payoffs, and this one has 30,000" in str(isolated.too_large(large))
    many = NormalFormGame.from_arrays(*np.zeros((2, 9, 9)))
    assert "at most 100,000 supports, and this one has 261,121" in str(isolated.too_large(many))
    assert isolated.too_large(NINE) is None
