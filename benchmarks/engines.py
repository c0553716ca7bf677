"""Which engine finds what: every engine on 500 games of 20 families, and the table of the documentation.

``python -m benchmarks.engines docs/engines.md --kept out/engines.jsonl`` plays them, two at a time, and writes the
table between its marks. What was played is kept in that file, game by game: after ^C or a crash the same command goes
on from there.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from itertools import zip_longest
from pathlib import Path

from benchmarks.engine_games import Bout, Outcome, Played, play_all
from benchmarks.families import GAMES, SEED, games
from benchmarks.measure import Result, for_information
from fairgames import NormalFormGame
from fairgames.progress import listening
from fairgames.reading.atomic import write_atomically
from fairgames.solvers.registry import SolverSpec, resolve

#: All isolated equilibria of any number of players by proof.
COMPLETE = "fairgames:complete"
BEGIN, END = "<!-- engines: begin -->", "<!-- engines: end -->"
#: Columns of the table: two players or more, and whether somebody is indifferent at an equilibrium.
GROUPS = {
    (True, False): "two players",
    (True, True): "two, degenerate",
    (False, False): "three and four",
    (False, True): "three and four, degenerate",
}


@dataclass
class Tally:
    """What one engine did on the games of one group.

    Attributes
    ----------
    games : those that it can play
    sought, found : equilibria; pure ones for who looks for no others
    wrong : answers that are no equilibria
    late : games in which it was stopped by the time limit
    failed : games in which it ended with another fault
    proved : games of which it proved that there are no others
    """

    games: int = 0
    sought: int = 0
    found: int = 0
    wrong: int = 0
    late: int = 0
    failed: int = 0
    proved: int = 0

    def add(self, one: Outcome) -> None:
        """Count one game."""
        self.games += 1
        self.sought += one.sought
        self.found += one.found
        self.wrong += one.wrong
        self.late += one.late
        self.failed += one.failed
        self.proved += one.proved

    def cell(self, proves: bool = False) -> str:
        """Recall, wrong answers and games without an answer in time; of who proves, how many games it proved."""
        if not self.games:
            return "–"
        recall = 100 * self.found / self.sought if self.sought else 100.0
        shown = "100" if self.found == self.sought else f"{min(recall, 99.9):.1f}"
        proved = f" · {self.proved} of {self.games} proven" if proves else ""
        return f"{shown}% · {self.wrong} · {self.late}{proved}"


@dataclass
class Comparison:
    """The tallies of all engines, by group and by family.

    Attributes
    ----------
    groups : by engine and group
    families : by family: games, equilibria, and games in which each engine found all that it looks for
    unknown : games that no exact enumeration ended, left out
    """

    groups: dict[str, dict[tuple[bool, bool], Tally]]
    families: dict[str, Counter[str]] = field(default_factory=dict)
    unknown: int = 0

    def add(self, played: Played) -> None:
        """Count one game."""
        if played.equilibria is None:
            self.unknown += 1
            return
        counted = self.families.setdefault(played.family, Counter())
        counted["games"] += 1
        counted["equilibria"] += played.equilibria
        for engine, one in played.outcomes.items():
            self.groups[engine][played.two, played.degenerate].add(one)
            counted[engine] += one.found == one.sought
            counted[f"{engine} played"] += 1


def engines(count: int = GAMES, limit: float = 2.0) -> list[Result]:
    """Every engine on all games; for the benchmarks' list."""
    measured = compare(games(count), limit)
    return [
        for_information(
            f"{engine}, {GROUPS[group]}",
            100 * tally.found / tally.sought if tally.sought else 100.0,
            "%",
            "the equilibria that are known",
            f"{tally.games} games, {tally.wrong} wrong, {tally.late} without an answer in time, {tally.failed} failed",
        )
        for engine, by_group in measured.groups.items()
        for group, tally in by_group.items()
    ]


def compare(
    made: Iterable[tuple[str, NormalFormGame]],
    limit: float,
    asked: SolverSpec = "all",
    jobs: int = 1,
    kept: Path | None = None,
) -> Comparison:
    """Play all games with the engines asked that are installed, each within ``limit`` seconds.

    Parameters
    ----------
    jobs : games at a time, each in a process beside this one
    kept : where outcomes are kept, and those of an earlier run read

    Raises
    ------
    RuntimeError
        If exact enumerations of two players end and differ, or one finds a point that is no equilibrium.
    ValueError
        If ``kept`` is of another run.
    """
    names = tuple(solver.id for solver in resolve(asked) if solver.not_installed() is None)
    result = Comparison({name: {group: Tally() for group in GROUPS} for name in names})
    bouts = [Bout(number, family, game, limit, names) for number, (family, game) in enumerate(in_turn(made))]
    identity = {"limit": limit, "games": len(bouts), "seed": SEED, "engines": names, "versions": versions()}
    try:
        played = sorted(play_all(bouts, jobs, kept, identity), key=lambda one: one.number)
    except KeyboardInterrupt:
        raise SystemExit("Interrupted: the same command goes on where --kept names a file.") from None
    for one in played:
        result.add(one)
    return result


