"""What fit is asked for, read and checked: levels, costs, columns, how text is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.random_effects.reading import Headings
from fairgames.random_effects.result import LEVELS
from fairgames.reading.data.form import Form
from fairgames.reading.faults import Faults
from fairgames.reading.names import clean
from fairgames.reading.notation import read_number, show
from fairgames.typing import Number


def to_form(written: Mapping[str, Any], faults: Faults) -> Form:
    unknown = set(written) - set(Form.__dataclass_fields__)
    if unknown:
        raise TypeError(f"fit() got an unexpected keyword argument {sorted(unknown)[0]!r}")
    try:
        return Form.of(written)
    except InputError as error:
        faults.extend(error.faults)
        return Form()


def to_levels(levels: Sequence[int], faults: Faults) -> tuple[int, ...]:
    read = [_cost(level) if not isinstance(level, bool) else None for level in levels]
    known = tuple(int(level) for level in read if level is not None and level in LEVELS)
    if isinstance(levels, str) or len(known) != len(read) or list(known) != sorted(set(known)) or known[:1] != (0,):
        shown = show(levels if isinstance(levels, str) else list(levels))
        faults.add(f"levels: got {shown}, expected an increasing list from 0, 1, 2 whose first entry is 0")
        return LEVELS
    if len(known) < 2:
        faults.add(f"levels: got {show(list(known))}, expected at least two of 0, 1, 2")
        return LEVELS
    return known


def to_scale(scale: Number, faults: Faults) -> Fraction:
    read = _cost(scale)
    if read is None or read <= 0:
        faults.add(f"scale: got {show(scale)}, expected a finite number > 0")
        return Fraction(1)
    return read


def to_headings(
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


def to_costs(sensitivity: Sequence[Number] | None, levels: Sequence[int], faults: Faults) -> tuple[Fraction, ...]:
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


def at_levels(costs: tuple[Fraction, ...], levels: Sequence[int]) -> tuple[Fraction, ...]:
    """One cost a level; that of level 0, where no column has it, is 0."""
    return (Fraction(0),) * (len(levels) - len(costs)) + costs
