"""Safe release: exact guarantees on a grid, the law of what comes out, refusals, and the order of charge and noise."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fairgames.errors import InputError, MissingPackageError
from fairgames.estimators import optimal_weights
from fairgames.privacy import PURE_DP, LinearLaplaceMechanism
from fairgames.releases import BudgetError, Ledger, PrivacyError, Release, noise, release
from fairgames.releases.grid import GridLaplace, on_grid
from tests.chances import ONCE_IN_A_MILLION, chance_of

HALF = Fraction(1, 2)
EPSILONS = st.one_of(
    st.sampled_from([Fraction(0), Fraction(1), math.inf, Fraction(10**6), Fraction(1, 10**6), Fraction(1, 10**12)]),
    st.fractions(0, 30, max_denominator=50),
)
WEIGHTS = st.one_of(st.fractions(-2, 2, max_denominator=60), st.floats(-1, 1), st.just(0))
#: Floats of every size, the spots where rounding turns over among them.
DATA = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.floats(-3, 3), st.sampled_from([-0.5, 0.5, 0.0, -0.0, 5e-324])
)


@st.composite
def optimal(draw) -> tuple[LinearLaplaceMechanism, list]:
    """The papers' estimator for random ε."""
    epsilons = draw(st.lists(EPSILONS, min_size=1, max_size=6).filter(any))
    weights, noise_scale = optimal_weights(epsilons)
    return LinearLaplaceMechanism(weights, noise_scale), epsilons


@st.composite
def repaired(draw) -> tuple[LinearLaplaceMechanism, list]:
    """Any weights of either sign and any bounds, with as much noise as needed, or more."""
    epsilons = draw(st.lists(EPSILONS, min_size=1, max_size=6).filter(any))
    weights = [draw(WEIGHTS) if epsilon else 0 for epsilon in epsilons]
    if not any(weights):
        weights[epsilons.index(max(epsilons))] = 1
    ends = draw(st.lists(st.one_of(st.integers(-100, 10**18), WEIGHTS), min_size=2, max_size=2, unique=True))
    bounds = tuple(sorted(ends))
    noise_scale = draw(st.sampled_from([0, 0, Fraction(1, 3), 5]))
    return LinearLaplaceMechanism(weights, noise_scale, bounds, draw(WEIGHTS)).repaired(epsilons), epsilons


MECHANISMS = st.one_of(optimal(), repaired())


def clamped(value, bounds) -> Fraction:
    return min(max(Fraction(value), bounds[0]), bounds[1])


# Exact guarantees -----------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(MECHANISMS)
def test_every_promise_is_kept_exactly(case):
    mechanism, epsilons = case
    prepared = on_grid(mechanism, epsilons)
    scale = Fraction(prepared.scale)
    for steps, kept, asked, weight in zip(prepared.steps, prepared.epsilons, epsilons, mechanism.weights, strict=True):
        assert kept <= asked
        assert steps == 0 or (steps <= kept * scale if scale else kept == math.inf)
        assert steps * prepared.grid <= abs(weight) * mechanism.width
    assert prepared.noise_scale >= mechanism.noise
    assert prepared.noise_scale <= mechanism.noise * (1 + Fraction(1, 2**50))
    assert sum(prepared.steps) <= 2**60
    assert prepared.grid.numerator == 1 or prepared.grid.denominator == 1
    assert (prepared.grid.numerator * prepared.grid.denominator).bit_count() == 1


@settings(max_examples=50, deadline=None)
@given(MECHANISMS, st.data())
def test_no_datum_moves_the_sum_by_more_than_its_steps(case, data):
    """By computing the sum, on floats of every size and outside the bounds; the bounds themselves reach the limit."""
    mechanism, epsilons = case
    prepared = on_grid(mechanism, epsilons)
    first = data.draw(st.lists(DATA, min_size=len(mechanism), max_size=len(mechanism)))
    total = prepared.total(first)
    for user, steps in enumerate(prepared.steps):
        other = list(first)
        other[user] = data.draw(DATA)
        assert abs(prepared.total(other) - total) <= steps
        ends = [prepared.total([*first[:user], end, *first[user + 1 :]]) for end in mechanism.bounds]
        assert ends[1] - ends[0] == (steps if mechanism.weights[user] > 0 else -steps)


