"""The claims of the papers: every judgement that is tested here is reached a second time from definitions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise, product
from pathlib import Path

import numpy as np
import pytest

from fairgames.errors import InputError
from fairgames.paper import claims
from fairgames.paper.claims import CLAIMS, TYPOGRAPHIC, Claim, check, to_json, to_markdown, values
from fairgames.paper.withheld import withheld
from fairgames.progress import listening
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace
from tests import oracles

F = Fraction

#: The sentences that are wrong, and why: from the papers alone.
WRONG = {
    "eq-11-users": "a user on level 0 adds nothing, but Φ₁'s first row pays one",
    "eq-12": "the same, in eqs. 12 and 92",
    "theorem-1-unique": "A.i compares users only, so the platform may be given any part of U",
    "definition-2": "with all data changed at once, the losses of all users add up",
    "fig-4-earlier": "the caption swaps s² and t²",
    "federating-helps": "two members of an aggregate cannot be told apart",
    "log-diminishing": "a second user makes the mean of the others known",
    "proposition-4-earlier": "j = N₁ + 1, … are not the users on level 1",
    "eq-72": "it is not what eqs. 62–64 solve",
    "eq-18": "the optimum is at the end of an interval, where a user is indifferent",
    "algorithm-1-phi": "φ at ρ says nothing about φ after a move",
    "algorithm-1-grid": "2/7 is no multiple of 1/100",
    "equal-contribution": "at a ρ with different levels contributions differ",
    "assumption-1-printed": "ρ ≥ ρ",
    "assumption-2-printed": "n_private ≥ n_private",
    "assumption-2-epsilon": "the noise is added once: the second user adds more than the first up to ε′ = √12",
    "binomial-decreasing": "a difference of two humps rises where the first one falls",
    "eq-75": "at ρ₂ the cost is c, on average c(1 − p): −cp",
    "eq-89": "max for min",
    "theorem-3-part-2": "at the smallest such α nobody shares; eq. 89 has min for max",
    "theorem-3-part-2-earlier": "at the smallest such α nobody shares",
    "theorem-3-boundary": "what is free at α = 0 wins before γ_max",
    "b-4-1-exceeds": "c < 1/3 for c > 1/3",
    "fig-9-both": "both at 2·max(c) leave less than one at 3c/2 where 2·max − min > 1/3, at any distance near 1/3",
    "fig-8-most": "1 − 2c is less than half from c = 1/4 on",
    "eq-26": "U − (1 − α)U = αU",
    "appendix-e-u1": "φ(ρ′₁, ρ′₂) for φ(ρ′₁, ρ′₁)",
    "appendix-e-mixed": "user 1's indifference pins user 2's strategy",
    "appendix-e-too-small": "α is too small, not c",
}


@pytest.fixture(scope="module")
def judged() -> dict[str, Claim]:
    return {claim.id: claim for claim in check()}


# Form -----------------------------------------------------------------------------------------


def test_ids_are_unique_and_plain() -> None:
    ids = [statement.id for statement in CLAIMS]
    assert len(set(ids)) == len(ids) >= 45
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in ids)


def test_every_sentence_rests_on_a_place_of_its_own() -> None:
    place = r"(Section|Appendix|eqs?\.|Figs?\.|Theorem|Proposition|Definition|Assumption|Algorithm|Table|axioms?)"
    for statement in CLAIMS:
        assert re.match(rf"(earlier version: )?{place} ?[\dA-E]", statement.source), statement.source
        assert statement.claim
        assert statement.expected
    sentences = [(statement.source, statement.claim) for statement in CLAIMS]
    assert len(set(sentences)) == len(sentences)


def test_misprints_differ_from_what_they_should_be() -> None:
    assert all(one.source and one.printed != one.should_read for one in TYPOGRAPHIC)
    assert len({(one.source, one.printed) for one in TYPOGRAPHIC}) == len(TYPOGRAPHIC)


def test_all_fields_are_told(judged: dict[str, Claim]) -> None:
    assert set(judged) == {statement.id for statement in CLAIMS}
    for claim in judged.values():
        assert claim.computed
        assert isinstance(claim.holds, bool)
        assert claim.holds or claim.note, f"{claim.id}: the correct statement is missing"


def test_some_by_name_in_the_papers_order() -> None:
    assert [claim.id for claim in check(["eq-12", "eq-10"])] == ["eq-10", "eq-12"]
    assert check([]) == ()


def test_unknown_names_are_all_told_with_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        check(["eq-1O", "eq-12", "nonsense"])
    assert "eq-10" in str(error.value)
    assert "nonsense" in str(error.value)


def test_progress_is_announced() -> None:
    heard: list[tuple[str, int, int]] = []
    with listening(lambda *step: heard.append(step)):
        check(["eq-10", "eq-26"])
    assert [step for step in heard if step[0] == "claims"] == [("claims", k, 2) for k in (0, 1, 2)]


def test_json_holds_the_claims(judged: dict[str, Claim]) -> None:
    told = json.loads(to_json(list(judged.values())))
    assert [Claim(**one) for one in told] == list(judged.values())
    assert set(told[0]) == {field.name for field in fields(Claim)}
    assert set(told[0]) == {"id", "source", "claim", "expected", "computed", "holds", "note"}


def test_markdown_has_one_row_a_claim(judged: dict[str, Claim]) -> None:
    text = to_markdown(list(judged.values()))
    rows = text.splitlines()[4:]
    assert len(rows) == 2 + len(judged)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 8 for row in rows)
    held = sum(claim.holds for claim in judged.values())
    assert f"{len(judged)} claims checked, {held} hold, {len(judged) - held} do not." in text
    assert text.count("| **no** |") == len(judged) - held


def test_markdown_escapes_what_it_would_read_as_its_own(judged: dict[str, Claim]) -> None:
    strange = replace(judged["eq-10"], claim="a|b", note="*x*\n<b> _y_ `z` \\", holds=False)
    row = to_markdown([strange]).splitlines()[-1]
    assert r"| a\|b |" in row
    assert r"\*x\* \<b\> \_y\_ \`z\` \\" in row


# Judgements -----------------------------------------------------------------------------------


def test_the_sentences_that_do_not_hold(judged: dict[str, Claim]) -> None:
    assert {name for name, claim in judged.items() if not claim.holds} == set(WRONG)


EXAMPLE = {(0, 0): F(0), (0, 1): F(2, 3), (1, 0): F(2, 3), (1, 1): F(1)}


def laplace(epsilon: Fraction) -> tuple[Fraction, Fraction]:
    """U of one user and of two, from the model's risk at the best weights: stationary points of eqs. 30 and 34."""
    one, two = 1 / (3 + 24 / epsilon**2), 1 / (4 + 12 / epsilon**2)
    risks = oracles.laplace_risk([one], one / epsilon), oracles.laplace_risk([two] * 2, two / epsilon)
    return 2 - 24 * risks[0], 2 - 24 * risks[1]


