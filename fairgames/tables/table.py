"""A result as a table, whatever is made of it then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames import notebook
from fairgames.errors import MissingPackageError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, by name.

    Attributes
    ----------
    columns : one entry a row: text, numbers, rationals, flags or None
    """

    columns: Mapping[str, Sequence[Any] | np.ndarray[Any, Any]]

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
        """From rows with one value a name; there may be none."""
        found = list(rows)
        return cls({name: [row[place] for row in found] for place, name in enumerate(names)})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, numbers as Python has them."""
        values = (column.tolist() if isinstance(column, np.ndarray) else column for column in self.columns.values())
        return zip(*values, strict=True)

    def _repr_html_(self) -> str:
        return self.in_html("Table")

    def in_html(self, title: str, remarks: Sequence[str] = ()) -> str:
        """The first rows as HTML for a notebook, with a heading, and remarks below it; all of it escaped."""
        return notebook.html(title, list(self.columns), self.rows(), len(self), remarks)

    def to_frame(self, exact: bool = False) -> pd.DataFrame:
        """The table as a frame of pandas.

        Parameters
        ----------
        exact : rationals stay ``Fraction`` objects; by default they are floats, with which pandas computes

        Raises
        ------
        MissingPackageError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise MissingPackageError("pandas", "to_frame()", extra="tables") from None
        return pd.DataFrame(
            {name: list(column) if exact else _floats(column) for name, column in self.columns.items()},
            columns=list(self.columns),
        )


class Tabular(ABC):
    """A result that has a table."""

    @abstractmethod
    def table(self) -> Table:
        """The result as a table."""

    def headline(self) -> str:
        """The result in a line."""
        return type(self).__name__

    def _repr_html_(self) -> str:
        """In a notebook: the :meth:`headline` and the first rows of the :meth:`table`."""
        return self.table().in_html(self.headline())

    def to_frame(self, exact: bool = False) -> pd.DataFrame:
        """The :meth:`table` as a frame of pandas; with ``exact``, rationals stay ``Fraction`` objects.

        Raises
        ------
        MissingPackageError
            If pandas is not installed (extra ``tables``).
        """
        return self.table().to_frame(exact)


def _floats(column: Sequence[Any] | np.ndarray[Any, Any]) -> list[Any]:
    entries = column.tolist() if isinstance(column, np.ndarray) else column
    return [float(entry) if isinstance(entry, Fraction) else entry for entry in entries]
