"""Our equilibria against engines at many shares; and that a fault on either side is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fairgames as fg
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.two_users.branches import Branches, Slices, branches
from fairgames.errors import InputError, SolverError
from fairgames.exact import object_array
from fairgames.games.extreme import extreme
from fairgames.games.normal_form import NormalFormGame
from fairgames.progress import listening
from fairgames.solvers import verify_shares as shares_module
from fairgames.solvers.definition import Definition
from fairgames.solvers.registry import Solver
from fairgames.solvers.sampled_shares import LEAST, between, sampled
from fairgames.solvers.verify_design import MIXED_ENGINES, verify_design
from fairgames.solvers.wire import decode_game, encode_game
from fairgames.testing import require_engine
from fairgames.typing import MixedProfile

F = Fraction
#: Complete, exact, and quick to ask: no child process.
COMPLETE = Solver("mine:complete", extreme, players=2, finds="all", exact=True, degenerate=True)


def knife_edge(exact: bool | None = None) -> fg.PaymentGame:
    table = fg.TableUtility([[0, "2/3"], ["2/3", 1]])
    return fg.PaymentGame(table, fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]), exact=exact)


def random_game(random: np.random.Generator, sizes: tuple[int, int]) -> fg.PaymentGame:
    """Multiples of 1/12 or of 1/1000: the former with many ties; costs of 0 among them."""
    unit, n = int(random.choice([12, 1000])), max(sizes)
    table = object_array(F(int(value), unit) for value in random.integers(0, unit, n * n)).reshape(n, n)
    table[0, 0] = F(0)
    allowed = [sorted(random.permutation(n)[:size].tolist()) for size in sizes]
    rows = [[F(0) if k == own[0] else F(int(random.integers(0, unit // 2)), unit) for k in range(n)] for own in allowed]
    return fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=rows, allowed=allowed))


# The engines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 2), (2, 3), (3, 2), (3, 3), (1, 3)])
def test_random_games_against_all_engines(sizes: tuple[int, int]) -> None:
    """Exact enumerations at breakpoints and between them."""
    require_engine(["gambit", "lrs", "nashpy"])
    random = np.random.default_rng(sum(10**k * size for k, size in enumerate(sizes)))
    for number in range(3):
        game = random_game(random, sizes)
        found = fg.design(game, ("best", "worst")[number % 2])
        checked = verify_design(game, found, samples=12)
        assert checked.agrees, str(checked)
        for share in checked.shares:
            assert list(share.engines) == list(MIXED_ENGINES)
            assert share.engines["gambit:enummixed-rational"].agrees
            assert share.engines["lrs"].agrees
            nashpy = share.engines["nashpy:support-enumeration"]
            assert (nashpy.more, nashpy.wrong, nashpy.error) == (0, 0, None)


def test_games_that_are_not_rational() -> None:
    """Engines get the rational game that ours are the equilibria of, and so agree at breakpoints, too."""
    require_engine(["gambit", "nashpy"])
    users = fg.Users(samples=[30, 100], sensitivity=[[0, 0.1, 0.3], [0, 0.2, 0.4]])
    game = fg.PaymentGame(fg.FederatedMean(users, between=1.0, within=10.0), users)
    found = fg.design(game)
    checked = verify_design(game, found, ["gambit:enummixed-rational", "nashpy:support-enumeration"])
    assert checked.agrees, str(checked)
    assert "game of rationals" in checked.comparison
    assert all(isinstance(share.alpha, float) for share in checked.shares)
    assert any(share.alpha == pytest.approx(found.alpha, rel=1e-15) and share.breakpoint for share in checked.shares)
    assert sum(share.breakpoint for share in checked.shares) >= 5


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("exact", [True, False])
def test_pure_equilibria_of_any_number_of_users(n: int, exact: bool) -> None:
    require_engine(["gambit"])
    rows = [[0, F(1 + user, 40), F(3, 20)] for user in range(n)]
    game = fg.PaymentGame(fg.LinearLaplace(n, [0, 1, 4]), fg.Users(sensitivity=rows), exact=exact)
    for selection in ("best", "worst"):
        checked = verify_design(game, fg.design(game, selection, scope="pure"))
        assert checked.agrees, str(checked)
        assert {*checked.shares[0].engines} == {"gambit:enumpure", "fairgames:pure"}
        assert len(checked.shares) <= 20
    assert checked.comparison.startswith("Payoffs are rational" if exact else "Payoffs are floats")


def test_ties_of_floats_count_for_neither_side() -> None:
    """A lone level-1 user is worth a level-2 user, and costs are equal: rounding decides what an engine finds."""
    users = fg.Users(samples=[10, 50, 20], sensitivity=[[0, 0.2, 0.2]] * 3)
    game = fg.PaymentGame(fg.FederatedMean(users, between=1.0, within=10.0), users)
    checked = verify_design(game, fg.design(game), ["fairgames:pure"], samples=30)
    assert checked.agrees, str(checked)
    assert max(share.equilibria for share in checked.shares) > 1


@pytest.mark.parametrize("scope", ["all", "pure"])
def test_theorem_1_is_one_game(scope: str) -> None:
    game = fg.PaymentGame(
        fg.TableUtility([[0, "2/3"], ["2/3", 1]]), fg.Users(sensitivity=[[0, "1/4"]] * 2), rule="coalition"
    )
    for selection in ("best", "worst"):
        checked = verify_design(
            game, fg.design(game, selection, scope=scope), [COMPLETE] if scope == "all" else "fairgames:pure"
        )
        assert checked.agrees, str(checked)
        assert [share.alpha for share in checked.shares] == [None]
        assert checked.excess == 0
        assert checked.shares[0].equilibria == (3 if scope == "all" else 2)


# What is seen -----------------------------------------------------------------------------------


def test_an_equilibrium_that_we_miss_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = branches(knife_edge())

    def lost(slices: Slices) -> Branches:
        return replace(right, pairs=tuple(here[1:] if len(here) > 1 else here for here in right.pairs))

    found = fg.design(knife_edge())
    monkeypatch.setattr(Slices, "branches", lost)
    checked = verify_design(knife_edge(), found, [COMPLETE])
    assert not checked.agrees
    wrong = [share for share in checked.shares if share.witnesses]
    assert [share.engines["mine:complete"].more for share in wrong] == [1] * len(wrong)
    assert all(share.breakpoint for share in wrong)
    assert "1 more than ours" in str(checked)


def test_an_equilibrium_of_ours_that_is_none_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    game = knife_edge()
    found, right = fg.design(game), branches(game)
    broken = replace(right, pairs=tuple((*here, right.pairs[0][0]) for here in right.pairs))
    monkeypatch.setattr(Slices, "branches", lambda slices: broken)
    checked = verify_design(game, found, [COMPLETE])
    assert not checked.agrees
    assert sum(share.wrong for share in checked.shares) > 0
    assert "wrong" in str(checked)


@pytest.mark.parametrize("selection", ["best", "worst"])
def test_a_value_that_is_too_low_is_seen(selection: str) -> None:
    game = knife_edge()
    found = fg.design(game, selection)
    lower = replace(found, choice=replace(found.choice, platform_utility=found.platform_utility - F(1, 50)))
    assert verify_design(game, found, [COMPLETE]).agrees
    checked = verify_design(game, lower, [COMPLETE])
    assert checked.excess == (F(1, 50) if found.choice.attained else checked.excess)
    assert checked.excess > 0
    assert not checked.agrees
    assert any("more than stated" in words for words in checked.witnesses)


def test_a_design_that_is_no_equilibrium_is_seen() -> None:
    game = knife_edge()
    found = fg.design(game)
    moved = replace(found, choice=replace(found.choice, alpha=F(61, 100)))
    checked = verify_design(game, moved, [COMPLETE])
    assert all(share.confirmed for share in checked.shares)
    assert checked.regret > 0
    assert checked.outcome == "contradicted"
    assert any("gains" in words for words in checked.certificate.faults)


def test_a_budget_is_the_one_of_the_design() -> None:
    game = knife_edge()
    found = fg.design(game, budget="1/10")
    assert verify_design(game, found, [COMPLETE], budget="1/10").agrees
    assert verify_design(game, found, [COMPLETE]).excess > 0
    worst = fg.design(game, "worst", budget="3/10")
    assert verify_design(game, worst, [COMPLETE], budget="3/10").agrees


def test_engines_that_fail_confirm_nothing() -> None:
    game = knife_edge()
    found = fg.design(game)

    def broken(_: NormalFormGame) -> Iterator[MixedProfile]:
        raise RuntimeError("out of order")
        yield ()

    def lazy(normal: NormalFormGame) -> Iterator[MixedProfile]:
        yield next(iter(extreme(normal)))

    def liar(normal: NormalFormGame) -> Iterator[MixedProfile]:
        yield from extreme(normal)
        yield object_array([F(1, 3), F(2, 3)]), object_array([F(1, 7), F(6, 7)])

    checked = verify_design(game, found, [broken])
    assert checked.outcome == "undecided"
    assert checked.shares[0].engines["broken"].error == "RuntimeError: out of order"
    assert f"broken gave no complete answer at {len(checked.shares)} of them: RuntimeError: out of order" in str(
        checked
    )
    assert verify_design(game, found, [broken, COMPLETE]).agrees
    # One that promises nothing may miss some, and confirms nothing; one that promises all may not.
    assert verify_design(game, found, [lazy]).outcome == "undecided"
    assert verify_design(game, found, [lazy, COMPLETE]).agrees
    # Equilibria of ours are proven: that one who promises all has not found them is its own fault.
    promising = Solver("lazy:promising", lazy, players=2, finds="all", exact=True, degenerate=True)
    assert verify_design(game, found, [promising]).outcome == "undecided"
    checked = verify_design(game, found, [promising, COMPLETE])
    assert checked.agrees
    assert max(share.engines["lazy:promising"].missed for share in checked.shares) == 2
    checked = verify_design(game, found, [liar, COMPLETE])
    assert checked.agrees
    assert all(share.engines["liar"].wrong == 1 for share in checked.shares)


def test_an_engine_that_is_no_promise_at_ties_is_believed_elsewhere() -> None:
    """Equal supports only: at breakpoints it may miss what is there."""

    def equal_supports(normal: NormalFormGame) -> Iterator[MixedProfile]:
        for profile in extreme(normal):
            if len({np.count_nonzero(vector) for vector in profile}) == 1:
                yield profile

    supports = Solver("mine:supports", equal_supports, players=2, finds="all", exact=True)
    checked = verify_design(knife_edge(), fg.design(knife_edge()), [supports])
    assert not checked.witnesses
    assert all(share.confirmed for share in checked.shares if not share.breakpoint)
    assert not any(share.confirmed for share in checked.shares if share.breakpoint and share.equilibria > 1)
    assert checked.outcome == "undecided"


def test_pure_faults_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    game = fg.PaymentGame(fg.LinearLaplace(3, [0, 1]), fg.Users(sensitivity=[[0, "1/20"]] * 3))
    found = fg.design(game)

    def none(_: NormalFormGame) -> Iterator[MixedProfile]:
        yield from ()

    silent = Solver("mine:silent", none, finds="pure", exact=True, degenerate=True)
    checked = verify_design(game, found, [silent, "fairgames:pure"])
    assert checked.agrees
    assert all(share.engines["mine:silent"].missed == share.equilibria for share in checked.shares)
    assert verify_design(game, found, [silent]).outcome == "undecided"
    right = pure_equilibria(game)
    monkeypatch.setattr(shares_module, "pure_equilibria", lambda game: replace(right, upper=right.lower))
    checked = verify_design(game, found, ["fairgames:pure"])
    assert checked.outcome == "contradicted"
    assert max(share.engines["fairgames:pure"].more for share in checked.shares) > 0
    assert any("which we have not" in words for words in checked.witnesses)
    monkeypatch.setattr(shares_module, "pure_equilibria", lambda game: replace(right, lower=0 * right.lower))
    checked = verify_design(game, found, ["fairgames:pure"])
    assert checked.outcome == "contradicted"
    assert sum(share.wrong for share in checked.shares) > 0
    assert any("is none" in words and "gains" in words for words in checked.witnesses)


# The definition ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3])
def test_a_fault_of_the_potential_is_seen_where_everybody_agrees(n: int) -> None:
    """Ours and the engines' equilibria come from the same payoffs, a seventh too large; the definition knows better."""
    game = fg.PaymentGame(fg.LinearLaplace(n, [0, 1]), fg.Users(sensitivity=[[0, "1/20"]] * n))
    found = fg.design(game)
    engines = [COMPLETE] if n == 2 else ["fairgames:pure"]
    sound = verify_design(game, found, engines)
    assert sound.agrees, str(sound)
    assert all(share.certified == share.equilibria for share in sound.shares)
    assert sound.to_dict()["certified"] == {"equilibria": sound.certified[0], "of": sound.certified[0]}
    utilities, potential = game._tensors
    vars(game)["_tensors"] = (utilities, replace(potential, values=potential.values * 8, unit=potential.unit * 7))
    checked = verify_design(game, found, engines)
    assert all(one.agrees for share in checked.shares for one in share.engines.values())
    assert checked.outcome == "contradicted"
    assert any("ours, (" in words and "gains" in words for words in checked.witnesses), checked.witnesses
    assert checked.certified[0] + sum(share.wrong for share in checked.shares) == checked.certified[1]