def _eq_10() -> bool:
    alone, both = oracles.laplace_risk([F(1, 3)], F(0)), oracles.laplace_risk([F(1, 4)] * 2, F(0))
    return (2 - 24 * alone, 2 - 24 * both) == (F(2, 3), F(1))


def _eq_11_platform() -> bool:
    printed = {(0, 0): F(0), (0, 1): F(1, 3), (1, 0): F(1, 3), (1, 1): F(5, 9)}
    return all(
        oracles.with_platform_by_orders(EXAMPLE.__getitem__, profile)[0] == worth for profile, worth in printed.items()
    )


def _first_row(printed: Fraction, value: Callable[[oracles.Profile], list[Fraction]]) -> bool:
    """Whether user 1 gets what is printed where user 2 alone shares."""
    return value((0, 1))[0] == printed


def _eq_72() -> bool:
    """The residual of eq. 72 at the exact best weights of a user on level 2."""
    federation = oracles.Federation([F(4), F(9), F(30), F(6)], F(3, 2), F(20))
    profile, v = (2, 1, 1, 2), [F(20) / n + F(3, 2) for n in (4, 9, 30, 6)]
    weights = federation.weights(profile, 0)
    w0, v0, share = weights[1] + weights[2], (v[1] + v[2]) / 2, (1 / v[0] + 1 / v[3]) / 2
    ratio = w0 * v0 * share
    assert w0 + ratio + F(3, 2) / v[0] == 1  # the corrected one
    return weights[0] * v[0] + ratio + F(3, 2) / v[0] == 1


