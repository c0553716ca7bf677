"""Game files: what we write, Gambit and we ourselves read back."""

from __future__ import annotations

import io
import json
import math
import re
import stat
import struct
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames import FederatedMean, InputError, NormalFormGame, PaymentGame, Users
from fairgames.exact import object_array
from fairgames.games import certify
from fairgames.games.files import SUFFIXES, gam, json_format, nfg, open_file, read, write
from fairgames.games.files.advice import gambit_seconds, notes
from fairgames.games.files.names import LabelMap, comment_of, labels_of, restored
from fairgames.games.labels import safe_labels
from fairgames.reading.scanner import Scanner
from fairgames.solvers.crosscheck import crosscheck
from tests.game_files import (
    COORDINATION,
    NASTY,
    asymmetric,
    gambit_payoffs,
    mixed,
    named,
    parsed,
    pure,
    same,
    text_of,
)

pygambit = pytest.importorskip("pygambit")


class TestAgainstGambit:
    """Payoff by payoff against what Gambit's own reader makes of our files."""

    @pytest.mark.parametrize("kind", ["floats", "rationals"])
    @pytest.mark.parametrize("shape", [(2, 3, 2), (3, 1), (1, 2, 1), (4,), (2, 2, 2, 2)])
    @pytest.mark.parametrize("suffix", [".nfg", ".gbt"])
    def test_payoffs(self, tmp_path: Path, suffix: str, kind: str, shape: tuple[int, ...]):
        game = asymmetric(kind, shape)
        path = tmp_path / f"game{suffix}"
        game.write(path)
        theirs = (pygambit.read_nfg if suffix == ".nfg" else pygambit.read_gbt)(str(path))
        assert list(theirs.players) == list(game.players)
        assert tuple(tuple(theirs.get_strategies(player)) for player in theirs.players) == game.strategies
        assert theirs.title == game.title
        paid = gambit_payoffs(theirs, shape)
        decimals = [value if kind == "rationals" else Fraction(repr(float(value))) for value in game.payoffs.flat]
        assert paid.ravel().tolist() == decimals
        assert (paid.astype(float) == game.floats()).all(), "decimals lead Gambit to the same floats"

    def test_player_1_changes_fastest(self):
        game = NormalFormGame.from_arrays([[1, 2, 3], [4, 5, 6]], [[-1, -2, -3], [-4, -5, -6]])
        assert text_of(game).splitlines()[-6:] == [
            "1.0 -1.0", "4.0 -4.0", "2.0 -2.0", "5.0 -5.0", "3.0 -3.0", "6.0 -6.0",
        ]  # fmt: skip

    def test_outcome_form_is_read(self):
        """Gambit itself writes outcomes, and leaves our comment in its place."""
        for kind in ("floats", "rationals"):
            game = asymmetric(kind)
            again = pygambit.read_nfg(io.StringIO(text_of(game))).to_nfg()
            assert '{ "1" ' in again
            assert same(parsed(again), game)

    def test_gambits_own_catalogue(self):
        """Every strategic game that ships with pygambit, in either form."""
        files = sorted(Path(pygambit.__file__).parent.glob("catalog_data/**/*.nfg"))
        assert len(files) >= 5
        for path in files:
            ours, theirs = read(path), pygambit.read_nfg(str(path))
            assert ours.players == tuple(theirs.players)
            assert ours.strategies == tuple(tuple(theirs.get_strategies(player)) for player in theirs.players)
            assert ours.exact
            assert (ours.payoffs == gambit_payoffs(theirs, ours.shape)).all(), path.name

    def test_null_outcome_and_counts(self):
        """A hand-written file: outcome 0 pays nobody, commas are optional, strategies only counted."""
        text = 'NFG 1 D "t" { "Row" "Column" } { 3 2 }\n{ { "a" 3, 2 } { "b" 0 6, } { "" -1/2 .5 } }\n1 2 3 1 0 2'
        game, theirs = parsed(text), pygambit.read_nfg(io.StringIO(text))
        assert game.strategies == (("1", "2", "3"), ("1", "2"))
        assert (game.payoffs == gambit_payoffs(theirs, game.shape)).all()
        assert game.payoffs[1, 1].tolist() == [0, 0]
        assert game.payoffs[2, 0].tolist() == [Fraction(-1, 2), Fraction(1, 2)]

    def test_labels_with_quotation_marks(self):
        text = 'NFG 1 R "a \\"b\\" c" { "x\\"y" "B" } { { "a" } { "b" } } 1 2'
        theirs = pygambit.read_nfg(io.StringIO(text))
        assert (parsed(text).title, parsed(text).players) == (theirs.title, tuple(theirs.players)) == (
            'a "b" c', ('x"y', "B"),
        )  # fmt: skip

    def test_pure_equilibria_are_the_same(self, tmp_path: Path):
        users = Users(samples=[303, 261, 46], sensitivity=[[0, 0.1, 0.3]] * 3)
        game = PaymentGame(FederatedMean(users, between=1.0, within=10.0), users).at("1/4")
        game.write(tmp_path / "game.nfg")
        found = pygambit.nash.enumpure_solve(pygambit.read_nfg(str(tmp_path / "game.nfg"))).equilibria
        assert len(found) == len(crosscheck(game, "fairgames:pure").equilibria) > 0


