"""``fairgames design``: the platform's share, and the proof."""

from __future__ import annotations

from typing import Any, get_args

import click

from fairgames.cli import options, show
from fairgames.cli.design_report import print_report
from fairgames.game import PaymentGame
from fairgames.mechanism import Design, Method, Scope, Selection, design


@click.command("design")
@options.scenario_argument
@click.option(
    "--scope",
    type=click.Choice(get_args(Scope)),
    default="auto",
    show_default=True,
    help="Which equilibria count: pure profiles; all (two users, mixed too); symmetric (users alike and playing "
    "alike, mixed too); auto: all for two users, else pure.",
)
@click.option(
    "--selection",
    type=click.Choice(["best", "stable", "worst", "potential"]),
    default="best",
    show_default=True,
    help="Which equilibrium the platform counts on at each share.",
)
@click.option(
    "--method",
    type=click.Choice(get_args(Method)),
    default="exact",
    show_default=True,
    help="Exact: by the shares at which each equilibrium holds; grid: Algorithm 1 of the papers, to compare with.",
)
@click.option("--steps", type=click.IntRange(min=1), default=100, show_default=True, help="Steps of the grid, 0 to 1.")
@click.option("--budget", help="Pay out at most this much, in money.")
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    scope: Scope,
    selection: Selection,
    method: Method,
    steps: int,
    budget: str | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """The share α of SCENARIO that leaves the platform most at an equilibrium of the users' game."""
    read = options.read(scenario)
    game = options.game_of(read, rule, exact)
    with show.progress_bar():
        found = design(game, selection, budget, scope, method, steps)
        warnings = game.warnings()
    if read.alpha_of_utility is not None and game.rule.has_alpha:
        warnings = (*warnings, "alpha_of_utility is set aside: design chooses a constant share α")
    show.warn(warnings)
    show.warn(found.warnings)
    if as_json:
        show.print_json(_answer(game, found, method), exact)
    else:
        print_report(read, game, found)


def _answer(game: PaymentGame, found: Design, method: Method) -> dict[str, Any]:
    return {
        "alpha": found.alpha,
        "platform_utility": found.platform_utility,
        "utility": found.utility,
        "users": game.users.names,
        "levels": game.utility.level_names,
        "payments": found.payments,
        "strategies": found.strategies,
        "profile": found.profile,
        "regret": found.regret,
        "regret_bound": found.regret_bound,
        "scope": found.scope,
        "selection": found.selection,
        "method": method,
        "rule": found.rule,
        "interval": found.choice.interval,
        "attained": found.choice.attained,
        "ties": [vars(tie) for tie in found.ties],
        "runner_up": found.runner_up and vars(found.runner_up),
        "equilibrium_profiles": found.equilibrium_profiles,
        "exact": found.exact,
        **found.facts(),
    }