@settings(max_examples=50, deadline=None)
@given(MECHANISMS, st.data())
def test_the_sum_stands_for_the_estimate_up_to_the_rounding(case, data):
    mechanism, epsilons = case
    prepared = on_grid(mechanism, epsilons)
    values = data.draw(st.lists(DATA, min_size=len(mechanism), max_size=len(mechanism)))
    pairs = zip(mechanism.weights, values, strict=True)
    exact = mechanism.intercept + sum(w * clamped(value, mechanism.bounds) for w, value in pairs)
    assert abs(prepared.value(prepared.total(values)) - exact) <= prepared.rounding
    reach = sum(abs(weight) for weight in mechanism.weights) * mechanism.width
    assert prepared.rounding <= max(mechanism.noise / 2**30, len(mechanism) * reach / 2**58)


def test_a_float_sum_would_break_the_promise():
    """The attack: one datum moves the float sum by 2, the exact one by 1 (Casacuberta et al. 2022)."""
    big = 2.0**53
    mechanism = LinearLaplaceMechanism([1, 1, 1], 1, (0, 2**53))
    data = np.array([big, 0.75, 0.75])
    changed = np.array([big, 0.75, 1.75])
    assert float(np.cumsum(changed)[-1]) - float(np.cumsum(data)[-1]) == 2.0
    # Data that differ by 1 of a range of 2^53: the integers differ by what is 1, not 2.
    prepared = on_grid(mechanism, ["inf"] * 3)
    assert (prepared.total(changed) - prepared.total(data)) * prepared.grid == 1


def test_six_orders_of_magnitude_and_more():
    epsilons = [Fraction(10) ** power for power in range(-8, 9)] + [math.inf]
    weights, noise_scale = optimal_weights(epsilons)
    prepared = on_grid(LinearLaplaceMechanism(weights, noise_scale), epsilons)
    assert all(kept <= asked for kept, asked in zip(prepared.epsilons, epsilons, strict=True))
    assert prepared.rounding <= noise_scale / 2**29
    saturated = [kept for kept, asked in zip(prepared.epsilons, epsilons, strict=True) if asked > 1000]
    assert max(saturated) < 1000  # more privacy than asked for, even at ε = inf


@pytest.mark.parametrize("epsilon", ["1/3", "0.1", "1/7", 3, "1e-300", "1e300", "1e390", "2/3"])
def test_odd_epsilons_are_not_exceeded_by_a_rounding(epsilon):
    """OpenDP's map rounds up; the scale leaves room for that."""
    (asked,) = PURE_DP.profile([epsilon])
    mechanism = LinearLaplaceMechanism([Fraction(1, 3)], Fraction(1, 3) / asked)
    (kept,) = on_grid(mechanism, [epsilon]).epsilons
    assert kept <= asked
    assert kept >= min(asked, Fraction(sys.float_info.max)) * (1 - Fraction(1, 2**20)) or asked < Fraction(1, 10**9)


# OpenDP ---------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-6, 1e15), st.integers(0, 2**60))
def test_opendp_s_privacy_map_is_an_upper_bound_and_tight(scale, distance):
    found, exact = noise.privacy_loss(scale, distance), distance / Fraction(scale)
    assert exact <= found <= exact * (1 + Fraction(1, 2**52))


def laplace_cdf(k: int, scale: float) -> float:
    """Pr(Z ≤ k) of Pr(Z = z) = (1 − r)/(1 + r)·r^|z|, r = e^(−1/s)."""
    r = math.exp(-1 / scale)
    return 1 - r ** (k + 1) / (1 + r) if k >= 0 else r ** (-k) / (1 + r)


def laplace_cells(scale: float, edges: list[int]) -> np.ndarray:
    """Pr of the cells that ``edges`` end."""
    return np.diff([0.0, *(laplace_cdf(edge, scale) for edge in edges), 1.0])


