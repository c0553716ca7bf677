"""Plans that are the same for users alike, on counts, against plans that are listed and counts that are drawn."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from fairgames import FederatedMean, LinearLaplace, Users, design, pure_equilibria
from fairgames.equilibria.types.multinomial import multinomial, together
from fairgames.equilibria.types.same_plan_intervals import same_plan_equilibria
from fairgames.equilibria.types.same_plans import SamePlans
from fairgames.mechanism import PlanDesign
from fairgames.mechanism.private import counted_information
from fairgames.private import PlanGame
from tests.private import plan_oracle as oracle


def _rows(draw: random.Random, n_levels: int, n_rows: int = 2) -> list[tuple[Fraction, list[Fraction]]]:
    weights = [draw.randint(1, 3) for _ in range(n_rows)]
    return [
        (Fraction(w, sum(weights)), [Fraction(0), *(Fraction(draw.randint(0, 12), 40) for _ in range(n_levels - 1))])
        for w in weights
    ]


def _listed(game: PlanGame) -> dict[tuple[object, ...], tuple[object, ...]]:
    """The intervals of all plans that are the same for users alike, from the list of all."""
    found = pure_equilibria(game)
    agents = game.agents
    kinds: dict[object, list[int]] = {}
    for user, rows in enumerate(agents.rows):
        kinds.setdefault((rows, game.base.utility.types[user]), []).append(user)
    same = {}
    pairs = zip(found.profiles(game).tolist(), found.lower, found.upper, found.stable, found.utility, strict=True)
    for profile, low, high, stable, utility in pairs:
        plan = agents.plan(profile)
        if all(len({plan[user] for user in users}) == 1 for users in kinds.values()):
            same[tuple(plan[users[0]] for users in kinds.values())] = (low, high, bool(stable), utility)
    return same


@pytest.mark.parametrize("seed", range(6))
def test_counts_agree_with_the_list_of_all_plans(seed: int) -> None:
    draw = random.Random(seed)
    levels = [0, 1, "inf"] if seed % 2 else [0, "1/2"]
    sizes = draw.choice([(3,), (2, 1), (2, 2)] if len(levels) == 2 else [(2,), (3,), (2, 1)])
    private = [rows for size in sizes for rows in [_rows(draw, len(levels))] * size]
    game = PlanGame(LinearLaplace(sum(sizes), levels), Users(private=private))
    found = same_plan_equilibria(SamePlans(game))
    rows = zip(found.equilibria.lower, found.equilibria.upper, found.equilibria.stable, found.equilibria.utility,
               strict=True)  # fmt: skip
    assert dict(zip(found.plans, map(tuple, rows), strict=True)) == _listed(game)
    assert found.equilibria.exact


def test_floats_on_counts_agree_with_the_list() -> None:
    draw = random.Random(3)
    rows = [(Fraction(1, 3), [0, Fraction(1, 5), Fraction(1, 2)]), (Fraction(2, 3), [0, Fraction(2, 3), 2])]
    utility = FederatedMean(Users(samples=[draw.randint(10, 12)] * 3), 1.0, 10.0)
    game = PlanGame(utility, Users(private=[rows] * 3))
    found, listed = same_plan_equilibria(SamePlans(game)), _listed(game)
    assert set(found.plans) == set(listed)
    for plans, low, high in zip(found.plans, found.equilibria.lower, found.equilibria.upper, strict=True):
        assert (low, high) == pytest.approx(listed[plans][:2], abs=1e-12)
    assert found.equilibria.proven.all()


@pytest.mark.parametrize("selection", ["best", "stable"])
def test_the_design_is_certified_from_the_definition(selection: str) -> None:
    """Interim payments by the brute force's own Shapley values, at every cost row."""
    rows = [
        (Fraction(1, 3), [0, Fraction(1, 50), Fraction(2, 25)]),
        (Fraction(2, 3), [0, Fraction(1, 20), Fraction(1, 5)]),
    ]
    utility = LinearLaplace(3, [0, 1, "inf"])
    game = PlanGame(utility, Users(private=[rows] * 3))
    found = design(game, selection, scope="symmetric")
    assert isinstance(found, PlanDesign)
    assert found.same_plans
    table = {p: utility.exact_at(p) for p in product(range(3), repeat=3)}
    own = tuple((p, tuple(map(Fraction, c))) for p, c in rows)
    right = oracle.Game(table, 3, (own,) * 3)
    assert [list(row) for row in found.interim_regret] == oracle.regrets(right, found.plan, found.alpha)
    assert found.utility == right.expected[found.plan]
    for user, levels in enumerate(found.plan):
        paid = [found.alpha * right.interim(found.plan, user, level) for level in levels]
        assert found.interim_payments[user].tolist() == paid


