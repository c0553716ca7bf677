"""The equilibria of a game side by side, with what speaks for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fairgames.equilibria.refinements.basins import Basin
from fairgames.equilibria.refinements.stability import Stability
from fairgames.tables.table import Table, Tabular
from fairgames.text import how_many, number, strategy
from fairgames.typing import Array, MixedProfile, Profile, Scalar


@dataclass(frozen=True, eq=False)
class Prospect:
    """An equilibrium and what speaks for its being played; None where something is not defined or not decided.

    Attributes
    ----------
    strategies : for each player the probability of each strategy
    radius : no probability of the equilibrium differs from those by more; 0 where they are the equilibrium itself
    profile : the strategies by number, of payment games the level indices; None where somebody mixes
    payoffs : expected, shape (N,)
    platform : what the platform keeps, expected where somebody mixes; None where the game has no platform
    potential : Φ, where the game has an exact potential and nobody mixes
    strict : whether everybody loses by moving alone
    index : 1 or −1; None where the equilibrium is not regular
    replicator, best_response : stability under these dynamics
    payoff_dominated_by : the numbers of the equilibria in which every player gets more
    risk_dominant : whether it risk-dominates the other strict one; of two players with two strategies each
    stochastically_stable : whether it maximises the potential: what log-linear learning plays as precision grows
    basin : how many starts best responses led there
    logit : its chance under log-linear learning of the precision asked for
    logit_limit : whether quantal response equilibria lead there from where everybody plays everything alike, as their
        precision grows
    perfect, proper : trembling-hand perfection, and properness
    """

    strategies: MixedProfile
    radius: float
    profile: Profile | None
    payoffs: Array
    platform: Scalar | None
    potential: Scalar | None
    strict: bool | None
    index: int | None
    replicator: Stability
    best_response: Stability
    payoff_dominated_by: tuple[int, ...]
    risk_dominant: bool | None
    stochastically_stable: bool | None
    basin: Basin | None
    logit: float | None
    logit_limit: bool | None
    perfect: bool | None
    proper: bool | None

    def answer(self) -> dict[str, Any]:
        """By the names of the JSON answer."""
        found = {name: value for name, value in vars(self).items() if name != "basin"}
        found["strategies"] = [vector.tolist() for vector in self.strategies]
        found["payoffs"] = self.payoffs.tolist()
        found["basin"] = self.basin and self.basin.share
        found["basin_interval"] = self.basin and self.basin.interval
        return found


@dataclass(frozen=True, eq=False)
class Unproven:
    """A profile that was given, and is not proven to be an equilibrium nor to be near one: nothing else is said of it.

    Attributes
    ----------
    number : its place among those given
    strategies : as they were given
    regret : the largest gain of a deviation, from the payoffs
    regret_bound : by how much the regret may be off
    """

    number: int
    strategies: MixedProfile
    regret: float
    regret_bound: float

    def answer(self) -> dict[str, Any]:
        """By the names of the JSON answer."""
        return {**vars(self), "strategies": [vector.tolist() for vector in self.strategies]}


@dataclass(frozen=True, eq=False)
class Prospects(Tabular):
    """All equilibria that were compared.

    Attributes
    ----------
    equilibria : each proven, in the order of their numbers
    unproven : profiles that were to be compared, and are not proven to be equilibria
    players, strategies : names
    title : of the game
    starts, seed : of the profiles from which best responses began
    elsewhere : the part of them that ended at none of the equilibria, or not at all
    precision : λ of log-linear learning; None where the game has no exact potential
    logit_elsewhere : the chance of all other profiles under it
    notes : what the list leaves out, in sentences
    undecided : comparisons that floats could not decide where they are all that is known
    """

    equilibria: tuple[Prospect, ...]
    unproven: tuple[Unproven, ...]
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    title: str
    starts: int
    seed: int
    elsewhere: float
    precision: float | None
    logit_elsewhere: float | None
    notes: tuple[str, ...]
    undecided: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.equilibria)

    def headline(self) -> str:
        """How many there are, and how many of them are stable."""
        strict = sum(one.strict is True for one in self.equilibria)
        return f"{self.title}: {how_many(len(self))} equilibria, {how_many(strict)} of them strict"

    def played(self, prospect: Prospect | Unproven) -> list[str]:
        """What each player plays, in words."""
        return list(map(strategy, prospect.strategies, self.strategies))

    def who(self, prospect: Prospect | Unproven) -> str:
        """Who plays what, in words: what most players do is said last, of "the others"."""
        doing: dict[str, list[str]] = {}
        for player, words in zip(self.players, self.played(prospect), strict=True):
            doing.setdefault(words, []).append(player)
        if len(doing) == 1:
            return f"everybody: {next(iter(doing))}"
        *few, (most, names) = sorted(doing.items(), key=lambda item: len(item[1]))
        last = ", ".join(names) if len(names) < _OTHERS else "the others"
        return "; ".join([*(f"{_few(players)}: {words}" for words, players in few), f"{last}: {most}"])

    def table(self) -> Table:
        """One row an equilibrium: who plays what, and what speaks for it."""
        columns: dict[str, list[Any]] = {
            player: [self.played(one)[place] for one in self.equilibria] for place, player in enumerate(self.players)
        }
        answers = [one.answer() for one in self.equilibria]
        told = [name for name in (answers[0] if answers else ()) if name not in _APART]
        better = [", ".join(map(str, one.payoff_dominated_by)) or None for one in self.equilibria]
        ends = [answer["basin_interval"] or (None, None) for answer in answers]
        return Table(
            {
                "equilibrium": list(range(len(self))),
                **columns,
                **{name.replace("_", " "): [answer[name] for answer in answers] for name in told},
                "basin from": [low for low, _ in ends],
                "basin to": [high for _, high in ends],
                "payoff dominated by": better,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """By the names of the JSON answer, numbers as they are."""
        own = {
            name: value
            for name, value in vars(self).items()
            if name not in ("equilibria", "unproven", "players", "strategies", "undecided")
        }
        return {
            "users": self.players,
            "levels": self.strategies,
            "equilibria": [one.answer() for one in self.equilibria],
            "unproven": [one.answer() for one in self.unproven],
            **own,
        }

    def remarks(self) -> list[str]:
        """What the table does not say, in sentences."""
        found = [*self.notes, *map(self._not_proven, self.unproven)]
        indices = [one.index for one in self.equilibria]
        if indices and (total := sum(index or 0 for index in indices)) != 1 and None not in indices:
            found.append(
                f"Their indices sum to {total:+d}, and those of all equilibria to +1: there are others, of indices "
                f"{1 - total:+d} in all."
            )
        best = [str(k) for k, one in enumerate(self.equilibria) if one.stochastically_stable]
        if best:
            tie = f", {len(best)} equal ones" if len(best) > 1 else ""
            found.append(
                f"Log-linear learning comes to play the maximiser of the potential as its precision grows: {_few(best)}"
                f"{tie}."
            )
        if self.starts and self.elsewhere:
            found.append(f"{number(self.elsewhere)} of the starts ended at none of these, or did not settle.")
        if self.logit_elsewhere:
            found.append(
                f"At precision {number(self.precision)} log-linear learning plays other profiles with a chance of "
                f"{number(self.logit_elsewhere)}."
            )
        return [*found, *(f"Undecided: {comparison}." for comparison in self.undecided)]

    def _not_proven(self, one: Unproven) -> str:
        off = f", give or take {number(one.regret_bound)}" if one.regret_bound else ""
        return (
            f"Profile {one.number} ({self.who(one)}) is not proven to be an equilibrium, nor to be near one: somebody "
            f"gains {number(one.regret)}{off} by moving alone. Nothing else is said of it."
        )


#: What the table shows in columns of its own.
_APART = ("strategies", "profile", "payoffs", "payoff_dominated_by", "basin_interval")


#: From so many players on they are "the others".
_OTHERS = 3


def _few(words: list[str], most: int = 12) -> str:
    return ", ".join(words[:most]) + (f" … ({len(words)})" if len(words) > most else "")


def is_pure(strategies: MixedProfile) -> bool:
    """Whether everybody plays one strategy."""
    return all(int(np.count_nonzero(vector)) == 1 for vector in strategies)
