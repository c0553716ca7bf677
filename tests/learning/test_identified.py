"""Bounds on costs against linear programs in cvxpy; removals against all subsets; true costs within every bound."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import cvxpy as cp
import numpy as np
import pytest

from fairgames import FederatedMean, InputError, LinearLaplace, PaymentGame, Users, load, payments
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.learning import Period, learn, read_observations
from fairgames.learning.learned_file import write_learned
from fairgames.mechanism import robust_design

LEVELS = [0, 1, "inf"]


def _laplace(seed: int, n: int = 3) -> PaymentGame:
    draw = random.Random(seed)
    costs = [[0, *sorted(Fraction(draw.randint(1, 60), 200) for _ in range(2))] for _ in range(n)]
    return PaymentGame(LinearLaplace(n, LEVELS), Users(sensitivity=costs))


def _played(game: PaymentGame, n_periods: int, seed: int) -> list[Period]:
    """Some equilibrium at each of some shares."""
    draw, found = random.Random(seed), pure_equilibria(game)
    periods = []
    for place in range(n_periods):
        share = Fraction(draw.randint(1, 99), 100)
        there = [int(k) for k in found.at(share)]
        periods.append(Period.of(share, tuple(found.profiles(game)[draw.choice(there)].tolist()), place + 2))
    return periods


def _program(game: PaymentGame, periods: Sequence[Period], user: int) -> tuple[cp.Variable, list[cp.Constraint]]:
    """The conditions of one user, from payments at single profiles, one variable a level."""
    costs = cp.Variable(len(game.utility.levels), nonneg=True)
    rows = [costs[0] == 0]
    for period in periods:
        chosen, profile = period.profile[user], list(period.profile)
        assert chosen is not None
        paid = []
        for level in range(len(game.utility.levels)):
            profile[user] = level
            paid.append(float(payments(game.utility, profile, period.alpha, exact=False).payments[user]))
        rows += [costs[chosen] - costs[other] <= paid[chosen] - paid[other] for other in range(len(paid))]
    return costs, rows


@pytest.mark.parametrize("seed", range(3))
def test_bounds_are_those_of_linear_programs(seed: int) -> None:
    game = _laplace(seed)
    periods = _played(game, 8, seed)
    found = learn(game, periods)
    assert found.consistent
    assert found.exact
    for user in range(3):
        costs, rows = _program(game, periods, user)
        for level, (low, high) in enumerate(found.bounds[user]):
            least = cp.Problem(cp.Minimize(costs[level]), rows)
            least.solve(cp.CLARABEL)
            most = cp.Problem(cp.Maximize(costs[level]), rows)
            most.solve(cp.CLARABEL)
            assert float(low) == pytest.approx(least.value, abs=1e-6)
            assert float(high) == (pytest.approx(most.value, abs=1e-6) if most.status == "optimal" else math.inf)


@pytest.mark.parametrize("seed", range(12))
def test_true_costs_are_within_and_bounds_shrink(seed: int) -> None:
    if seed % 2:
        game = _laplace(seed)
    else:
        draw = np.random.default_rng(seed)
        users = Users(
            samples=draw.integers(5, 60, 3),
            sensitivity=[[0, *np.sort(draw.uniform(0, 1.5, 2)).round(3)] for _ in "abc"],
        )
        game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    periods = _played(game, 12, seed)
    before = None
    for n in (2, 6, 12):
        found = learn(game, periods[:n])
        assert found.consistent
        for user, own in enumerate(found.bounds):
            for level, (low, high) in enumerate(own):
                assert low <= game.costs[user][level] <= high
                if before is not None:
                    assert before[user][level][0] <= low <= high <= before[user][level][1]
        before = found.bounds
    corners = [own for own in learn(game, periods).vertices if own]
    for user, own in enumerate(learn(game, periods).vertices):
        if own:
            spans = list(zip(*own, strict=True))
            assert [(min(span), max(span)) for span in spans] == [
                pytest.approx(pair) for pair in learn(game, periods).bounds[user]
            ]
    assert isinstance(corners, list)


@pytest.mark.parametrize("seed", range(4))
def test_the_fewest_periods_are_left_out(seed: int) -> None:
    """Against every subset of periods, judged by cvxpy."""
    game, draw = _laplace(seed, 2), random.Random(seed)
    periods = [
        Period.of(Fraction(draw.randint(1, 9), 10), (draw.randint(0, 2), draw.randint(0, 2)), k + 2) for k in range(6)
    ]
    found = learn(game, periods)

    def fits(kept: Sequence[Period]) -> bool:
        for user in range(2):
            _, rows = _program(game, kept, user)
            slack = cp.Variable(nonneg=True)
            relaxed = [row.args[0] <= row.args[1] + slack for row in rows[1:]]
            problem = cp.Problem(cp.Minimize(slack), [rows[0], *relaxed])
            problem.solve(cp.CLARABEL)
            if problem.value > 1e-7:
                return False
        return True

    fewest = next(size for size in range(7) if any(fits(kept) for kept in map(list, combinations(periods, 6 - size))))
    assert len(found.violations) == fewest
    assert found.consistent == (fewest == 0)
    out = {one.period - 1 for one in found.violations}
    assert fits([period for k, period in enumerate(periods) if k not in out])


def test_least_violation_against_cvxpy() -> None:
    game = _laplace(1, 2)
    periods = [Period.of("1/10", (1, 2), 2), Period.of("9/10", (0, 0), 3), Period.of("1/2", (2, 0), 4)]
    found = learn(game, periods, slack=True)
    total = 0.0
    for user in range(2):
        costs = cp.Variable(3, nonneg=True)
        slacks, rows = cp.Variable(len(periods), nonneg=True), [costs[0] == 0]
        for k, period in enumerate(periods):
            _, own = _program(game, [period], user)
            rows += [
                costs[period.profile[user]] - costs[y] <= _gain(game, period, user, y) + slacks[k] for y in range(3)
            ]
            assert own
        problem = cp.Problem(cp.Minimize(cp.sum(slacks)), rows)
        problem.solve(cp.CLARABEL)
        total += problem.value
    assert found.slack == pytest.approx(total, abs=1e-6)
    assert not found.consistent
    assert sum(one.amount for one in found.violations if one.amount) == pytest.approx(total, abs=1e-6)


def _gain(game: PaymentGame, period: Period, user: int, level: int) -> float:
    there = [*period.profile]
    there[user] = level
    here = payments(game.utility, period.profile, period.alpha, exact=False).payments[user]  # type: ignore[arg-type]
    return float(here - payments(game.utility, there, period.alpha, exact=False).payments[user])  # type: ignore[arg-type]


def test_what_was_not_seen_widens_but_misleads_not() -> None:
    game = _laplace(5)
    periods = _played(game, 10, 5)
    blind = [Period(one.place, one.alpha, (*one.profile[:2], None)) for one in periods]
    found, full = learn(game, blind), learn(game, periods)
    assert found.consistent
    for user in range(2):
        for level in range(3):
            assert found.bounds[user][level][0] <= full.bounds[user][level][0]
            assert found.bounds[user][level][1] >= full.bounds[user][level][1]
            assert found.bounds[user][level][0] <= game.costs[user][level] <= found.bounds[user][level][1]
    assert found.bounds[2] == ((0, 0), (0, math.inf), (0, math.inf))


@pytest.mark.parametrize("how", ["commas", "semicolons", "tabs", "workbook"])
def test_observations_are_read_as_spreadsheets_write_them(how: str, tmp_path: Path) -> None:
    game = _laplace(3)
    names = game.users.names
    rows = [["alpha", names[0], names[2]], ["0.25", "0", "inf"], ["0.5", "", "1"]]
    path = tmp_path / {"workbook": "seen.xlsx", "tabs": "seen.tsv"}.get(how, "seen.csv")
    if how == "workbook":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in [rows[0], [0.25, 0, "inf"], [0.5, None, 1]]:
            book.active.append(row)
        book.save(path)
    else:
        sign = {"commas": ",", "semicolons": ";", "tabs": "\t"}[how]
        cells = rows if how == "commas" else [[cell.replace(".", ",") for cell in row] for row in rows]
        path.write_text("".join(sign.join(row) + "\n" for row in cells), encoding="utf-8")
    found = read_observations(path, game)
    assert [(one.place, one.alpha, one.profile) for one in found] == [
        (2, Fraction(1, 4), (0, None, 2)),
        (3, Fraction(1, 2), (None, None, 1)),
    ]


def test_announced_payments(tmp_path: Path) -> None:
    game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(names=["Ann", "Ben"]))
    file = tmp_path / "seen.csv"
    file.write_text("payment:Ann:0,payment:Ann:inf,Ann\n0,0.3,inf\n0,0.1,0\n")
    found = learn(game, read_observations(file, game))
    assert found.bounds[0] == ((0, 0), (Fraction(1, 10), Fraction(3, 10)))


def test_file_and_back_to_a_robust_design(tmp_path: Path) -> None:
    game = _laplace(2)
    names = game.users.names
    (tmp_path / "s.toml").write_text(
        '[utility]\nkind = "linear-laplace"\nlevels = [0, 1, inf]\n'
        + "".join(f'[[users]]\nname = "{n}"\n' for n in names)
    )
    rows = [
        f"{one.alpha},{','.join(('0', '1', 'inf')[level] for level in one.profile)}"  # type: ignore[index]
        for one in _played(game, 40, 2)
    ]
    (tmp_path / "seen.csv").write_text(f"alpha,{','.join(names)}\n" + "\n".join(rows) + "\n")
    scenario = load(tmp_path / "s.toml")
    base = PaymentGame(scenario)
    found = learn(base, read_observations(tmp_path / "seen.csv", base))
    write_learned(scenario, found, tmp_path / "learned.toml")
    again = load(tmp_path / "learned.toml")
    assert again.ranges == tuple(found.bounds)
    from fairgames.cli.ranges import within_stated

    answer = within_stated(PaymentGame(again), again, "best", None)
    low = [[pair[0] for pair in own] for own in found.bounds]
    high = [[10**6 if pair[1] == math.inf else pair[1] for pair in own] for own in found.bounds]
    right = robust_design(game.with_sensitivity(low), high)
    assert (answer.alpha, answer.profile, answer.platform_utility) == (
        right.alpha,
        right.profile,
        right.platform_utility,
    )
    # What holds for all costs in the ranges holds for the true ones.
    assert float(answer.alpha) >= 0  # type: ignore[arg-type]
    interval = pure_equilibria(game).interval(game, answer.profile or ())
    assert interval is not None
    assert interval[0] <= answer.alpha <= interval[1]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("alpha,Ann\n2,0\n", "from 0 to 1"),
        ("alpha,Ann\n0.5,3\n", "one of the levels 0, inf"),
        ("alpha,Bob\n0.5,0\n", "unknown here"),
        ("Ann\n0\n", "expected a column alpha"),
        ("alpha,Ann\n", "no periods"),
        ("alpha,Ann\n0.5\n", "got 1 cells"),
    ],
)
def test_what_is_refused(text: str, what: str, tmp_path: Path) -> None:
    game = PaymentGame(LinearLaplace(1, [0, "inf"]), Users(names=["Ann"]))
    (tmp_path / "seen.csv").write_text(text)
    with pytest.raises(InputError, match=what):
        read_observations(tmp_path / "seen.csv", game)
