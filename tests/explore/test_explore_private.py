"""The explorer where costs are private: what it shows is what the design of the saved scenario says, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fairgames as fg
from fairgames.explore import Explorer, Server, Settings
from fairgames.mechanism import PlanDesign
from fairgames.private import PlanGame
from tests.browser import axe_violations, browser

SCENARIO = """
private = "costs.csv"
[utility]
kind = "federated-mean"
between_user_variance = 1
within_user_variance = 10
levels = [0, 1, 2]
[[users]]
name = "a"
samples = 30
[[users]]
name = "b"
samples = 100
sensitivity = [0, 0.1, 0.3]
"""
COSTS = "user,probability,sensitivity_0,sensitivity_1,sensitivity_2\na,1/3,0,0.1,0.2\na,2/3,0,0.3,2\n"


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    folder = tmp_path_factory.mktemp("explore")
    (folder / "costs.csv").write_text(COSTS, encoding="utf-8")
    (folder / "two.toml").write_text(SCENARIO, encoding="utf-8")
    return Explorer(folder / "two.toml")


MOVED: list[dict[str, Any]] = [
    {},
    {"costs": 1.5, "own": [1, 2, 0.5]},
    {"variance": 2.0, "costs": 0.3, "spread": 0.5},
]


@pytest.mark.parametrize("given", MOVED, ids=str)
def test_what_is_shown_is_what_the_saved_scenario_says(
    explorer: Explorer, tmp_path: Path, given: dict[str, Any]
) -> None:
    """The scenario is saved, read again, and designed for; at the best share the page has that plan's numbers."""
    saved = tmp_path / "saved.toml"
    saved.write_text(explorer.toml(Settings.of(given, 3)), encoding="utf-8")
    scenario = fg.load(saved)
    game = PlanGame(scenario)
    best = fg.design(game)
    assert isinstance(best, PlanDesign)
    assert best.alpha is not None
    seen = explorer.view(Settings.of({**given, "alpha": float(best.alpha) + 1e-9}, 3))
    assert max(seen["landscape"]["kept"]) == pytest.approx(float(best.platform_utility), abs=1e-6)
    assert game.agents.plan(seen["levels"]) == best.plan
    assert seen["platform"] == pytest.approx(float(best.platform_utility), abs=1e-6)
    assert seen["payments"] == pytest.approx([float(t) for row in best.interim_payments for t in row], abs=1e-6)
    costs = [float(costs[level]) for own, levels in zip(game.agents.rows, best.plan, strict=True)
             for (_, costs), level in zip(own, levels, strict=True)]  # fmt: skip
    assert seen["costs"] == pytest.approx(costs)


def test_the_page_names_cost_rows(explorer: Explorer) -> None:
    facts = explorer.facts()
    assert facts["users"] == ["a at cost 1", "a at cost 2", "b"]
    assert facts["chances"] == pytest.approx([1 / 3, 2 / 3, 1])
    assert facts["private"] is True
    by_row = explorer.costs(Settings.of({"own": [1, 2, 1]}, 3))
    assert [float(row[-1]) for row in by_row] == pytest.approx([0.2, 4, 0.3])


def test_a_rule_that_is_not_fair(explorer: Explorer) -> None:
    found = Explorer(explorer.scenario, "equal-split").view(Settings.of({"alpha": 0.3}, 3))
    paid = sum(p * t for p, t in zip((1 / 3, 2 / 3, 1), found["payments"], strict=True))
    assert found["platform"] == pytest.approx(found["utility"] - paid)


def test_the_page_in_a_browser(explorer: Explorer) -> None:
    """A row for each cost row, with what it is paid once it is known, and parts of all paid by their chances."""
    with Server(explorer) as server, browser() as opened, opened.opened(server.url, 390) as (page, errors):
        page.wait_for_selector("#explorer[data-shown]")
        text = page.inner_text("main")
        parts = page.eval_on_selector_all(
            "table:first-of-type tbody td:last-child", "cells => cells.map(c => c.innerText)"
        )
        assert errors == []
        assert axe_violations(page) == []
    assert "a at cost 2" in text
    assert "once it knows its costs" in text
    assert sum(float(part.removesuffix(" %")) for part in parts if part.endswith(" %")) == pytest.approx(100, abs=0.3)
