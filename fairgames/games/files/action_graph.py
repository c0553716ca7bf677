"""``.agg`` and ``.bagg``: Gambit's action-graph games, in which payoffs depend on how many chose what.

Jiang, Leyton-Brown & Bhat, *Action-Graph Games* (Games and Economic Behavior 71, 2011), and Jiang &
Leyton-Brown, *Bayesian Action-Graph Games* (NIPS 2010). Nodes are actions, and functions of counts of
actions; what choosing an action pays depends on the counts at the nodes that it looks at. In a Bayesian
game each player has types with chances; each (player, type) is an agent, and is paid what it may expect
over the types of the others, as Gambit takes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.files.contents import MOST_PLAYERS, GameFile
from fairgames.games.files.numbers import NUMBER, rational
from fairgames.games.files.payoffs import require_memory
from fairgames.games.normal_form import NormalFormGame
from fairgames.reading.scanner import Scanner
from fairgames.text import how_many
from fairgames.typing import Array, IntArray

#: Configurations of a payoff table that are listed without their counts.
_MOST_CONFIGURATIONS = 2_000_000
_WORD = re.compile(r"[\[\]]|[^\s\[\]#][^\s\[\]]*+", re.ASCII)
_COMMENT = re.compile(r"#[^\n]*+\n?", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class _Combined:
    """A function of counts: what one choice contributes, and how contributions are joined, player by player."""

    default: int
    join: Callable[[Any, Any], Any]

    @classmethod
    def of(cls, kind: int, default: int) -> _Combined:
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
                "`fairgames.games.files.action_graph.read_graph` gives single payoffs"
            )
        require_memory((*self.shape, 2), exact)
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
    functions: tuple[_Combined, ...]

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


def read(path: Path, exact: bool | None = None) -> GameFile:
    """The game of an ``.agg`` or ``.bagg`` file, with a payoff for each profile; see :func:`read_graph`."""
    return GameFile(read_graph(path).normal_form(exact is not False))


def read_graph(path: str | Path) -> ActionGraph:
    """The game of an ``.agg`` or ``.bagg`` file; which it is the first line says, ``#AGG`` or ``#BAGG``.

    Numbers are read as they are written, as rationals.

    Raises
    ------
    InputError
        Naming the line and what is wrong there.
    """
    reader = _Reader(Path(path))
    head = reader.head()
    n_players = reader.count("the number of players", least=1)
    n_actions = reader.count("the number of action nodes", least=1)
    n_functions = reader.count("the number of function nodes")
    sets, chances = reader.types(n_players, n_actions) if head == "#BAGG" else reader.players(n_players, n_actions)
    looks = [
        reader.members(n_actions + n_functions, f"the nodes that node {node} looks at")
        for node in range(n_actions + n_functions)
    ]
    functions = [reader.function(n_actions, n_functions) for _ in range(n_functions)]
    views = _views(reader, looks, functions, n_actions)
    choices = [tuple(sorted({action for some in own for action in some})) for own in sets]
    payoffs = tuple(reader.payoffs(node, view, choices) for node, view in enumerate(views))
    reader.end()
    return ActionGraph(
        tuple(some for own in sets for some in own),
        tuple(number for number, own in enumerate(sets) for _ in own),
        tuple(chance for own in chances for chance in own),
        tuple(views),
        payoffs,
        str(path),
    )


@dataclass(frozen=True)
class _Function:
    """A function node: its type, what it is of nobody, and a weight for each action node."""

    kind: int
    default: int
    weights: tuple[int, ...] | None

    def of(self, actions: Sequence[int]) -> int:
        """Of what one player's choice adds: the action nodes that it stands for, ascending, by as many ways."""
        way = self.kind % 10
        told = list(actions) if self.weights is None else [self.weights[action] for action in actions]
        if way in (0, 1):
            total = self.default + (len(told) if self.weights is None else sum(told))
            return total if way == 0 else int(total > 0)
        if not told:
            return self.default
        return max(told) if way == 2 else min(told)


