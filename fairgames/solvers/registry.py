"""The registry of equilibrium solvers: who can play which game, and what each one promises.

Packages announce their solvers through the entry-point group ``fairgames.solvers``; looking
the solvers up imports the adapters but none of the engines behind them.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
import shutil
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, TypeAlias, get_args

from fairgames.errors import MissingPackageError, SolverError
from fairgames.games.extreme import extreme
from fairgames.games.isolated import complete, too_large
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.solvers.wire import readable, words
from fairgames.text import printable
from fairgames.typing import MixedProfile

#: The entry-point group in which packages announce solvers.
GROUP = "fairgames.solvers"

#: All pure equilibria; all equilibria of nondegenerate games; some equilibria.
Finds: TypeAlias = Literal["pure", "all", "some"]

_ID = re.compile(r"[\w.-]+(:[\w.-]+)?")


@dataclass(frozen=True)
class Solver:
    """A solver: a way to find equilibria, with what it promises.

    Attributes
    ----------
    id : ``package:method`` or ``package``
    run : yields mixed profiles; called with the game, and with the index of a task where ``tasks`` is given
    players : the largest number of players it can play with; None for any
    finds : what a complete answer holds, see :data:`Finds`
    exact : takes rational payoffs and answers in rationals
    degenerate : keeps that promise in degenerate games, too; ``all`` then means every extreme equilibrium
    proves : that it came to its end proves that there is no other equilibrium (of continua, no other extreme one)
    engine : the top-level module that does the work; imported before the clock starts
    program : the program on PATH that does the work
    install : the command that installs engine or program; default: pip, with the engine's name
    prepare : what the child process does before the clock starts, each time; such as compiling, once
    unfit : why it cannot play a game, None if it can; for what ``players`` cannot say
    tasks : names of the separate pieces of work that a game needs; each has its own share of the
        time limit, so that one that never ends does not cost the others
    in_process : always ends and needs no engine, so it runs without a child process
    source : ``module:attribute`` where a child process finds the solver; filled in by the registry

    Raises
    ------
    SolverError
        If a field is not of the form described.

    >>> Solver("mine:brute-force", run=lambda game: [], players=2).package
    'mine'
    """

    id: str
    run: Callable[..., Iterable[MixedProfile]]
    players: int | None = None
    finds: Finds = "some"
    exact: bool = False
    degenerate: bool = False
    proves: bool = False
    engine: str | None = None
    program: str | None = None
    install: str | None = None
    prepare: Callable[[], object] | None = None
    unfit: Callable[[NormalFormGame], str | None] | None = None
    tasks: Callable[[NormalFormGame], Sequence[str]] | None = None
    in_process: bool = False
    source: str | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise SolverError(f"solver id {self.id!r}: expected 'package:method' of letters, digits and . _ -")
        if self.finds not in get_args(Finds):
            raise SolverError(f"solver {self.id}: finds is {self.finds!r}, expected one of {get_args(Finds)}")

    @property
    def package(self) -> str:
        return self.id.partition(":")[0]

    def profiles(self, game: NormalFormGame, task: int | None = None) -> Iterable[MixedProfile]:
        """The profiles that :attr:`run` yields for ``game``, or for one of its ``tasks``."""
        return self.run(game) if self.tasks is None else self.run(game, task)

    def cannot_play(self, game: NormalFormGame) -> str | None:
        """The reason why the solver cannot play ``game``; None if it can. Imports nothing."""
        if self.players is not None and game.n_players > self.players:
            return f"{self.id} plays games of at most {self.players} players, but this one has {game.n_players}"
        try:
            reason = None if self.unfit is None else self.unfit(game)
        except (Exception, SystemExit) as error:  # an adapter's failure is a line in the report
            reason = words(error)
        return self.not_installed() if reason is None else f"{self.id}: {reason}"

    def not_installed(self) -> str | None:
        """What has to be installed before the solver can play at all; None if nothing. Imports nothing."""
        if self.engine is not None and importlib.util.find_spec(self.engine) is None:
            if self.install is None:
                return str(MissingPackageError(self.engine, self.id))
            return f"{self.id} needs the package {self.engine}: {self.install}"
        if self.program is not None and shutil.which(self.program) is None:
            hint = "" if self.install is None else f": {self.install}"
            return f"{self.id} needs the program {self.program} on PATH{hint}"
        return None


PlainSolver: TypeAlias = Callable[[NormalFormGame], Iterable[MixedProfile]]
_OneSolver: TypeAlias = str | Solver | PlainSolver

#: An id, a package name, "all", a solver, a plain function, or several of these.
SolverSpec: TypeAlias = _OneSolver | Iterable[_OneSolver]


def builtin_solvers() -> tuple[Solver, ...]:
    """The solvers that come with fairgames itself."""
    return (
        Solver("fairgames:complete", complete, finds="all", proves=True, unfit=too_large),
        Solver("fairgames:extreme", extreme, players=2, finds="all", exact=True, degenerate=True, proves=True),
        Solver("fairgames:pure", pure_enumeration, finds="pure", exact=True, degenerate=True, in_process=True),
    )


def available() -> dict[str, Solver]:
    """All solvers that are announced, by id. A broken adapter is a warning and stops no other."""
    solvers, broken = _load_all()
    for line in broken:
        warnings.warn(printable(line), RuntimeWarning, stacklevel=2)
    return solvers


def faults() -> tuple[str, ...]:
    """One line for each adapter that could not be loaded."""
    return _load_all()[1]


def get(name: str) -> Solver:
    """The solver with the id ``name``.

    Raises
    ------
    SolverError
        If there is none; the message has the nearest id.
    """
    solvers, broken = _load_all()
    return _get(name, solvers, broken)


def resolve(spec: SolverSpec) -> tuple[Solver, ...]:
    """The solvers that ``spec`` stands for, each once.

    Parameters
    ----------
    spec : an id; a package name (all of its solvers); ``"all"``; a :class:`Solver`; a plain function
        from a game to mixed profiles (its ``__name__`` becomes the id); or several of these

    Raises
    ------
    SolverError
        If a name is unknown, two different functions have one name, or nothing is left.

    >>> [solver.id for solver in resolve("fairgames")]
    ['fairgames:complete', 'fairgames:extreme', 'fairgames:pure']
    """
    specs = [spec] if isinstance(spec, str | Solver) or callable(spec) else list(spec)
    solvers, broken = _load_all()
    if "all" in specs:
        for line in broken:
            warnings.warn(printable(line), RuntimeWarning, stacklevel=2)
    chosen: dict[str, Solver] = {}
    for solver in (solver for one in specs for solver in _resolve_one(one, solvers, broken)):
        if chosen.setdefault(solver.id, solver).run is not solver.run:
            raise SolverError(f"two different solvers are called {solver.id!r}: give each function its own __name__")
    if not chosen:
        raise SolverError("no solver given: name one, a package, or 'all'")
    return tuple(chosen.values())


def load(source: str) -> dict[str, Solver]:
    """The solvers at ``module:attribute``: a function without parameters, or a sequence, that yields them.

    Raises
    ------
    SolverError
        If something else is found there.
    """
    announced: Any = EntryPoint(name=source, value=source, group=GROUP).load()
    solvers = list(announced() if callable(announced) else announced)
    for solver in solvers:
        if not isinstance(solver, Solver):
            raise SolverError(f"{source} yields {solver!r}, expected fairgames.solvers.registry.Solver objects")
    return {solver.id: replace(solver, source=source) for solver in solvers}


def _load_all() -> tuple[dict[str, Solver], tuple[str, ...]]:
    """Solvers by id, sorted, and one line for each adapter that is broken."""
    found: dict[str, Solver] = {}
    broken = []
    sources = {point.value: point.name for point in entry_points(group=GROUP)}
    for source, name in sorted(sources.items(), key=lambda item: (item[1] != "fairgames", item[1])):
        try:
            solvers = load(source)
        except (Exception, SystemExit) as error:  # an adapter may fail in any way, and must not take the others along
            said = readable(f"{type(error).__name__}: {error}")
            broken.append(f"solver adapter {name} ({source}) cannot be loaded: {said}")
            continue
        for key, solver in solvers.items():
            if found.setdefault(key, solver) is not solver:
                broken.append(f"solver adapter {name} ({source}): the id {key} is taken by {found[key].source}")
    return dict(sorted(found.items())), tuple(broken)


def _resolve_one(spec: _OneSolver, solvers: dict[str, Solver], broken: tuple[str, ...]) -> Iterable[Solver]:
    if isinstance(spec, Solver):
        return (spec,)
    if not isinstance(spec, str):
        return (Solver(_name(spec), spec),)
    if spec == "all":
        return solvers.values()
    return [solver for solver in solvers.values() if solver.package == spec] or (_get(spec, solvers, broken),)


def _get(name: str, solvers: dict[str, Solver], broken: tuple[str, ...]) -> Solver:
    if name in solvers:
        return solvers[name]
    names = [*solvers, *sorted({solver.package for solver in solvers.values()})]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(solvers)}"
    raise SolverError("\n".join([f"there is no solver {name!r}: {hint}", *broken]))


def _name(function: PlainSolver) -> str:
    """The name of a function or of the class of a callable object, without signs such as ``<lambda>``'s."""
    name = getattr(function, "__name__", type(function).__name__)
    return re.sub(r"[^\w.-]", "", name)
