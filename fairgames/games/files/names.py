"""The map from the labels in a Gambit file back to the names of the game.

Gambit sees labels (:func:`fairgames.games.labels.shown_first`). What they stand for is kept in the
file's comment as JSON in which quotation marks are apostrophes and whatever would trouble
Gambit, XML or a shell is percent-encoded, behind a mark::

    Written by fairgames. fairgames-names:1 {'exact':true,'players':{'Klinik Koln':'Klinik K%5Cu00f6ln'}}

Names that are their own labels are left out. Going by labels rather than by positions, the map
outlives renaming and reordering in Gambit.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fairgames.games.labels import safe_labels, shown_first
from fairgames.games.normal_form import MOST_DECIMALS, NormalFormGame

_MARK = re.compile(r"fairgames-names:(\d+)\s+(\{.*\})")
_VERSION = 1
_KEYS = {"exact": bool, "rounding": float, "decimals": int, "title": dict, "players": dict, "strategies": dict}
#: Beyond this a title is cut in Gambit's windows.
_TITLE_LIMIT = 100

_ENCODED = str.maketrans({'"': "'"} | {sign: f"%{ord(sign):02X}" for sign in "'%\\&<>`"})
_CODE = re.compile(r"%([0-9A-F]{2})")


@dataclass(frozen=True)
class LabelMap:
    """Title, players and strategies as a file spells them, or as the game does.

    ``exact``, ``rounding`` and ``decimals`` are those of the game; None, 0 and None in a file of another program.
    """

    title: str
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    exact: bool | None = None
    rounding: float = 0.0
    decimals: int | None = None


def labels_of(game: NormalFormGame, windows: bool = False) -> LabelMap:
    """The labels of the game and its parts in a Gambit file; for Gambit's ``windows`` such that what differs shows."""
    title = safe_labels((game.title,), _TITLE_LIMIT)[0]
    if windows:
        whole = tuple(shown_first(names, whole=True) for names in game.strategies)
        return LabelMap(title, shown_first(game.players), whole)
    return LabelMap(title, safe_labels(game.players), tuple(map(safe_labels, game.strategies)))


def comment_of(game: NormalFormGame, labels: LabelMap) -> str:
    """The comment from which :func:`restored` makes the names again; safe wherever labels are.

    >>> game = NormalFormGame.from_arrays([1, 2], title="a & b")
    >>> comment_of(game, labels_of(game))
    "Written by fairgames. fairgames-names:1 {'exact':false,'rounding':0.0,'title':{'a _ b':'a %26 b'}}"
    """
    kept: dict[str, Any] = {"exact": game.exact, "rounding": float(game.rounding)}
    if game.decimals is not None:
        kept["decimals"] = game.decimals
    kept["title"] = _differing((labels.title,), (game.title,))
    kept["players"] = _differing(labels.players, game.players)
    rows = zip(labels.players, labels.strategies, game.strategies, strict=True)
    kept["strategies"] = {player: found for player, own, names in rows if (found := _differing(own, names))}
    text = json.dumps({key: value for key, value in kept.items() if value != {}}, separators=(",", ":"))
    # 16.7 reads several spaces as one.
    encoded = re.sub("(?<= ) ", "%20", text.translate(_ENCODED))
    return f"Written by fairgames. fairgames-names:{_VERSION} {encoded}"


def restored(comment: str, labels: LabelMap) -> LabelMap:
    """The names of the game; labels that the comment does not know stay as they are.

    Raises
    ------
    ValueError
        If the comment has a map that cannot be read.

    >>> file = LabelMap("a _ b", ("player-1",), (("0", "1"),))
    >>> restored("Written by fairgames. fairgames-names:1 {'title':{'a _ b':'a %26 b'}}", file).title
    'a & b'
    """
    found = _MARK.search(comment)
    if found is None:
        return labels
    if int(found[1][:9]) != _VERSION:
        raise ValueError(f"they are of version {found[1][:9]}, and this fairgames reads {_VERSION}")
    kept = json.loads(_CODE.sub(lambda code: chr(int(code[1], 16)), found[2].replace("'", '"')))
    _check(kept)
    strategies: dict[str, dict[str, str]] = kept.get("strategies", {})
    return replace(
        labels,
        title=kept.get("title", {}).get(labels.title, labels.title),
        players=_renamed(labels.players, kept.get("players", {})),
        strategies=tuple(
            _renamed(own, strategies.get(player, {}))
            for player, own in zip(labels.players, labels.strategies, strict=True)
        ),
        exact=kept.get("exact"),
        rounding=kept.get("rounding", 0.0),
        decimals=kept.get("decimals"),
    )


def _differing(labels: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    return {label: name for label, name in zip(labels, names, strict=True) if label != name}


def _renamed(labels: Iterable[str], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(label, label) for label in labels)


def _check(kept: dict[str, Any]) -> None:
    for key, value in kept.items():
        if not isinstance(value, _KEYS.get(key, ())):
            raise ValueError(f"{key} is {type(value).__name__}")
    maps = [kept.get("title", {}), kept.get("players", {}), *kept.get("strategies", {}).values()]
    if not all(isinstance(names, dict) and all(isinstance(name, str) for name in names.values()) for names in maps):
        raise ValueError("a name is no text")
    if not 0 <= kept.get("rounding", 0.0) < math.inf:
        raise ValueError("rounding is no finite number ≥ 0")
    if not 0 <= kept.get("decimals", 0) <= MOST_DECIMALS:
        raise ValueError(f"decimals is no whole number from 0 to {MOST_DECIMALS}")
