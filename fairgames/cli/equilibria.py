"""``fairgames equilibria``: what every solver finds at one share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fairgames.cli import options, show
from fairgames.equilibria.large.several import ID as BEST_RESPONSE
from fairgames.equilibria.large.several import FoundByResponse, by_best_response
from fairgames.equilibria.pure.at_share import why_no_potential
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.games.files import SUFFIXES, open_file
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.solvers.processes import Workers
from fairgames.text import number as text
from fairgames.text import runs
from fairgames.valuation.alpha import Alpha


@click.command("equilibria")
@options.scenario_argument
@options.alpha
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="An ID such as nashpy:support-enumeration, a package such as nashpy, or all; may be repeated. "
    "Default: fairgames and nashpy for two users, else fairgames:pure. For games too large to list, "
    "fairgames:best-response alone.",
)
@options.seconds
@options.memory
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    alpha: str | None,
    solvers: tuple[str, ...],
    seconds: float,
    memory: int | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """The equilibria of the users' game of SCENARIO at one share, or of a game file, each certified."""
    if Path(scenario).suffix.lower() in SUFFIXES:
        _of_file(scenario, solvers, seconds, memory, exact, as_json, {"--alpha": alpha, "--rule": rule})
        return
    read = options.read(scenario)
    game = options.game_of(read, rule, exact)
    share = options.share_of(read, game.rule, alpha)
    if BEST_RESPONSE in solvers:
        _by_best_response(game, share, solvers, as_json)
        return
    if note := why_no_potential(game, share):
        show.warn([note])
    with show.progress_bar():
        normal = game.at(share)
    _check(normal, solvers, seconds, memory, exact, as_json)


def _of_file(
    path: str,
    solvers: tuple[str, ...],
    seconds: float,
    memory: int | None,
    exact: bool,
    as_json: bool,
    others: dict[str, str | None],
) -> None:
    """The same for a game that exists already: no scenario, so no share and no rule."""
    if given := [name for name, value in others.items() if value is not None]:
        raise InputError(f"{', '.join(given)}: {path} is a game of its own, without shares and rules; leave it out")
    if BEST_RESPONSE in solvers:
        raise InputError(f"--solver: {BEST_RESPONSE} asks for a scenario; a game file holds its payoff table")
    held = open_file(path, True if exact else None)
    show.warn(held.warnings)
    _check(held.game, solvers, seconds, memory, exact, as_json)


def _check(
    normal: NormalFormGame,
    solvers: tuple[str, ...],
    seconds: float,
    memory: int | None,
    exact: bool,
    as_json: bool,
) -> None:
    with show.progress_bar(), Workers(memory) as workers:
        found = crosscheck(normal, solvers=list(solvers) or _default(normal), seconds=seconds, workers=workers)
    if as_json:
        show.print_json(_answer(found, exact) | show.certainty(undecided(found)), exact)
    else:
        _print(found)


def _by_best_response(game: PaymentGame, share: Alpha | None, solvers: tuple[str, ...], as_json: bool) -> None:
    if len(solvers) > 1:
        raise InputError(f"--solver: {BEST_RESPONSE} needs no payoff table, and the others do; ask it alone")
    with show.progress_bar():
        found = by_best_response(game, share)
    names = game.utility.level_names
    if as_json:
        answer = {"title": game.title(share), "users": game.users.names, "levels": names, **found.to_dict()}
        show.print_json(answer | show.certainty(_within_error(found)))
        return
    rows = [
        [
            str(number),
            "; ".join(runs([names[level] for level in found.game.profile(rest.position.counts)])),
            text(rest.position.keeps(rest.alpha)),
            f"{text(rest.regret)} ± {text(rest.bound)}",
        ]
        for number, rest in enumerate(found.rests)
    ]
    show.print_table(["equilibrium", "levels", "platform", "largest regret"], rows, game.title(share))
    led = "one equilibrium" if len(rows) == 1 else f"{len(rows)} equilibria"
    show.say(f"{len(rows) + len(found.repeated)} profiles to begin with led to {led}; there may be others.")


def undecided(found: CrossCheck) -> list[str]:
    """What stays open: payoffs of floats are those of the model to their rounding only."""
    told = list(getattr(found, "unfinished", ()))
    if found.game.rounding and found.degenerate:
        told.append(
            f"which equilibria the model has: payoffs are floats within {text(found.game.rounding)} of its own, and "
            "somebody is indifferent or nearly so"
        )
    wide = [k for k, one in enumerate(found.equilibria) if one.regret_bound and one.regret > 0]
    if wide:
        told.append(f"whether equilibria {', '.join(map(str, wide))} are exact: their regret is known to rounding only")
    return told


def _within_error(found: FoundByResponse) -> list[str]:
    """Best responses end where nobody gains by more than the error of its payments."""
    wide = []
    for k, rest in enumerate(found.rests):
        gains = rest.position.gains(rest.alpha)[rest.position.possible]
        if bool((gains > -rest.bound).any()):
            wide.append(str(k))
    if not wide:
        return []
    return [f"whether profiles {', '.join(wide)} are equilibria: what somebody gains is within its error there"]


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
    if found.approximate:
        show.print_table(*found.approximate_table(), title="Not proven to be equilibria")
    show.print_table(*found.solvers_table(), title="Solvers")
    for remark in found.remarks():
        show.say(remark)
