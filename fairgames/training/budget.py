"""How much may be spent on an answer, and when it is good enough."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from fairgames.errors import InputError

#: Said with every answer of the surrogate.
EXPERIMENTAL = (
    "experimental: the stated confidence of answers from few evaluations has been measured on few games and runs only"
)


@dataclass(frozen=True)
class Budget:
    """When to stop evaluating: whatever comes first.

    Attributes
    ----------
    evaluations : of the function, those found in a store too; profiles times seeds
    half_width : of what is asked, in money, at 95%; None: no such wish
    relative : the same as a part of U at the profile asked about
    seconds : of wall-clock time; what runs is not cut short

    >>> Budget.of(200)
    Budget(evaluations=200, half_width=None, relative=None, seconds=None)
    """

    evaluations: int
    half_width: float | None = None
    relative: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        faults = []
        if isinstance(self.evaluations, bool) or not isinstance(self.evaluations, int) or self.evaluations < 1:
            faults.append(f"budget: expected a whole number of evaluations ≥ 1, got {self.evaluations!r}")
        for name in ("half_width", "relative", "seconds"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                faults.append(f"budget: expected {name} to be a finite number > 0, got {value!r}")
        if faults:
            raise InputError(faults)

    @classmethod
    def of(cls, given: int | Budget) -> Budget:
        """A number is a number of evaluations."""
        return given if isinstance(given, Budget) else cls(given)


class Spending:
    """A budget as it is being spent."""

    def __init__(self, budget: Budget, seeds: int) -> None:
        self.budget = budget
        #: How many profiles may be evaluated.
        self.profiles = budget.evaluations // seeds
        self._since = time.monotonic()

    def left(self, evaluated: int) -> int:
        """How many more profiles may be evaluated."""
        return max(0, self.profiles - evaluated)

    def reason_to_stop(self, evaluated: int, half_width: float, of: float) -> str | None:
        """Why this is enough; None if it is not."""
        budget = self.budget
        if budget.half_width is not None and half_width <= budget.half_width:
            return f"half-width {half_width:.3g} is at most the {budget.half_width:g} asked for"
        if budget.relative is not None and half_width <= budget.relative * abs(of):
            return f"half-width {half_width:.3g} is at most {budget.relative:g} of U, as asked for"
        if not self.left(evaluated):
            return f"budget of {budget.evaluations} evaluations spent"
        if budget.seconds is not None and time.monotonic() - self._since >= budget.seconds:
            return f"{budget.seconds:g} s are over"
        return None