class TestNames:
    @pytest.mark.parametrize("suffix", [".nfg", ".gbt", ".json"])
    def test_nasty_names_come_back(self, tmp_path: Path, suffix: str):
        for shift in range(len(NASTY)):
            game = named(NASTY[shift:] + NASTY[:shift], title=NASTY[shift])
            path = tmp_path / f"game{suffix}"
            game.write(path)
            assert same(read(path), game)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.text(max_size=30), min_size=8, max_size=8), st.text(max_size=120))
    def test_any_names(self, names: list[str], title: str):
        game = named(names, title)
        text = text_of(game)
        assert re.fullmatch(r"[ -~\n]*", text)
        assert not set(text) & set("&<>\\`")
        assert same(parsed(text), game)
        theirs = pygambit.read_nfg(io.StringIO(text))
        assert tuple(theirs.players) == safe_labels(game.players)
        # What Gambit makes of the file keeps the names, too.
        assert same(parsed(theirs.to_nfg()), game)

    def test_labels_are_short_and_unique(self):
        labels = labels_of(named(NASTY))
        for own in (labels.players, *labels.strategies):
            assert len(set(own)) == len(own)
            assert all(len(label) <= 40 for label in own)

    def test_the_map_outlives_renaming_and_reordering(self):
        game = named(["Klinik Köln", "A & B", "plain"])
        text = text_of(game).replace('"Klinik Koln" "A _ B" "plain"', '"plain" "A _ B" "renamed"')
        assert parsed(text).players == ("plain", "A & B", "renamed")

    def test_spaces_survive_a_reader_that_joins_them(self):
        """TinyXML, with which 16.7 opens workbooks, reads white space of any length as one space."""
        game = named(["two  spaces", "a   b ", " c"], title="t  t")
        assert same(parsed(re.sub(r"\s+", " ", text_of(game))), game)

    @pytest.mark.parametrize(
        ("kept", "reason"),
        [
            ("fairgames-names:2 {}", "version 2"),
            ("fairgames-names:99999999999999999999 {}", "version"),
            ("fairgames-names:1 {'players':{'a':1}}", "a name is no text"),
            ("fairgames-names:1 {'players':[]}", "players is list"),
            ("fairgames-names:1 {'strategies':{'a':'b'}}", "a name is no text"),
            ("fairgames-names:1 {'rounding':NaN}", "rounding"),
            ("fairgames-names:1 {'rounding':-1.0}", "rounding"),
            ("fairgames-names:1 {'evil':1}", "evil"),
            ("fairgames-names:1 {'exact'}", "Expecting"),
            ("fairgames-names:1 " + "{'a':" * 5000 + "1" + "}" * 5000, "recursion"),
        ],
    )
    def test_a_damaged_map_is_named(self, kept: str, reason: str):
        text = f'NFG 1 R "t" {{ "A" }}\n{{ 1 }}\n"{kept}" 1'
        with pytest.raises(InputError, match=re.escape(reason)) as raised:
            parsed(text)
        assert str(raised.value).startswith("file: line 3: the names in the comment")

    def test_foreign_comments_mean_nothing(self):
        labels = LabelMap("t", ("A",), (("x",),))
        assert restored('Written in 1994 {"players": 1}', labels) is labels

    def test_a_plain_game_needs_no_map(self):
        game = asymmetric()
        assert comment_of(game, labels_of(game)).endswith("fairgames-names:1 {'exact':true,'rounding':0.0}")


