"""How findings are told: profiles by the names of levels, money with its currency."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fairgames.audit.ground import Ground
from fairgames.text import how_many, number, runs
from fairgames.typing import Profile


@dataclass(frozen=True)
class Speaker:
    """Tells amounts and profiles of one game.

    Attributes
    ----------
    currency : what the money is called; None where it has no name
    """

    ground: Ground
    currency: str | None = None

    def money(self, amount: Fraction | float, error: float = 0) -> str:
        """An amount with its currency; 0 where floats, within their error, know no other."""
        if error and abs(float(amount)) <= error:
            amount = Fraction(0)
        return f"{number(amount)} {self.currency}" if self.currency else number(amount)

    def at(self, profile: Profile) -> str:
        """ "At levels (…)," with a level for each user."""
        return f"At levels ({', '.join(runs(self.ground.levels(profile)))}),"

    def none_found(self, checks: int) -> str:
        """What a search says that found nothing: never that something holds."""
        return f"No violation found in {how_many(checks)} checks."

    def within(self, error: float) -> str:
        """How near floats know it."""
        return f", as near as floats tell (within {error:.1e})" if error else ""
