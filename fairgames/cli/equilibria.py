"""``fairgames equilibria``: what every solver finds at one share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid
from fairgames.cli.answers import output as output_option
from fairgames.cli.plans import in_plans
from fairgames.cli.schemas import EQUILIBRIA
from fairgames.equilibria.large.several import ID as BEST_RESPONSE
from fairgames.equilibria.large.several import FoundByResponse, by_best_response
from fairgames.equilibria.pure.at_share import why_no_potential
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.games.files import SUFFIXES, open_file
from fairgames.games.normal_form import NormalFormGame
from fairgames.private.game import PlanGame
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.solvers.processes import Workers
from fairgames.text import in_money, runs
from fairgames.text import number as text
from fairgames.valuation.alpha import Alpha

F = TypeVar("F", bound=Callable[..., Any])


def asked_of_a_game(command: F) -> F:
    """The argument and the options of a command that lists equilibria."""
    for option in reversed(
        (options.scenario_argument, options.alpha, options.seconds, options.memory, options.reduce,
         output_option, options.rule, options.exact, options.as_json)
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("equilibria")
@asked_of_a_game
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="An ID such as nashpy:support-enumeration, a package such as nashpy, or all; may be repeated. "
    "Default: fairgames:extreme, fairgames:pure and nashpy for two users, else fairgames:pure; fairgames:complete "
    "has all equilibria of more users, with proof. For games too large to list, fairgames:best-response alone.",
)
def command(**asked: Any) -> None:
    """The equilibria of the users' game of SCENARIO at one share, or of a game file, each certified."""
    answer(**asked)


def answer(
    scenario: str,
    alpha: str | None,
    solvers: tuple[str, ...],
    seconds: float,
    memory: int | None,
    reduce: bool,
    output: Path | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Find the equilibria and give them as they are asked for."""
    currency: str | None = None
    game: PaymentGame | None = None
    if reduce and BEST_RESPONSE in solvers:
        raise InputError(f"--reduce: {BEST_RESPONSE} looks at no payoff table; leave one of them out")
    if Path(scenario).suffix.lower() in SUFFIXES:
        normal = _of_file(scenario, solvers, exact, {"--alpha": alpha, "--rule": rule})
    else:
        read = options.read(scenario)
        game = options.plans_of(read, rule, exact)
        share = options.share_of(read, game.rule, alpha)
        if BEST_RESPONSE in solvers:
            _by_best_response(game, share, solvers, read.currency).give(output, as_json)
            return
        currency = read.currency
        if note := why_no_potential(game, share):
            show.warn([note])
        with show.progress_bar():
            normal = game.at(share)
    with show.progress_bar(), Workers(memory) as workers:
        found = crosscheck(
            normal, solvers=list(solvers) or _default(normal), seconds=seconds, workers=workers, reduce=reduce
        )
    values = _answer(found, exact) | show.certainty(undecided(found))
    if isinstance(game, PlanGame):
        values = in_plans(game, found, values)
    CommandAnswer(values, found.table, partial(_text, found, currency), exact).give(output, as_json)


def _of_file(path: str, solvers: tuple[str, ...], exact: bool, others: dict[str, str | None]) -> NormalFormGame:
    """A game that exists already: no scenario, so no share and no rule."""
    if given := [name for name, value in others.items() if value is not None]:
        raise InputError(f"{', '.join(given)}: {path} is a game of its own, without shares and rules; leave it out")
    if BEST_RESPONSE in solvers:
        raise InputError(f"--solver: {BEST_RESPONSE} asks for a scenario; a game file holds its payoff table")
    held = open_file(path, True if exact else None)
    show.warn(held.warnings)
    return held.game


def _by_best_response(
    game: PaymentGame, share: Alpha | None, solvers: tuple[str, ...], currency: str | None
) -> CommandAnswer:
    if len(solvers) > 1:
        raise InputError(f"--solver: {BEST_RESPONSE} needs no payoff table, and the others do; ask it alone")
    with show.progress_bar():
        found = by_best_response(game, share)
    names, title = game.utility.level_names, game.title(share)
    values = {"schema": EQUILIBRIA, "title": title, "users": game.users.names, "levels": names, **found.to_dict()}
    values |= show.certainty(_within_error(found))
    return CommandAnswer(values, found.table, partial(_text_of_rests, found, names, title, currency))


def _text_of_rests(
    found: FoundByResponse, names: Sequence[str], title: str, currency: str | None
) -> Iterator[str | Grid]:
    rows = [
        [
            str(number),
            "; ".join(runs([names[level] for level in found.game.profile(rest.position.counts)])),
            text(rest.position.keeps(rest.alpha)),
            f"{text(rest.regret)} ± {text(rest.bound)}",
        ]
        for number, rest in enumerate(found.rests)
    ]
    amounts = [in_money(name, currency) for name in ("platform", "largest regret")]
    yield Grid(["equilibrium", "levels", *amounts], rows, title)
    led = "one equilibrium" if len(rows) == 1 else f"{len(rows)} equilibria"
    yield f"{len(rows) + len(found.repeated)} profiles to begin with led to {led}; there may be others."


def undecided(found: CrossCheck) -> list[str]:
    """What stays open: payoffs of floats are those of the model to their rounding only."""
    told = list(getattr(found, "unfinished", ()))
    if found.within_rounding:
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
    return ["fairgames:extreme", "fairgames:pure", "nashpy"] if game.n_players == 2 else ["fairgames:pure"]


def _answer(found: CrossCheck, exact: bool) -> dict[str, Any]:
    return {
        "schema": EQUILIBRIA,
        "title": found.game.title,
        "users": found.game.players,
        "levels": found.game.strategies,
        **found.to_dict(exact),
    }


def _text(found: CrossCheck, currency: str | None) -> Iterator[str | Grid]:
    yield Grid(*found.equilibria_table(currency), title=found.game.title)
    if found.approximate:
        yield Grid(*found.approximate_table(currency), title="Not proven to be equilibria")
    columns, rows = found.solvers_table()
    if rows:
        yield Grid(columns, rows, title="Solvers")
    if found.reduction is not None and found.reduction.eliminated:
        yield Grid(["user", "fallen", "dominated by", "round"], list(found.reduction.rows()), title="Strict dominance")
    yield from found.remarks()