class TestNumbers:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=12, max_size=12))
    def test_floats_to_the_last_bit(self, tmp_path_factory: pytest.TempPathFactory, values: list[float]):
        game = NormalFormGame(np.array(values).reshape(2, 3, 2), ("A", "B"), (("a", "b"), ("x", "y", "z")))
        folder = tmp_path_factory.mktemp("floats")
        for suffix in SUFFIXES:
            game.write(folder / f"game{suffix}")
            again = read(folder / f"game{suffix}")
            assert again.payoffs.dtype == float
            assert again.payoffs.tobytes() == game.payoffs.tobytes(), suffix

    @pytest.mark.parametrize("value", [-0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e22, 2.0**53 + 2, -1e-300])
    def test_particular_floats(self, tmp_path: Path, value: float):
        game = NormalFormGame.from_arrays([value, 0.0])
        for suffix in SUFFIXES:
            game.write(tmp_path / f"game{suffix}")
            (first,) = read(tmp_path / f"game{suffix}").payoffs[0]
            assert struct.pack("d", first) == struct.pack("d", value)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.fractions(), min_size=12, max_size=12))
    def test_rationals(self, tmp_path_factory: pytest.TempPathFactory, values: list[Fraction]):
        game = NormalFormGame(object_array(values).reshape(2, 3, 2), ("A", "B"), (("a", "b"), ("x", "y", "z")))
        folder = tmp_path_factory.mktemp("rationals")
        for suffix in (".nfg", ".gbt", ".json"):
            game.write(folder / f"game{suffix}")
            assert same(read(folder / f"game{suffix}"), game)
        assert (gambit_payoffs(pygambit.read_nfg(str(folder / "game.nfg")), game.shape) == game.payoffs).all()

    def test_gam_takes_the_nearest_float(self, tmp_path: Path):
        game = NormalFormGame(object_array([Fraction(1, 3), Fraction(2)]).reshape(2, 1), ("A",), (("a", "b"),))
        game.write(tmp_path / "game.gam")
        assert read(tmp_path / "game.gam").payoffs.ravel().tolist() == [1 / 3, 2.0]

    def test_exact_on_demand(self, tmp_path: Path):
        floats, rationals = asymmetric("floats"), asymmetric("rationals")
        for suffix in (".nfg", ".gbt", ".json"):
            floats.write(tmp_path / f"f{suffix}")
            rationals.write(tmp_path / f"r{suffix}")
            as_written = read(tmp_path / f"f{suffix}", exact=True)
            assert as_written.payoffs[1, 2, 0, 1] == Fraction(repr(float(floats.payoffs[1, 2, 0, 1])))
            rounded = read(tmp_path / f"r{suffix}", exact=False)
            assert (rounded.payoffs == rationals.floats()).all()
            assert 0 < rounded.rounding < 1e-14
        floats.write(tmp_path / "f.gam")
        assert read(tmp_path / "f.gam", exact=True).exact

    def test_decimals_of_other_programs_are_rational(self):
        game = parsed('NFG 1 R "t" { "A" } { 3 } 0.1 -1e-3 7')
        assert game.payoffs.ravel().tolist() == [Fraction(1, 10), Fraction(-1, 1000), 7]
        assert parsed('NFG 1 R "t" { "A" } { 3 } 0.1 1/4 7', exact=False).payoffs.ravel().tolist() == [0.1, 0.25, 7.0]

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_not_finite_is_not_written(self, tmp_path: Path, suffix: str, value: float):
        with pytest.raises(InputError, match="finite"):
            NormalFormGame.from_arrays([0.0, value]).write(tmp_path / f"game{suffix}")
        assert list(tmp_path.iterdir()) == []

    def test_numbers_of_thousands_of_digits(self, tmp_path: Path):
        huge = NormalFormGame(object_array([Fraction(10**5000), Fraction(1)]).reshape(2, 1), ("A",), (("a", "b"),))
        for suffix in (".nfg", ".json"):
            with pytest.raises(InputError, match="3,000 digits"):
                huge.write(tmp_path / f"game{suffix}")
        with pytest.raises(InputError, match="too large for a floating-point number"):
            huge.write(tmp_path / "game.gam")