@pytest.mark.parametrize("n", [2, 3])
def test_equilibria_of_a_utility_in_floats_hold_within_their_error(n: int) -> None:
    class Halving(fg.Utility):
        kind = "halving"
        rounding = 1e-12

        def _block(self, axes):  # type: ignore[no-untyped-def]
            return 1 - 2.0 ** -sum(np.ix_(*map(np.array, axes)))

    game = fg.PaymentGame(Halving(n, levels=[0, 1]), fg.Users(sensitivity=[[0, 0.1 + 0.05 * k] for k in range(n)]))
    checked = verify_design(game, fg.design(game), [COMPLETE] if n == 2 else ["fairgames:pure"])
    assert not checked.witnesses, str(checked)
    assert checked.certified[0] == checked.certified[1] > len(checked.shares)


def test_the_definition_by_hand() -> None:
    """Three users, U = 0, 1/4, 3/5, 1 by how many share: φ = 1/4, 3/10, 1/3; with the platform 1/8, 19/120, 43/240."""
    worth = [F(0), F(1, 4), F(3, 5), F(1)]
    table = [[[worth[i + j + k] for k in (0, 1)] for j in (0, 1)] for i in (0, 1)]
    for rule, values in (("users", (F(1, 4), F(3, 10), F(1, 3))), ("coalition", (F(1, 8), F(19, 120), F(43, 240)))):
        game = fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=[[0, "1/8"]] * 3), rule=rule)
        for number, value in enumerate(values, 1):
            profile = (1,) * number + (0,) * (3 - number)
            paid = Definition(game).payment(profile, 0, F(1))
            assert (paid.low, paid.high) == (value, value)
            leaving = Definition(game).gain(profile, 0, 0, F(1))
            assert (leaving.low, leaving.high) == (F(1, 8) - value, F(1, 8) - value)


