"""Section 4.1 and Fig. 5: who is paid how much of the average, by data, level and heterogeneity.

The papers give n = 100 for some users and neither the smaller n nor how many users have which. Each
sentence is checked for n = 10 and n = 20, and for three ways to give 100 to some on each level.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

import fairgames as fg
from fairgames.paper.claims.statement import Finding, Statement, claim, shown
from fairgames.typing import FloatArray

STATEMENTS: list[Statement] = []

#: Four users on level 2, five on level 1, one on level 0.
PROFILE = (2,) * 4 + (1,) * 5 + (0,)
#: (s², r²), with heterogeneity decreasing.
REGIMES = ((100.0, 1.0), (1.0, 10.0), (0.1, 100.0))
_SAMPLES = "n = 10 or 20 besides 100; 100 for 1 or 2 of the users on level 2 and 1, 2 or 3 of those on level 1"


@dataclass(frozen=True)
class Figure5Counts:
    """The n that the papers do not give: the smaller one, and how many have 100 on level 2 and on level 1."""

    small: int
    large_at_2: int
    large_at_1: int

    @property
    def samples(self) -> list[int]:
        def group(large: int, size: int) -> list[int]:
            return [100] * large + [self.small] * (size - large)

        return [*group(self.large_at_2, 4), *group(self.large_at_1, 5), self.small]


SETTINGS = tuple(Figure5Counts(small, *large) for small in (10, 20) for large in ((1, 1), (2, 2), (2, 3)))
#: The first user of each type: (level 2, n = 100), (level 2, small), (level 1, n = 100), (level 1, small).
FULL_LARGE, FULL_SMALL, GROUP_LARGE, GROUP_SMALL = 0, 3, 4, 8
_TYPES = [FULL_LARGE, FULL_SMALL, GROUP_LARGE, GROUP_SMALL]


@cache
def paid(setting: Figure5Counts, regime: tuple[float, float], star: int | None = None) -> FloatArray:
    """φ of all ten users at α = 1; a_i = 100 for the user ``star``, 1 for the others."""
    importance = np.where(np.arange(10) == (-1 if star is None else star), 100.0, 1.0)
    utility = fg.FederatedMean(fg.Users(samples=setting.samples, importance=importance), *regime)
    return np.asarray(fg.payments(utility, PROFILE).payments)


def apart(setting: Figure5Counts, regime: tuple[float, float], star: int | None = None) -> FloatArray:
    """φ − U/N of the four types, as Fig. 5 draws it."""
    found = paid(setting, regime, star)
    return np.asarray((found - found.sum() / 10)[_TYPES])


def _over_settings(holds: list[bool], computed: str) -> Finding:
    return Finding(f"{sum(holds)} of {len(holds)} settings; for the first {computed}", all(holds), _SAMPLES)


@claim(
    STATEMENTS,
    "fig-5a-heterogeneous",
    "Section 4.1, Fig. 5a left",
    "with s² = 100, r² = 1 users with ρ_i = 2 are paid the most, those with ρ_i = 1 less than an even allocation",
    "φ > U/N on level 2, φ < U/N on level 1",
)
def _heterogeneous() -> Finding:
    found = [apart(setting, REGIMES[0]) for setting in SETTINGS]
    return _over_settings([d[:2].min() > 0 > d[2:].max() for d in found], f"φ − U/N = {shown(found[0])}")


@claim(
    STATEMENTS,
    "fig-5a-center",
    "Section 4.1, Fig. 5a center",
    "with s² = 1, r² = 10 differences are less pronounced than in both extremes, users with more data slightly favored",
    "largest |φ − U/N| least in the center; more data, more pay",
)
def _center() -> Finding:
    holds, found = [], []
    for setting in SETTINGS:
        d = [apart(setting, regime) for regime in REGIMES]
        spread = [float(np.abs(one).max()) for one in d]
        holds.append(spread[1] < min(spread[0], spread[2]) and d[1][0] > d[1][1] and d[1][2] > d[1][3])
        found.append(spread)
    return _over_settings(holds, f"largest |φ − U/N| = {shown(found[0])}")


@claim(
    STATEMENTS,
    "fig-5a-homogeneous-data",
    "Section 4.1, Fig. 5a right",
    "with s² = 0.1, r² = 100 users with larger n_i are paid above the average, those with lower n_i below",
    "φ > U/N iff n_i = 100",
)
def _homogeneous_data() -> Finding:
    found = [apart(setting, REGIMES[2]) for setting in SETTINGS]
    return _over_settings([min(d[0], d[2]) > 0 > max(d[1], d[3]) for d in found], f"φ − U/N = {shown(found[0])}")


@claim(
    STATEMENTS,
    "fig-5a-homogeneous-level",
    "Section 4.1, Fig. 5a right",
    "with s² = 0.1, r² = 100 users with ρ_i = 2 still get more than those with ρ_i = 1, significantly if n_i = 100",
    "difference > 0, a tenth of the average or more at n = 100",
)
def _homogeneous_level() -> Finding:
    holds, found = [], []
    for setting in SETTINGS:
        d, mean = apart(setting, REGIMES[2]), paid(setting, REGIMES[2]).mean()
        gap = [float(d[0] - d[2]), float(d[1] - d[3])]
        holds.append(min(gap) > 0 and gap[0] > mean / 10)
        found.append([*gap, float(mean)])
    return _over_settings(
        holds, f"differences {shown(found[0][:2])} at n = 100 and at the smaller n, average {shown(found[0][2])}"
    )


@claim(
    STATEMENTS,
    "fig-5a-caption",
    "Fig. 5a's caption",
    "with little heterogeneity the privacy level has a lesser impact on payments than with much",
    "φ(level 2) − φ(level 1) at equal n less on the right than on the left",
)
def _caption() -> Finding:
    gaps = [_gaps(setting) for setting in SETTINGS]
    found = _over_settings(
        [right[0] < left[0] and right[1] < left[1] for left, right in gaps],
        f"differences {shown(gaps[0][0])} on the left, {shown(gaps[0][1])} on the right",
    )
    left, right = _gaps(Figure5Counts(5, 1, 1))
    return Finding(
        found.computed,
        found.holds,
        f"{found.note}. It depends on them: with n = 5 and one user of n = 100 on each level the differences at n = "
        f"100 are {left[0]:.3g} on the left and {right[0]:.3g} on the right.",
    )


def _gaps(setting: Figure5Counts) -> list[list[float]]:
    """φ(level 2) − φ(level 1) at n = 100 and at the smaller n, on the left and on the right."""
    return [[float(d[0] - d[2]), float(d[1] - d[3])] for d in (apart(setting, REGIMES[k]) for k in (0, 2))]


# Fig. 5b --------------------------------------------------------------------------------------


@claim(
    STATEMENTS,
    "fig-5b-star",
    "Section 4.1, Fig. 5b and its caption",
    "the user with ρ_i = 2, n_i = 100, a_i = 100 gets by far the most where s² is large, less dramatically elsewhere",
    "several times the next one's payment, and fewer times",
)
def _star() -> Finding:
    ratios = []
    for setting in SETTINGS:
        found = [paid(setting, regime, FULL_LARGE) for regime in (REGIMES[0], REGIMES[2])]
        ratios.append([float(one[0] / np.delete(one, 0).max()) for one in found])
    return _over_settings([one[0] > 3 and one[0] > one[1] for one in ratios], f"{shown(ratios[0])} times")


def _share_of_the_extra(setting: Figure5Counts, regime: tuple[float, float]) -> float:
    """How much of what a_i = 100 adds to all payments goes to user i."""
    extra = paid(setting, regime, FULL_LARGE) - paid(setting, regime)
    return float(extra[FULL_LARGE] / extra.sum())


@claim(
    STATEMENTS,
    "fig-5b-benefit",
    "Fig. 5b's caption; Section 4.1",
    "most of the additional payments go to the user with a_i = 100 if users are heterogeneous; if not, others benefit",
    "more than half of them, and less than half",
)
def _benefit() -> Finding:
    shares = [[_share_of_the_extra(setting, regime) for regime in (REGIMES[0], REGIMES[2])] for setting in SETTINGS]
    return _over_settings([one[0] > 0.5 > one[1] for one in shares], f"{shown(shares[0])}")


@claim(
    STATEMENTS,
    "fig-5b-regardless",
    "Section 4.1, Fig. 5b, second and fourth set of bars",
    "where users are not very heterogeneous, whoever has a_i = 100, those with large n_i benefit: little difference",
    "both types with n = 100 above average, both others below, for each star",
)
def _regardless() -> Finding:
    holds, found = [], []
    for setting in SETTINGS:
        bars = [apart(setting, REGIMES[2], star) for star in (FULL_LARGE, GROUP_LARGE)]
        holds.append(all(min(d[0], d[2]) > 0 > max(d[1], d[3]) for d in bars))
        found.append([shown(d) for d in bars])
    return _over_settings(holds, f"φ − U/N = {found[0][0]} and {found[0][1]}")