class TestGam:
    def test_layout(self, tmp_path: Path):
        """Player-major, player 1's strategy fastest: the layout of GameTracer's own examples."""
        payoffs = np.arange(2 * 3 * 2 * 3, dtype=float).reshape(2, 3, 2, 3)
        game = NormalFormGame(payoffs, ("A", "B", "C"), (("a", "b"), ("x", "y", "z"), ("l", "r")))
        lines = "".join(gam.blocks(game)).splitlines()
        assert lines[:3] == ["3", "2 3 2", ""]
        numbers = [float(word) for line in lines[2:] for word in line.split()]
        expected = [
            payoffs[a, b, c, player] for player in range(3) for c in range(2) for b in range(3) for a in range(2)
        ]
        assert numbers == expected

    def test_a_published_file(self, tmp_path: Path):
        """The minimum effort game of QuantEcon's tests: own effort costs 10, the least effort pays 11."""
        rows = "1 -9 -19 1 -9 -19 1 -9 -19 1 -9 -19 1 2 -8 1 2 -8 1 -9 -19 1 2 -8 1 2 3\n"
        second = "1 1 1 -9 -9 -9 -19 -19 -19 1 1 1 -9 2 2 -19 -8 -8 1 1 1 -9 2 2 -19 -8 3\n"
        third = "1 1 1 1 1 1 1 1 1 -9 -9 -9 -9 2 2 -9 2 2 -19 -19 -19 -19 -8 -8 -19 -8 3\n"
        path = tmp_path / "minimum effort.gam"
        path.write_text(f"3\n3 3 3\n\n{rows}{second}{third}")
        game = read(path)
        for efforts in np.ndindex(3, 3, 3):
            least = min(efforts) + 1
            assert game.payoffs[efforts].tolist() == [11 * least - 10 * (effort + 1) for effort in efforts]
        assert game.title == "minimum effort"

    def test_read_by_quantecon(self, tmp_path: Path):
        qe = pytest.importorskip("quantecon.game_theory")
        game = asymmetric("floats")
        game.write(tmp_path / "game.gam")
        theirs = qe.from_gam(str(tmp_path / "game.gam")) if hasattr(qe, "from_gam") else None
        if theirs is None:
            pytest.skip("this QuantEcon has no from_gam")
        for profile in np.ndindex(*game.shape):
            assert np.asarray(theirs[profile]).tolist() == game.payoffs[profile].tolist()


