"""Noise that is 10 % too small is found, in as many draws as is said: by its size, and by the privacy loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fairgames.errors import InputError
from fairgames.privacy import LinearGaussianMechanism, LinearLaplaceMechanism
from fairgames.releases import (
    audit_noise,
    audit_release,
    noise,
    privacy_loss_bound,
    samples_for_tenth,
)
from fairgames.releases.grid import on_grid

LAPLACE, GAUSSIAN = LinearLaplaceMechanism(["1/4", "-1/4"], "1/4"), LinearGaussianMechanism(["1/4", "-1/4"], "1/4")
CASES = [(LAPLACE, [1, 1], noise.noisy), (GAUSSIAN, ["1/2", "1/2"], noise.noisy_gaussian)]


def scaled(mechanism, promised, draw, factor):
    """Releases with that much of the noise."""
    prepared = on_grid(mechanism, promised)
    return lambda data, times: draw(prepared.total(data), prepared.scale * factor, times)


def seeded(mechanism, promised, factor, seed):
    """The same draws each time, from the continuous law, to which the step of the grid makes no difference."""
    prepared, rng = on_grid(mechanism, promised), np.random.default_rng(seed)
    law = rng.laplace if mechanism is LAPLACE else rng.normal
    return lambda data, times: prepared.total(data) + law(0, factor * prepared.scale, times)


# The size of the noise ------------------------------------------------------------------------


@pytest.mark.parametrize(("mechanism", "promised", "draw"), CASES)
def test_our_noise_is_large_enough(mechanism, promised, draw):
    """The size holds but for 5 in 10^7 runs; the bound is near, by the same law of χ², but for 3 in 10^7."""
    found = audit_noise(mechanism, promised, samples=5000, confidence=1 - 5e-7)
    assert found.holds
    assert found.claimed == on_grid(mechanism, promised).noise_scale
    assert found.upper_bound < 1.15 * found.claimed


@pytest.mark.parametrize(("mechanism", "promised", "draw"), CASES)
def test_a_tenth_too_little_is_caught(mechanism, promised, draw):
    """In eight times as many draws as have a power of 90 %, which miss it once in some 10^9 runs or less."""
    samples = 8 * audit_noise(mechanism, promised, samples=2).samples_for_tenth
    found = audit_noise(mechanism, promised, samples, sampler=scaled(mechanism, promised, draw, 0.9))
    assert not found.holds
    assert found.power > 1 - 1e-6


@pytest.mark.parametrize(("mechanism", "promised", "draw"), CASES)
def test_the_power_is_as_stated(mechanism, promised, draw):
    """Of 200 audits with 9/10 of the noise 90 % find it, and of 200 with all of it hardly any."""
    samples = audit_noise(mechanism, promised, samples=2).samples_for_tenth
    found = {0.9: 0, 1.0: 0}
    for factor in found:
        sampler = seeded(mechanism, promised, factor, seed=5)
        for _ in range(200):
            audit = audit_noise(mechanism, promised, samples, sampler=sampler)
            found[factor] += not audit.holds
    assert audit.power == pytest.approx(0.9, abs=1e-3)
    assert abs(found[0.9] - 180) < 5 * math.sqrt(200 * 0.9 * 0.1)
    assert found[1.0] <= stats.binom.ppf(1 - 1e-6, 200, 0.001)


def test_the_number_of_draws_against_the_normal_law():
    """Σ|Z|/s has mean n and variance n, Σ Z²/s² mean n and variance 2n; z is 3.09 at 0.1 % and 1.28 at 10 %."""
    normal = {LAPLACE: ((3.09 + 1.28 * 0.9) / 0.1) ** 2, GAUSSIAN: 2 * ((3.09 + 1.28 * 0.81) / 0.19) ** 2}
    for (mechanism, promised, _), rough in zip(CASES, normal.values(), strict=True):
        assert audit_noise(mechanism, promised, samples=2).samples_for_tenth == pytest.approx(rough, rel=0.1)


@pytest.mark.parametrize(
    ("options", "why"), [({"samples": 1}, "samples: got 1"), ({"confidence": 1}, "confidence: got 1")]
)
def test_bad_input(options, why):
    with pytest.raises(InputError, match=why):
        audit_noise(LAPLACE, [1, 1], **options)


def test_no_noise_has_no_size():
    with pytest.raises(InputError, match="there is nothing to test"):
        audit_noise(LinearLaplaceMechanism([1], 0), ["inf"])


# The privacy loss -----------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [1.0, 3.0])
def test_so_many_samples_find_a_tenth(epsilon):
    """In 27 and more of 30 pairs of samples, if chance plays no trick; a tenth of them hardly ever."""
    rng, needed = np.random.default_rng(7), int(samples_for_tenth(epsilon))

    def found(samples: int) -> int:
        pairs = ((rng.laplace(0, 0.9, samples), rng.laplace(epsilon, 0.9, samples)) for _ in range(30))
        return sum(privacy_loss_bound(one, two) > epsilon for one, two in pairs)

    assert found(needed) >= stats.binom.ppf(1e-6, 30, 0.9)
    assert found(needed // 10) <= 3


def test_an_audit_says_how_many_samples_a_tenth_takes():
    sampler = seeded(LAPLACE, [1, 1], 0.9, seed=6)
    audit = audit_release(LAPLACE, 0, [1, 1], samples=500, sampler=sampler)
    assert audit.holds
    assert audit.samples_for_tenth == samples_for_tenth(float(audit.claimed))
    found = audit_release(LAPLACE, 0, [1, 1], samples=2 * int(audit.samples_for_tenth), sampler=sampler)
    assert not found.holds
    assert 1 < found.lower_bound < 1 / 0.9


@pytest.mark.parametrize("epsilon", [0.0, 50.0, math.inf])
def test_what_no_number_of_samples_finds(epsilon):
    assert samples_for_tenth(epsilon) == math.inf


def test_gaussian_noise_keeps_no_epsilon_to_refute():
    with pytest.raises(InputError, match="audit_noise"):
        audit_release(GAUSSIAN, 0, ["1/2", "1/2"])
