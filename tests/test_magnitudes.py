"""Numbers of any size: right, or a refusal that names the number. The federation against 300 digits."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import InternalError
from fairgames.exact import to_fraction
from fairgames.mechanism.robustness import robustness
from tests.precise import federated_mean

# Right ----------------------------------------------------------------------------------------


def shapley(worth: Callable[[tuple[int, ...]], Any], profile: tuple[int, ...]) -> list[Any]:
    """By the definition, over all coalitions."""
    n = len(profile)
    value = {inside: worth(tuple(np.multiply(inside, profile).tolist())) for inside in product((0, 1), repeat=n)}
    found = [mpmath.mpf(0)] * n
    for inside, user in product(value, range(n)):
        if not inside[user]:
            size = sum(inside)
            joined = (*inside[:user], 1, *inside[user + 1 :])
            weight = mpmath.mpf(math.factorial(size) * math.factorial(n - 1 - size)) / math.factorial(n)
            found[user] += weight * (value[joined] - value[inside])
    return found


#: s², r²: ratios that vanish, and n·s² far below r².
VARIANCES = [(1e8, 1e-12), (1e60, 1e-60), (1e-60, 1e60), (1e-30, 1.0), (1e-5, 1e4), (0.0, 1e-60)]


@pytest.mark.parametrize(("between", "within"), VARIANCES)
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
@pytest.mark.parametrize("samples", [(1, 1, 1), (3, 1e6, 20), (1e30, 2, 5)])
def test_federation(samples: tuple[float, ...], aggregation: Any, between: float, within: float) -> None:
    utility = fg.FederatedMean(fg.Users(samples=samples), between, within, aggregation=aggregation)
    for profile in ((2, 2, 1), (1, 1, 1), (1, 1, 0)):
        with mpmath.workdps(300):
            right = shapley(
                lambda rho: federated_mean(samples, between, within, rho, None, aggregation, digits=300), profile
            )
        for method in ("subsets", "counts", "sums", "sampling"):
            if method == "sums" and aggregation == "samples":
                continue
            found = fg.payments(utility, profile, method=method)
            off = max(abs(mpmath.mpf(float(paid)) - exact) for paid, exact in zip(found.payments, right, strict=True))
            assert off <= found.error_bound < math.inf, (method, profile)


def test_the_platform_of_a_majority_by_sampling() -> None:
    """U = 1 for two or three: with the platform, every winning coalition needs it, so it gets 1/2."""
    majority = fg.TableUtility([[[0, 0], [0, 1]], [[0, 1], [1, 1]]])
    found = fg.payments(majority, (1, 1, 1), rule="coalition", method="sampling")
    assert found.platform == pytest.approx(0.5, abs=1e-15)
    assert abs(found.efficiency_residual) <= 1e-15


# Refused ----------------------------------------------------------------------------------------

USERS = fg.Users(samples=[1, 2])
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "s²": (lambda: fg.FederatedMean(USERS, 1e308, 1), r"between-user variance: .*got 1e\+308; .*another unit"),
    "s² small": (lambda: fg.FederatedMean(USERS, 1e-308, 1), "between-user variance: .*1e-60"),
    "s² written": (lambda: fg.FederatedMean(USERS, "1e-400", 1), "between-user variance: .*1e-60"),
    "r²": (lambda: fg.FederatedMean(USERS, 1, 1e155), "within-user variance: .*1e60"),
    "r² NaN": (lambda: fg.FederatedMean(USERS, 1, math.nan), "within-user variance: expected a finite number"),
    "scale": (lambda: fg.LinearLaplace(2, [0, 1], scale=1e308), r"scale: .*got 1e\+308; state money in another unit"),
    "scale small": (lambda: fg.LinearLaplace(2, [0, 1], scale="1e-400"), "scale: expected a number from 1e-140"),
    "samples": (lambda: fg.Users(samples=[1e308, 1]), r"samples: user 1 has 1e\+308"),
    "importance": (lambda: fg.Users(importance=[1, 1e300]), r"importance: user 2 has 1e\+300"),
    "cost": (lambda: fg.Users(sensitivity=[[0, 1e308]]), r"sensitivity of user 1: .*got 1e\+308; .*allowed"),
    "cost small": (lambda: fg.Users(sensitivity=[[0, "1e-400"]]), "sensitivity of user 1: expected 0 or a cost"),
    "table": (lambda: fg.TableUtility([[0, 1], [1, 10**400]]), r"values: .*about 10\^400 at profile \[1, 1\]"),
    "table's U(0)": (lambda: fg.TableUtility([[0.5, 1], [1, 1]]), "got 0.5; subtract that"),
    "digits": (lambda: to_fraction("1" * 5000, "alpha"), "alpha: expected a number of at most 4000 digits"),
    "levels": (lambda: fg.LinearLaplace(2, range(5000)), "levels: expected at most 1000, got 5,000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_computed_with_is_named(case: str) -> None:
    ask, words = REFUSED[case]
    with pytest.raises(fg.InputError, match=words):
        ask()


def test_rules_are_those_of_every_method() -> None:
    from fairgames.valuation.rules import Rule

    for extra, has_alpha in ((2, False), (0, False), (1, True), (-1, True), (True, False)):
        with pytest.raises(fg.InputError, match="expected extra = 0 with a share α"):
            Rule("own", extra, has_alpha, "nowhere")
    assert fg.payments(fg.LinearLaplace(2, [0, 1]), (1, 1), rule="coalition").platform > 0


def test_longdouble() -> None:
    """1/3 in 64 bits of mantissa is not 1/3, and is taken as what it is."""
    third = np.longdouble(1) / 3
    assert to_fraction(third) == third.as_integer_ratio()[0] / to_fraction(third.as_integer_ratio()[1])
    assert to_fraction(np.longdouble("0.5")) == to_fraction("1/2")


# The door ----------------------------------------------------------------------------------------


def test_what_does_not_add_up_is_a_bug_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from fairgames.valuation.methods import subsets

    right = subsets.divide

    def wrong(part: str, value: Any) -> None:
        monkeypatch.setattr(subsets, "divide", lambda question, _: replace(right(question), **{part: value}))

    for part, value, words in (
        ("total", 1.5, "the sum of the payments misses by"),
        ("values", np.array([math.nan, 0.5]), "payments is not finite"),
        ("error", math.inf, "error_bound is not finite"),
    ):
        wrong(part, value)
        with pytest.raises(InternalError, match=words) as told:
            fg.payments(fg.LinearLaplace(2, [0, 1]), (1, 1), exact=False, method="subsets")
        assert "bug in fairgames" in str(told.value)
        assert told.value.given["profile"] == "[1, 1]"
        assert told.value.exit_code == 70


def test_files_of_magnitudes(tmp_path: Path) -> None:
    text = (
        '[utility]\nkind = "federated-mean"\nbetween_user_variance = {}\nwithin_user_variance = {}\nlevels = [0, 2]\n'
    )
    users = "[[users]]\nsamples = 10\nsensitivity = [0, 0.5]\n"
    for between, within, name in (("1e308", "1", "between-user"), ("1", "1e-308", "within-user")):
        path = tmp_path / "s.toml"
        path.write_text(text.format(between, within) + users)
        with pytest.raises(fg.ScenarioError, match=f"{name} variance"):
            fg.load(path)
    shutil.rmtree(tmp_path)


@pytest.mark.filterwarnings("error")
def test_a_subnormal_cost_tolerates_all_that_is_asked() -> None:
    """A user who costs 5e-324 and is paid about 1/100: its cost may double, s = 1, without an overflow of 1/5e-324."""
    game = fg.PaymentGame(fg.LinearLaplace(1, [0, "inf"]), fg.Users(sensitivity=[[0, 5e-324]]), exact=False)
    checked = robustness(game, fg.design(game))
    assert checked.margin is not None
    assert checked.margin.tolerance == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cost", [5e-324, 1e-320, 1e-310, 1e-300, 1e-17])
@pytest.mark.parametrize("worth", [1.0, 0.7])
def test_a_table_of_floats_beside_a_subnormal_cost(cost: float, worth: float) -> None:
    """The user shares from α = cost/U on, so all but the cost is kept; 1/cost is beyond all floats below 5.6e-309."""
    game = fg.PaymentGame(fg.TableUtility(np.array([0.0, worth])), fg.Users(sensitivity=[[0, cost]]))
    found = fg.design(game)
    assert found.profile == (1,)
    assert found.platform_utility == pytest.approx(worth - cost, rel=1e-15)
    assert 0 <= found.alpha <= 2 * cost / worth
    assert found.certain is (cost >= 1e-300)
