"""``fairgames export``: the users' game at one share, as a file."""

from __future__ import annotations

import math
from pathlib import Path

import click

from fairgames.cli import options, rounding, show
from fairgames.cli.equilibria import undecided
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.games import files
from fairgames.games.certificate import Equilibrium
from fairgames.games.dominance import eliminate
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.rounding import RoundedGame, rounded
from fairgames.private.game import PlanGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.text import how_many
from fairgames.valuation.alpha import Alpha, AlphaOfUtility

#: Action graphs are written from counts, without a payoff table.
ON_COUNTS = (".agg", ".bagg")


@click.command("export")
@options.scenario_argument
@options.alpha
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    help=f"The file to write; its suffix is the format: {', '.join(files.SUFFIXES)}, or {' or '.join(ON_COUNTS)}: "
    "users alike on counts, and private costs as types (.bagg).",
)
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="Whose equilibria to put into a .gbt or .json file: an ID, a package, all, or none; may be repeated. "
    "Default: fairgames:extreme (all of them, exactly) for two users, else fairgames:pure.",
)
@click.option(
    "--decimals",
    callback=lambda _context, _option, text: _decimals(text),
    help="Round payoffs to so many decimals, or full. Default: full, and for .gbt of floating-point payoffs, which "
    "Gambit's windows cannot show, 3 or the fewest above that keep the equilibria and every strict preference.",
)
@click.option(
    "--reduce",
    is_flag=True,
    help="Write what iterated strict dominance leaves of the game: a level that another level or a mixture of levels "
    "strictly dominates is left out, and no equilibrium with it.",
)
@options.seconds
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    alpha: str | None,
    output: str,
    solvers: tuple[str, ...],
    decimals: int | str | None,
    reduce: bool,
    seconds: float,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Write the users' game of SCENARIO at one share for Gambit (.nfg, .gbt), as .json or as .gam."""
    from fairgames.games.files.advice import notes

    on_counts = Path(output).suffix.lower() in ON_COUNTS
    asked = _solvers(solvers, output)
    read = options.read(scenario)
    game = options.plans_of(read, rule, exact)
    share = options.share_of(read, game.rule, alpha)
    if on_counts and reduce:
        raise InputError("--reduce: action graphs are written from counts, without a payoff table; leave it out")
    if on_counts:
        _write_on_counts(game, share, output, as_json)
        return
    with show.progress_bar():
        normal = game.at(share)
        reduction = eliminate(normal) if reduce else None
        normal = reduction.reduced if reduction else normal
        change = _rounded(normal, output, decimals)
        normal = change.game if change else normal
        equilibria, open_ones = _equilibria(normal, asked, seconds)
        files.write(normal, output, equilibria, _provenance(scenario, game, share, normal, asked, change))
    note = " ".join(notes(normal, output)) or None
    answer = {
        "output": output,
        "format": Path(output).suffix.lower().removeprefix("."),
        "players": normal.n_players,
        "profiles": math.prod(normal.shape),
        "exact": normal.exact,
        "bytes": Path(output).stat().st_size,
        "equilibria": len(equilibria),
        "note": note,
    }
    if reduction:
        answer["reduced"] = reduction.to_dict()
    if as_json:
        show.print_json(answer | (rounding.answer(change) if change else {}) | show.certainty(open_ones))
        return
    ending = "um" if len(equilibria) == 1 else "a"
    held = f", {len(equilibria):,} equilibri{ending}" if files.holds_equilibria(output) else ""
    show.say(
        f"Wrote {output}: {answer['players']} players, {answer['profiles']:,} profiles, "
        f"{'exact' if normal.exact else 'floating-point'} payoffs, {answer['bytes']:,} bytes{held}."
    )
    for line in [*(reduction.remarks() if reduction else ()), *(rounding.lines(change) if change else ())]:
        show.say(line)
    if note:
        show.say(note)


def _decimals(text: str | None) -> int | str | None:
    if text is None or text == "full":
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise InputError(f"--decimals: got {text!r}, expected a whole number ≥ 0, or full")
    return int(text)


def _rounded(game: NormalFormGame, output: str, decimals: int | str | None) -> RoundedGame | None:
    """The game as asked for; None where payoffs stay as they are."""
    if isinstance(decimals, int):
        return rounded(game, decimals)
    if decimals is None and not game.exact and Path(output).suffix.lower() == ".gbt":
        return rounded(game)
    return None


def _write_on_counts(game: PaymentGame, share: Alpha | None, output: str, as_json: bool) -> None:
    from fairgames.equilibria.types.action_graph import write_action_graph

    if isinstance(share, AlphaOfUtility):
        raise InputError("--alpha: action graphs are written at one share, not at a function of U; give one")
    with show.progress_bar():
        write_action_graph(game, output, share)
    users = len(game.known) if isinstance(game, PlanGame) else len(game.users)
    note = "Gambit's windows do not open action graphs; pygambit's read_agg and read_bagg do."
    answer = {
        "output": output, "format": Path(output).suffix.lower().removeprefix("."), "players": users,
        "profiles": game.size, "exact": game.exact, "bytes": Path(output).stat().st_size, "equilibria": 0, "note": note,
    }  # fmt: skip
    if as_json:
        show.print_json(answer | show.certainty([]))
        return
    show.say(f"Wrote {output}: {users} players, {how_many(game.size)} profiles on counts, {answer['bytes']:,} bytes.")
    show.say(note)


def _solvers(given: tuple[str, ...], output: str) -> tuple[str, ...] | None:
    """Whose equilibria are wanted: nobody's, those named, or None for the default."""
    if not files.holds_equilibria(output) or "none" in given:
        if set(given) - {"none"}:
            raise InputError(
                "--solver: none stands alone"
                if "none" in given
                else f"--solver: {Path(output).suffix} files hold no equilibria; write .gbt or .json, or leave it out"
            )
        return ()
    return given or None


def _equilibria(
    game: NormalFormGame, solvers: tuple[str, ...] | None, seconds: float
) -> tuple[tuple[Equilibrium, ...], list[str]]:
    """Those to put into the file, and what stays open about them."""
    if solvers == ():
        return (), []
    if solvers is None:
        solvers = _default(game)
    everybody = "all" in solvers
    found = crosscheck(game, solvers="all" if everybody else list(solvers), seconds=seconds)
    # Asked are all that there are: that some cannot play this game is no news.
    failed = ((key, report) for key, report in found.reports.items() if report.seconds > 0 or not everybody)
    show.warn(f"{key}: {report.error}" for key, report in failed if report.error)
    return found.equilibria, undecided(found)


def _default(game: NormalFormGame) -> tuple[str, ...]:
    return ("fairgames:extreme",) if game.n_players == 2 else ("fairgames:pure",)


def _provenance(
    scenario: str,
    game: PaymentGame,
    share: Alpha | None,
    normal: NormalFormGame,
    solvers: tuple[str, ...] | None,
    change: RoundedGame | None,
) -> dict[str, object]:
    """Where the game comes from; of the scenario only the file's name, folders are nobody's business."""
    return {
        "scenario": Path(scenario).name,
        "rule": game.rule.name,
        "alpha": _shown(share),
        "solvers": list(_default(normal) if solvers is None else solvers),
        **({"decimals": change.decimals} if change else {}),
    }


def _shown(share: Alpha | None) -> object:
    if isinstance(share, AlphaOfUtility):
        return {"points": [[str(number) for number in point] for point in share.points], "step": share.step}
    return None if share is None else str(share)
