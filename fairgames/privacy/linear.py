"""Linear mechanisms, A(x) = a + wᵀx + noise, in exact numbers: what those with different noise share."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.privacy.framework import Level, PrivacyFramework, shown
from fairgames.typing import Number


@dataclass(frozen=True, init=False)
class LinearMechanism:
    """A(x) = a + wᵀx + Z on data x_i ∈ [lower, upper]; the law of Z and what it keeps are a subclass's.

    Parameters
    ----------
    weights : w, one number a user, read as written
    noise : the scale of Z, ≥ 0; 0 means no noise
    bounds : lower < upper
    intercept : a, which no user's data enter

    Raises
    ------
    InputError
        Naming every fault at once.
    """

    #: Of the level: ε or ρ.
    symbol: ClassVar[str]
    #: Of the scale of the noise: τ or σ.
    scale_symbol: ClassVar[str]
    #: The privacy loss as a formula.
    formula: ClassVar[str]

    weights: tuple[Fraction, ...]
    noise: Fraction
    bounds: tuple[Fraction, Fraction]
    intercept: Fraction

    def __init__(
        self,
        weights: Sequence[Number],
        noise: Number,
        bounds: tuple[Number, Number] = ("-1/2", "1/2"),
        intercept: Number = 0,
    ) -> None:
        faults: list[str] = []
        read = [_finite(value, f"weight of user {user}", faults) for user, value in enumerate(weights, start=1)]
        scale = _finite(noise, "noise", faults)
        if len(bounds) != 2:
            raise InputError(f"bounds: expected lower and upper, got {len(bounds)} numbers")
        lower, upper = (_finite(value, "bounds", faults) for value in bounds)
        constant = _finite(intercept, "intercept", faults)
        if not faults and scale < 0:
            faults.append(f"noise: expected a scale ≥ 0, got {noise}")
        if not faults and not lower < upper:
            faults.append(f"bounds: expected lower < upper, got {bounds[0]} and {bounds[1]}")
        if faults:
            raise InputError(faults)
        fields = {"weights": tuple(read), "noise": scale, "bounds": (lower, upper), "intercept": constant}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def width(self) -> Fraction:
        """upper − lower, the most that one datum can change."""
        lower, upper = self.bounds
        return upper - lower

    @classmethod
    @abstractmethod
    def framework(cls) -> PrivacyFramework[Any]:
        """What the levels mean."""

    @abstractmethod
    def loss(self, user: int) -> Level:
        """The largest privacy loss towards ``user``: the smallest level that the mechanism keeps."""

    @abstractmethod
    def enough(self, user: int, level: Level) -> Fraction:
        """A scale of the noise that keeps ``level`` > 0, the smallest one or hardly above it."""

    def reach(self, user: int) -> Fraction:
        """|w_i|·(upper − lower): the most by which the datum of ``user`` can move wᵀx."""
        return abs(self.weights[user]) * self.width

    def violation(self, user: int, level: Level) -> str | None:
        """Why ``level`` is not kept, and the scale of the noise that would keep it; None if it is kept."""
        loss = self.loss(user)
        if loss <= level:
            return None
        if level == 0:
            return f"{self.symbol} is 0, but the weight is not; only a weight of 0 reveals nothing"
        return (
            f"{self.symbol} is {shown(level)}, but the privacy loss {self.formula} is {shown(loss)}; "
            f"expected a noise scale {self.scale_symbol} of at least {shown(self.enough(user, level))}"
        )

    def repaired(self, levels: Sequence[Number]) -> Self:
        """The same weights with just enough noise to keep every level exactly: the answer of a solver, made private.

        Raises
        ------
        InputError
            If a user has level 0 and a weight: no noise is enough.
        """
        framework = self.framework()
        profile = framework.profile(levels)
        if framework.check(self, profile):
            return self
        enough = [self.enough(user, level) for user, level in enumerate(profile) if 0 < level < math.inf]
        repaired = type(self)(self.weights, max([self.noise, *enough]), self.bounds, self.intercept)
        if not (verdict := framework.check(repaired, profile)):
            raise InputError(verdict.faults)
        return repaired


def _finite(value: Any, what: str, faults: list[str]) -> Fraction:
    try:
        return to_fraction(value, what)
    except InputError as error:
        faults.extend(error.faults)
        return Fraction(0)
