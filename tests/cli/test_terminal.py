"""Nothing that is printed, drawn or exported can act: escapes, controls, directions of writing, markup, formulas."""

from __future__ import annotations

import ast
import csv
import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairgames as fg
from fairgames.cli import cli, main, show
from fairgames.errors import InputError, SolverError
from fairgames.games import files
from fairgames.games.normal_form import NormalFormGame
from fairgames.plots import branches, heat, landscape, payments
from fairgames.plots.canvas import label
from fairgames.plots.files import save
from fairgames.sweep.output import Output
from fairgames.text import from_spreadsheet, lines, printable, spreadsheet_text, table
from fairgames.training.store import Store

ROOT = Path(__file__).parents[2]
#: Escape sequences (CSI, OSC, in 7 and in 8 bits), C0 and C1, DEL, what turns the direction of writing, line ends.
RUDE = [
    "\x1b]0;owned\x07\x1b[2Jann\x9b31m",
    "bob\u202etxt.exe\r\nError: paid 100",
    "=cmd|' /C calc'!A0",
    "[red]dan[/red]\x7f\x08\x08\u2066\u200f\u061c\u2028",
]
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
RUDE_CURRENCY = "\x1b[31mEUR\u202e"


def acting(text: str) -> set[str]:
    """The characters of a text that a terminal would obey; line ends are left out."""
    return {
        sign for sign in text if sign != "\n" and (unicodedata.category(sign) in ("Cc", "Zl", "Zp") or sign in TURNS)
    }


def scenario(folder: Path, names: list[str] = RUDE, currency: str = RUDE_CURRENCY) -> Path:
    users = "".join(f"[[users]]\nname = {json.dumps(name)}\nsensitivity = [0, 0.1, 0.2]\n" for name in names)
    path = folder / "rude.toml"
    path.write_text(
        f'[utility]\nkind = "linear-laplace"\nlevels = [0, 1, inf]\ncurrency = {json.dumps(currency)}\n{users}'
        .replace("\\u007f", "\\u007F").replace("\x7f", "\\u007F")
    )  # fmt: skip
    return path


def said(error: Exception) -> None:
    """An error as the command line says it."""
    show.say(show.failure(error), err=True)


