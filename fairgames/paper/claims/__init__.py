"""Every checkable sentence of both versions of the paper, with the computation that decides it.

Each module holds the sentences of one part as functions of the library's public interface; what
holds is decided by the numbers they find. Sources are those of the later version, and of the
earlier one ("earlier version: …") where it differs.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import asdict

from fairgames.errors import InputError
from fairgames.paper.claims import (
    acquisition,
    assumptions,
    estimation,
    example,
    federated,
    figure_5,
    figure_9,
    figures_6_and_7,
    theorem_3,
    two_users,
    values,
    weights,
)
from fairgames.paper.claims.statement import Claim, Statement
from fairgames.paper.claims.typographic import TYPOGRAPHIC, Misprint
from fairgames.progress import track

__all__ = ["CLAIMS", "TYPOGRAPHIC", "Claim", "Misprint", "Statement", "check", "to_json", "to_markdown"]

_CHAPTERS = (
    values, estimation, federated, weights, figure_5, acquisition, figures_6_and_7,
    assumptions, theorem_3, example, two_users, figure_9,
)  # fmt: skip

#: All sentences, in the order of the papers.
CLAIMS: tuple[Statement, ...] = tuple(statement for chapter in _CHAPTERS for statement in chapter.STATEMENTS)


def check(names: Sequence[str] | None = None) -> tuple[Claim, ...]:
    """Judge the sentences of these ids, in the papers' order; all of them by default.

    Raises
    ------
    InputError
        Naming every unknown id at once, with the nearest one that exists.

    >>> [(claim.id, claim.computed, claim.holds) for claim in check(["eq-10"])]
    [('eq-10', '[[0, 2/3], [2/3, 1]]', True)]
    """
    known = [statement.id for statement in CLAIMS]
    faults = []
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"they run from {known[0]!r} to {known[-1]!r}"
            faults.append(f"claims: no claim {name!r}; {hint}")
    if faults:
        raise InputError(faults)
    chosen = [statement for statement in CLAIMS if names is None or statement.id in names]
    return tuple(statement.check() for statement in track(chosen, "claims"))


def to_json(claims: Sequence[Claim]) -> str:
    """The claims as a JSON list of objects, one a claim, with the keys of :class:`Claim`."""
    return json.dumps([asdict(claim) for claim in claims], ensure_ascii=False, indent=2) + "\n"


def to_markdown(claims: Sequence[Claim]) -> str:
    """The claims as a Markdown table, those that do not hold in bold, with their number above it."""
    held = sum(claim.holds for claim in claims)
    lines = [
        "# The papers' claims",
        "",
        f"{len(claims)} claims checked, {held} hold, {len(claims) - held} do not.",
        "",
        "| id | source | claim | expected | computed | holds | note |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for claim in claims:
        cells = (claim.id, claim.source, claim.claim, claim.expected, claim.computed)
        shown = [*map(_cell, cells), "yes" if claim.holds else "**no**", _cell(claim.note)]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


#: What Markdown would read as its own in a table's cell.
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\|*_<>`[]~$#"} | {"\n": " ", "\r": " "})


def _cell(text: str) -> str:
    return text.translate(_SPECIAL)
