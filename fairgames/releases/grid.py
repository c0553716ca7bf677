"""Linear mechanisms on a grid: integers up to the noise, so that no rounding breaks a promise.

A floating-point sum wᵀx can change by more than its exact value does (Casacuberta, Shoemate,
Vadhan & Wagaman 2022), and floating-point noise betrays what it was added to (Mironov 2012). Here
user i may move the sum by a whole number of steps of size g,

    m_i = ⌊|w_i|·(upper − lower)/g⌋,

and contributes ⌊m_i·t + 1/2⌋ of them, t ∈ [0, 1] being the place of its clamped datum between the
bounds: an integer from 0 to m_i, whatever the datum. The sum is exact, changes by at most m_i when
user i's datum does, and gets discrete noise of scale s on the same grid, so that the privacy loss
towards user i is at most ε = m_i/s (Laplace; pure) or ρ = m_i²/(2s²) (Gaussian; zero-concentrated,
Canonne, Kamath & Steinke 2020, Theorem 4).
"""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.privacy import (
    PURE_DP,
    Level,
    LinearGaussianMechanism,
    LinearLaplaceEstimate,
    LinearLaplaceMechanism,
    LinearMechanism,
)
from fairgames.privacy.concentrated import root_above
from fairgames.progress import track
from fairgames.releases import noise
from fairgames.releases.errors import PrivacyError
from fairgames.typing import Number

#: The grid is so fine that all rounding together is at most this share of τ …
_FINE = Fraction(1, 2**30)
#: … unless the sum would then not fit 64 bits with room for the noise: at most so many steps.
_MOST_STEPS = 2**60
#: More than what the roundings in OpenDP's map of Gaussian noise add up to.
_ROUNDINGS = Fraction(1, 2**49)


@dataclass(frozen=True, eq=False)
class GridMechanism(ABC):
    """A linear mechanism as it is carried out, with a guarantee for every user.

    Attributes
    ----------
    mechanism : what it stands for
    grid : g, a power of two
    steps : m_i, how many steps of size g user i can move the sum
    scale : s, the scale of the discrete noise, in steps; 0 means no noise
    losses : the ε (Laplace) or ρ (Gaussian) of each user that is kept in fact, an exact upper bound; at most what
        was asked for
    """

    mechanism: LinearMechanism
    grid: Fraction
    steps: tuple[int, ...]
    scale: float
    losses: tuple[Level, ...]

    @property
    def noise_scale(self) -> Fraction:
        """g·s, at least τ or σ and above it by a share of at most 2⁻⁴⁸."""
        return self.grid * Fraction(self.scale)

    @property
    def rounding(self) -> Fraction:
        """Bound on the difference that the grid makes to wᵀx, whatever the data: g for each user with a weight."""
        return self.grid * sum(weight != 0 for weight in self.mechanism.weights)

    def total(self, data: Sequence[Any]) -> int:
        """The exact sum of the users' steps; the only place where data are read.

        Parameters
        ----------
        data : one number a user, clamped to the bounds; never looked at where the weight is 0

        Raises
        ------
        InputError
            If there is not one datum a user, or some are not finite numbers (values are not repeated).
        """
        weights, places = self.mechanism.weights, self._places(data)
        return sum(
            _sign(weights[user]) * math.floor(self.steps[user] * place + Fraction(1, 2))
            for user, place in places.items()
        )

    def value(self, total: int) -> Fraction:
        """What a (noisy) total stands for: a + wᵀx of data in the middle of the bounds, and steps from there."""
        mechanism = self.mechanism
        middle = sum(mechanism.bounds, Fraction(0)) / 2 * sum(mechanism.weights, Fraction(0))
        signed = sum(_sign(weight) * steps for weight, steps in zip(mechanism.weights, self.steps, strict=True))
        return mechanism.intercept + middle + self.grid * (total - Fraction(signed, 2))

    @staticmethod
    @abstractmethod
    def bound(scale: float, steps: int) -> Level:
        """The loss towards a user who can move the sum by so many steps, rounded up: OpenDP's privacy map."""

    @staticmethod
    @abstractmethod
    def exactly(ratio: Level) -> Level:
        """The loss where m_i/s is ``ratio``, as the mathematics has it."""

    @staticmethod
    @abstractmethod
    def least_scale(steps: int, level: Fraction) -> Fraction:
        """A scale at which :meth:`bound` is at most ``level`` > 0."""

    @abstractmethod
    def noisy(self, total: int, times: int = 1) -> list[int]:
        """The total with noise, ``times`` times independently."""

    def _places(self, data: Sequence[Any]) -> dict[int, Fraction]:
        """Where the clamped datum of each user with a weight is between the bounds, from 0 to 1."""
        weights, (lower, upper) = self.mechanism.weights, self.mechanism.bounds
        try:
            values = list(data)
        except TypeError:
            raise InputError(f"data: expected one number for each of {len(weights)} users") from None
        if len(values) != len(weights):
            raise InputError(f"data: {len(values)} values came, expected one for each of {len(weights)} users")
        read = {user: _number(value) for user, value in enumerate(values) if weights[user]}
        if faults := [f"data: the value of user {user + 1} is no finite number" for user in read if read[user] is None]:
            raise InputError(faults)
        return {
            user: (min(max(value, lower), upper) - lower) / (upper - lower)
            for user, value in read.items()
            if value is not None
        }


