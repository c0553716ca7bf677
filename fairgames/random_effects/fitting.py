"""From measurements to a scenario: the two variances, the users with most samples, their costs, as TOML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

from fairgames.errors import DataError, InputError
from fairgames.exact import to_fraction
from fairgames.random_effects.estimates import Interval, Variances, intervals, moments, reml
from fairgames.random_effects.reading import BEYOND, Headings, Read, read_data
from fairgames.random_effects.summaries import Summaries
from fairgames.reading.atomic import write_atomically
from fairgames.reading.data.form import Form
from fairgames.reading.faults import Faults
from fairgames.reading.names import clean, doubtful
from fairgames.reading.notation import plain, read_number, show, write_number, write_string
from fairgames.tables.table import Table, Tabular
from fairgames.text import how_many
from fairgames.typing import Number

#: How the variances of the scenario are estimated.
Estimator = Literal["moments", "reml"]
#: Faults listed of one data file.
_LISTED = 50
#: Variances that :class:`fairgames.FederatedMean` takes.
_LEAST, _MOST = 1e-60, 1e60
#: The federated mean's levels, each with a cost.
_LEVELS = (0, 1, 2)


@dataclass(frozen=True)
class Fit(Tabular):
    """A federated-mean scenario estimated from data.

    Attributes
    ----------
    between : s², the variance of the users' means
    within : r², the variance of one user's values
    users : names of the users kept
    samples : how many values each of them has
    sensitivity : c at the levels, the same for everybody; () where ``costs`` has each user's own
    n_users_all, n_samples_all : what the variances were estimated from
    source : file and columns, as a comment
    warnings : what is legal but worth knowing
    levels : the scenario's levels, of 0, 1 and 2
    costs : c of each user kept, at the levels, where columns have them
    scale, currency : money per unit of U, and what it is called
    notes : what columns say else of the users kept, by heading
    estimator : by which of the two the variances are estimated
    confidence : of the intervals
    skipped : rows left out, as something was missing in them
    form : how the table turned out to be written: ``delimiter``, ``decimal``, ``thousands``
    summaries : of all users, from which everything is estimated; None only where a Fit was put together by hand
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
    levels: tuple[int, ...] = _LEVELS
    costs: tuple[tuple[Fraction, ...], ...] = ()
    scale: Fraction = Fraction(1)
    currency: str | None = None
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    estimator: Estimator = "moments"
    confidence: float = 0.95
    skipped: int = 0
    form: Mapping[str, str | None] = field(default_factory=dict)
    summaries: Summaries | None = field(default=None, repr=False, compare=False)

    @cached_property
    def moments(self) -> Variances:
        """By the analysis of variance; a negative s² is 0."""
        found = moments(self._known)
        return Variances(max(found.between, 0.0), found.within)

    @cached_property
    def reml(self) -> Variances:
        """By restricted maximum likelihood."""
        return reml(self._known)

    @property
    def between_interval(self) -> Interval:
        """Of s², by the profile of the restricted likelihood, at the ``confidence``."""
        return self._intervals[0]

    @property
    def within_interval(self) -> Interval:
        """Of r², likewise."""
        return self._intervals[1]

    @cached_property
    def _intervals(self) -> tuple[Interval, Interval]:
        return intervals(self._known, self.confidence)

    @property
    def _known(self) -> Summaries:
        if self.summaries is None:
            raise InputError("this Fit has no data behind it; expected one that fairgames.fit made")
        return self.summaries

    def table(self) -> Table:
        """One row a user that is kept, with its samples."""
        return Table({"user": self.users, "samples": self.samples})

    def to_toml(self) -> str:
        """The scenario as TOML; every number is read back exactly."""
        currency = f"currency = {write_string(self.currency)}\n" if self.currency is not None else ""
        head = (
            f"# fairgames fit: {self.source}\n"
            f"# variances estimated from {self.n_samples_all} samples of {self.n_users_all} users\n"
            "\n[utility]\n"
            'kind = "federated-mean"\n'
            f"between_user_variance = {write_number(self.between)}\n"
            f"within_user_variance = {write_number(self.within)}\n"
            f"levels = {list(self.levels)}\n"
            'aggregation = "equal"\n'
            f"{f'scale = {write_number(self.scale)}' + chr(10) if self.scale != 1 else ''}{currency}"
        )
        return "".join(chain([head, self._fit_table()], self._rows()))

    def _fit_table(self) -> str:
        """What the data leave open about the variances."""
        if self.summaries is None:
            return ""
        ends = {"between_user_variance": self.between_interval, "within_user_variance": self.within_interval}
        lines = (
            f"{key} = [{write_number(interval.low)}, {write_number(interval.high)}]\n" for key, interval in ends.items()
        )
        return f"\n[fit]\nconfidence = {write_number(self.confidence)}\n{''.join(lines)}"

    def _rows(self) -> Iterator[str]:
        for number, (name, samples) in enumerate(zip(self.users, self.samples, strict=True)):
            costs = ", ".join(map(write_number, self.costs[number] if self.costs else self.sensitivity))
            kept = [f"{write_string(key)} = {write_string(notes[number])}" for key, notes in self.notes.items()]
            notes = f"notes = {{ {', '.join(kept)} }}\n" if kept else ""
            yield (f"\n[[users]]\nname = {write_string(name)}\nsamples = {samples}\nsensitivity = [{costs}]\n{notes}")

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
    data: Any,
    user: str,
    value: str | None = None,
    top: int | None = None,
    sensitivity: Sequence[Number] | None = None,
    *,
    samples: str | None = None,
    mean: str | None = None,
    sd: str | None = None,
    levels: Sequence[int] = _LEVELS,
    costs: Sequence[str] = (),
    notes: Sequence[str] = (),
    scale: Number = 1,
    currency: str | None = None,
    estimator: Estimator = "moments",
    confidence: float = 0.95,
    **written: Any,
) -> Fit:
    """Estimate s² and r² of data holders, and keep those with most samples.

    With k users, n_i values each, N in all, SSB and SSW the sums of squares between and
    within users: r² = MSW = SSW/(N − k), s² = (MSB − MSW)/n₀ with MSB = SSB/(k − 1) and
    n₀ = (N − Σn_i²/N)/(k − 1). These are the unbiased moment estimators of the one-way
    random model with unequal n (Searle, Casella & McCulloch 1992, Variance Components,
    chapter 3). A negative s² is set to 0, with a warning. :attr:`Fit.reml` has the restricted
    maximum-likelihood estimates beside them, and :attr:`Fit.between_interval` and
    :attr:`Fit.within_interval` what the data leave open.

    Parameters
    ----------
    data : a file or a frame with a heading for each column: text with any separator (``.csv``, ``.tsv``, also
        ``.gz``), ``.xlsx``, ``.parquet``, or a frame of pandas, polars or pyarrow. Names are compared without blanks
        around them, in Unicode's composed form
    user, value : the columns that say who it is, and one value, where each row is a sample
    samples, mean, sd : in place of ``value`` where each row is a user: the columns with the number of values, their
        mean and their standard deviation (that with n − 1; may be empty of a single value)
    top : keep the K users with most samples, largest first (ties: first appearance first);
        the variances are those of all users. Default: keep all, in order of appearance
    levels : which of the levels 0, 1, 2 the scenario has; 0 is the first
    sensitivity : c at the levels, read as written; default zeros, with a warning
    costs : in place of ``sensitivity`` the columns with each user's own c, one a level; that of level 0 may be left out
    notes : columns that are kept as notes; like costs they are the same in all rows of a user
    scale, currency : money per unit of U, and what it is called
    estimator : by which the variances of the scenario are estimated, "moments" or "reml"
    confidence : of the intervals, between 0 and 1
    **written : how text is written, where it does not show itself: ``delimiter``, ``decimal``, ``thousands``;
        ``skip_missing=True`` to leave out rows in which NA or nothing stands for a name or a number; ``sheet`` of a
        workbook; see :class:`fairgames.reading.data.form.Form`

    Raises
    ------
    DataError
        Naming file, line and value, for every fault at once (the first 50 are listed).
    MissingPackageError
        If the package that reads ``data`` is not installed.
    TooLargeError
        If it does not fit in memory.
    """
    faults = Faults(_LISTED)
    form = _form(written, faults)
    known = _levels(levels, faults)
    if costs and sensitivity is not None:
        faults.add("costs: got both columns of costs and a sensitivity for everybody, expected one of them")
    same = _costs(sensitivity, known, faults)
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        faults.add(f"top: got {top!r}, expected a whole number ≥ 1")
    money = _scale(scale, faults)
    if estimator not in get_args(Estimator):
        faults.add(f"estimator: got {show(estimator)}, expected one of {', '.join(get_args(Estimator))}")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        faults.add(f"confidence: got {confidence!r}, expected a number between 0 and 1, such as 0.95")
    headings = _headings(user, value, (samples, mean, sd), costs, notes, known, faults)
    read = read_data(data, headings, form, faults) if headings else None
    faults.raise_as(DataError)
    if read is None or headings is None:
        raise AssertionError("what cannot be read has faults")
    _check(read, top, faults)
    faults.raise_as(DataError)
    raw = _variances(read)
    chosen = raw if estimator == "moments" else reml(read.summaries)
    sizes = read.summaries.sizes
    kept = range(len(sizes)) if top is None else sorted(range(len(sizes)), key=lambda number: -sizes[number])[:top]
    name = Path(data).name if isinstance(data, str | PathLike) else read.source
    own = tuple(_at_levels(read.costs[read.summaries.names[number]], known) for number in kept) if costs else ()
    _check_free(own, read, kept, headings, faults)
    faults.raise_as(DataError)
    return Fit(
        between=max(chosen.between, 0.0),
        within=chosen.within,
        users=tuple(read.summaries.names[number] for number in kept),
        samples=tuple(sizes[number] for number in kept),
        sensitivity=() if costs else same,
        n_users_all=len(sizes),
        n_samples_all=read.summaries.n_samples,
        source=", ".join(write_string(_encodable(part)) for part in (name, *headings.all)),
        warnings=tuple(_warnings(read, raw, sensitivity is None and not costs)),
        levels=known,
        costs=own,
        scale=money,
        currency=currency,
        notes={heading: tuple(entries[number] for number in kept) for heading, entries in read.notes.items()},
        estimator=estimator,
        confidence=float(confidence),
        skipped=read.skipped,
        form=read.form,
        summaries=read.summaries,
    )


