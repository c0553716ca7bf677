"""Forty schemes broken in one way each are found, with witnesses that are right; schemes that keep the axioms pass."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache
from itertools import product

import pytest

import fairgames as fg
from fairgames.audit import audit
from fairgames.exact import object_array
from fairgames.valuation import AlphaOfUtility
from tests import oracles
from tests.audit import planted
from tests.audit.planted import ANN, NAMES, PLANTED, PROFILES, equally_contributing, shapley, with_platform, worth

F = Fraction


@cache
def game() -> fg.PaymentGame:
    """The planted schemes' game; levels that somebody may not choose are worth what the next lower one is."""
    table = object_array(worth((a, b, 2 * (c == 2), d)) for a, b, c, d in product(range(3), repeat=4)).reshape((3,) * 4)
    users = fg.Users(names=NAMES, sensitivity=[[0, F(1, 4), F(1, 2)]] * 4, allowed=planted.CHOICES)
    return fg.PaymentGame(fg.TableUtility(table), users)


def paid_to(pay: planted.Pay, name: str, profile: tuple[int, ...]) -> F:
    paid = pay(worth, profile)
    return (
        F(worth(profile) - sum(paid))
        if name == "platform" and len(paid) == 4
        else F(paid[[*NAMES, "platform"].index(name)])
    )


def test_there_are_forty() -> None:
    assert len(PLANTED) == 40


def test_they_are_fair_but_for_one_thing() -> None:
    for rho in PROFILES:
        assert shapley(worth, rho) == oracles.shapley(worth, rho)
        assert with_platform(worth, rho) == oracles.with_platform(worth, rho)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name: str) -> None:
    pay, axiom = PLANTED[name]
    found = audit(game(), pay)
    assert found[axiom].holds is False, found[axiom].sentence
    for finding in found.findings.values():
        witness = finding.witness
        assert (finding.holds is False) == (witness is not None)
        if witness is None:
            assert finding.worst_violation in (0, None)
            continue
        assert witness.profile in PROFILES
        if witness.utility is None and finding.name in ("A.i", "B.i"):
            confirm_symmetry(pay, finding)
        if witness.utility is None and finding.name == "B.ii":
            confirm_share(pay, finding)
        if finding.name in ("A.iii", "B.iii"):
            one, other, both = witness.amounts.values()
            assert finding.name == "B.iii" or abs(both - one - other) == finding.worst_violation
    # What the game itself shows is the largest that there is, by the definitions.
    for axiom, largest in (
        ("B.i", planted.worst_symmetry),
        ("B.ii", planted.worst_share),
        ("A.ii", planted.worst_total),
    ):
        if axiom == "A.ii" and len(pay(worth, PROFILES[0])) == 4:
            assert found[axiom].holds
        elif (most := largest(pay)) > 0:
            assert found[axiom].worst_violation == most
            assert found[axiom].witness is not None
            assert found[axiom].witness.utility is None


def confirm_symmetry(pay: planted.Pay, finding: fg.audit.Finding) -> None:
    """The two contribute equally, or the one nothing, and payments are as told."""
    witness = finding.witness
    amounts = [paid_to(pay, name, witness.profile) for name in witness.users]
    assert list(witness.amounts.values()) == amounts
    if len(amounts) == 1:
        assert amounts[0] != 0
        assert abs(amounts[0]) == finding.worst_violation
    else:
        assert abs(amounts[0] - amounts[1]) == finding.worst_violation
    players = [[*NAMES, "platform"].index(name) for name in witness.users]
    if 4 not in players:
        assert equally_contributing(witness.profile, players[0], players[1] if len(players) > 1 else None)
    elif len(players) == 1:
        assert worth(witness.profile) == 0
    else:  # nothing is earned without the one user
        without = tuple(0 if user == players[0] else level for user, level in enumerate(witness.profile))
        assert worth(without) == 0


def confirm_share(pay: planted.Pay, finding: fg.audit.Finding) -> None:
    witness = finding.witness
    totals = [sum(map(F, pay(worth, rho)[:4]), F(0)) for rho in (witness.profile, witness.other_profile) if rho]
    if len(totals) == 2:
        assert worth(witness.profile) == worth(witness.other_profile)
        assert abs(totals[0] - totals[1]) == finding.worst_violation
    else:
        assert max(-totals[0], totals[0] - worth(witness.profile)) == finding.worst_violation


