"""What Section 4.2 says of the landscapes of Fig. 7, judged on landscapes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from fairgames.equilibria.pure.landscape import Landscape, landscape
from fairgames.game import PaymentGame
from fairgames.paper.federation import KINDS, Costs, Regime, each, game
from fairgames.paper.registry import Sentence
from fairgames.typing import Profile

#: Both users with n_i = 100 on level 1, the others on level 0.
_BOTH: Profile = tuple(each([int(kind.plenty) for kind in KINDS]))
_SAMPLES = tuple(each([kind.samples() for kind in KINDS]))
#: "Little", "minimal": how much of something at most.
_LITTLE = 0.05


@dataclass(frozen=True, eq=False)
class Setting:
    """The ten users in one regime, and for each α the best equilibrium for the platform."""

    regime: Regime
    costs: Costs
    game: PaymentGame
    found: Landscape

    @classmethod
    def of(cls, regime: Regime, costs: Costs) -> Setting:
        here = game(regime, costs)
        return cls(regime, costs, here, landscape(here))

    @cached_property
    def _kept(self) -> list[float]:
        """What the platform keeps at the breakpoints."""
        shares = zip(self.found.alpha, self.found.utilities, strict=True)
        return [float((1 - alpha) * utility) for alpha, utility in shares]

    @property
    def _place(self) -> int:
        return int(np.argmax(self._kept))

    @property
    def alpha(self) -> float:
        """α*: (1 − α)·U falls between breakpoints, so the best of them is the optimum."""
        return float(self.found.alpha[self._place])

    @property
    def profile(self) -> Profile:
        """The profile at α*."""
        return self.found.profiles[self._place]

    @property
    def utility(self) -> float:
        """U at α*."""
        return float(self.found.utilities[self._place])

    @property
    def margin(self) -> float:
        """By what part the optimum is better than the best at other breakpoints."""
        best = self._kept[self._place]
        others = [kept for place, kept in enumerate(self._kept) if place != self._place]
        return 1 - max(others) / best

    def after(self) -> list[Profile]:
        """The profiles that are best at shares above α*, ascending."""
        return list(self.found.profiles_between[self._place :])

    def share_of_alpha(self, on_level_1: int) -> float:
        """On what part of the α at which anybody shares so many users are on level 1."""
        lengths = np.diff(np.asarray(self.found.alpha, dtype=float))
        counts = [profile.count(1) if any(profile) else None for profile in self.found.profiles_between]
        shared = sum(length for length, count in zip(lengths, counts, strict=True) if count is not None)
        return float(sum(length for length, count in zip(lengths, counts, strict=True) if count == on_level_1) / shared)


def sentences_7a(one: Setting) -> tuple[Sentence, ...]:
    """What is said of the homogeneous landscape."""
    data = sum(n for n, level in zip(_SAMPLES, one.profile, strict=True) if level) / sum(_SAMPLES)
    full = one.utility / float(one.game.utility.at(tuple(2 * (level > 0) for level in one.profile)))
    sharing = [sum(level > 0 for level in profile) for profile in one.after()]
    last = one.after()[-1]
    gain = float(one.found.utilities[-1]) / one.utility - 1
    return (
        Sentence("α* is such that both users with n_i = 100 choose ρ = 1, and all others ρ = 0",
                 one.profile == _BOTH, one.profile),
        Sentence("this collects a majority of the data", data > 0.5, data),
        Sentence("for relatively little payment (α* below 5%)", one.alpha < _LITTLE, one.alpha),
        Sentence("the platform does not lose much utility by allowing ρ = 1 rather than ρ = 2 (below 5%)",
                 1 - full < _LITTLE, 1 - full),
        Sentence("as α increases, more users choose to participate",
                 all(a <= b for a, b in pairwise(sharing)) and sharing[-1] > sharing[0], sharing),
        Sentence("eventually with many of them choosing ρ = 2 (at least half)", 2 * last.count(2) >= sharing[-1], last),
        Sentence("however, the benefit is minimal (U below 5% higher at α = 1)", gain < _LITTLE, gain),
    )  # fmt: skip


def sentences_7b(one: Setting, homogeneous: Setting) -> tuple[Sentence, ...]:
    """What is said of the heterogeneous landscape, and of both."""
    costs = each([row[-1] for row in one.costs])
    lower = [float(cost) for cost, level in zip(costs, one.profile, strict=True) if level < 2]
    rest = max((float(cost) for cost, level in zip(costs, one.profile, strict=True) if level == 2), default=0.0)
    counts = [one.profile.count(level) for level in (0, 1, 2)]
    return (
        Sentence("at α* all users choose ρ = 2 but one who chooses ρ = 1 and one who chooses ρ = 0",
                 counts == [1, 1, 8], one.profile),
        Sentence("these two have higher privacy sensitivities (c_i(2)) than the others",
                 min(lower, default=0.0) > rest, {"these": lower, "largest other": rest}),
        Sentence("α* is higher than in Fig. 7a, and a larger fraction of the total utility is paid to users",
                 one.alpha > homogeneous.alpha, (homogeneous.alpha, one.alpha)),
    )  # fmt: skip