class TestGbt:
    def test_it_is_the_form_seen_in_both_windows(self, tmp_path: Path):
        path = tmp_path / "game.gbt"
        COORDINATION.write(path, [*pure(), mixed()])
        root = ET.fromstring(path.read_bytes())
        assert root.tag == "{http://gambit.sourceforge.net/}document"
        assert root.attrib == {"version": "0.1"}
        (game,) = root
        assert [child.tag for child in game] == ["nfgfile", "analysis"], "the analysis is last, and the only one"
        theirs = pygambit.read_nfg(io.StringIO(game[0].text))
        assert (gambit_payoffs(theirs, (2, 2)) == COORDINATION.payoffs).all()
        assert game[1].attrib == {"type": "list"}
        description, *profiles = game[1]
        assert description.tag == "description"
        assert description.text == "3 equilibria by fairgames, exact, no regret"
        assert {profile.tag for profile in profiles} == {"profile"}
        assert {tuple(profile.attrib.items()) for profile in profiles} == {(("type", "mixed"),)}
        assert [profile.text for profile in profiles] == ["1,0,1,0", "0,1,0,1", "4/5,1/5,1/5,4/5"]

    def test_nothing_needs_escaping(self, tmp_path: Path):
        """17 reads the texts raw: they must be the same with and without XML."""
        path = tmp_path / "game.gbt"
        named(NASTY, title="<&>").write(path)
        text = path.read_text()
        raw = text[text.index("<nfgfile>") + len("<nfgfile>") : text.index("</nfgfile>")]
        assert raw == ET.fromstring(text).find("game/nfgfile").text  # type: ignore[union-attr]
        assert "&" not in text

    def test_one_float_makes_all_decimals(self, tmp_path: Path):
        inexact = certify(COORDINATION, (np.array([1.0, 0.0]), np.array([1.0, 0.0])))
        COORDINATION.write(tmp_path / "game.gbt", [mixed(), inexact])
        profiles = re.findall(r"<profile[^>]*>(.*)</profile>", (tmp_path / "game.gbt").read_text())
        assert profiles == ["0.8,0.2,0.2,0.8", "1.0,0.0,1.0,0.0"]

    def test_equilibria_come_back(self, tmp_path: Path):
        for suffix in (".gbt", ".json"):
            COORDINATION.write(tmp_path / f"game{suffix}", [*pure(), mixed()])
            found = open_file(tmp_path / f"game{suffix}")
            assert same(found.game, COORDINATION)
            assert [[vector.tolist() for vector in profile] for profile in found.equilibria][2] == [
                [Fraction(4, 5), Fraction(1, 5)], [Fraction(1, 5), Fraction(4, 5)],
            ]  # fmt: skip
            assert all(certify(found.game, profile).regret == 0 for profile in found.equilibria)

    def test_float_equilibria_to_the_last_bit(self, tmp_path: Path):
        third = np.array([1 / 3, 1 - 1 / 3])
        game = NormalFormGame.from_arrays(np.eye(2), np.eye(2))
        for suffix in (".gbt", ".json"):
            game.write(tmp_path / f"game{suffix}", [(third, third)])
            ((first, second),) = open_file(tmp_path / f"game{suffix}").equilibria
            assert first.tobytes() == second.tobytes() == third.tobytes()

    def test_workbooks_that_gambit_saved(self, tmp_path: Path):
        """More elements, several analyses of which the last is shown, and six digits."""
        text = text_of(COORDINATION)
        path = tmp_path / "saved.gbt"
        path.write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<gambit:document xmlns:gambit="http://gambit.sourceforge.net/"'
            ' version="0.1">\n<colors><player id="0" red="1"/></colors>\n<numbers decimals="4"/>\n<game>\n<nfgfile>\n'
            f'{text}</nfgfile>\n<analysis type="list">\n<description>\nold\n</description>\n'
            '<profile type="mixed">\n1,0,1,0\n</profile>\n</analysis>\n<analysis type="list">\n'
            '<profile type="mixed">\n0.333333,0.666666,1,0\n</profile>\n</analysis>\n</game>\n</gambit:document>\n'
        )
        found = open_file(path)
        assert same(found.game, COORDINATION)
        (profile,) = found.equilibria
        assert [round(float(number), 5) for number in profile[0]] == [0.33333, 0.66667]
        certify(found.game, profile)

    def test_without_equilibria_there_is_no_analysis(self, tmp_path: Path):
        COORDINATION.write(tmp_path / "game.gbt")
        assert "analysis" not in (tmp_path / "game.gbt").read_text()
        assert open_file(tmp_path / "game.gbt").equilibria == ()

    def test_lengths_are_checked_by_us(self, tmp_path: Path):
        with pytest.raises(InputError, match=r"equilibrium 1: strategies have lengths \(2, 3\), expected \(2, 2\)"):
            COORDINATION.write(tmp_path / "game.gbt", [(np.array([1.0, 0.0]), np.array([1.0, 0.0, 0.0]))])
        with pytest.raises(InputError, match="no probability distribution"):
            COORDINATION.write(tmp_path / "game.gbt", [(np.array([1.0, 0.0]), np.array([1.0, 0.5]))])
        assert list(tmp_path.iterdir()) == []


