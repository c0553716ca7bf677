"""Assumptions 1 and 2, taking part, the core and potentials: against their definitions, on small random games."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest

import fairgames as fg
from fairgames.audit import audit
from fairgames.exact import object_array
from fairgames.valuation.rules import EqualSplit
from tests.oracles import shared_by, subsets

F = Fraction


def random_game(seed: int, levels: int = 3) -> fg.PaymentGame:
    """Two or three users; some may not choose level 0, or not the highest."""
    drawn = random.Random(seed)
    n = drawn.choice([2, 3])
    slope = 4 * (seed % 2)  # half of them anything but monotone
    table = object_array(
        F(drawn.randint(0, 9) + slope * sum(place), drawn.choice([1, 2])) for place in np.ndindex((levels,) * n)
    )
    table[0] = F(0)
    allowed = [drawn.choice([(0, 1, 2), (0, 2), (1, 2), (0, 1)]) for _ in range(n)]
    sensitivity = []
    for levels_of in allowed:
        row = [F(drawn.randint(0, 6), 4) if level > levels_of[0] else F(0) for level in range(levels)]
        sensitivity.append(row)
    users = fg.Users(sensitivity=sensitivity, allowed=allowed, samples=[drawn.randint(1, 5) for _ in range(n)])
    return fg.PaymentGame(fg.TableUtility(table.reshape((levels,) * n)), users)


def placed(game: fg.PaymentGame) -> list[tuple[int, ...]]:
    """All ρ_S: of users who may choose level 0 or not, with some of them absent."""
    return list(product(*({0, *levels} for levels in game.strategies)))


def comparable(game: fg.PaymentGame, low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    """ρ⁽¹⁾_S ≤ ρ⁽²⁾_S for one S: who may not choose level 0 is in both or in neither."""
    return all(a == b or (a < b and (a in choices)) for a, b, choices in zip(low, high, game.strategies, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_monotone(seed: int) -> None:
    game = random_game(seed)
    found, worth = audit(game)["assumption-1"], game.utility.exact_at
    falls = [
        worth(low) - worth(high)
        for low, high in product(placed(game), repeat=2)
        if low != high and comparable(game, low, high)
    ]
    assert found.holds is (max(falls) < 0)
    if not found.holds:
        low, high = found.witness.profile, found.witness.other_profile
        assert comparable(game, low, high)
        assert found.worst_violation == max(falls) == worth(low) - worth(high)


@pytest.mark.parametrize("seed", range(40))
def test_diminishing_returns(seed: int) -> None:
    game = random_game(seed)
    found, worth = audit(game)["assumption-2"], game.utility.exact_at
    grows = []
    for user, choices in enumerate(game.strategies):
        for low, high in product(placed(game), repeat=2):
            if (
                low[user] != high[user]
                or low == high
                or low[user] not in choices[:-1]
                or not comparable(game, low, high)
            ):
                continue
            up = choices[choices.index(low[user]) + 1]
            adds = [worth((*rho[:user], up, *rho[user + 1 :])) - worth(rho) for rho in (low, high)]
            grows.append(adds[1] - adds[0])
    assert found.holds is (max(grows) < 0)
    if not found.holds:
        assert found.worst_violation == max(grows)
        assert comparable(game, found.witness.profile, found.witness.other_profile)
        one, other = found.witness.amounts.values()
        assert other - one == max(grows)


@pytest.mark.parametrize("seed", range(20))
def test_taking_part(seed: int) -> None:
    """Nobody is worse off at an equilibrium of a rule that pays nobody less than nothing; others may be."""
    game = random_game(seed)
    found = audit(game, "users")
    payments = game.payments(1)
    assert found["non-negative-payments"].holds is bool((payments >= 0).all())
    if not found["non-negative-payments"].holds:
        assert found["non-negative-payments"].worst_violation == -payments.min()
    design = fg.design(game, scope="pure")
    assert found.proposed == design.profile
    gains = design.gains
    assert found["individual-rationality"].holds is bool((gains >= 0).all())
    if not found["individual-rationality"].holds:
        assert found["individual-rationality"].worst_violation == -gains.min()


def test_who_must_share_may_be_worse_off() -> None:
    """A user who may not stay away, and is charged for taking part."""
    utility = fg.TableUtility([[0, 3, 1], [3, 4, 2], [1, 2, 1]])
    users = fg.Users(sensitivity=[[0, 0, "1/2"]] * 2, allowed=[[1, 2], [1, 2]], names=["Ann", "Ben"])

    def charge(_utility, profile):
        return [F(-1, 4) if level == 1 else F(-1) for level in profile]

    found = audit(fg.PaymentGame(utility, users), charge)
    assert found.proposed == (1, 1)
    assert found["individual-rationality"].holds is False
    assert found["individual-rationality"].worst_violation == F(1, 4)
    assert found["non-negative-payments"].worst_violation == 1
    assert found["B.iii"].holds is None  # it never looks at U


RULES = (
    "users",
    "coalition",
    "equal-split",
    "per-record",
    "proportional",
    "leave-one-out",
    "weighted-shapley",
    "nucleolus",
)


@pytest.mark.parametrize("seed", range(12))
def test_core_and_potential(seed: int) -> None:
    game = random_game(seed)
    found = audit(game, "users", compare=RULES, profile=tuple(levels[-1] for levels in game.strategies))
    assert [facts.rule for facts in found.rules] == list(RULES)
    for facts in found.rules:
        assert not facts.why_not
        own = fg.PaymentGame(game.utility, game.users, facts.rule)
        confirm_core(game, facts)
        confirm_distance(game, facts)
        confirm_potential(own, facts)
        if facts.equilibrium is not None:
            best = fg.design(own, scope="pure")
            assert (best.profile, best.alpha, best.platform_utility) == (
                facts.equilibrium,
                facts.best_alpha,
                facts.platform_utility,
            )


def confirm_core(game: fg.PaymentGame, facts: fg.audit.RuleFacts) -> None:
    users = [user for user, level in enumerate(facts.profile) if level]
    whole, paid = game.utility.exact_at(facts.profile), facts.payments
    gains = {}
    for inside in subsets(users):
        alone = game.utility.exact_at(shared_by(facts.profile, inside))
        if facts.rule == "coalition":
            keeps = whole - paid.sum()
            gains[("platform", *inside)] = alone - keeps - sum(paid[user] for user in inside)
            gains[inside] = -sum((paid[user] for user in inside), F(0))
        elif whole:
            gains[inside] = alone * paid.sum() / whole - sum(paid[user] for user in inside)
    for all_or_nobody in ((), ("platform", *users) if facts.rule == "coalition" else tuple(users)):
        gains.pop(all_or_nobody, None)
    if whole:
        assert facts.departure.gain == max(gains.values())
        assert facts.departure.in_core is (facts.departure.gain <= 0)
        who = tuple(name if name == "platform" else game.users.names.index(name) for name in facts.departure.coalition)
        assert gains[who] == facts.departure.gain


def confirm_distance(game: fg.PaymentGame, facts: fg.audit.RuleFacts) -> None:
    values = fg.payments(game.utility, facts.profile).payments
    share = facts.payments.sum() / values.sum() if values.sum() else F(0)
    assert (facts.distances == facts.payments - share * values).all()
    assert facts.distance == abs(facts.distances).sum() / 2


def confirm_potential(own: fg.PaymentGame, facts: fg.audit.RuleFacts) -> None:
    """Around every cycle of two users' moves; of those told to have weights, with the gains over them."""
    payments = own.payments(1 if own.rule.has_alpha else None)
    weights = facts.potential.weights or (1,) * len(own.users)
    largest = F(0)
    for one, other in combinations(range(len(own.users)), 2):
        for start in np.ndindex(own.shape):
            for there in product(range(own.shape[one]), range(own.shape[other])):
                gains = around(payments, one, other, start, there)
                if facts.potential.kind != "none":
                    assert gains[0] * weights[other] + gains[1] * weights[one] == 0
                largest = max(largest, abs(gains[0] + gains[1]) if facts.potential.kind == "none" else F(0))
    if facts.potential.kind == "none":
        places = [own.index(profile) for profile in facts.potential.cycle]
        gain = F(0)
        for before, after in zip(places, [*places[1:], places[0]], strict=True):
            (mover,) = (user for user, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)
            gain += payments[(mover, *after)] - payments[(mover, *before)]
        assert abs(gain) == facts.potential.gain > 0
        assert own.rule.potential is None
        assert facts.potential.gain <= largest
    elif own.rule.potential == "exact":
        assert facts.potential.kind == "exact"


