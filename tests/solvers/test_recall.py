"""The games that recall is measured on, and a small run of it; as of the benchmark of overhead."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import engines, families, overhead, recall
from fairgames.games.certificate import certify
from fairgames.games.extreme import extreme
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.testing import require_engine


def tied(game: NormalFormGame) -> bool:
    """Whether at some pure equilibrium a player has another best response."""
    for profile in pure_enumeration(game):
        for player, size in enumerate(game.shape):
            values = []
            for own in np.eye(size, dtype=int).astype(object):
                deviation = [*profile[:player], own, *profile[player + 1 :]]
                values.append(certify(game, tuple(deviation)).payoffs[player])
            if sum(value == max(values) for value in values) > 1:
                return True
    return False


def test_games_are_of_all_shapes_and_the_same_each_time():
    games = list(recall.random_games(60))
    assert {game.shape for game in games} == {(m, n) for m in (2, 3, 4) for n in (2, 3, 4)}
    assert all(game.exact for game in games)
    assert all(
        np.array_equal(one.payoffs, other.payoffs) for one, other in zip(games, recall.random_games(60), strict=True)
    )
    assert sum(len(list(extreme(game))) > 1 for game in games) > 5
    assert not any(tied(game) for game in games[1::2])


def test_at_critical_shares_somebody_is_indifferent():
    assert all(tied(game) for game in recall.critical_games(40))


def test_a_small_run():
    require_engine(["lrs", "quantecon"])
    results = recall.recall(games=3, limit=5.0)
    ours = [result for result in results if recall.OURS in result.name]
    assert [result.passed for result in ours] == [True, True]
    assert all(0 <= result.measured <= 100 for result in results)
    assert "lrs and gambit:enummixed-rational, which agree on all" in results[0].peer
    pure = [result.measured for result in results if result.name.endswith(":pure")]
    assert pure == [100] * len(pure)


def test_references_that_differ_are_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recall, "references", lambda: ("fairgames:extreme", "fairgames:pure"))
    pennies = NormalFormGame.from_arrays(
        np.array([[1, -1], [-1, 1]], dtype=object), np.array([[-1, 1], [1, -1]], dtype=object)
    )
    with pytest.raises(RuntimeError, match="the references differ"):
        recall.measure(iter([pennies]), limit=1.0)


def test_overhead_compares_the_same_work():
    for result in overhead.overhead(size=3, rounds=1):
        assert result.measured > 0
        assert result.target in (None, overhead.TARGET)


def test_families_are_what_they_say_and_the_same_each_time():
    made = list(families.games(60))
    again = families.games(60)
    assert all(np.array_equal(one.payoffs, other.payoffs) for (_, one), (_, other) in zip(made, again, strict=True))
    assert {name for name, _ in made} >= {"pygambit's catalogue", *families.GAMUT, *families.PAYMENTS}
    random = np.random.default_rng(1)
    assert not families.zero_sum(random).sum(axis=-1).any()
    # Who puts in the least effort sets it for all, and less costs more than it saves (Van Huyck et al. 1990).
    effort = families.exact(families.minimum_effort(random))
    played = [tuple(int(np.argmax(vector)) for vector in profile) for profile in pure_enumeration(effort)]
    assert played == [(k,) * 3 for k in range(min(effort.shape))]
    # Rosenthal 1973: a congestion game has an exact potential, so around each square of moves the gains cancel.
    payoffs = families.congestion(random)
    for third in range(payoffs.shape[2]):
        one, two = payoffs[:2, :2, third, 0], payoffs[:2, :2, third, 1]
        assert one[1, 0] - one[0, 0] + two[1, 1] - two[1, 0] + one[0, 1] - one[1, 1] + two[0, 0] - two[0, 1] == 0


def test_the_table_goes_between_its_marks(tmp_path):
    """Two games, one of them degenerate: the exact enumeration has everything, and the page keeps its other words."""
    made = [("Chicken", NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])),
            ("ties", NormalFormGame.from_arrays([[1, 1], [1, 1]], [[0, 1], [0, 1]]))]  # fmt: skip
    measured = engines.compare(made, 20.0, ["fairgames:extreme", "fairgames:pure", "gambit:enummixed-rational"])
    tallies = measured.groups["fairgames:extreme"]
    assert [(tally.sought, tally.found, tally.wrong, tally.late) for tally in tallies.values()][:2] == [
        (3, 3, 0, 0), (2, 2, 0, 0)
    ]  # fmt: skip
    pure = measured.groups["fairgames:pure"][True, False]
    assert (pure.sought, pure.found) == (2, 2)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{engines.BEGIN}\nold\n{engines.END}\nafter\n", encoding="utf-8")
    engines.write(page, measured, 20.0)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| `fairgames:extreme` | all | 100% · 0 · 0 · 1 of 1 proven | 100% · 0 · 0 · 1 of 1 proven | – | – |" in text
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="has no marks"):
        engines.write(page, measured, 20.0)


def test_a_run_goes_on_where_it_was_ended(tmp_path):
    """The first half of two games was killed in the middle of a line; what was whole is not played again."""
    chicken = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    made, asked, kept = [("Chicken", chicken), ("again", chicken)], ["fairgames:extreme"], tmp_path / "kept.jsonl"
    engines.compare(made, 20.0, asked, kept=kept)
    head, first, second = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    mark = first.replace('"found": 3', '"found": 1')
    kept.write_text(head + mark + second[:9], encoding="utf-8")
    tallies = engines.compare(made, 20.0, asked, kept=kept).groups["fairgames:extreme"]
    assert (tallies[True, False].found, tallies[True, False].games) == (4, 2)
    assert kept.read_text(encoding="utf-8") == head + mark + second
    with pytest.raises(ValueError, match="is of another run"):
        engines.compare(made, 10.0, asked, kept=kept)
