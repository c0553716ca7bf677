"""Discrete Laplace noise from OpenDP: Pr(Z = z) ∝ exp(−|z|/s) on the integers. The only file that knows OpenDP.

OpenDP samples exactly, with big integers and the randomness of the operating system (Canonne,
Kamath & Steinke 2020). Integers leave nothing for a floating-point attack (Mironov 2012); results
beyond 64 bits are cut off, which is post-processing and costs no privacy. OpenDP keeps the
constructor behind its opt-in "contrib", for proofs that are published but not through its vetting.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from fairgames.errors import MissingPackageError
from fairgames.privacy import Level


def privacy_loss(scale: float, distance: int) -> Level:
    """An upper bound of ε for integers that differ by ``distance``: OpenDP's privacy map, which rounds up."""
    epsilon = _laplace(scale).map(distance)
    return math.inf if epsilon == math.inf else Fraction(epsilon)


def noisy(total: int, scale: float, times: int = 1) -> list[int]:
    """``total`` plus noise of the given scale, ``times`` times independently."""
    values: list[int] = _laplace(scale)([total] * times)
    return values


@lru_cache(maxsize=16)
def _laplace(scale: float) -> Any:
    """OpenDP's measurement on lists of 64-bit integers at their L1 distance."""
    try:
        import opendp.prelude as dp
    except ImportError:
        raise MissingPackageError("opendp", "a private release", extra="release") from None
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    return dp.m.make_laplace(*space, scale=scale)
