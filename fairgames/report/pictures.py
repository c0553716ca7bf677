"""The pictures of a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fairgames.equilibria.pure.landscape import Landscape
from fairgames.plots.branches import branches
from fairgames.plots.canvas import new_figure, not_shown
from fairgames.plots.landscape import landscape
from fairgames.plots.paths import paths
from fairgames.plots.payments import payments
from fairgames.report.document import Picture
from fairgames.report.facts import Facts
from fairgames.report.svg import inline_svg
from fairgames.text import money, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Users whose bars can be told apart, and whose levels have a line each.
_MOST_BARS, _MOST_LINES = 40, 60


def pictures(facts: Facts) -> Iterator[Picture]:
    """The landscape, the branches and the payments, as far as this game has them."""
    if facts.landscape is not None and len(facts.game.users) <= _MOST_LINES:
        yield _landscape(facts, facts.landscape)
    if facts.equilibria is not None and facts.game.rule.has_alpha:
        yield _branches(facts)
    if facts.path is not None and facts.path.paths:
        yield _paths(facts)
    if len(facts.users) <= _MOST_BARS:
        yield _payments(facts)


def _picture(figure: Figure, name: str, title: str, words: str) -> Picture:
    return Picture(name, title, words, inline_svg(not_shown(figure), name, title, words))


def _landscape(facts: Facts, found: Landscape) -> Picture:
    upper, _ = landscape(
        found, facts.game.users.names, facts.game.utility.level_names, facts.best, currency=facts.currency or ""
    )
    return _picture(
        upper.figure.figure,
        "landscape",
        "What the platform keeps at each share, and who then shares how much",
        f"Above: what the platform keeps at the best equilibrium for it at each share α, highest at "
        f"{_answer(facts)}. Below: the level that each user chooses there; one line a user"
        + (", for each of its cost rows." if facts.plans else "."),
    )


def _branches(facts: Facts) -> Picture:
    axes = branches(facts.game, currency=facts.currency or "")
    return _picture(
        axes.figure.figure,
        "branches",
        "Every equilibrium, and what it leaves the platform",
        "One line an equilibrium, over the shares α at which it is one: what the platform then keeps. Solid where "
        "every deviation loses, dashed where somebody may be indifferent, dotted where users mix.",
    )


def _paths(facts: Facts) -> Picture:
    assert facts.path is not None
    upper, _ = paths(facts.path, facts.game.utility.level_names, currency=facts.currency or "")
    return _picture(
        upper.figure.figure,
        "paths",
        "Equilibria as the share rises and falls",
        f"Above: what the platform keeps at the equilibria that are met as α rises, and as it falls; the answer is "
        f"{_answer(facts)}. Below: how many users are on each level.",
    )


def _payments(facts: Facts) -> Picture:
    names = facts.users.names
    figure = new_figure(max(5.0, min(9.0, 0.6 * len(names))), 3.4)
    axes = figure.add_subplot()
    payments(names, facts.best.payments.tolist(), ax=axes, currency=facts.currency or "")
    for bar in axes.patches:
        bar.set_facecolor("#2171b5")
    least, most = min(facts.best.payments), max(facts.best.payments)
    return _picture(
        figure,
        "payments",
        "What each user is paid",
        f"One bar a user: from {money(least, facts.currency)} to {money(most, facts.currency)}.",
    )


def _answer(facts: Facts) -> str:
    kept = money(facts.best.platform_utility, facts.currency)
    return f"α = {number(facts.best.alpha)}, where it keeps {kept}"