def run(capfd, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capfd.readouterr()
    return int(ended.value.code or 0), out, err


# The one place --------------------------------------------------------------------------------


@given(st.text(st.characters()))
def test_a_printable_line_has_nothing_that_acts(text):
    found = printable(text)
    assert not acting(found)
    assert "\n" not in found
    assert found.isprintable()
    if text.isprintable() and len(text) <= 500:
        assert found == text


@pytest.mark.parametrize("sign", [*map(chr, [*range(32), *range(127, 160)]), *TURNS, "\u2028", "\u2029", "\udcff"])
def test_every_control_is_escaped(sign):
    assert printable(f"a{sign}b") == f"a{sign.encode('unicode_escape').decode()}b"
    assert acting(lines(f"a{sign}b")) == set()
    found = table([f"a{sign}b"], [[f"a{sign}b"]])
    assert acting(found) == set()
    assert found.count("\n") == 1


@pytest.mark.parametrize("text", ["Zoë", "北京", "α ≤ 1/2 · π", "🙂", "Ærø"])
def test_other_writing_stays(text):
    assert printable(text) == text


def test_a_long_line_keeps_both_ends():
    found = printable("begin" + "x" * 10_000 + "do this")
    assert found.startswith("beginx")
    assert found.endswith("xdo this")
    assert "9,512 characters" in found
    assert len(found) < 540


def test_only_one_place_prints():
    """All other modules of the command line hand their words to it."""
    for path in sorted((ROOT / "fairgames/cli").glob("*.py")):
        if path.name != "show.py":
            assert not re.search(
                r"click\.s?echo\((?!lines\()|(?<!_)\bprint\(|sys\.std(out|err)\.write", path.read_text()
            ), path.name


# Terminals ------------------------------------------------------------------------------------

COMMANDS = [
    ("payments", "--profile", "1,1,1,1"),
    ("payments",),
    ("design",),
    ("design", "--verify"),
    ("equilibria", "--alpha", "1/2"),
    ("equilibria", "--alpha", "1/2", "--solver", "\x1b[31mnobody\u202e"),
    ("payments", "--profile", "1\x1b[2J,\r1"),
    ("payments", "--profile", "9" * 3000),
    ("payments", "--method", "x\x1b[31m\u202e"),
    ("payments", "--alpha", "\x9b1m"),
    ("payments", "--\x1b[31m"),
    ("design", "--budget", "\x1b[31m"),
    ("sweep", "--vary", "utility.\x1b[31mscale=1:2:2", "-o", "x.csv"),
    ("export", "--alpha", "1/2", "-o", "x\x1b[31m.zip"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: ascii(" ".join(command))[:40])
def test_commands_print_nothing_that_acts(tmp_path, monkeypatch, capfd, command):
    monkeypatch.chdir(tmp_path)
    name, *options = command
    code, out, err = run(capfd, name, str(scenario(tmp_path)), *options)
    assert acting(out + err) == set()
    assert code in (0, 1, 2)
    assert not any(line.startswith("Error: paid") for line in (out + err).splitlines())
    assert max(map(len, err.splitlines()), default=0) < 700


def test_files_with_rude_names(tmp_path, monkeypatch, capfd):
    """Names of files, undecodable bytes among them, in errors and in what is said at a good end."""
    monkeypatch.chdir(tmp_path)
    path = scenario(tmp_path)
    for name in ("no\x1b[31m\u202e.toml", "no\r\nError: x.toml", os.fsdecode(b"no\xff.toml")):
        assert acting("".join(run(capfd, "design", name)[1:])) == set()
        code, out, err = run(capfd, "export", str(path), "--alpha", "1/2", "-o", f"{name}.nfg")
        assert (code, acting(out + err)) == (0, set())
    data = tmp_path / "data\x1b[31m.csv"
    data.write_text("who,x\n" + "".join(f"u{k % 4},{k * k % 7}\n" for k in range(40)))
    code, out, err = run(capfd, "fit", str(data), "--user", "who", "--value", "x", "-o", "fit\x1b[31m.toml")
    assert (code, acting(out + err)) == (0, set())


def test_cells_that_are_quoted_in_faults(tmp_path, capfd):
    users = tmp_path / "users.csv"
    users.write_text('name,"cost\x1b[31m"\nann\x9b31m,"\x1b]0;x\x07\u202e"\n')
    path = tmp_path / "s.toml"
    path.write_text('users = "users.csv"\n[utility]\nkind = "linear-laplace"\nlevels = [0, 1]\n')
    code, out, err = run(capfd, "design", str(path))
    assert code == 2
    assert acting(out + err) == set()


def test_an_error_has_a_line_a_fault(capfd):
    """Line ends of our own are kept, those in a name are not: it cannot say anything in our name."""
    said(InputError(["ann\nError: all is well: expected a number", "ben: expected a number"]))
    assert capfd.readouterr().err.splitlines() == [
        r"Error: ann\nError: all is well: expected a number", "ben: expected a number",
    ]  # fmt: skip
    said(SolverError("none of these:\n  one\x1b[31m\n  two"))
    assert capfd.readouterr().err == "Error: none of these:\n  one\\x1b[31m\n  two\n"


def test_click_s_own_errors(capfd):
    code, _, err = run(capfd, "payments", "x.toml", "--profile\x1b[31m", "1")
    assert (code, acting(err)) == (2, set())
    assert "Usage: fairgames payments" in err
    code, _, err = run(capfd, "\x1b[31m\u202e")
    assert (code, acting(err)) == (2, set())
    assert cli.name == "cli"


def test_markup_does_not_act(capfd, tmp_path):
    assert "[red]dan[/red]" in run(capfd, "design", str(scenario(tmp_path)))[1]
    bar = show._Bar()
    bar._begun -= 10
    bar("[red]step[/red]\x1b[2J", 1, 3)
    assert bar._display is not None
    with bar._display.console.capture() as captured:
        bar._display.console.print(bar._display.get_renderable())
    bar.close()
    assert "[red]step[/red]" in captured.get()
    assert "\x1b[2J" not in captured.get()


@pytest.mark.parametrize("command", [["payments", "--profile", "1,1,1,1"], ["design"], ["payments"]])
def test_on_a_real_terminal(tmp_path, command):
    """There, colours are our own; the sequences in names are not obeyed."""
    name, *options = command
    parent, child = pty.openpty()
    asked = [sys.executable, "-m", "fairgames", name, str(scenario(tmp_path)), *options]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'adapters'}", "TERM": "xterm-256color"}
    with subprocess.Popen(asked, stdout=child, stderr=child, stdin=child, env=environment, close_fds=True) as process:
        os.close(child)
        seen = b""
        while True:
            try:
                block = os.read(parent, 65536)
            except OSError:
                break
            if not block:
                break
            seen += block
        process.wait(timeout=60)
    os.close(parent)
    assert b"owned" in seen
    for part in ("\x1b]0;", "\x07", "\x1b[2J", "\x9b", "\x1b[31mEUR", "\x08", "\x7f", "\rError", "\nError: p", *TURNS):
        assert part.encode() not in seen


def test_json_stays_json(tmp_path, capfd):
    code, out, err = run(capfd, "payments", str(scenario(tmp_path)), "--profile", "1,1,1,1", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["users"] == RUDE
    assert acting(out) == set()
    assert out.isascii()


# Spreadsheets ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1+1", "'+1+1"), ("-1+1", "'-1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), ("\x00=1", "'\x00=1"), ("\x1b[31m", "'\x1b[31m"), ("＝1+1", "'＝1+1"),
        ("\x9b31m", "'\x9b31m"), ("'=1", "''=1"), ("''@", "'''@"), ("-3.5", "-3.5"), ("+1e-5", "+1e-5"), ("-", "'-"),
        ("-1-1", "'-1-1"), ("-inf", "'-inf"), ("-3.5\n", "'-3.5\n"), ("-٣", "'-٣"), ("", ""), ("Ann", "Ann"),
        ("'tis", "'tis"), ("a=b", "a=b"), ("3", "3"),
    ],
)  # fmt: skip
def test_formulas_become_text(text, cell):
    assert spreadsheet_text(text) == cell
    assert from_spreadsheet(cell) == text


