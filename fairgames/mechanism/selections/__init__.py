"""Which equilibrium counts at each share: one file a selection.

A selection turns the equilibria of a game into candidates: shares α, each with the
equilibrium that it is valued at. The best candidate is the platform's optimum
(:mod:`fairgames.mechanism.choosing`). No scope asks for a selection by its name: it asks what the selection says of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from fairgames.certain import Rational, Reals
from fairgames.errors import InputError
from fairgames.mechanism.candidates import Candidates, OneGame
from fairgames.mechanism.selections.best import BEST
from fairgames.mechanism.selections.potential import POTENTIAL
from fairgames.mechanism.selections.selection import Pool, Selection
from fairgames.mechanism.selections.stable import STABLE
from fairgames.mechanism.selections.worst import WORST
from fairgames.valuation.rules import Rule

__all__ = ["LOGIT", "SELECTIONS", "Candidates", "Pool", "Selection", "candidates", "named"]

#: All selections, by name.
SELECTIONS: Mapping[str, Selection] = MappingProxyType({one.name: one for one in (BEST, WORST, STABLE, POTENTIAL)})
#: What users play who learn with noise: no choice among equilibria (:mod:`fairgames.mechanism.logit`).
LOGIT = "logit"


def named(name: str) -> Selection:
    """The selection of this name.

    Raises
    ------
    InputError
        Naming the nearest one.
    """
    if name in SELECTIONS:
        return SELECTIONS[name]
    near = difflib.get_close_matches(str(name), SELECTIONS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    if name == LOGIT:
        raise InputError(f"selection {LOGIT!r}: is known to design alone; use one of {', '.join(SELECTIONS)} here")
    raise InputError(f"selection: expected one of {', '.join([*SELECTIONS, LOGIT])}, got {name!r}{hint}")


def candidates(pool: Pool, selection: Selection, cap: Fraction | None, rule: Rule) -> Candidates:
    """The shares at which ``selection`` may be worth most; none that pays out more than ``cap``.

    Raises
    ------
    InputError
        If the rule gives no way to decide the selection.
    """
    if reason := selection.why_not(rule):
        raise InputError(f"selection {selection.name!r}: rule {rule.name!r} ({rule.source}) {reason}")
    return selection.over_shares(pool, cap) if rule.has_alpha else _of_one_game(pool, selection, cap)


def _of_one_game(pool: Pool, selection: Selection, cap: Fraction | None) -> Candidates:
    """Theorem 1: the equilibria of one game, of which the selection keeps some."""
    equilibria, n = pool.equilibria, len(pool.equilibria)
    kept = equilibria.kept()

    def potential() -> Reals:
        lines = pool.potential()
        return lines.shared.minus(lines.cost)

    paid = equilibria.utilities().minus_each(kept) if equilibria.capped is None else equilibria.capped
    game = OneGame(kept, paid, equilibria.stable, equilibria.judge, potential)
    alpha = Reals(equilibria.lower, np.zeros(n), lambda _: Rational(1), "shares")
    found = Candidates(kept, alpha, np.arange(n), equilibria.lower, equilibria.upper, np.ones(n, dtype=bool))
    return found.select(selection.among(game, cap))
