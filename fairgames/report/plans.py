"""What a report says of users whose costs are private: what they may be, and what each does at each of them."""

from __future__ import annotations

from collections.abc import Iterator

from fairgames.private.game import PlanGame
from fairgames.report.document import Block, Grid, Paragraph
from fairgames.report.facts import Facts
from fairgames.text import how_many, in_money, number

#: Lines of a table of cost rows.
_MOST_LINES = 200

PRIVATE = (
    "What privacy costs a user, only that user knows. Everybody knows the rows of costs that may be its own, and the "
    "chance of each. So a user has a plan, which is a level for each of its cost rows, and all amounts that are not of "
    "one cost row are expected ones."
)


def private_costs(facts: Facts) -> list[Block]:
    """The costs that may be each user's own, a line each."""
    assert isinstance(facts.game, PlanGame)
    agents, base = facts.game.agents, facts.game.base
    names = facts.game.utility.level_names
    rows = []
    for user, row in agents.who:
        chance, costs = agents.rows[user][row]
        cells = [number(float(costs[k])) if k in base.strategies[user] else "not offered" for k in range(len(names))]
        rows.append([facts.users.names[user], str(row + 1), number(chance), *cells])
    columns = ["user", "cost row", "chance", *(in_money(f"cost of {name}", facts.currency) for name in names)]
    return list(_shown("The costs that may be each user's own, with their chances", columns, rows))


def at_each_cost(facts: Facts) -> Iterator[Block]:
    """The level at each cost row with its certificate, and what each user has because its costs are its own."""
    found = facts.plans
    if found is None:
        return
    bound = found.interim_regret_bound
    rows = [
        [user, str(row), number(chance), level, number(float(paid)), number(float(regret if regret > bound else 0))]
        for user, row, chance, level, paid, regret in found.table().rows()
    ]
    heads = (in_money(name, facts.currency) for name in ("payment", "regret"))
    known = "exactly" if found.exact else f"to within {number(bound)}"
    yield Paragraph(
        "Once a user knows its costs, it chooses the level that its plan has for them. Its regret is what it could "
        f"gain by any other, with the others' costs as unknown to it as before; it is known {known}."
    )
    yield from _shown(
        "Level, expected payment and regret at each cost row",
        ["user", "cost row", "chance", "level", *heads],
        rows,
        wide=(3,),
    )
    if found.information_rent is not None:
        rents = zip(found.users, found.information_rent, strict=True)
        yield from _shown(
            "Information rents: what each user is left with more than if all costs were known, on average",
            ["user", in_money("information rent", facts.currency)],
            [[user, number(float(rent))] for user, rent in rents],
        )


def _shown(caption: str, columns: list[str], rows: list[list[str]], wide: tuple[int, ...] = ()) -> Iterator[Block]:
    yield Grid(caption, columns, rows[:_MOST_LINES], wide=wide)
    if len(rows) > _MOST_LINES:
        yield Paragraph(f"The first {_MOST_LINES} of {how_many(len(rows))} lines are shown.")
