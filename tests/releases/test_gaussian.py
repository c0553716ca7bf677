"""Gaussian noise and ρ-zCDP: the law of the noise, exact promises, a grid, and a ledger that counts one thing."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fairgames.errors import InputError
from fairgames.privacy import (
    ZERO_CONCENTRATED_DP,
    LinearGaussianMechanism,
    LinearLaplaceMechanism,
    approximate_of_zcdp,
    zcdp_of_pure,
)
from fairgames.privacy.concentrated import root_above
from fairgames.releases import BudgetError, GaussianRelease, Ledger, LedgerError, PrivacyError, Release, noise, release
from fairgames.releases.grid import GridGaussian, on_grid
from tests.chances import ONCE_IN_A_MILLION, chance_of

RHOS = st.one_of(st.just(math.inf), st.fractions(Fraction(1, 10**6), 50, max_denominator=10**6))


@st.composite
def mechanisms(draw) -> tuple[LinearGaussianMechanism, list]:
    rhos = draw(st.lists(RHOS, min_size=1, max_size=5))
    weights = [draw(st.fractions(-2, 2, max_denominator=60)) for _ in rhos]
    if not any(weights):
        weights[0] = Fraction(1)
    sigma = draw(st.sampled_from([0, Fraction(1, 3), 5]))
    return LinearGaussianMechanism(weights, sigma, (-3, 7), "1/3").repaired(rhos), rhos


# The framework --------------------------------------------------------------------------------


def renyi(mean: float, sigma: float, order: float) -> float:
    """D_α(N(mean, σ²) ‖ N(0, σ²)) by quadrature."""
    x = np.linspace(-40 * sigma, 40 * sigma + mean, 400_001)
    p, q = stats.norm.logpdf(x, mean, sigma), stats.norm.logpdf(x, 0, sigma)
    return float(np.log(np.trapezoid(np.exp(order * p + (1 - order) * q), x)) / (order - 1))


@pytest.mark.parametrize("order", [1.5, 2.0, 4.0])
def test_the_loss_is_the_divergence_over_its_order(order):
    mechanism = LinearGaussianMechanism(["1/4", "3/4"], "1/2", (0, 2))
    for user, weight in enumerate((0.25, 0.75)):
        assert float(mechanism.loss(user)) == pytest.approx(renyi(2 * weight, 0.5, order) / order, rel=1e-9)


def test_what_is_kept_and_what_is_not():
    mechanism = LinearGaussianMechanism(["1/4", 0], "1/4")
    assert mechanism.loss(0) == Fraction(1, 2)
    assert mechanism.loss(1) == 0
    assert ZERO_CONCENTRATED_DP.check(mechanism, ["1/2", 0])
    assert not ZERO_CONCENTRATED_DP.check(mechanism, ["499/1000", 0])
    assert LinearGaussianMechanism([1], 0).loss(0) == math.inf
    assert "only a weight of 0" in ZERO_CONCENTRATED_DP.check(mechanism, [0, 0]).reason
    with pytest.raises(InputError, match="only a weight of 0"):
        mechanism.repaired([0, 1])


@settings(max_examples=60, deadline=None)
@given(st.fractions(Fraction(1, 10**30), 10**30, max_denominator=10**40))
def test_roots_are_rounded_up_and_hardly(value):
    getcontext().prec = 100
    exact = (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()
    found = root_above(value)
    assert found**2 >= value
    assert Decimal(found.numerator) / Decimal(found.denominator) <= exact * (1 + Decimal(2) ** -79)


@settings(max_examples=40, deadline=None)
@given(mechanisms())
def test_repaired_mechanisms_have_just_enough_noise(case):
    mechanism, rhos = case
    assert ZERO_CONCENTRATED_DP.check(mechanism, rhos)
    less = LinearGaussianMechanism(mechanism.weights, mechanism.noise * Fraction(999_999, 10**6), mechanism.bounds)
    enough = mechanism.noise in (0, Fraction(1, 3), 5)
    assert enough or not ZERO_CONCENTRATED_DP.check(less, rhos)


def test_conversions():
    """Bun & Steinke (2016): Propositions 1.3 and 1.4, by hand."""
    assert zcdp_of_pure("1/10") == Fraction(1, 200)
    assert zcdp_of_pure("inf") == math.inf
    assert approximate_of_zcdp(2, math.exp(-8)) == pytest.approx(2 + 2 * 4)
    with pytest.raises(InputError, match="delta"):
        approximate_of_zcdp(1, 0)
    with pytest.raises(InputError, match="no level"):
        zcdp_of_pure(-1)


# On the grid ----------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(mechanisms())
def test_every_promise_is_kept_exactly(case):
    mechanism, rhos = case
    prepared = on_grid(mechanism, rhos)
    assert isinstance(prepared, GridGaussian)
    scale = Fraction(prepared.scale)
    for steps, kept, asked, weight in zip(prepared.steps, prepared.rhos, rhos, mechanism.weights, strict=True):
        assert kept <= asked
        assert steps == 0 or (steps**2 <= 2 * kept * scale**2 if scale else kept == math.inf)
        assert steps * prepared.grid <= abs(weight) * mechanism.width
    assert mechanism.noise <= prepared.noise_scale <= mechanism.noise * (1 + Fraction(1, 2**48))


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-3, 1e15), st.integers(0, 2**60))
def test_opendp_s_map_is_an_upper_bound_and_tight(scale, distance):
    found, exact = noise.concentrated_loss(scale, distance), (distance / Fraction(scale)) ** 2 / 2
    assert exact <= found <= exact * (1 + Fraction(1, 2**49))


def gaussian_cells(scale: float, edges: list[int]) -> np.ndarray:
    """Pr of the cells that ``edges`` end, of Pr(Z = z) ∝ exp(−z²/(2s²)), summed up."""
    if scale > 1000:  # there sums are integrals, to far more digits than a sample shows
        return np.diff([0.0, *stats.norm.cdf((np.array(edges) + 0.5) / scale), 1.0])
    z = np.arange(-math.ceil(40 * scale), math.ceil(40 * scale) + 1)
    weight = np.exp(-(z**2) / (2 * scale**2))
    return np.bincount(np.searchsorted(edges, z), weight / weight.sum(), len(edges) + 1)


@pytest.mark.parametrize("scale", [0.4, 1.5, 20.0, 2.0**33 * 1.1])
def test_noise_has_the_discrete_gaussian_law(scale):
    """A right sampler fails once in a million runs or less often, whatever the scale."""
    size, centre = 12_000, 1000
    sample = np.array(noise.noisy_gaussian(centre, scale, size)) - centre
    edges = sorted({round(scale * x) for x in (-2, -1.5, -1, -0.5, -0.2, 0, 0.2, 0.5, 1, 1.5)})
    observed = np.bincount(np.searchsorted(edges, sample), minlength=len(edges) + 1)
    assert chance_of(observed, gaussian_cells(scale, edges)) > ONCE_IN_A_MILLION


@pytest.mark.parametrize(
    ("mechanism", "promised"),
    [
        (LinearGaussianMechanism(["1/40", "13/40"], "1/40", intercept="1/3"), ["1/2", "inf"]),
        (LinearLaplaceMechanism(["1/40", "13/40"], "1/40", intercept="1/3"), [1, "inf"]),
        (LinearLaplaceMechanism([0.1, 0.7], 3, (-5, 11)), [1, 4]),
    ],
)
def test_all_outputs_lie_on_the_grid(mechanism, promised):
    """No low-order bit tells what the noise was added to: outputs of two data sets are points of one grid."""
    prepared = on_grid(mechanism, promised)
    lowest = prepared.value(0)
    both = []
    for data in ([0.1, 1 / 3], [5e-324, -0.4999999999999999]):
        values = [release(data, mechanism, promised).value for _ in range(40)]
        places = [(value - lowest) / prepared.grid for value in values]
        assert all(place.denominator == 1 for place in places)
        assert len(set(values)) > 35
        both.append({int(place) % 2 for place in places})
    assert both[0] == both[1] == {0, 1}  # by chance one of them is missed once in 10^11 runs


def test_a_release_says_which_rho_is_kept():
    mechanism = LinearGaussianMechanism(["1/40", "3/40"], "1/40")
    found = release([0.5, -0.5], mechanism, ["1/2", 5])
    assert isinstance(found, GaussianRelease)
    assert not hasattr(found, "epsilons")
    assert [float(rho) for rho in found.rhos] == pytest.approx([0.5, 4.5], rel=1e-9)
    assert float(found.noise_scale) == pytest.approx(1 / 40)
    assert abs(float(found) - (0.5 / 40 - 0.5 * 3 / 40)) < 1
    values = np.array([float(release([0.5, -0.5], mechanism, ["1/2", 5])) for _ in range(400)])
    # By the normal law and that of χ², 6 and 4 times in 10^7 runs not.
    assert abs(values.mean() + 1 / 40) < 5 / 40 / 20
    assert 2e-7 < stats.chi2(399).cdf(values.var() * 1600 * 400) < 1 - 2e-7


def test_what_cannot_be_kept_is_refused(monkeypatch):
    mechanism = LinearGaussianMechanism([1, 1], 1)
    with pytest.raises(
        PrivacyError, match=r"user 2: ρ is 1/4, but the privacy loss .* is 1/2; expected a noise scale σ"
    ):
        release([0, 0], mechanism, [1, "1/4"])
    with pytest.raises(InputError, match="promises no ρ by itself"):
        release([0, 0], mechanism)
    right = noise.concentrated_loss
    for factor in (Fraction(1, 2), 2):
        monkeypatch.setattr(
            noise, "concentrated_loss", lambda scale, steps, factor=factor: right(scale, steps) * factor
        )
        with pytest.raises(PrivacyError, match="OpenDP's privacy map gives ρ"):
            release([0, 0], mechanism, ["1/2", "1/2"])


# The ledger -----------------------------------------------------------------------------------


@pytest.fixture
def rho_ledger(tmp_path):
    return Ledger.create(tmp_path / "rho.json", {"ann": 1, "ben": "inf"}, ZERO_CONCENTRATED_DP)


def test_rho_is_charged_until_it_is_spent(rho_ledger):
    mechanism = LinearGaussianMechanism([1, 1], 1)
    ask = ([0, 0], mechanism, ["1/2", "1/2"], rho_ledger, ["ann", "ben"])
    assert [release(*ask).entry, release(*ask).entry] == [1, 2]
    assert rho_ledger.accounts().privacy is ZERO_CONCENTRATED_DP
    assert rho_ledger.accounts().spent["ann"] == pytest.approx(Fraction(1), rel=1e-12)
    with pytest.raises(BudgetError, match=r"ann: asked for ρ = .*, but .* of a budget of 1 is spent"):
        release(*ask)
    rho_ledger.admit({"cem": 3})
    assert Ledger(rho_ledger.path).accounts().privacy is ZERO_CONCENTRATED_DP


def test_rho_and_epsilon_do_not_mix(rho_ledger, tmp_path):
    laplace, gaussian = LinearLaplaceMechanism([1], "10/3"), LinearGaussianMechanism([1], 1)
    epsilon_ledger = Ledger.create(tmp_path / "epsilon.json", {"ann": 100})
    with pytest.raises(
        LedgerError, match=r"counts ρ of zero-concentrated .* are ε of pure .* nothing was charged.*convert"
    ):
        release([0], laplace, ["3/10"], rho_ledger, ["ann"])
    for convert in (False, True):
        with pytest.raises(LedgerError, match="cannot be converted, since no finite ε is kept"):
            release([0], gaussian, ["1/2"], epsilon_ledger, ["ann"], convert=convert)
    assert rho_ledger.accounts().entries == epsilon_ledger.accounts().entries == ()
    found = release([0], laplace, ["3/10"], rho_ledger, ["ann"], convert=True)
    assert isinstance(found, Release)
    assert rho_ledger.accounts().spent["ann"] == found.epsilons[0] ** 2 / 2
    assert float(found.epsilons[0]) == pytest.approx(0.3)
    with pytest.raises(LedgerError, match="counts ε"):
        release([0], laplace, ["3/10"], epsilon_ledger, ["ann"], convert=True)


def test_the_file_of_one_kind_is_not_read_as_the_other(rho_ledger):
    text = rho_ledger.path.read_text()
    assert '"fairgames zCDP ledger 1"' in text
    rho_ledger.path.write_text(text.replace("fairgames zCDP ledger 1", "fairgames privacy ledger 1"))
    with pytest.raises(LedgerError, match="check sum"):
        rho_ledger.accounts()
