"""Cost rows known as ranges: against every corner of the box of costs, one game each."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from fairgames import InputError, NoAnswerError
from fairgames.cli.schemas import schemas
from fairgames.mechanism import Design, RobustPlanDesign, robust_plan_design
from tests.cli.test_cli import answer, run
from tests.private import plan_oracle as oracle
from tests.private.alike_games import alike_game
from tests.private.alike_games import as_ours as alike_as_ours
from tests.private.plan_games import as_ours, random_game
from tests.scenarios import written

Interval = tuple[Fraction, Fraction, bool]


@dataclass(frozen=True)
class Box:
    """A game with the lower ends of all costs, and the upper ones."""

    game: oracle.Game
    high: tuple[tuple[tuple[Fraction, ...], ...], ...]

    def corners(self, plan: oracle.Plan) -> list[Interval | None]:
        """The interval of a plan at each corner; what the user is paid is the same at all."""
        found: list[Interval | None] = []
        game, dims = self.game, []
        for user, rows in enumerate(game.rows):
            for (_, low), high in zip(rows, self.high[user], strict=True):
                dims += [sorted({a, b}) for a, b in zip(low, high, strict=True)]
        paid = [[game.interim(plan, user, level) for level in range(game.n_levels)] for user in range(len(game.rows))]
        n = game.n_levels
        for corner in product(*dims):
            rows_of = [corner[k : k + n] for k in range(0, len(corner), n)]
            found.append(_interval(plan, paid, rows_of))
        return found

    def equilibria(self, selection: str) -> dict[oracle.Plan, Interval]:
        """For all corners, or for some: these intervals overlap, and are then one."""
        found = {}
        for plan in self.game.plans:
            some = self.corners(plan)
            if selection == "best":
                if all(some):
                    low, high = max(one[0] for one in some if one), min(one[1] for one in some if one)
                    if low <= high:
                        found[plan] = (low, high, False)
                continue
            there = sorted(one[:2] for one in some if one)
            if there:
                for one, other in pairwise(there):
                    assert other[0] <= max(end for _, end in there[: there.index(one) + 1])
                found[plan] = (there[0][0], max(high for _, high in there), False)
        return found


def _interval(plan: oracle.Plan, paid: list[list[Fraction]], rows: list[tuple[Fraction, ...]]) -> Interval | None:
    low, high, place = Fraction(0), Fraction(1), 0
    for user, own in enumerate(plan):
        for here in own:
            costs = rows[place]
            place += 1
            for there in range(len(costs)):
                more, dearer = paid[user][here] - paid[user][there], costs[here] - costs[there]
                if more > 0:
                    low = max(low, dearer / more)
                elif more < 0:
                    high = min(high, dearer / more)
                elif dearer > 0:
                    return None
    return (low, high, False) if low <= high else None


def _box(game: Any, seed: int) -> Box:
    """Ranges of some costs; users with the same rows have the same ranges."""
    draw, known = random.Random(seed), {}
    for rows in game.rows:
        if rows not in known:
            known[rows] = tuple(
                tuple(
                    c + (draw.choice([0, 0, Fraction(1, 5), Fraction(1, 2)]) if level else 0)
                    for level, c in enumerate(costs)
                )
                for _, costs in rows
            )
    return Box(game, tuple(known[rows] for rows in game.rows))


def _with(game: Any, equilibria: dict[oracle.Plan, Interval]) -> Any:
    other = replace(game)
    other.__dict__["shapley"] = game.shapley
    other.__dict__["equilibria"] = equilibria
    return other


def _check(game: Any, box: Box, ours: Any, scope: str) -> None:
    every = box.equilibria("best")
    right = oracle.best(_with(game, every))
    assert right is not None
    found = robust_plan_design(ours, box.high, scope=scope)
    assert isinstance(found, RobustPlanDesign)
    assert (found.plan, found.alpha, found.platform_utility) == (right.plan, right.alpha, right.value)
    assert (found.runner_up and found.runner_up.platform_utility) == right.runner_up
    assert found.equilibrium_profiles == len(every)
    assert found.choice.interval == every[right.plan][:2]
    regrets = [
        [
            max(
                right.alpha * (game.interim(right.plan, user, y) - game.interim(right.plan, user, x))
                + (high[x] - low[y] if x != y else 0)
                for y in range(game.n_levels)
            )
            for (_, low), high, x in zip(rows, box.high[user], right.plan[user], strict=True)
        ]
        for user, rows in enumerate(game.rows)
    ]
    assert [row.tolist() for row in found.interim_regret] == regrets
    cap = right.alpha * game.expected[right.plan] / 2
    within = oracle.best(_with(game, every), cap)
    if within is None:
        with pytest.raises(NoAnswerError):
            robust_plan_design(ours, box.high, budget=cap, scope=scope)
    else:
        assert robust_plan_design(ours, box.high, budget=cap, scope=scope).platform_utility == within.value


@pytest.mark.parametrize("seed", [1, 2, 3, 5, 8])
def test_an_equilibrium_at_every_corner(seed: int) -> None:
    game = random_game(seed)
    box = _box(game, seed)
    _check(game, box, as_ours(game), "pure")
    some = box.equilibria("worst")
    least = robust_plan_design(as_ours(game), box.high, "worst")
    assert least.platform_utility == oracle.worst(_with(game, some))


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_plans_that_are_the_same_for_users_alike(seed: int) -> None:
    game = alike_game(seed)
    _check(game, _box(game, seed), alike_as_ours(game), "symmetric")


def test_a_budget_in_every_state_is_refused_where_costs_are_known(tmp_path: Path) -> None:
    text = '[utility]\nkind = "linear-laplace"\nlevels = [0, inf]\n[[users]]\nsensitivity = [0, 0.3]\n'
    result = run("design", written(tmp_path, text), "--uncertainty", "0.1", "--budget-every-state", "--budget", "1")
    assert result.exit_code == 2
    assert "--budget-every-state: for private costs" in result.stderr


def test_what_is_refused() -> None:
    game = random_game(0)
    ours, high = as_ours(game), _box(game, 0).high
    with pytest.raises(InputError, match="one row a cost row"):
        robust_plan_design(ours, high[:-1])
    lower = [[[Fraction(0)] * game.n_levels for _ in own] for own in high]
    with pytest.raises(InputError, match="expected at least the sensitivity"):
        robust_plan_design(ours, lower)
    with pytest.raises(InputError, match="selection best or worst"):
        robust_plan_design(ours, high, "stable")  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [(), ("--scope", "symmetric"), ("--selection", "worst", "--budget-every-state")])
def test_the_command(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A part either way of every cost row, what holds nominally beside the worst case, and the answer read again."""
    tables = "".join(
        f'[[users.private]]\nprobability = "{p}"\nsensitivity = {costs}\n'
        for p, costs in (("1/3", [0, 0.01, 0.02]), ("2/3", [0, 0.03, 0.04]))
    )
    text = f'[utility]\nkind = "linear-laplace"\nlevels = [0, 1, inf]\n[[users]]\nname = "clinic"\ncount = 2\n{tables}'
    found = answer("design", written(tmp_path, text), "--uncertainty", "1/10", "--exact", *options)
    assert found["kind"] == "plan-ranges"
    assert found["uncertainty"] == "1/10"
    assert found["sensitivity_low"][0][1] == ["0", "27/1000", "9/250"]
    assert found["sensitivity_high"][0][1] == ["0", "33/1000", "11/250"]
    assert found["worst_case"]["interim_regret"] == found["interim_regret"]
    assert found["value_of_information"] is None
    again = Design.from_dict(found)
    assert isinstance(again, RobustPlanDesign)
    assert again.to_dict()["sensitivity_high"] == found["sensitivity_high"]
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(schemas()["design-1"]).validate(
        answer("design", str(tmp_path / "scenario.toml"), "--uncertainty", "0.1", *options)
    )
    spent = [sum(Fraction(p) * Fraction(costs[level]) for p, costs, level in zip(found["chances"][user],
             found["sensitivity_high"][user], found["plan"][user], strict=True)) for user in range(2)]  # fmt: skip
    assert [Fraction(one) for one in found["worst_case"]["sensitivities"]] == spent
