"""Whether anybody gains by moving alone from a profile, for certain: at one share, which may depend on U."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.game import PaymentGame
from fairgames.typing import Profile
from fairgames.valuation.alpha import Alpha, AlphaOfUtility
from fairgames.valuation.enclosed import EnclosedValues

_EPSILON = float(np.finfo(float).eps)
_TINY = 4 * float(np.finfo(float).smallest_subnormal)


@dataclass(frozen=True, eq=False)
class Moves:
    """The gains of single moves as numbers that can be enclosed as narrowly as asked.

    Attributes
    ----------
    share : α; None under a rule that has none
    """

    game: PaymentGame
    share: Alpha | None
    values: EnclosedValues
    judge: Judge

    def nobody_gains(self, profile: Profile) -> bool | None:
        """Whether a profile of level indices is an equilibrium; None where floats are all that is known of U."""
        for _, _, sign in self.signs(profile):
            if sign is None:
                return None
            if sign > 0:
                return False
        return True

    def signs(self, profile: Profile) -> Iterator[tuple[int, int, int | None]]:
        """(user, other level, sign of the gain of going there); None where floats are all that is known of U."""
        for user, (levels, costs) in enumerate(zip(self.game.strategies, self.game.costs, strict=True)):
            own = costs[levels.index(profile[user])]
            for level, cost in zip(levels, costs, strict=True):
                if level != profile[user]:
                    yield user, level, self._sign(profile, user, level, cost - own)

    def _sign(self, profile: Profile, user: int, level: int, dearer: Fraction) -> int | None:
        near, error = self._nearly(profile, user, level, dearer)
        if abs(near) > error:
            return 1 if near > 0 else -1
        gain = self._gain(profile, user, level, dearer)
        return None if gain is None else self.judge.sign(gain)

    def _gain(self, profile: Profile, user: int, level: int, dearer: Fraction) -> Real | None:
        """What a user gains by going to a level that costs so much more."""
        if isinstance(self.share, AlphaOfUtility):
            there = (*profile[:user], level, *profile[user + 1 :])
            paid, now = self._paid(there, user), self._paid(profile, user)
            return None if paid is None or now is None else paid - now - Rational(dearer)
        share = Fraction(1) if self.share is None else self.share
        if not share:
            return Rational(-dearer)
        more = self.values.gain(profile, user, level)
        return None if more is None else Rational(-dearer) - Rational(share) * more

    def _nearly(self, profile: Profile, user: int, level: int, dearer: Fraction) -> tuple[float, float]:
        """The same in floats, and a bound on its error."""
        there = (*profile[:user], level, *profile[user + 1 :])
        (more, slip), (less, other) = (self._floats(one, user) for one in (there, profile))
        cost = float(dearer)
        gain = more - less - cost
        return gain, slip + other + 4 * _EPSILON * (abs(more) + abs(less) + abs(cost)) + _TINY

    def _floats(self, profile: Profile, user: int) -> tuple[float, float]:
        """What a user is paid, but for what does not depend on its own level where α is constant; and its error."""
        game, place = self.game, self.game.index(profile)
        paid = game.paid(user)
        if not isinstance(self.share, AlphaOfUtility):
            share, value = 1.0 if self.share is None else float(self.share), paid.values[place] / paid.unit
            return share * value, share * paid.error
        share_error = 0.0 if game.exact else self.share.spread(np.array([self._utility(place)]), game.utilities.error)
        share, value = float(self.share.of(np.array([self._utility(place)]))[0]), self._value(profile, user)
        return share * value, game.value_error + share_error * (abs(value) + game.value_error)

    def _utility(self, place: Profile) -> float:
        return float(self.game.utilities.values[place] / self.game.utilities.unit)

    def _value(self, profile: Profile, user: int) -> float:
        """φ of a user."""
        return float(self.game.value(profile, user))

    def _paid(self, profile: Profile, user: int) -> Real | None:
        """α(U)·φ of a user."""
        assert isinstance(self.share, AlphaOfUtility)
        worth, value = self.values.utility(profile), self.values.value(profile, user)
        if worth is None or value is None:
            return None
        return self.share.of_real(worth, self.judge) * value
