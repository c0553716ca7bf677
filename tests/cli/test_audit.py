"""``fairgames audit``: the keys of the contract, what people read, and where a rule may come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairgames.audit.finding import AXIOMS, NAMES
from fairgames.cli.schemas import schemas
from tests.cli.test_cli import answer, run
from tests.scenarios import CLINICS, KNIFE_EDGE, written

PAY = '''
def bonus(utility, profile):
    """Half to each who shares, and a bonus for the first."""
    total, n = utility(profile), sum(map(bool, profile)) or 1
    return [(total / n / 2 + (user == 0) if level else 0) for user, level in enumerate(profile)]
'''


@pytest.fixture
def knife_edge(tmp_path: Path) -> str:
    return written(tmp_path, KNIFE_EDGE)


def test_keys(knife_edge: str) -> None:
    got = answer("audit", knife_edge, "--rule", "users", "--exact")
    for name in (*AXIOMS, "assumption-1", "assumption-2"):
        assert {"holds", "worst_violation", "witness"} <= set(got[name])
    assert [got[name]["holds"] for name in ("B.i", "B.ii", "B.iii")] == [True] * 3
    assert got["A.i"]["worst_violation"] == "2/3"
    assert got["A.i"]["witness"]["users"] == ["one", "platform"]
    assert got["A.i"]["witness"]["amounts"] == {"paid to one": "2/3", "paid to platform": "0"}
    assert (got["alpha"], got["scope"], got["certain"], got["warnings"]) == ("1", "all", True, [])


@pytest.mark.parametrize("options", [(), ("--compare",), ("--rule", "nucleolus"), ("--rule", "per-record")])
def test_json_is_what_its_schema_says(tmp_path: Path, options: tuple[str, ...]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for text in (KNIFE_EDGE, CLINICS):
        if "per-record" in options and text is KNIFE_EDGE:
            continue
        got = answer("audit", written(tmp_path, text), *options)
        jsonschema.Draft202012Validator(schemas()["audit-1"]).validate(got)
        assert [key for key in got if key in NAMES] == list(NAMES)
        assert len(got["rules"]) == 10 * ("--compare" in options)


def test_a_function_of_a_file(tmp_path: Path, knife_edge: str) -> None:
    (tmp_path / "pay.py").write_text(PAY, encoding="utf-8")
    got = answer("audit", knife_edge, "--rule", f"{tmp_path / 'pay.py'}:bonus", "--exact")
    assert got["B.i"]["holds"] is False
    assert got["B.i"]["worst_violation"] == "1"
    assert got["source"] == "Half to each who shares, and a bonus for the first."
    result = run("audit", knife_edge, "--rule", f"{tmp_path / 'pay.py'}:bonus", "--alpha", "1/2")
    assert result.exit_code == 2
    assert "says itself what is paid" in result.stderr


def test_rules_that_need_what_is_not_there(knife_edge: str) -> None:
    result = run("audit", knife_edge, "--rule", "per-record")
    assert result.exit_code == 2
    assert "weighs users by their samples" in result.stderr
    compared = {facts["rule"]: facts for facts in answer("audit", knife_edge, "--compare")["rules"]}
    assert "samples" in compared["per-record"]["why_not"]
    assert compared["nucleolus"]["why_not"] == ""


def test_what_people_read(tmp_path: Path, knife_edge: str) -> None:
    said = run("audit", knife_edge, "--rule", "users", "--compare", "--profile", "1,1").stdout
    assert "yet one gets 0.666667 = 2/3 and the platform keeps 0" in said
    assert "users: who gains and who loses" in said
    assert "users: two would gain 0.166667 = 1/6 by leaving." in said
    out = tmp_path / "audit.json"
    assert run("audit", knife_edge, "-o", str(out)).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["B.i"]["holds"] is True
    table = tmp_path / "audit.csv"
    assert run("audit", knife_edge, "-o", str(table)).exit_code == 0
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "name,holds,worst violation,sentence"
    assert len(lines) == 1 + len(NAMES)
    assert "complian" not in said + run("audit", "--help").stdout


def test_a_scenario_s_share_of_u(tmp_path: Path) -> None:
    """α as a function of U: B.iii holds with α(ρ) held; A.iii, which knows no α, does not."""
    text = KNIFE_EDGE + "[payment]\nalpha_of_utility = [[0, 0.2], [1, 0.6]]\n"
    got = answer("audit", written(tmp_path, text), "--exact")
    assert got["alpha"] == "a function of U"
    assert [got[name]["holds"] for name in ("B.i", "B.ii", "B.iii")] == [True] * 3
    assert got["A.iii"]["holds"] is False
