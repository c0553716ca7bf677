"""Game files as Gambit, QuantEcon and this library write them, and what may be in their place."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from random import Random

from tests.fuzz import hostile


def game_file(rng: Random) -> tuple[str, bytes]:
    """The name and content of a .nfg, .gbt, .gam or .json file of two or three players."""
    shape = tuple(rng.randint(1, 3) for _ in range(rng.choice((1, 2, 2, 3))))
    suffix = rng.choice(("nfg", "nfg", "gbt", "gam", "json"))
    content = {"nfg": _nfg, "gbt": _gbt, "gam": _gam, "json": _json}[suffix](rng, shape)
    data = content.encode(errors="surrogatepass")
    return f"game.{suffix}", hostile.damaged(rng, data) if rng.random() < 0.4 else data


def _payoff(rng: Random) -> str:
    return hostile.number(rng) if rng.random() < 0.1 else str(Fraction(rng.randint(-9, 9), rng.randint(1, 4)))


def _name(rng: Random) -> str:
    return rng.choice(hostile.TEXTS) if rng.random() < 0.15 else rng.choice(("a", "b", "row", "1"))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _nfg(rng: Random, shape: tuple[int, ...]) -> str:
    players = " ".join(_quoted(_name(rng)) for _ in shape)
    head = f"NFG 1 {rng.choice('RRRD')} {_quoted(_name(rng))} {{ {players} }}"
    if rng.random() < 0.5:
        strategies = " ".join(str(m) for m in shape)
        if rng.random() < 0.1:
            strategies = rng.choice(("200000 " * 2, "0 0", "-1 2", "1 " * 200_000, "99999999999999999999 2"))
        numbers = " ".join(_payoff(rng) for _ in range(len(shape) * _size(shape)))
        return f"{head} {{ {strategies} }}\n\n{numbers}\n"
    strategies = "\n".join("{ " + " ".join(_quoted(_name(rng)) for _ in range(m)) + " }" for m in shape)
    outcomes = "\n".join(
        f"{{ {_quoted(_name(rng))} {', '.join(_payoff(rng) for _ in shape)} }}" for _ in range(_size(shape))
    )
    places = " ".join(str(k + 1 if rng.random() < 0.97 else rng.choice((0, -1, 10**9))) for k in range(_size(shape)))
    return f'{head}\n{{ {strategies}\n}}\n""\n\n{{\n{outcomes}\n}}\n{places}\n'


def _size(shape: tuple[int, ...]) -> int:
    return len(list(product(*map(range, shape))))


def _gbt(rng: Random, shape: tuple[int, ...]) -> str:
    profile = ",".join(_probability(rng) for m in shape for _ in range(m))
    listed = f'<analysis type="list"><description>x</description><profile type="mixed">{profile}</profile></analysis>'
    entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' if rng.random() < 0.05 else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{entity}<gambit:document xmlns:gambit="http://gambit.sourceforge.net/" '
        f'version="0.1"><game><nfgfile>{_nfg(rng, shape)}</nfgfile>{listed if rng.random() < 0.7 else ""}</game>'
        "</gambit:document>"
    )


def _probability(rng: Random) -> str:
    return hostile.number(rng) if rng.random() < 0.1 else rng.choice(("0", "1", "1/2", "0.5"))


def _gam(rng: Random, shape: tuple[int, ...]) -> str:
    numbers = " ".join(_payoff(rng) for _ in range(len(shape) * _size(shape)))
    return f"{len(shape) if rng.random() < 0.95 else hostile.number(rng)}\n{' '.join(map(str, shape))}\n\n{numbers}\n"


def _json(rng: Random, shape: tuple[int, ...]) -> str:
    """By the library's own writer, so that its version and keys are those of today; then some values exchanged."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import numpy as np

    from fairgames import NormalFormGame
    from fairgames.exact import object_array
    from fairgames.games import files

    flat = object_array(Fraction(rng.randint(-9, 9), 3) for _ in range(len(shape) * _size(shape)))
    names = tuple(f"p{k}" for k in range(len(shape)))
    strategies = tuple(tuple(f"s{j}" for j in range(m)) for m in shape)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "game.json"
        game = NormalFormGame(np.asarray(flat).reshape(*shape, len(shape)), names, strategies, "game", 0.0)
        files.write(game, path)
        held = json.loads(path.read_text(encoding="utf-8"))
    for _ in range(rng.choice((0, 1, 2))):
        holder = held
        while isinstance(holder, dict | list) and holder:
            key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if not isinstance(holder[key], dict | list) or rng.random() < 0.3:
                holder[key] = hostile.value(rng)
                break
            holder = holder[key]
    return json.dumps(held)
