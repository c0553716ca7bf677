"""The fuzz harness: the same inputs everywhere; it sees what must not happen; some inputs of each kind pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.fuzz import judge as judging
from tests.fuzz.case import Case, Finding
from tests.fuzz.generate import KINDS, generate
from tests.fuzz.judge import judge
from tests.fuzz.shrink import shrunk

CASE = Case("scenario", ("payments", "s.toml", "--json"), (("s.toml", b"\xff\x00"),))


def test_inputs_are_of_their_seed_and_number() -> None:
    cases = [generate(7, index) for index in range(200)]
    assert {case.kind for case in cases} == set(KINDS)
    assert [case.arguments for case in cases] == [generate(7, index).arguments for index in range(200)]
    assert [Case.from_json(case.to_json()) for case in cases] == cases
    assert generate(8, 0) != cases[0]


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ('{"alpha": NaN}', "not finite"),
        ('{"alpha": 1e999}', "not finite"),
        ('{"payments": ["inf"]}', "not finite"),
        ('{"users": ["\\u001b", "\x9b31m"]}', "raw control"),
        ('{"users": ["\u202egnp"]}', "raw control"),
        ('{"interval": [0.5, "inf"], "users": ["nan"]}', None),
    ],
)
def test_what_is_printed_is_judged(monkeypatch: pytest.MonkeyPatch, printed: str, kind: str | None) -> None:
    monkeypatch.setattr("fairgames.cli.main", lambda _: click.echo(printed))
    assert [one.kind for one in judge(CASE)] == ([kind] if kind else [])


def test_tracebacks_exit_codes_files_and_time_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def kinds(main: object) -> list[str]:
        monkeypatch.setattr("fairgames.cli.main", main)
        return [one.kind for one in judge(Case("scenario", ("payments",), ()))]

    assert kinds(lambda _: 1 // 0) == ["traceback"]
    assert kinds(lambda _: sys.exit(3)) == ["exit code"]
    assert kinds(lambda _: click.echo("\x1b[2J")) == ["raw control"]  # which Click would hide from all but a terminal
    assert kinds(lambda _: sys.exit(130)) == []
    assert kinds(lambda _: Path("p.csv").write_text("user,payment\n=1+1,-0.5\n", encoding="utf-8")) == ["formula"]
    assert kinds(lambda _: Path("g.nfg").write_text("NFG nan\n", encoding="utf-8")) == ["not finite"]
    monkeypatch.setattr(judging, "PATIENCE", -1)
    assert kinds(lambda _: None) == ["slow"]


def test_inputs_are_made_smaller() -> None:
    case = Case("x", ("design", "s.toml", "--exact", "--alpha", "1"), (("s.toml", b"a = 1\nb = 2\nc = 3\nd = 4\n"),))
    found = shrunk(case, lambda one: b"c = 3" in one.files[0][1] and "--alpha" in one.arguments)
    assert found.arguments == ("design", "s.toml", "--alpha")
    assert found.files == (("s.toml", b"c = 3"),)


def test_an_input_that_hangs_is_ended(tmp_path: Path) -> None:
    """A process that never answers is told, and the next input is judged by another."""
    script = (
        "import sys, tests.fuzz.watched as w; from tests.fuzz.case import Case\n"
        "w.PATIENCE, w._GRACE = 0.0, 0.0\n"  # nobody answers at once
        "print([one.kind for _, _, some in w.judged(iter([(0, Case('x', ('design', 's'), ()))] * 2)) for one in some])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "['slow', 'slow']\n", done.stderr


@pytest.mark.parametrize("start", range(0, 150, 50))
def test_some_inputs_find_nothing(start: int) -> None:
    found: list[tuple[int, Finding]] = []
    for index in range(start, start + 50):
        found += [(index, one) for one in judge(generate(2, index)) if one.kind != "slow"]  # of no busy machine
    assert found == []
