"""Section 4.2, Figs. 6 and 7, with the sensitivities that were searched for in their place."""

from __future__ import annotations

from functools import cache

import fairgames as fg
from fairgames.equilibria import certify_profile
from fairgames.paper.claims.statement import Finding, Statement, claim, shown
from fairgames.paper.federation import HETEROGENEOUS, KINDS, PROFILE, each, game
from fairgames.paper.landscapes import Setting
from fairgames.paper.withheld import READINGS, withheld

STATEMENTS: list[Statement] = []


def _chosen(*settings: Setting) -> str:
    """The numbers that the papers withhold."""
    rows = ", ".join(
        f"{shown(tuple(row))} for {kind.count} with n = {kind.samples()}"
        for kind, row in zip(KINDS, withheld().costs, strict=True)
    )
    regimes = "; ".join(str(setting.regime) for setting in settings)
    return f"Searched for, since the papers do not print it: c_i = {rows}" + (f"; {regimes}" if regimes else "")


@cache
def _optimum(homogeneous: bool) -> tuple[Setting, fg.Design]:
    setting = withheld().homogeneous if homogeneous else withheld().heterogeneous
    return setting, fg.design(setting.game, scope="pure")


@claim(
    STATEMENTS,
    "fig-6",
    "Section 4.2, Fig. 6 and its caption",
    "with five sensitivity functions for ten users no user benefits by changing ρ_i: a Nash equilibrium",
    "regret 0 where a_i = 1 for all (text), and where a_i = 100 for one (caption)",
)
def _figure_6() -> Finding:
    found = {
        reading: certify_profile(game(HETEROGENEOUS, withheld().costs, important), PROFILE, 1)
        for reading, important in READINGS.items()
    }
    return Finding(
        "; ".join(f"{reading}: {float(max(one.regrets)):.3g}" for reading, one in found.items()),
        all(max(one.regrets) <= one.bound for one in found.values()),
        f"{_chosen()}; {HETEROGENEOUS}, α = 1. Text and caption differ in a_i.",
    )


@claim(
    STATEMENTS,
    "fig-7a",
    "Section 4.2, Fig. 7a",
    "homogeneous: at α* both users with n_i = 100 choose ρ_i = 1, the others 0, most data for little payment; at "
    "higher α more share, eventually many with ρ_i = 2, and the platform keeps less",
    "those two on level 1, most of the samples and of U; half of those who share on level 2 at high α",
)
def _figure_7a() -> Finding:
    setting, found = _optimum(homogeneous=True)
    samples, profile = each([kind.samples() for kind in KINDS]), found.profile or ()
    part = float(found.utility) / float(setting.game.utilities.values.max())
    collected = sum(n for n, level in zip(samples, profile, strict=True) if level) / sum(samples)
    value, later = fg.landscape(setting.game).at("99/100")
    more = sum(map(bool, later)) > sum(map(bool, profile)) and 2 * later.count(2) >= sum(map(bool, later))
    return Finding(
        f"ρ = {profile} at α* = {float(found.alpha or 0):.3g}, {collected:.0%} of the samples, {part:.0%} of the "
        f"largest U; at α = 0.99 ρ = {later}, platform utility {float(value):.3g} against "
        f"{float(found.platform_utility):.3g}",
        profile == tuple(int(n == 100) for n in samples)
        and min(part, collected) > 0.5
        and more
        and value < found.platform_utility,
        _chosen(setting),
    )


@claim(
    STATEMENTS,
    "fig-7b",
    "Section 4.2, Fig. 7b",
    "heterogeneous: α* is higher; most choose ρ_i = 2, one of high sensitivity ρ_i = 0 and one ρ_i = 1",
    "eight on level 2; one each on 1 and 0, of the highest c_i(2); α* above that of (a)",
)
def _figure_7b() -> Finding:
    other, setting = _optimum(homogeneous=True), _optimum(homogeneous=False)
    profile = setting[1].profile or ()
    costs = each([row[2] for row in withheld().costs])
    private = {cost for cost, level in zip(costs, profile, strict=True) if level < 2}
    rest = {cost for cost, level in zip(costs, profile, strict=True) if level == 2}
    alphas = [float(one.alpha or 0) for one in (other[1], setting[1])]
    return Finding(
        f"ρ = {profile} with {len(setting[1].ties)} ties; α* = {alphas[0]:.3g} in (a), {alphas[1]:.3g} in (b)",
        sorted(profile) == [0, 1] + [2] * 8 and min(private) > max(rest) and alphas[0] < alphas[1],
        _chosen(other[0], setting[0]),
    )
