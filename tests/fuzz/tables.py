"""Files beside a scenario: users and tables as CSV, arrays as npy, and samples to fit."""

from __future__ import annotations

import csv
import io
from random import Random
from typing import Any

import numpy as np

from tests.fuzz import hostile
from tests.fuzz.scenarios import document

Rows = list[list[str]]


def users(rng: Random) -> tuple[dict[str, Any], bytes]:
    """A scenario whose users stand in ``users.csv``, and that file."""
    found = document(rng)
    while found["utility"]["kind"] == "table":
        found = document(rng)
    n_levels = len(found["utility"]["levels"])
    header = ["name", *(["samples"] if found["utility"]["kind"] == "federated-mean" else [])]
    header += [f"sensitivity_{level}" for level in range(n_levels)]
    rows = [header]
    for index in range(rng.randint(1, 4)):
        samples = ["30"] if "samples" in header else []
        rows.append([f"u{index}", *samples, "0", *(str(rng.randint(1, 9) / 20 * (k + 1)) for k in range(n_levels - 1))])
    found["users"] = "users.csv"
    return found, rows_with_faults(rng, rows, ("name", "samples", "importance", "level", "allowed", "count", "x"))


def table(rng: Random) -> tuple[dict[str, Any], bytes]:
    """A scenario whose utility stands in ``u.csv``."""
    found, shape = _of_table(rng, "u.csv")
    header = [f"user {index}" for index in range(len(shape))] + ["utility"]
    rows = [header] + [[*map(str, place), f"{sum(place)}/2"] for place in np.ndindex(*shape)]
    if rng.random() < 0.3:
        rng.shuffle(rows)
    return found, rows_with_faults(rng, rows, ("utility", "user 0", "=1"))


def npy(rng: Random) -> tuple[dict[str, Any], bytes]:
    """A scenario whose utility stands in ``u.npy``."""
    found, shape = _of_table(rng, "u.npy")
    values = np.indices(shape).sum(axis=0) / rng.choice((1, 3, 7))
    kind = rng.choice(("<f8", "<f8", "<f8", ">f8", "<f4", "<f2", "<i8", "<u1", "<c16", "g", "?", "<U3", "<M8[s]", "V4"))
    if kind in ("<U3", "V4", "<M8[s]"):
        array = values.astype("i8").astype("<U3" if kind == "V4" else kind)
    else:
        array = values.astype(kind)
    if array.dtype.kind == "f" and rng.random() < 0.5:
        with np.errstate(over="ignore"):
            array[(rng.randrange(2),) * len(shape)] = float(
                rng.choice(("nan", "inf", "-inf", "1e308", "5e-324", "1e-308", "-1", "1e155"))
            )
    if rng.random() < 0.2:
        array = rng.choice((array.T, array[..., :1], array.ravel(), np.asfortranarray(array), array[None], array[:0]))
    target = io.BytesIO()
    np.save(target, array, allow_pickle=False)
    content = target.getvalue()
    if rng.random() < 0.15:
        content = content.replace(array.dtype.descr[0][1].encode(), rng.choice((b"|O", b"<f9", b"<f8'), (")), 1)
    return found, hostile.damaged(rng, content) if rng.random() < 0.25 else content


def _of_table(rng: Random, name: str) -> tuple[dict[str, Any], tuple[int, ...]]:
    shape = tuple(rng.choice((2, 2, 3)) for _ in range(rng.randint(1, 3)))
    rows = [{"name": f"u{k}", "sensitivity": [0, *(0.1 * (j + 1) for j in range(m - 1))]} for k, m in enumerate(shape)]
    return {"utility": {"kind": "table", "file": name}, "users": rows}, shape


def samples(rng: Random) -> bytes:
    """One row a sample of up to five holders, for ``fit``."""
    rows = [["holder", "value"]]
    for holder in range(rng.randint(1, 5)):
        rows += [[f"h{holder}", str(round(rng.gauss(holder, 2), 3))] for _ in range(rng.randint(1, 5))]
    return rows_with_faults(rng, rows, ("holder", "value", "extra"))


def rows_with_faults(rng: Random, rows: Rows, columns: tuple[str, ...]) -> bytes:
    """As CSV, after some cells, lines or columns were exchanged; sometimes with other dialects, encodings, damage."""
    for _ in range(rng.choice((0, 1, 1, 2))):
        row = rng.choice(rows)
        way = rng.randrange(6)
        if way == 0 and len(rows) > 1:
            rows.remove(row)
        elif way == 1:
            rows.insert(rng.randrange(len(rows) + 1), list(row))
        elif way == 2 and row:
            row.pop(rng.randrange(len(row)))
        elif way == 3:
            row.append(rng.choice((*columns, *hostile.TEXTS)))
        elif row:
            row[rng.randrange(len(row))] = rng.choice((hostile.number(rng), rng.choice(hostile.TEXTS), *columns))
    target = io.StringIO(newline="")
    end = rng.choice(("\n", "\n", "\n", "\r\n", "\r"))
    csv.writer(target, delimiter=rng.choice(",,,,,,;\t"), lineterminator=end).writerows(rows)
    content = target.getvalue().encode(rng.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16")))
    return hostile.damaged(rng, content) if rng.random() < 0.25 else content
