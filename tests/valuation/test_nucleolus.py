"""The nucleolus, Shapley's value and the core of published games, of random ones by definition, and by coopgame."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from fairgames.errors import TooLargeError
from fairgames.exact import object_array
from fairgames.testing import check_rule
from fairgames.valuation.nucleolus import nucleolus
from fairgames.valuation.rules import USERS, Coalitions, Nucleolus, WeightedShapley

F = Fraction


def game(n: int, worth: Callable[[set[int]], object]) -> np.ndarray:
    """v of every coalition of users 0 … n − 1, shape (2,)·n."""
    found = (F(worth({user for user, inside in enumerate(place) if inside})) for place in np.ndindex((2,) * n))
    return object_array(found).reshape((2,) * n)


def bankruptcy(estate: int, debts: Sequence[int]) -> np.ndarray:
    """What is left for a group once all others are paid (O'Neill 1982)."""
    return game(len(debts), lambda who: max(0, estate - sum(d for k, d in enumerate(debts) if k not in who)))


def shapley(worths: np.ndarray) -> list[Fraction]:
    n = worths.ndim
    return USERS.values(Coalitions.of_table(range(n), [F(1)] * n, worths)).tolist()


# Published games -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estate", "shares"),
    [
        (100, (F(100, 3), F(100, 3), F(100, 3))),
        (200, (50, 75, 75)),
        (300, (50, 100, 150)),
    ],
)
def test_the_talmuds_bankruptcy(estate: int, shares: tuple[int, ...]) -> None:
    """Ketubot 93a: debts of 100, 200 and 300. Aumann & Maschler 1985: its divisions are the nucleolus."""
    assert nucleolus(bankruptcy(estate, (100, 200, 300))) == list(shares)


def test_the_contested_garment() -> None:
    """Bava Metzia 2a: one claims all, one half: 3/4 and 1/4."""
    assert nucleolus(bankruptcy(100, (100, 50))) == [75, 25]


def test_the_glove_game() -> None:
    """One left glove and two right ones: the core is that the left one gets all (Shapley & Shubik 1969)."""
    worths = game(3, lambda who: 0 in who and len(who) > 1)
    assert nucleolus(worths) == [1, 0, 0]
    assert shapley(worths) == [F(2, 3), F(1, 6), F(1, 6)]


def test_a_council_with_vetoes() -> None:
    """The UN Security Council before 1965, of 5 vetoes and 6 others, quota 7: Shapley & Shubik 1954 count 76/77."""

    def passes(who: set[int]) -> bool:
        return {0, 1, 2, 3, 4} <= who and len(who) >= 7

    worths = game(11, passes)
    found = shapley(worths)
    assert sum(found[:5]) == F(76, 77)
    assert found[5] == F(1, 462)
    # In the core whoever has no veto gets nothing, and the nucleolus is in it.
    assert nucleolus(worths) == [F(1, 5)] * 5 + [0] * 6


def test_the_airport() -> None:
    """Runways for planes of cost 1, 2 and 3, as savings: Littlechild & Owen 1973 share each piece among its users;
    the nucleolus by their formula: 1/2, 3/4 and 7/4 of costs 1, 2 and 3."""
    costs = (1, 2, 3)
    savings = game(3, lambda who: sum(costs[k] for k in who) - max((costs[k] for k in who), default=0))
    assert [cost - saved for cost, saved in zip(costs, shapley(savings), strict=True)] == [F(1, 3), F(5, 6), F(11, 6)]
    assert [cost - saved for cost, saved in zip(costs, nucleolus(savings), strict=True)] == airport_nucleolus(costs)


def airport_nucleolus(costs: Sequence[int]) -> list[Fraction]:
    """Littlechild 1974, one plane of each kind, costs ascending."""
    charges: list[Fraction] = []
    while len(charges) < len(costs):
        paid = sum(charges, F(0))
        first = len(charges)
        rates = [((costs[k] - paid) / (k - first + 2), k) for k in range(first, len(costs) - 1)]
        rates.append(((costs[-1] - paid) / (len(costs) - first), len(costs) - 1))
        least = min(rate for rate, _ in rates)
        last = max(k for rate, k in rates if rate == least)
        charges += [F(least)] * (last - first + 1)
    return charges


