"""The platform's optimum over pure Bayes–Nash equilibria: which plan, at which share."""

from __future__ import annotations

from fractions import Fraction

from fairgames.errors import InputError
from fairgames.mechanism.leaving import leaving
from fairgames.mechanism.private.information import information
from fairgames.mechanism.private.of_users import of_users
from fairgames.mechanism.private.result import PlanDesign
from fairgames.mechanism.private.states import plan_equilibria
from fairgames.mechanism.pure import design_among
from fairgames.private.game import PlanGame
from fairgames.utilities.blocks import MOST_AXES

#: Plans that are listed where users are alike, so that they could be counted.
_MOST_LISTED = 3_000_000


def plan_design(
    game: PlanGame,
    selection: str,
    cap: Fraction | None,
    scope: str,
    method: str,
    every_state: bool,
    informed: bool = True,
    steps: int = 100,
) -> PlanDesign:
    """The best share where costs are private; see :func:`fairgames.design`.

    Parameters
    ----------
    informed : whether to look at what it costs not to know, which may take longer than all else

    Raises
    ------
    InputError
        If scope or method is another than such games are solved by.
    """
    if method == "path":
        if every_state:
            raise InputError("budget_every_state: method 'path' keeps to a budget on average; leave it out")
        from fairgames.mechanism.private.path import plan_path_design

        return plan_path_design(game, cap, steps)
    if method != "exact" or scope not in ("auto", "pure", "symmetric"):
        raise InputError(
            f"scope {scope!r} by method {method!r}: where costs are private, pure plans are looked at by method "
            "'exact', all of them (scope 'pure') or those that are the same for users alike ('symmetric'), or by "
            "method 'path'"
        )
    if scope == "symmetric" or (scope == "auto" and counted_instead(game)):
        from fairgames.mechanism.private.same_plans import same_plan_design

        return same_plan_design(game, selection, cap, every_state, informed)
    found = leaving(game, design_among(game, plan_equilibria(game, every_state), selection, cap))
    return of_users(game, found, information(game, found, selection, cap) if informed else None, every_state)


def counted_instead(game: PlanGame) -> bool:
    """Whether plans are too many to list, and users are alike."""
    alike = len(set(game.agents.rows)) < len(game.known)
    return alike and (len(game.agents) > MOST_AXES or game.size > _MOST_LISTED) and game.rule.fair
