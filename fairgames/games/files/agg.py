"""``.agg`` and ``.bagg``: Gambit's action-graph games, read as Gambit reads them.

Words and numbers in a fixed order, comments from ``#`` to the end of a line; see
:mod:`fairgames.games.files.action_graph` for what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.games.files.action_graph import ActionGraph, Combined, View
from fairgames.games.files.contents import GameFile
from fairgames.games.files.numbers import NUMBER, rational
from fairgames.reading.scanner import Scanner
from fairgames.text import how_many

#: Configurations of a payoff table that are listed without their counts.
_MOST_CONFIGURATIONS = 2_000_000
_WORD = re.compile(r"[\[\]]|[^\s\[\]#][^\s\[\]]*+", re.ASCII)
_COMMENT = re.compile(r"#[^\n]*+\n?", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,9}", re.ASCII)


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
                joined.append(Combined.of(0, 0))
                continue
            function, reached = functions[other - n_actions], behind[other - n_actions]
            for action in range(n_actions):
                contributions[action, place] = function.of([action] * reached.get(action, 0))
            joined.append(Combined.of(function.kind, function.default))
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