class GridLaplace(GridMechanism):
    """With discrete Laplace noise: ε = m_i/s, which takes one rounding."""

    @property
    def epsilons(self) -> tuple[Level, ...]:
        """The ε of each user that is kept in fact."""
        return self.losses

    @staticmethod
    def bound(scale: float, steps: int) -> Level:
        """ε."""
        return noise.privacy_loss(scale, steps)

    @staticmethod
    def exactly(ratio: Level) -> Level:
        """ε."""
        return ratio

    @staticmethod
    def least_scale(steps: int, level: Fraction) -> Fraction:
        """For ε. It is no number near the smallest float, since ε ≥ |w_i|·(upper − lower)/τ ≥ g/τ."""
        return steps / _float_at_most(level)

    def noisy(self, total: int, times: int = 1) -> list[int]:
        """The total with discrete Laplace noise."""
        return noise.noisy(total, self.scale, times)


class GridGaussian(GridMechanism):
    """With discrete Gaussian noise: ρ = (m_i/s)²/2, which takes a few roundings; s leaves room for them."""

    @property
    def rhos(self) -> tuple[Level, ...]:
        """The ρ of each user that is kept in fact."""
        return self.losses

    @staticmethod
    def bound(scale: float, steps: int) -> Level:
        """ρ."""
        return noise.concentrated_loss(scale, steps)

    @staticmethod
    def exactly(ratio: Level) -> Level:
        """ρ."""
        return ratio**2 / 2

    @staticmethod
    def least_scale(steps: int, level: Fraction) -> Fraction:
        """For ρ."""
        return root_above(steps**2 / (2 * level)) * (1 + _ROUNDINGS)

    def noisy(self, total: int, times: int = 1) -> list[int]:
        """The total with discrete Gaussian noise."""
        return noise.noisy_gaussian(total, self.scale, times)