def _federating_helps() -> bool:
    federation = oracles.Federation([F(10), F(10)], F(100), F(1))
    return federation.utility((1, 1), [F(1)] * 2) > federation.utility((1, 0), [F(1)] * 2)


def _log_diminishing() -> bool:
    federation = oracles.Federation([F(10)] * 3, F(100), F(10))
    worth = [federation.utility((2,) * k + (0,) * (3 - k), [F(1)] * 3) for k in range(4)]
    steps = [after - before for before, after in pairwise(worth)]
    return all(after < before for before, after in pairwise(steps))


def _lone_user() -> bool:
    federation = oracles.Federation([F(7), F(30), F(4)], F(2), F(9))
    return all(federation.emse((1, 2, 0), user) == federation.emse((2, 2, 0), user) for user in range(3))


def _eq_15() -> bool:
    """Three users of importance 1, 3 and 1/2: U of the library against 50 digits of the definition."""
    users = Users(samples=[3, 10, 40], importance=[1, 3, 0.5])
    utility, federation = FederatedMean(users, 2.0, 15.0), oracles.Federation([F(3), F(10), F(40)], F(2), F(15))
    return all(
        abs(utility.at(profile) - float(federation.utility(profile, [F(1), F(3), F(1, 2)]))) < 1e-12
        for profile in product(range(3), repeat=3)
    )


def _own_weight_is_most(between: int, within: int) -> bool:
    federation = oracles.Federation([F(10)] * 6, F(between), F(within))
    return federation.weights((2,) * 6, 0)[0] > F(19, 20)


def _proposition_4(later: bool) -> bool:
    """Eq. 55's first sum for weights (1/4, 3/4) on θ̂_1 and θ̂_f; users on levels 2, 1, 1, for user 1."""
    samples, s2, r2, w, w0 = [F(4), F(9), F(30)], F(2), F(5), F(1, 4), F(3, 4)
    over = samples[1:] if later else samples[2:]  # N₁ = 2, N₂ = 1: j = 2, 3, and j = 3
    n_bar = 1 / (sum(1 / n for n in over) / 2)
    printed = r2 * (w**2 / 4 + w0**2 / (2 * n_bar)) + s2 * (2 * w0**2 / 4 + w0**2)
    return printed == oracles.Federation(samples, s2, r2).error([w, w0 / 2, w0 / 2], 0)


def _proposition_5_level_1() -> bool:
    """Eqs. 60 and 61 for the second user of levels 2, 1, 1, in exact arithmetic."""
    s2, v = F(2), [F(5) / n + F(2) for n in (4, 9, 30)]
    total = 2 + (v0 := (v[1] + v[2]) / 2) / v[0]
    weights = oracles.Federation([F(4), F(9), F(30)], s2, F(5)).weights((2, 1, 1), 1)
    w0 = 2 / total + 1 / total * s2 / v[0]
    return weights == [v0 / v[0] / total - 1 / total * s2 / v[0], w0 / 2, w0 / 2]


@cache
def example_game(one: str, two: str) -> oracles.Game:
    return oracles.Game(EXAMPLE.__getitem__, [(F(0), F(one)), (F(0), F(two))], [(0, 1), (0, 1)])


def _eq_18() -> bool:
    """Whether nobody is indifferent at the optimum, 9/20, of c = (3/10, 8/25)."""
    game = example_game("3/10", "8/25")
    (best,) = game.answers("best")
    return game.is_equilibrium(best.profile, best.alpha, strict=True)


def _grid_finds_the_optimum() -> bool:
    game = example_game("1/7", "1/7")
    return max(game.best_equilibria(F(k, 100))[0] for k in range(101)) == game.answers("best")[0].value


def _always_one(strict: bool) -> bool:
    federation = oracles.Federation([F(5), F(10), F(100)], F(1), F(10))
    worth = {profile: F(federation.utility(profile, [F(1)] * 3)) for profile in product(range(3), repeat=3)}
    costs = [(F(0), F(k, 10), F(k, 10) + strict * F(k, 7)) for k in (1, 2, 3)]
    game = oracles.Game(worth.__getitem__, costs, [(0, 1, 2)] * 3)
    return not any(
        any(profile) and 1 not in profile
        for alpha in (F(k, 20) for k in range(1, 21))
        for profile in game.equilibria(alpha)
    )