def _form(written: Mapping[str, Any], faults: Faults) -> Form:
    unknown = set(written) - set(Form.__dataclass_fields__)
    if unknown:
        raise TypeError(f"fit() got an unexpected keyword argument {sorted(unknown)[0]!r}")
    try:
        return Form.of(written)
    except InputError as error:
        faults.extend(error.faults)
        return Form()


def _levels(levels: Sequence[int], faults: Faults) -> tuple[int, ...]:
    read = [_cost(level) if not isinstance(level, bool) else None for level in levels]
    known = tuple(int(level) for level in read if level is not None and level in _LEVELS)
    if isinstance(levels, str) or len(known) != len(read) or list(known) != sorted(set(known)) or known[:1] != (0,):
        shown = show(levels if isinstance(levels, str) else list(levels))
        faults.add(f"levels: got {shown}, expected an increasing list from 0, 1, 2 whose first entry is 0")
        return _LEVELS
    if len(known) < 2:
        faults.add(f"levels: got {show(list(known))}, expected at least two of 0, 1, 2")
        return _LEVELS
    return known


def _scale(scale: Number, faults: Faults) -> Fraction:
    read = _cost(scale)
    if read is None or read <= 0:
        faults.add(f"scale: got {show(scale)}, expected a finite number > 0")
        return Fraction(1)
    return read


