"""The input of a seed and a number: always the same, on any machine."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz import commands, games, hostile, scenarios, tables
from tests.fuzz.case import Case


def generate(seed: int, index: int) -> Case:
    """The input of that number."""
    rng = Random(f"{seed}:{index}")
    kind = rng.choices(list(KINDS), weights=[weight for weight, _ in KINDS.values()])[0]
    return KINDS[kind][1](rng, kind)


def _scenario(rng: Random, kind: str) -> Case:
    found = scenarios.document(rng)
    scenarios.mutate(rng, found)
    text = scenarios.to_toml(found).encode(errors="replace")
    return Case(kind, _command(rng), (("s.toml", hostile.damaged(rng, text) if rng.random() < 0.15 else text),))


def _beside(rng: Random, kind: str) -> Case:
    """A scenario that is right and a file beside it that may not be."""
    makers = {"users": tables.users, "table": tables.table, "npy": tables.npy}
    names = {"users": "users.csv", "table": "u.csv", "npy": "u.npy"}
    found, content = makers[kind](rng)
    return Case(kind, _command(rng), (("s.toml", scenarios.to_toml(found).encode()), (names[kind], content)))


def _samples(rng: Random, kind: str) -> Case:
    arguments = ["fit", "data.csv", "--user", "holder", "--value", "value", "-o", "out.toml"]
    if rng.random() < 0.3:
        arguments += ["--top", rng.choice(("1", "2", "0", "-1", "x", "9" * 30))]
    if rng.random() < 0.5:
        arguments += ["--sensitivity", ",".join(["0", hostile.number(rng), hostile.number(rng)])]
    return Case(kind, tuple(arguments), (("data.csv", tables.samples(rng)),))


def _options(rng: Random, kind: str) -> Case:
    """A scenario that is right, and options that may not be."""
    arguments = list(_command(rng))
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(2, len(arguments) + 1)
        option = rng.choice(_OPTIONS)
        arguments[place:place] = [option, rng.choice((hostile.number(rng), rng.choice(hostile.TEXTS), "1,1", "all"))]
    if rng.random() < 0.1:
        arguments[rng.randrange(len(arguments))] = rng.choice(hostile.TEXTS)
    return Case(kind, tuple(_harmless(arguments)), (("s.toml", scenarios.to_toml(scenarios.document(rng)).encode()),))


def _harmless(arguments: list[str]) -> list[str]:
    """Nothing is written outside the folder, or for longer than an input may take."""
    kept = [one.replace("/dev/full", "full").replace("/dev/zero", "zero").replace("/etc/", "etc-") for one in arguments]
    return [one.replace("../", "up-").replace("\x00", "") for one in kept]


def _game(rng: Random, kind: str) -> Case:
    return Case(kind, (), (games.game_file(rng),))


#: What an option of one command may be given to another.
_OPTIONS = (
    *("--profile", "--alpha", "--rule", "--method", "--exact", "--json", "--scope", "--selection", "--steps"),
    *("--budget", "--uncertainty", "--margin", "--seconds", "--solver", "-o", "--vary", "--jobs", "--top", "--nothing"),
)


def _command(rng: Random) -> tuple[str, ...]:
    """A command for ``s.toml`` that is mostly right; what works in child processes takes seconds and comes seldom."""
    command = rng.choices(("payments", "design", "export", "sweep", "equilibria"), weights=(40, 40, 12, 6, 2))[0]
    share = rng.choice(("0", "1", "1/2", "0.3", "1/3", hostile.number(rng)))
    some = [command, "s.toml"]
    if command == "payments":
        some += ["--profile", rng.choice(("1,1", "1,1,1", "0,1", "2,1", "0,0,0"))] if rng.random() < 0.7 else []
        some += ["--alpha", share] if rng.random() < 0.3 else []
        some += ["--method", rng.choice(_METHODS)] if rng.random() < 0.3 else []
        some += ["-o", rng.choice(("p.csv", "p.csv", "p.xlsx", "no/p.csv"))] if rng.random() < 0.2 else []
    elif command == "design":
        some += ["--scope", rng.choice(("auto", "pure", "all", "symmetric"))] if rng.random() < 0.5 else []
        some += ["--selection", rng.choice(("best", "worst", "stable", "potential"))] if rng.random() < 0.5 else []
        some += ["--method", rng.choice(("exact", "grid", "path")), "--steps", "20"] if rng.random() < 0.3 else []
        some += [rng.choice(("--budget", "--uncertainty", "--margin")), share] if rng.random() < 0.3 else []
    elif command == "export":
        some += ["--alpha", share, "-o", rng.choice(("g.nfg", "g.gam", "g.gbt", "g.json")), "--solver", "none"]
    elif command == "equilibria":
        some += ["--alpha", share, "--solver", "fairgames:pure", "--seconds", "2"]
    else:
        key = rng.choice(
            ("utility.scale", "utility.within_user_variance", "users.user 0.sensitivity.1", "payment.rule")
        )
        axis = rng.choice((f"{share}:1:3", f"{share},1/2", "1:2:3:log", "users,coalition"))
        some += ["--vary", f"{key}={axis}", "-o", rng.choice(("o.csv", "o.jsonl")), "--jobs", "1"]
    some += ["--rule", rng.choice(("users", "coalition"))] if rng.random() < 0.15 else []
    some += ["--exact"] if rng.random() < 0.2 else []
    some += ["--json"] if rng.random() < 0.5 else []
    return tuple(some)


_METHODS = ("auto", "subsets", "counts", "sums", "binned", "windows", "sampling")

#: How often each kind comes, and how it is made.
KINDS: dict[str, tuple[int, Callable[[Random, str], Case]]] = {
    "scenario": (40, _scenario),
    "options": (15, _options),
    "users": (9, _beside),
    "table": (9, _beside),
    "npy": (9, _beside),
    "samples": (8, _samples),
    "game": (20, _game),
    "other": (15, commands.other_command),
}