@pytest.mark.parametrize("scale", [0.4, 1.5, 20.0, 2.0**33 * 1.1])
def test_noise_has_the_discrete_laplace_law(scale):
    """A right sampler fails once in a million runs or less often, whatever the scale."""
    centre, size = 1000, 12_000
    sample = np.array(noise.noisy(centre, scale, size)) - centre
    edges = sorted({round(scale * x) for x in (-3, -2, -1, -0.5, -0.2, 0, 0.2, 0.5, 1, 2, 3)})
    observed = np.bincount(np.searchsorted(edges, sample), minlength=len(edges) + 1)
    assert chance_of(observed, laplace_cells(scale, edges)) > ONCE_IN_A_MILLION


def test_released_values_are_unbiased_and_spread_by_the_law():
    """One release after the other, against the exact estimate; right ones fail 9 times in 10^7 runs."""
    epsilons = [Fraction(1), Fraction(3), math.inf, Fraction(0)]
    weights, noise_scale = optimal_weights(epsilons)
    mechanism = LinearLaplaceMechanism(weights, noise_scale, intercept="1/10")
    data = [0.5, -0.25, 7.0, None]
    exact = Fraction(1, 10) + sum(w * clamped(x or 0, (-HALF, HALF)) for w, x in zip(weights, data, strict=True))
    values = np.array([float(release(data, mechanism, epsilons)) for _ in range(1000)])
    noises = (values - float(exact)) / float(noise_scale)
    # The sum of 1,000 is the difference of two Gamma variables: 6.2 in 10^7 are further out than five standard errors.
    assert abs(noises.mean()) < 5 * math.sqrt(2 / 1000)
    # 2·Σ|Z| has the law χ² with two degrees of freedom each. (That of Σ Z² has a long tail, which no table has.)
    assert 1e-7 < stats.chi2(2000).cdf(2 * np.abs(noises).sum()) < 1 - 1e-7
    assert stats.kstest(noises, stats.laplace().cdf, method="exact").pvalue > 1e-7


# What a release says --------------------------------------------------------------------------


def mechanism_and_epsilons() -> tuple[LinearLaplaceMechanism, list]:
    return LinearLaplaceMechanism(["1/40", "13/40"], "1/40"), [1, "inf"]


def test_a_release_is_frozen_and_holds_what_is_public():
    mechanism, epsilons = mechanism_and_epsilons()
    found = release([0.5, -0.5], mechanism, epsilons)
    assert isinstance(found, Release)
    assert set(found.__dataclass_fields__) == {"value", "noise_scale", "epsilons", "grid", "rounding", "entry"}
    assert (found.value / found.grid * 2).denominator == 1
    assert found.noise_scale == pytest.approx(1 / 40, rel=1e-15)
    assert [float(epsilon) for epsilon in found.epsilons] == pytest.approx([1, 13], rel=1e-9)
    assert found.entry is None
    with pytest.raises(AttributeError):
        found.value = 0


def test_two_releases_differ():
    mechanism, epsilons = mechanism_and_epsilons()
    assert len({release([0, 0], mechanism, epsilons).value for _ in range(20)}) > 15


def test_without_noise_the_estimate_itself_comes_out():
    """Everybody agreed to that: ε = inf; the others have no weight."""
    mechanism = LinearLaplaceMechanism(["1/2", "-1/4", 0], 0, (0, 10))
    found = release([3, 40, math.nan], mechanism, ["inf", "inf", 0])
    assert abs(found.value - Fraction(-1)) <= found.rounding < 1e-15
    assert found.epsilons == (math.inf, math.inf, 0)
    assert found.noise_scale == 0


@dataclass(frozen=True)
class Prior:
    bound: Fraction


@dataclass(frozen=True)
class Estimator:
    """The shape of a linear-Laplace estimator with a prior."""

    epsilons: tuple
    weights: tuple
    noise: Fraction
    intercept: Fraction
    prior: Prior