def _headings(
    user: str,
    value: str | None,
    summary: Sequence[str | None],
    costs: Sequence[str],
    notes: Sequence[str],
    levels: Sequence[int],
    faults: Faults,
) -> Headings | None:
    if value is not None and any(summary):
        faults.add("value: got it beside samples, mean, sd; expected one value a row, or one user a row")
        return None
    if value is None and not all(summary):
        faults.add("value: missing; expected the column with the values, or all of samples, mean and sd")
        return None
    if costs and len(costs) not in (len(levels), len(levels) - 1):
        faults.add(
            f"costs: got {len(costs)} columns, expected {len(levels)}, one for each of the levels "
            f"{', '.join(map(str, levels))}, or {len(levels) - 1} without that of level 0"
        )
        return None
    numbers = (value,) if value is not None else tuple(summary)
    return Headings(
        clean(user), tuple(clean(str(name)) for name in numbers), tuple(map(clean, costs)), tuple(map(clean, notes))
    )


def _costs(sensitivity: Sequence[Number] | None, levels: Sequence[int], faults: Faults) -> tuple[Fraction, ...]:
    if sensitivity is None:
        return (Fraction(0),) * len(levels)
    if isinstance(sensitivity, str) or len(sensitivity) != len(levels):
        came = show(sensitivity if isinstance(sensitivity, str) else list(sensitivity))
        shown = ", ".join(map(str, levels))
        faults.add(f"sensitivity: got {came}, expected {len(levels)} costs, one for each of the levels {shown}")
        return ()
    costs = [_cost(written) for written in sensitivity]
    for level, cost, written in zip(levels, costs, sensitivity, strict=True):
        if cost is None or cost < 0 or (level == 0 and cost != 0):
            expected = "0" if level == 0 else "a finite number ≥ 0"
            faults.add(f"sensitivity at level {level}: got {show(written)}, expected {expected}")
    return tuple(cost or Fraction(0) for cost in costs)


