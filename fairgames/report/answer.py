"""The first pages of a report: what is asked, who the users are, what is recommended, and what that rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from fairgames.report.assumptions import Changed, changed
from fairgames.report.document import Block, Grid, Paragraph, Points, Section
from fairgames.report.facts import Facts
from fairgames.report.pictures import pictures
from fairgames.report.plans import PRIVATE, at_each_cost, private_costs
from fairgames.text import how_many, in_money, money, number, strategy
from fairgames.valuation.rounding import percents

#: Lines of a table of users, and users up to whom each has one.
_MOST_LINES, _FEW = 200, 30


def question(facts: Facts) -> Section:
    """What is asked, for a reader who knows none of the words."""
    game, unit = facts.game, f" Money is in {facts.currency}." if facts.currency else ""
    levels = ", ".join(game.utility.level_names)
    many = how_many(len(facts.users))
    private = [] if facts.plans is None else [Paragraph(PRIVATE)]
    share = (
        "It pays out a share α of that value. Which α leaves the platform most, now that the users choose "
        "freely how much they share, and what is each user paid then?"
        if game.rule.has_alpha
        else "The rule says how the value is divided between the users and the platform, so there is no share to "
        "choose. How much will each user share, and what is each paid then?"
    )
    return Section(
        "question",
        "The question",
        [
            Paragraph(
                f"A platform learns from the data of {many} users. Each user chooses how much to give away: one of the "
                f"levels {levels}, from nothing at all to the most. Giving more is worth more to the platform, and "
                "costs the user more privacy."
            ),
            *private,
            Paragraph(
                f"What the users give together is worth an amount of money, the utility U (here: {game.utility.kind}). "
                f"{share}{unit}"
            ),
            Paragraph(
                f"Each user is paid by a fixed rule, {game.rule.source}. The words that are used below are in the "
                "glossary."
            ),
        ],
    )


def users(facts: Facts) -> Section:
    """Who they are, and what each level costs them."""
    if facts.plans is not None:
        return Section("users", "The users", private_costs(facts))
    game, own = facts.game, facts.users
    names = game.utility.level_names
    columns = ["user", *["samples"] * (own.samples is not None)]
    columns += [in_money(f"cost of {name}", facts.currency) for name in names]
    told = []
    for user in range(len(own)):
        costs = dict(zip(game.strategies[user], game.costs[user], strict=True))
        cells = [number(float(costs[level])) if level in costs else "not offered" for level in range(len(names))]
        told.append((*([] if own.samples is None else [number(float(own.samples[user]))]), *cells))
    groups = _alike(told)
    rows = [[_name(own.names, group), *told[group[0]]] for group in groups[:_MOST_LINES]]
    return Section(
        "users", "The users", [Grid("The users, and what giving each level costs them", columns, rows), *_cut(groups)]
    )


def _alike(keys: Sequence[Any]) -> list[range]:
    """Users who have a line together: of many, neighbours that are alike."""
    if len(keys) <= _FEW:
        return [range(user, user + 1) for user in range(len(keys))]
    groups, begin = [], 0
    for _, alike in groupby(keys):
        end = begin + len(list(alike))
        groups.append(range(begin, end))
        begin = end
    return groups


def _name(names: Sequence[str], group: range) -> str:
    if len(group) == 1:
        return names[group[0]]
    return f"{names[group[0]]} … {names[group[-1]]} ({how_many(len(group))})"


def _cut(groups: Sequence[range]) -> list[Block]:
    if len(groups) <= _MOST_LINES:
        return []
    return [Paragraph(f"The first {_MOST_LINES} of {how_many(len(groups))} lines are shown.")]


def recommendation(facts: Facts) -> Section:
    """The share, what everybody gets, and the pictures."""
    best, currency = facts.best, facts.currency
    kept, worth = money(best.platform_utility, currency), money(best.utility, currency)
    if best.alpha is None:
        said = f"Under this rule the platform keeps {kept} of a utility of {worth}."
    else:
        said = f"Pay out α = {number(best.alpha)}, which is {100 * float(best.alpha):.4g} % of what the data are worth."
        said += f" The platform then keeps {kept} of a utility of {worth}."
    limit = [] if best.choice.attained else [_NOT_REACHED]
    return Section(
        "answer",
        "The recommended share and the payments" if best.alpha is not None else "The payments",
        [Paragraph(said, strong=True), *limit, *_payments(facts), *at_each_cost(facts), *pictures(facts)],
    )


_NOT_REACHED = Paragraph(
    "This value is a limit: at this very share the best of the equilibria is just not reached, and a share that is a "
    "little higher comes as near as one likes."
)


def _payments(facts: Facts) -> list[Block]:
    """What each user gets and bears; of many users those alike share a line, with what is paid to each."""
    best, currency = facts.best, facts.currency
    names, levels = facts.users.names, facts.game.utility.level_names
    columns = [best.payments, *([] if best.sensitivities is None else [best.sensitivities, best.gains])]
    amounts = [[float(amount) for amount in column] for column in columns if column is not None]
    heads = ["payment", "privacy cost", "gain"][: len(amounts)]
    told = [
        (strategy(vector, levels), *(number(column[user]) for column in amounts))
        for user, vector in enumerate(best.strategies)
    ]
    groups = _alike(told)
    parts = percents([sum(best.payments[user] for user in group) for group in groups])
    rows = [
        [_name(names, group), *told[group[0]], *([] if parts is None else [f"{float(parts[line]):.1f} %"])]
        for line, group in enumerate(groups[:_MOST_LINES])
    ]
    totals = [number(math.fsum(column)) for column in amounts]
    rows.append(["all users", "", *totals, *([] if parts is None else ["100.0 %"])])
    where = "somebody mixes" if facts.plans is None else "costs are private"
    expected = "" if best.profile is not None else f", expected where {where}"
    each = "; amounts are each user's" if len(groups) < len(names) else ""
    return [
        Grid(
            f"Who shares how much, and is paid what{expected}{each}",
            ["user", "level", *(in_money(name, currency) for name in heads), *["of all paid"] * (parts is not None)],
            rows,
            wide=(1,),
            total=True,
        ),
        *_cut(groups),
    ]


def rests_on(facts: Facts) -> Section:
    """What the answer rests on."""
    return Section("rests-on", "What the answer rests on", [Points(list(_grounds(facts)))])


def _grounds(facts: Facts) -> Iterator[str]:
    best, currency = facts.best, facts.currency
    exact = "in exact arithmetic" if best.exact else "in floating-point arithmetic with a bound on its error"
    error = "" if best.exact else f", known to within {money(best.regret_bound, currency)}"
    regret = money(best.regret_shown, currency)
    yield f"Nobody gains by moving alone: the largest regret of any user is {regret}{error}, {exact}."
    at = " at some share" if facts.game.rule.has_alpha else ""
    if facts.plans is not None and facts.plans.same_plans:
        yield (
            f"Of the plans that are the same for users alike, {how_many(best.equilibrium_profiles or 0)} are an "
            f"equilibrium{at}; the answer is the {best.selection} one for the platform."
        )
    elif best.equilibrium_profiles is not None:
        what = "profiles" if facts.plans is None else "plans"
        yield (
            f"Of {how_many(facts.game.size)} {what}, {how_many(best.equilibrium_profiles)} are an equilibrium{at}; "
            f"the answer is the {best.selection} one for the platform."
        )
    if facts.robustness is not None:
        yield from facts.robustness.lines(facts.game, currency)
    if best.runner_up is not None and best.runner_up.alpha is not None:
        yield (
            f"The next best choice is α = {number(best.runner_up.alpha)}, which leaves the platform "
            f"{money(best.runner_up.platform_utility, currency)}."
        )
    yield from best.remarks()
    warnings = facts.game.cost_warnings() if facts.equilibria is None else facts.game.warnings()
    for warning in (*facts.scenario.warnings, *warnings, *best.warnings):
        yield f"Worth knowing: {warning}."
    for open_question in best.undecided:
        yield f"Undecided: {open_question}."


def assumptions(facts: Facts) -> Section:
    """What becomes of the answer where an assumption is off."""
    currency = facts.currency
    if facts.equilibria is None:
        why = _TOO_MANY if facts.plans is None else _ALIKE
        return Section("assumptions", "If an assumption is off", [Paragraph(why)])
    columns = ["assumption", "α", *(in_money(name, currency) for name in ("platform keeps", "paid out")), "users moved"]
    best = facts.best
    own = Changed("as it stands", best.alpha, best.platform_utility, sum(best.payments), 0)
    found = [own, *changed(facts)]
    rows = [_row(one) for one in found if not one.why_not]
    blocks: list[Block] = [
        Paragraph(
            "Each row changes one assumption and asks again: the share that would then be best, what the platform "
            "would keep and pay out, and how many users would choose another level."
        ),
        Grid("The answer under other assumptions", columns, rows),
    ]
    left_out = [f"{one.what}: {one.why_not}" for one in found if one.why_not]
    if left_out:
        blocks.append(Points(left_out))
    return Section("assumptions", "If an assumption is off", blocks)


def _row(one: Changed) -> list[str]:
    amounts = (number(None if value is None else float(value)) for value in (one.alpha, one.platform, one.paid))
    return [one.what, *amounts, number(one.moved)]


_ALIKE = (
    "Only plans were looked at that are the same for users alike, and the answer is not asked again under other "
    "assumptions; fairgames sweep does that."
)
_TOO_MANY = (
    "Profiles are too many to be listed here, so the answer was found along paths of best responses, and is not asked "
    "again under other assumptions; fairgames sweep does that."
)