def test_floats_alone_prove_nothing_within_their_rounding() -> None:
    """U off by 0.01 either way: a gain of 0.005 is neither proven nor excluded, one of 0.1 is proven."""

    class Rough(fg.Utility):
        kind = "rough"
        rounding = 0.01

        def _block(self, axes):  # type: ignore[no-untyped-def]
            return np.asarray(axes[0], dtype=float)

    game = fg.PaymentGame(Rough(1, levels=[0, 1]), fg.Users(sensitivity=[[0, "0.995"]]))
    gain = Definition(game).gains([((0,), F(1))], F(1))
    assert gain.amount.low < 0 < gain.amount.high
    assert not gain.exceeds(F(0))
    assert not gain.within(F(0))
    assert gain.within(F(1, 50))
    assert Definition(game).gains([((1,), F(1))], F(9, 10)).exceeds(F(0))


# The report -------------------------------------------------------------------------------------


def test_the_report_is_plain_json() -> None:
    checked = verify_design(knife_edge(), fg.design(knife_edge()), [COMPLETE], samples=9)
    plain = json.loads(json.dumps(checked.to_dict()))
    assert plain["agrees"] is True
    assert len(plain["shares"]) == 9
    assert set(plain["shares"][0]["engines"]["mine:complete"]) >= {
        "found", "missed", "more", "wrong", "complete", "seconds", "error", "agrees",
    }  # fmt: skip
    assert plain["shares"][-1]["alpha"] == 1.0
    exact = checked.to_dict(exact=True)
    assert "3/5" in [share["alpha"] for share in exact["shares"]]
    assert exact["excess"] == "0"
    lines = str(checked).splitlines()
    assert lines[0].split() == ["α", "breakpoint", "equilibria", "mine:complete"]
    assert lines[1].split() == ["0", "yes", "1", "agrees"]
    assert lines[10].startswith("Agrees: at 9 of 9 shares")
    assert plain["outcome"] == "agrees"
    assert plain["confirmed"] == plain["completed"]["mine:complete"] == 9


