"""Scenarios: right ones, and some of their values exchanged for hostile ones."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.fuzz import hostile

Document = dict[str, Any]


def document(rng: Random) -> Document:
    """A scenario of two to four rows that is right, and small."""
    kind = rng.choice(("table", "federated-mean", "federated-mean", "linear-laplace"))
    n_levels, rows = rng.choice((2, 2, 3)), rng.randint(2, 3)
    utility: Document = {"kind": kind}
    if kind == "table":
        utility["values"] = _table(rng, (n_levels,) * rows)
    elif kind == "federated-mean":
        utility |= {"between_user_variance": rng.choice((1, 0.1, 13.03, "1/3"))}
        utility |= {"within_user_variance": rng.choice((10, 65.38, 1, "10/3")), "levels": [0, 1, 2][-n_levels:]}
        utility["levels"][0] = 0
        if rng.random() < 0.2:
            utility["aggregation"] = rng.choice(("equal", "samples"))
        if rng.random() < 0.2:
            utility["minimum_aggregate"] = rng.randint(1, 4)
    else:
        utility["levels"] = [0, 0.5, float("inf")][:n_levels] if rng.random() < 0.5 else [0, 1, 2][:n_levels]
    if rng.random() < 0.3:
        utility |= {"scale": rng.choice((1, 100, 0.5, "1/7")), "currency": rng.choice(("EUR", "USD"))}
    found: Document = {"utility": utility}
    if rng.random() < 0.3:
        found["payment"] = {"rule": rng.choice(("users", "coalition"))}
    found["users"] = [user(rng, index, n_levels, kind) for index in range(rows)]
    return found


def user(rng: Random, index: int, n_levels: int, kind: str) -> Document:
    costs = sorted(rng.randint(0, 20) / 40 for _ in range(n_levels - 1))
    row: Document = {"name": f"user {index}", "sensitivity": [0, *costs]}
    if kind == "federated-mean":
        row["samples"] = rng.choice((1, 5, 30, 100))
        if rng.random() < 0.2:
            row["importance"] = rng.choice((1, 3.5, 100))
        if rng.random() < 0.2:
            row["count"] = rng.randint(1, 3)
    if rng.random() < 0.5:
        row["level"] = rng.randrange(n_levels)
    return row


def _table(rng: Random, shape: tuple[int, ...]) -> Any:
    def entries(axes: tuple[int, ...], base: int) -> Any:
        if not axes:
            return rng.choice((base, f"{base}/3", base / 4)) if base else 0
        return [entries(axes[1:], base + level) for level in range(axes[0])]

    return entries(shape, 0)


def mutate(rng: Random, found: Document) -> None:
    """Exchange, drop, double or add something somewhere."""
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        holder = _somewhere(rng, found)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        way = rng.randrange(8)
        if not keys or way == 0:
            _add(rng, holder)
        elif way == 1:
            del holder[rng.choice(keys)]
        elif way == 2 and isinstance(holder, list):
            holder.extend([holder[rng.choice(keys)]] * rng.choice((1, 2, 60)))
        elif way in (3, 4) and (known := [key for key in keys if key in _MEANT]):
            key = rng.choice(known)
            holder[key] = rng.choice(_MEANT[key])
        else:
            holder[rng.choice(keys)] = hostile.number(rng) if rng.random() < 0.6 else hostile.value(rng)


#: What is near the border of what a key may hold.
_MEANT: dict[Any, tuple[Any, ...]] = {
    "count": (0, 1, 12, 40, 650, 20_000, 10**6, 10**18, -1, 2.5, "3"),
    "samples": (0, 1, 1e300, 1e-300, 10**30, "1/3", -1),
    "levels": (
        [0],
        [0, 1, 2, 3],
        [0, 2],
        [2, 1, 0],
        [1, 2],
        [0, 0],
        [0, 1e-308, 1e308],
        list(range(200)),
        ["0", "inf"],
    ),
    "sensitivity": ([0, 0], [0, 1e-18], [0, 5e-324, 1e308], [0, -1, 1], [1, 2, 3], [0, 0.3, 0.1 * 3], [0] * 40),
    "between_user_variance": (0, 1e-308, 5e-324, 1e155, 1e308, "1/0", "1e-400", -1),
    "within_user_variance": (0, 1e-308, 5e-324, 1e155, 1e308, "nan", "1e400", -1),
    "scale": (0, 5e-324, 1e308, -1, "1/3", 1e-300),
    "importance": (0, 1e308, 5e-324, 1e155, -1, 10**20),
    "level": (0, 1, 2, 7, -1, 0.5, "1"),
    "name": hostile.TEXTS,
    "currency": hostile.TEXTS,
    "kind": ("table", "federated-mean", "linear-laplace", "random-effects", "TABLE", "", 3),
    "rule": ("users", "coalition", "Users", "", 0),
}


def _add(rng: Random, holder: Any) -> None:
    if isinstance(holder, list):
        holder.append(hostile.value(rng))
    else:
        names = ("alpha", "allowed", "file", "count", "importance", "alpha_of_utility", "costs", "importances", "scale")
        holder[rng.choice((*names, *hostile.TEXTS))] = rng.choice((hostile.value(rng), [0, 1], "u.csv"))


def _somewhere(rng: Random, found: Any) -> Any:
    """A table or a list in the document, any depth."""
    holder = found
    while True:
        items = holder.values() if isinstance(holder, dict) else holder
        inner = [one for one in items if isinstance(one, dict | list)]
        if not inner or (holder is not found and rng.random() < 0.35):
            return holder
        holder = rng.choice(inner)


def to_toml(found: Document) -> str:
    """Inline values only: any document, hostile ones included."""
    lines = []
    for key, held in found.items():
        if isinstance(held, dict) and held:
            lines += [f"[{_key(key)}]", *(f"{_key(name)} = {_inline(item)}" for name, item in held.items())]
        elif isinstance(held, list) and held and all(isinstance(one, dict) for one in held):
            for one in held:
                lines += [f"[[{_key(key)}]]", *(f"{_key(name)} = {_inline(item)}" for name, item in one.items())]
        else:
            lines.insert(0, f"{_key(key)} = {_inline(held)}")
    return "\n".join(lines) + "\n"


def _key(key: Any) -> str:
    return key if key.isidentifier() and key.isascii() else _quoted(str(key))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in escaped) + '"'


def _inline(held: Any) -> str:
    if isinstance(held, dict):
        return "{" + ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in held.items()) + "}"
    if isinstance(held, list):
        return "[" + ", ".join(map(_inline, held)) + "]"
    if isinstance(held, bool):
        return str(held).lower()
    return _quoted(held) if isinstance(held, str) else repr(held)
