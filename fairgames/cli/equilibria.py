"""``fairgames equilibria``: what every solver finds at one share."""

from __future__ import annotations

from typing import Any

import click

from fairgames.cli import options, show
from fairgames.equilibria.at_share import NO_POTENTIAL
from fairgames.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.values.alpha import AlphaOfUtility


@click.command("equilibria")
@options.scenario_argument
@options.alpha
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="An ID such as nashpy:support-enumeration, a package such as nashpy, or all; may be repeated. "
    "Default: fairgames and nashpy for two users, else fairgames:pure.",
)
@options.seconds
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
    if isinstance(share, AlphaOfUtility):
        show.warn([NO_POTENTIAL])
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
    show.print_table(*found.equilibria_table(), title=found.game.title)
    show.print_table(*found.solvers_table(), title="Solvers")
    for remark in found.remarks():
        click.echo(remark)