def test_progress_is_announced() -> None:
    heard = []
    with listening(lambda *step: heard.append(step)):
        verify_design(knife_edge(), fg.design(knife_edge()), [COMPLETE], samples=7)
    assert ("verify: shares", 7, 7) in heard


def test_what_cannot_be_asked() -> None:
    game = knife_edge()
    found = fg.design(game)
    with pytest.raises(InputError, match="samples: expected at least 7 shares, got 6"):
        verify_design(game, found, [COMPLETE], samples=6)
    with pytest.raises(InputError, match="scope 'symmetric'"):
        verify_design(game, replace(found, scope="symmetric"), [COMPLETE])
    with pytest.raises(SolverError, match="no solver 'gambitt'"):
        verify_design(game, found, ["gambitt"])


def test_without_engines_there_is_nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solver, "not_installed", lambda solver: f"{solver.id} is not installed")
    with pytest.raises(SolverError, match="verify needs an engine") as caught:
        verify_design(knife_edge(), fg.design(knife_edge()))
    assert all(name in str(caught.value) for name in MIXED_ENGINES)


# The shares -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [7, 12, 20, 1000])
def test_sampled_shares(size: int) -> None:
    random = np.random.default_rng(1)
    ends = sorted({F(0), F(1), *(F(int(k), 997) for k in random.integers(1, 997, 60))})
    for star in (ends[0], ends[1], ends[30], ends[-2], ends[-1], F(1, 3), 0.123456789):
        chosen = sampled(ends, star, size)
        assert chosen == sorted(set(chosen))
        assert len(chosen) <= max(size, LEAST)
        assert {F(0), F(1), star} <= set(chosen)
        every = sampled(ends, star, 10**6)
        place = every.index(star)
        assert set(every[max(0, place - 2) : place + 3]) <= set(chosen)
        assert chosen == sampled(ends, star, size)
    assert set(ends) <= set(every)
    places = [every.index(share) for share in chosen]
    assert size < 12 or max(np.diff(places)) <= len(every) / (size - 8) + 1


