"""A design against what other engines find, at many shares α, and against the definition of its payments.

Between two breakpoints every complete engine should find exactly our equilibria; at a breakpoint
the game is degenerate, and engines that enumerate extreme equilibria should still find all of
them. Engines work in child processes, with a time limit; one that runs out of it says nothing. The
answer's own certificate is computed from the definition (:mod:`fairgames.solvers.definition`). What
counts as equal is what the answer itself states as its error.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from fairgames.errors import InputError, SolverError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism.result import Design
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.solvers.definition import Definition
from fairgames.solvers.plan_definition import PlanDefinition, as_agents
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver, SolverSpec, get, resolve
from fairgames.solvers.sampled_shares import LEAST, sampled
from fairgames.solvers.verification import ShareVerdict, Verification
from fairgames.solvers.verify_certificate import certificate
from fairgames.solvers.verify_shares import AllEquilibria, Comparison, Outcome, PureOnes, Room, ShareComparison
from fairgames.text import number
from fairgames.typing import Number, Scalar

#: Asked where no engine is named, as far as they are installed.
MIXED_ENGINES = ("gambit:enummixed-rational", "lrs", "nashpy:support-enumeration")
PURE_ENGINES = ("gambit:enumpure", "fairgames:pure")
#: Shares that are looked at in a game of up to so many payoffs, and in a larger one.
_SHARES, _LARGE = 20, 100_000
#: Values of U, each off by its rounding, that two payments of two users and their expectations are made of.
_ROUNDINGS = 16
_EPS = float(np.finfo(float).eps)


def default_seconds(game: PaymentGame) -> float:
    """The time limit of an engine at a share where none is given: 10 s, and 1 s more for each 10,000 payoffs."""
    return 10.0 + game.size * len(game.users) / 10_000


def default_samples(game: PaymentGame) -> int:
    """The number of shares looked at where none is given: 20; 7 where a table has over 100,000 payoffs."""
    return _SHARES if game.size * len(game.users) <= _LARGE else LEAST


def verify_design(
    game: PaymentGame,
    found: Design,
    solvers: SolverSpec | None = None,
    seconds: float | None = None,
    samples: int | None = None,
    budget: Number | None = None,
    workers: Workers | None = None,
) -> Verification:
    """The verification of a design: its equilibria and those of other engines, at its share, beside it, and at others.

    Parameters
    ----------
    game, found : as given to and returned by :func:`fairgames.design`; where costs are private, engines get the agent
        form: a player for each user and cost row
    solvers : ids, package names or functions; default: the exact enumerations of Gambit and lrs and nashpy's
        support enumeration; for pure equilibria Gambit's ``enumpure`` and our own marking of best responses
        in the payoff table
    seconds : time limit of each engine at each share; default :func:`default_seconds`
    samples : how many shares at most: breakpoints and points between them, spread evenly; default
        :func:`default_samples`
    budget : the one that the design was made with
    workers : the child processes to use; by default those shared by the whole program

    Raises
    ------
    SolverError
        If a solver is unknown, or none is named and none is installed.
    InputError
        If the design's scope is neither ``"pure"`` nor ``"all"``, or ``samples`` is below 7.

    >>> from fairgames import LinearLaplace, Users, design
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> checked = verify_design(game, design(game), ["fairgames:extreme"], samples=7)
    >>> checked.outcome, [(str(share.alpha), share.equilibria) for share in checked.shares if share.breakpoint]
    ('agrees', [('0', 1), ('12/25', 3), ('3/5', 3), ('16/25', 2), ('1', 1)])
    """
    samples = default_samples(game) if samples is None else samples
    seconds = default_seconds(game) if seconds is None else seconds
    if samples < LEAST:
        raise InputError(f"samples: expected at least {LEAST} shares, got {samples}")
    if found.scope not in ("pure", "all"):
        raise InputError(
            f"verify covers the scopes 'pure' and 'all', but this design has scope {found.scope!r}; design with scope "
            "'pure', or leave verify out"
        )
    # What pays out most of any state is not among what engines find, so no share is then held to be worth more.
    asked = budget is None or not getattr(found, "budget_every_state", False)
    begun, cap = time.monotonic(), None if budget is None else to_fraction(budget, "budget")
    faults: tuple[str, ...] = ()
    definition = Definition(game)
    if isinstance(game, PlanGame):
        definition = PlanDefinition.of(game)
        found, faults = as_agents(game, found)
    mixed = found.scope == "all" and len(game.users) == 2
    engines = _engines(solvers, mixed)
    comparison: Comparison = (AllEquilibria if mixed else PureOnes).of(game, definition, _regret_room(game, found))
    room = _room(found)
    shares = []
    for alpha in track(sampled(comparison.breakpoints, found.alpha, samples), "verify: shares"):
        seen = comparison.at(alpha, engines, seconds, workers)
        if not asked:
            seen = replace(seen, worths=())
        shown = alpha if game.exact or alpha is None else float(alpha)
        shares.append(_verdict(shown, alpha in comparison.breakpoints, seen, found, cap, room))
    return Verification(
        shares=tuple(shares),
        alpha=found.alpha,
        certificate=certificate(definition, found, room, faults),
        slack=float(room),
        comparison=comparison.words,
        limit=seconds,
        seconds=time.monotonic() - begun,
    )


def _room(found: Design) -> Fraction:
    """By how much an amount may differ from the design's: what the design states as its own error."""
    if found.exact:
        return Fraction(0)
    size = abs(float(found.utility))
    return Fraction(2 * (found.choice.value_error or 0) + found.regret_bound + 8 * _EPS * size)


