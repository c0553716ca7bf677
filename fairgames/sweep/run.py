"""A sweep from its scenario to its rows: what is there already is kept, the rest is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from fairgames import memory, version
from fairgames.errors import FairgamesError, InputError, ScenarioError
from fairgames.mechanism import Method, Scope
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.design import check_method
from fairgames.mechanism.selections import SELECTIONS
from fairgames.progress import track
from fairgames.reading.section import nearest
from fairgames.sweep import workers
from fairgames.sweep.batches import Batches
from fairgames.sweep.columns import Columns, Row, cell, columns_of
from fairgames.sweep.grid import Grid, read_grid
from fairgames.sweep.journal import Identity, Journal, forget_lock, journal
from fairgames.sweep.output import Output
from fairgames.sweep.rows import PointRequest
from fairgames.tables.table import Table, Tabular
from fairgames.typing import Number
from fairgames.valuation.rules import to_rule

#: Memory a row, in bytes, with what its writing takes.
_ROW_BYTES = 8000
#: What the identity of a sweep calls the scenario and the files beside it.
_CONTENT = "content of the scenario"


@dataclass(frozen=True, eq=False)
class Sweep(Tabular):
    """The answers at all points of a grid.

    Attributes
    ----------
    rows : one a point in the order of the grid, the last axis fastest; the columns are
        described in ``docs/sweep.md``
    output : the file that was written; None if none was asked for
    computed, resumed : how many rows this call computed, and how many were there already
    warnings : what is legal but may surprise
    """

    rows: tuple[Row, ...]
    output: Path | None
    computed: int
    resumed: int
    warnings: tuple[str, ...]

    def table(self) -> Table:
        """One row a point; what only some answers know is None elsewhere."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        return Table({name: [row.get(name) for row in self.rows] for name in names})

    @property
    def errors(self) -> int:
        """How many points have no answer; their rows say why under ``error``."""
        return sum(row["error"] is not None for row in self.rows)

    def point_warnings(self) -> tuple[str, ...]:
        """What the column ``warnings`` says, each sentence once, with how many points it is said of."""
        said = Counter(sentence for row in self.rows for sentence in row.get("warnings") or ())
        return tuple(f"at {count:,} of {len(self.rows):,} points: {sentence}" for sentence, count in said.items())


def sweep(
    scenario: str | Path,
    vary: str | Sequence[str],
    output: str | Path | None = None,
    *,
    scope: Scope = "auto",
    selection: str = "best",
    budget: Number | None = None,
    rule: str | None = None,
    exact: bool = False,
    method: Method = "exact",
    steps: int = 100,
    jobs: int | None = None,
    scheduler: str | None = None,
    restart: bool = False,
) -> Sweep:
    """The platform's best share at every point of a grid of scenario values.

    Parameters
    ----------
    scenario : a scenario file
    vary : what varies, as :func:`fairgames.sweep.axis.read_axis` reads it, such as
        ``"utility.scale=1:2:5"`` or ``"users.*.sensitivity_scale=1,2"``; several make the product, the last one
        fastest
    output : a file that ends in .csv, .jsonl or .parquet; None keeps the rows in memory only
    scope, selection, budget, method, steps : as :func:`fairgames.design` takes them
    rule : "users" or "coalition"; default the scenario's
    exact : rationals, as text "p/q"
    jobs : processes of this machine; default one for each core
    scheduler : the address of a Dask cluster to use instead
    restart : compute everything anew, whatever is there

    Raises
    ------
    InputError
        Before anything is computed: keys that the scenario does not have or values that it
        refuses, all at once; arguments that do not fit; files of another sweep.
    FairgamesError
        If workers are lost for good; what is done is kept.
    TooLargeError
        If so many rows do not fit in memory.
    MissingPackageError
        If joblib, pyarrow or dask is needed and not there.

    Notes
    -----
    The rows are kept in a journal beside ``output`` as they are computed. If the sweep is
    killed, the same call goes on from there; if it has come to its end, nothing is computed.
    """
    target = None if output is None else Output(Path(output))
    question = _question(scope, selection, budget, rule, exact, method, steps)
    _check_workers(jobs, scheduler)
    grid = read_grid(Path(scenario), [vary] if isinstance(vary, str) else vary)
    if rule is not None and any(("payment", "rule") in ways for ways in grid.ways):
        raise InputError("--rule: payment.rule varies already, expected one of the two")
    memory.require(_ROW_BYTES * len(grid), f"A sweep of {len(grid):,} points", "Vary less at a time.")
    identity = _identity(grid, question)
    begun = target is not None and target.journal.exists()
    if target and not begun and not restart and (rows := target.finished(identity)) is not None:
        forget_lock(target.journal)
        return Sweep(tuple(rows), target.path, 0, len(rows), _warnings(grid, question))
    if faults := grid.faults(question.rule, question.exact):
        raise ScenarioError(faults)
    with journal(target.journal if target else None, identity, restart) as kept:
        resumed = len(kept.rows)
        for _ in track(_missing_rows(grid, question, kept, jobs, scheduler), "points", len(grid), resumed):
            pass
        if grid.digest() != identity[_CONTENT]:
            raise InputError(f"{scenario}: changed while the sweep ran, and its rows may be of both; use --restart")
        columns = columns_of(grid.axes, kept.rows.values(), exact)
        rows = [_complete(grid, index, columns, kept.rows[index]) for index in range(len(grid))]
        if target:
            target.write(identity, columns, rows)
    return Sweep(tuple(rows), target.path if target else None, len(rows) - resumed, resumed, _warnings(grid, question))


