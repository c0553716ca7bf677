"""Audits where costs are private: the proposed plan and interim rationality, against a brute force over plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from fairgames import InputError, LinearLaplace, PaymentGame, Users, design
from fairgames.audit import audit
from fairgames.audit.finding import NAMES
from fairgames.private import PlanGame
from tests.private import plan_oracle as oracle
from tests.private.plan_games import as_ours, random_game


def _equilibria(game: oracle.Game, pay: Callable[[tuple[int, ...], int], Fraction], choices: Sequence[int]) -> Any:
    """The plans from which no cost row gains under any payments, with what each cost row is paid and bears."""
    found = {}
    for plan in product(*(product(choices, repeat=len(rows)) for rows in game.rows)):
        interim = [
            {
                level: sum(
                    (chance * pay((*x[:user], level, *x[user + 1 :]), user) for chance, x in game.states(plan)),
                    Fraction(0),
                )
                for level in choices
            }
            for user in range(len(game.rows))
        ]
        left = [
            (interim[user][level] - costs[level], max(interim[user][y] - costs[y] for y in choices))
            for user, rows in enumerate(game.rows)
            for (_, costs), level in zip(rows, plan[user], strict=True)
        ]
        if all(own == most for own, most in left):
            found[plan] = left
    return found


@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_platforms_best_plan(seed: int, floats: bool) -> None:
    game = random_game(seed)
    right = oracle.best(game)
    assert right is not None
    found = audit(as_ours(game, floats), compare=["users", "equal-split", "take-it-or-leave-it"])
    assert found.proposed is None
    assert found.proposed_plan == right.plan
    assert found["individual-rationality"].holds is True
    own, *others = found.rules
    assert (own.plan, own.equilibrium) == (right.plan, None)
    assert float(own.best_alpha or 0) == pytest.approx(float(right.alpha))
    assert float(own.platform_utility or 0) == pytest.approx(float(right.value))
    assert "does not know where they are private" in others[-1].why_not


@pytest.mark.parametrize("seed", range(6))
def test_axioms_are_those_of_costs_that_are_known(seed: int) -> None:
    game = as_ours(random_game(seed))
    known = audit(PaymentGame(game.base.utility, game.known.with_costs()))
    private = audit(game)
    for name in NAMES:
        if name != "individual-rationality":
            assert private[name].answer() == known[name].answer()


@pytest.mark.parametrize("seed", range(6))
def test_at_a_share(seed: int) -> None:
    """The equilibrium at 2/5 that leaves the platform most, where level 0 is offered to all."""
    game, share = random_game(seed), Fraction(2, 5)
    all_of = _equilibria(game, lambda x, user: share * game.shapley[x][user], range(game.n_levels))
    best = max((1 - share) * game.expected[plan] for plan in all_of)
    found = audit(as_ours(game), alpha="2/5")
    assert found.proposed_plan in all_of
    assert (1 - share) * game.expected[found.proposed_plan] == best  # type: ignore[index]
    assert found["individual-rationality"].holds is True


@pytest.mark.parametrize("seed", range(8))
def test_who_may_not_stay_out_may_be_worse_off(seed: int) -> None:
    """Levels 1 and 2 alone are offered, and each gets an equal part of U: interim, and in money."""
    game = next(game for game in map(random_game, range(seed * 20, 1000)) if game.n_levels == 3 and len(game.rows) == 2)
    rows = [[(p, (Fraction(0), Fraction(0), c[2])) for p, c in own] for own in game.rows]
    game = oracle.Game(game.utility, 3, tuple(map(tuple, rows)))
    n = len(rows)
    base = as_ours(game)
    users = Users(private=rows, allowed=[[1, 2]] * n, names=base.known.names)

    def pay(utility: Callable[[Sequence[int]], Any], profile: Sequence[int]) -> list[Any]:
        return [utility(profile) / n - Fraction(2, 3)] * n

    all_of = _equilibria(game, lambda x, user: game.utility[x] / n - Fraction(2, 3), (1, 2))
    found = audit(PlanGame(base.base.utility, users), pay)
    one = found["individual-rationality"]
    if not all_of:
        assert (found.proposed_plan, one.holds) == (None, None)
        return
    keeps = max(n * Fraction(2, 3) for _ in all_of)
    assert found.proposed_plan in all_of
    least = min(left for left, _ in all_of[found.proposed_plan])
    assert keeps == n * Fraction(2, 3)
    assert one.holds is (least >= 0)
    assert one.worst_violation == max(-least, 0)
    if least < 0:
        assert one.witness is not None
        paid, cost = one.witness.amounts.values()
        assert paid - cost == least


def test_who_takes_part_in_a_large_game() -> None:
    """Twenty users alike: a plan that is the same for all of them."""
    rows = [("1/2", [0, ".01"]), ("1/2", [0, ".2"])]
    game = PlanGame(LinearLaplace(20, [0, "inf"]), Users(private=[rows] * 20))
    found = audit(game)
    assert found.scope == "search"
    assert found.proposed_plan == design(game).plan  # type: ignore[attr-defined]
    assert found["individual-rationality"].holds is True


def test_plans_that_are_too_many_to_list() -> None:
    """Eight distinct users with three rows: the best plan on paths of equilibria."""
    rows = [[("1/3", [0, f".{k + 1}{r}"]) for r in (1, 2, 3)] for k in range(8)]
    game = PlanGame(
        LinearLaplace(8, [0, "1/2", "inf"]), Users(private=[[(p, [0, c, c]) for p, (_, c) in own] for own in rows])
    )
    found = audit(game)
    assert found.proposed_plan == design(game, method="path").plan  # type: ignore[attr-defined]
    assert found["individual-rationality"].holds is True
    assert "on paths of equilibria" in found["individual-rationality"].sentence


def test_what_asks_for_costs_is_refused() -> None:
    with pytest.raises(InputError, match="does not know where they are private"):
        audit(as_ours(random_game(0)), "take-it-or-leave-it")
