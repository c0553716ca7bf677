"""An answer among the equilibria of its game: where it lies, what it keeps, what else is there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from fairgames.equilibria.pure.certificate import Certificate, certify_profile
from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share, end_of, meant
from fairgames.errors import InputError, InternalError
from fairgames.game import PaymentGame
from fairgames.games.certificate import Equilibrium, certify
from fairgames.mechanism.amounts import Amount
from fairgames.mechanism.choosing import number as scalar
from fairgames.mechanism.first_best import FirstBest
from fairgames.mechanism.pure import design_among
from fairgames.mechanism.result import Design
from fairgames.mechanism.welfare import (
    Welfare,
    answer_kept,
    answer_welfare,
    expected_cost,
    mixed_amount,
    pure_welfare,
)
from fairgames.text import number
from fairgames.typing import MixedProfile, Scalar

if TYPE_CHECKING:
    from fairgames.equilibria.two_users.branches import Branches

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer among the equilibria of its game.

    Attributes
    ----------
    own : what is played, one vector a user over the levels that it may choose
    share : what its share stands for; None under Theorem 1
    position : of its profile among the pure equilibria; None where somebody mixes
    mixed : whether mixed equilibria count
    """

    game: PaymentGame
    found: Design
    equilibria: PureEquilibria
    own: MixedProfile
    share: Share | None
    position: int | None
    mixed: bool
    known: Branches | None

    @classmethod
    def of(cls, game: PaymentGame, found: Design, equilibria: PureEquilibria) -> Answer:
        own = tuple(vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True))
        mixed = found.scope == "all" and len(game.users) == 2
        known = None
        if mixed and game.rule.has_alpha:
            from fairgames.equilibria.two_users.branches import branches

            known = branches(game)
        position = None if found.profile is None else equilibria.position(game, found.profile)
        if found.profile is not None and position is None and not mixed:
            raise no_equilibrium(game, found, own)
        share = None if found.alpha is None else meant(equilibria, found.alpha, position)
        return cls(game, found, equilibria, own, share, position, mixed, known)

    @cached_property
    def welfare_here(self) -> Welfare:
        """The other equilibria at its share."""
        if self.mixed:
            from fairgames.mechanism.mixed_welfare import mixed_welfare

            return mixed_welfare(self.game, self.equilibria, self.known, self.share, self._slack)
        return pure_welfare(self.game, self.equilibria, self.share)

    @property
    def _slack(self) -> float:
        """What branches ask for: the share's error over 4·α²."""
        if self.share is None or not self.share.error or not self.share.value:
            return 0.0
        return self.share.error / (4 * float(self.share.value) ** 2)

    @property
    def ends(self) -> tuple[Share, Share] | None:
        """The ends of its profile's interval."""
        if self.position is None or self.share is None:
            return None
        return end_of(self.equilibria, self.position, False), end_of(self.equilibria, self.position, True)

    @property
    def interval(self) -> tuple[Scalar, Scalar] | None:
        """The α at which the answer's equilibrium is one."""
        if self.ends is not None:
            return self.ends[0].value, self.ends[1].value
        if self.known is None or self.share is None:
            return None
        from fairgames.equilibria.two_users.along_branches import reach

        return reach(self.known, self.share.value, self.own, self._slack)

    @property
    def total(self) -> Scalar | None:
        """What is paid out at α = 1; None where that is U."""
        total = self.equilibria.total
        return None if total is None or self.position is None else scalar(total.values[self.position])

    @cached_property
    def kept(self) -> Amount:
        """What the platform keeps."""
        if self.position is None:
            return mixed_amount(self.game, self.found.platform_utility, self.share)
        known = answer_kept(self.equilibria, self.position, self.share)
        return Amount(self.found.platform_utility, known.error, known.real)

    @property
    def without_budget(self) -> Amount:
        """What the platform would keep by the same selection if it could pay out anything."""
        selection = self.found.selection
        if self.mixed:
            from fairgames.mechanism.mixed import mixed_design

            free = mixed_design(self.game, selection, None)
        else:
            free = design_among(self.game, self.equilibria, selection, None)
        return Answer.of(self.game, free, self.equilibria).kept

    @cached_property
    def welfare(self) -> Amount:
        """U − Σc."""
        if self.position is None:
            return mixed_amount(self.game, self.found.utility - expected_cost(self.game, self.own), None)
        return answer_welfare(self.game, self.equilibria, self.position)

    @property
    def loss(self) -> Scalar:
        """How much less the worst equilibrium leaves."""
        worst = self.welfare_here.worst
        if worst.profile is not None and worst.profile == self.found.profile:
            return type(self.kept.value)(0)
        return self.kept.less(self.welfare_here.kept, self.equilibria.judge)

    def error_bound(self, deviations: Deviations, *best: FirstBest) -> float:
        """Of differences of two amounts, and of what deviations lose, whether at an end or inside."""
        here = self.welfare_here
        amounts = [self.kept, self.welfare, here.kept, here.lowest, here.highest, *(one.welfare for one in best)]
        off = 0.0 if self.ends is None else self.ends[0].error + self.ends[1].error
        size = max(abs(float(one.value)) for one in (*amounts, mixed_amount(self.game, self.found.utility, None)))
        strict = float(deviations.bounds(Share(1.0, lambda: None, off + 4 * _EPSILON)).max(initial=0.0))
        return 2 * max(one.error for one in amounts) + (2 * off + 16 * _EPSILON) * size + strict


def no_equilibrium(game: PaymentGame, found: Design, own: MixedProfile) -> InputError | InternalError:
    """What is wrong with an answer at which somebody gains: it is of another game, or we are at fault.

    Its own certificate tells which: computed again for this game, it comes out the same to the last digit.
    """
    again: Certificate | Equilibrium
    if found.profile is None or found.scope == "all":
        again = certify(game.at(found.alpha), own)
    else:
        again = certify_profile(game, found.profile, found.alpha)
    if type(found) is not Design or list(again.regrets) != list(found.regrets):
        return InputError(
            f"robustness: the answer is no equilibrium of this game, where somebody gains {number(again.regret)}; "
            "give the game that it was found for"
        )
    return InternalError(
        [f"somebody gains by moving alone from the answer, whose certificate has a regret of {number(again.regret)}"],
        {
            "game": game.title(game.share(found.alpha)),
            "levels": str([vector.tolist() for vector in found.strategies]),
            "sensitivities": str([list(map(str, row)) for row in game.costs]),
        },
    )
