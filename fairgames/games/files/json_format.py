"""JSON of our own: all of a game, its equilibria with their certificates, and where it comes from.

One object with ``"format": "fairgames-game"`` and a version. ``payoffs`` has one row a profile,
in lexicographic order (the last player's strategy changes fastest), with one payoff a player:
numbers, or strings "p/q" where ``exact``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.certificate import Equilibrium
from fairgames.games.files.contents import MOST_PLAYERS, GameFile, with_payoffs_as
from fairgames.games.files.numbers import blocks_of, rational, texts
from fairgames.games.normal_form import NormalFormGame
from fairgames.reading.beside import not_utf8, reason
from fairgames.reading.foreign import what_it_is
from fairgames.reading.notation import show
from fairgames.reading.scanner import file_size
from fairgames.text import how_many
from fairgames.typing import Array, MixedProfile

FORMAT = "fairgames-game"
VERSION = 1

_KEYS = {
    "format": str,
    "version": int,
    "title": str,
    "players": list,
    "strategies": list,
    "exact": bool,
    "rounding": float,
    "provenance": dict,
    "equilibria": list,
    "payoffs": list,
}
_OPTIONAL = {"rounding", "provenance", "equilibria"}
#: Bytes held for each byte of the file: its text, numbers as objects in lists, and their array.
_EXPANSION = 12
_SUM_TOLERANCE = 1e-9


def blocks(
    game: NormalFormGame, equilibria: Sequence[Equilibrium] = (), provenance: Mapping[str, object] | None = None
) -> Iterator[str]:
    """The game as the text of a ``.json`` file, in blocks."""
    from fairgames.version import __version__

    created = datetime.now(UTC).isoformat(timespec="seconds")
    head = {
        "format": FORMAT,
        "version": VERSION,
        "title": game.title,
        "players": game.players,
        "strategies": game.strategies,
        "exact": game.exact,
        "rounding": float(game.rounding),
        "provenance": {"fairgames": __version__, "created": created, **(provenance or {})},
        "equilibria": [_equilibrium(equilibrium) for equilibrium in equilibria],
    }
    for key, value in head.items():
        yield f"{'{' if key == 'format' else ' '}{json.dumps(key)}: {json.dumps(value, allow_nan=False)},\n"
    yield ' "payoffs": [\n'
    yield from _rows(game)
    yield "\n]}\n"


def read(path: Path, exact: bool | None = None) -> GameFile:
    """The game of a ``.json`` file of this format.

    Parameters
    ----------
    exact : rational payoffs, or floats; by default as the file has them

    Raises
    ------
    InputError
        Naming the line of a fault in the JSON, and the key of a fault in what it says.
    TooLargeError
        Before reading, if the file cannot be held in memory.
    """
    memory.require(_EXPANSION * file_size(path), f"reading {path}", "Export the game as .nfg instead.")
    return _Message(path, _loaded(path)).read(exact)


def _rows(game: NormalFormGame) -> Iterator[str]:
    n, mark = game.n_players, '"' if game.exact else ""
    separator, between = f"{mark}, {mark}", ""
    for block in blocks_of(game.payoffs, n):
        lines = [f"  [{mark}{separator.join(row)}{mark}]" for row in texts(block)]
        yield between + ",\n".join(lines)
        between = ",\n"


def _equilibrium(equilibrium: Equilibrium) -> dict[str, object]:
    def plain(values: Iterable[Any]) -> list[object]:
        return [str(Fraction(value)) if equilibrium.exact else float(value) for value in values]

    return {
        "strategies": [plain(vector) for vector in equilibrium.strategies],
        "payoffs": plain(equilibrium.payoffs),
        "regret": plain([equilibrium.regret])[0],
        "regret_bound": float(equilibrium.regret_bound),
        "exact": equilibrium.exact,
    }


def _loaded(path: Path) -> Any:
    def constant(name: str) -> NoReturn:
        raise InputError(f"{path}: got {name}, expected finite numbers")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InputError(f"{path}: the key {show(twice)} stands twice in one object, expected once")
        return found

    data = b""
    try:
        data = path.read_bytes()
        if known := what_it_is(data):
            raise InputError(f"{path}: line 1: {known}, expected a .json file in UTF-8")
        return json.loads(data.decode("utf-8-sig"), parse_constant=constant, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {error.lineno}: not JSON ({error.msg})") from None
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise InputError(f"{path}: {not_utf8(line, error)}") from None
    except RecursionError:
        raise InputError(f"{path}: lists are nested too deeply, expected rows of payoffs") from None
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(f"{path}: not JSON that can be read ({error})") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a .json file") from None


class _Message:
    """The object of a file, read key by key."""

    def __init__(self, path: Path, message: object) -> None:
        self._path = path
        if not isinstance(message, dict) or message.get("format") != FORMAT:
            self._fail(f'expected an object with "format": "{FORMAT}"')
        version = message.get("version")
        if version != VERSION or isinstance(version, bool):
            self._fail(f"version: got {show(version)}, expected {VERSION}; a newer fairgames may read it")
        self._message: dict[str, Any] = message
        self._check_keys()

    def read(self, exact: bool | None) -> GameFile:
        message = self._message
        players = self._names(message["players"], "players")
        strategies = tuple(
            self._names(names, f"strategies[{index}]") for index, names in enumerate(message["strategies"])
        )
        shape = tuple(map(len, strategies))
        if len(players) != len(strategies):
            self._fail(f"strategies: got {len(strategies)} lists, expected {len(players)}, one for each player")
        if not 0 < len(players) <= MOST_PLAYERS or 0 in shape:
            self._fail(f"players: expected 1 to {MOST_PLAYERS}, with one strategy or more each")
        payoffs = self._payoffs(shape, len(players))
        rounding = _float(message.get("rounding", 0.0))
        if not 0 <= rounding < math.inf:
            self._fail(f"rounding: got {rounding}, expected a finite number ≥ 0")
        game = NormalFormGame(payoffs, players, strategies, message["title"], rounding)
        profiles = tuple(
            self._profile(entry, f"equilibria[{index}]", shape)
            for index, entry in enumerate(message.get("equilibria", []))
        )
        return GameFile(with_payoffs_as(game, exact), profiles, message.get("provenance", {}))

    def _check_keys(self) -> None:
        for key, value in self._message.items():
            if key not in _KEYS:
                self._fail(f"got the unknown key {show(key)}, expected {', '.join(_KEYS)}")
            kinds = (int, float) if _KEYS[key] is float else _KEYS[key]
            if not isinstance(value, kinds) or (isinstance(value, bool) and _KEYS[key] is not bool):
                self._fail(f"{key}: got {show(value)}, expected {_KEYS[key].__name__}")
        if missing := [key for key in _KEYS if key not in self._message and key not in _OPTIONAL]:
            self._fail(f"the key {missing[0]} is missing")

    def _payoffs(self, shape: Sequence[int], n: int) -> Array:
        rows, exact, count = self._message["payoffs"], self._message["exact"], math.prod(shape)
        if len(rows) != count:
            self._fail(f"payoffs: got {len(rows):,} rows, expected {how_many(count)}, one for each profile")
        for index, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != n:
                self._fail(f"payoffs[{index}]: got {show(row)}, expected a list of {n} numbers")
        flat = self._numbers(
            [value for row in rows for value in row], exact, lambda at: f"payoffs[{at // n}][{at % n}]"
        )
        return flat.reshape(*shape, n)

    def _profile(self, entry: object, where: str, shape: Sequence[int]) -> MixedProfile:
        if not isinstance(entry, dict) or not isinstance(entry.get("strategies"), list):
            self._fail(f"{where}: got {show(entry)}, expected an object with strategies")
        rows, exact = entry["strategies"], entry.get("exact") is True
        sizes = [len(row) if isinstance(row, list) else -1 for row in rows]
        if sizes != list(shape):
            self._fail(f"{where}: strategies have lengths {sizes}, expected {list(shape)}")
        vectors = []
        for player, row in enumerate(rows):
            place = f"{where}.strategies[{player}]"
            vector = self._numbers(row, exact, lambda at, place=place: f"{place}[{at}]")
            if vector.min() < 0 or abs(vector.sum() - 1) > (0 if exact else _SUM_TOLERANCE):
                self._fail(f"{place}: got {show(row)}, expected numbers ≥ 0 that sum to 1")
            vectors.append(vector)
        return tuple(vectors)

    def _numbers(self, values: list[Any], exact: bool, where: Any) -> Array:
        kinds = (str, int) if exact else (int, float)
        for index, value in enumerate(values):
            if not isinstance(value, kinds) or isinstance(value, bool):
                expected = 'a string "p/q" or an integer, as the game is exact' if exact else "a number"
                self._fail(f"{where(index)}: got {show(value)}, expected {expected}")
        found = [rational(value) for value in values] if exact else [_float(value) for value in values]
        wrong = [index for index, value in enumerate(found) if value is None or value in (math.inf, -math.inf)]
        if wrong:
            self._fail(f"{where(wrong[0])}: got {show(values[wrong[0]])}, expected a finite number")
        return object_array(found) if exact else np.array(found, dtype=float)

    def _names(self, names: object, where: str) -> tuple[str, ...]:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._fail(f"{where}: got {show(names)}, expected a list of names")
        return tuple(names)

    def _fail(self, what: str) -> NoReturn:
        raise InputError(f"{self._path}: {what}")


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
