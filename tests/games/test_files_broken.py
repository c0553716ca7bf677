"""Files that are broken, cut short, hostile, or larger than the memory: each is named with line and reason."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames import InputError, NormalFormGame, TooLargeError, memory
from fairgames.games.files import SUFFIXES, json_format, nfg, open_file, read, write
from fairgames.reading.scanner import Scanner
from tests.game_files import COORDINATION, asymmetric, mixed, pure, same

#: What may get into a file.
JUNK = [
    b"", b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b" ", b"\n", b".", b"e", b"-1", b"1e9", b"nan", b"null",
    b"true", b"1/0", b"\xff", b"\x00", b"<", b"&x;", b"&#0;", b"<!--", b"]]>", b"<profile type='mixed'>", b"</nfgfile>",
    b"9" * 30, b"999999999", b"fairgames-names:1 {", b"'", b"%", b"%41",
]  # fmt: skip

HEAD = 'NFG 1 R "t" { "A" "B" }\n{ { "a" "b" }\n  { "x" "y" } }\n"comment"\n'
OUTCOMES = HEAD + '{\n{ "1" 1, 2 }\n{ "2" 3, 4 }\n}\n'


class TestGbt:
    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ("4/5,1/5,1/5,4/5", "4/5,1/5,1/5,3/5", 'line 19: profile 3: got 1/5, 3/5 for "B", expected numbers'),
            ("4/5,1/5,1/5,4/5", "4/5,1/5,6/5,-1/5", "line 19: profile 3: got 6/5, -1/5"),
            ("4/5,1/5,1/5,4/5", "4/5,1/5,x,4/5", 'line 19: profile 3: got "x", expected probabilities'),
            ("4/5,1/5,1/5,4/5", "4/5,1/5,1/0,4/5", 'line 19: profile 3: got "1/0"'),
            ("<nfgfile>", "<efgfile>", "line 4: the game is an extensive one"),
            ("</nfgfile>", "</nfgfile><nfgfile></nfgfile>", "got a second <nfgfile>"),
            ("nfgfile>", "nothing>", "there is no <nfgfile> in it"),
            ("gambit:document", "svg", "line 2: got <svg>, expected <gambit:document>"),
            ("</analysis>", "", "line 21: mismatched tag"),
            ("</gambit:document>\n", "", "line 22: no element found"),
            ("4 1\n", "4 nan\n", 'line 10: got "nan", expected a number, the payoff of "B" at profile (0, 0)'),
            ("0 0\n", "", "line 6: 2×2 strategies ask for 8 numbers, at least 15 bytes, but only 8 bytes follow"),
            ("A _ co", "A &amp; co", ""),
        ],
    )
    def test_broken(self, tmp_path: Path, old: str, new: str, fault: str):
        path = tmp_path / "game.gbt"
        COORDINATION.write(path, [*pure(), mixed()])
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        if not fault:
            assert read(path).players == ("A & co", "B")
            return
        with pytest.raises(InputError, match=re.escape(fault)) as raised:
            read(path)
        assert str(path) in str(raised.value)

    @pytest.mark.parametrize("encoding", ["UTF-9", "utf-7", "idna", "utf-16", "U"])
    def test_unknown_encodings(self, tmp_path: Path, encoding: str):
        path = tmp_path / "game.gbt"
        COORDINATION.write(path)
        path.write_text(path.read_text().replace("UTF-8", encoding))
        with pytest.raises(InputError, match="line 1"):
            read(path)

    def test_entities_are_refused(self, tmp_path: Path):
        """The billion laughs: entities need a document type, and none is allowed."""
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        path = tmp_path / "game.gbt"
        path.write_text(f'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY a0 "ha">{laughs}]>\n<game>&a11;</game>')
        with pytest.raises(InputError, match="line 2: got a document type"):
            read(path)
        path.write_text('<?xml version="1.0"?>\n<!DOCTYPE d SYSTEM "/etc/passwd">\n<game>&d;</game>')
        with pytest.raises(InputError, match="line 2: got a document type"):
            read(path)


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("", "line 1: got the end of the file, expected NFG"),
            ("EFG 2 R", 'line 1: got "EFG", expected NFG'),
            ("nfg 1 R", 'line 1: got "nfg", expected NFG'),
            ("NFG 2 R", 'line 1: got "2", expected 1, the version'),
            ("NFG 1 X", 'line 1: got "X", expected R or D'),
            ("NFG 1 R title", 'line 1: got "title", expected a title in quotation marks'),
            ('NFG 1 R "t', "line 1: the quotation mark has no second one"),
            ('NFG 1 R "t" "A"', 'line 1: got the label "A", expected the players'),
            ('NFG 1 R "t" { A }', 'line 1: got "A", expected a label in quotation marks, or }'),
            ('NFG 1 R "t" { "A"', "line 1: got the end of the file, expected a label"),
            ('NFG 1 R "t" { }\n{ }', "line 2: got 0 players, expected 1 to 63"),
            ('NFG 1 R "t" { "A" }\n{ { } } 1', "line 2: got a player without strategies"),
            ('NFG 1 R "t" { "A" }\n{ 0 } 1', "line 2: got a player without strategies"),
            ('NFG 1 R "t" { "A" "B" }\n{ 2 } 1 2', 'line 2: got "}", expected how many strategies "B" has'),
            ('NFG 1 R "t" { "A" "B" }\n{ 2 x }', 'line 2: got "x", expected how many strategies "B" has'),
            ('NFG 1 R "t" { "A" "B" }\n{ 2 -1 }', 'line 2: got "-1", expected how many'),
            ('NFG 1 R "t" { "A" "B" }\n{ 2 1e3 }', 'line 2: got "1e3", expected how many'),
            ('NFG 1 R "t" { "A" "B" }\n{ 2 2 2 } 1 2 3 4 5 6 7', 'line 2: got "2", expected } after the strategies'),
            ('NFG 1 R "t" { "A" "B" }\n{ { "a" } }', 'line 2: got "}", expected the strategies of "B"'),
            ('NFG 1 R "t" { "A" }\n{ { "a" }\n { "b" } } 1', 'line 3: got "{", expected } after the strategies'),
            (HEAD, "line 2: 2×2 strategies ask for 8 numbers, at least 15 bytes, but only 0 bytes follow"),
            (HEAD + "1 2\n3 4\n5 6\n7", "line 2: 2×2 strategies ask for 8 numbers"),
            (
                HEAD + "1 2\n3 4\n5 6\n7.00000",
                'line 8: the file ends after 7 of 8 numbers; expected a number, the payoff of "B" at profile (1, 1)',
            ),
            (HEAD + "1 2\n3 4\n5 6\n7 8\n9", "line 9: got more than the 8 numbers"),
            (HEAD + "1 2\n3 4\n5 6\n7 8 9", "line 8: got more than the 8 numbers"),
            (HEAD + "1 2\n3 4\n5 6\n7 8\njunk", 'line 9: got "junk", expected the end of the file'),
            (HEAD + "1 2\n3 nan\n5 6\n7 8", 'line 6: got "nan", expected a number, the payoff of "B" at profile (1'),
            (HEAD + "1 2\n3 4\n-inf 6\n7 8", 'line 7: got "-inf", expected a number, the payoff of "A"'),
            (HEAD + "1 2\n3 4\n5 6\n7 1/0", 'line 8: got "1/0"'),
            (HEAD + "1 2\n3 4\n5 6\n7 1e999999999", 'line 8: got "1e999999999"'),
            (HEAD + "1 2\n3 4\n5 6\n7 1_0", 'line 8: got "1_0"'),
            (HEAD + "1 2\n3 4\n5 6\n7 0x10", 'line 8: got "0x10"'),
            (HEAD + "1 2\n3 4\n5 6\n7 ٣", 'line 8: got "٣"'),
            (HEAD + "1 2\n3 4\n5 6\n7 1-2", 'line 8: got "1-2"'),
            (HEAD + "1 2\n3 4\n5 6\n7 1/2/3", 'line 8: got "1/2/3"'),
            (HEAD + "1, 2\n3 4\n5 6\n7 8", 'line 5: got "1,"'),
            (HEAD + "} 1 2 3 4 5 6 7 8", 'line 5: got "}"'),
            (OUTCOMES, "line 9: the file ends after 0 of 4 numbers; expected an outcome from 0 to 2, that of profile"),
            (OUTCOMES + "1 2 0      ", "the file ends after 3 of 4 numbers; expected an outcome from 0 to 2"),
            (OUTCOMES + "1 2 0 3", 'line 9: got "3", expected an outcome from 0 to 2, that of profile (1, 1)'),
            (OUTCOMES + "1 2 0 -1", 'line 9: got "-1", expected an outcome from 0 to 2'),
            (OUTCOMES + "1 2 0 1 1", "line 9: got more than the 4 numbers"),
            (HEAD + '{ { "1" 1 } }\n1 1 1 1', 'line 5: the outcome has "1", expected 2 numbers'),
            (HEAD + '{ { "1" 1, 2, 3 } }\n1 1 1 1', "expected 2 numbers, one for each player"),
            (HEAD + '{ { "1" 1,, 2 } }\n1 1 1 1', "expected 2 numbers, one for each player"),
            (HEAD + '{ { "1" 1 nan } }\n1 1 1 1', "expected 2 numbers, one for each player"),
            (HEAD + '{ { "1" 1 1/0 } }\n1 1 1 1', 'line 5: the outcome has "1/0", expected a number'),
            (HEAD + "{ { 1 1 2 } }\n1 1 1 1", "line 5: expected an outcome"),
            (HEAD + '{ { "1" 1 2 }\n1 1 1 1 ', 'line 6: got "1", expected another outcome'),
        ],
    )
    def test_nfg(self, tmp_path: Path, text: str, fault: str):
        path = tmp_path / "game.nfg"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=re.escape(fault)) as raised:
            read(path)
        assert str(raised.value).startswith(f"{path}: line ")
        for exact in (True, False):
            with pytest.raises(InputError):
                read(path, exact)

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("", "line 1: got the end of the file, expected the number of players"),
            ("x", 'line 1: got "x", expected the number of players'),
            ("0\n", "line 1: got 0 players"),
            ("2\n2 x\n", 'line 2: got "x", expected the number of strategies of player 2'),
            ("2\n2", "line 1: got 2 players, but the file has only"),
            ("2\n2 0\n1 2 3", "got a player without strategies"),
            ("1\n2\n\n1.0 2.0 3.0", "line 4: got more than the 2 numbers"),
            ("1\n2\n\n1.0\n    ", "line 5: the file ends after 1 of 2 numbers"),
            ("1\n2\n\n1.0 NaN", 'line 4: got "NaN", expected a decimal, the payoff of player 1 at profile (1)'),
            ("1\n2\n\n1.0 1/2", 'line 4: got "1/2", expected a decimal'),
            ("1\n2\n\n1.0 1e400", 'line 4: got "1e400"'),
            ("1\n2\n\n1.0 2.0\nend", 'line 5: got "end", expected the end of the file'),
            ("2\n1000 1000\n\n1.0 2.0", "1000×1000 strategies ask for 2,000,000 numbers"),
        ],
    )
    def test_gam(self, tmp_path: Path, text: str, fault: str):
        path = tmp_path / "game.gam"
        path.write_text(text)
        with pytest.raises(InputError, match=re.escape(fault)):
            read(path)

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"format": "other"}, 'expected an object with "format": "fairgames-game"'),
            ({"version": 2}, "version: got 2, expected 1; a newer fairgames may read it"),
            ({"version": True}, "version: got true, expected 1"),
            ({"version": "1"}, 'version: got "1", expected 1'),
            ({"players": None}, "the key players is missing"),
            ({"payoff": []}, 'got the unknown key "payoff"'),
            ({"players": ["A"]}, "strategies: got 2 lists, expected 1"),
            ({"players": ["A", 2]}, "players: got"),
            ({"players": "AB"}, 'players: got "AB", expected list'),
            ({"strategies": [["a"], ["x", 1]]}, "strategies[1]: got"),
            ({"strategies": [[], []]}, "one strategy or more"),
            ({"players": [], "strategies": [], "payoffs": []}, "expected 1 to 63"),
            ({"title": 3}, "title: got 3, expected str"),
            ({"exact": 1}, "exact: got 1, expected bool"),
            ({"rounding": -1}, "rounding: got -1"),
            ({"rounding": True}, "rounding: got true"),
            ({"payoffs": [[1, 2]]}, "payoffs: got 1 rows, expected 2, one for each profile"),
            ({"payoffs": [[1, 2], [3]]}, "payoffs[1]: got [3], expected a list of 2 numbers"),
            ({"payoffs": [[1, 2], 3]}, "payoffs[1]: got 3"),
            ({"payoffs": [[1, 2], [3, "4"]]}, 'payoffs[1][1]: got "4", expected a number'),
            ({"payoffs": [[1, 2], [3, None]]}, "payoffs[1][1]"),
            ({"payoffs": [[1, 2], [3, True]]}, "payoffs[1][1]: got true"),
            ({"payoffs": [[1, 2], [3, 10**400]]}, "payoffs[1][1]"),
            ({"exact": True}, "payoffs[0][0]: got 1.0, expected a string"),
            ({"exact": True, "payoffs": [["1", "1/0"], ["1", "2"]]}, 'payoffs[0][1]: got "1/0"'),
            ({"exact": True, "payoffs": [["1", "nan"], ["1", "2"]]}, 'payoffs[0][1]: got "nan"'),
            ({"equilibria": [3]}, "equilibria[0]: got 3, expected an object with strategies"),
            ({"equilibria": [{"strategies": [[1], [1]]}]}, "equilibria[0]: strategies have lengths [1, 1]"),
            ({"equilibria": [{"strategies": [[1], [1, 1]]}]}, "equilibria[0].strategies[1]: got [1, 1], expected"),
            ({"equilibria": [{"strategies": [[1], ["a", 1]]}]}, 'equilibria[0].strategies[1][0]: got "a"'),
        ],
    )
    def test_json(self, tmp_path: Path, change: dict[str, object], fault: str):
        game = NormalFormGame(np.array([[[1.0, 2.0], [3.0, 4.0]]]), ("A", "B"), (("a",), ("x", "y")))
        message = json.loads("".join(json_format.blocks(game)))
        message.update(change)
        path = tmp_path / "game.json"
        path.write_text(json.dumps({key: value for key, value in message.items() if value is not None}))
        with pytest.raises(InputError, match=re.escape(fault)) as raised:
            read(path)
        assert str(raised.value).startswith(str(path))

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("", "line 1: not JSON"),
            ('{"format": "fairgames-game",\n "version": 1,\n "title": }', "line 3: not JSON (Expecting value)"),
            ('{"format": "fairgames-game", "version": 1, "rounding": NaN}', "got NaN, expected finite numbers"),
            ('{"format": "fairgames-game", "format": "other"}', 'the key "format" stands twice'),
            ("[" * 100_000, "nested too deeply"),
            ('{"a": ' + "9" * 5000 + "}", "not JSON that can be read"),
            ("[]", 'expected an object with "format"'),
        ],
    )
    def test_what_is_no_json(self, tmp_path: Path, text: str, fault: str):
        path = tmp_path / "game.json"
        path.write_text(text)
        with pytest.raises(InputError, match=re.escape(fault)):
            read(path)

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_what_is_no_file(self, tmp_path: Path, suffix: str):
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path / f"nowhere{suffix}")
        (tmp_path / f"folder{suffix}").mkdir()
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path / f"folder{suffix}")

    @pytest.mark.parametrize("suffix", [".nfg", ".gam", ".json"])
    def test_bytes_that_are_no_text(self, tmp_path: Path, suffix: str):
        path = tmp_path / f"game{suffix}"
        path.write_bytes(b'NFG 1 R "t"\n{ "\xff" }\n' if suffix != ".gam" else b"1\n\xff\n")
        with pytest.raises(InputError, match="line 2: byte 0xff is not UTF-8"):
            read(path)

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_cut_anywhere(self, tmp_path: Path, suffix: str):
        """A file of ours that lost its end is an error; .gam alone cannot tell a number from a part of it."""
        game, path = asymmetric("floats", (2, 2)), tmp_path / f"game{suffix}"
        game.write(path)
        whole = path.read_bytes()
        last = len(whole.rstrip()) - (len(whole.split()[-1]) - 1 if suffix == ".gam" else 0)
        for length in range(0, last + (suffix == ".nfg")):
            path.write_bytes(whole[:length])
            with pytest.raises(InputError):
                read(path)

    @settings(max_examples=300, deadline=None)
    @given(
        st.sampled_from(list(SUFFIXES)),
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(JUNK)), min_size=1, max_size=4),
        st.sampled_from([None, True, False]),
    )
    def test_damaged_anywhere(self, suffix: str, damages: list[tuple[float, int, bytes]], exact: bool | None):
        """Whatever stands in a file, it is read or refused, and never a surprise."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"game{suffix}"
            write(COORDINATION, path, (*pure(), mixed()) if SUFFIXES[suffix] else ())
            data = path.read_bytes()
            for place, removed, added in damages:
                position = int(place * len(data))
                data = data[:position] + added + data[position + removed :]
            path.write_bytes(data)
            with contextlib.suppress(InputError):
                open_file(path, exact)

    def test_unknown_suffix(self, tmp_path: Path):
        hints = {
            "game.nfgg": "did you mean .nfg?",
            "game.efg": "Gambit reads this game from .nfg",
            "game.pkl": "can run code",
            "game": "expected one of .nfg, .gbt, .json, .gam, .agg, .bagg",
        }
        for name, hint in hints.items():
            with pytest.raises(InputError, match=re.escape(hint)):
                read(tmp_path / name)
            with pytest.raises(InputError, match=re.escape(hint)):
                asymmetric().write(tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_suffixes_in_capitals(self, tmp_path: Path):
        asymmetric().write(tmp_path / "GAME.NFG")
        assert same(read(tmp_path / "GAME.NFG"), asymmetric())

    @pytest.mark.parametrize("size", [1, 2, 7, 1000])
    def test_lines_are_counted_over_blocks(self, size: int):
        text = HEAD + "1 2\n3 4\n\n\n5 x6\n7 8"
        blocks = [text[start : start + size] for start in range(0, len(text), size)]
        with pytest.raises(InputError, match='file: line 9: got "x6"'):
            nfg.parse(Scanner(blocks, "file", len(text)))


class TestSizes:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("g.nfg", 'NFG 1 R "t" { "A" "B" }\n{ 999999999 999999999 }\n1 2'),
            ("g.nfg", 'NFG 1 R "t" { "A" "B" }\n{ 999999999 999999999 }\n{ { "a" 1 2 } } 1 1'),
            ("g.nfg", 'NFG 1 R "t" { ' + '"A" ' * 60 + "}\n{ " + '{ "a" "b" } ' * 60 + "}\n1 2"),
            ("g.nfg", 'NFG 1 R "t" { ' + '"A" ' * 64 + "}\n{ " + "1 " * 64 + "}\n" + "1 " * 64),
            ("g.gam", "2\n999999999 999999999\n1 2"),
            ("g.gam", "999999999\n1 2 3"),
            ("g.gam", "64\n" + "1 " * 64 + "\n" + "1 " * 64),
        ],
    )
    def test_claims_are_checked_before_allocating(self, tmp_path: Path, name: str, text: str):
        path = tmp_path / name
        path.write_text(text)
        tracemalloc.start()
        try:
            with pytest.raises(InputError, match=r"line \d"):
                read(path)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_memory_is_asked_for(self, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch):
        path = tmp_path / f"game{suffix}"
        asymmetric("floats", (9, 9, 9)).write(path)
        monkeypatch.setattr(memory, "available_bytes", lambda: 10_000)
        monkeypatch.setattr(memory, "_SMALL", 0)
        with pytest.raises(TooLargeError, match="of memory"):
            read(path)

    def test_outcomes_shared_by_many_profiles(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """A small file may hold a large game: one digit a profile, a payoff a player."""
        head = 'NFG 1 R "t" { ' + '"A" ' * 14 + "} { " + "2 " * 14 + '} { { "a" ' + "1.5 " * 14 + "} }\n"
        path = tmp_path / "game.nfg"
        path.write_text(head + "1 " * 2**14)
        assert (read(path).payoffs == Fraction(3, 2)).all()
        monkeypatch.setattr(memory, "available_bytes", lambda: 1_000_000)
        monkeypatch.setattr(memory, "_SMALL", 0)
        with pytest.raises(TooLargeError, match="exact=False"):
            read(path)

    def test_many_players_with_one_strategy(self, tmp_path: Path):
        game = asymmetric("rationals", (1,) * 40 + (2,) + (1,) * 22)
        for suffix in (".nfg", ".json", ".gbt"):
            game.write(tmp_path / f"game{suffix}")
            assert same(read(tmp_path / f"game{suffix}"), game)

    def test_writing_holds_one_block(self, tmp_path: Path):
        game = NormalFormGame.from_arrays(*np.random.default_rng(0).normal(size=(2, 300, 300)))
        for suffix in (".nfg", ".gam", ".json"):
            tracemalloc.start()
            game.write(tmp_path / f"game{suffix}")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            # The text has 3.5 MB, and would have 20 as a list of its numbers.
            assert peak < 3_000_000, suffix
