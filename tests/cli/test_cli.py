"""The commands: JSON keys of the contract, tables, exit codes, and errors that help."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import fairgames as fg
from fairgames import cli
from tests.scenarios import CLINICS, KNIFE_EDGE, written


@pytest.fixture
def knife_edge(tmp_path: Path) -> str:
    return written(tmp_path, KNIFE_EDGE)


@pytest.fixture
def clinics(tmp_path: Path) -> str:
    return written(tmp_path, CLINICS)


def run(*arguments: str) -> Result:
    """As ``fairgames …`` would: through ``main``, which turns our errors into exit codes."""
    import click

    @click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def shell(rest: tuple[str, ...]) -> None:
        cli.main(list(rest))

    return CliRunner().invoke(shell, list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    loaded: dict[str, Any] = json.loads(result.stdout)
    return loaded


class TestDesign:
    def test_keys_and_values(self, knife_edge: str) -> None:
        got = answer("design", knife_edge, "--scope", "pure")
        assert got["alpha"] == pytest.approx(9 / 20, abs=1e-15)
        assert got["platform_utility"] == pytest.approx(11 / 30, abs=1e-15)
        assert got["utility"] == pytest.approx(2 / 3, abs=1e-15)
        assert got["payments"] == pytest.approx([0.3, 0])
        assert got["strategies"] == [[0, 1], [1, 0]]
        assert got["profile"] == [1, 0]
        assert got["regret"] == 0
        assert (got["scope"], got["selection"], got["attained"]) == ("pure", "best", True)
        assert got["interval"] == pytest.approx([9 / 20, 16 / 25])
        assert got["ties"] == []
        assert got["runner_up"]["platform_utility"] == pytest.approx(0.36)
        assert got["equilibrium_profiles"] == 4

    def test_exact_strings(self, knife_edge: str) -> None:
        got = answer("design", knife_edge, "--exact", "--scope", "pure")
        assert (got["alpha"], got["platform_utility"], got["regret"]) == ("9/20", "11/30", "0")

    def test_exact_is_refused_for_floats(self, clinics: str) -> None:
        result = run("design", clinics, "--exact")
        assert result.exit_code == 2
        assert "federated-mean utility is not rational" in result.stderr

    def test_coalition_has_no_share(self, knife_edge: str) -> None:
        got = answer("design", knife_edge, "--rule", "coalition")
        assert got["alpha"] is None
        assert got["interval"] is None
        # Eq. 11: alone a user is paid 1/3 > 0.3 and 1/3 > 0.32; together each gets 2/9, less than its cost.
        assert got["profile"] == [0, 1]
        assert got["platform_utility"] == pytest.approx(1 / 3)

    def test_budget(self, knife_edge: str) -> None:
        assert answer("design", knife_edge, "--budget", "3/10", "--scope", "pure")["profile"] == [1, 0]
        assert answer("design", knife_edge, "--budget", "0.29", "--scope", "pure")["profile"] == [0, 0]

    def test_nothing_stable_is_exit_code_1(self, tmp_path: Path) -> None:
        text = (
            KNIFE_EDGE.replace('[[0, "2/3"], ["2/3", 1]]', "[[0, 0], [0, 0]]").replace("0.32", "0").replace("0.3", "0")
        )
        result = run("design", written(tmp_path, text), "--selection", "stable")
        assert result.exit_code == 1
        assert "stable" in result.stderr

    def test_a_share_that_depends_on_utility_is_set_aside(self, tmp_path: Path) -> None:
        path = written(tmp_path, KNIFE_EDGE + "[payment]\nalpha_of_utility = [[0, 0], [1, 0.5]]\n")
        result = run("design", path, "--json")
        assert json.loads(result.stdout)["alpha"] == pytest.approx(3 / 5)
        assert "alpha_of_utility is set aside" in result.stderr
        assert run("payments", path, "--profile", "1,1", "--rule", "coalition").exit_code == 0

    def test_table_names_everybody(self, clinics: str) -> None:
        result = run("design", clinics)
        assert result.exit_code == 0
        for name in ("clinic-1", "clinic-2", "hospital"):
            assert name in result.stdout

    def test_unknown_option_value(self, clinics: str) -> None:
        result = run("design", clinics, "--selection", "nicest")
        assert result.exit_code == 2
        assert all(f"'{name}'" in result.output for name in ("best", "stable", "worst", "potential"))

    def test_too_large_is_refused_with_a_way_out(self, tmp_path: Path) -> None:
        users = "".join(f"[[users]]\nsamples = {number}\nsensitivity = [0, 0.1, 0.3]\n" for number in range(1, 41))
        result = run("design", written(tmp_path, CLINICS.partition("[[users]]")[0] + users))
        assert result.exit_code == 2
        assert "GiB" in result.stderr or "TiB" in result.stderr or "EiB" in result.stderr
        assert "fit --top" in result.stderr

    def test_many_users_alike_are_counted(self, tmp_path: Path) -> None:
        """40 clinics and a hospital: 3^41 profiles; neighbours that do the same share a line."""
        path = written(tmp_path, CLINICS.replace("count = 2", "count = 40"))
        got = answer("design", path)
        assert len(got["profile"]) == len(got["payments"]) == 41
        assert got["regret"] <= got["regret_bound"]
        assert "clinic-40 (" in run("design", path).stdout

    def test_symmetric(self, tmp_path: Path) -> None:
        """Eqs. 94 to 97 at c = 1/2: α* = 6c/(3c + 2) = 6/7, where p* = 6c/α − 3 = 1/2."""
        path = written(tmp_path, KNIFE_EDGE.replace("0.32", "0.5").replace("0.3", "0.5"))
        got = answer("design", path, "--scope", "symmetric", "--exact")
        assert (got["alpha"], got["p"], got["scope"]) == ("6/7", "1/2", "symmetric")
        assert (got["gamma_min"], got["gamma_max"], got["c_th"]) == ("1/2", "2/3", "1/3")

    def test_the_exact_answer_stands_beside_that_of_a_grid(self, knife_edge: str) -> None:
        """At 4/7, the first share of sevenths from 9/20 on, 3/7 of 2/3 is kept; exactly 11/30."""
        got = answer("design", knife_edge, "--method", "grid", "--steps", "7", "--exact")
        assert (got["alpha"], got["platform_utility"]) == ("4/7", "2/7")
        beside = got["exact_answer"]
        assert (beside["alpha"], beside["profile"], beside["platform_utility"]) == ("9/20", [1, 0], "11/30")
        said = run("design", knife_edge, "--method", "grid", "--steps", "7").stdout
        assert "Without a grid, exactly: levels (1; 0) at α = 0.45 = 9/20, platform 0.366667 = 11/30; " in said
        assert "the grid costs 0.0809524 = 17/210." in said
        assert "the grid costs nothing." in run("design", knife_edge, "--method", "grid", "--steps", "20").stdout
        assert "exact_answer" not in answer("design", knife_edge)

    def test_what_the_answer_rests_on(self, knife_edge: str) -> None:
        """At 9/20 nobody sharing is an equilibrium too; first best: both share, 1 − 31/50."""
        got = answer("design", knife_edge, "--scope", "pure", "--exact")["robustness"]
        assert got["room"] == ["0", "19/100"]
        assert (got["worst"]["profile"], got["loss"], got["tolerance"]) == ([0, 0], "11/30", "0")
        assert (got["first_best"], got["first_best_profile"]) == ("19/50", [1, 1])
        assert got["price_of_fairness"]["difference"] == "1/75"  # 19/50 − 11/30
        kept = answer("design", knife_edge, "--scope", "pure", "--exact", "--margin", "1/20")["robustness"]["margin"]
        assert (kept["alpha"], kept["platform_utility"]) == ("1/2", "1/3")

    def test_sensitivities_within_five_percent(self, knife_edge: str) -> None:
        """User 1 alone is paid 2α/3 ≥ 21/20·3/10 from α = 189/400 on."""
        got = answer("design", knife_edge, "--uncertainty", "0.05", "--exact")
        assert (got["alpha"], got["profile"], got["regret"]) == ("189/400", [1, 0], "0")
        for wrong in (("--scope", "all"), ("--verify",), ("--selection", "stable"), ("--margin", "1/9")):
            assert run("design", knife_edge, "--uncertainty", "0.05", *wrong).exit_code == 2
        assert run("design", knife_edge, "--uncertainty", "5%").exit_code == 2

    def test_verify(self, knife_edge: str) -> None:
        got = answer("design", knife_edge, "--verify", "--exact")["verification"]
        assert got["agrees"]
        assert "3/5" in [share["alpha"] for share in got["shares"]]
        assert (got["outcome"], got["by_definition"]) == ("agrees", True)
        assert "Agrees: at " in run("design", knife_edge, "--verify", "--budget", "0.25").stdout
        assert run("design", knife_edge, "--verify", "--method", "grid").exit_code == 2

    def test_who_runs_out_of_time_contradicts_nobody(self, clinics: str, monkeypatch: pytest.MonkeyPatch) -> None:
        from fairgames.solvers import verify_shares
        from fairgames.solvers.answers import Answer, late

        asked = []

        def slow(_: Any, engine: Any, seconds: float, workers: Any) -> Answer:
            asked.append(seconds)
            return Answer((), seconds, late(seconds, 0))

        monkeypatch.setattr(verify_shares, "solve", slow)
        result = run("design", clinics, "--verify", "--seconds", "0.05", "--json")
        assert result.exit_code == 0, result.output
        got = json.loads(result.stdout)["verification"]
        assert (got["outcome"], got["agrees"], got["witnesses"], got["confirmed"]) == ("undecided", False, [], 0)
        assert set(got["completed"].values()) == {0}
        assert set(asked) == {0.05}
        result = run("design", clinics, "--verify", "--seconds", "0.05")
        assert result.exit_code == 0
        assert "Undecided: at 0 of " in result.stdout
        run("design", clinics, "--verify")
        # Three users with three levels: 81 payoffs.
        assert asked[-1] == pytest.approx(10 + 81 / 10_000)

    def test_a_contradiction_is_exit_code_1(self, clinics: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody is paid a cent too much, and the definition of the payments says so."""
        from dataclasses import replace

        from fairgames.cli import design as command

        right = command.design

        def wrong(*arguments: Any) -> Any:
            found = right(*arguments)
            return replace(found, payments=found.payments + 0.01)

        monkeypatch.setattr(command, "design", wrong)
        result = run("design", clinics, "--verify", "--json")
        assert result.exit_code == 1
        got = json.loads(result.stdout)["verification"]
        assert got["outcome"] == "contradicted"
        assert any("clinic-1 is to be paid" in words for words in got["witnesses"])

    def test_nothing_about_shares_under_theorem_1(self, knife_edge: str) -> None:
        for scope in ("pure", "all"):
            said = run("design", knife_edge, "--rule", "coalition", "--scope", scope).stdout
            assert "share" not in said.replace("Theorem 1 leaves no share to choose", "")
            assert "α" not in said
        lowest = run("design", knife_edge, "--rule", "coalition", "--scope", "pure", "--budget", "0")
        assert "α" not in lowest.output

    def test_the_price_of_fairness_is_told_apart_from_the_budget(self, knife_edge: str) -> None:
        """By hand: first best 19/50, both sharing; without a budget 11/30 is kept, with 1/10 nothing.

        One user alone costs 3/10, more than the budget: within it the first best is nobody sharing, 0.
        """
        got = answer("design", knife_edge, "--scope", "pure", "--budget", "1/10", "--exact")["robustness"]
        assert got["price_of_fairness"]["relative"] == "2/57"
        assert got["price_of_budget"] == {"difference": "11/30", "ratio": None, "relative": "1"}
        assert (got["first_best"], got["first_best_in_budget"], got["budget"]) == ("19/50", "0", "1/10")
        said = run("design", knife_edge, "--scope", "pure", "--budget", "1/10").stdout
        assert "Price of fairness, without a budget: the platform would keep 0.0133333 = 1/75 less" in said
        assert (
            "Price of the budget of 0.1 = 1/10: the platform keeps 0.366667 = 11/30 less than without it, 100 % of it."
            in said
        )

    def test_differences_that_are_none_are_said_to_be_none(self, tmp_path: Path) -> None:
        """A lone clinic is paid its cost at the optimum: the first best itself, whatever rounding makes of it."""
        text = CLINICS[: CLINICS.index("[[users]]")] + "[[users]]\nsamples = 30\nsensitivity = [0, 0.1, 0.3]\n"
        path = written(tmp_path, text)
        got = answer("design", path)["robustness"]
        assert got["price_of_fairness"]["difference"] == 0
        said = run("design", path).stdout
        assert "keeps no less than the first best" in said
        assert "e-1" not in said.replace(f"{0.0:g}", "").split("Selection")[1]

    def test_a_critical_share_is_not_called_worthless(self, knife_edge: str) -> None:
        said = run("design", knife_edge, "--scope", "pure").stdout
        assert "off by 0 %" not in said
        assert "Somebody is just indifferent at this share, as at every optimum" in said
        assert "a little more of α buys a margin" in said

    def test_uncertainty_says_its_range(self, knife_edge: str) -> None:
        """Alone at 189/400 user 1 is paid 63/200: 3/200 above 3/10, nothing above 21/20 of it."""
        got = answer("design", knife_edge, "--uncertainty", "0.05", "--exact")
        assert got["uncertainty"] == "1/20"
        assert got["nominal"]["gains"] == ["3/200", "0"]
        assert got["worst_case"]["gains"] == ["0", "0"]
        assert got["worst_case"]["sensitivities"] == ["63/200", "0"]
        said = run("design", knife_edge, "--uncertainty", "0.05").stdout
        assert "for all sensitivities from 0.95 = 19/20 to 1.05 = 21/20 times the scenario's" in said
        assert "0.285 to 0.315" in said
        assert "least gain" in said

    def test_every_json_has_warnings_and_says_what_is_certain(self, knife_edge: str, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        falls = written(tmp_path / "other", KNIFE_EDGE.replace('["2/3", 1]]', '["2/3", "1/2"]]'))
        for path, expected in ((falls, ["U is not monotone"]), (knife_edge, [])):
            got = answer("design", path)
            assert got["certain"] is True
            assert [warning[:17] for warning in got["warnings"]] == [one[:17] for one in expected]
        assert answer("payments", knife_edge, "--profile", "1,1")["warnings"] == []
        assert answer("equilibria", knife_edge, "--alpha", "2/5")["certain"] is True
        exported = answer("export", knife_edge, "--alpha", "2/5", "-o", str(tmp_path / "game.gbt"))
        assert (exported["certain"], exported["warnings"]) == (True, [])
        output = tmp_path / "swept.jsonl"
        swept = answer("sweep", falls, "--vary", "utility.scale=1:2:2", "-o", str(output))
        assert swept["certain"] is True
        assert "at 2 of 2 points: U is not monotone" in swept["warnings"][0]
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
        assert all("U is not monotone" in row["warnings"][0] and row["certain"] for row in rows)

    def test_no_command_leaves_out_its_warnings(self, knife_edge: str, tmp_path: Path) -> None:
        """All commands there are: each has ``warnings``, and has in them all that it said on standard error."""
        data, store, out = tmp_path / "data.csv", tmp_path / "store.sqlite", str(tmp_path / "out")
        data.write_text("who,value\na,1\na,2\nb,4\nb,4.5\nb,6\n", encoding="utf-8")
        seen = tmp_path / "seen.csv"
        seen.write_text("alpha,one\n1/2,0\n1/4,1\n", encoding="utf-8")
        users = fg.Users(sensitivity=[[0, "1/10"]])
        box = fg.BlackBoxUtility(lambda profile: float(sum(profile)), [0, 1], n_users=1, store=store)
        fg.design(fg.PaymentGame(box, users))
        (tmp_path / "other").mkdir()
        falls = written(tmp_path / "other", KNIFE_EDGE.replace('["2/3", 1]]', '["2/3", "1/2"]]'))
        calls = {
            "init": [["init", out + "-new.toml"]],
            "fit": [["fit", str(data), "--user", "who", "--value", "value", "-o", out + ".toml"]],
            "payments": [["payments", knife_edge, "--profile", "1,1"]],
            "design": [
                ["design", falls],
                ["design", falls, "--uncertainty", "1/10"],
                ["design", falls, "--selection", "logit", "--precision", "3"],
                ["design", knife_edge, "--verify"],
            ],
            "sweep": [["sweep", falls, "--vary", "utility.scale=1:2:2", "-o", out + ".csv"]],
            "equilibria": [
                ["equilibria", falls, "--alpha", "2/5"],
                ["equilibria", falls, "--alpha", "2/5", "--reduce"],
                ["equilibria", falls, "--alpha", "2/5", "--solver", "fairgames:best-response"],
            ],
            "played": [
                ["played", falls, "--alpha", "2/5"],
                ["played", falls, "--alpha", "2/5", "--solver", "fairgames"],
            ],
            "learn": [
                ["learn", knife_edge, str(seen)],
                ["learn", knife_edge, str(seen), "--slack", "-o", str(tmp_path / "l.toml")],
            ],
            "audit": [["audit", falls], ["audit", knife_edge, "--rule", "nucleolus", "--compare"]],
            "report": [["report", falls, "--solver", "fairgames", "-o", out + ".md"]],
            "correlated": [["correlated", falls, "--alpha", "2/5"], ["correlated", knife_edge, "--coarse"]],
            "crosscheck": [["crosscheck", falls, "--alpha", "2/5", "--solver", "fairgames"]],
            "compare": [["compare", knife_edge, falls]],
            "plot": [["plot", falls, "-o", out + ".svg"], ["plot", falls, "paths", "-o", out + ".svg"]],
            "export": [["export", falls, "--alpha", "2/5", "-o", out + ".nfg"]],
            "evaluations": [
                ["evaluations", str(store), "list"],
                ["evaluations", str(store), "verify"],
                ["evaluations", str(store), "export", "-o", out + ".jsonl"],
                ["evaluations", str(store), "prune", "--failed"],
            ],
            "reproduce": [["reproduce", "fig4", "-o", out], ["reproduce", "fig8", "-o", out]],
        }
        assert set(calls) == set(cli._COMMANDS) - {"explore", "help"}  # one serves until ^C
        for arguments in (one for several in calls.values() for one in several):
            result = run(*arguments, "--json")
            assert result.exit_code == 0, (arguments, result.output)
            got = json.loads(result.stdout)
            said = [line.removeprefix("Warning: ") for line in result.stderr.splitlines() if line.startswith("Warning")]
            assert got["warnings"] == said, arguments
            if arguments[0] not in ("init", "learn", "fit", "payments", "evaluations"):
                assert got["certain"] is (arguments[1] != "fig4"), arguments

    def test_grid(self, knife_edge: str) -> None:
        """9/20 is a grid point of 20 steps; of 4 steps, 1/2 is the first at which user 1 shares."""
        assert answer("design", knife_edge, "--method", "grid", "--steps", "20", "--exact")["alpha"] == "9/20"
        got = answer("design", knife_edge, "--method", "grid", "--steps", "4", "--exact")
        assert (got["alpha"], got["platform_utility"], got["method"]) == ("1/2", "1/3", "grid")
        result = run("design", knife_edge, "--method", "grid", "--selection", "worst")
        assert result.exit_code == 2
        assert "method 'grid' looks for the best pure equilibrium" in result.stderr


class TestPayments:
    def test_keys_and_values(self, knife_edge: str) -> None:
        got = answer("payments", knife_edge, "--profile", "1,1")
        assert got["users"] == ["one", "two"]
        assert got["payments"] == [0.5, 0.5]  # eq. 12
        assert (got["platform"], got["utility"], got["efficiency_residual"]) == (0, 1, 0)
        assert (got["method"], got["error_bound"]) == ("subsets", 0)

    def test_in_cents_the_sum_stays(self, tmp_path: Path) -> None:
        """U = 100.01 among three alike, α = 1/3: 33.34 is the nearest to what is paid, a cent more than three times."""
        text = 'values = [[[0, 99], [99, 99]], [[99, 99], [99, "100.01"]]]\ncurrency = "EUR"\n'
        text = f'[utility]\nkind = "table"\n{text}[[users]]\ncount = 3\n'
        path = written(tmp_path, text)
        got = answer("payments", path, "--profile", "1", "--alpha", "1/3", "--round", "0.01", "--exact")
        assert got["payments"] == ["278/25", "1111/100", "1111/100"]
        assert (got["platform"], got["percent"]) == ("6667/100", ["55600/1667", "55550/1667", "55550/1667"])
        told = {"unit": "1/100", "total": "1667/50", "before": "10001/300", "raised": 1, "largest_change": "7/900"}
        assert got["rounded"] == {"method": "largest remainders", **told}
        shown = run("payments", path, "--profile", "1", "--alpha", "1/3", "--round", "0.01").stdout
        for words in ("payment (EUR)", "11.12", "33.4 %", "0.01 EUR by largest remainders: together 33.34 EUR"):
            assert words in shown

    @pytest.mark.parametrize("unit", ["0", "-0.01", "a cent", "nan"])
    def test_no_unit_to_round_to(self, knife_edge: str, unit: str) -> None:
        result = run("payments", knife_edge, "--profile", "1,1", f"--round={unit}")
        assert result.exit_code == 2
        assert "--round: expected" in result.stderr

    def test_theorem_1(self, knife_edge: str) -> None:
        got = answer("payments", knife_edge, "--profile", "1,1", "--rule", "coalition", "--exact")
        assert (got["payments"], got["platform"]) == (["2/9", "2/9"], "5/9")  # eq. 11

    def test_theorem_1_takes_no_share(self, knife_edge: str) -> None:
        result = run("payments", knife_edge, "--profile", "1,1", "--rule", "coalition", "--alpha", "1/2")
        assert result.exit_code == 2
        assert "has no share" in result.stderr

    def test_profile_a_row_or_a_user(self, clinics: str) -> None:
        assert answer("payments", clinics, "--profile", "2,1")["profile"] == [2, 2, 1]
        assert answer("payments", clinics, "--profile", "2,0,1")["profile"] == [2, 0, 1]

    def test_profile_missing_names_the_users(self, clinics: str) -> None:
        result = run("payments", clinics)
        assert result.exit_code == 2
        assert "clinic-1, clinic-2, hospital" in result.stderr

    def test_level_of_the_scenario(self, tmp_path: Path) -> None:
        text = CLINICS.replace("samples = 300\n", "samples = 300\nlevel = 1\n").replace(
            "count = 2", "count = 2\nlevel = 2"
        )
        assert answer("payments", written(tmp_path, text))["profile"] == [2, 2, 1]

    @pytest.mark.parametrize("profile", ["1", "1,2,3,4,5", "2,x", "9,9", "-1,0"])
    def test_bad_profiles(self, clinics: str, profile: str) -> None:
        result = run("payments", clinics, f"--profile={profile}")
        assert result.exit_code == 2
        assert "profile" in result.stderr

    @pytest.mark.parametrize("alpha", ["1.1", "-0.1", "nan", "a third"])
    def test_bad_shares(self, clinics: str, alpha: str) -> None:
        result = run("payments", clinics, "--profile", "2,2", f"--alpha={alpha}")
        assert result.exit_code == 2
        assert "alpha" in result.stderr

    def test_share_that_depends_on_utility(self, tmp_path: Path) -> None:
        text = KNIFE_EDGE + "[payment]\nalpha_of_utility = [[0, 0], [1, 0.5]]\n"
        got = answer("payments", written(tmp_path, text), "--profile", "1,0", "--exact")
        assert (got["alpha"], got["payments"]) == ("1/3", ["2/9", "0"])

    def test_csv(self, clinics: str, tmp_path: Path) -> None:
        output = tmp_path / "payments.csv"
        got = answer("payments", clinics, "--profile", "2,1", "-o", str(output))
        with output.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["user"] for row in rows] == got["users"]
        assert [float(row["payment"]) for row in rows] == got["payments"]

    def test_a_crowd_has_a_line_for_those_who_are_alike(self, tmp_path: Path) -> None:
        """Wherever they stand in the file; what is written and the JSON have everybody."""
        phones = "".join(f"phone{number},{10 + 10 * (number % 2)},2\n" for number in range(1001))
        (tmp_path / "phones.csv").write_text(f"name,samples,level\n{phones}last,7,1\n")
        path = written(tmp_path, 'users = "phones.csv"\n' + CLINICS[: CLINICS.index("[[users]]")])
        result = run("payments", path, "-o", str(tmp_path / "all.csv"))
        assert result.exit_code == 0, result.output
        lines = [line for line in result.stdout.splitlines() if line.startswith("│")]
        for line, start in zip(lines, ("phone0 and 500 more", "phone1 and 499 more", "last "), strict=True):
            assert start in line
        assert (
            "Of 1,002 users, those alike in level and payment share a line. -o FILE.csv writes them all."
            in result.stdout
        )
        assert len((tmp_path / "all.csv").read_text().splitlines()) == 1003
        assert len(answer("payments", path)["payments"]) == 1002

    def test_negative_payments_are_said(self, tmp_path: Path) -> None:
        # Design 4: very heterogeneous users; a second member of the aggregate lowers U.
        text = CLINICS.replace("between_user_variance = 1\n", "between_user_variance = 100\n")
        text = text.replace("within_user_variance = 10\n", "within_user_variance = 1\n").replace(
            "samples = 30\n", "samples = 1\n"
        )
        result = run("payments", written(tmp_path, text), "--profile", "1,1", "--json")
        assert result.exit_code == 0
        assert "not monotone" in result.stderr


