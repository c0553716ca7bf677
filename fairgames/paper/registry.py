"""What can be reproduced, by name, and how each is written: data as CSV and JSON, figures as SVG and PNG."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from fairgames.errors import InputError
from fairgames.progress import track
from fairgames.reading.atomic import write_atomically
from fairgames.tables.table import Table, Tabular

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Sentence:
    """A sentence of the papers about a figure, judged on the numbers that the figure shows.

    Attributes
    ----------
    says : the sentence, shortened
    holds : whether it does
    found : the number that decides
    """

    says: str
    holds: bool
    found: object


@dataclass(frozen=True, eq=False)
class Data(Tabular):
    """The numbers of an example or a figure.

    Attributes
    ----------
    columns, rows : the table that becomes the CSV; cells are numbers, rationals or text
    facts : parameters and single results, by name
    searched : what the papers withhold, and the value that was chosen for it
    sentences : what the papers say about it
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    searched: Mapping[str, object] = field(default_factory=dict)
    sentences: tuple[Sentence, ...] = ()

    def table(self) -> Table:
        """The rows."""
        return Table.of_rows(self.columns, self.rows)

    @property
    def failing(self) -> tuple[str, ...]:
        """The sentences that do not hold."""
        return tuple(sentence.says for sentence in self.sentences if not sentence.holds)


class Result(Protocol):
    """What is computed: it knows its numbers."""

    def data(self) -> Data: ...


@runtime_checkable
class Drawable(Protocol):
    """A result that is a figure."""

    def draw(self) -> Figure: ...


@runtime_checkable
class Documented(Protocol):
    """A result that is written in forms of its own."""

    def documents(self) -> Mapping[str, str]:
        """Texts by the suffix of their file."""


@dataclass(frozen=True)
class Reproduction:
    """An example, a figure or the claims of the papers.

    Attributes
    ----------
    name : by which it is asked for
    source : where the papers have it
    title : what it shows
    module, function : where it is computed, loaded when it is asked for
    floats : whether some of its sentences compare floats, the rounding of which is not bounded; else rationals
    """

    name: str
    source: str
    title: str
    module: str
    function: str
    floats: bool = False

    def compute(self) -> Result:
        """The numbers, from the library."""
        result: Result = getattr(import_module(f"fairgames.paper.{self.module}"), self.function)()
        return result


@dataclass(frozen=True)
class Written:
    """What was reproduced and the files that hold it."""

    reproduction: Reproduction
    data: Data
    files: tuple[Path, ...]


REPRODUCTIONS: tuple[Reproduction, ...] = (
    Reproduction("eq10-12", "eqs. 10-12", "Fair allocations of two users' utility", "examples", "allocations"),
    Reproduction("eq37", "eq. 37", "The utility of two users at a finite ε", "examples", "finite_epsilon"),
    Reproduction("table1", "Table 1", "What the platform gets at each privacy level", "examples", "privacy_levels"),
    Reproduction("eq91-97", "eqs. 91-97", "Theorem 3 worked out for two users", "examples", "theorem_3"),
    Reproduction("fig4", "Fig. 4", "Means and spreads of heterogeneous users", "figure4", "figure_4", True),
    Reproduction("fig5a", "Fig. 5a", "Payments by type of user", "figure5", "figure_5a", True),
    Reproduction("fig5b", "Fig. 5b", "Payments where one user is important", "figure5", "figure_5b", True),
    Reproduction("fig6", "Fig. 6", "Payments and sensitivities at an equilibrium", "figure6", "figure_6", True),
    Reproduction("fig7a", "Fig. 7a", "The platform's landscape, homogeneous users", "figure7", "figure_7a", True),
    Reproduction("fig7b", "Fig. 7b", "The platform's landscape, heterogeneous users", "figure7", "figure_7b", True),
    Reproduction("fig8", "Fig. 8", "The three regimes of Theorem 3", "figure8", "figure_8"),
    Reproduction("fig9", "Fig. 9", "Two users with different sensitivities", "figure9", "figure_9"),
    Reproduction("claims", "both versions", "Every checkable sentence, judged", "judged", "claims", True),
)


def named(names: Sequence[str]) -> tuple[Reproduction, ...]:
    """The reproductions of these names, in the papers' order; all of them where none is given.

    Raises
    ------
    InputError
        Naming every unknown name at once, with the nearest one that exists.
    """
    known = {one.name: one for one in REPRODUCTIONS}
    faults = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            faults.append(f"reproduce: nothing is called {name!r}: {hint}")
    if faults:
        raise InputError(faults)
    return tuple(one for one in REPRODUCTIONS if not names or one.name in names)


def reproduce(names: Sequence[str] = (), directory: Path | str = ".") -> list[Written]:
    """Compute examples and figures of the papers and write them to ``directory``.

    Parameters
    ----------
    names : which, such as ``"fig8"``; default: all
    directory : made if it is not there; each becomes ``NAME.json`` and ``NAME.csv``, figures
        ``NAME.svg`` and ``NAME.png`` too; the claims ``claims.json`` and ``claims.md``

    Raises
    ------
    InputError
        If a name is unknown or a file cannot be written.
    MissingPackageError
        If a figure is to be drawn and matplotlib is not installed.
    """
    return [write(one, Path(directory)) for one in track(named(names), "reproduce")]


def write(reproduction: Reproduction, directory: Path) -> Written:
    """Compute one and write its files."""
    result = reproduction.compute()
    data = result.data()
    if isinstance(result, Documented):
        texts = result.documents()
    else:
        texts = {".json": as_json(reproduction, data), ".csv": as_csv(data)}
    files = []
    for suffix, text in texts.items():
        files.append(directory / f"{reproduction.name}{suffix}")
        write_atomically(files[-1], [text])
    if isinstance(result, Drawable):
        from fairgames.plots.files import save

        files += save(result.draw(), directory / reproduction.name)
    return Written(reproduction, data, tuple(files))


def as_json(reproduction: Reproduction, data: Data) -> str:
    """The numbers with all that was chosen for them."""
    answer = {
        "name": reproduction.name,
        "source": reproduction.source,
        "title": reproduction.title,
        "facts": data.facts,
        "searched": data.searched,
        "sentences": [vars(sentence) for sentence in data.sentences],
        "columns": data.columns,
        "rows": data.rows,
    }
    return json.dumps(answer, indent=1, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"


def as_csv(data: Data) -> str:
    """The table alone; floats with all their digits."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(data.columns)
    for row in data.rows:
        writer.writerow([_plain(value) if isinstance(value, Fraction | np.generic) else value for value in row])
    return text.getvalue()


def _plain(value: object) -> Any:
    """Rationals and NumPy's numbers as plain ones."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"no plain number: {value!r}")