def _question(
    scope: str, selection: str, budget: Number | None, rule: str | None, exact: bool, method: str, steps: int
) -> PointRequest:
    faults = [
        f"{name}: got {given!r}, expected {nearest(given, known, quoted=True)}"
        for name, given, known in (
            ("scope", scope, get_args(Scope)),
            ("selection", selection, tuple(SELECTIONS)),
            ("method", method, get_args(Method)),
        )
        if given not in known
    ]
    if faults:
        raise InputError(faults)
    check_method(method, selection, scope)
    if steps < 1:
        raise InputError(f"steps: got {steps}, expected a whole number ≥ 1")
    cap = to_cap(budget)
    name = None if rule is None else to_rule(rule).name
    return PointRequest(cast("Scope", scope), selection, cap, name, exact, cast("Method", method), steps)


def _check_workers(jobs: int | None, scheduler: str | None) -> None:
    if scheduler is not None and jobs is not None:
        raise InputError("--jobs: counts processes of this machine; leave it out with --scheduler")
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs: got {jobs}, expected a number ≥ 1")


def _identity(grid: Grid, question: PointRequest) -> Identity:
    """Everything that the rows depend on, and their order."""
    return {
        "fairgames": version.__version__,
        _CONTENT: grid.digest(),
        "vary": [f"{axis.key}={','.join(axis.texts)}" for axis in grid.axes],
        "scope": question.scope,
        "selection": question.selection,
        "budget": None if question.budget is None else str(question.budget),
        "rule": question.rule,
        "exact": question.exact,
        "method": question.method,
        "steps": question.steps,
    }


def _missing_rows(
    grid: Grid, question: PointRequest, kept: Journal, jobs: int | None, scheduler: str | None
) -> Iterator[int]:
    """Compute what is not there yet, keep it, and name each point whose row has come."""
    missing = [index for index in range(len(grid)) if index not in kept.rows]
    if not missing:
        return
    batches = Batches(missing, lambda index: grid.game(index, question.rule, question.exact), question)
    found = workers.local(batches, jobs) if scheduler is None else workers.cluster(batches, scheduler)
    for answers in found:
        if answers.version != version.__version__:
            raise FairgamesError(
                f"a worker has fairgames {answers.version}, but this is {version.__version__}; install the same"
            )
        batches.learn(answers)
        kept.append(answers.rows)
        yield from answers.rows


def _complete(grid: Grid, index: int, columns: Columns, row: Row) -> Row:
    """Every column: what varies, then the answer, with None for what it does not have."""
    varied = {axis.key: value for axis, value in zip(grid.axes, grid.values(index), strict=True)}
    return {name: cell(varied[name], kind) if name in varied else row.get(name) for name, kind in columns.items()}


def _warnings(grid: Grid, question: PointRequest) -> tuple[str, ...]:
    aside = "alpha_of_utility is set aside: the sweep chooses a constant share α at every point"
    shared = to_rule(question.rule or grid.base.rule).has_alpha and grid.base.alpha_of_utility is not None
    return (*grid.base.warnings, aside) if shared else grid.base.warnings
