"""Gambit's action-graph games, .agg and .bagg: users alike, whose payoffs depend on counts only.

The formats are those of Jiang, Leyton-Brown & Bhat, *Action-Graph Games* (Games and Economic Behavior 71, 2011) and of
Jiang & Leyton-Brown, *Bayesian Action-Graph Games* (NIPS 2010). An action node is a level that users of one kind choose
at one of their cost rows; a function node counts the users of one type of U on one level but the lowest; and every
action node looks at all function nodes. So users alike share their payoffs, which are listed for every state of the
counts that the chooser may see, itself counted: 32 users of two kinds take 2 MB, where a table has 6·10¹⁶ numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.counts.lattice import Lattice
from fairgames.equilibria.types.game import PopulationGame
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.private.agents import Agents
from fairgames.private.game import PlanGame
from fairgames.reading.atomic import write_atomically
from fairgames.typing import IntArray, Number

#: Lines of a file that are put together.
_LINES = 5_000


#: The formats; who has one cost row each needs no types.
SUFFIXES = (".agg", ".bagg")


def write_action_graph(game: PaymentGame, path: str | Path, alpha: Number | None = None) -> None:
    """Write the users' game at one share for Gambit, as ``.agg``, or as ``.bagg`` with each user's cost rows as types.

    Payoffs are fractions where the game is rational, else decimals; they are made and written part by part.

    Parameters
    ----------
    game : users whose costs are known; for ``.bagg`` also a :class:`~fairgames.private.PlanGame`
    path : its suffix says the format
    alpha : the share; None under Theorem 1

    Raises
    ------
    InputError
        If the suffix is another, ``.agg`` is asked of private costs, the share does not fit the rule, the rule is not
        one of the two fair ones, or the system refuses to write.
    TooLargeError
        Before allocating, if U does not fit in memory on counts.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: expected one of the suffixes {', '.join(SUFFIXES)}, got {path.suffix!r}")
    write_atomically(path, blocks(game, alpha, types=path.suffix.lower() == ".bagg"))


def blocks(game: PaymentGame, alpha: Number | None = None, types: bool = True) -> Iterator[str]:
    """The text of the file, part by part, with or without types; see :func:`write_action_graph`."""
    if not game.rule.fair:
        raise InputError(game.rule.only_fair("an action-graph game on counts"))
    if isinstance(game, PlanGame) and not types:
        raise InputError("private costs are types, which .agg files do not have; write .bagg")
    game.rule.check_share(alpha, stated=alpha is not None)
    share = Fraction(1) if alpha is None else to_fraction(alpha, "alpha")
    if not 0 <= share <= 1:
        raise InputError(f"alpha: expected a number from 0 to 1, got {alpha}")
    base = game.base if isinstance(game, PlanGame) else game
    known = game.known if isinstance(game, PlanGame) else game.users
    return _written(_Graph.of(Agents(known, len(base.utility.levels)), base), share, types)


@dataclass(frozen=True, eq=False)
class _Node:
    """An action: users of one kind, at one of their cost rows, choose a level."""

    kind: int
    row: int
    level: int
    cost: Fraction


@dataclass(frozen=True, eq=False)
class _Graph:
    """The action graph.

    Attributes
    ----------
    population : U and P on counts
    agents : the users with their cost rows
    nodes : the actions, by kind, row and level
    kind_of : of each user
    type_of : the type of U of each kind
    """

    population: PopulationGame
    agents: Agents
    nodes: tuple[_Node, ...]
    kind_of: tuple[int, ...]
    type_of: tuple[int, ...]

    @classmethod
    def of(cls, agents: Agents, base: PaymentGame) -> _Graph:
        utility = base.utility
        numbers: dict[object, int] = {}
        kind_of, first = [], []
        for user, (rows, levels) in enumerate(zip(agents.rows, base.strategies, strict=True)):
            key = (utility.types[user], rows, levels)
            if key not in numbers:
                numbers[key] = len(numbers)
                first.append(user)
            kind_of.append(numbers[key])
        nodes = [
            _Node(kind, row, level, costs[level])
            for kind, user in enumerate(first)
            for row, (_, costs) in enumerate(agents.rows[user])
            for level in base.strategies[user]
        ]
        types = tuple(utility.types[user] for user in first)
        return cls(PopulationGame.of(base), agents, tuple(nodes), tuple(kind_of), types)

    @property
    def counted(self) -> list[tuple[int, int]]:
        """What function nodes count: a type of U, and a level above the lowest that it may be on."""
        lattice = self.population.lattice
        return [(number, level) for number, levels in enumerate(lattice.choices) for level in levels[1:]]