def test_an_estimator_brings_its_own_promises():
    estimator = Estimator((Fraction(2), math.inf), (Fraction(1), HALF), Fraction(5), Fraction(100), Prior(Fraction(5)))
    prepared = on_grid(estimator)
    assert prepared.mechanism == LinearLaplaceMechanism([1, "1/2"], 5, (-5, 5), 100)
    assert [float(epsilon) for epsilon in prepared.epsilons] == pytest.approx([2, 1])
    assert 0 < float(release([5, 5], estimator)) < 300
    with pytest.raises(PrivacyError, match="user 1: ε is 1,"):
        release([5, 5], estimator, [1, 1])


# Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "noise_scale", "epsilons", "why"),
    [
        ([1, 1], 1, [1, 0], "user 2: ε is 0, but the weight is not"),
        ([1, 1], 0, [1, "inf"], "user 1: ε is 1, but the privacy loss"),
        ([0.1 + 1e-9], 0.1, [1], "noise scale τ of at least 100000001/1000000000"),
        ([0, 0], 1, [0, 0], "every ε is 0: nobody shares data"),
        ([0, 0], 1, [1, 0], "every weight is 0"),
    ],
)
def test_what_cannot_be_guaranteed_is_refused(weights, noise_scale, epsilons, why):
    with pytest.raises(PrivacyError, match=why):
        release([0] * len(weights), LinearLaplaceMechanism(weights, noise_scale), epsilons)


def test_all_refused_users_are_named():
    with pytest.raises(PrivacyError) as error:
        release([0] * 4, LinearLaplaceMechanism([1, 1, 1, 1], 1), [1, "1/2", 0, "0.999"])
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["user 2", "user 3", "user 4"]


@pytest.mark.parametrize(
    ("data", "epsilons", "why"),
    [
        ([0.1], [1, "inf"], "1 values came, expected one for each of 2 users"),
        ([0.1, 0.2, 0.3], [1, "inf"], "3 values came"),
        (0.5, [1, "inf"], "expected one number for each of 2 users"),
        ([0.25, math.nan], [1, "inf"], "the value of user 2 is no finite number"),
        ([math.inf, 0.25], [1, "inf"], "the value of user 1 is no finite number"),
        ([0.25, None], [1, "inf"], "the value of user 2 is no finite number"),
        (["0.25", True], [1, "inf"], "the value of user 1 is no finite number\ndata: the value of user 2"),
        ([0.25, 0.25], [1], "the profile has 1 levels, but the mechanism has 2 users"),
        ([0.25, 0.25], [-1, 1], "user 1: -1 is no level"),
        ([0.25, 0.25], [math.nan, 1], "user 1: nan is no level"),
        ([0.25, 0.25], None, "say which ε is promised"),
    ],
)
def test_bad_input_has_its_own_message_which_repeats_no_datum(data, epsilons, why):
    mechanism, _ = mechanism_and_epsilons()
    with pytest.raises(InputError, match=why) as error:
        release(data, mechanism, epsilons)
    assert "0.25" not in str(error.value)


def test_data_may_be_arrays_of_any_number_type():
    mechanism, epsilons = mechanism_and_epsilons()
    prepared = on_grid(mechanism, epsilons)
    totals = [
        prepared.total(data)
        for data in (np.array([0.5, -0.25]), np.array([0.5, -0.25], dtype=np.float32), [HALF, Fraction(-1, 4)])
    ]
    assert len(set(totals)) == 1
    assert prepared.total(np.array([1, 0])) == prepared.total([0.5, 0])  # clamped
    assert prepared.total([10**400, -(10**400)]) == prepared.total([0.5, -0.5])


def test_a_wrong_privacy_map_is_noticed(monkeypatch):
    mechanism, epsilons = mechanism_and_epsilons()
    right = noise.privacy_loss
    monkeypatch.setattr(noise, "privacy_loss", lambda scale, steps: right(scale, steps) / 2)
    with pytest.raises(PrivacyError, match="OpenDP's privacy map"):
        release([0, 0], mechanism, epsilons)
    monkeypatch.setattr(noise, "privacy_loss", lambda scale, steps: right(scale, steps) * 2)
    with pytest.raises(PrivacyError, match="OpenDP's privacy map"):
        release([0, 0], mechanism, epsilons)


