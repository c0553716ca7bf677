"""``fairgames design``: the platform's share, and the proof."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairgames.cli import options, plan_ranges, ranges, show
from fairgames.cli.answers import CommandAnswer
from fairgames.cli.answers import output as output_option
from fairgames.cli.design_report import report
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism import Design, Method, Scope, design
from fairgames.mechanism.selections import LOGIT
from fairgames.private.game import PlanGame

if TYPE_CHECKING:
    from fairgames.mechanism.robustness_result import Robustness
    from fairgames.scenario.scenario import Scenario
    from fairgames.solvers.verification import Verification
    from fairgames.sweep.across_fit import AcrossFit


_NO_MARGIN = "--margin: offered where profiles are listed, not on paths or for symmetric or counted users; leave it out"


@click.command("design")
@options.scenario_argument
@options.scope
@options.selection_or_logit
@options.precision
@options.method
@options.steps
@options.budget
@click.option(
    "--budget-every-state",
    is_flag=True,
    help="Where costs are private: the budget holds whatever they turn out to be, and not on average.",
)
@click.option(
    "--uncertainty",
    help="Sensitivities may be off by this part either way, such as 0.2: the best profile that is an equilibrium "
    "whatever they are; with --selection worst what the platform is sure of.",
)
@click.option(
    "--across-fit",
    "across",
    is_flag=True,
    help="Also design at the ends of the variances' intervals that fairgames fit has written: does the answer survive?",
)
@click.option("--margin", help="Distance that the strict variant of the answer keeps from critical shares.")
@click.option(
    "--verify",
    is_flag=True,
    help="Hold the answer against the definition of its payments, and the equilibria against other solvers' at a "
    "sample of shares; exit code 1 if something contradicts it.",
)
@options.seconds_of_verification
@options.memory
@output_option
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    scope: Scope,
    selection: str,
    precision: str | None,
    method: Method,
    steps: int,
    budget: str | None,
    budget_every_state: bool,
    uncertainty: str | None,
    across: bool,
    margin: str | None,
    verify: bool,
    seconds: float | None,
    memory: int | None,
    output: Path | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """The share α of SCENARIO that leaves the platform most at an equilibrium of the users' game."""
    read = options.read(scenario)
    game = options.plans_of(read, rule, exact)
    stated = read.ranges is not None
    _check_logit(selection, uncertainty=uncertainty, across_fit=across, margin=margin, verify=verify, ranges=stated)
    _check_method(method, verify, margin)
    if across and (method != "exact" or uncertainty is not None or game.plans or read.ranges is not None):
        raise InputError(
            "--across-fit: compares exact designs for known costs; leave out --uncertainty, --method, private costs "
            "and ranges"
        )
    _check_ranges(read, game, uncertainty, budget_every_state)
    if stated or uncertainty is not None:
        given = "sensitivity_range" if stated else f"--uncertainty {uncertainty}"
        scopes = ("auto", "pure", "symmetric") if game.plans else ("auto", "pure")
        _check_alone(given, scopes, scope=scope, method=method, verify=verify, margin=margin)
    with show.progress_bar():
        in_ranges: ranges.InRanges | None = None
        rests_on, without_grid = None, None
        found: Design
        if stated:
            found = in_ranges = ranges.within_stated(game, read, selection, budget)
        elif uncertainty is None:
            found = design(game, selection, budget, scope, method, steps, budget_every_state, precision)
            rests_on = _robustness(game, found, method, margin, budget)
            without_grid = design(game, selection, budget, "pure") if method == "grid" else None
        elif isinstance(game, PlanGame):
            asked = uncertainty, selection, budget, scope, budget_every_state
            found = in_ranges = plan_ranges.within_ranges(game, *asked)
        else:
            found = in_ranges = ranges.within_ranges(game, uncertainty, selection, budget)
        warnings = game.cost_warnings() if method == "path" else game.warnings()
        checked = _verified(game, found, seconds, budget, memory) if verify else None
        survey = _surveyed(read, found, rule, exact, selection, budget, scope) if across else None
    if read.alpha_of_utility is not None and game.rule.has_alpha:
        warnings = (*warnings, "alpha_of_utility is set aside: design chooses a constant share α")
    show.warn(warnings)
    show.warn(found.warnings)
    answer = found.answer() | {
        "method": method,
        "currency": read.currency,
        "robustness": rests_on and rests_on.to_dict(),
    }
    if without_grid is not None:
        answer |= {"exact_answer": without_grid.choice.answer()}
    if in_ranges is not None:
        answer |= ranges.answer(game, in_ranges, uncertainty)
    answer |= show.certainty((*found.undecided, *(rests_on.undecided if rests_on else ())))
    answer |= {"verification": checked.to_dict(exact)} if checked else {}
    answer |= {"across_fit": survey.to_dict()} if survey else {}
    text = partial(report, read, game, found, rests_on, checked, in_ranges, uncertainty, survey, without_grid)
    CommandAnswer(answer, found.table, text, exact).give(output, as_json)
    if checked and checked.outcome == "contradicted":
        # Printed above, with what proves it.
        sys.exit(1)