class TestEquilibria:
    def test_keys(self, knife_edge: str) -> None:
        got = answer("equilibria", knife_edge, "--alpha", "3/5", "--exact")
        strategies = [equilibrium["strategies"] for equilibrium in got["equilibria"]]
        assert [["1/5", "4/5"], ["0", "1"]] in strategies  # the knife edge of the design note
        assert [["0", "1"], ["1", "0"]] in strategies
        assert got["degenerate"] is True
        assert all(equilibrium["regret"] == "0" and equilibrium["exact"] for equilibrium in got["equilibria"])
        for engine in ("fairgames:pure", "nashpy:support-enumeration", "nashpy:lemke-howson"):
            assert set(got["solvers"][engine]) >= {"found", "missed", "repeated", "wrong", "seconds", "error"}

    def test_many_users_play_pure(self, clinics: str) -> None:
        got = answer("equilibria", clinics, "--alpha", "0.4", "--solver", "fairgames:pure")
        assert got["equilibria"]
        assert all(entry["regret"] <= 1e-9 for entry in got["equilibria"])

    def test_alpha_is_asked_for(self, clinics: str) -> None:
        result = run("equilibria", clinics)
        assert result.exit_code == 2
        assert "--alpha" in result.stderr

    def test_unknown_solver(self, clinics: str) -> None:
        result = run("equilibria", clinics, "--alpha", "0.4", "--solver", "nashpi")
        assert result.exit_code == 2
        assert "nashpy" in result.stderr

    def test_table(self, knife_edge: str) -> None:
        result = run("equilibria", knife_edge, "--alpha", "3/5")
        assert result.exit_code == 0
        assert "degenerate" in result.stdout
        assert "0.2 = 1/5" in result.stdout