def test_two_hundred_users_agree_with_a_simulation() -> None:
    """E[U] and what a user is paid, against means over drawn cost rows."""
    rows = [("1/4", [0, ".001"]), ("1/4", [0, ".003"]), ("1/2", [0, ".01"])]
    utility = LinearLaplace(200, [0, "inf"])
    found = design(PlanGame(utility, Users(private=[rows] * 200)))
    assert isinstance(found, PlanDesign)
    assert found.certain
    share = sum(float(p) for (p, _), level in zip(rows_of(rows), found.plan[0], strict=True) if level)
    worth = np.array([utility.on_counts([np.array([[200 - k, k]])])[0] for k in range(201)])
    chances = stats.binom.pmf(np.arange(201), 200, share)
    assert float(found.utility) == pytest.approx(float(worth @ chances), rel=1e-10)
    # One user who shares, the others as they come: the mean of U(k)/k, as users alike share U equally.
    others = stats.binom.pmf(np.arange(200), 199, share)
    paid = float(found.alpha) * float((worth[1:] / np.arange(1, 201)) @ others)  # type: ignore[arg-type]
    sharing = [float(t) for t, level in zip(found.interim_payments[0], found.plan[0], strict=True) if level]
    assert sharing == pytest.approx([paid] * len(sharing), rel=1e-9)


@pytest.mark.parametrize(("levels", "sizes"), [([0, "inf"], (5,)), ([0, 1, "inf"], (3, 1))])
def test_costs_that_are_known_may_be_listed_or_counted(
    monkeypatch: pytest.MonkeyPatch, levels: list[object], sizes: tuple[int, ...]
) -> None:
    """What it costs not to know is the same by all profiles and by counts; many draws ask for the shorter of them."""
    draw = random.Random(1)
    private = [rows for size in sizes for rows in [_rows(draw, len(levels))] * size]
    game = PlanGame(LinearLaplace(sum(sizes), levels), Users(private=private))  # type: ignore[arg-type]
    found = []
    for most in (0, 10**9):
        monkeypatch.setattr(counted_information, "_MOST_LISTED", most)
        one = design(game, scope="symmetric")
        assert isinstance(one, PlanDesign)
        assert one.information_rent is not None
        found.append((one.value_of_information, one.information_rent.tolist()))
    assert found[0] == found[1]


def rows_of(rows: list[tuple[str, list[object]]]) -> list[tuple[Fraction, list[object]]]:
    return [(Fraction(p), costs) for p, costs in rows]


def test_chances_of_counts() -> None:
    """Against scipy, and rationals against floats."""
    chances = {0: Fraction(1, 2), 1: Fraction(1, 5), 3: Fraction(3, 10)}
    found, error = multinomial(30, chances, (0, 1, 3), 4, exact=False)
    exact, _ = multinomial(30, chances, (0, 1, 3), 4, exact=True)
    assert sum(exact) == 1
    assert np.abs(found - exact.astype(float)).max() <= error
    from fairgames.counts.lattice import count_vectors

    rows = count_vectors(30, (0, 1, 3), 4)
    assert found == pytest.approx(stats.multinomial.pmf(rows, 30, [0.5, 0.2, 0, 0.3]), rel=1e-9)


def test_groups_together() -> None:
    groups = [(2, {0: Fraction(1, 2), 1: Fraction(1, 2)}), (1, {1: Fraction(1)})]
    found, _ = together(groups, (0, 1), 2, exact=True)
    assert found.tolist() == [0, Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]
