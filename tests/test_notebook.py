"""In a notebook: everything that has a representation there is short, escaped and well-formed, and asks for nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

import fairgames as fg
from fairgames.games.certificate import certify

EVIL = "<script>alert(1)</script>"
VOID = {"br", "hr", "img"}


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(thing: Any) -> str:
    """What a reader sees of its HTML, which must be well-formed, short, and of our tags only."""
    html = thing._repr_html_()
    assert len(html) < 20_000
    parser = _Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert parser.seen <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    return parser.text


def users(count: int) -> fg.Users:
    names = [EVIL, *(f"user {number}" for number in range(1, count))]
    return fg.Users(sensitivity=[[0, "0.3"]] * count, names=names)


def utility(count: int) -> fg.Utility:
    return fg.LinearLaplace(count, [0, "inf"]).with_level_names(["nothing", EVIL + "!"])


def game() -> fg.PaymentGame:
    return fg.PaymentGame(utility(2), users(2))


THINGS: dict[str, Callable[[], Any]] = {
    "users": lambda: users(1000),
    "utility": lambda: utility(3),
    "game": game,
    "game of a thousand": lambda: fg.PaymentGame(utility(1000), users(1000)),
    "normal form": lambda: game().at("1/2"),
    "certificate": lambda: certify(game().at("1/2"), [[1, 0], [1, 0]]),
    "design": lambda: fg.design(game()),
    "design of many": lambda: fg.design(fg.PaymentGame(utility(200), users(200)), method="path"),
    "robustness": lambda: fg.robustness(game(), fg.design(game())),
    "payments": lambda: fg.payments(utility(2), (1, 1)),
    "payments table": lambda: fg.payments(utility(2), (1, 1)).table([EVIL, "b"]),
    "pure equilibria": lambda: fg.pure_equilibria(game()),
    "prospects": lambda: fg.played(game(), "3/5"),
    "landscape": lambda: fg.landscape(game()),
    "cross-check": lambda: fg.crosscheck(game().at("3/5"), solvers="fairgames"),
}


@pytest.mark.parametrize("name", THINGS)
def test_what_a_notebook_shows(name: str) -> None:
    text = shown(THINGS[name]())
    assert "<script>" not in THINGS[name]()._repr_html_()
    assert text.strip()


@pytest.mark.parametrize("name", ["users", "game", "normal form", "design", "payments table", "cross-check"])
def test_names_are_text(name: str) -> None:
    assert EVIL in shown(THINGS[name]())


def test_a_thousand_users_are_counted() -> None:
    text = shown(users(1000))
    assert "1,000 users" in text
    assert "… and 990 more." in text


def test_a_black_box_is_not_asked() -> None:
    def never(profile: tuple[int, ...]) -> float:
        raise AssertionError("a notebook's display cost an evaluation")

    assert "black" in shown(fg.BlackBoxUtility(never, levels=[0, 1], n_users=2, name="n", version="1")).lower()


def test_pictures_show_by_themselves() -> None:
    """Without pyplot a notebook asks the return for its PNG; with it, the figure is pyplot's, and shown once."""
    script = """
import sys
import fairgames as fg
from fairgames import plots
game = fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), fg.Users(sensitivity=[[0, .3], [0, .32]]))
def drawn():
    return [plots.landscape(fg.landscape(game), game.users.names, game.utility.level_names), plots.branches(game),
            plots.payments(["a"], [1])]
assert all(one._repr_png_().startswith(b"\\x89PNG") for one in drawn())
assert "matplotlib.pyplot" not in sys.modules
import matplotlib.pyplot as plt
alone = drawn()
assert len(plt.get_fignums()) == 3 and not any(one._repr_png_() for one in alone)
plt.show()
plt.close("all")
assert all(one._repr_png_() for one in alone)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