def around(payments, one, other, start, there):
    """What each of the two gains on its moves around a cycle."""
    place, gains = list(start), [F(0), F(0)]
    for mover, user, goal in ((0, one, there[0]), (1, other, there[1]), (0, one, start[one]), (1, other, start[other])):
        before = payments[(user, *place)]
        place[user] = goal
        gains[mover] += payments[(user, *place)] - before
    return gains


def test_no_weight_makes_up_for_a_user_whom_nobody_moves() -> None:
    """Each gets half of 2/3 beside the other: Ann as alone, Ben 2/3 less than alone."""
    game = fg.PaymentGame(fg.TableUtility([[0, 1], ["1/3", "2/3"]]), fg.Users(sensitivity=[[0, "1/4"]] * 2))
    facts = {one.rule: one for one in audit(game, "users", compare=["equal-split"]).rules}
    assert (facts["equal-split"].potential.kind, facts["equal-split"].potential.gain) == ("none", F(2, 3))


def test_amounts_of_more_digits_than_a_float_holds() -> None:
    """Alone with the platform, a user gets 1e-308 of 2/3, and the platform, which adds the same, all the rest."""
    game = fg.PaymentGame(fg.TableUtility([0, "2/3"]), fg.Users(sensitivity=[[0, "1/4"]]))
    found = audit(game, "users", alpha="1e-308")["A.i"]
    assert (found.holds, found.worst_violation) == (False, F(2, 3) * (1 - 2 * F("1e-308")))