def _kept(c: float, alpha: float) -> float:
    """(1 − α)·U at the symmetric equilibrium, with p = 6c/α − 3 where αγ(p) = c."""
    p = min(max(6 * c / alpha - 3, 0), 1)
    return (1 - alpha) * (1 - p * p / 3 - 2 * p / 3)


def _eq_97() -> bool:
    for c in (0.05, 0.2, 0.33, 0.34, 0.5, 0.65):
        says = 2 * c if c < 1 / 3 else 6 * c / (3 * c + 2)
        if max(_kept(c, k / 2000) for k in range(1, 2001)) > _kept(c, says) + 1e-12:
            return False
    return max(_kept(0.7, k / 2000) for k in range(1, 2001)) < 1e-12


def _exceeds() -> bool:
    """Whether something in 0 < α < 2c beats 1 − 2c, at c = 3/10."""
    return max(_kept(0.3, 0.6 * k / 1000) for k in range(1, 1000)) > 0.4


def _smallest_is_best() -> bool:
    """At c = 1/2: α = c/γ_max = 3/4 against all of its interval."""
    return max(_kept(0.5, k / 1000) for k in range(750, 1001)) <= _kept(0.5, 0.75)


def _a_minimiser_is_best() -> bool:
    """At c = 1/2: what eq. 89 as printed asks for, (1 − α)·U least over the interval, against α* = 6/7 of eq. 97."""
    return min(_kept(0.5, k / 1000) for k in range(750, 1001)) >= _kept(0.5, 6 / 7)


def _additive(alpha: Callable[[Fraction, oracles.Profile], Fraction]) -> bool:
    """Whether α times Shapley's values by orders is additive for U = (0, 3, 5, 9) and V = (0, 2, 1, 4)."""
    one, two = ({(i, j): F(worth[2 * i + j]) for i, j in product((0, 1), repeat=2)} for worth in ("0359", "0214"))
    both = {profile: one[profile] + two[profile] for profile in one}

    def paid(worth: dict[oracles.Profile, Fraction], profile: oracles.Profile) -> list[Fraction]:
        share = alpha(worth[profile], profile)
        return [share * value for value in oracles.shapley_by_orders(worth.__getitem__, profile)]

    return all(
        [a + b for a, b in zip(paid(one, profile), paid(two, profile), strict=True)] == paid(both, profile)
        for profile in both
    )


def _axiom_b_iii() -> bool:
    """With α(ρ) a function of ρ, as printed; α recomputed from U fails."""
    assert not _additive(lambda worth, _: (worth + 5) / 20)
    return _additive(lambda _, profile: F(1 + profile[0] + 2 * profile[1], 9))


def concave(z: int) -> Fraction:
    return F(z) - F(z * z, 10)


def concave_value(own: int, other: int) -> Fraction:
    return oracles.shapley(lambda profile: concave(sum(profile)), (own, other))[0]


def _pays_below_gamma_max() -> bool:
    """Levels 1 and 2: whether at 0.9·γ_max some mixture leaves more than U(1, 1), which is free."""
    gains = [concave_value(2, other) - concave_value(1, other) for other in (1, 2)]
    cost = F(9, 10) * max(gains)
    for p in (F(k, 200) for k in range(201)):
        gamma = p * gains[0] + (1 - p) * gains[1]
        worth = p * p * concave(2) + 2 * p * (1 - p) * concave(3) + (1 - p) ** 2 * concave(4)
        if gamma >= cost and (1 - cost / gamma) * worth > concave(2):
            return True
    return False


def _eq_75() -> bool:
    """u(ρ₂, p) − u(p, p) with costs alone, α = 0: −cp, printed as c(1 − p)."""
    c, p = F(2, 5), F(1, 3)
    return -c - (-c * (1 - p)) == c * (1 - p)


def _binomial_decreases() -> bool:
    def b(p: Fraction) -> list[Fraction]:
        return [math.comb(2, n) * (1 - p) ** n * p ** (2 - n) for n in range(3)]

    steps = [[y - x for x, y in zip(b(one), b(two), strict=True)] for one, two in combinations((F(0), F(1, 10)), 2)]
    return all(after <= before for step in steps for before, after in pairwise(step))


def _mixed_as_printed() -> bool:
    """c = (2/9, 1/4) and α = 2/5: whether user 2 is indifferent if user 1 plays γ⁻¹(c₁/α)."""
    p = 6 * (F(2, 9) / F(2, 5) - F(1, 2))
    return F(2, 5) * (p * F(2, 3) + (1 - p) * F(1, 2)) == F(1, 4)