def in_turn(made: Iterable[tuple[str, NormalFormGame]]) -> Iterator[tuple[str, NormalFormGame]]:
    """One game of each family after another, so that a part of them is a part of each family."""
    by_family: dict[str, list[tuple[str, NormalFormGame]]] = {}
    for one in made:
        by_family.setdefault(one[0], []).append(one)
    rounds = zip_longest(*by_family.values())
    return (one for each in rounds for one in each if one is not None)


def table(measured: Comparison) -> str:
    """Both tables in Markdown: by engine, and by family."""
    solvers = {solver.id: solver for solver in resolve("all")}
    lines = [
        f"| engine | finds | {' | '.join(GROUPS.values())} |",
        "| --- | --- " + "| ---: " * len(GROUPS) + "|",
        *(
            f"| `{engine}` | {solvers[engine].finds} | "
            f"{' | '.join(by_group[group].cell(solvers[engine].proves) for group in GROUPS)} |"
            for engine, by_group in measured.groups.items()
        ),
        "",
        "| family | games | equilibria | who promises all and found all |",
        "| --- | ---: | ---: | --- |",
    ]
    for family, counted in measured.families.items():
        whole = [
            f"`{engine}`"
            for engine in measured.groups
            if solvers[engine].finds == "all" and 0 < counted[f"{engine} played"] == counted[engine] == counted["games"]
        ]
        lines.append(f"| {family} | {counted['games']} | {counted['equilibria']:,} | {', '.join(whole) or '–'} |")
    return "\n".join(lines)


def remarks(measured: Comparison, limit: float, machine: str = "") -> str:
    """What was played with what, in sentences; ``machine`` is what else it had to do, in words."""
    played = sum(counted["games"] for counted in measured.families.values())
    sizes = ", ".join(f"{name}: {_most(measured, group)}" for group, name in GROUPS.items())
    left = f" {measured.unknown} games that no exact enumeration ended are left out." if measured.unknown else ""
    shown = (
        f"{played} games of {len(measured.families)} families ({sizes}); no answer in time is none within {limit:g} s"
    )
    return f"{shown}{machine and f' on {machine}'}.{left} {versions()}"


def _most(measured: Comparison, group: tuple[bool, bool]) -> int:
    return max(tallies[group].games for tallies in measured.groups.values())


def versions() -> str:
    """The releases that were compared."""
    names = {"pygambit": "pygambit", "nashpy": "nashpy", "quantecon": "QuantEcon", "open_spiel": "OpenSpiel"}
    found = {dist.metadata["Name"].lower().replace("-", "_"): dist.version for dist in metadata.distributions()}
    told = [f"{shown} {found[name]}" for name, shown in names.items() if name in found]
    return f"({', '.join([*told, *_lrslib()])})"


def _lrslib() -> list[str]:
    """The release of lrslib, which lrsnash says with every answer; none where there is no lrsnash."""
    with tempfile.NamedTemporaryFile("w", suffix=".lrs") as game:
        game.write("1 1\n\n0\n\n0\n")
        game.flush()
        try:
            said = subprocess.run(["lrsnash", game.name], capture_output=True, text=True, check=True, timeout=20)
        except FileNotFoundError:
            return []
    return [f"lrslib {version}" for version in re.findall(r"lrslib v\.([\d.]*\d)", said.stdout)[:1]]


def write(path: Path, measured: Comparison, limit: float, machine: str = "") -> None:
    """Put the tables between the marks of a page.

    Raises
    ------
    ValueError
        If the page has no marks.
    """
    before, mark, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"{path} has no marks {BEGIN} and {END}, between which the tables go")
    told = remarks(measured, limit, machine)
    write_atomically(path, [before, BEGIN, "\n", table(measured), "\n\n", told, "\n", END, after])


def main(arguments: list[str]) -> None:
    """Play, print, and write the page that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engines", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("page", nargs="?", type=Path, help="the page to write; without it the tables are printed only")
    parser.add_argument("--games", type=int, default=GAMES, help="how many (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="time limit of an engine and game (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="games at a time (%(default)s)")
    parser.add_argument("--kept", type=Path, help="where outcomes are kept, as lines of JSON, to go on after a break")
    parser.add_argument(
        "--machine", default="", help='what to say of where it ran, such as "a machine that others use"'
    )
    asked = parser.parse_args(arguments)
    with listening(lambda what, done, all_in_all: print(f"\r{done} of {all_in_all} {what}", end="", file=sys.stderr)):
        measured = compare(games(asked.games), asked.seconds, jobs=asked.jobs, kept=asked.kept)
    print("", table(measured), remarks(measured, asked.seconds, asked.machine), sep="\n\n")
    if asked.page is not None:
        write(asked.page, measured, asked.seconds, asked.machine)


if __name__ == "__main__":
    main(sys.argv[1:])