class TestBlocks:
    @settings(max_examples=40, deadline=None)
    @given(st.integers(1, 40), st.sampled_from(["floats", "rationals"]), st.booleans())
    def test_it_does_not_matter_where_blocks_end(self, size: int, kind: str, by_gambit: bool):
        game = asymmetric(kind)
        text = text_of(game)
        if by_gambit:
            text = pygambit.read_nfg(io.StringIO(text)).to_nfg()
        text = text.replace("\n", "\r\n")
        blocks = [text[start : start + size] for start in range(0, len(text), size)]
        found = nfg.parse(Scanner(blocks, "file", len(text)))
        assert (found.payoffs == game.payoffs).all()

    def test_several_blocks_are_written(self):
        shape = (31, 37, 5)
        game = NormalFormGame(
            np.arange(3.0 * math.prod(shape)).reshape(*shape, 3),
            ("A", "B", "C"),
            tuple(tuple(map(str, range(m))) for m in shape),
        )
        assert len(list(nfg.blocks(game))) > 4
        assert same(parsed(text_of(game)), game)

    def test_views_are_written_as_they_are_seen(self, tmp_path: Path):
        whole = asymmetric("floats", (4, 6, 2))
        part = NormalFormGame(
            whole.payoffs[::2, ::-2], whole.players, (("a", "b"), ("x", "y", "z"), ("l", "r")), rounding=0.0
        )
        for suffix in (".nfg", ".json", ".gam", ".gbt"):
            part.write(tmp_path / f"game{suffix}")
            assert (read(tmp_path / f"game{suffix}").payoffs == part.payoffs).all()


