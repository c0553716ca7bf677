"""``fairgames plot``: a scenario's picture."""

from __future__ import annotations

from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.errors import InputError
from fairgames.plots.files import SUFFIXES, save_as
from fairgames.plots.of_scenario import OF_PLANS, PICTURES, Asked, draw


def _checked(_context: click.Context, _option: click.Parameter, output: str) -> Path:
    if Path(output).suffix.lower() not in SUFFIXES:
        raise InputError(f"-o {output}: got the suffix {Path(output).suffix!r}, expected one of {', '.join(SUFFIXES)}")
    return Path(output)


@click.command("plot")
@options.scenario_argument
@click.argument("picture", type=click.Choice(list(PICTURES)), default="landscape", required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="FILE",
    callback=_checked,
    help=f"The file to write; its suffix is the format: {', '.join(SUFFIXES)}.",
)
@click.option("--alpha", help="Payments, sensitivities and played: the share; default: that of the platform's answer.")
@click.option(
    "--profile",
    help="Payments and sensitivities: level indices, one a row of users or one a user; default: the scenario's levels, "
    "else the best pure equilibrium.",
)
@click.option("--user", "users", multiple=True, help="Sensitivities: whose panel; may be repeated. Default: everybody.")
@options.rule
@options.as_json
def command(
    scenario: str,
    picture: str,
    output: Path,
    alpha: str | None,
    profile: str | None,
    users: tuple[str, ...],
    rule: str | None,
    as_json: bool,
) -> None:
    """A picture of SCENARIO: the landscape over α (default), payments, branches, sensitivities, paths or played."""
    read = options.read(scenario)
    game = (options.plans_of if picture in OF_PLANS else options.game_of)(read, rule, is_exact=False)
    options.check_no_alpha(game.rule, alpha)
    levels = None if profile is None else read.expand_profile(options.integers(profile, "--profile"))
    with show.progress_bar():
        drawn = draw(picture, Asked(read, game, alpha, levels, users))
        save_as(drawn.figure, output)
    if as_json:
        answer = {"output": str(output), "picture": picture, "alpha": drawn.alpha, "profile": drawn.profile}
        show.print_json(answer | show.certainty(drawn.undecided))
        return
    show.say(f"Wrote {output}.")
