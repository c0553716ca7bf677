"""Discrete Laplace and Gaussian noise on the integers, from OpenDP. The only file that knows OpenDP.

Pr(Z = z) ∝ exp(−|z|/s) or exp(−z²/(2s²)). OpenDP samples exactly, with big integers and the
randomness of the operating system (Canonne, Kamath & Steinke 2020). Integers leave nothing for a
floating-point attack (Mironov 2012); results beyond 64 bits are cut off, which is post-processing
and costs no privacy. OpenDP keeps the constructors behind its opt-in "contrib", for proofs that
are published but not through its vetting.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from fairgames.errors import MissingPackageError
from fairgames.privacy import Level


def privacy_loss(scale: float, distance: int) -> Level:
    """An upper bound of ε for integers that differ by ``distance``: OpenDP's privacy map of Laplace noise."""
    return _level(_laplace(scale).map(distance))


def noisy(total: int, scale: float, times: int = 1) -> list[int]:
    """``total`` plus Laplace noise of the given scale, ``times`` times independently."""
    values: list[int] = _laplace(scale)([total] * times)
    return values


def concentrated_loss(scale: float, distance: int) -> Level:
    """An upper bound of ρ for integers that differ by ``distance``: OpenDP's privacy map of Gaussian noise."""
    return _level(_gaussian(scale).map(distance))


def noisy_gaussian(total: int, scale: float, times: int = 1) -> list[int]:
    """``total`` plus Gaussian noise of standard deviation ``scale`` (to rounding), ``times`` times independently."""
    values: list[int] = _gaussian(scale)([total] * times)
    return values


def _level(loss: float) -> Level:
    """What a map says, which rounds up."""
    return math.inf if loss == math.inf else Fraction(loss)


@lru_cache(maxsize=16)
def _laplace(scale: float) -> Any:
    """OpenDP's measurement on lists of 64-bit integers at their L1 distance."""
    dp = _opendp()
    return dp.m.make_laplace(dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64"), scale=scale)


@lru_cache(maxsize=16)
def _gaussian(scale: float) -> Any:
    """OpenDP's measurement on lists of 64-bit integers at their L2 distance."""
    dp = _opendp()
    return dp.m.make_gaussian(dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="i64"), scale=scale)


def _opendp() -> Any:
    try:
        import opendp.prelude as dp
    except ImportError:
        raise MissingPackageError("opendp", "a private release", extra="release") from None
    dp.enable_features("contrib")
    return dp