class TestFit:
    DATA = "hospital,stay\na,1\na,3\nb,5\nb,9\nb,7\n"

    def test_keys(self, tmp_path: Path) -> None:
        data, output = tmp_path / "stays.csv", tmp_path / "fitted.toml"
        data.write_text(self.DATA, encoding="utf-8")
        got = answer(
            "fit", str(data), "--user", "hospital", "--value", "stay", "--sensitivity", "0,1/3,1", "-o", str(output)
        )
        # By hand: SSW = 2 + 8, r² = 10/3; means 2 and 7, SSB = 2·9 + 3·4 = 30, n₀ = 5 − 13/5 = 2.4.
        assert got["within_user_variance"] == pytest.approx(10 / 3)
        assert got["between_user_variance"] == pytest.approx((30 - 10 / 3) / 2.4)
        assert (got["users"], got["samples"]) == (["b", "a"], [3, 2]) or (got["users"], got["samples"]) == (
            ["a", "b"],
            [2, 3],
        )
        assert answer("payments", str(output), "--profile", "2,2")["utility"] > 0

    def test_numbers_with_a_decimal_comma_are_told_how_to_be_written(self, tmp_path: Path, knife_edge: str) -> None:
        data = tmp_path / "stays.csv"
        data.write_text("hospital,stay\na,1\na,2\nb,4\nb,6\n", encoding="utf-8")
        asked = ("fit", str(data), "--user", "hospital", "--value", "stay", "-o", str(tmp_path / "s.toml"))
        told = run(*asked, "--sensitivity", "0;0,3;0,6")
        assert told.exit_code == 2
        assert "commas between them, such as 0,0.3,0.6" in told.stderr
        assert "write 0.01" in run("payments", knife_edge, "--profile", "1,1", "--round", "0,01").stderr
        assert "write 2.5" in run("design", knife_edge, "--budget", "2,5").stderr

    @pytest.mark.parametrize(
        "arguments",
        [
            ("design", "--margin"),
            ("design", "--budget"),
            ("design", "--selection", "worst", "--budget"),
            ("design", "--method", "grid", "--budget"),
            ("payments", "--profile", "1,1", "--tolerance"),
            ("audit", "--tolerance"),
        ],
    )
    def test_amounts_beyond_every_float_are_refused(self, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        path = written(tmp_path, CLINICS)
        told = run(arguments[0], path, *arguments[1:], "1e400")
        assert (told.exit_code, type(told.exception)) == (2, SystemExit)
        assert "expected a number between -1.8e308 and 1.8e308, got '1e400'" in told.stderr

    def test_without_sensitivity_warns(self, tmp_path: Path) -> None:
        data = tmp_path / "stays.csv"
        data.write_text(self.DATA, encoding="utf-8")
        result = run("fit", str(data), "--user", "hospital", "--value", "stay", "-o", str(tmp_path / "s.toml"))
        assert result.exit_code == 0
        assert "sensitivity" in result.stderr
        got = answer("fit", str(data), "--user", "hospital", "--value", "stay", "-o", str(tmp_path / "s.toml"))
        assert any("sensitivity" in warning for warning in got["warnings"])

    def test_missing_column(self, tmp_path: Path) -> None:
        data = tmp_path / "stays.csv"
        data.write_text(self.DATA, encoding="utf-8")
        result = run("fit", str(data), "--user", "hospitl", "--value", "stay", "-o", str(tmp_path / "s.toml"))
        assert result.exit_code == 2
        assert "hospital" in result.stderr


def test_no_scenario_no_traceback() -> None:
    result = run("design", "nowhere.toml")
    assert result.exit_code == 2
    assert "nowhere.toml" in result.stderr
    assert "Traceback" not in result.output


def test_mistyped_command() -> None:
    result = run("desing", "x")
    assert result.exit_code == 2
    assert "did you mean 'design'?" in result.stderr


def test_names_cannot_drive_the_terminal(tmp_path: Path) -> None:
    text = KNIFE_EDGE.replace('"one"', '"[red]\\u001b[2Jone"')
    result = run("design", written(tmp_path, text))
    assert result.exit_code == 0
    assert "\x1b[2J" not in result.stdout
    assert "[red]\\x1b[2Jone" in result.stdout


def test_progress_shows_on_a_terminal_only(clinics: str, tmp_path: Path) -> None:
    """On a pseudo-terminal a bar is drawn once work takes long; without one nothing is."""
    script = (
        "import time\n"
        "from fairgames import progress\n"
        "from fairgames.cli import show\n"
        "show._PATIENCE_SECONDS = 0.05\n"
        "with show.progress_bar():\n"
        "    for _ in progress.track(range(10), 'working'):\n"
        "        time.sleep(0.05)\n"
    )
    main, child = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", script], stderr=child, env={**os.environ, "TERM": "xterm"})
    process.wait(timeout=30)
    os.close(child)
    assert b"working" in os.read(main, 100_000)
    os.close(main)
    quiet = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=30, check=True)
    assert quiet.stderr == b""


