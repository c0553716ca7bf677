"""The explorer: what it shows is what the commands say, whoever asks from elsewhere is refused, and states last."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import fairgames as fg
from fairgames.errors import InputError
from fairgames.explore import Explorer, Server, Settings
from fairgames.explore.saving import scenario_text
from fairgames.explore.widget import answer, widget
from fairgames.scenario.reader import parse
from tests.browser import axe_violations, browser, serving
from tests.scenarios import federated, user

EVIL = "<img src=x onerror=alert(1)>"
SCENARIO = federated(
    user(EVIL, 90, [0, 600, 1100], count=2),
    user("lab", 40, [0, 0, "2000/3"], importance=2, allowed=[0, 2]),
    '[payment]\nrule = "users"',
    between=13,
    within=65,
    level_names=["nothing", "aggregate", "mean"],
    scale=1000,
    currency="EUR",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("explore") / "clinics.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def explorer(path: Path) -> Explorer:
    return Explorer(path)


@pytest.fixture(scope="module")
def server(explorer: Explorer) -> Iterator[Server]:
    with Server(explorer) as running:
        yield running


MOVED: list[dict[str, Any]] = [
    {},
    {"alpha": 0.2},
    {"alpha": 0.9, "costs": 1.5},
    {"alpha": 0.6, "spread": 0.5, "own": [1, 2, 0.5]},
    {"alpha": 0.45, "variance": 2.0, "costs": 0.3},
]


@pytest.mark.parametrize("given", MOVED, ids=str)
def test_what_is_shown_is_what_the_saved_scenario_says(
    explorer: Explorer, tmp_path: Path, given: dict[str, Any]
) -> None:
    """The scenario is saved, read again, and asked by the slow exact road."""
    settings = Settings.of(given, 3)
    seen = explorer.view(settings)
    saved = tmp_path / "saved.toml"
    saved.write_text(explorer.toml(settings), encoding="utf-8")
    scenario = fg.load(saved)
    assert scenario.users.names == explorer.scenario.users.names
    game = fg.PaymentGame(scenario)
    kept, profile = fg.landscape(game).at(settings.alpha)
    assert seen["platform"] == pytest.approx(float(kept), abs=1e-6)
    assert tuple(seen["levels"]) == profile == scenario.profile
    paid = fg.payments(scenario.utility, profile, settings.alpha)
    assert seen["payments"] == pytest.approx(paid.payments.astype(float).tolist(), abs=1e-6)
    assert seen["equilibria"] == len(fg.equilibria_at(game, settings.alpha))
    best = fg.design(game, scope="pure")
    assert max(seen["landscape"]["kept"]) == pytest.approx(float(best.platform_utility), abs=1e-6)


def test_costs_are_moved_as_they_say(explorer: Explorer) -> None:
    """Everybody's by a factor, one user's by its own, and the distance from the mean by the spread."""
    plain = explorer.costs(Settings.of({}, 3))
    assert plain == ((0, 600, 1100), (0, 600, 1100), (0, Fraction(2000, 3)))
    assert explorer.costs(Settings.of({"costs": 1.5, "own": [1, 2, 1]}, 3))[1] == (0, 1800, 3300)
    alike = explorer.costs(Settings.of({"spread": 0}, 3))
    mean = Fraction(1100 + 1100 + Fraction(2000, 3)) / 3
    assert [row[-1] for row in alike] == [mean] * 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alpha": 1.5}, "from 0 to 1"),
        ({"alpha": "x"}, "alpha"),
        ({"beta": 1}, "expected alpha"),
        ({"own": [1]}, "3 numbers"),
        ({"costs": -1}, "from 0"),
        ({"costs": True}, "finite number"),
        ([1], "names and numbers"),
    ],
)
def test_settings_that_are_none(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Settings.of(given, 3)


def test_what_cannot_be_explored(path: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no share"):
        Explorer(path, "coalition")
    many = tmp_path / "many.toml"
    many.write_text(SCENARIO.replace("count = 2", "count = 20"), encoding="utf-8")
    with pytest.raises(InputError, match="too many to follow"):
        Explorer(many)


def test_saved_values_are_read_back(explorer: Explorer) -> None:
    document = {
        **parse(explorer.scenario.path),
        "payment": {"rule": "users", "alpha_of_utility": [[0, Fraction(1, 3)]]},
    }
    costs, third = explorer.costs(Settings.of({}, 3)), Fraction(1, 3)
    text = scenario_text(explorer.scenario, document, document["utility"], costs, third, None)
    found = tomllib.loads(text)
    assert found["payment"] == {"rule": "users", "alpha_of_utility": [[0, "1/3"]]}
    assert [user["name"] for user in found["users"]] == [f"{EVIL}-1", f"{EVIL}-2", "lab"]
    assert found["users"][2]["allowed"] == [0, 2]
    assert found["utility"]["level_names"] == ["nothing", "aggregate", "mean"]


def ask(
    server: Server, method: str, path: str, headers: dict[str, str] | None = None, body: str = ""
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    told = {"Host": f"127.0.0.1:{server.port}", "Content-Length": str(len(body)), **(headers or {})}
    for name, value in told.items():
        connection.putheader(name, value)
    connection.endheaders(body.encode() or None)
    response = connection.getresponse()
    found = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return found


JSON = {"Content-Type": "application/json"}


def test_the_page_and_a_view(server: Server) -> None:
    for name in ("", "page.js", "explore.js", "explore.css", "facts"):
        status, headers, content = ask(server, "GET", f"/{server.token}/{name}")
        assert (status, bool(content)) == (200, True)
        assert "access-control-allow-origin" not in headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert "http" not in content.decode().replace("http://www.w3.org/2000/svg", "")
    status, _, content = ask(server, "POST", f"/{server.token}/view", JSON, '{"alpha": 0.5}')
    assert (status, json.loads(content)["alpha"]) == (200, 0.5)


def test_the_server_is_of_this_machine_alone(server: Server) -> None:
    assert server._http.server_address[0] == "127.0.0.1"
    assert len(server.token) >= 32
    other = Server(server._http.explorer)
    other.close()
    assert other.token != server.token


@pytest.mark.parametrize(
    ("where", "headers", "status"),
    [
        ("/{token}/view", {"Host": "evil.example"}, 403),
        ("/{token}/view", {"Host": "evil.example:{port}"}, 403),
        ("/{token}/view", {"Host": "127.0.0.1"}, 403),
        ("/{token}/view", {"Origin": "http://evil.example"}, 403),
        ("/{token}/view", {"Origin": "null"}, 403),
        ("/{token}/view", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/view", {}, 403),
        ("/{short}/view", {}, 403),
        ("/x{token}/view", {}, 403),
        ("/%ff/view", {}, 403),
        ("/{token}", {}, 403),
        ("/{token}/../../etc/passwd", {}, 404),
        ("/{token}/view", {"Content-Type": "text/plain"}, 415),
        ("/{token}/view", {"Content-Length": "99999999"}, 413),
        ("/{token}/view", {"Content-Length": "-5"}, 413),
    ],
)
def test_others_are_refused(server: Server, where: str, headers: dict[str, str], status: int) -> None:
    known = {"token": server.token, "short": server.token[:-1], "port": str(server.port)}
    told = {**JSON, **{name: value.format(**known) for name, value in headers.items()}}
    found, answered, _ = ask(server, "POST", where.format(**known), told, "{}")
    assert found == status
    assert "access-control-allow-origin" not in answered


@pytest.mark.parametrize("body", ["{", '{"alpha": 2}', "[]", '{"alpha": NaN}', "null", '{"alpha": 1e999}'])
def test_nonsense_is_an_answer_of_400(server: Server, body: str) -> None:
    status, _, content = ask(server, "POST", f"/{server.token}/view", JSON, body)
    assert status == 400
    assert json.loads(content)["error"]


def test_other_methods_do_nothing(server: Server) -> None:
    for method in ("OPTIONS", "PUT", "DELETE"):
        assert ask(server, method, f"/{server.token}/view")[0] == 501


def test_command(path: Path) -> None:
    """It prints the address, serves the page, and ends with ^C."""
    command = [sys.executable, "-m", "fairgames", "explore", str(path), "--no-browser", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        with urllib.request.urlopen(url, timeout=30) as page:
            assert b"explore.js" in page.read() or page.status == 200
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert process.returncode == 0


def test_a_widget_answers_as_the_page_does(path: Path, explorer: Explorer) -> None:
    settings = {"alpha": 0.5}
    assert answer(explorer, {"id": 3, "what": "view", "settings": settings}) == {
        "id": 3,
        "answer": explorer.view(Settings.of(settings, 3)),
    }
    assert "[utility]" in answer(explorer, {"id": 4, "what": "scenario"})["answer"]["toml"]
    assert "alpha" in answer(explorer, {"id": 5, "what": "view", "settings": {"alpha": 7}})["answer"]["error"]
    assert answer(explorer, "nonsense")["id"] is None
    pytest.importorskip("anywidget")
    made = widget(path)
    assert made.facts["users"] == [f"{EVIL}-1", f"{EVIL}-2", "lab"]
    assert "export default" in made._esm


def test_in_a_browser(server: Server, tmp_path: Path) -> None:
    """Sliders are moved, the numbers follow, the state is in the address, and what is saved is a scenario."""
    with browser() as opened:
        for width in (390, 1280):
            with opened.opened(server.url, width) as (page, errors):
                page.wait_for_selector("#explorer[data-shown]")
                assert axe_violations(page) == []
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert f"{EVIL}-1" in page.inner_text("main")
                assert page.query_selector("main img") is None
                _move(page, "alpha", "0.8")
                _move(page, "costs", "0.5")
                page.wait_for_selector("#explorer[data-shown*='\"alpha\":0.8'][data-shown*='\"costs\":0.5']")
                assert "At α = 0.800" in page.inner_text(".fg-headline")
                assert "alpha=0.8" in page.url
                address = page.url
                with page.expect_download() as saving:
                    page.get_by_role("button", name="Save as scenario").click()
                saving.value.save_as(tmp_path / "saved.toml")
                assert fg.load(tmp_path / "saved.toml").users.sensitivity[0] == (0, 300, 550)  # type: ignore[index]
                assert errors == []
            with opened.opened(address, width) as (page, errors):
                page.wait_for_selector("#explorer[data-shown]")
                assert "At α = 0.800" in page.inner_text(".fg-headline")
                assert page.input_value("input[id$='-costs']") == "0.5"
                assert errors == []


def test_the_widget_in_a_browser(explorer: Explorer, tmp_path: Path) -> None:
    """What anywidget calls, with a model that asks Python; every key of a control is kept from JupyterLab."""
    static = files("fairgames.explore") / "static"
    (tmp_path / "explore.js").write_bytes((static / "explore.js").read_bytes())
    facts = json.dumps(explorer.facts()).replace("<", "\\u003c")
    (tmp_path / "index.html").write_text(NOTEBOOK.replace("FACTS", facts), encoding="utf-8")
    with (
        browser() as opened,
        serving(tmp_path) as address,
        opened.opened(f"{address}/index.html", 800) as (page, errors),
    ):
        page.expose_function("kernel", lambda message: answer(explorer, message))
        page.wait_for_selector("[data-shown]")
        page.locator("input[id$='-alpha']").focus()
        page.keyboard.press("End")
        page.wait_for_selector("[data-shown*='\"alpha\":1']")
        assert "At α = 1.000" in page.inner_text(".fg-headline")
        assert page.evaluate("settings.alpha") == 1
        # JupyterLab looks from the focused element upwards, and its own selectors match that element first.
        controls = page.evaluate(
            "[...document.querySelectorAll('*')].filter((one) => one.tabIndex >= 0)"
            ".map((one) => one.getAttribute('data-lm-suppress-shortcuts'))"
        )
        assert len(controls) > 8
        assert set(controls) == {"true"}
        assert errors == []


#: What a notebook gives to the widget: a model that sends messages, answers them, and keeps traits.
NOTEBOOK = """<!doctype html><title>x</title><main></main><link rel="icon" href="data:,"><script type="module">
import widget from "./explore.js";
const heard = {};
window.facts = FACTS;
window.settings = {};
const model = {
  get: (name) => window[name],
  set: (name, value) => { window[name] = value; },
  save_changes: () => {},
  on: (what, act) => { heard[what] = act; },
  off: () => {},
  send: async (message) => {
    while (!window.kernel) await new Promise((resolve) => setTimeout(resolve, 10));
    heard["msg:custom"](await window.kernel(message));
  },
};
widget.render({ model, el: document.querySelector("main") });
</script>"""


def _move(page: Any, name: str, value: str) -> None:
    page.locator(f"input[id$='-{name}']").first.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", value
    )
