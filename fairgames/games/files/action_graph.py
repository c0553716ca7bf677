"""Action-graph games, Bayesian or not: payoffs depend on how many chose what.

Jiang, Leyton-Brown & Bhat, *Action-Graph Games* (Games and Economic Behavior 71, 2011), and Jiang &
Leyton-Brown, *Bayesian Action-Graph Games* (NIPS 2010). Nodes are actions, and functions of counts of
actions; what choosing an action pays depends on the counts at the nodes that it looks at. In a Bayesian
game each player has types with chances; each (player, type) is an agent, and is paid what it may expect
over the types of the others, as Gambit takes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.files.contents import MOST_PLAYERS
from fairgames.games.files.payoffs import require_memory
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many
from fairgames.typing import Array, IntArray

#: Configurations of a payoff table that are listed without their counts.
_MOST_CONFIGURATIONS = 2_000_000


@dataclass(frozen=True)
class Combined:
    """A function of counts: what one choice contributes, and how contributions are joined, player by player."""

    default: int
    join: Callable[[Any, Any], Any]

    @classmethod
    def of(cls, kind: int, default: int) -> Combined:
        """Types 0 to 3 and 10 to 13 of the format: sum, existence, highest and lowest."""
        way = kind % 10
        if way == 0:
            return cls(default, np.add)
        if way == 1:
            return cls(default, np.maximum)
        larger = np.maximum if way == 2 else np.minimum

        def join(x: Any, y: Any) -> Any:
            return np.where(x == default, y, np.where(y == default, x, larger(x, y)))

        return cls(default, join)


@dataclass(frozen=True, eq=False)
class ActionGraph:
    """An action-graph game, Bayesian or not.

    Attributes
    ----------
    agents : for each agent, a player or one of its types, the action nodes that it may choose, ascending
    player_of : of each agent, the number of its player
    chances : of each agent, that its player has this type; 1 for all without types
    views : for each action node what it looks at
    payoffs : for each action node, what choosing it pays by the counts there
    name : of the file, for messages
    """

    agents: tuple[tuple[int, ...], ...]
    player_of: tuple[int, ...]
    chances: tuple[Fraction, ...]
    views: tuple[View, ...]
    payoffs: tuple[dict[tuple[int, ...], Fraction], ...]
    name: str = "an action-graph game"

    @property
    def shape(self) -> tuple[int, ...]:
        """How many actions each agent has."""
        return tuple(map(len, self.agents))

    @cached_property
    def _members(self) -> tuple[tuple[int, ...], ...]:
        """The agents of each player."""
        n_players = max(self.player_of) + 1
        return tuple(tuple(k for k, one in enumerate(self.player_of) if one == number) for number in range(n_players))

    def payoff(self, profile: Sequence[int], agent: int) -> Fraction:
        """What an agent may expect, where each agent plays the action of this index.

        Raises
        ------
        InputError
            If the file gives no payoff for counts that may be met.
        """
        own = self.agents[agent][profile[agent]]
        others = [members for number, members in enumerate(self._members) if number != self.player_of[agent]]
        total = Fraction(0)
        for types in product(*others):
            chance = math.prod((self.chances[one] for one in types), start=Fraction(1))
            chosen = [own, *(self.agents[one][profile[one]] for one in types)]
            total += chance * self._paid(own, self.views[own].counts(chosen))
        return total

    def _paid(self, node: int, counts: tuple[int, ...]) -> Fraction:
        found = self.payoffs[node].get(counts)
        if found is None:
            raise InputError(f"{self.name}: action node {node} has no payoff for the counts {list(counts)}")
        return found

    def normal_form(self, exact: bool = True) -> NormalFormGame:
        """The same game with a payoff for each profile; agents are called "1", "2", …, or "1 at type 2".

        Raises
        ------
        TooLargeError
            Before allocating, if those do not fit in memory.
        """
        if len(self.agents) > MOST_PLAYERS:
            raise InputError(
                f"{self.name}: a table of {len(self.agents)} players is out of reach, expected at most {MOST_PLAYERS}; "
                "`fairgames.games.read_graph` gives single payoffs"
            )
        require_memory(self.shape, exact=True)  # computed in rationals
        payoffs: Array = np.empty((*self.shape, len(self.agents)), dtype=object if exact else float)
        for agent in range(len(self.agents)):
            payoffs[..., agent] = self._table(agent) if exact else self._table(agent).astype(float)
        strategies = tuple(tuple(map(str, range(size))) for size in self.shape)
        return NormalFormGame(payoffs, self._names, strategies, Path(self.name).stem)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(
            f"{self.player_of[k] + 1}" + (f" at type {members.index(k) + 1}" if len(members) > 1 else "")
            for k, members in ((k, self._members[self.player_of[k]]) for k in range(len(self.agents)))
        )

    def _table(self, agent: int) -> Array:
        """What the agent may expect at every profile."""
        others = [members for number, members in enumerate(self._members) if number != self.player_of[agent]]
        found: Array = np.full(self.shape, Fraction(0), dtype=object)
        for types in product(*others):
            chance = math.prod((self.chances[one] for one in types), start=Fraction(1))
            axes = [len(one) if k == agent or k in types else 1 for k, one in enumerate(self.agents)]
            part = [self._at_own(agent, types, number, axes) for number in range(len(self.agents[agent]))]
            found = found + chance * np.concatenate(part, axis=agent)
        return found

    def _at_own(self, agent: int, types: Sequence[int], number: int, axes: Sequence[int]) -> Array:
        """The payoffs of one action of an agent, whatever some others choose."""
        view = self.views[node := self.agents[agent][number]]
        columns = []
        for place in range(len(view.functions)):
            told: Any = view.contributions[node, place]
            for other in types:
                along = [1] * len(axes)
                along[other] = axes[other]
                one = view.contributions[list(self.agents[other]), place].reshape(along)
                told = view.functions[place].join(told, one)
            columns.append(np.broadcast_to(told, [1 if k == agent else size for k, size in enumerate(axes)]))
        shape = [1 if k == agent else size for k, size in enumerate(axes)]
        counts = np.stack(columns, axis=-1).reshape(-1, len(columns)) if columns else np.zeros((math.prod(shape), 0))
        return object_array(self._paid(node, tuple(map(int, row))) for row in counts.tolist()).reshape(shape)


@dataclass(frozen=True, eq=False)
class View:
    """What an action node looks at.

    Attributes
    ----------
    contributions : what choosing each action node adds to each node looked at, shape (S, V)
    functions : how the contributions of players are joined, one a node looked at
    """

    contributions: IntArray
    functions: tuple[Combined, ...]

    def counts(self, chosen: Sequence[int]) -> tuple[int, ...]:
        """What is seen where players choose these action nodes."""
        rows = self.contributions[list(chosen)]
        return tuple(
            int(reduce(function.join, rows[:, place].tolist())) for place, function in enumerate(self.functions)
        )

    def possible(self, sets: Sequence[Sequence[int]], own: int) -> set[tuple[int, ...]]:
        """All that may be seen by who chooses ``own``, where each of the others chooses from a set.

        Raises
        ------
        InputError
            If that is more than two millions.
        """
        seen = {tuple(self.contributions[own].tolist())}
        for some in sets:
            rows = {tuple(row) for row in self.contributions[list(some)].tolist()}
            seen = {
                tuple(int(f.join(x, y)) for f, x, y in zip(self.functions, one, other, strict=True))
                for one in seen
                for other in rows
            }
            if len(seen) > _MOST_CONFIGURATIONS:
                raise InputError(f"more than {how_many(_MOST_CONFIGURATIONS)} counts may be seen; list them (type 1)")
        return seen