def test_equilibria_under_a_share_of_utility_are_without_a_potential(tmp_path: Path) -> None:
    """At α(U) = U/2 both sharing pays 1/2·1/2 < 3/10: only nobody sharing is left, and it is said why to mind."""
    path = written(tmp_path, KNIFE_EDGE + "[payment]\nalpha_of_utility = [[0, 0], [1, 0.5]]\n")
    result = run("equilibria", path, "--json", "--exact")
    found = json.loads(result.stdout)["equilibria"]
    assert [one["strategies"] for one in found] == [[["1", "0"], ["1", "0"]]]
    assert "need not have a potential" in result.stderr
    assert "potential" not in run("equilibria", path, "--alpha", "1/2").stderr


class TestGameFiles:
    """A game that exists already; the equilibria are those of coordination, by hand."""

    GAME = 'NFG 1 R "coordination" { "A" "B" }\n{ { "x" "x" } { "" "b" } }\n""\n2 1 0 0 0 0 1 2\n'

    @pytest.mark.parametrize("command", ["equilibria", "crosscheck"])
    @pytest.mark.parametrize("suffix", [".nfg", ".gbt", ".json", ".gam"])
    def test_equilibria(self, tmp_path: Path, suffix: str, command: str) -> None:
        (tmp_path / "first.nfg").write_text(self.GAME)
        game = fg.NormalFormGame.read(tmp_path / "first.nfg")
        game.write(tmp_path / f"game{suffix}")
        got = answer(command, str(tmp_path / f"game{suffix}"), "--solver", "fairgames", "--exact")
        found = sorted(one["strategies"][0][0] for one in got["equilibria"])
        assert found == ["0", "1", "2/3"]
        if suffix != ".gam":
            assert (got["title"], got["users"], got["levels"]) == (
                "coordination", ["A", "B"], [["x_1", "x_2"], ["_1", "b"]],
            )  # fmt: skip

    def test_skipped_analyses_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "first.nfg").write_text(self.GAME)
        game, path = fg.NormalFormGame.read(tmp_path / "first.nfg"), tmp_path / "game.gbt"
        game.write(path, [([1, 0], [1, 0])])
        path.write_text(path.read_text().replace("1,0,1,0", "1,0,1"))
        assert "analysis 1 is skipped: profile 1: got 3 numbers" in run("equilibria", str(path)).stderr

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("--alpha", "1/2"), "--alpha: "),
            (("--rule", "users"), "--rule: "),
            (("--solver", "fairgames:best-response"), "asks for a scenario"),
        ],
    )
    def test_what_only_scenarios_have(self, tmp_path: Path, options: tuple[str, ...], told: str) -> None:
        (tmp_path / "game.nfg").write_text(self.GAME)
        result = run("equilibria", str(tmp_path / "game.nfg"), *options)
        assert result.exit_code == 2
        assert told in result.stderr

    @pytest.mark.parametrize("command", ["design", "payments", "sweep", "export", "plot"])
    def test_other_commands_say_where_it_belongs(self, tmp_path: Path, command: str) -> None:
        (tmp_path / "game.nfg").write_text(self.GAME)
        more = {
            "sweep": ("--vary", "budget=1:2:2", "-o", "o.csv"),
            "export": ("--alpha", "1", "-o", "o.nfg"),
            "plot": ("-o", "o.svg"),
        }
        result = run(command, str(tmp_path / "game.nfg"), *more.get(command, ()))
        assert result.exit_code == 2
        assert "fairgames equilibria game.nfg" in result.stderr