def _neither_shares_at_a_quarter() -> bool:
    game = example_game("1/12", "1/10")
    return game.equilibria(F(2, 5)) == [(0, 0)]


def _algorithm_1() -> bool:
    """Whether α·φ_i(ρ) ≥ c_i(ρ_i) for all i is what makes an equilibrium: two users, three levels."""
    game = oracles.Game(lambda profile: concave(sum(profile)), [(F(0), F(1, 10), F(2, 5))] * 2, [(0, 1, 2)] * 2)
    passes = [one for one in game.profiles if all(game.payoff(one, user, F(1, 2)) >= 0 for user in (0, 1))]
    return passes == game.equilibria(F(1, 2))


def _fig_9(region: Callable[[Fraction, Fraction], bool], profile: oracles.Profile) -> bool:
    """Whether ``profile`` is the best pure one all over the region: a lone user takes 3c/2, both 2·max(c)."""
    grid = [F(k, 40) for k in range(1, 40)]
    for one, two in product(grid, repeat=2):
        if region(one, two):
            options = {
                (1, 1): 1 - 2 * max(one, two),
                (1, 0): (1 - 3 * one / 2) * F(2, 3),
                (0, 1): (1 - 3 * two / 2) * F(2, 3),
                (0, 0): F(0),
            }
            if max(options.values()) > options[profile]:
                return False
    return True


def test_above_a_quarter_the_less_sensitive_user_mixes(judged: dict[str, Claim]) -> None:
    """c = (13/50, 14/50), 1/50 apart: at α = 2c₁ user 1 is indifferent, and user 2 shares if x ≤ 4 − 3c₂/c₁."""
    one, two = F(13, 50), F(14, 50)
    x = 4 - 3 * two / one
    assert 2 * one * (x / 2 + (1 - x) * F(2, 3)) == two
    assert (1 - 2 * one) * (x + (1 - x) * F(2, 3)) > max(1 - 2 * two, (1 - 3 * one / 2) * F(2, 3))
    assert "(13/50, 7/25): mixed, higher" in judged["fig-9-both"].computed


def emse(levels: tuple[int, ...], samples: tuple[int, ...], s2: float, r2: float) -> np.ndarray:
    """EMSE of every user by the weights of least error, solved with NumPy."""
    if not any(levels):
        return np.full(len(levels), r2 + 2 * s2)
    v, at = r2 / np.array(samples) + s2, np.array(levels)
    rows = [np.eye(len(v))[user] for user in np.flatnonzero(at == 2)]
    if (at == 1).any():
        rows.append((at == 1) / (at == 1).sum())
    seen = np.array(rows)
    size = len(seen)
    system = np.ones((size + 1, size + 1))
    system[:size, :size], system[size, size] = (seen * v) @ seen.T, 0
    weights = np.linalg.solve(system, np.vstack([s2 * seen, np.ones(len(v))]))[:size].T @ seen
    return (weights**2) @ (r2 / np.array(samples)) + s2 * ((weights - np.eye(len(v))) ** 2).sum(axis=1)


#: Levels and samples of the ten users: n = 100 for the first on level 2 and the first on level 1, else 10.
TEN = (2,) * 4 + (1,) * 5 + (0,)
SAMPLES = (100, 10, 10, 10, 100, 10, 10, 10, 10, 10)


@cache
def ten_users(s2: float, r2: float, star: int = -1, profile: tuple[int, ...] = TEN) -> tuple[float, ...]:
    """φ of ten users by a sum over coalitions of those who share."""
    importance, sharing = np.where(np.arange(10) == star, 100.0, 1.0), np.flatnonzero(profile)
    worth = {}
    for inside in product((0, 1), repeat=len(sharing)):
        levels = np.zeros(10, dtype=int)
        levels[sharing] = np.multiply(inside, np.take(profile, sharing))
        errors = emse(tuple(levels.tolist()), SAMPLES, s2, r2)
        worth[inside] = float(importance @ np.log((r2 + 2 * s2) / errors))
    found = [0.0] * 10
    for inside, value in worth.items():
        for place, there in enumerate(inside):
            if not there:
                more = worth[(*inside[:place], 1, *inside[place + 1 :])]
                found[sharing[place]] += (more - value) / (len(sharing) * math.comb(len(sharing) - 1, sum(inside)))
    return tuple(found)


