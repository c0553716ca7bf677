"""Costs that only the user knows: rows of costs, of which one is the user's own, each with its chance."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.text import shown
from fairgames.typing import Number

#: Costs that can be summed; as of costs that everybody knows.
_DEAREST = 1e140


class CostRow(NamedTuple):
    """One of the rows of costs that may be a user's own.

    Attributes
    ----------
    probability : the chance that it is, in (0, 1]
    sensitivity : what each level costs then, one entry a level
    """

    probability: Fraction
    sensitivity: tuple[Fraction, ...]


#: The rows of one user; None where everybody knows its costs.
PrivateCosts: TypeAlias = tuple[CostRow, ...] | None


def read_private(
    given: Sequence[tuple[Number, Sequence[Number]]], what: str, lowest: int = 0
) -> tuple[tuple[CostRow, ...], list[str]]:
    """The rows of one user, and what is wrong with them.

    Parameters
    ----------
    given : pairs of a chance and of costs, one a level
    what : whose they are, for messages
    lowest : index of the lowest allowed level, which costs nothing
    """
    rows: list[CostRow] = []
    faults: list[str] = []
    for number, pair in enumerate(given, start=1):
        where = f"{what}, cost row {number}"
        try:
            probability, costs = pair
            row = CostRow(to_fraction(probability, f"{where}: probability"), _costs(costs, where))
        except InputError as error:
            faults += error.faults
            continue
        except (TypeError, ValueError):
            faults.append(f"{where}: got {shown(pair)}, expected a chance and a list of costs")
            continue
        faults += _faults_of(row, where, lowest)
        rows.append(row)
    return tuple(rows), faults + ([] if faults else _faults_together(rows, what))


def _costs(costs: Sequence[Number], where: str) -> tuple[Fraction, ...]:
    if isinstance(costs, str):
        raise TypeError
    return tuple(to_fraction(cost, f"{where}: sensitivity") for cost in costs)


def _faults_of(row: CostRow, where: str, lowest: int) -> list[str]:
    faults: list[str] = []
    if not 0 < row.probability <= 1:
        faults.append(
            f"{where}: probability: expected a number above 0 and at most 1, got {row.probability}; leave out a row "
            "that is nobody's"
        )
    wrong = [cost for cost in row.sensitivity if not 0 <= cost <= _DEAREST or (cost and not float(cost))]
    if wrong:
        faults.append(f"{where}: sensitivity: expected costs from 0 to {_DEAREST:g}, got {shown(wrong[0])}")
    elif lowest < len(row.sensitivity) and row.sensitivity[lowest]:
        faults.append(
            f"{where}: sensitivity: expected 0 at the lowest allowed level (index {lowest}), "
            f"got {row.sensitivity[lowest]}"
        )
    return faults


def _faults_together(rows: Sequence[CostRow], what: str) -> list[str]:
    total = sum((row.probability for row in rows), Fraction(0))
    if total != 1:
        return [f'{what}: expected chances that sum to 1, got {total}; thirds are written as "1/3"']
    if len({len(row.sensitivity) for row in rows}) > 1:
        return [f"{what}: expected as many costs in every row, got {[len(row.sensitivity) for row in rows]}"]
    return []


def expected_costs(rows: Sequence[CostRow]) -> tuple[Fraction, ...]:
    """What each level costs the user on average."""
    columns = zip(*(row.sensitivity for row in rows), strict=True)
    chances = [row.probability for row in rows]
    return tuple(sum((p * c for p, c in zip(chances, column, strict=True)), Fraction(0)) for column in columns)