class TestSuffixes:
    @pytest.mark.parametrize("name", ["pay.xls", "pay.parquet", "pay.csv.gz", "pay.txt"])
    @pytest.mark.parametrize("command", ["payments", "design", "equilibria"])
    def test_an_answer_is_not_written_under_another_name(
        self, clinics: str, tmp_path: Path, name: str, command: str
    ) -> None:
        result = run(command, clinics, "-o", str(tmp_path / name))
        assert result.exit_code == 2
        assert f"got the suffix {Path(name).suffix}, expected one of .json, .csv, .xlsx, .md" in result.stderr
        assert not (tmp_path / name).exists()

    @pytest.mark.parametrize("name", ["pay.csv", "PAY.CSV", "pay"])
    def test_payments_as_csv(self, knife_edge: str, tmp_path: Path, name: str) -> None:
        assert run("payments", knife_edge, "--profile", "1,1", "-o", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_text().startswith("user,level,payment\n")


def test_design_without_any_cost_warns(tmp_path: Path) -> None:
    """As ``fit`` writes a scenario when it is told no costs; one cost is enough to be silent."""
    (tmp_path / "d.csv").write_text("u,v\na,1\na,2\nb,3\nb,5\n")
    path = str(tmp_path / "s.toml")
    assert run("fit", str(tmp_path / "d.csv"), "--user", "u", "--value", "v", "-o", path).exit_code == 0
    assert any("sensitivity: 0 at every level" in told for told in answer("design", path)["warnings"])
    assert any(
        "sensitivity: 0 at every level" in told for told in answer("design", path, "--method", "path")["warnings"]
    )
    text = Path(path).read_text()
    Path(path).write_text(text.replace("sensitivity = [0, 0, 0]", "sensitivity = [0, 0, 0.1]", 1))
    assert not any("sensitivity" in told for told in answer("design", path)["warnings"])


def test_reduce(knife_edge: str, tmp_path: Path) -> None:
    """At 9/10 sharing pays whoever shares, 9/20 − 8/25 at least: not sharing falls, for both at once."""
    got = answer("equilibria", knife_edge, "--alpha", "9/10", "--reduce", "--exact")
    fell = [(one["player"], one["strategy"], one["by"], one["round"]) for one in got["reduced"]["eliminated"]]
    assert fell == [("one", "0", ["0", "1"], 1), ("two", "0", ["0", "1"], 1)]
    assert got["reduced"]["kept"] == [[1], [1]]
    assert [one["strategies"] for one in got["equilibria"]] == [[["0", "1"], ["0", "1"]]]
    assert "reduced" not in answer("equilibria", knife_edge, "--alpha", "9/10")
    shown = run("equilibria", knife_edge, "--alpha", "9/10", "--reduce").stdout
    assert "Strict dominance: 2 strategies fell in 1 round; 1 of 4 profiles are left." in shown
    told = answer("export", knife_edge, "--alpha", "9/10", "--reduce", "-o", str(tmp_path / "left.nfg"))
    assert (told["profiles"], told["reduced"]["kept"]) == (1, [[1], [1]])
    refused = run("export", knife_edge, "--alpha", "9/10", "--reduce", "-o", str(tmp_path / "left.agg"))
    assert refused.exit_code == 2
    assert "--reduce: action graphs are written from counts" in refused.stderr
    alone = run("equilibria", knife_edge, "--alpha", "9/10", "--reduce", "--solver", "fairgames:best-response")
    assert "--reduce: fairgames:best-response looks at no payoff table" in alone.stderr


def test_correlated(knife_edge: str) -> None:
    """The best share, in rationals (28/75 at 3/5, as over Nash equilibria); one share has four equilibria."""
    got = answer("correlated", knife_edge, "--exact")
    assert (got["alpha"], got["platform_utility"], got["bound"], got["mediator_adds"]) == ("3/5", "28/75", "28/75", "0")
    assert got["distribution"] == [{"profile": [0, 1], "chance": "1/5"}, {"profile": [1, 1], "chance": "4/5"}]
    one = answer("correlated", knife_edge, "--alpha", "1/2", "--exact")
    # U − Σc where one of them shares alone: 2/3 − 3/10; a third is kept.
    assert (one["welfare"]["nash_best"], one["platform"]["nash_best"]) == ("11/30", "1/3")
    for command in (("--alpha", "1/2", "--gap", "1"), ("--rule", "coalition", "--gap", "1")):
        assert "--gap: is for the search for the best share" in run("correlated", knife_edge, *command).stderr
