"""The isolated equilibria of a game, and what of it stays open."""

from __future__ import annotations

from dataclasses import dataclass

from fairgames import notebook
from fairgames.games.isolated.supports import Supports
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many, number
from fairgames.typing import FloatArray, MixedProfile


@dataclass(frozen=True, eq=False)
class EquilibriumBall:
    """An equilibrium that is proven, and how near it is known.

    Attributes
    ----------
    strategies : one probability vector a player; rationals where the equilibrium is known to be these (of float
        payoffs, too), else floats
    radius : no probability of the equilibrium differs by more; 0 where rational
    supports : the strategies in use, by player; their probabilities are above 0
    ties : (player, strategy) that are not in use, and pay exactly as much as those in use
    index : 1 or −1; None where there are ties, or balls do not tell. Of finitely many without ties they sum to 1
    """

    strategies: MixedProfile
    radius: float
    supports: Supports
    ties: tuple[tuple[int, int], ...]
    index: int | None

    @property
    def rational(self) -> bool:
        """Whether the strategies are the equilibrium itself."""
        return self.strategies[0].dtype == object

    @property
    def certified(self) -> bool:
        """True: what is not proven is not listed."""
        return True


@dataclass(frozen=True, eq=False)
class OpenBox:
    """Mixed strategies among which there may be equilibria that are not listed.

    Attributes
    ----------
    supports : the strategies in use, by player
    low, high : bounds on their probabilities, one vector a player over all strategies
    why : what keeps it open
    equilibrium : one in there, exactly, if one is known; there may be others
    """

    supports: Supports
    low: tuple[FloatArray, ...]
    high: tuple[FloatArray, ...]
    why: str
    equilibrium: MixedProfile | None


@dataclass(frozen=True, eq=False)
class IsolatedEquilibria:
    """The equilibria of a game, each in a ball that holds no other, and where there may be more.

    Attributes
    ----------
    game : the game
    equilibria : all that are proven, those on small supports first
    undecided : where others may be
    unsearched : how many supports were not looked at, as the time limit had passed
    """

    game: NormalFormGame
    equilibria: tuple[EquilibriumBall, ...]
    undecided: tuple[OpenBox, ...]
    unsearched: int

    @property
    def complete(self) -> bool:
        """Whether these are proven to be all equilibria that the game has."""
        return not self.undecided and not self.unsearched

    @property
    def index_sum(self) -> int | None:
        """The sum of the indices, 1 in a game without ties if nothing is missing; None where one is not known."""
        indices = [one.index for one in self.equilibria if one.index is not None]
        return sum(indices) if len(indices) == len(self.equilibria) else None

    def why_incomplete(self) -> str | None:
        """What is open, in a sentence; None if nothing."""
        if self.complete:
            return None
        said = [f"{how_many(len(self.undecided))} boxes are undecided: {self.undecided[0].why}"] * bool(self.undecided)
        said += [f"{how_many(self.unsearched)} supports were not searched in time"] * bool(self.unsearched)
        return f"not proven complete: {'; '.join(said)}"

    def _repr_html_(self) -> str:
        """In a notebook: the strategies of each equilibrium."""
        title = f"{self.game.title}: {how_many(len(self.equilibria))} equilibria, " + (
            self.why_incomplete() or "proven to be all"
        )
        rows = ([*map(list, one.strategies), number(one.radius), one.index] for one in self.equilibria)
        return notebook.html(title, [*self.game.players, "radius", "index"], rows, len(self.equilibria))
