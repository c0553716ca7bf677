"""How things look in a notebook: a line that says what it is, and a short table; everything in them is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from itertools import islice
from typing import Any

import numpy as np

from fairgames.text import how_many, number, printable

#: More is said to be there, and not shown.
_MOST_ROWS, _MOST_COLUMNS = 10, 12


def html(
    title: str,
    columns: Sequence[str] = (),
    rows: Iterable[Sequence[Any]] = (),
    size: int | None = None,
    remarks: Iterable[str] = (),
    most: int = _MOST_ROWS,
) -> str:
    """HTML of a heading, the first rows of a table, and remarks.

    Parameters
    ----------
    columns, rows : cells may be text, numbers, flags, None, or short sequences of them
    size : how many rows there are, where ``rows`` may be fewer or cost something; default: all of ``rows``
    most : rows to show

    >>> html("Users", ["name", "samples"], [["<b>", 1234.5]])[-90:]
    '<tr><td>&lt;b&gt;</td><td style="text-align:right">1,234.5</td></tr></tbody></table></div>'
    """
    rows = list(rows) if size is None else list(islice(rows, most))
    size = len(rows) if size is None else size
    parts = [f"<p><strong>{_text(title)}</strong></p>"]
    if columns:
        cut = ["…"] * (len(columns) > _MOST_COLUMNS)
        head = "".join(f'<th scope="col">{_text(name)}</th>' for name in (*columns[:_MOST_COLUMNS], *cut))
        body = "".join(f"<tr>{''.join(map(_cell, row[:_MOST_COLUMNS]))}</tr>" for row in rows[:most])
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    if size > most:
        parts.append(f"<p>… and {how_many(size - most)} more.</p>")
    parts += [f"<p>{_text(remark)}</p>" for remark in remarks]
    return f"<div>{''.join(parts)}</div>"


def _cell(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    is_number = isinstance(value, int | float | Fraction) and not isinstance(value, bool)
    style = ' style="text-align:right"' if is_number else ""
    return f"<td{style}>{_text(said(value))}</td>"


def said(value: Any) -> str:
    """A value in words.

    >>> said(True), said(None), said((0, 2)), said(1e7)
    ('yes', '–', '0, 2', '10,000,000')
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case None | float() | Fraction() | int():
            return number(value)
        case tuple() | list():
            return ", ".join(map(said, value))
        case _:
            return str(value)


def _text(text: str) -> str:
    return escape(printable(text))
