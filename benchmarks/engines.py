"""Which engine finds what: every engine on 500 games of 20 families, and the table of the documentation.

``python -m benchmarks.engines docs/engines.md [GAMES [SECONDS]]`` plays them and writes the table between its marks;
^C ends it early with what has been played.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from itertools import zip_longest
from pathlib import Path

from benchmarks.families import GAMES, games
from benchmarks.measure import Result, for_information
from fairgames import NormalFormGame, crosscheck
from fairgames.reading.atomic import write_atomically
from fairgames.solvers.merging import is_pure
from fairgames.solvers.registry import Solver, resolve
from fairgames.solvers.report import CrossCheck

#: Exact enumerations of two players that are not ours, and ours; those that end must agree.
EXACT = ("lrs", "gambit:enummixed-rational", "fairgames:extreme")
#: All isolated equilibria of any number of players by proof, where it is installed.
COMPLETE = "fairgames:complete"
BEGIN, END = "<!-- engines: begin -->", "<!-- engines: end -->"
#: Columns of the table: two players or more, and whether somebody is indifferent at an equilibrium.
GROUPS = {
    (True, False): "two players",
    (True, True): "two, degenerate",
    (False, False): "three and four",
    (False, True): "three and four, degenerate",
}
_LATE = "time limit of"


@dataclass
class Tally:
    """What one engine did on the games of one group.

    Attributes
    ----------
    games : those that it can play
    sought, found : equilibria; pure ones for who looks for no others
    wrong : answers that are no equilibria
    hangs : games in which it was stopped by the time limit
    failed : games in which it ended with another fault
    """

    games: int = 0
    sought: int = 0
    found: int = 0
    wrong: int = 0
    hangs: int = 0
    failed: int = 0

    def cell(self) -> str:
        """Recall, wrong answers and hangs."""
        if not self.games:
            return "–"
        recall = 100 * self.found / self.sought if self.sought else 100.0
        shown = "100" if self.found == self.sought else f"{min(recall, 99.9):.1f}"
        return f"{shown}% · {self.wrong} · {self.hangs}"


@dataclass
class Comparison:
    """The tallies of all engines, by group and by family.

    Attributes
    ----------
    groups : by engine and group
    families : by family: games, equilibria, and games in which each engine found all that it looks for
    proven : games of three and more in which the reference proved that there are no others
    unknown : games that no exact enumeration ended, left out
    """

    groups: dict[str, dict[tuple[bool, bool], Tally]] = field(default_factory=dict)
    families: dict[str, Counter[str]] = field(default_factory=dict)
    proven: int = 0
    unknown: int = 0


def engines(count: int = GAMES, limit: float = 2.0) -> list[Result]:
    """Every engine on all games; for the benchmarks' list."""
    measured = compare(games(count), limit)
    return [
        for_information(
            f"{engine}, {GROUPS[group]}",
            100 * tally.found / tally.sought if tally.sought else 100.0,
            "%",
            "the equilibria that are known",
            f"{tally.games} games, {tally.wrong} wrong, {tally.hangs} hangs, {tally.failed} failed",
        )
        for engine, by_group in measured.groups.items()
        for group, tally in by_group.items()
    ]


def compare(made: Iterable[tuple[str, NormalFormGame]], limit: float) -> Comparison:
    """Play all games with all engines that are installed, each within ``limit`` seconds.

    Raises
    ------
    RuntimeError
        If exact enumerations of two players end and differ, or one finds a point that is no equilibrium.
    """
    solvers = [solver for solver in resolve("all") if solver.not_installed() is None]
    result = Comparison(groups={solver.id: {group: Tally() for group in GROUPS} for solver in solvers})
    try:
        for family, game in in_turn(made):
            _play(result, family, game, solvers, limit)
    except KeyboardInterrupt:
        print("Interrupted: what has been played counts.", file=sys.stderr)
    return result


def in_turn(made: Iterable[tuple[str, NormalFormGame]]) -> Iterator[tuple[str, NormalFormGame]]:
    """One game of each family after another, so that a part of them is a part of each family."""
    by_family: dict[str, list[tuple[str, NormalFormGame]]] = {}
    for one in made:
        by_family.setdefault(one[0], []).append(one)
    rounds = zip_longest(*by_family.values())
    return (one for each in rounds for one in each if one is not None)