def test_take_it_or_leave_it_leaves_the_platform_the_first_best() -> None:
    users = fg.Users(sensitivity=[[0, ".3"], [0, ".32"]])
    game = fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), users)
    (own, facts) = audit(game, "users", compare=["take-it-or-leave-it"]).rules
    assert facts.platform_utility == 1 - F("0.62")
    assert facts.equilibrium == (1, 1)
    assert own.platform_utility == F(11, 30)


def test_floats_decide_what_they_can_and_types_the_rest() -> None:
    """Hospitals alike in n are alike for certain; a U of floats alone leaves open what its error hides."""
    users = fg.Users(samples=[100, 100, 50], sensitivity=[[0, ".01", ".03"]] * 3)
    game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users)
    fair = audit(game, "users")
    assert [fair[name].holds for name in ("B.i", "B.ii", "B.iii")] == [True] * 3
    assert 0 < fair["B.i"].error_bound < 1e-10
    assert not fair.undecided

    def favour(utility, profile):
        total, n = utility(profile), sum(map(bool, profile))
        return [total / n / 2 + (1e-6 if user == 0 else 0) if level else 0 for user, level in enumerate(profile)]

    found = audit(game, favour)["B.i"]
    assert found.holds is False
    assert found.worst_violation > 1e-6
    assert fair["assumption-1"].holds is False  # as docs/errata.md says of unequal n


def test_what_floats_leave_open_does_not_hold() -> None:
    """0.1 + 0.2 is not 0.3 in floats, and nothing tells whether the two were meant to be one."""
    utility = fg.TableUtility(np.array([[0.0, 0.1 + 0.2], [0.3, 1.0]]))
    game = fg.PaymentGame(utility, fg.Users(names=["Ann", "Ben"], sensitivity=[[0, 0.1]] * 2))

    def by_name(_utility, profile):
        return [0.2 * profile[0], 0.1 * profile[1]]

    found = audit(game, by_name)
    for name in ("B.i", "B.ii"):
        assert found[name].holds is None
        assert found[name].sentence.startswith("Floats cannot tell whether")
        assert found[name].undecided
    assert found.to_dict()["certain"] is False
    assert audit(game, "users")["B.i"].holds


def test_what_is_no_name_is_taken_as_it_is() -> None:
    game = fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), fg.Users(sensitivity=[[0, ".3"], [0, ".32"]]))
    alone = audit(game, lambda profile: [F(1, 4) * level for level in profile])  # never looks at U
    assert alone["B.i"].holds
    assert alone["A.iii"].holds is None
    assert audit(game, EqualSplit)["B.i"].holds is False
    assert audit(game, EqualSplit())["B.i"].worst_violation == F(1, 3)
