"""Where values of U come from: a black box with its store and noise, or any utility by its formula."""

from __future__ import annotations

import numpy as np

from fairgames.training.black_box import BlackBoxUtility
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility


class Source:
    """U at profiles, each counted once; what failed and was skipped is left out.

    Attributes
    ----------
    profiles : where U is known, shape (B, N), the empty one first
    values, variances : U there, in money, and the variance that repeats tell, 0 without
    evaluated : how many profiles were asked for besides the empty one of a utility that needs no run there
    """

    def __init__(self, utility: Utility) -> None:
        self.utility = utility
        self.box = utility if isinstance(utility, BlackBoxUtility) else None
        self.seeds = self.box.seeds if self.box else 1
        self.profiles: IntArray = np.zeros((1, utility.n_users), dtype=np.int64)
        self.values, self.variances = np.zeros(1), np.zeros(1)
        self.asked: set[tuple[int, ...]] = {(0,) * utility.n_users}
        self.evaluated = 0
        self.failed = 0
        self._base = np.zeros(self.seeds)
        if self.box:
            self._base = self.box.empty_outcomes()
            self.evaluated += not isinstance(self.box.baseline, int | float)

    @property
    def base_variance(self) -> float:
        """Of what is taken off all values alike."""
        return self._variance(self._base[None])[0] if self.box and self.box.baseline == "empty" else 0.0

    def ask(self, profiles: IntArray, half_width: float | None = None) -> None:
        """Evaluate where it was not yet."""
        new = [place for place in dict.fromkeys(map(tuple, profiles.tolist())) if place not in self.asked]
        if not new:
            return
        self.asked.update(new)
        self.evaluated += len(new)
        levels = np.array(new, dtype=np.int64)
        if self.box is None:
            values = np.array([self.utility.at(place) for place in new])
            variances = np.zeros(len(new))
        else:
            raw = self.box.outcomes(levels, half_width)
            good = ~np.isnan(raw).any(axis=1)
            self.failed += int((~good).sum())
            raw, levels = raw[good], levels[good]
            money = float(self.utility.scale)
            values = (raw.mean(axis=1) - self._base.mean()) * money
            variances = self._variance(raw)
        self.profiles = np.concatenate([self.profiles, levels])
        self.values = np.concatenate([self.values, values])
        self.variances = np.concatenate([self.variances, variances])

    def noise(self) -> FloatArray:
        """The variance of each value: two or three repeats tell little, so theirs are pooled with all the others'."""
        known = self.variances[1:]
        if not known.any():
            return self.variances
        own, pooled = (self.seeds - 1) / (self.seeds + 9), float(known.mean())
        return np.concatenate([[0.0], own * known + (1 - own) * pooled + self.base_variance])

    def _variance(self, raw: FloatArray) -> FloatArray:
        if self.seeds == 1:
            return np.zeros(len(raw))
        return np.asarray(raw.var(axis=1, ddof=1) / self.seeds * float(self.utility.scale) ** 2)
