"""``fairgames payments``: who gets what at one profile."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from fairgames.atomic import write_atomically
from fairgames.cli import options, show
from fairgames.errors import InputError
from fairgames.scenario import Scenario
from fairgames.text import number
from fairgames.typing import Profile
from fairgames.values.allocation import CONFIDENCE
from fairgames.values.alpha import Alpha, to_alpha
from fairgames.values.fair import METHODS, Allocation, payments
from fairgames.values.rules import to_rule


@click.command("payments")
@options.scenario_argument
@click.option("--profile", help="Level indices such as 2,1,0: one a row of users or one a user.")
@click.option("--alpha", help="The share paid out, such as 0.4 or 2/5; default: the scenario's, or 1.")
@options.rule
@click.option("--method", default="auto", show_default=True, help=f"How to compute them: auto, {', '.join(METHODS)}.")
@click.option("-o", "--output", type=click.Path(), help="Write the payments as CSV too.")
@options.exact
@options.as_json
def command(
    scenario: str,
    profile: str | None,
    alpha: str | None,
    rule: str | None,
    method: str,
    output: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Fair payments of SCENARIO at one profile of privacy levels."""
    read = options.read(scenario)
    levels = _profile(read, profile)
    rule_name = rule or read.rule
    share = _share(read, rule_name, alpha)
    with show.progress_bar():
        allocation = payments(read.utility, levels, share, rule_name, True if exact else None, method)
    show.warn(allocation.warnings(read.users.names))
    if output:
        _write(Path(output), read, levels, allocation)
    if as_json:
        show.print_json(_answer(read, levels, rule_name, allocation), exact)
    else:
        _print(read, levels, rule_name, allocation)


def _profile(scenario: Scenario, given: str | None) -> Profile:
    if given is not None:
        return scenario.expand_profile(options.integers(given, "--profile"))
    if scenario.profile is None:
        missing = ", ".join(scenario.without_level)
        raise InputError(f"no profile: give --profile, or a `level` to the users without one: {missing}")
    return scenario.profile


def _share(scenario: Scenario, rule: str, alpha: str | None) -> Alpha:
    if alpha is not None and not to_rule(rule).has_alpha:
        raise InputError(f"--alpha: rule {rule!r} ({to_rule(rule).source}) has no share α; leave it out")
    if alpha is not None:
        return to_alpha(alpha)
    function = scenario.alpha_of_utility if to_rule(rule).has_alpha else None
    return function or to_alpha(1)


def _answer(scenario: Scenario, levels: Profile, rule: str, allocation: Allocation) -> dict[str, object]:
    return {
        "users": scenario.users.names,
        "profile": levels,
        "levels": [scenario.utility.level_names[level] for level in levels],
        "rule": rule,
        "alpha": allocation.alpha,
        "payments": allocation.payments,
        "platform": allocation.platform,
        "utility": allocation.utility,
        "efficiency_residual": allocation.efficiency_residual,
        "method": allocation.method,
        "error_bound": allocation.error_bound,
        "exact": allocation.exact,
        "statistical": allocation.statistical,
    }


def _write(path: Path, scenario: Scenario, levels: Profile, allocation: Allocation) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["user", "level", "payment"])
    for name, level, payment in zip(scenario.users.names, levels, allocation.payments, strict=True):
        writer.writerow([name, scenario.utility.level_names[level], repr(float(payment))])
    write_atomically(path, [text.getvalue()])


def _print(scenario: Scenario, levels: Profile, rule: str, allocation: Allocation) -> None:
    money = f" ({scenario.currency})" if scenario.currency else ""
    show.print_table(
        ["user", "level", f"payment{money}"],
        [
            (name, scenario.utility.level_names[level], number(payment))
            for name, level, payment in zip(scenario.users.names, levels, allocation.payments, strict=True)
        ],
        f"Fair payments, {to_rule(rule).source}",
    )
    share = "" if allocation.alpha is None else f" at α = {number(allocation.alpha)}"
    utility, keeps = number(allocation.utility), number(allocation.platform)
    click.echo(f"Utility {utility}; the platform keeps {keeps}{share}.")
    confidence = f" with {CONFIDENCE:.0%} confidence" if allocation.statistical else ""
    click.echo(
        f"Computed by {METHODS[allocation.method].what}; efficiency residual "
        f"{number(allocation.efficiency_residual)}, error at most {number(allocation.error_bound)}{confidence}."
    )