@pytest.mark.parametrize("share", ["0", "1/3", "1"])
def test_theorem_2_keeps_b(share: str) -> None:
    for scheme in ("users", planted.fair(F(share))):
        found = audit(game(), scheme, share if scheme == "users" else None)
        assert [found[name].holds for name in ("B.i", "B.ii", "B.iii")] == [True] * 3


def test_theorem_1_keeps_a() -> None:
    for scheme in ("coalition", planted.theorem_1()):
        found = audit(game(), scheme)
        assert [found[name].holds for name in ("A.i", "A.ii", "A.iii")] == [True] * 3


def test_users_alone_are_unfair_to_the_platform_and_the_other_way_round() -> None:
    """Where one user shares, platform and user are needed alike: α = 1/2 would be fair, and nothing else is."""
    alone = audit(game(), "users", "1/3")["A.i"]
    assert alone.holds is False
    assert alone.witness.users[1] == "platform"
    # Theorem 1's platform keeps another share of equal utilities: of Cy alone (5) 1/2; of others more.
    assert audit(game(), "coalition")["B.i"].holds is True


def test_theorem_1_with_the_platform_as_printed_is_not_unique() -> None:
    """φ_p = (1 − z)·U with φ_i = z·Shapley satisfies A.i as printed; with the platform as a player it does not."""
    found = audit(game(), planted.stated(lambda total, paid, _rho: total - paid, planted.fair(F(1, 3))))
    assert found["A.ii"].holds
    assert found["A.iii"].holds
    assert found["B.i"].holds
    assert found["A.i"].holds is False


def affine(seed: int) -> tuple[fg.PaymentGame, object, object]:
    """A random game, and a scheme that keeps B.i to B.iii or A.i to A.iii: users renamed, money rescaled, α changed."""
    drawn = random.Random(seed)
    n, levels = drawn.choice([(2, 2), (2, 3), (3, 2)])
    size = levels**n
    table = object_array(F(drawn.randint(0, 12), drawn.choice([1, 2, 3])) for _ in range(size))
    table[0] = F(0)
    table = table.reshape((levels,) * n)
    if drawn.random() < 0.5:  # two users alike
        table = (table + table.swapaxes(0, 1)) / 2
    table = table * F(drawn.randint(1, 40), drawn.randint(1, 7))
    users = fg.Users(sensitivity=[[F(k, 5) for k in range(levels)]] * n)
    share = F(drawn.randint(0, 10), 10)
    top = max(table.flat) or F(1)
    by_worth = AlphaOfUtility([(0, share), (top, F(drawn.randint(0, 10), 10))])

    def with_constant(utility, profile):
        return [share * value for value in shapley(utility, profile)]

    def with_function(utility, profile):
        return [by_worth(utility(profile)) * value for value in shapley(utility, profile)]

    def platform_too(utility, profile):
        platform, paid = with_platform(utility, profile)
        return [*paid, platform]

    kinds = [("users", share), ("users", by_worth), ("coalition", None), (with_constant, None), (with_function, None)]
    scheme, alpha = [*kinds, (platform_too, None)][seed % 6]
    return fg.PaymentGame(fg.TableUtility(table), users), scheme, alpha


@pytest.mark.parametrize("seed", range(100))
def test_no_false_alarm(seed: int) -> None:
    given, scheme, alpha = affine(seed)
    found = audit(given, scheme, alpha)
    member = seed % 6 in (2, 5)
    for name in ("A.i", "A.ii", "A.iii") if member else ("B.i", "B.ii", "B.iii"):
        assert found[name].holds is not False, (name, found[name].sentence)
        assert found[name].witness is None
    assert found["B.iii"].holds is (None if seed % 6 == 4 else True)  # a share found anew for each U is searched


def test_a_violation_of_what_is_not_alike_is_no_violation_of_b_i() -> None:
    """Ann and Cy differ, so that they are paid otherwise is no fault."""
    assert not equally_contributing((2, 0, 2, 0), ANN, planted.CY)
    assert audit(game(), "users", "1/2")["B.i"].holds