def _fig_6() -> bool:
    """Whether the first user of each kind loses by every move, at the sensitivities that were found."""
    rows = [
        (0, [0, F(1, 2), 6]), (1, [0, 1, 2]), (4, [0, F(1, 2), F(19, 2)]), (5, [0, F(1, 2), F(15, 2)]), (9, [0, 6, 13]),
    ]  # fmt: skip
    assert [[0, *map(F, row[1:])] for _, row in rows] == [list(row) for row in withheld().costs]
    for user, costs in rows:
        payoffs = [
            ten_users(100.0, 1.0, profile=(*TEN[:user], level, *TEN[user + 1 :]))[user] - float(costs[level])
            for level in range(3)
        ]
        if max(payoffs) > payoffs[TEN[user]]:
            return False
    return True


def _apart(s2: float, r2: float, star: int = -1) -> list[float]:
    found = ten_users(s2, r2, star)
    return [found[user] - sum(found) / 10 for user in (0, 3, 4, 8)]


def _fig_5a_heterogeneous() -> bool:
    d = _apart(100, 1)
    return min(d[:2]) > 0 > max(d[2:])


def _fig_5a_center() -> bool:
    left, center, right = (max(map(abs, _apart(*regime))) for regime in ((100, 1), (1, 10), (0.1, 100)))
    return center < left and center < right


def _fig_5a_homogeneous() -> bool:
    d = _apart(0.1, 100)
    return min(d[0], d[2]) > 0 > max(d[1], d[3])


def _fig_5b_benefit() -> bool:
    shares = []
    for regime in ((100.0, 1.0), (0.1, 100.0)):
        extra = np.array(ten_users(*regime, 0)) - np.array(ten_users(*regime))
        shares.append(extra[0] / extra.sum())
    return bool(shares[0] > 0.5 > shares[1])


#: The same decisions from definitions and closed forms.
INDEPENDENT: dict[str, Callable[[], bool]] = {
    "eq-10": _eq_10,
    "eq-11-platform": _eq_11_platform,
    "eq-11-users": lambda: _first_row(F(1, 3), lambda p: oracles.with_platform(EXAMPLE.__getitem__, p)[1]),
    "eq-12": lambda: _first_row(F(2, 3), lambda p: oracles.shapley_by_orders(EXAMPLE.__getitem__, p)),
    # φ_p = 2U/3 and φ = Shapley/3 are symmetric among users, efficient and additive, as Shapley's values are.
    "theorem-1-unique": lambda: oracles.with_platform(EXAMPLE.__getitem__, (1, 1))[0] == F(2, 3),
    "axiom-b-iii-alpha": _axiom_b_iii,
    "definition-2": lambda: 2 * F(1, 16) / F(1, 16) <= 1,  # (w₁ + w₂)/τ at ε′ = 1
    "eq-37": lambda: all(
        laplace(e) == (2 / (3 + 24 / e**2), 1 / (1 + 3 / e**2)) for e in (F(1, 10), F(1), F(7, 2), F(100))
    ),
    "eq-15": _eq_15,
    "fig-4-earlier": lambda: _own_weight_is_most(between=1, within=10**4),
    "heterogeneity": lambda: _own_weight_is_most(10**4, 1) and not _own_weight_is_most(1, 10**4),
    "federating-helps": _federating_helps,
    "log-diminishing": _log_diminishing,
    "lone-federating-user": _lone_user,
    "proposition-4": lambda: _proposition_4(later=True),
    "proposition-4-earlier": lambda: _proposition_4(later=False),
    "proposition-5": _proposition_5_level_1,
    "eq-72": _eq_72,
    "fig-5a-heterogeneous": _fig_5a_heterogeneous,
    "fig-5a-center": _fig_5a_center,
    "fig-5a-homogeneous-data": _fig_5a_homogeneous,
    "fig-5b-benefit": _fig_5b_benefit,
    "fig-6": _fig_6,
    "eq-18": _eq_18,
    "always-one-federating": lambda: _always_one(strict=True) and not _always_one(strict=False),
    "algorithm-1-phi": _algorithm_1,
    "algorithm-1-grid": _grid_finds_the_optimum,
    "equal-contribution": lambda: EXAMPLE[0, 0] == EXAMPLE[0, 1],
    "assumption-2-epsilon": lambda: all(2 * laplace(e)[0] > laplace(e)[1] for e in (F(1, 2), F(1), F(4), F(100))),
    "section-5-1-conditions": lambda: F(2, 3) > F(1) - F(2, 3) > 0,
    "binomial-decreasing": _binomial_decreases,
    "eq-75": _eq_75,
    "eq-89": lambda: _kept(0.25, 0.5) <= _kept(0.25, 1.0),
    "theorem-3-part-2": lambda: _smallest_is_best() or _a_minimiser_is_best(),
    "theorem-3-part-2-earlier": _smallest_is_best,
    "theorem-3-boundary": _pays_below_gamma_max,
    "eq-97": _eq_97,
    "b-4-1-exceeds": _exceeds,
    "fig-8-most": lambda: all(1 - 2 * c > F(1, 2) for c in (F(1, 10), F(1, 4), F(1, 3))),
    "eq-26": lambda: F(3, 8) == 1 - F(3, 8),  # at α* = 3/8
    "appendix-e-u1": lambda: concave_value(1, 2) == concave_value(1, 1),
    "appendix-e-mixed": _mixed_as_printed,
    "appendix-e-too-small": _neither_shares_at_a_quarter,
    "fig-9-both": lambda: _fig_9(lambda a, b: max(a, b) < F(1, 3) and abs(a - b) <= F(1, 30), (1, 1)),
    "fig-9-one": lambda: _fig_9(lambda a, b: a > b > F(1, 3) and b < F(2, 3), (0, 1)),
    "fig-9-none": lambda: _fig_9(lambda a, b: min(a, b) > F(2, 3), (0, 0)),
}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_the_judgement_is_reached_again(name: str, judged: dict[str, Claim]) -> None:
    assert judged[name].holds == INDEPENDENT[name]()


