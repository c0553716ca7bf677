"""``fairgames crosscheck``: one game, every solver, and who finds what."""

from __future__ import annotations

from typing import Any

import click

from fairgames.cli.equilibria import answer, asked_of_a_game


@click.command("crosscheck")
@asked_of_a_game
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    default=("all",),
    show_default="all",
    help="An ID such as nashpy:support-enumeration, or a package such as nashpy; may be repeated.",
)
def command(**asked: Any) -> None:
    """Let all solvers play the game in a file (.nfg, .gbt, .json, .gam), or that of SCENARIO at one share."""
    answer(**asked)