def _written(graph: _Graph, share: Fraction, types: bool) -> Iterator[str]:
    agents, nodes, counted = graph.agents, graph.nodes, graph.counted
    of_row = {
        (kind, row): [k for k, node in enumerate(nodes) if (node.kind, node.row) == (kind, row)]
        for kind, row in {(node.kind, node.row) for node in nodes}
    }
    sets = [
        [of_row[kind, row] for row in range(len(rows))] for kind, rows in zip(graph.kind_of, agents.rows, strict=True)
    ]
    yield f"#{'BAGG' if types else 'AGG'}\n{len(sets)}\n{len(nodes)}\n{len(counted)}\n"
    if types:
        yield _lines([[len(own) for own in sets]])
        yield "".join(f"{' '.join(map(str, own))}\n" for own in agents.chances)
    yield _lines([[len(actions) for actions in own] for own in sets])
    yield _lines([actions for own in sets for actions in own])
    yield from _action_graph(graph)
    yield f"{' '.join('0' for _ in counted)}\n"  # all of them sums
    for node in nodes:
        yield from _payoffs(graph, node, share)


def _lines(rows: Sequence[Sequence[int]]) -> str:
    return "".join(f"{' '.join(map(str, row))}\n" for row in rows)


def _action_graph(graph: _Graph) -> Iterator[str]:
    """Each node with those that it looks at: how many, and their numbers; functions are numbered after actions."""
    nodes, counted = graph.nodes, graph.counted
    functions = [len(nodes) + number for number in range(len(counted))]
    yield _lines([[len(functions), *functions]] * len(nodes))
    for number, level in counted:
        looked_at = [k for k, one in enumerate(nodes) if (graph.type_of[one.kind], one.level) == (number, level)]
        yield _lines([[len(looked_at), *looked_at]])


def _payoffs(graph: _Graph, node: _Node, share: Fraction) -> Iterator[str]:
    """What choosing an action pays at each state of the counts in which somebody of its type is on its level."""
    population, lattice = graph.population, graph.population.lattice
    here, below = _states(population, graph.type_of[node.kind], node.level)
    factor: Any
    factor, cost = (share, node.cost) if population.exact else (float(share), float(node.cost))
    yield f"1\n{len(here)}\n"
    for begin in range(0, len(here), _LINES):
        states, left = here[begin : begin + _LINES], below[begin : begin + _LINES]
        rows = population.rows(states)
        columns = np.stack([lattice.axes[which][rows[which], level] for which, level in graph.counted], axis=1)
        payoffs = factor * (population.potential.numbers(states) - population.potential.numbers(left)) - cost
        pairs = zip(columns.tolist(), payoffs.tolist(), strict=True)
        yield "".join(f"[ {' '.join(map(str, counts))} ] {payoff}\n" for counts, payoff in pairs)


def _states(population: PopulationGame, number: int, level: int) -> tuple[IntArray, IntArray]:
    """The states where a user of a type is on a level, and those without that user; P falls by the user's φ."""
    lattice: Lattice = population.lattice
    states = np.arange(lattice.size)
    row = population.rows(states)[number]
    there = lattice.axes[number][row, level] > 0
    states, row = states[there], row[there]
    return states, states + (lattice.moved(number, level, 0)[row] - row) * lattice.strides[number]
