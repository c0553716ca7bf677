"""Whether a design survives what the data leave open: the same scenario at the ends of the variances' intervals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fairgames.equilibria.pure.at_share import equilibria_at
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism import Design, Scope, design
from fairgames.progress import track
from fairgames.scenario import Scenario
from fairgames.typing import Number, Profile
from fairgames.utilities.federated_mean import FederatedMean


@dataclass(frozen=True)
class FitPoint:
    """The design at one pair of variances.

    Attributes
    ----------
    between, within : s² and r² there
    alpha : the best share there; None under a rule without one
    profile : of level indices; None where the best equilibrium is mixed
    platform_utility : what the platform keeps there at the best share
    keeps_shape : whether the profile is that of the estimate
    at_the_share : what it keeps there under the share of the estimate, at the best pure equilibrium; None under a rule
        without a share
    """

    between: float
    within: float
    alpha: float | Fraction | None
    profile: Profile | None
    platform_utility: float | Fraction
    keeps_shape: bool
    at_the_share: float | Fraction | None

    @property
    def loss(self) -> float:
        """What holding on to the share of the estimate costs the platform there."""
        return 0.0 if self.at_the_share is None else max(0.0, float(self.platform_utility) - float(self.at_the_share))

    def to_dict(self) -> dict[str, object]:
        """By the names of the JSON answer."""
        return {
            "between_user_variance": self.between,
            "within_user_variance": self.within,
            "alpha": self.alpha,
            "profile": None if self.profile is None else list(self.profile),
            "platform_utility": self.platform_utility,
            "same_profile": self.keeps_shape,
            "platform_utility_at_the_share": self.at_the_share,
        }


@dataclass(frozen=True, eq=False)
class AcrossFit:
    """A design at the estimates, and at the ends of their intervals.

    Attributes
    ----------
    points : at low, estimate and high of s², times those of r²
    confidence : of the intervals
    share : the least share at which the profile of the estimate is best at all points; None where another profile is
        best at some point, or no share serves all
    """

    points: tuple[FitPoint, ...]
    confidence: float
    share: float | Fraction | None

    @property
    def survives(self) -> bool:
        """Whether the same profile is best at all points."""
        return all(point.keeps_shape for point in self.points)

    def to_dict(self) -> dict[str, object]:
        """By the names of the JSON answer."""
        return {
            "confidence": self.confidence,
            "same_profile": self.survives,
            "share_for_all": self.share,
            "points": [point.to_dict() for point in self.points],
        }


def across_fit(
    scenario: Scenario,
    found: Design,
    rule: str | None = None,
    exact: bool | None = None,
    selection: str = "best",
    budget: Number | None = None,
    scope: Scope = "auto",
) -> AcrossFit:
    """The design of a fitted scenario at the nine pairs of low, estimate and high of its two variances.

    Parameters
    ----------
    scenario : one whose ``[fit]`` has the intervals, as ``fairgames fit`` writes them
    found : its design; ``rule``, ``exact``, ``selection``, ``budget`` and ``scope`` are those of it

    Raises
    ------
    InputError
        If the scenario is no federated mean, or has no intervals.
    """
    utility = scenario.utility
    if scenario.fit is None or not isinstance(utility, FederatedMean):
        raise InputError(
            f"{scenario.path}: no [fit] with intervals of the variances of a federated mean; fairgames fit writes one"
        )
    between = _three(scenario.fit.between, utility.between)
    within = _three(scenario.fit.within, utility.within)
    pairs = [(s2, r2) for s2 in between for r2 in within]
    designs = []
    for s2, r2 in track(pairs, "across the fit"):
        game = PaymentGame(_with(utility, s2, r2), scenario.users, rule or scenario.rule, exact=exact)
        designs.append((s2, r2, game, design(game, selection, budget, scope)))
    points = tuple(_point(*one, found) for one in designs)
    return AcrossFit(points, float(scenario.fit.confidence), _share_for_all([one for *_, one in designs], found))


def _three(interval: tuple[Fraction, Fraction], estimate: float) -> list[float]:
    """Low, estimate and high, each once."""
    return sorted({float(interval[0]), float(estimate), float(interval[1])})


def _with(utility: FederatedMean, between: float, within: float) -> FederatedMean:
    return FederatedMean(
        utility.users, between, within, utility.levels, utility.aggregation, utility.scale, utility.minimum_aggregate
    )


def _point(between: float, within: float, game: PaymentGame, there: Design, found: Design) -> FitPoint:
    at_the_share = None
    if game.rule.has_alpha and found.alpha is not None:
        # The same share must not be lost to rounding where nothing else has changed.
        values: list[Any] = [one.platform_utility for one in equilibria_at(game, found.alpha)]
        if there.alpha == found.alpha:
            values.append(there.platform_utility)
        at_the_share = max(values)
    same = found.profile is not None and there.profile == found.profile
    return FitPoint(between, within, there.alpha, there.profile, there.platform_utility, same, at_the_share)


def _share_for_all(designs: list[Design], found: Design) -> float | Fraction | None:
    intervals = [one.choice.interval for one in designs if one.profile == found.profile and one.profile is not None]
    known = [interval for interval in intervals if interval is not None]
    if len(known) < len(designs):
        return None
    low, high = max(interval[0] for interval in known), min(interval[1] for interval in known)
    return low if low <= high else None