def test_more_airports() -> None:
    for costs in ((1, 1, 5, 6), (2, 3, 4, 10, 11), (1, 4, 6, 7, 9)):
        n = len(costs)
        savings = game(n, lambda who, costs=costs: sum(costs[k] for k in who) - max((costs[k] for k in who), default=0))
        found = [cost - saved for cost, saved in zip(costs, nucleolus(savings), strict=True)]
        assert found == airport_nucleolus(costs)


# Random games ----------------------------------------------------------------------------------


def drawn(seed: int) -> np.ndarray:
    generator = random.Random(seed)
    n = generator.choice([2, 3, 4, 5])
    return game(n, lambda who: generator.randint(-10, 40) if who else 0)


def lexicographic(worths: np.ndarray) -> list[float]:
    """By definition, in floats: one program after another, each coalition tested whether its excess can be less."""
    n = worths.ndim
    coalitions = [who for size in range(1, n) for who in combinations(range(n), size)]
    values = {who: float(worths[tuple(int(k in who) for k in range(n))]) for who in coalitions}
    fixed: dict[tuple[int, ...], float] = {}
    point: list[float] = []
    while len(fixed) < len(coalitions):
        free = [who for who in coalitions if who not in fixed]
        least, point = _program(n, free, fixed, values, float(worths[(1,) * n]), None)
        for who in free:
            lower, _ = _program(n, free, fixed, values, float(worths[(1,) * n]), (who, least))
            if lower > least - 1e-7:  # its excess is `least` at every optimum
                fixed[who] = least
    return point


def _program(n, free, fixed, values, whole, asked):
    """Least ε, or (``asked``) the least excess of one coalition at ε."""
    row = lambda who, slack: [float(k in who) for k in range(n)] + [slack]  # noqa: E731
    upper = [[-x for x in row(who, 1.0)] for who in free]
    bounds = [(None, None)] * n + [(None, None) if asked is None else (asked[1], asked[1])]
    goal = [0.0] * n + [1.0] if asked is None else [-x for x in row(asked[0], 0.0)]
    equal = [row(range(n), 0.0), *(row(who, 0.0) for who in fixed)]
    right = [whole, *(values[who] - excess for who, excess in fixed.items())]
    found = linprog(goal, upper, [-values[who] for who in free], equal, right, bounds, method="highs")
    assert found.success
    return (found.fun if asked is None else found.fun + values[asked[0]]), found.x[:n].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_it_is_lexicographically_least(seed: int) -> None:
    worths = drawn(seed)
    assert [float(part) for part in nucleolus(worths)] == pytest.approx(lexicographic(worths), abs=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_coopgame_agrees(seed: int) -> None:
    coopgame = pytest.importorskip("coopgame")
    worths = drawn(100 + seed)
    n = worths.ndim
    # Its bits count from the first player as the lowest.
    values = [int(worths[tuple(mask >> k & 1 for k in range(n))]) for mask in range(1, 2**n)]
    found = nucleolus(worths)
    assert coopgame.prenucleolus(coopgame.Game(values))["allocation"] == pytest.approx([float(x) for x in found])
    assert sum(found) == worths[(1,) * n]
    assert shapley(worths) == pytest.approx([float(x) for x in coopgame.shapley(coopgame.Game(values))])


def test_twelve_are_many_and_thirteen_too_many() -> None:
    worths = game(12, lambda who: len(who) ** 2)
    assert nucleolus(worths) == [12] * 12
    with pytest.raises(TooLargeError, match="the nucleolus of 13 users"):
        nucleolus(object_array([F(0)] * 2**13).reshape((2,) * 13))


@pytest.mark.parametrize("rule", [Nucleolus(), WeightedShapley([1, 2, "1/2", 5])], ids=lambda rule: rule.name)
def test_rules_are_what_they_say(rule: Nucleolus | WeightedShapley) -> None:
    check_rule(rule)
