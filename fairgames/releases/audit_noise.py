"""A test of the size of the noise: how much it spreads, which shows a shortfall in far fewer draws than the ε does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.privacy import LinearLaplaceEstimate, LinearMechanism
from fairgames.releases.audit import POWER, SHORTFALL, Sampler
from fairgames.releases.grid import GridGaussian, GridMechanism, on_grid
from fairgames.typing import Number

#: Steps of the grid in the scale of the noise from which on discrete noise is as good as continuous.
_FINE = 2**20


@dataclass(frozen=True)
class NoiseAudit:
    """What a test of the noise found.

    Attributes
    ----------
    claimed : the scale under test, τ (Laplace) or σ (Gaussian)
    upper_bound : the true scale is at most this, with probability ``confidence``
    power : the chance that noise 10 % too small would have been found
    samples_for_tenth : so many draws find it with a chance of 90 %
    confidence : of not accusing noise that is as large as it should be
    samples : how many draws there were
    """

    claimed: Fraction
    upper_bound: float
    power: float
    samples_for_tenth: int
    confidence: float
    samples: int

    @property
    def holds(self) -> bool:
        """Whether the claim survived; False means that there is too little noise, up to a chance of 1 − confidence."""
        return self.upper_bound >= self.claimed


def audit_noise(
    estimator: LinearMechanism | LinearLaplaceEstimate,
    epsilons: Sequence[Number] | None = None,
    samples: int = 5_000,
    confidence: float = 0.999,
    sampler: Sampler | None = None,
) -> NoiseAudit:
    """Try to refute the size of the noise that :func:`fairgames.releases.release` adds.

    Parameters
    ----------
    estimator, epsilons : as for a release
    samples : draws, at about 20 microseconds each
    confidence : of not accusing noise that is as large as it should be
    sampler : the implementation under test, (data, how often) → totals in steps of the grid; default our own

    Raises
    ------
    InputError
        If there are fewer than 2 samples, confidence is not between 0 and 1, or the mechanism has no noise.
    PrivacyError
        If the mechanism is refused before any test.

    Notes
    -----
    With Laplace noise, 2·Σ|Z|/s has the law χ² with 2n degrees of freedom; with Gaussian noise,
    Σ Z²/s² has χ² with n. (The noise is discrete; at the 2³⁰ steps and more of a release's grid
    that is no difference.) So the power is exact. The test sees how much the noise spreads and
    nothing else: noise of another law that spreads as much is for :func:`audit_release`.

    >>> from fairgames.privacy import LinearLaplaceMechanism
    >>> found = audit_noise(LinearLaplaceMechanism(["1/4"], "1/4"), [1], samples=3000, confidence=1 - 1e-6)
    >>> found.holds, round(found.power, 2), found.samples_for_tenth
    (True, 0.83, 3349)
    """
    from scipy.stats import chi2

    faults = [f"samples: got {samples}, expected at least 2"] if samples < 2 else []
    if not 0 < confidence < 1:
        faults.append(f"confidence: got {confidence}, expected a number between 0 and 1")
    if faults:
        raise InputError(faults)
    prepared = on_grid(estimator, epsilons)
    if prepared.scale < _FINE:
        raise InputError(f"the noise has a scale of {prepared.scale} steps, expected some: there is nothing to test")
    data: list[Any] = [prepared.mechanism.bounds[0]] * len(prepared.mechanism)
    centre = prepared.total(data)
    drawn = prepared.noisy(centre, samples) if sampler is None else sampler(data, samples)
    noise = np.array([float(value - centre) for value in drawn]) / prepared.scale
    power, freedom, spread = _law(prepared, noise)
    # The scale at which so little spread is as improbable as 1 − confidence.
    largest = float(prepared.noise_scale) * (spread / chi2.ppf(1 - confidence, freedom * samples)) ** (1 / power)
    return NoiseAudit(
        prepared.noise_scale,
        largest,
        _power(samples, freedom, power, confidence),
        _needed(freedom, power, confidence),
        confidence,
        samples,
    )


def _law(prepared: GridMechanism, noise: Any) -> tuple[int, int, float]:
    """By which power of the scale the spread grows, its degrees of freedom a draw, and the spread."""
    if isinstance(prepared, GridGaussian):
        return 2, 1, float((noise**2).sum())
    return 1, 2, 2 * float(np.abs(noise).sum())


def _power(samples: int, freedom: int, power: int, confidence: float) -> float:
    from scipy.stats import chi2

    critical = chi2.ppf(1 - confidence, freedom * samples)
    return float(chi2.cdf(critical / (1 - SHORTFALL) ** power, freedom * samples))


def _needed(freedom: int, power: int, confidence: float) -> int:
    """The least number of draws of that power, which grows with it."""
    low, high = 1, 2
    while _power(high, freedom, power, confidence) < POWER:
        low, high = high, 2 * high
    while high - low > 1:
        middle = math.ceil((low + high) / 2)
        low, high = (low, middle) if _power(middle, freedom, power, confidence) >= POWER else (middle, high)
    return high
