"""From measurements to a scenario: the two variances, the users with most samples, their costs, as TOML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any, get_args

from fairgames.errors import DataError
from fairgames.random_effects.asked import at_levels, to_costs, to_form, to_headings, to_levels, to_scale
from fairgames.random_effects.estimates import Variances, moments, reml
from fairgames.random_effects.reading import BEYOND, Headings, Read, read_data
from fairgames.random_effects.result import LEVELS, Estimator, Fit
from fairgames.reading.faults import Faults
from fairgames.reading.names import doubtful
from fairgames.reading.notation import plain, show, write_string
from fairgames.text import how_many
from fairgames.typing import Number

#: Faults listed of one data file.
_LISTED = 50
#: Variances that :class:`fairgames.FederatedMean` takes.
_LEAST, _MOST = 1e-60, 1e60


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
    levels: Sequence[int] = LEVELS,
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
    form = to_form(written, faults)
    known = to_levels(levels, faults)
    if costs and sensitivity is not None:
        faults.add("costs: got both columns of costs and a sensitivity for everybody, expected one of them")
    same = to_costs(sensitivity, known, faults)
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        faults.add(f"top: got {top!r}, expected a whole number ≥ 1")
    money = to_scale(scale, faults)
    if estimator not in get_args(Estimator):
        faults.add(f"estimator: got {show(estimator)}, expected one of {', '.join(get_args(Estimator))}")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        faults.add(f"confidence: got {confidence!r}, expected a number between 0 and 1, such as 0.95")
    headings = to_headings(user, value, (samples, mean, sd), costs, notes, known, faults)
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
    own = tuple(at_levels(read.costs[read.summaries.names[number]], known) for number in kept) if costs else ()
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
            f"{read.source}: the estimated between-user variance is negative ({raw.between:.6g}) and set to 0: "
            "users differ by no more than chance"
        )
    if free:
        yield "sensitivity: none given; the costs are written as 0, to be edited in the scenario"


def _encodable(text: str) -> str:
    """File names need not be UTF-8; what is not is written with backslashes."""
    return text.encode(errors="backslashreplace").decode()
