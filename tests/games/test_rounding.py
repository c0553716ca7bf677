"""Games of a few decimals: what is kept, every tie that is made or broken, and how Gambit's windows have the files."""

from __future__ import annotations

import io
import itertools
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fairgames import InputError, NormalFormGame
from fairgames.exact import object_array
from fairgames.games import certify, rounded
from fairgames.games.files import open_file, read
from fairgames.games.labels import SHOWN, shown_first
from fairgames.games.rounding import RoundedGame
from fairgames.solvers.crosscheck import crosscheck
from tests.game_files import gambit_payoffs, text_of

pygambit = pytest.importorskip("pygambit")


def a_game(seed: int, shape: tuple[int, ...], size: float = 1.0, rounding: float = 0.0) -> NormalFormGame:
    payoffs = np.random.default_rng(seed).normal(size=(*shape, len(shape))) * size
    players = tuple(f"p{number}" for number in range(len(shape)))
    return NormalFormGame(payoffs, players, tuple(tuple(map(str, range(m))) for m in shape), "game", rounding)


def rounded_by_decimal(value: float | Fraction, decimals: int) -> Fraction:
    """By another library: the decimal module takes a float at its very value."""
    if isinstance(value, Fraction):
        return Fraction(round(value * 10**decimals), 10**decimals)
    return Fraction(Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


def pure_by_definition(payoffs: np.ndarray, slack: Fraction = Fraction(0)) -> set[tuple[int, ...]]:
    """Profile by profile, deviation by deviation, in fractions."""
    shape = payoffs.shape[:-1]
    return {
        profile
        for profile in itertools.product(*map(range, shape))
        if all(
            Fraction(payoffs[(*profile[:i], own, *profile[i + 1 :], i)]) - Fraction(payoffs[(*profile, i)]) <= slack
            for i in range(len(shape))
            for own in range(shape[i])
        )
    }


def ties_by_definition(game: NormalFormGame, found: RoundedGame) -> tuple[set, set]:
    made, broken = set(), set()
    error = 2 * Fraction(game.rounding)
    for i, size in enumerate(game.shape):
        for profile in itertools.product(*map(range, game.shape)):
            for other in range(profile[i] + 1, size):
                moved = (*profile[:i], other, *profile[i + 1 :])
                before = Fraction(game.payoffs[(*moved, i)]) - Fraction(game.payoffs[(*profile, i)])
                after = found.game.payoffs[(*moved, i)] - found.game.payoffs[(*profile, i)]
                key = (i, profile, (profile[i], other))
                if before != 0 and after == 0:
                    made.add(key)
                if abs(before) <= error and after != 0:
                    broken.add(key)
    return made, broken


def keys(ties) -> set:
    return {(tie.player, tie.profile, tie.strategies) for tie in ties}


SHAPES = [(2, 2), (3, 3), (2, 3, 2), (2, 2, 2, 2)]


@pytest.mark.parametrize("decimals", [0, 1, 2, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_payoffs_and_ties_by_definition(shape: tuple[int, ...], decimals: int):
    game = a_game(sum(shape), shape, rounding=0.02 if decimals == 1 else 0.0)
    found = rounded(game, decimals)
    assert found.game.exact
    for value, near in zip(game.payoffs.flat, found.game.payoffs.flat, strict=True):
        assert near == rounded_by_decimal(float(value), decimals)
    made, broken = ties_by_definition(game, found)
    assert (keys(found.ties_made), keys(found.ties_broken)) == (made, broken)
    assert len(found.ties_made) == len(made)
    if len(shape) > 2:
        slack = 2 * Fraction(game.rounding)
        kept = pure_by_definition(game.payoffs, slack) == pure_by_definition(found.game.payoffs)
        assert found.equilibria_kept == kept


@pytest.mark.parametrize("size", [1.0, 1e-4, 1e-9, 1e6, 1e-300])
@pytest.mark.parametrize("shape", SHAPES[1:3])
def test_the_fewest_decimals_that_keep_everything(shape: tuple[int, ...], size: float):
    for seed in range(4):
        game = a_game(seed, shape, size)
        found = rounded(game)
        assert found.keeps
        assert ties_by_definition(game, found) == (set(), set())
        assert found.decimals >= 3
        assert pure_by_definition(found.game.payoffs) == pure_by_definition(game.payoffs)
        if shape == (3, 3):
            before, after = ({_supports(p) for p in crosscheck(one, "fairgames:extreme").equilibria}
                             for one in (game, found.game))  # fmt: skip
            assert before == after
        for fewer in range(3, found.decimals):
            worse = rounded(game, fewer)
            assert not worse.keeps
            assert ties_by_definition(game, worse)[0] or not worse.equilibria_kept


def _supports(equilibrium) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(np.flatnonzero(vector)) for vector in equilibrium.strategies)


def test_what_differs_within_its_error_counts_as_alike():
    """0.3 and 0.1 + 0.2: three decimals make the tie that is there."""
    payoffs = [[0.3, 1.0], [0.1 + 0.2, 0.0]]
    game = NormalFormGame.from_arrays(payoffs, [[0.0, 1.0], [1.0, 0.0]])
    assert payoffs[0][0] != payoffs[1][0]
    found = rounded(NormalFormGame(game.payoffs, game.players, game.strategies, "game", 1e-15))
    assert found.decimals == 3
    assert found.keeps
    (tie,) = found.ties_made
    assert tie.within_error
    assert not rounded(game).ties_made, "without an error the difference is one"
    assert rounded(game).decimals > 10


def test_a_boundary_between_two_that_are_alike_is_told():
    """0.0005 and the float below it fall to two sides; four decimals hold them together."""
    below = np.nextafter(0.0015, 0)
    game = NormalFormGame.from_arrays([[0.0015, 1.0], [below, 0.0]], [[0.0, 1.0], [1.0, 0.0]])
    game = NormalFormGame(game.payoffs, game.players, game.strategies, "game", 1e-18)
    at_three = rounded(game, 3)
    values = [rounded_by_decimal(float(value), 3) for value in (0.0015, below)]
    assert values[0] != values[1]
    assert [(tie.player, tie.profile) for tie in at_three.ties_broken] == [(0, (0, 0))]
    assert not at_three.keeps
    assert rounded(game).decimals == 4
    assert rounded(game).keeps


def test_exact_games_are_rounded_on_request():
    third = object_array([Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**6), Fraction(0), Fraction(1)])
    game = NormalFormGame.from_arrays(third.reshape(2, 2), third.reshape(2, 2))
    found = rounded(game, 4)
    assert found.game.payoffs[0, 0, 0] == Fraction(3333, 10**4)
    assert keys(found.ties_made) == ties_by_definition(game, found)[0] != set()


@pytest.mark.parametrize("decimals", [-1, 1.5, True, 1075, "3"])
def test_decimals_that_are_none(decimals):
    with pytest.raises(InputError, match=r"decimals: got .* expected a whole number from 0 to 1074"):
        rounded(a_game(1, (2, 2)), decimals)


def test_what_is_not_finite_has_no_decimals():
    with pytest.raises(InputError, match="not finite"):
        rounded(NormalFormGame.from_arrays([0.0, np.nan]))


NAMES = [
    ("clinic-1", "clinic-2", "hospital"),
    ("Universitätsklinikum Köln", "Universitätsklinikum Bonn", "Universitätsklinikum Bonn-Süd"),
    ("東京病院", "大阪病院", "больница № 1"),
    ("Regional hospital group clinic-1", "Regional hospital group clinic-2", "Regional hospital group clinic-13"),
    ("A & B", "A < B", "a _ b"),
    ("Αθήνα", "Θεσσαλονίκη", "Πάτρα"),
]
LEVELS = [
    ("0", "1", "2"),
    ("share nothing", "share aggregate", "share everything"),
    ("nichts", "Mittelwert über alle", "Mittelwert über alles"),
    ("ε = 0", "ε = 0.5", "ε = ∞"),
    ("なし", "集計", "平均"),
]


def as_saved_by_the_windows(game: NormalFormGame, text: str, form: str) -> str:
    """What 16.7 and 17 make of a workbook: the game by outcomes, unescaped text, lists of profiles of six digits."""
    if form == "ours":
        return text
    head, tail = text.partition("<nfgfile>\n")[0], text.partition("</nfgfile>\n")[2]
    saved = pygambit.read_nfg(io.StringIO(text_of(game))).to_nfg()
    if form == "payoffs":
        return f"{head}<nfgfile>\n{saved}</nfgfile>\n{tail}"
    players = " ".join(f'"{label}"' for label in shown_first(game.players))
    rows = "\n".join("{ " + " ".join(f'"{label}"' for label in shown_first(names, whole=True)) + " }"
                     for names in game.strategies)  # fmt: skip
    paid = game.payoffs.transpose(*reversed(range(game.n_players)), game.n_players).reshape(-1, game.n_players)
    decimals = game.decimals or 0
    outcomes = "\n".join('{ "" ' + ", ".join(f"{float(value):.{decimals}f}" for value in row) + " }" for row in paid)
    numbers = " ".join(str(number) for number in range(1, len(paid) + 1))
    body = f'NFG 1 R "t & co" {{ {players} }}\n\n{{ {rows}\n}}\n""\n\n{{\n{outcomes}\n}}\n{numbers} \n'
    if form == "outcomes":
        return f"{head}<nfgfile>\n{body}</nfgfile>\n{tail}"
    return f"<!-- saved again -->\n{head}<nfgfile>\n{body}</nfgfile>\n{tail}"


FILES = list(itertools.product(range(len(NAMES)), range(len(LEVELS)), ["ours", "payoffs"]))
FILES += [(number, number % len(LEVELS), form) for number in range(len(NAMES)) for form in ("outcomes", "commented")]


def test_sixty_files_and_more():
    assert len(FILES) >= 60


@pytest.mark.parametrize(("names", "levels", "form"), FILES)
def test_a_workbook_of_decimals(tmp_path: Path, names: int, levels: int, form: str):
    """Rounded, certified, labelled so that it shows, written, saved by the windows, and read again by both."""
    number = 10 * names + levels
    shape = (3, 3, 3)[: 2 + number % 2]
    payoffs = np.random.default_rng(number).normal(size=(*shape, len(shape)))
    game = NormalFormGame(payoffs, NAMES[names][: len(shape)], (LEVELS[levels],) * len(shape), "α = ½", 1e-15)
    change = rounded(game)
    found = crosscheck(change.game, "fairgames:extreme" if len(shape) == 2 else "fairgames:pure").equilibria
    assert all(one.exact and one.regret == 0 for one in found)
    path = tmp_path / "game.gbt"
    change.game.write(path, found)
    path.write_text(as_saved_by_the_windows(change.game, path.read_text(), form), encoding="utf-8")
    held = open_file(path)
    assert (held.game.payoffs == change.game.payoffs).all()
    assert [certify(held.game, profile).regret for profile in held.equilibria] == [0] * len(found)
    theirs = pygambit.read_gbt(str(path))
    assert (gambit_payoffs(theirs, shape) == change.game.payoffs).all()
    labels = [tuple(theirs.players), *(tuple(theirs.get_strategies(player)) for player in theirs.players)]
    if form == "payoffs":  # pygambit's own labels, as a .nfg file has them
        return
    for own in labels:
        assert len({label[:SHOWN].casefold() for label in own}) == len(own), "what differs shows"
        assert not any("__" in label or not label.isascii() for label in own)
    assert all(len(label) <= SHOWN for own in labels[1:] for label in own), "any part of a row's label may be shown"
    if form == "ours":
        assert (held.game.players, held.game.strategies) == (game.players, game.strategies)
        written = [word for line in path.read_text().splitlines() if line[:1] in "-0123456789" for word in line.split()]
        assert len(written) == payoffs.size
        assert all(len(word.partition(".")[2]) == change.decimals for word in written), "decimals, not fractions"
        assert text_of(read(path)) == text_of(change.game), "and again when it is written again"


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["clinic-1", "clinic-2"], ("clinic-1", "clinic-2")),
        (["hospital-1", "hospital-10"], ("1 (hospital)", "10 (hospital)")),
        (["St. Mary Hospital", "St. Mary Hospital II"], ("1 St. Mary Hospital", "2 St. Mary Hospital II")),
        (["Groß Berlin Nord", "Groß Berlin Süd", "Kiel"], ("Nord (Gross Berlin)", "Sud (Gross Berlin)", "Kiel")),
        (["病院"], ("BingYuan",)),
        ([], ()),
    ],
)
def test_names_of_players_begin_with_what_differs(names: list[str], labels: tuple[str, ...]):
    assert shown_first(names) == labels
