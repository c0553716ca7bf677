"""From measurements to a scenario: between- and within-user variance estimated from a data file."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from fairgames.errors import DataError, InputError
from fairgames.exact import to_fraction
from fairgames.progress import track
from fairgames.reading.atomic import write_atomically
from fairgames.reading.beside import csv_rows, lines_from
from fairgames.reading.faults import Faults
from fairgames.reading.names import clean, doubtful, headings
from fairgames.reading.notation import read_number, show, write_number, write_string
from fairgames.reading.section import nearest
from fairgames.tables.table import Table, Tabular
from fairgames.typing import Number

#: Faults listed of one data file.
_LISTED = 50
#: Variances that :class:`fairgames.FederatedMean` takes.
_LEAST, _MOST = 1e-60, 1e60
#: The federated mean's levels, each with a cost.
_LEVELS = (0, 1, 2)

#: The values of each user, in the order of first appearance.
_Groups: TypeAlias = Mapping[str, "array[float]"]


@dataclass(frozen=True)
class Fit(Tabular):
    """A federated-mean scenario estimated from data.

    Attributes
    ----------
    between : s², the variance of the users' means
    within : r², the variance of one user's values
    users : names of the users kept
    samples : how many values each of them has
    sensitivity : c at the levels 0, 1, 2, the same for everybody
    n_users_all, n_samples_all : what the variances were estimated from
    source : file and columns, as a comment
    warnings : what is legal but worth knowing
    """

    between: float
    within: float
    users: tuple[str, ...]
    samples: tuple[int, ...]
    sensitivity: tuple[Fraction, ...]
    n_users_all: int
    n_samples_all: int
    source: str
    warnings: tuple[str, ...]

    def table(self) -> Table:
        """One row a user that is kept, with its samples."""
        return Table({"user": self.users, "samples": self.samples})

    def to_toml(self) -> str:
        """The scenario as TOML; every number is read back exactly."""
        costs = ", ".join(write_number(cost) for cost in self.sensitivity)
        head = (
            f"# fairgames fit: {self.source}\n"
            f"# variances estimated from {self.n_samples_all} samples of {self.n_users_all} users\n"
            "\n[utility]\n"
            'kind = "federated-mean"\n'
            f"between_user_variance = {write_number(self.between)}\n"
            f"within_user_variance = {write_number(self.within)}\n"
            f"levels = {list(_LEVELS)}\n"
            'aggregation = "equal"\n'
        )
        rows = (
            f"\n[[users]]\nname = {write_string(name)}\nsamples = {samples}\nsensitivity = [{costs}]\n"
            for name, samples in zip(self.users, self.samples, strict=True)
        )
        return "".join(chain([head], rows))

    def write(self, path: str | Path) -> None:
        """Write the scenario, making its folder if need be; ``path`` holds all of it or what it held before.

        Raises
        ------
        DataError
            If the file cannot be written.
        """
        try:
            write_atomically(Path(path), [self.to_toml()])
        except InputError as error:
            raise DataError(error.faults) from None


def fit(
    path: str | Path, user: str, value: str, top: int | None = None, sensitivity: Sequence[Number] | None = None
) -> Fit:
    """Estimate s² and r² by the analysis of variance, and keep the users with most samples.

    With k users, n_i values each, N in all, SSB and SSW the sums of squares between and
    within users: r² = MSW = SSW/(N − k), s² = (MSB − MSW)/n₀ with MSB = SSB/(k − 1) and
    n₀ = (N − Σn_i²/N)/(k − 1). These are the unbiased moment estimators of the one-way
    random model with unequal n (Searle, Casella & McCulloch 1992, Variance Components,
    chapter 3). A negative s² is set to 0, with a warning.

    Parameters
    ----------
    path : CSV file with a header, one value a row; names are compared without blanks around them, in
        Unicode's composed form
    user, value : names of the columns
    top : keep the K users with most samples, largest first (ties: first appearance first);
        the variances are those of all users. Default: keep all, in order of appearance
    sensitivity : c at the levels 0, 1, 2, read as written; default zeros, with a warning

    Raises
    ------
    DataError
        Naming file, line and value, for every fault at once (the first 20 are listed).
    """
    path = Path(path)
    faults = Faults(_LISTED)
    costs = _costs(sensitivity, faults)
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        faults.add(f"top: got {top!r}, expected a whole number ≥ 1")
    groups = _read(path, user, value, faults)
    faults.raise_as(DataError)
    _check_groups(path, groups, top, faults)
    faults.raise_as(DataError)
    within, between = _variances(path, groups)
    kept = list(groups) if top is None else sorted(groups, key=lambda name: -len(groups[name]))[:top]
    return Fit(
        between=max(between, 0.0),
        within=within,
        users=tuple(kept),
        samples=tuple(len(groups[name]) for name in kept),
        sensitivity=costs,
        n_users_all=len(groups),
        n_samples_all=sum(map(len, groups.values())),
        source=", ".join(write_string(_encodable(part)) for part in (path.name, user, value)),
        warnings=tuple(_warnings(path, groups, between, sensitivity)),
    )


def _costs(sensitivity: Sequence[Number] | None, faults: Faults) -> tuple[Fraction, ...]:
    if sensitivity is None:
        return (Fraction(0),) * len(_LEVELS)
    if isinstance(sensitivity, str) or len(sensitivity) != len(_LEVELS):
        came = show(sensitivity if isinstance(sensitivity, str) else list(sensitivity))
        faults.add(f"sensitivity: got {came}, expected {len(_LEVELS)} costs, one for each of the levels 0, 1, 2")
        return ()
    costs = [_cost(written) for written in sensitivity]
    for level, cost, written in zip(_LEVELS, costs, sensitivity, strict=True):
        if cost is None or cost < 0 or (level == 0 and cost != 0):
            expected = "0" if level == 0 else "a finite number ≥ 0"
            faults.add(f"sensitivity at level {level}: got {show(written)}, expected {expected}")
    return tuple(cost or Fraction(0) for cost in costs)


def _cost(written: Number) -> Fraction | None:
    try:
        return read_number(written if isinstance(written, str) else to_fraction(written))
    except InputError:
        return None


def _read(path: Path, user: str, value: str, faults: Faults) -> _Groups:
    """The values of each user; what is wrong is added to ``faults``."""
    rows = csv_rows(path)
    groups: dict[str, array[float]] = {}
    try:
        _, header = next(rows, (1, []))
        header, user, value = headings(header), clean(user), clean(value)
        if not _has_columns(path, header, (user, value), faults):
            return groups
        for name, number in _cells(path, rows, (header.index(user), header.index(value)), header, faults):
            groups.setdefault(name, array("d")).append(number)
    except InputError as error:
        faults.extend(error.faults)
    return groups


def _has_columns(path: Path, header: Sequence[str], wanted: Iterable[str], faults: Faults) -> bool:
    if not header:
        faults.add(f"{path}: the file is empty, expected a CSV file with a header")
        return False
    found = {column: header.count(column) for column in wanted}
    hint = "; columns are separated by commas" if len(header) == 1 else ""
    for column, times in found.items():
        shown = write_string(column)
        if times == 0:
            faults.add(f"{path}: line 1: no column {shown}, expected {nearest(column, header, quoted=True)}{hint}")
        elif times > 1:
            faults.add(f"{path}: line 1: column {shown} stands {times} times, expected once")
    return set(found.values()) == {1}


def _cells(
    path: Path, rows: Iterator[tuple[int, list[str]]], columns: tuple[int, int], header: Sequence[str], faults: Faults
) -> Iterator[tuple[str, float]]:
    """(user, value) of each sound row; the others become faults with their line."""
    user, value = columns
    line = None
    for line, row in track(rows, "fit: rows"):
        if faults.full:
            faults.leave(lines_from(path, line))
            return
        if len(row) != len(header):
            faults.add(f"{path}: line {line}: got {len(row)} cells, expected {len(header)}")
            continue
        number = _finite(row[value])
        if number is None:
            faults.add(
                f"{path}: line {line}: {header[value]}: got {write_string(row[value])}, expected a finite number"
            )
        name = clean(row[user])
        if not name:
            faults.add(f"{path}: line {line}: {header[user]}: the cell is empty, expected a user")
        elif number is not None:
            yield name, number
    if line is None:
        faults.add(f"{path}: only a header, expected one row a value below it")


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def _check_groups(path: Path, groups: _Groups, top: int | None, faults: Faults) -> None:
    if len(groups) == 1:
        faults.add(f"{path}: only one user, {write_string(next(iter(groups)))}; expected at least two")
    if max(map(len, groups.values())) < 2:
        faults.add(f"{path}: no user has two samples, expected one who has: the within-user variance is theirs")
    if top is not None and top > len(groups):
        faults.add(f"top: got {top}, expected at most {len(groups)}, the number of users in {path}")


def _variances(path: Path, groups: _Groups) -> tuple[float, float]:
    """r² and the raw s², which may be negative."""
    try:
        within, between = _moments(groups)
    except (OverflowError, ValueError):  # from fsum, of infinities
        within = between = math.inf
    if all(max(values) == min(values) for values in groups.values()):
        raise DataError(
            f"{path}: within each user all values are equal, so the within-user variance is 0; "
            "expected it > 0, since the utility is infinite at 0"
        )
    if not (within > 0 and math.isfinite(within) and math.isfinite(between)):
        raise DataError(f"{path}: the values' squares are beyond double precision; express them in another unit")
    if not (_LEAST <= within <= _MOST and between <= _MOST and not 0 < between < _LEAST):
        raise DataError(
            f"{path}: got variances of {within:g} within users and {between:g} between, expected {_LEAST:g} to "
            f"{_MOST:g}; express the values in another unit"
        )
    return within, between


def _moments(groups: _Groups) -> tuple[float, float]:
    """The moment estimators; values are centred before anything is squared."""
    origin = next(iter(groups.values()))[0]
    sizes = [len(values) for values in groups.values()]
    n_users, n_samples = len(sizes), sum(sizes)
    means, squares = zip(*(_mean_and_squares(values, origin) for values in groups.values()), strict=True)
    centre = math.fsum(n * mean for n, mean in zip(sizes, means, strict=True)) / n_samples
    within = math.fsum(squares) / (n_samples - n_users)
    between_squares = math.fsum(n * (mean - centre) * (mean - centre) for n, mean in zip(sizes, means, strict=True))
    effective = (n_samples - sum(n * n for n in sizes) / n_samples) / (n_users - 1)
    return within, (between_squares / (n_users - 1) - within) / effective


def _mean_and_squares(values: Sequence[float], origin: float) -> tuple[float, float]:
    """A user's mean less ``origin``, and the sum of squares about the mean, by two passes.

    Centring at the user's own first value makes equal values give exactly 0.
    """
    first = values[0]
    centred = [value - first for value in values]
    mean = math.fsum(centred) / len(centred)
    left_over = [value - mean for value in centred]
    squares = math.fsum(value * value for value in left_over) - math.fsum(left_over) ** 2 / len(centred)
    return (first - origin) + mean, squares


def _warnings(path: Path, groups: _Groups, between: float, sensitivity: Sequence[Number] | None) -> Iterator[str]:
    yield from (f"{path}: users: {doubt}" for doubt in doubtful(groups))
    if between < 0:
        yield (
            f"{path}: the estimated between-user variance is negative ({between}) and set to 0: "
            "users differ by no more than chance"
        )
    if sensitivity is None:
        yield "sensitivity: none given; the costs are written as 0, to be edited in the scenario"


def _encodable(text: str) -> str:
    """File names need not be UTF-8; what is not is written with backslashes."""
    return text.encode(errors="backslashreplace").decode()