class TestWriting:
    def test_what_was_there_stays_if_writing_fails(self, tmp_path: Path):
        path = tmp_path / "game.nfg"
        asymmetric().write(path)
        before = path.read_bytes()
        broken = NormalFormGame.from_arrays(np.r_[np.zeros(100_000), np.nan])
        with pytest.raises(InputError):
            broken.write(path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    def test_folders_links_and_modes(self, tmp_path: Path):
        path = tmp_path / "new" / "folder" / "game.nfg"
        asymmetric().write(str(path))
        assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
        link = tmp_path / "link.nfg"
        link.symlink_to(path)
        asymmetric("floats").write(link)
        assert link.is_symlink()
        assert same(read(path), asymmetric("floats"))

    def test_what_is_no_file_is_left_alone(self, tmp_path: Path):
        (tmp_path / "game.nfg").mkdir()
        with pytest.raises(InputError, match="cannot be written"):
            asymmetric().write(tmp_path / "game.nfg")
        with pytest.raises(InputError, match="cannot be written"):
            asymmetric().write(tmp_path / "game.nfg" / ("x" * 300 + ".nfg"))

    @pytest.mark.parametrize("suffix", [".nfg", ".gam"])
    def test_equilibria_have_no_place_there(self, tmp_path: Path, suffix: str):
        found = pure()
        with pytest.raises(InputError, match=re.escape(f"{suffix} files hold no equilibria; write .gbt or .json")):
            COORDINATION.write(tmp_path / f"game{suffix}", found)

    def test_the_same_game_gives_the_same_bytes(self):
        assert text_of(asymmetric("floats")) == text_of(asymmetric("floats"))


class TestJson:
    def test_what_it_says(self, tmp_path: Path):
        path = tmp_path / "game.json"
        write(COORDINATION, path, pure(), {"scenario": "s.toml"})
        message = json.loads(path.read_text())
        assert (message["format"], message["version"], message["exact"]) == ("fairgames-game", 1, True)
        assert message["payoffs"] == [["4", "1"], ["0", "0"], ["0", "0"], ["1", "4"]]
        assert message["equilibria"][0] == {
            "strategies": [["1", "0"], ["1", "0"]],
            "payoffs": ["4", "1"],
            "regret": "0",
            "regret_bound": 0.0,
            "exact": True,
        }
        assert set(message["provenance"]) == {"fairgames", "created", "scenario"}
        assert open_file(path).provenance["scenario"] == "s.toml"

    def test_rows_are_lexicographic(self):
        game = asymmetric("floats")
        rows = json.loads("".join(json_format.blocks(game)))["payoffs"]
        assert rows == [game.payoffs[profile].tolist() for profile in np.ndindex(*game.shape)]

    def test_a_profile_without_certificate_gets_one(self, tmp_path: Path):
        path = tmp_path / "game.json"
        COORDINATION.write(path, [(object_array([1, 0]), object_array([0, 1]))])
        assert json.loads(path.read_text())["equilibria"][0]["regret"] == "1"


class TestAdvice:
    def test_only_above_ten_thousand_profiles(self):
        many = NormalFormGame.from_arrays(np.zeros((101, 100)), np.zeros((101, 100)))
        few = NormalFormGame.from_arrays(np.zeros((100, 100)), np.zeros((100, 100)))
        (note,) = notes(many, "game.nfg")
        assert "10,100 profiles" in note
        assert "estimate" in note
        assert notes(few, "game.nfg") == notes(many, "game.json") == ()

    def test_in_proportion_to_the_payoffs(self):
        game = NormalFormGame(np.zeros((3,) * 10 + (10,)), ("x",) * 10, (("a", "b", "c"),) * 10)
        assert gambit_seconds(game) == pytest.approx((1.2, 0.13))

    def test_what_gam_loses(self):
        assert "nearest" in notes(COORDINATION, "game.gam")[0]
        assert "nearest" not in notes(asymmetric("floats"), "game.gam")[0]


def test_the_largest_game_comes_back_exactly(tmp_path: Path):
    """Seven users of the hospitals game, by us and by Gambit; the benchmark does ten."""
    users = Users(samples=[303 - 9 * number for number in range(7)], sensitivity=[[0, 0.6, 1.2]] * 7)
    game = PaymentGame(FederatedMean(users, between=1.0, within=10.0), users).at("1/4")
    game.write(tmp_path / "game.nfg")
    assert same(NormalFormGame.read(tmp_path / "game.nfg"), game)
    theirs = pygambit.read_nfg(str(tmp_path / "game.nfg"))
    assert (gambit_payoffs(theirs, game.shape).astype(float) == game.payoffs).all()


def test_no_engine_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import sys

    monkeypatch.setitem(sys.modules, "pygambit", None)
    for suffix in SUFFIXES:
        asymmetric("floats").write(tmp_path / f"game{suffix}")
        assert read(tmp_path / f"game{suffix}").shape == (2, 3, 2)