def _views(
    reader: _Reader, looks: Sequence[Sequence[int]], functions: Sequence[_Function], n_actions: int
) -> list[View]:
    behind = _behind(reader, looks, functions, n_actions)
    views = []
    for node in range(n_actions):
        contributions = np.zeros((n_actions, len(looks[node])), dtype=np.int64)
        joined = []
        for place, other in enumerate(looks[node]):
            if other < n_actions:
                contributions[other, place] = 1
                joined.append(_Combined.of(0, 0))
                continue
            function, reached = functions[other - n_actions], behind[other - n_actions]
            for action in range(n_actions):
                contributions[action, place] = function.of([action] * reached.get(action, 0))
            joined.append(_Combined.of(function.kind, function.default))
        views.append(View(contributions, tuple(joined)))
    return views


def _behind(
    reader: _Reader, looks: Sequence[Sequence[int]], functions: Sequence[_Function], n_actions: int
) -> list[dict[int, int]]:
    """The action nodes behind each function node, and by how many ways."""
    known: dict[int, dict[int, int]] = {}

    def reached(node: int, path: tuple[int, ...]) -> dict[int, int]:
        if node in path or len(path) > 200:
            reader.fail(f"function node {node} looks at itself, expected no circle")
        if node not in known:
            ways: dict[int, int] = {}
            for other in looks[node]:
                if other < n_actions:
                    ways[other] = ways.get(other, 0) + 1
                    continue
                if functions[other - n_actions] != functions[node - n_actions]:
                    reader.fail(f"function node {node} looks at node {other} of another type, expected the same")
                for action, times in reached(other, (*path, node)).items():
                    ways[action] = ways.get(action, 0) + times
            known[node] = ways
        return known[node]

    return [reached(n_actions + number, ()) for number in range(len(functions))]


