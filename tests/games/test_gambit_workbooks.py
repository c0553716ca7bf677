"""Files in the forms that Gambit's windows and others write: read as pygambit reads them."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest

from fairgames import InputError
from fairgames.games.files import open_file, read
from fairgames.games.labels import told_apart
from tests.game_files import COORDINATION, text_of

pygambit = pytest.importorskip("pygambit")

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
DOCUMENT = '<gambit:document xmlns:gambit="http://gambit.sourceforge.net/" version="0.1">\n<game>\n<nfgfile>\n'
END = "</nfgfile>\n{analyses}</game>\n</gambit:document>\n"
#: As 16.7 and 17 save a game: by outcomes, the last number followed by a blank.
GAME = 'NFG 1 R "t{0}" {{ "A{0}" "B" }}\n\n{{ {{ "1" "x{0}" }}\n{{ "1" }}\n}}\n""\n\n{{\n{{ "" 1, 2 }}\n}}\n1 0 \n'


def workbook(inside: str, before: str = "", analyses: str = "", head: str = HEAD) -> str:
    return before + head + DOCUMENT + inside + END.format(analyses=analyses)


def as_gambit(path: Path) -> None:
    """Title, labels and payoffs are those that pygambit reads from the same file."""
    theirs = (pygambit.read_gbt if path.suffix == ".gbt" else pygambit.read_nfg)(str(path))
    ours = read(path)
    assert ours.title == theirs.title
    assert ours.players == tuple(theirs.players)
    assert ours.strategies == tuple(tuple(theirs.get_strategies(player)) for player in theirs.players)
    again = pygambit.read_nfg(io.StringIO(theirs.to_nfg()))
    for number, player in enumerate(theirs.players):
        found = again.to_arrays()[number]
        assert [Fraction(str(value)) for value in found.flat] == ours.payoffs[..., number].ravel().tolist(), player


SIGNS = ["", "&", "& co", "&amp;", "&lt;b>", "&#65;", "&nothing;", "<", ">", "<b>", "</b>", "<!-- c -->", "]]>",
         "<![CDATA[x]]>", "<?xml?>", "<!DOCTYPE x>", "'", "%41", "ä & ö", "<nfgfile>"]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
def test_what_stands_between_the_tags_is_no_xml(tmp_path: Path, sign: str):
    path = tmp_path / "saved.gbt"
    path.write_text(workbook(GAME.format(sign)), encoding="utf-8")
    as_gambit(path)
    assert read(path).players[0] == "A" + sign


@pytest.mark.parametrize(
    ("before", "head"),
    [
        ("\n\n", HEAD),
        ("<!-- saved by another program; <nfgfile> & <!DOCTYPE> -->\n", HEAD),
        ("", ""),
        ("", HEAD + "<!-- a comment -->\n"),
        ("", '<?xml version="1.0"?>\n'),
    ],
    ids=["blank lines", "a comment", "no head", "a comment after it", "no encoding"],
)
def test_what_precedes_the_document(tmp_path: Path, before: str, head: str):
    path = tmp_path / "saved.gbt"
    path.write_text(workbook(GAME.format(""), before, head=head), encoding="utf-8")
    as_gambit(path)


def test_a_line_before_the_head_and_windows_line_ends(tmp_path: Path):
    """pygambit 17 refuses the line; the text behind it is read all the same, and faults name their lines."""
    path = tmp_path / "saved.gbt"
    path.write_text(workbook(GAME.format("&"), "\ufeffwritten by a script\n"), encoding="utf-8", newline="\r\n")
    assert read(path).players == ("A&", "B")
    path.write_text(workbook(GAME.format("").replace("1 0", "1 9"), "written by a script\n"), newline="\r\n")
    with pytest.raises(InputError, match=r'line 16: got "9", expected an outcome'):
        read(path)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n' + workbook(GAME.format("&e;")),
        workbook(GAME.format("&e;"), head=HEAD + '<!DOCTYPE d SYSTEM "http://localhost/d">\n'),
        workbook(GAME.format(""), head=HEAD + "<!doctype d>\n"),
        "a line\n<!-- a comment -->\n<!DOCTYPE d>\n" + workbook(GAME.format("")),
        workbook(GAME.format("") + "</nfgfile><!DOCTYPE d><nfgfile>"),
    ],
)
def test_document_types_are_refused_wherever_they_stand(tmp_path: Path, document: str):
    path = tmp_path / "saved.gbt"
    path.write_text(document)
    with pytest.raises(InputError, match="got a document type"):
        read(path)


def _analysis(profiles: str, description: str = "", kind: str = "list") -> str:
    return f'<analysis type="{kind}">\n<description>\n{description}\n</description>\n{profiles}</analysis>\n'


def _mixed(numbers: str, kind: str = "mixed") -> str:
    return f'<profile type="{kind}">\n{numbers}\n</profile>\n'


def test_all_analyses_are_read_and_others_skipped(tmp_path: Path):
    path = tmp_path / "saved.gbt"
    analyses = [
        _analysis(_mixed("1,0,1,0") + _mixed("4/5,1/5,1/5,4/5"), "Some equilibria by A & B < C"),
        _analysis(_mixed("1,0,1,0", "behav"), "in behaviour strategies"),
        _analysis("", "one of another kind", "qre"),
        _analysis(_mixed("1,0,1,0,1"), "of another game"),
        _analysis("<command>\na && b\n</command>\n" + _mixed("0,1,0,1"), "One equilibrium"),
    ]
    path.write_text(workbook(text_of(COORDINATION), analyses="".join(analyses)), encoding="utf-8")
    found = open_file(path)
    assert [(one.number, one.description) for one in found.analyses] == [
        (1, "Some equilibria by A & B < C"),
        (5, "One equilibrium"),
    ]
    half = Fraction(1, 5)
    assert [[v.tolist() for v in profile] for profile in found.analyses[0].profiles] == [
        [[1, 0], [1, 0]],
        [[1 - half, half], [half, 1 - half]],
    ]
    assert [[v.tolist() for v in profile] for profile in found.equilibria] == [[[0, 1], [0, 1]]], "which Gambit shows"
    kinds = ['"behav", expected mixed', '"qre", expected list', "got 5 numbers, expected 2+2 = 4"]
    for number, warning, kind in zip((2, 3, 4), found.warnings, kinds, strict=True):
        assert f"analysis {number} is skipped" in warning
        assert kind in warning


LABELS = [
    ["A", "A"], ["x", "x", "x_1", "x"], [""], ["", ""], ["y", "", "y", "", "2"], ["_1", "", "b"],
    ["x_1", "x", "x", "x_2"],
    ["", "1"], ["x_1", "x_1"], ["x", "x_1", "x_1", "x", "x_1_1"], ["a", "b"],
]  # fmt: skip


@pytest.mark.parametrize("labels", LABELS)
def test_labels_that_repeat_or_are_empty(tmp_path: Path, labels: list[str]):
    listed = " ".join(f'"{label}"' for label in labels)
    path = tmp_path / "game.nfg"
    path.write_text(f'NFG 1 R "t" {{ "P" }} {{ {{ {listed} }} }}\n""\n' + " ".join(map(str, range(len(labels)))) + "\n")
    as_gambit(path)
    path.write_text(
        f'NFG 1 R "t" {{ {listed} }} {{ {"2 " * len(labels)} }}\n""\n' + "0 " * len(labels) * 2 ** len(labels)
    )
    as_gambit(path)
    assert len(set(told_apart(labels))) == len(labels)


@pytest.mark.parametrize("number", ["1e-400", "-1e-400", "2.5E-399", "0e-500", "1e-3000", f"1/{10**400}"])
def test_payoffs_too_small_for_floats_are_rationals(tmp_path: Path, number: str):
    path = tmp_path / "game.nfg"
    path.write_text(f'NFG 1 R "small" {{ "A" "B" }}\n{{ 2 1 }}\n1 2\n{number} 3\n')
    as_gambit(path)
    game = read(path)
    assert game.payoffs[1, 0, 0] == Fraction(number)
    assert abs(Fraction(float(read(path, exact=False).payoffs[1, 0, 0])) - Fraction(number)) <= Fraction(
        read(path, exact=False).rounding
    )
    if len(number) < 100 and "3000" not in number:
        for suffix in (".nfg", ".gbt", ".json"):
            game.write(tmp_path / f"again{suffix}")
            assert (read(tmp_path / f"again{suffix}").payoffs == game.payoffs).all()


def test_what_floats_lose_of_tiny_payoffs_is_in_their_bound(tmp_path: Path):
    path = tmp_path / "game.nfg"
    path.write_text('NFG 1 R "tiny" { "A" }\n{ 2 }\n1e-324 3e-324\n')
    game = read(path, exact=False)
    for found, number in zip(game.payoffs[:, 0], ("1e-324", "3e-324"), strict=True):
        assert 0 < abs(Fraction(float(found)) - Fraction(number)) <= Fraction(game.rounding)


@pytest.mark.parametrize("number", ["1e-3001", "1e-99999", "1e-999999999", "1e400", "1e999999999", "1/0", f"{10**400}"])
def test_payoffs_that_no_memory_or_float_holds_are_refused(tmp_path: Path, number: str):
    path = tmp_path / "game.nfg"
    path.write_text(f'NFG 1 R "small" {{ "A" "B" }}\n{{ 2 1 }}\n1 2\n{number} 3\n')
    with pytest.raises(InputError, match="line 4: got"):
        read(path)
