"""The users: numbers of samples, importance, costs of sharing, and the levels that they may choose."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np

from fairgames import notebook
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.private_costs import PrivateCosts, expected_costs, read_private
from fairgames.text import shown
from fairgames.typing import FloatArray, IntArray, Number

#: Faults of one kind that are listed, before they are counted.
MOST_FAULTS = 50
#: Samples and importances whose squares can be summed; costs that can be summed.
_LARGEST, _DEAREST = 1e30, 1e140
#: Objects that are known again by their identity, which is quicker than by what they hold.
_MOST_FORMS = 10_000


@dataclass(frozen=True, eq=False, init=False)
class Users:
    """N users, one row each: samples, importance, costs, choices and names.

    Parameters
    ----------
    samples : n_i, the number of samples of each user (real, ≥ 1); needed by the federated mean
    importance : a_i ≥ 0 of eq. 15; default 1 for everybody
    sensitivity : c_i(level), one row a user and one entry a level, in the unit of U, read as
        written (0.3 is 3/10); 0 at the user's lowest allowed level; default 0 everywhere
    allowed : the level *indices* that each user may choose, ascending; default: all
    names : unique; default ``user-1`` …
    private : for each user None, or the rows of costs of which one is the user's own and known to nobody else, each a
        pair of its chance and of costs one a level; the user's ``sensitivity`` is None then, and becomes the mean of
        the rows. See :class:`fairgames.private.PlanGame`

    Raises
    ------
    InputError
        Naming every fault at once.

    >>> users = Users(samples=[303, 46], sensitivity=[[0, .1, .3], [0, "1/3", 1]])
    >>> len(users), users.names, users.sensitivity[1]
    (2, ('user-1', 'user-2'), (Fraction(0, 1), Fraction(1, 3), Fraction(1, 1)))

    Notes
    -----
    A million users share a few rows of costs and of choices: equal rows are one object, and what
    depends on them alone is asked once for each of :attr:`kinds`.
    """

    names: tuple[str, ...]
    samples: FloatArray | None
    importance: FloatArray
    sensitivity: tuple[tuple[Fraction, ...], ...] | None
    allowed: tuple[tuple[int, ...], ...] | None
    private: tuple[PrivateCosts, ...] | None

    def __init__(
        self,
        samples: Sequence[float] | FloatArray | None = None,
        sensitivity: Sequence[Sequence[Number] | None] | None = None,
        importance: Sequence[float] | FloatArray | None = None,
        allowed: Sequence[Sequence[int] | None] | None = None,
        names: Sequence[str] | None = None,
        private: Sequence[Sequence[tuple[Number, Sequence[Number]]] | None] | None = None,
    ) -> None:
        given = {
            "samples": samples, "sensitivity": sensitivity, "importance": importance,
            "allowed": allowed, "names": names, "private": private,
        }  # fmt: skip
        sizes = {key: len(value) for key, value in given.items() if value is not None}
        if not sizes:
            raise InputError("users: give at least one of samples, sensitivity, importance, allowed, names, private")
        if len(set(sizes.values())) > 1:
            raise InputError(f"users: every list must have one entry a user, but the lengths are {sizes}")
        n = next(iter(sizes.values()))
        faults = _Faults()
        if n == 0:
            faults.add("users: expected at least one user, got none")
        fields: dict[str, Any] = {
            "names": faults.names(names, n),
            "samples": None if samples is None else faults.reals("samples", samples, 1),
            "importance": faults.reals("importance", np.ones(n) if importance is None else importance, 0),
            "allowed": faults.choices(allowed, n),
        }
        fields["private"] = None if private is None else faults.private(private, fields["allowed"])
        known = faults.with_expected(sensitivity, fields["private"])
        fields["sensitivity"] = None if known is None else faults.costs(known)
        kinds = Kinds.of(n, fields["sensitivity"], fields["allowed"], fields["private"])
        faults.costs_at_lowest(fields["sensitivity"], fields["allowed"], kinds)
        faults.raise_if_any()
        self.__dict__["kinds"] = kinds
        for key, value in fields.items():
            object.__setattr__(self, key, value)

    def __len__(self) -> int:
        return len(self.names)

    def _repr_html_(self) -> str:
        """In a notebook: the first of them."""
        columns = {
            "user": self.names,
            "samples": self.samples,
            "importance": self.importance,
            "sensitivity": self.sensitivity,
            "allowed level indices": self.allowed,
        }
        given = {name: values for name, values in columns.items() if values is not None}
        return notebook.html(f"{len(self):,} users", list(given), zip(*given.values(), strict=True), len(self))

    @cached_property
    def kinds(self) -> Kinds:
        """The groups of users with the same costs and the same choices."""
        return Kinds.of(len(self), self.sensitivity, self.allowed, self.private)

    @property
    def private_names(self) -> tuple[str, ...]:
        """Names of the users whose costs are private."""
        return tuple(name for name, rows in zip(self.names, self.private or (), strict=False) if rows)

    def with_costs(self, sensitivity: Sequence[Sequence[Number]] | None = None) -> Users:
        """The same users with costs that everybody knows: these, or where none are given the mean of private rows."""
        costs = self.sensitivity if sensitivity is None else sensitivity
        allowed = None if self.allowed is None else [row or None for row in self.allowed]
        return Users(self.samples, costs, self.importance, allowed, self.names)

    def costs(self, user: int, n_levels: int) -> tuple[Fraction, ...]:
        """c_i at every level; zeros where no sensitivity was given.

        Raises
        ------
        InputError
            If the user's sensitivity has another length than the utility has levels.
        """
        if self.sensitivity is None:
            return (Fraction(0),) * n_levels
        row = self.sensitivity[user]
        if len(row) != n_levels:
            raise InputError(
                f"user {self.names[user]}: sensitivity has {len(row)} entries, but the utility has {n_levels} levels"
            )
        return row

    def choices(self, user: int, n_levels: int) -> tuple[int, ...]:
        """The level indices that the user may choose, ascending.

        Raises
        ------
        InputError
            If one of them is not an index of the utility's levels.
        """
        row = None if self.allowed is None else self.allowed[user]
        if not row:
            return tuple(range(n_levels))
        if row[-1] >= n_levels:
            raise InputError(
                f"user {self.names[user]}: allowed level index {row[-1]}, but the utility has {n_levels} levels"
            )
        return row

    def non_monotone(self) -> tuple[str, ...]:
        """Names of the users whose cost falls somewhere as they share more: legal, but worth a warning."""
        falls = [any(after < before for before, after in pairwise(self._own_costs(user))) for user in self.kinds.first]
        return tuple(self.names[user] for user in np.flatnonzero(np.array(falls)[self.kinds.of_user]).tolist())

    def _own_costs(self, user: int) -> tuple[Fraction, ...]:
        """Costs of the levels that the user may choose."""
        row = self.sensitivity[user] if self.sensitivity else ()
        allowed = self.allowed[user] if self.allowed else ()
        return tuple(row[level] for level in allowed if level < len(row)) if allowed else row


@dataclass(frozen=True, eq=False)
class Kinds:
    """Users who share rows.

    Attributes
    ----------
    of_user : the number 0, 1, … of each user's kind, in order of first appearance, shape (N,)
    first : the first user of each kind
    """

    of_user: IntArray
    first: tuple[int, ...]

    @classmethod
    def of(cls, n: int, *columns: Sequence[object] | None) -> Kinds:
        """By the identity of the N entries of each column."""
        labels = np.zeros(n, dtype=np.int64)
        for column in columns:
            if column is not None:
                _, own = np.unique(np.fromiter(map(id, column), dtype=np.int64, count=n), return_inverse=True)
                _, labels = np.unique(labels * n + own, return_inverse=True)
        _, first, which = np.unique(labels, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return cls(np.argsort(order)[which], tuple(first[order].tolist()))


class _Interned:
    """Equal rows as one object, each form in which a row comes read once."""

    def __init__(self) -> None:
        self._by_identity: dict[int, tuple[object, tuple[Any, ...]]] = {}
        self._rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def known(self, given: object) -> tuple[Any, ...] | None:
        """What this very object was read as."""
        found = self._by_identity.get(id(given))
        return found[1] if found else None

    def keep(self, given: object, form: tuple[Any, ...], read: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        """What an object of this form is read as; the object is held, so that no other takes its identity."""
        key = tuple(map(_quick, form))
        row = self._rows.get(key)
        if row is None:
            row = read()
            row = self._rows[key] = self._rows.setdefault(tuple(map(_quick, row)), row)
        if len(self._by_identity) < _MOST_FORMS:
            self._by_identity[id(given)] = given, row
        return row


#: Tells a fraction's parts from a pair that stands where a number is expected.
_PARTS = object()


def _quick(value: Any) -> Any:
    """What stands for a value as a key: to hash a fraction is to invert its denominator, which takes microseconds."""
    return (_PARTS, *value.as_integer_ratio()) if isinstance(value, Fraction) else value


class _Faults:
    """Collects faults while the fields are read, so that all are reported at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, fault: str) -> None:
        self.found.append(fault)

    def raise_if_any(self) -> None:
        if self.found:
            raise InputError(self.found)

    def names(self, names: Sequence[str] | None, n: int) -> tuple[str, ...]:
        if names is None:
            return tuple(f"user-{number}" for number in range(1, n + 1))
        if len(set(names)) < n:
            for name, times in Counter(names).items():
                if times > 1:
                    self.add(f"names: {name!r} stands {times} times, expected unique names")
        return tuple(names) if set(map(type, names)) == {str} else tuple(map(str, names))

    def reals(self, key: str, values: Sequence[float] | FloatArray, least: float) -> FloatArray:
        try:
            array = np.array(values, dtype=float)  # a copy: the caller's stays the caller's
        except (TypeError, ValueError):
            self.add(f"{key}: expected one number a user, got {reprlib.repr(values)}")
            return np.zeros(0)
        if array.ndim != 1:
            self.add(f"{key}: expected one number a user, got an array of shape {array.shape}")
            return array
        wrong = np.flatnonzero(~((array >= least) & (array <= _LARGEST)))
        for user in wrong[:MOST_FAULTS].tolist():
            self.add(f"{key}: user {user + 1} has {array[user]}, expected a number from {least:g} to {_LARGEST:g}")
        if len(wrong) > MOST_FAULTS:
            self.add(f"{key}: the same is wrong for {len(wrong) - MOST_FAULTS:,} more users")
        array.setflags(write=False)
        return array

    def costs(self, rows: Sequence[Sequence[Number]]) -> tuple[tuple[Fraction, ...], ...]:
        interned = _Interned()
        if isinstance(rows, list | tuple):  # It holds its entries, so one identity is one object, read once.
            numbers = dict(zip(map(id, reversed(rows)), range(len(rows), 0, -1), strict=True))
            first = sorted(numbers.items(), key=itemgetter(1))
            read = {one: self._costs(rows[number - 1], number, interned) for one, number in first}
            return tuple(map(read.__getitem__, map(id, rows)))
        return tuple(
            interned.known(costs) or self._costs(costs, number, interned) for number, costs in enumerate(rows, start=1)
        )

    def _costs(self, costs: object, number: int, interned: _Interned) -> tuple[Fraction, ...]:
        row = self._row(costs, f"sensitivity: user {number}", "one cost a level")
        what = f"sensitivity of user {number}"
        return interned.keep(costs, row, lambda: tuple(self._cost(value, what) for value in row))

    def _row(self, row: object, who: str, expected: str) -> tuple[Any, ...]:
        if isinstance(row, Sequence | np.ndarray) and not isinstance(row, str):
            return tuple(row)
        self.add(f"{who} has {reprlib.repr(row)}, expected {expected}")
        return ()

    def _cost(self, value: Number, what: str) -> Fraction:
        try:
            cost = to_fraction(value, what)
        except InputError as error:
            self.found.extend(error.faults)
            return Fraction(0)
        if cost.numerator < 0:
            self.add(f"{what}: expected costs ≥ 0, got {shown(value)}")
        elif cost.numerator > int(_DEAREST) * cost.denominator:
            self.add(
                f"{what}: expected costs ≤ {_DEAREST:g}, got {shown(value)}; "
                "a level that a user would never choose is better left out of `allowed`"
            )
        elif cost and not float(cost):
            self.add(f"{what}: expected 0 or a cost that a float64 can hold (from 5e-324), got {shown(value)}")
        return cost

    def private(
        self,
        given: Sequence[Sequence[tuple[Number, Sequence[Number]]] | None],
        allowed: Sequence[Sequence[int]] | None,
    ) -> tuple[PrivateCosts, ...] | None:
        """The rows of each user; None where nobody has any. What is given as one object is read once."""
        known: dict[tuple[int, int], PrivateCosts] = {}
        found: list[PrivateCosts] = []
        for number, rows in enumerate(given, start=1):
            lowest = (allowed[number - 1] or (0,))[0] if allowed else 0
            if rows is not None and (id(rows), lowest) not in known:
                known[id(rows), lowest], faults = read_private(rows, f"private: user {number}", lowest)
                self.found += faults
            found.append(None if rows is None else known[id(rows), lowest])
        return tuple(found) if any(found) else None

    def with_expected(
        self, sensitivity: Sequence[Sequence[Number] | None] | None, private: Sequence[PrivateCosts] | None
    ) -> Sequence[Sequence[Number]] | None:
        """Sensitivities, with the mean of the rows of those whose costs are private."""
        if private is None or self.found:
            return sensitivity  # type: ignore[return-value]  # None among them is a fault that costs() tells
        means = {id(rows): expected_costs(rows) for rows in private if rows}
        length = len(next(iter(means.values())))
        given = [None] * len(private) if sensitivity is None else list(sensitivity)
        for number, (row, rows) in enumerate(zip(given, private, strict=True), start=1):
            if row is not None and rows:
                self.add(f"sensitivity: user {number} has private costs too, expected one of the two")
        zeros = (0,) * length
        return [
            means[id(rows)] if rows else zeros if row is None else row for row, rows in zip(given, private, strict=True)
        ]

    def choices(self, rows: Sequence[Sequence[int] | None] | None, n: int) -> tuple[tuple[int, ...], ...] | None:
        if rows is None:
            return None
        interned = _Interned()
        return tuple(
            () if row is None else interned.known(row) or self._indices(row, number, interned)
            for number, row in enumerate(rows, start=1)
        )

    def _indices(self, row: object, number: int, interned: _Interned) -> tuple[int, ...]:
        indices = self._row(row, f"allowed: user {number}", "a list of level indices")
        if not indices:
            self.add(f"allowed: user {number} has no level, expected at least one level index")
        if not all(isinstance(index, int | np.integer) and index >= 0 for index in indices) or list(indices) != sorted(
            set(indices)
        ):
            self.add(f"allowed: user {number} has {list(indices)}, expected ascending level indices ≥ 0")
            return ()
        return interned.keep(row, indices, lambda: tuple(int(index) for index in indices))

    def costs_at_lowest(
        self,
        costs: tuple[tuple[Fraction, ...], ...] | None,
        allowed: tuple[tuple[int, ...], ...] | None,
        kinds: Kinds,
    ) -> None:
        if not costs:
            return
        lowest = [allowed[user][0] if allowed and allowed[user] else 0 for user in kinds.first]
        rows = [costs[user] for user in kinds.first]
        wrong = np.array([level < len(row) and row[level] != 0 for row, level in zip(rows, lowest, strict=True)])
        for user in np.flatnonzero(wrong[kinds.of_user]).tolist():
            kind = kinds.of_user[user]
            self.add(
                f"sensitivity of user {user + 1}: expected 0 at the lowest allowed level "
                f"(index {lowest[kind]}), got {rows[kind][lowest[kind]]}"
            )
