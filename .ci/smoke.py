"""What an installed wheel must do, tried outside the tree; every number was derived by hand or is in the papers."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import fairgames as fg
from fairgames.games.files import read
from fairgames.solvers.registry import available

SCENARIO = """
[utility]
kind = "table"
values = [[0, "2/3"], ["2/3", 1]]
[[users]]
name = "one"
sensitivity = [0, "3/10"]
[[users]]
name = "two"
sensitivity = [0, "8/25"]
"""


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", "fairgames", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr)
    return done.stdout


def main() -> None:
    assert "site-packages" in str(fg.__file__), f"{fg.__file__} is not the installed one"
    Path("s.toml").write_text(SCENARIO, encoding="utf-8")

    # Section 5 of the papers in fractions: user 1 alone is paid 2α/3 ≥ 3/10.
    pure = json.loads(run("design", "s.toml", "--scope", "pure", "--exact", "--json"))
    assert (pure["alpha"], pure["platform_utility"], pure["profile"]) == ("9/20", "11/30", [1, 0]), pure
    mixed = json.loads(run("design", "s.toml", "--exact", "--json"))
    assert (mixed["alpha"], mixed["platform_utility"]) == ("3/5", "28/75"), mixed
    paid = json.loads(run("payments", "s.toml", "--profile", "1,1", "--alpha", "1/2", "--exact", "--json"))
    assert [Fraction(one) for one in paid["payments"]] == [Fraction(1, 4)] * 2, paid

    # Every adapter that the wheel brings is found, and works in its child process.
    names = {name.partition(":")[0] for name in available()}
    assert {"fairgames", "nashpy", "gambit"} <= names, names
    found = json.loads(run("equilibria", "s.toml", "--alpha", "3/5", "--solver", "all", "--seconds", "60", "--json"))
    assert len(found["equilibria"]) == 3, found
    reports = found["solvers"]
    worked = ("fairgames:extreme", "nashpy:support-enumeration", "gambit:enummixed")
    assert {name: reports[name]["error"] for name in worked} == dict.fromkeys(worked), reports

    for suffix in ("nfg", "gbt", "gam", "json"):
        run("export", "s.toml", "--alpha", "3/5", "-o", f"g.{suffix}")
        assert read(f"g.{suffix}").payoffs.shape == (2, 2, 2)
    run(
        "fit",
        "medpar.csv",
        "--user",
        "provider",
        "--value",
        "los",
        "--top",
        "3",
        "--sensitivity",
        "0,1,2",
        "-o",
        "h.toml",
    )
    best = json.loads(run("design", "h.toml", "--json"))
    assert 0 <= best["regret"] <= best["regret_bound"], best
    print(f"fairgames {fg.__version__} on Python {sys.version.split()[0]}: installed and sound")


if __name__ == "__main__":
    main()
