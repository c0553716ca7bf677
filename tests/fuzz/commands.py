"""Inputs for the commands that take more than one scenario, or another file beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.fuzz import games, hostile, scenarios
from tests.fuzz.case import Case
from tests.fuzz.tables import rows_with_faults

Files = tuple[tuple[str, bytes], ...]
_SHARES = ("0", "1", "1/2", "0.3", "1e-308", "1/3")
_RULES = ("users", "coalition", "banzhaf", "proportional", "equal-split", "leave-one-out", "nucleolus", "per-record")


def other_command(rng: Random, kind: str) -> Case:
    """One of them, with files of which some are hostile."""
    made = rng.choices(list(_MADE), weights=list(_MADE.values()))[0]
    arguments, files = made(rng)
    some = [*arguments]
    some += (
        ["--rule", rng.choice(_RULES)]
        if rng.random() < 0.15 and arguments[0] not in ("evaluations", "crosscheck")
        else []
    )
    some += ["--json"] if rng.random() < 0.5 else []
    return Case(kind, tuple(some), files)


def _share(rng: Random) -> str:
    return rng.choice(_SHARES) if rng.random() < 0.8 else hostile.number(rng)


def _scenario(rng: Random) -> tuple[scenarios.Document, bytes]:
    """Mostly right: what comes after the reading is to be reached."""
    found = scenarios.document(rng)
    if rng.random() < 0.2:
        _keep_costs_private(rng, found)
    elif rng.random() < 0.15:
        found["groups"] = [{"name": rng.choice(("both", *hostile.TEXTS)), "members": ["user 0", "user 1"]}]
    if rng.random() < 0.3:
        scenarios.mutate(rng, found)
    if rng.random() < 0.3 and isinstance(users := found.get("users"), list) and users and isinstance(users[0], dict):
        users[0]["name"] = rng.choice(hostile.TEXTS)
    return found, scenarios.to_toml(found).encode(errors="replace")


def _keep_costs_private(rng: Random, found: scenarios.Document) -> None:
    for row in found["users"][: rng.randint(1, 2)]:
        costs = row.pop("sensitivity")
        dearer = [2 * cost for cost in costs]
        chance = rng.choice(("1/3", 0.5, 1, "2/3"))
        rest = {"1/3": "2/3", 0.5: 0.5, 1: 0, "2/3": "1/3"}[chance]
        row["private"] = [{"probability": chance, "sensitivity": costs}, {"probability": rest, "sensitivity": dearer}]


def _played(rng: Random) -> tuple[list[str], Files]:
    some = [
        "--starts",
        rng.choice(("10", "10", "0", "-1")),
        "--precision",
        rng.choice(("1", "10", hostile.number(rng))),
    ]
    if rng.random() < 0.3:
        name, content = games.game_file(rng)
        return ["played", name, *some], ((name, content),)
    return ["played", "s.toml", "--alpha", _share(rng), *some], (("s.toml", _scenario(rng)[1]),)


def _correlated(rng: Random) -> tuple[list[str], Files]:
    some = ["--alpha", _share(rng)] if rng.random() < 0.8 else []
    some += ["--coarse"] if rng.random() < 0.3 else []
    return ["correlated", "s.toml", *some], (("s.toml", _scenario(rng)[1]),)


def _learn(rng: Random) -> tuple[list[str], Files]:
    found, content = _scenario(rng)
    names = _names(found)
    rows = [["alpha", *names]]
    rows += [[rng.choice(_SHARES), *(rng.choice(("0", "1", "2", "")) for _ in names)] for _ in range(rng.randint(0, 4))]
    some = rng.choice(([], ["--slack"], ["--model", "logit"], ["-o", "l.toml"]))
    seen = rows_with_faults(rng, rows, ("alpha", "user 0", "payment:user 0:1"))
    return ["learn", "s.toml", "seen.csv", *some], (("s.toml", content), ("seen.csv", seen))


def _names(found: scenarios.Document) -> list[str]:
    rows = found.get("users")
    return [str(row.get("name", "")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _audit(rng: Random) -> tuple[list[str], Files]:
    found, content = _scenario(rng)
    if rng.random() < 0.4:
        some = ["--compare"] if rng.random() < 0.2 else ["--alpha", _share(rng)]
        return ["audit", "s.toml", *some], (("s.toml", content),)
    names = _names(found)
    rows = [[*names, *(f"payment_{name}" for name in names), "platform"]]
    for _ in range(rng.randint(1, 5)):
        rows.append([rng.choice("0012") for _ in names] + [rng.choice(("0", "0.3", "1/3")) for _ in names] + ["0.1"])
    some = ["--tolerance", rng.choice(("0.01", hostile.number(rng)))] if rng.random() < 0.4 else []
    paid = rows_with_faults(rng, rows, ("platform", "payment_user 0", "user 0"))
    return ["audit", "s.toml", "--rule", "paid.csv", *some], (("s.toml", content), ("paid.csv", paid))


def _evaluations(rng: Random) -> tuple[list[str], Files]:
    content = _store(rng.randrange(4))
    content = hostile.damaged(rng, content) if rng.random() < 0.4 else content
    stored = ("runs.sqlite", content)
    if rng.random() < 0.4:
        kept: dict[str, Any] = {"kind": "evaluations", "store": "runs.sqlite", "name": "x", "levels": [0, 1, 2]}
        kept |= rng.choice(({}, {"seeds": 2}, {"baseline": "empty"}, {"version": hostile.number(rng)}, {"name": "y"}))
        found = {"utility": kept, "users": [{"name": f"user {k}", "sensitivity": [0, 0.1, 0.3]} for k in range(2)]}
        if rng.random() < 0.4:
            scenarios.mutate(rng, found)
        command = rng.choice((["design", "s.toml"], ["payments", "s.toml", "--profile", "1,2"]))
        return command, (("s.toml", scenarios.to_toml(found).encode(errors="replace")), stored)
    what = rng.choice(
        (["list"], ["verify"], ["export", "-o", "e.csv"], ["export", "-o", "e.jsonl"], ["prune", "--failed"])
    )
    return ["evaluations", "runs.sqlite", *what], (stored,)


@cache
def _store(which: int) -> bytes:
    """A store of a box of two users, without its failures, with some, with a hostile name, and of nothing."""
    import pytest

    from fairgames import BlackBoxUtility, payments
    from fairgames.errors import FairgamesError

    def box(profile: tuple[int, ...]) -> float:
        if which == 1 and sum(profile) > 3:
            raise ValueError("\x1b[31m" + "too much " * 400)
        return float(sum(profile)) / 4

    with TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        name = "\x1b]0;x\x07\u202ey" if which == 2 else "x"
        utility = BlackBoxUtility(box, [0, 1, 2], n_users=2, name=name, store=path, failures="skip")
        for profile in [(1, 1), (1, 2), (2, 2)] if which < 3 else []:
            if which != 1 or sum(profile) < 4:
                payments(utility, profile)
            else:
                with pytest.raises(FairgamesError):
                    payments(utility, profile)
        assert utility.store is not None
        utility.store.close()
        return path.read_bytes()


def _pictures(rng: Random) -> tuple[list[str], Files]:
    _, content = _scenario(rng)
    if rng.random() < 0.15:
        return ["report", "s.toml", "--solver", "fairgames:pure", "-o", rng.choice(("r.html", "r.md"))], (
            ("s.toml", content),
        )
    picture = rng.choice(("landscape", "payments", "branches", "sensitivities", "paths", "played"))
    some = ["--alpha", _share(rng)] if picture in ("payments", "sensitivities", "played") else []
    return ["plot", "s.toml", picture, *some, "-o", "p.svg"], (("s.toml", content),)


def _compare(rng: Random) -> tuple[list[str], Files]:
    first, content = _scenario(rng)
    if rng.random() < 0.5:
        other, name = scenarios.to_toml(first | {"payment": {"rule": "coalition"}}).encode(errors="replace"), "t.toml"
    else:
        other, name = _answer(rng), "t.json"
    return ["compare", "s.toml", name], (("s.toml", content), (name, other))


def _answer(rng: Random) -> bytes:
    """What ``design -o`` writes, with a value exchanged."""
    held: Any = json.loads(_ANSWER)
    holder = held
    while rng.random() < 0.7:
        inner = [
            one
            for one in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(one, dict | list) and one
        ]
        if not inner:
            break
        holder = rng.choice(inner)
    if rng.random() < 0.8:
        key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key] = hostile.value(rng)
    return json.dumps(held).encode()


_ANSWER = """{"schema": "fairgames/design/1", "kind": "design", "alpha": "9/20", "profile": [1, 0],
"strategies": [["0", "1"], ["1", "0"]], "platform_utility": "11/30", "utility": "2/3", "interval": ["9/20", "16/25"],
"attained": true, "value_error": 0.0, "users": ["user 0", "user 1"], "levels": ["0", "1"], "payments": ["3/10", "0"],
"sensitivities": ["3/10", "0"], "regret": "0", "regrets": ["0", "0"], "regret_bound": 0.0, "scope": "pure",
"selection": "best", "rule": "users", "ties": [], "runner_up": null, "equilibrium_profiles": 4, "exact": true,
"certain": true, "warnings": [], "gains": ["0", "0"], "method": "exact", "currency": null}"""


def _more_of_old(rng: Random) -> tuple[list[str], Files]:
    """What came to commands that are older: noisy learners, all equilibria of three, reductions, action graphs."""
    command = rng.choice(
        (
            ["design", "s.toml", "--selection", "logit", "--precision", rng.choice(("1", "10", hostile.number(rng)))],
            ["design", "s.toml", "--scope", "symmetric"],
            [
                "equilibria",
                "s.toml",
                "--alpha",
                _share(rng),
                "--reduce",
                "--solver",
                "fairgames:pure",
                "--seconds",
                "2",
            ],
            ["export", "s.toml", "--alpha", _share(rng), "-o", rng.choice(("g.agg", "g.bagg"))],
            ["export", "s.toml", "--alpha", _share(rng), "--reduce", "-o", "g.nfg"],
            ["design", "s.toml"],
        )
    )
    return command, (("s.toml", _scenario(rng)[1]),)


def _crosscheck(rng: Random) -> tuple[list[str], Files]:
    name, content = games.game_file(rng)
    return ["crosscheck", name, "--solver", "fairgames:pure", "--seconds", "2"], ((name, content),)


_Made = Callable[[Random], tuple[list[str], Files]]
_MADE: dict[_Made, int] = {
    _played: 8, _correlated: 6, _learn: 10, _audit: 10, _evaluations: 8, _pictures: 3, _compare: 6, _more_of_old: 12,
    _crosscheck: 4,
}  # fmt: skip