def _surveyed(
    read: Scenario, found: Design, rule: str | None, exact: bool, selection: str, budget: str | None, scope: Scope
) -> AcrossFit:
    """The same design at other variances that the data allow."""
    from fairgames.sweep.across_fit import across_fit

    return across_fit(read, found, rule, True if exact else None, selection, budget, scope)


def _check_ranges(read: Scenario, game: PaymentGame, uncertainty: str | None, every_state: bool) -> None:
    """Ranges that the scenario states stand alone, and a budget in every state is for private costs."""
    if read.ranges is not None and uncertainty is not None:
        raise InputError(f"--uncertainty {uncertainty}: {read.path.name} states ranges of costs itself; leave it out")
    if read.ranges is not None and game.plans:
        raise InputError(
            f"{read.path.name}: got ranges of some users' costs and private costs of others, expected one of the two"
        )
    if every_state and not game.plans:
        raise InputError("--budget-every-state: for private costs, and everybody's are known or ranges; leave it out")


def _check_alone(given: str, scopes: Sequence[str], **others: object) -> None:
    """Ranges of costs are a question of their own."""
    plain = {"scope": scopes, "method": ("exact",), "verify": (False,), "margin": (None,)}
    wrong = [f"--{name}" for name, value in others.items() if value not in plain[name]]
    if wrong:
        raise InputError(f"{given}: the answer for ranges of costs is pure and exact; leave out {', '.join(wrong)}")


def _check_logit(selection: str, **asked: object) -> None:
    """What is not asked of noisy learning."""
    wrong = [name.replace("_", "-") for name, given in asked.items() if given]
    if selection == LOGIT and wrong:
        raise InputError(f"--selection {LOGIT}: its answer is for known costs, and alone; leave out {', '.join(wrong)}")


def _check_method(method: Method, verify: bool, margin: str | None) -> None:
    """What asks for profiles that are listed is refused before a search that lists none."""
    if verify and method != "exact":
        raise InputError(f"--verify: other solvers list all equilibria, which method {method} does not; leave it out")
    if margin is not None and method == "path":
        raise InputError(_NO_MARGIN)


def _robustness(
    game: PaymentGame, found: Design, method: Method, margin: str | None, budget: str | None
) -> Robustness | None:
    """What the answer rests on, where profiles are listed; of those that are counted only of plans."""
    from fairgames.mechanism.worth_counting import worth_counting

    mixed = found.profile is None and len(game.users) > 2 and not game.plans
    listed = found.scope in ("pure", "all") and method != "path" and not mixed and not worth_counting(game)
    known = found.selection != LOGIT and method != "path" and (game.plans or listed)
    if known:
        from fairgames.mechanism.robustness import robustness

        return robustness(game, found, margin, budget=budget)
    if margin is not None:
        raise InputError(_NO_MARGIN)
    return None


def _verified(
    game: PaymentGame, found: Design, seconds: float | None, budget: str | None, memory: int | None
) -> Verification:
    from fairgames.solvers.processes import Workers
    from fairgames.solvers.verify_design import verify_design

    with Workers(memory) as workers:
        return verify_design(game, found, seconds=seconds, budget=budget, workers=workers)
