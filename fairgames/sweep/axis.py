"""One ``--vary``: a key of the scenario and the exact values that it takes in turn."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from fairgames.errors import InputError
from fairgames.reading.notation import plain, read_number, show

#: A number, exactly; or text, such as inf or the name of a rule; or a truth value.
Single = Fraction | str | bool
#: One of these, or a list of them.
Value = Single | tuple[Single, ...]

#: Points of one axis.
MOST_POINTS = 10_000_000

_FORMS = "KEY=FROM:TO:POINTS, KEY=FROM:TO:POINTS:log, KEY=A,B,C or KEY=[A,B],[C,D,E]"
#: A part of a key: quoted as in TOML, or bare; bare ones may hold blanks.
_PART = r""""(?:[^"\\]|\\.)*"|'[^']*'|[^."'=\s][^."'=]*"""
_AXIS = re.compile(rf"\s*((?:{_PART})(?:\.(?:{_PART}))*)\s*=(.*)", re.DOTALL)
_TRUTH = {"true": True, "false": False}
#: A comma that is in no brackets; an entry that is a list, or has no brackets.
_COMMA, _ENTRY = re.compile(r",(?![^\[]*\])"), re.compile(r"\[([^\[\]]*)\]|[^\[\]]+")
#: Logarithms with this many digits, points with that many: 0.01 comes out as 0.01.
_LOG_DIGITS, _POINT_DIGITS = 50, 15


@dataclass(frozen=True)
class Axis:
    """A key of the scenario with its values.

    Attributes
    ----------
    key : as it was written; the name of the column
    path : its parts; None where it is ``*``, every user
    values : in order, exact
    """

    key: str
    path: tuple[str | None, ...]
    values: tuple[Value, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as people read them."""
        return tuple(map(text_of, self.values))


def text_of(value: Value) -> str:
    """A value as it is written.

    >>> text_of((Fraction(1, 2), "inf"))
    '[0.5, inf]'
    """
    if isinstance(value, tuple):
        return f"[{', '.join(map(text_of, value))}]"
    return plain(value) if isinstance(value, Fraction) else str(value)


def read_axis(text: str) -> Axis:
    """Read ``KEY=FROM:TO:POINTS``, evenly spaced with both ends; ``…:log`` spaces evenly in logarithms;
    ``KEY=A,B,C`` lists values, which may be lists in brackets.

    Evenly spaced points are rationals; points in between on a logarithmic scale are decimals of
    15 digits. One point is FROM.

    Raises
    ------
    InputError
        If it is none of these forms.

    >>> read_axis("utility.scale=0:1:4").texts
    ('0', '1/3', '2/3', '1')
    >>> read_axis("utility.within_user_variance=0.01:100:5:log").texts
    ('0.01', '0.1', '1', '10', '100')
    >>> read_axis('users."St. Mary".sensitivity.1=0.1,1/3').path
    ('users', 'St. Mary', 'sensitivity', '1')
    >>> read_axis("users.*.allowed=[0,2],[0,1,2]").texts
    ('[0, 2]', '[0, 1, 2]')
    """
    found = _AXIS.fullmatch(text)
    if found is None:
        raise InputError(f"--vary: got {show(text)}, expected {_FORMS}")
    key, values = found[1].strip(), found[2].strip()
    path = tuple(_part(part) for part in re.findall(_PART, key))
    try:
        return Axis(key, path, _range(values) if ":" in values else _list(values))
    except InputError as error:
        raise InputError(f"--vary {key}: {fault}" for fault in error.faults) from None


def _part(text: str) -> str | None:
    if text[0] not in "\"'":
        return None if text.strip() == "*" else text.strip()
    try:
        return str(tomllib.loads(f"part = {text}")["part"])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"--vary: the key's part {show(text)} is not a TOML string ({error})") from None


def _list(text: str) -> tuple[Value, ...]:
    found = [_ENTRY.fullmatch(entry.strip()) for entry in _COMMA.split(text)]
    if not all(found):
        raise InputError(f"got {show(text)}, expected values separated by commas, or FROM:TO:POINTS; a list is [A,B]")
    return tuple(_value(entry[0]) if entry[1] is None else _entries(entry[1]) for entry in found if entry)


def _entries(text: str) -> tuple[Single, ...]:
    """Those of a list."""
    entries = [entry.strip() for entry in text.split(",")] if text.strip() else []
    if not all(entries):
        raise InputError(f"got {show(f'[{text}]')}, expected entries separated by commas")
    return tuple(map(_value, entries))


def _value(text: str) -> Single:
    number = read_number(text)
    return _TRUTH.get(text, text) if number is None else number


def _range(text: str) -> tuple[Value, ...]:
    parts = [part.strip() for part in text.split(":")]
    logarithmic = len(parts) == 4 and parts[3] == "log"
    if len(parts) != 3 and not logarithmic:
        raise InputError(f"got {show(text)}, expected FROM:TO:POINTS or FROM:TO:POINTS:log")
    first, last = read_number(parts[0]), read_number(parts[1])
    points = int(parts[2]) if parts[2].isdecimal() and len(parts[2]) < 10 else 0
    faults = [
        f"{name} is {show(part)}, expected a finite number such as 0.3 or 1/3"
        for name, part, number in (("FROM", parts[0], first), ("TO", parts[1], last))
        if number is None
    ]
    if not 1 <= points <= MOST_POINTS:
        faults.append(f"POINTS is {show(parts[2])}, expected a whole number from 1 to {MOST_POINTS:,}")
    if logarithmic and any(number is not None and number <= 0 for number in (first, last)):
        faults.append(f"got {show(text)}, expected FROM and TO > 0 on a logarithmic scale")
    if faults or first is None or last is None:
        raise InputError(faults)
    return (_logarithmic if logarithmic else _even)(first, last, points)


def _even(first: Fraction, last: Fraction, points: int) -> tuple[Value, ...]:
    step = (last - first) / max(points - 1, 1)
    return tuple(first + k * step for k in range(points))


def _logarithmic(first: Fraction, last: Fraction, points: int) -> tuple[Value, ...]:
    """Both ends exactly; between them the nearest decimals."""
    precise, rounded = Context(prec=_LOG_DIGITS), Context(prec=_POINT_DIGITS)
    low, high = (precise.ln(precise.divide(Decimal(n.numerator), Decimal(n.denominator))) for n in (first, last))
    step = precise.divide(precise.subtract(high, low), Decimal(max(points - 1, 1)))
    between = (precise.exp(precise.fma(step, Decimal(k), low)) for k in range(1, points - 1))
    inner = [Fraction(rounded.plus(point)) for point in between]
    return (first, *inner, last)[:points]
