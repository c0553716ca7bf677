"""``fairgames equilibria``: what every solver finds at one share."""

from __future__ import annotations

from typing import Any

import click

from fairgames.cli import options, show
from fairgames.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import CrossCheck, crosscheck


@click.command("equilibria")
@options.scenario_argument
@click.option("--alpha", help="The share paid out, such as 0.4 or 2/5.")
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="An ID such as nashpy:support-enumeration, a package such as nashpy, or all; may be repeated. "
    "Default: fairgames and nashpy for two users, else fairgames:pure.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Time limit of each solver.",
)
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    alpha: str | None,
    solvers: tuple[str, ...],
    seconds: float,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """The equilibria of the users' game of SCENARIO at one share, each certified."""
    read = options.read(scenario)
    game = options.game_of(read, rule, exact)
    share = options.share_of(read, game.rule, alpha)
    with show.progress_bar():
        normal = game.at(share)
        found = crosscheck(normal, solvers=list(solvers) or _default(normal), seconds=seconds)
    if as_json:
        show.print_json(_answer(found, exact), exact)
    else:
        _print(found)


def _default(game: NormalFormGame) -> list[str]:
    return ["fairgames", "nashpy"] if game.n_players == 2 else ["fairgames:pure"]


def _answer(found: CrossCheck, exact: bool) -> dict[str, Any]:
    return {
        "title": found.game.title,
        "users": found.game.players,
        "levels": found.game.strategies,
        **found.to_dict(exact),
    }


def _print(found: CrossCheck) -> None:
    game = found.game
    show.print_table(
        ["#", *game.players, "largest regret", "exact"],
        [
            [
                str(number),
                *map(show.strategy, equilibrium.strategies, game.strategies),
                show.number(equilibrium.regret),
                "yes" if equilibrium.exact else "no",
            ]
            for number, equilibrium in enumerate(found.equilibria)
        ],
        game.title,
    )
    show.print_table(
        ["solver", "found", "missed", "repeated", "wrong", "seconds", "remark"],
        [
            [
                solver,
                _indices(report.found),
                _indices(report.missed),
                _indices(report.repeated),
                str(len(report.wrong) or "–"),
                f"{report.seconds:.3g}",
                report.error or "",
            ]
            for solver, report in found.reports.items()
        ],
        "Solvers",
    )
    for members in found.sets:
        numbers = ", ".join(map(str, members))
        click.echo(f"A continuum: the equilibria {numbers} are the extreme points of a convex set of equilibria.")
    if found.degenerate:
        click.echo("The game is degenerate at this share: solvers may rightly differ in what they list.")


def _indices(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    return (shown + (f" … ({len(numbers)})" if len(numbers) > 8 else "")) or "–"