class _Reader:
    """Words of a file, without comments."""

    def __init__(self, path: Path) -> None:
        self._scanner = Scanner.of_file(path)
        self._path = path

    def fail(self, what: str) -> Any:
        self._scanner.fail(what)

    def head(self) -> str:
        """``#AGG`` or ``#BAGG``."""
        found = self._scanner.take(_COMMENT)
        head = found[0].strip() if found else ""
        if head not in ("#AGG", "#BAGG"):
            self.fail(f"got {head[:40]!r}, expected #AGG or #BAGG on the first line")
        return head

    def word(self, what: str) -> str:
        while self._scanner.peek() == "#":
            self._scanner.take(_COMMENT)
        found = self._scanner.take(_WORD)
        if found is None:
            self.fail(f"got {self._scanner.next()}, expected {what}")
        assert found is not None
        return found[0]

    def end(self) -> None:
        while self._scanner.peek() == "#":
            self._scanner.take(_COMMENT)
        if self._scanner.peek():
            self.fail(f"got {self._scanner.next()}, expected the end of the file")

    def integer(self, what: str) -> int:
        word = self.word(what)
        if not _INTEGER.fullmatch(word):
            self.fail(f"got {word[:40]!r}, expected {what}")
        return int(word)

    def count(self, what: str, least: int = 0) -> int:
        """A number of things to come, of which each takes two bytes at least."""
        found = self.integer(what)
        if not least <= found <= self._scanner.left:
            self.fail(f"got {how_many(found)}, expected {what}, ≥ {least}, and the file to hold them")
        return found

    def number(self, what: str) -> Fraction:
        word = self.word(what)
        value = rational(word) if NUMBER.fullmatch(word) else None
        if value is None:
            self.fail(f"got {word[:40]!r}, expected {what}")
        assert value is not None
        return value

    def members(self, n: int, what: str) -> list[int]:
        """A list of nodes after its length."""
        return self.nodes(self.count(f"how many {what}"), n, what)

    def nodes(self, size: int, n: int, what: str) -> list[int]:
        found = [self.integer(what) for _ in range(size)]
        for node in found:
            if not 0 <= node < n:
                self.fail(f"got node {node}, expected {what}, from 0 to {n - 1}")
        return found

    def actions(self, size: int, n: int, what: str) -> tuple[int, ...]:
        found = self.nodes(size, n, what)
        if not found or found != sorted(set(found)):
            self.fail(f"got {found[:20]}, expected {what}, ascending, at least one")
        return tuple(found)

    def players(self, n: int, n_actions: int) -> tuple[list[list[tuple[int, ...]]], list[list[Fraction]]]:
        """The actions of each player, who has one type."""
        sizes = [self.count(f"how many actions player {k + 1} has", 1) for k in range(n)]
        sets = [[self.actions(size, n_actions, f"the actions of player {k + 1}")] for k, size in enumerate(sizes)]
        return sets, [[Fraction(1)]] * n

    def types(self, n: int, n_actions: int) -> tuple[list[list[tuple[int, ...]]], list[list[Fraction]]]:
        """The actions of each player at each of its types, and the chances of those."""
        n_types = [self.count(f"how many types player {k + 1} has", 1) for k in range(n)]
        chances = [[self.number(f"a chance of player {k + 1}") for _ in range(n_types[k])] for k in range(n)]
        for k, own in enumerate(chances):
            if min(own) < 0 or abs(sum(own, start=Fraction(-1))) > Fraction(1, 10**6):
                self.fail(f"the chances of player {k + 1} are {[float(p) for p in own]}, expected to sum to 1")
        sizes = [[self.count(f"how many actions player {k + 1} has", 1) for _ in range(n_types[k])] for k in range(n)]
        sets = [
            [self.actions(size, n_actions, f"the actions of player {k + 1}") for size in own]
            for k, own in enumerate(sizes)
        ]
        return sets, chances

    def function(self, n_actions: int, n_functions: int) -> _Function:
        kind = self.integer("the type of a function node")
        if kind not in (0, 1, 2, 3, 10, 11, 12, 13):
            self.fail(f"got {kind}, expected the type of a function node: 0 to 3, or 10 to 13")
        if kind < 10:
            return _Function(kind, 0 if kind < 2 else n_actions + n_functions, None)
        default = self.integer("what a function is of nobody")
        self._sign("[")
        weights = tuple(self.integer("the weight of an action node") for _ in range(n_actions))
        self._sign("]")
        if kind == 11 and min(default, *weights) < 0:
            self.fail("a function of type 11 has a negative weight, expected none")
        return _Function(kind, default, weights)

    def payoffs(self, node: int, view: View, choices: Sequence[Sequence[int]]) -> dict[tuple[int, ...], Fraction]:
        """What choosing a node pays, by counts."""
        kind = self.integer(f"the form of the payoffs of action node {node}")
        if kind == 0:
            return {seen: self.number(f"a payoff of action node {node}") for seen in self._listed(node, view, choices)}
        if kind != 1:
            self.fail(f"got {kind}, expected the form of payoffs of action node {node}, 0 or 1")
        found = {}
        for _ in range(self.count(f"how many payoffs action node {node} has")):
            self._sign("[")
            seen = tuple(self.integer("a count") for _ in view.functions)
            self._sign("]")
            found[seen] = self.number(f"a payoff of action node {node}")
        return found

    def _listed(self, node: int, view: View, choices: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
        """All counts that may be seen from a node, in lexicographical order."""
        seen: set[tuple[int, ...]] = set()
        done = set()
        for k, own in enumerate(choices):
            if node in own and own not in done:
                done.add(own)
                seen |= view.possible([*choices[:k], *choices[k + 1 :]], node)
        return iter(sorted(seen))

    def _sign(self, sign: str) -> None:
        if (word := self.word(repr(sign))) != sign:
            self.fail(f"got {word[:40]!r}, expected {sign!r}")