def _number(value: Any) -> Fraction | None:
    """A datum, exactly; None if it is no finite number."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    return Fraction(value) if not isinstance(value, float) or math.isfinite(value) else None


def on_grid(
    estimator: LinearMechanism | LinearLaplaceEstimate, epsilons: Sequence[Number] | None = None
) -> GridMechanism:
    """The mechanism with steps and noise scale that keep every level exactly; no data are needed.

    Parameters
    ----------
    estimator : a mechanism, or an estimator that has promised its ε itself
    epsilons : the ε (Laplace) or ρ (Gaussian) promised; default what the estimator has promised

    Raises
    ------
    InputError
        If ``epsilons`` is no profile of levels, one a user.
    PrivacyError
        If some level cannot be kept, with the reason for each user.
    MissingPackageError
        If OpenDP is not installed.
    """
    mechanism, profile = _promised(estimator, epsilons)
    _refuse(mechanism, profile)
    kind = GridGaussian if isinstance(mechanism, LinearGaussianMechanism) else GridLaplace
    reaches = [mechanism.reach(user) for user in range(len(mechanism))]
    grid = _grid(reaches, mechanism.noise)
    steps = tuple(math.floor(reach / grid) for reach in reaches)
    scale = _scale(kind, steps, profile, mechanism.noise / grid)
    distinct = sorted(set(steps))
    losses = {distance: kind.bound(scale, distance) for distance in track(distinct, "privacy map")}
    prepared = kind(mechanism, grid, steps, scale, tuple(losses[distance] for distance in steps))
    _prove(prepared, profile)
    return prepared


def _sign(weight: Fraction) -> int:
    return (weight > 0) - (weight < 0)


def _promised(
    estimator: LinearMechanism | LinearLaplaceEstimate, promised: Sequence[Number] | None
) -> tuple[LinearMechanism, tuple[Level, ...]]:
    if isinstance(estimator, LinearMechanism):
        if promised is None:
            symbol = estimator.symbol
            raise InputError(f"a mechanism promises no {symbol} by itself; say which {symbol} is promised to each user")
        return estimator, estimator.framework().profile(promised)
    return LinearLaplaceMechanism.of(estimator), PURE_DP.profile(estimator.epsilons if promised is None else promised)


def _refuse(mechanism: LinearMechanism, profile: Sequence[Level]) -> None:
    if verdict := mechanism.framework().check(mechanism, profile):
        if not any(mechanism.weights):
            nobody = f"every {mechanism.symbol} is 0: nobody shares data" if not any(profile) else "every weight is 0"
            raise PrivacyError(f"{nobody}, so there is nothing to release, though data came")
        return
    raise PrivacyError(verdict.faults)


def _grid(reaches: Sequence[Fraction], noise_scale: Fraction) -> Fraction:
    fine = _FINE * noise_scale / sum(reach > 0 for reach in reaches)
    coarse = sum(reaches, Fraction(0)) / _MOST_STEPS
    return _power_of_two(max(fine, 2 * coarse))


def _power_of_two(bound: Fraction) -> Fraction:
    """The largest power of two ≤ bound.

    >>> _power_of_two(Fraction(1, 3)), _power_of_two(Fraction(4)), _power_of_two(Fraction(5))
    (Fraction(1, 4), Fraction(4, 1), Fraction(4, 1))
    """
    exponent = bound.numerator.bit_length() - bound.denominator.bit_length()
    power = Fraction(2) ** exponent
    return power if power <= bound else power / 2


def _scale(kind: type[GridMechanism], steps: Sequence[int], profile: Sequence[Level], wanted: Fraction) -> float:
    """A float s ≥ ``wanted`` at which no loss, rounded up, is more than was promised, and hardly above the least."""
    asked = {pair for pair in zip(steps, profile, strict=True) if pair[0] and pair[1] != math.inf}
    return _float_at_least(max([wanted, *(kind.least_scale(count, Fraction(level)) for count, level in asked)]))


def _prove(prepared: GridMechanism, profile: Sequence[Level]) -> None:
    """What OpenDP promises must be no less than the mathematics says, and no more than was asked for."""
    scale, symbol = prepared.scale, prepared.mechanism.symbol
    for distance, loss, asked in set(zip(prepared.steps, prepared.losses, profile, strict=True)):
        ratio = Fraction(0) if not distance else distance / Fraction(scale) if scale else math.inf
        if not prepared.exactly(ratio) <= loss <= asked:
            raise PrivacyError(
                f"OpenDP's privacy map gives {symbol} = {loss} for {distance} steps at scale {scale}, "
                f"expected between {prepared.exactly(ratio)} and the {asked} asked for"
            )


def _float_at_most(value: Fraction) -> Fraction:
    """The largest float ≤ value."""
    try:
        nearest = float(value)
    except OverflowError:
        return Fraction(sys.float_info.max)
    return Fraction(nearest if nearest <= value else math.nextafter(nearest, -math.inf))


def _float_at_least(value: Fraction) -> float:
    """The smallest float ≥ value."""
    nearest = float(value)
    return nearest if nearest >= value else math.nextafter(nearest, math.inf)