def _play(result: Comparison, family: str, game: NormalFormGame, solvers: Sequence[Solver], limit: float) -> None:
    """Add one game."""
    check = crosscheck(game, solvers, seconds=limit)
    sought = known(check)
    if sought is None:
        result.unknown += 1
        return
    group = (game.n_players == 2, check.degenerate)
    tallies = result.families.setdefault(family, Counter())
    tallies["games"] += 1
    tallies["equilibria"] += len(sought)
    result.proven += game.n_players > 2 and COMPLETE in check.complete
    for solver in solvers:
        if solver.cannot_play(game) is None:
            whole = _count(result.groups[solver.id][group], solver, check, sought)
            tallies[solver.id] += whole
            tallies[f"{solver.id} played"] += 1


def known(check: CrossCheck) -> set[int] | None:
    """The equilibria to be found, by number; None if no exact enumeration ended.

    Of two players all extreme ones; of more all that are proven, and in degenerate games, which may have continua, the
    pure ones.
    """
    if check.game.n_players > 2:
        return {k for k, one in enumerate(check.equilibria) if not check.degenerate or is_pure(one)}
    ended = {
        name: frozenset(check.reports[name].found)
        for name in EXACT
        if name in check.reports and check.reports[name].error is None
    }
    if len(set(ended.values())) > 1 or any(check.reports[name].wrong for name in ended):
        raise RuntimeError(f"exact enumerations differ: {ended}, {check.game.payoffs.tolist()}")
    return set(next(iter(ended.values()))) if ended else None


def _count(tally: Tally, solver: Solver, check: CrossCheck, sought: set[int]) -> bool:
    """Add one game; whether everything was found."""
    report = check.reports[solver.id]
    mine = {k for k in sought if solver.finds != "pure" or is_pure(check.equilibria[k])}
    found = len(mine & set(report.found))
    tally.games += 1
    tally.sought += len(mine)
    tally.found += found
    tally.wrong += len(report.wrong)
    late = report.error is not None and _LATE in report.error
    tally.hangs += late
    tally.failed += report.error is not None and not late
    return found == len(mine)


def table(measured: Comparison) -> str:
    """Both tables in Markdown: by engine, and by family."""
    promise = {solver.id: solver.finds for solver in resolve("all")}
    lines = [
        f"| engine | finds | {' | '.join(GROUPS.values())} |",
        "| --- | --- " + "| ---: " * len(GROUPS) + "|",
        *(
            f"| `{engine}` | {promise[engine]} | {' | '.join(by_group[group].cell() for group in GROUPS)} |"
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
            if promise[engine] == "all" and 0 < counted[f"{engine} played"] == counted[engine] == counted["games"]
        ]
        lines.append(f"| {family} | {counted['games']} | {counted['equilibria']:,} | {', '.join(whole) or '–'} |")
    return "\n".join(lines)


def remarks(measured: Comparison, limit: float) -> str:
    """What was played with what, in sentences."""
    played = sum(counted["games"] for counted in measured.families.values())
    by_group = next(iter(measured.groups.values()))
    sizes = ", ".join(f"{name}: {_most(measured, group)}" for group, name in GROUPS.items() if group in by_group)
    proof = (
        f"`{COMPLETE}` proved of {measured.proven} of the games of three and four players that there are no others. "
        if COMPLETE in measured.groups
        else "Of three and four players the reference is what all engines found together, each proven. "
    )
    left = f" {measured.unknown} games that no exact enumeration ended are left out." if measured.unknown else ""
    shown = f"{played} games of {len(measured.families)} families ({sizes}); {limit:g} s a game and engine."
    return f"{shown}{left} {proof}{versions()}"


def _most(measured: Comparison, group: tuple[bool, bool]) -> int:
    return max(tallies[group].games for tallies in measured.groups.values())


def versions() -> str:
    """The releases that were compared."""
    names = {"pygambit": "pygambit", "nashpy": "nashpy", "quantecon": "QuantEcon", "open_spiel": "OpenSpiel"}
    found = {dist.metadata["Name"].lower().replace("-", "_"): dist.version for dist in metadata.distributions()}
    return "(" + ", ".join(f"{shown} {found[name]}" for name, shown in names.items() if name in found) + ")"


def write(path: Path, measured: Comparison, limit: float) -> None:
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
    write_atomically(path, [before, BEGIN, "\n", table(measured), "\n\n", remarks(measured, limit), "\n", END, after])


def main(arguments: list[str]) -> None:
    """Play, print, and write the page that is named."""
    page = Path(arguments[0]) if arguments else None
    count = int(arguments[1]) if len(arguments) > 1 else GAMES
    limit = float(arguments[2]) if len(arguments) > 2 else 2.0
    measured = compare(games(count), limit)
    print(table(measured), remarks(measured, limit), sep="\n\n")
    if page is not None:
        write(page, measured, limit)


if __name__ == "__main__":
    main(sys.argv[1:])
