"""What it costs not to know, of users alike: the same design at each of the counts of cost rows that they may have.

Which of the users of a kind have which costs makes no difference to the platform. So there is one design for each way
to count them, by its multinomial chance. Which of those that are alike are left with more is open; each is told the
mean over its kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from fairgames.counts.lattice import count_vectors
from fairgames.equilibria.types.multinomial import multinomial
from fairgames.equilibria.types.same_plans import Kind, SamePlans
from fairgames.errors import NoAnswerError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.leaving import leaving
from fairgames.mechanism.private.information import Information
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Design
from fairgames.mechanism.selections import named
from fairgames.mechanism.types import population_design
from fairgames.mechanism.worth_counting import worth_counting
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array

#: Counts of cost rows that are gone through, a design each; and users times states of all these designs together,
#: some ten seconds.
_MOST_DRAWS, _MOST_WORK = 1_000, 1_500_000

#: Profiles up to which a design at one draw lists them: there may be a thousand draws.
_MOST_LISTED = 2_000

#: For each kind how many of its users have each cost row.
_Draw = tuple[tuple[int, ...], ...]


def counted_information(same: SamePlans, selection: str, cap: Fraction | None) -> Information:
    """The designs of all pure profiles at all counts of the users' costs, by the same selection and in the budget."""
    n_draws = math.prod(math.comb(len(kind.users) + len(kind.rows) - 1, len(kind.users)) for kind in same.kinds)
    n_users = len(same.game.known)
    if n_draws > _MOST_DRAWS or n_draws * n_users * same.population.lattice.size > _MOST_WORK:
        ways = f"costs may come in {how_many(n_draws)} ways that differ"
        states = f"each a design on {how_many(same.population.lattice.size)} states of counts"
        return Information(None, None, (f"value_of_information: not looked at, as {ways}, {states}",))
    kept: Any = Fraction(0) if same.exact else 0.0
    gains: Any = object_array([Fraction(0)] * n_users) if same.exact else np.zeros(n_users)
    for weight, draw in track(list(_draws(same)), "designs at known costs"):
        try:
            known = _at_costs(same, draw, selection, cap)
        except NoAnswerError as error:
            return Information(None, None, (f"value_of_information: not known, as at some costs {error}",))
        kept = kept + weight * known.platform_utility
        gains = gains + weight * np.asarray(known.payments - known.sensitivities)
    for kind in same.kinds:
        users = list(kind.users)
        gains[users] = gains[users].sum() / len(users)
    return Information(kept, gains)


def _draws(same: SamePlans) -> Iterator[tuple[Any, _Draw]]:
    """How many users of each kind may have each cost row, and how likely that is."""
    for combined in product(*(_draws_of(kind, same.exact) for kind in same.kinds)):
        yield math.prod((weight for weight, _ in combined), start=1), tuple(counts for _, counts in combined)


def _draws_of(kind: Kind, exact: bool) -> list[tuple[Any, tuple[int, ...]]]:
    size, numbers = len(kind.users), range(len(kind.rows))
    chances = {row: chance for row, (chance, _) in enumerate(kind.rows)}
    weights, _ = multinomial(size, chances, numbers, len(numbers), exact)
    counts: Array = count_vectors(size, numbers, len(numbers))
    return list(zip(weights.tolist(), map(tuple, counts.tolist()), strict=True))


def _at_costs(same: SamePlans, draw: _Draw, selection: str, cap: Fraction | None) -> Design:
    """The design where so many users of each kind have each cost row; the first ones have the first."""
    base = same.game.base
    rows: list[Any] = [None] * len(base.users)
    for kind, counts in zip(same.kinds, draw, strict=True):
        own = [costs for (_, costs), count in zip(kind.rows, counts, strict=True) for _ in range(count)]
        for user, costs in zip(kind.users, own, strict=True):
            rows[user] = costs
    game = PaymentGame(base.utility, base.users.with_costs(rows), base.rule, same.exact)
    counted = named(selection).counts and (game.size > _MOST_LISTED or worth_counting(game))
    found = population_design(game, selection, cap, alone=True) if counted else pure_design(game, selection, cap)
    return leaving(game, found)