def test_a_share_within_rounding_of_a_breakpoint_is_that_breakpoint() -> None:
    ends = [F(0), F(1, 3), F(1)]
    assert sampled(ends, 1 / 3, 9) == sampled(ends, F(1, 3), 9)
    assert sampled([None], None, 9) == [None]


def test_shares_between_breakpoints_are_simple() -> None:
    assert between(F(1, 3), F(1, 2)) == F(3, 7)
    assert between(0.25, 0.75) == 0.5
    low, high = F(1234567, 9999991), F(1234568, 9999991)
    share = between(low, high)
    assert low < share < high
    assert share.denominator < 10**9


def test_payoffs_of_more_digits_than_python_writes_reach_an_engine() -> None:
    """Levels from 1e-150 to 1e150: one denominator for all payoffs has over 4,300 digits."""
    game = fg.PaymentGame(
        fg.LinearLaplace(3, [0, "1e-150", 1, "1e150"]), fg.Users(sensitivity=[[0, "1e-30", "1e-3", "1e-3"]] * 3)
    )
    sent = encode_game(game.at("1/2"))
    assert isinstance(sent["denominator"], str)
    got = decode_game(json.loads(json.dumps(sent)))
    assert (got.payoffs == game.at("1/2").payoffs).all()
    assert verify_design(game, fg.design(game), ["fairgames:pure"], samples=7).agrees
