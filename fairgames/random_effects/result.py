"""What was estimated, as a frozen result that writes itself as a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Literal

from fairgames.errors import DataError, InputError
from fairgames.random_effects.estimates import Interval, Variances, intervals, moments, reml
from fairgames.random_effects.summaries import Summaries
from fairgames.reading.atomic import write_atomically
from fairgames.reading.notation import write_number, write_string
from fairgames.tables.table import Table, Tabular

#: How the variances of the scenario are estimated.
Estimator = Literal["moments", "reml"]
#: The federated mean's levels, each with a cost.
LEVELS = (0, 1, 2)


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
    levels: tuple[int, ...] = LEVELS
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