def _regret_room(game: PaymentGame, found: Design) -> Room:
    """By how much a regret at a share may be off: the design's own bound, and what U's rounding makes of payments."""
    if game.exact:
        return lambda share: Fraction(0)
    own, rounding = Fraction(found.regret_bound), Fraction(game.utility.rounding)
    return lambda share: own + _ROUNDINGS * share * rounding


def _verdict(
    alpha: Scalar | None, at_break: bool, seen: ShareComparison, found: Design, cap: Fraction | None, room: Fraction
) -> ShareVerdict:
    excess, best = _excess(found, seen.worths, cap, room)
    witnesses = list(seen.witnesses)
    if excess is not None and best is not None and excess > room:
        witnesses.append(
            f"the platform keeps {number(best.kept)} at ({best.name()}), {number(excess)} more than stated"
        )
    return ShareVerdict(alpha, at_break, seen.ours, seen.wrong, seen.certified, seen.engines, excess, tuple(witnesses))


def _excess(
    found: Design, worths: Sequence[Outcome], cap: Fraction | None, room: Fraction
) -> tuple[Scalar | None, Outcome | None]:
    """How much more the selection is worth at one share than the design says, and where; None where it was not asked.

    What pays out as much as the cap up to rounding is left out.
    """
    within = [one for one in worths if cap is None or one.paid <= (cap - room if room else cap)]
    if found.selection == "best" and within:
        best = max(within, key=lambda one: one.kept)
    elif found.selection == "worst" and within and len(within) == len(worths):
        best = min(within, key=lambda one: one.kept)
    else:
        return None, None
    return best.kept - found.platform_utility, best


def _engines(solvers: SolverSpec | None, mixed: bool) -> tuple[Solver, ...]:
    """Those that were named; else those of the default ones that are installed."""
    if solvers is not None:
        return resolve(solvers)
    wanted = [get(name) for name in (MIXED_ENGINES if mixed else PURE_ENGINES)]
    missing = {solver.id: reason for solver in wanted if (reason := solver.not_installed()) is not None}
    if len(missing) == len(wanted):
        raise SolverError("verify needs an engine to compare with:\n" + "\n".join(missing.values()))
    return tuple(solver for solver in wanted if solver.id not in missing)
