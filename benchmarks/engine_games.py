"""One game played by all engines, and many: each in a process beside this one, its outcome on the disk when it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fairgames import NormalFormGame, crosscheck
from fairgames.local import started
from fairgames.progress import track
from fairgames.solvers.merging import is_pure
from fairgames.solvers.registry import Solver, resolve
from fairgames.solvers.report import CrossCheck

#: Exact enumerations of two players that are not ours, and ours; those that end must agree.
EXACT = ("lrs", "gambit:enummixed-rational", "fairgames:extreme")
_LATE = "time limit of"


@dataclass(frozen=True)
class Outcome:
    """What one engine did with one game.

    Attributes
    ----------
    sought, found : equilibria; pure ones for who looks for no others
    wrong : answers that are no equilibria
    late : whether the time limit ended it
    failed : whether it ended with another fault
    proved : whether it proved that there are no others
    """

    sought: int
    found: int
    wrong: int
    late: bool
    failed: bool
    proved: bool


@dataclass(frozen=True)
class Played:
    """One game, and what each engine that can play it did.

    Attributes
    ----------
    number : its place among the games
    family : where it comes from
    two : whether it has two players
    degenerate : whether somebody is indifferent at an equilibrium
    equilibria : how many are known; None if no exact enumeration ended, and then there are no outcomes
    outcomes : by engine
    """

    number: int
    family: str
    two: bool
    degenerate: bool
    equilibria: int | None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    @classmethod
    def of_line(cls, line: str) -> Played:
        """Read back."""
        told = json.loads(line)
        return cls(**{**told, "outcomes": {name: Outcome(**one) for name, one in told["outcomes"].items()}})


@dataclass(frozen=True)
class Bout:
    """A game to be played.

    Attributes
    ----------
    number, family : as of :class:`Played`
    limit : seconds of each engine
    solvers : ids
    """

    number: int
    family: str
    game: NormalFormGame
    limit: float
    solvers: tuple[str, ...]


def play(bout: Bout) -> Played:
    """Play one game with the solvers that are installed and can.

    Raises
    ------
    RuntimeError
        If exact enumerations of two players end and differ, or one finds a point that is no equilibrium.
    """
    solvers = [solver for solver in resolve(bout.solvers) if solver.cannot_play(bout.game) is None]
    check = crosscheck(bout.game, solvers, seconds=bout.limit)
    sought = known(check)
    outcomes = {} if sought is None else {solver.id: _outcome(solver, check, sought) for solver in solvers}
    two = bout.game.n_players == 2
    return Played(bout.number, bout.family, two, check.degenerate, None if sought is None else len(sought), outcomes)


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


def _outcome(solver: Solver, check: CrossCheck, sought: set[int]) -> Outcome:
    report = check.reports[solver.id]
    mine = {k for k in sought if solver.finds != "pure" or is_pure(check.equilibria[k])}
    late = report.error is not None and _LATE in report.error
    return Outcome(
        sought=len(mine),
        found=len(mine & set(report.found)),
        wrong=len(report.wrong),
        late=late,
        failed=report.error is not None and not late,
        proved=solver.id in check.complete,
    )


def play_all(bouts: Sequence[Bout], jobs: int, kept: Path | None, identity: Mapping[str, Any]) -> Iterator[Played]:
    """All outcomes: those that ``kept`` has, then the others as they come, each written there first.

    Parameters
    ----------
    jobs : processes beside this one; their engines run in processes of their own
    kept : a file of JSON lines, new or of an earlier run; None keeps nothing
    identity : what must be the same for outcomes to stand side by side, such as the time limit

    Raises
    ------
    ValueError
        If ``kept`` is of a run that differs in its identity.
    """
    had = [] if kept is None else _had(kept, identity)
    yield from had
    numbers = {one.number for one in had}
    left = [bout for bout in bouts if bout.number not in numbers]
    answers = started(play, left, jobs, "games of engines in several processes (--jobs 1 needs one)")
    for played in track(answers, "games", len(left)):
        if kept is not None:
            with kept.open("a", encoding="utf-8") as file:
                file.write(played.line())
        yield played


def _had(kept: Path, identity: Mapping[str, Any]) -> list[Played]:
    """The outcomes of an earlier run; a line that a kill cut short is forgotten."""
    if not kept.exists() or not kept.stat().st_size:
        kept.write_text(json.dumps(identity) + "\n", encoding="utf-8")
        return []
    text = kept.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if len(whole) < len(text):
        os.truncate(kept, len(whole.encode()))
    lines = whole.splitlines()
    was: Any = None
    with suppress(ValueError, IndexError):
        was = json.loads(lines[0])
    if was != json.loads(json.dumps(identity)):
        raise ValueError(f"{kept}: is of another run: {was}, and this is {dict(identity)}; name another file")
    return list(map(Played.of_line, lines[1:]))