def test_without_opendp_nothing_is_released_or_charged(monkeypatch, tmp_path):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 1})
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    noise._laplace.cache_clear()
    with pytest.raises(MissingPackageError, match=r"pip install 'fairgames\[release\]'"):
        release([0], LinearLaplaceMechanism([1], 1), [1], ledger, ["ann"])
    assert ledger.accounts().entries == ()


# The ledger -----------------------------------------------------------------------------------


def test_a_release_is_charged_what_is_kept(tmp_path):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 2, "ben": "inf", "cem": 0})
    mechanism = LinearLaplaceMechanism(["1/40", "13/40", 0], "1/40")
    found = release([0.5, 0.5, None], mechanism, [1, "inf", 0], ledger, ["ann", "ben", "cem"], "mean of June")
    (entry,) = ledger.accounts().entries
    assert found.entry == entry.number == 1
    assert entry.purpose == "mean of June"
    assert entry.costs == dict(zip(["ann", "ben"], found.epsilons[:2], strict=True))
    assert entry.costs["ben"] < 13


def test_the_budget_refuses_the_release_before_anything_is_sampled(tmp_path, monkeypatch):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": "5/2", "ben": 26, "cem": 100})
    mechanism = LinearLaplaceMechanism(["1/40", "13/40", "1/40"], "1/40")
    ask = ([0, 0, 0], mechanism, [1, 13, 1], ledger, ["ann", "ben", "cem"])
    release(*ask)
    release(*ask)
    before = ledger.path.read_bytes()
    monkeypatch.setattr(noise, "noisy", lambda *_: pytest.fail("sampled"))
    with pytest.raises(BudgetError) as error:
        release(*ask)
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["ann", "ben"]
    assert ledger.path.read_bytes() == before


def test_a_failure_after_the_charge_costs_budget_not_privacy(tmp_path, monkeypatch):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 1})

    def broken(*_):
        raise OSError("no randomness")

    monkeypatch.setattr(noise, "noisy", broken)
    with pytest.raises(OSError, match="no randomness"):
        release([0], LinearLaplaceMechanism([1], 1), [1], ledger, ["ann"])
    assert ledger.accounts().left("ann") < Fraction(1, 1000)


@pytest.mark.parametrize(
    ("data", "epsilons", "names", "why"),
    [
        ([0, math.nan], [1, 1], ["ann", "ben"], "no finite number"),
        ([0, 0], [1, "1/2"], ["ann", "ben"], "privacy loss"),
        ([0, 0], [1, 1], None, "names: a ledger needs the accounts"),
        ([0, 0], [1, 1], ["ann"], "names: 1 names came"),
        ([0, 0], [1, 1], ["ann", "ann"], "'ann' more than once"),
        ([0, 0], [1, 1], ["ann", "dan"], "dan: has no account"),
    ],
)
def test_what_is_refused_is_not_charged(data, epsilons, names, why, tmp_path):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 9, "ben": 9})
    with pytest.raises(InputError, match=why):
        release(data, LinearLaplaceMechanism([1, 1], 1), epsilons, ledger, names)
    assert ledger.accounts().entries == ()


KILLED = """
import os
from fairgames.privacy import LinearLaplaceMechanism
from fairgames.releases import Ledger, noise, release
noise.noisy = lambda *_: os._exit(9)
print(release([0], LinearLaplaceMechanism([1], 1), [1], Ledger("ledger.json"), ["ann"]).value)
"""


def test_a_crash_between_charge_and_noise_has_charged(tmp_path: Path):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 1})
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (9, "")
    assert len(ledger.accounts().entries) == 1


def test_a_mechanism_on_its_grid_is_frozen():
    prepared = on_grid(*mechanism_and_epsilons())
    assert isinstance(prepared, GridLaplace)
    with pytest.raises(AttributeError):
        prepared.scale = 1.0
