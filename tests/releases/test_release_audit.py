"""The statistical guard: it accuses broken mechanisms, and hardly ever a sound one."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from fairgames.errors import InputError
from fairgames.privacy import LinearLaplaceMechanism
from fairgames.releases import PrivacyError, audit_release, privacy_loss_bound
from fairgames.releases.audit import _lower
from fairgames.releases.grid import on_grid

SAMPLES = 5000


def mechanism(epsilon) -> LinearLaplaceMechanism:
    """Two users at ε each."""
    return LinearLaplaceMechanism(["1/4", "-1/4"], Fraction(1, 4) / Fraction(epsilon))


def seeded(seed: int):
    """Whole numbers around a centre, by Laplace's law: the same each time, so that what is found of them is, too."""
    rng = np.random.default_rng(seed)
    return lambda total, scale, times: [total + round(z) for z in rng.laplace(0, scale, times)]


@pytest.mark.parametrize("epsilon", [Fraction(1, 2), Fraction(1), Fraction(3), Fraction(30)])
@pytest.mark.parametrize("user", [0, 1])
def test_our_releases_pass(epsilon, user):
    audit = audit_release(mechanism(epsilon), user, [epsilon, epsilon], samples=SAMPLES, confidence=1 - 1e-6)
    assert audit.holds
    assert audit.claimed <= epsilon
    assert (audit.user, audit.samples) == (user, SAMPLES)


@pytest.mark.parametrize("epsilon", [Fraction(1, 2), Fraction(1), Fraction(2)])
def test_half_the_noise_is_caught(epsilon):
    """The true ε is twice the claim, which is above what so many samples can detect."""
    prepared, noisy = on_grid(mechanism(epsilon), [epsilon, epsilon]), seeded(14)

    def half(data, times):
        return noisy(prepared.total(data), prepared.scale / 2, times)

    audit = audit_release(mechanism(epsilon), 0, [epsilon, epsilon], samples=SAMPLES, sampler=half)
    assert not audit.holds
    assert epsilon < audit.lower_bound < 2 * epsilon
    assert audit.detectable < 2 * epsilon


def test_a_forgotten_clamp_is_caught():
    """Noise for data in [−1/2, 1/2], but 3 goes in as it is."""
    prepared, noisy = on_grid(mechanism(1), [1, 1]), seeded(15)

    def unclamped(data, times):
        total = round(
            sum(w * Fraction(x) for w, x in zip(prepared.mechanism.weights, data, strict=True)) / prepared.grid
        )
        return noisy(total, prepared.scale, times)

    ours = audit_release(mechanism(1), 0, [1, 1], data=[0, 0], other=3, samples=SAMPLES, confidence=1 - 1e-6)
    theirs = audit_release(mechanism(1), 0, [1, 1], data=[0, 0], other=3, samples=SAMPLES, sampler=unclamped)
    assert ours.holds
    assert not theirs.holds


def test_no_noise_is_caught():
    def bare(data, times):
        return [float(data[0])] * times

    audit = audit_release(mechanism(1), 0, [1, 1], samples=SAMPLES, sampler=bare)
    assert not audit.holds
    assert audit.lower_bound > 4


def test_outputs_that_betray_a_datum_are_caught():
    """Every fourth output is moved to where it says which database it was; no half-line sees much of that."""
    noisy = seeded(16)

    def leaky(data, times):
        outputs = noisy(0, 3000.0, times)
        place = 0 if data[0] > 0 else 3000
        return [math.copysign(place, value) if value % 4 == 0 else value for value in outputs]

    audit = audit_release(mechanism(1), 0, [1, 1], samples=SAMPLES, sampler=leaky)
    assert not audit.holds


def test_what_cannot_be_detected_is_said():
    """5,000 samples hardly tell ε = 0.01 from 0.02; none tell 30 from 60. The audit passes and says so."""
    small = audit_release(mechanism("1/100"), 0, ["1/100", "1/100"], samples=SAMPLES, confidence=1 - 1e-6)
    assert small.holds
    assert small.detectable > 0.02
    assert audit_release(mechanism(30), 0, [30, 30], samples=SAMPLES).detectable == math.inf
    many = audit_release(mechanism(1), 0, [1, 1], samples=10_000).detectable
    few = audit_release(mechanism(1), 0, [1, 1], samples=500).detectable
    assert 1 < many < few


def test_infinite_epsilon_claims_nothing():
    audit = audit_release(LinearLaplaceMechanism([1], 0), 0, ["inf"], samples=200)
    assert audit.claimed == math.inf
    assert audit.holds
    assert audit.lower_bound > 0


# The bound itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 2.0])
def test_the_bound_covers_the_truth(epsilon):
    """120 pairs of Laplace samples at confidence 0.9: at most 12 bounds above the truth are expected."""
    rng = np.random.default_rng(11)
    wrong = sum(
        privacy_loss_bound(rng.laplace(0, 1, 600), rng.laplace(epsilon, 1, 600), confidence=0.9) > epsilon
        for _ in range(120)
    )
    assert wrong <= stats.binom.ppf(1 - 1e-9, 120, 0.1)


def test_the_bound_comes_near_the_truth_with_many_samples():
    rng = np.random.default_rng(12)
    found = privacy_loss_bound(rng.laplace(0, 1, 400_000), rng.laplace(1, 1, 400_000))
    assert 0.95 < found <= 1


def test_the_bound_looks_in_both_directions():
    rng = np.random.default_rng(13)
    one, two = rng.integers(0, 2, 4000), (rng.random(4000) < 0.01).astype(int)
    there, back = privacy_loss_bound(one, two), privacy_loss_bound(two, one)
    assert there == back > 2


@pytest.mark.parametrize(("hits", "size"), [(0, 10), (1, 10), (7, 10), (10, 10), (250, 1000)])
def test_clopper_pearson(hits, size):
    known = stats.binomtest(hits, size).proportion_ci(confidence_level=1 - 2 * 0.003, method="exact")
    assert float(_lower(np.array([hits]), size, 0.003)[0]) == pytest.approx(known.low, abs=1e-12)
    assert 1 - float(_lower(np.array([size - hits]), size, 0.003)[0]) == pytest.approx(known.high, abs=1e-12)


# Bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"user": 2}, "user: got 2, expected a number from 0 to 1"),
        ({"user": -1}, "user: got -1"),
        ({"user": 0, "samples": 50}, "at least 100"),
        ({"user": 0, "confidence": 1.0}, "confidence: got 1.0"),
        ({"user": 0, "confidence": 0, "samples": 1}, "samples: got 1.*\nconfidence: got 0"),
    ],
)
def test_bad_input(options, why):
    with pytest.raises(InputError, match=why):
        audit_release(mechanism(1), epsilons=[1, 1], **options)


def test_a_refused_mechanism_is_not_tested():
    with pytest.raises(PrivacyError):
        audit_release(mechanism(1), 0, [1, "1/2"])


def test_both_databases_have_equally_many_outputs():
    with pytest.raises(InputError, match="got 200 and 300"):
        privacy_loss_bound(range(200), range(300))