def _cost(written: Number) -> Fraction | None:
    try:
        return read_number(written if isinstance(written, str) else to_fraction(written))
    except InputError:
        return None


def _at_levels(costs: tuple[Fraction, ...], levels: Sequence[int]) -> tuple[Fraction, ...]:
    """One cost a level; that of level 0, where no column has it, is 0."""
    return (Fraction(0),) * (len(levels) - len(costs)) + costs


def _check_free(
    costs: Sequence[Sequence[Fraction]], read: Read, kept: Sequence[int], headings: Headings, faults: Faults
) -> None:
    for number, own in zip(kept, costs, strict=False):
        if own[0] != 0:
            name = write_string(read.summaries.names[number])
            faults.add(f"{read.source}: {headings.costs[0]} ({name}): got {plain(own[0])} at level 0, expected 0")


def _check(read: Read, top: int | None, faults: Faults) -> None:
    names, sizes = read.summaries.names, read.summaries.sizes
    if len(names) == 1:
        faults.add(f"{read.source}: only one user, {write_string(names[0])}; expected at least two")
    if max(sizes) < 2:
        faults.add(f"{read.source}: no user has two samples, expected one who has: the within-user variance is theirs")
    if top is not None and top > len(names):
        faults.add(f"top: got {top}, expected at most {len(names)}, the number of users in {read.source}")


def _variances(read: Read) -> Variances:
    """By moments; s² may be negative."""
    source = read.source
    try:
        found = moments(read.summaries)
    except (OverflowError, ValueError):  # from fsum, of infinities
        found = Variances(math.inf, math.inf)
    within, between = found.within, found.between
    if read.summaries.constant:
        raise DataError(
            f"{source}: within each user all values are equal, so the within-user variance is 0; "
            "expected it > 0, since the utility is infinite at 0"
        )
    if not (within > 0 and math.isfinite(within) and math.isfinite(between)):
        raise DataError(f"{source}: {BEYOND}")
    if not (_LEAST <= within <= _MOST and between <= _MOST and not 0 < between < _LEAST):
        raise DataError(
            f"{source}: got variances of {within:g} within users and {between:g} between, expected {_LEAST:g} to "
            f"{_MOST:g}; express the values in another unit"
        )
    return found


def _warnings(read: Read, raw: Variances, free: bool) -> Iterator[str]:
    yield from (f"{read.source}: users: {doubt}" for doubt in doubtful(read.summaries.names))
    if read.skipped:
        yield f"{read.source}: {how_many(read.skipped)} rows with missing values are left out"
    if raw.between < 0:
        yield (
            f"{read.source}: the estimated between-user variance is negative ({raw.between}) and set to 0: "
            "users differ by no more than chance"
        )
    if free:
        yield "sensitivity: none given; the costs are written as 0, to be edited in the scenario"


def _encodable(text: str) -> str:
    """File names need not be UTF-8; what is not is written with backslashes."""
    return text.encode(errors="backslashreplace").decode()