@given(st.text() | st.text(st.sampled_from("'=+-@\t\r1.e")))
def test_cells_are_read_back(text):
    cell = spreadsheet_text(text)
    assert from_spreadsheet(cell) == text
    assert re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", cell) or not re.match(r"[=+\-@\x00-\x1f]", cell)


def test_payments_and_sweep_write_the_same_cells(tmp_path, capfd):
    path, out = scenario(tmp_path), tmp_path / "p.csv"
    assert run(capfd, "payments", str(path), "--profile", "1,1,1,1", "-o", str(out))[0] == 0
    with out.open(newline="", encoding="utf-8") as rows:
        cells = [row["user"] for row in csv.DictReader(rows)]
    assert cells == [spreadsheet_text(name) for name in RUDE]
    assert cells[2] == f"'{RUDE[2]}"
    assert cells[0] == f"'{RUDE[0]}"
    output = Output(tmp_path / "s.csv")
    output.write({}, {"name": "text", "payment": "number"}, [{"name": name, "payment": -3.5} for name in RUDE])
    with output.path.open(newline="", encoding="utf-8") as rows:
        found = list(csv.DictReader(rows))
    assert [row["name"] for row in found] == cells
    assert {row["payment"] for row in found} == {"-3.5"}
    assert [row["name"] for row in output.finished({})] == RUDE


def test_what_a_black_box_said_is_text_in_its_table(tmp_path, capfd):
    path, out = tmp_path / "store.sqlite", tmp_path / "e.csv"
    store = Store(path)
    key = store.utility("=1+1", "+2+3")
    assert store.claim(key, "1,0", 3) == "mine"
    store.record(key, "1,0", 3, None, "@\x1b[31mfailed\u202e", 0.5)
    store.close()
    for action in (["list"], ["verify"], ["export", "-o", str(out)]):
        code, said_out, err = run(capfd, "evaluations", str(path), *action)
        assert (code, acting(said_out + err)) == (0, set())
    with out.open(newline="", encoding="utf-8") as rows:
        (row,) = csv.DictReader(rows)
    assert (row["name"], row["version"], row["error"][:2], row["seed"]) == ("'=1+1", "'+2+3", "'@", "3")


# Pictures and games ---------------------------------------------------------------------------


def test_names_in_pictures(tmp_path):
    """SVG stays XML with nothing in it that acts; PNG can be drawn."""
    axes = payments(RUDE, [1, 2, 3, 4], currency=RUDE_CURRENCY)
    pictures = save(axes.figure, tmp_path / "pay")
    title = "t\x1b[31m\u202e"
    pictures += save(heat([0, 1], [0, 1], np.zeros((2, 2)), title, (title, "\x00y")).figure, tmp_path / "heat")
    for path in pictures:
        if path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            assert acting(text.replace("\t", "")) == set()
            assert "owned" in text or "t\\x1b" in text
            ElementTree.fromstring(text)
    assert acting("".join(map(label, RUDE))) == set()


def test_curves_with_rude_names(tmp_path):
    read = fg.load(scenario(tmp_path, RUDE[:2]))
    game = fg.PaymentGame(read.utility, read.users)
    upper, _ = landscape(fg.landscape(game), RUDE[:2], RUDE[1:], currency=RUDE_CURRENCY)
    for number, axes in enumerate([upper, branches(game, currency=RUDE_CURRENCY)]):
        svg = save(axes.figure, tmp_path / f"p{number}")[0].read_text(encoding="utf-8")
        assert acting(svg.replace("\t", "")) == set()
        ElementTree.fromstring(svg)


@pytest.mark.parametrize("suffix", [".nfg", ".gbt", ".json"])
def test_names_in_game_files(tmp_path, suffix):
    plain = NormalFormGame.from_arrays([[1, 2], [3, 4]], [[1, 2], [3, 4]])
    strategies = (tuple(RUDE[2:]), (RUDE[3], "x\x7f\x9b"))
    game = NormalFormGame(plain.payoffs, tuple(RUDE[:2]), strategies, "t\x1b\x7f\u202e")
    path = tmp_path / f"game{suffix}"
    files.write(game, path)
    text = path.read_bytes().decode("ascii")
    assert acting(text) == set()
    back = files.read(path)
    assert (back.players, back.strategies, back.title) == (game.players, game.strategies, game.title)


def test_the_check_itself_sees_what_it_should():
    assert acting("a\x1bb\u202ec\nd\x9b") == {"\x1b", "\u202e", "\x9b"}
    assert ast.literal_eval(f"'{printable(RUDE[0])}'") == RUDE[0]