# Decisions follow the numbers -----------------------------------------------------------------


def test_another_utility_changes_the_judgements(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these decisions is written down: with ε′ = 1 in place of ∞ the numbers are others."""
    names = ["eq-10", "eq-11-platform"]
    assert all(claim.holds for claim in check(names))
    monkeypatch.setattr(values, "no_privacy", lambda: LinearLaplace(2, [0, 1]))
    assert not any(claim.holds for claim in check(names))


def test_interchanged_users_would_make_eq_12_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    right = values.values
    monkeypatch.setattr(values, "values", lambda rule: right(rule)[::-1])
    assert all(claim.holds for claim in check(["eq-11-users", "eq-12"]))


def test_a_rule_that_breaks_an_axiom_is_found() -> None:
    """Equal division gives a null user something; a constant gift is not additive."""

    def equal(utility, profile):
        worth = values.F(utility.exact_on_grid().fractions()[profile])
        return F(0), [worth / len(profile)] * len(profile)

    def gift(utility, profile):
        platform, paid = values.coalition(utility, profile)
        return platform - 1, [paid[0] + 1, *paid[1:]]

    assert values.broken_axioms(equal, lambda _: F(1)) == ["null user"]
    assert "additivity" in values.broken_axioms(gift, lambda _: F(1))
    assert "symmetry" in values.broken_axioms(gift, lambda _: F(1))
    assert values.broken_axioms(equal, lambda _: F(1, 2)) == ["efficiency", "null user"]


def test_the_chapters_are_all_listed() -> None:
    """A module with sentences that the package forgets would be dropped silently."""
    import pkgutil
    from importlib import import_module

    found = [import_module(f"{claims.__name__}.{one.name}") for one in pkgutil.iter_modules(claims.__path__)]
    stated = {statement.id for module in found for statement in getattr(module, "STATEMENTS", ())}
    assert stated == {statement.id for statement in CLAIMS}


# The page of errata ---------------------------------------------------------------------------


def test_the_page_of_errata_lists_what_does_not_hold_and_the_slips() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errata.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z0-9-]+)` \|", page, flags=re.MULTILINE)
    assert sorted(listed) == sorted(WRONG)
    plain = page.replace("\\|", "|").replace("\\\\", "\\")
    for one in TYPOGRAPHIC:
        assert f"| {one.source} | {one.printed} | {one.should_read} |" in plain
