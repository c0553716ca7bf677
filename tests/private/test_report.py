"""A report and a picture of a scenario with private costs: what they say is what the results say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairgames import design
from fairgames.mechanism import PlanDesign
from fairgames.plots.of_scenario import Asked, draw
from fairgames.private import PlanGame
from fairgames.report import report
from fairgames.scenario import load
from fairgames.text import number
from tests.browser import browser

CLINICS = """
private = "costs.csv"

[utility]
kind = "linear-laplace"
levels = [0, inf]

[[users]]
name = "north"
[[users]]
name = "south"
count = {count}
"""
COSTS = """user,probability,sensitivity_0,sensitivity_inf
north,1/2,0,0.1
north,1/2,0,0.5
south,1/4,0,0.05
south,3/4,0,0.3
"""


@pytest.fixture
def scenario(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    count = getattr(request, "param", 1)
    (tmp_path / "costs.csv").write_text(COSTS)
    path = tmp_path / "clinics.toml"
    path.write_text(CLINICS.format(count=count))
    return path


def test_the_page_says_what_the_design_says(scenario: Path) -> None:
    read = load(scenario)
    found = design(PlanGame(read.utility, read.users))
    assert isinstance(found, PlanDesign)
    assert found.information_rent is not None
    made = report(scenario, solvers=["fairgames:pure"])
    text = made.markdown
    assert f"Pay out α = {number(found.alpha)}" in text
    for user in range(2):
        for row, level in enumerate(found.plan[user]):
            cells = [found.users[user], str(row + 1), number(found.chances[user][row]), found.levels[level],
                     number(float(found.interim_payments[user][row])), "0"]  # fmt: skip
            assert f"| {' | '.join(cells)} |" in text
        assert f"| {found.users[user]} | {number(float(found.information_rent[user]))} |" in text
    assert "privacy costs 20 % higher" in text
    assert "costs.csv, SHA-256" in text
    path = scenario.with_name("report.html")
    made.write(path)
    with browser() as shown:
        seen = shown.page(path, width=390)
    assert not seen.console_errors
    assert not seen.axe_violations


def test_the_landscape_has_a_line_for_each_cost_row(scenario: Path) -> None:
    read = load(scenario)
    game = PlanGame(read.utility, read.users)
    drawn = draw("landscape", Asked(read, game))
    lines = [label.get_text() for label in drawn.figure.axes[1].get_yticklabels()]
    assert sorted(lines) == sorted(game.agents.names)
    alpha = design(game).alpha
    assert alpha is not None
    assert drawn.alpha == pytest.approx(float(alpha))


@pytest.mark.parametrize("scenario", [30], indirect=True)
def test_of_many_alike_it_says_what_was_looked_at(scenario: Path) -> None:
    text = report(scenario).markdown
    assert "plans that are the same for users alike" in text
    assert "First best" in text
    assert "Plans are too many for a payoff table" in text
