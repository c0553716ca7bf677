"""A report: what it says is what the results say, whoever writes the names, and it is whole in itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

import fairgames as fg
from fairgames.cli import cli
from fairgames.errors import InputError
from fairgames.report import Report, answer, extract, report
from fairgames.text import number
from tests.browser import browser

ROOT = Path(__file__).parent.parent.parent
EVIL = "<script>alert(1)</script>"
SMALL = f"""
[utility]
kind = "linear-laplace"
levels = [0, 1, inf]
level_names = ["nothing", "noisy & <b>bold</b>", "all"]
scale = 1000000
currency = "EUR"

[[users]]
name = "{EVIL}"
sensitivity = [0, 100000, 300000]

[[users]]
name = "Ben | Co"
sensitivity = [0, 50000, 320000]
"""


def written(folder: Path, text: str = SMALL, name: str = "clinics.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(written(tmp_path_factory.mktemp("small")), solvers=["fairgames", "nashpy:support-enumeration"])


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten hospitals, as the tutorial has them."""
    folder = tmp_path_factory.mktemp("ten")
    path = folder / "ten.toml"
    data = str(ROOT / "examples" / "medpar.csv")
    options = ["--user", "provider", "--value", "los", "--top", "10", "--sensitivity", "0,0.6,1.2", "-o", str(path)]
    assert CliRunner().invoke(cli, ["fit", data, *options]).exit_code == 0
    return path


class Page(HTMLParser):
    """Ids, what is referred to, what is loaded, and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in ((name, value or "") for name, value in attrs):
            if name == "id":
                self.ids.append(value)
            if name == "aria-labelledby":
                self.targets |= set(value.split())
            if name in ("src", "href", "xlink:href"):
                self.loaded.append(value)
            self.targets |= set(re.findall(r"url\(#([^)]+)\)", value))
            if name in ("href", "xlink:href") and value.startswith("#"):
                self.targets.add(value[1:])

    def handle_data(self, data: str) -> None:
        self.text += data


def test_numbers_are_those_of_the_results(small: Report) -> None:
    page = Page(small.html)
    best = fg.design(fg.PaymentGame(small.facts.scenario))
    assert f"Pay out α = {number(best.alpha)}" in page.text
    assert f"keeps {number(best.platform_utility)} EUR of a utility of {number(best.utility)} EUR" in page.text
    for paid in best.payments:
        assert number(float(paid)) in page.text
    for one in fg.crosscheck(fg.PaymentGame(small.facts.scenario).at(best.alpha), "fairgames").equilibria:
        for vector in one.strategies:
            for chance in vector:
                assert chance in (0, 1) or number(chance) in page.text


def test_names_are_text_and_everything_is_inside(small: Report) -> None:
    page = Page(small.html)
    assert EVIL in page.text
    assert page.tags.isdisjoint({"script", "iframe", "object", "link", "img", "b", "foreignObject", "form"})
    assert len(set(page.ids)) == len(page.ids)
    assert page.targets <= set(page.ids)
    for address in page.loaded:
        assert address.startswith(("#", "data:application/octet-stream;base64,", "data:image/png;base64,"))
    assert "default-src 'none'" in small.html


def test_every_picture_is_told_in_words(small: Report) -> None:
    pictures = re.findall(r"<svg.*?</svg>", small.html, flags=re.DOTALL)
    assert len(pictures) == 3
    for picture in pictures:
        root = ET.fromstring(picture)
        assert root.get("role") == "img"
        told = [child for child in root if child.tag.endswith(("title", "desc"))]
        assert [bool(child.text) for child in told] == [True, True]
        assert {child.get("id") for child in told} == set((root.get("aria-labelledby") or "").split())


def test_all_sections_are_there(small: Report) -> None:
    assert [section.name for section in small.sections] == [
        "question", "users", "answer", "rests-on", "assumptions", "audit", "equilibria", "glossary", "reproduction",
    ]  # fmt: skip


def test_the_scenario_comes_out_as_it_went_in(small: Report, tmp_path: Path) -> None:
    small.write(tmp_path / "report.html")
    (found,) = extract(tmp_path / "report.html", tmp_path / ".")
    assert found.read_bytes() == small.facts.scenario.path.read_bytes()


def test_files_beside_it_are_inside_too(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("a,b,utility\n0,0,0\n0,1,1\n1,0,1\n1,1,2\n", encoding="utf-8")
    (tmp_path / "who.csv").write_text("name,sensitivity_0,sensitivity_1\na,0,0.1\nb,0,0.2\n", encoding="utf-8")
    text = 'users = "who.csv"\n[utility]\nkind = "table"\nfile = "u.csv"\nlevels = [0, 1]\n'
    report(written(tmp_path, text), solvers=["fairgames"]).write(tmp_path / "r.html")
    out = tmp_path / "out"
    out.mkdir()
    assert sorted(path.name for path in extract(tmp_path / "r.html", out)) == ["clinics.toml", "u.csv", "who.csv"]
    for name in ("clinics.toml", "u.csv", "who.csv"):
        assert (out / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda html: html.replace('download="clinics.toml"', 'download="../clinics.toml"'), "no plain name"),
        (lambda html: re.sub(r'data-sha256="\w', 'data-sha256="x', html), "SHA-256 differs"),
        (lambda html: html.replace("base64,", "base64,!"), "cut or altered"),
        (lambda html: "<p>another page</p>", "no scenario inside"),
    ],
)
def test_a_report_that_was_altered_gives_nothing(small: Report, tmp_path: Path, change: object, said: str) -> None:
    assert callable(change)
    (tmp_path / "r.html").write_text(change(small.html), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        extract(tmp_path / "r.html", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_markdown_says_the_same(small: Report) -> None:
    text = small.markdown
    assert f"keeps {number(small.facts.best.platform_utility)} EUR" in text
    assert "<script>" not in text.replace(r"\<script\>", "").partition("## To compute it again")[0]
    assert r"Ben \| Co" in text
    for section in small.sections:
        assert f"\n## {section.title.replace('*', '')}" in text


def test_assumptions_are_asked_again(small: Report) -> None:
    """Each row is the design of the changed scenario, which is written out and read here."""
    scenario = small.facts.scenario
    dearer = fg.Users(
        sensitivity=[[cost * 6 / 5 for cost in row] for row in scenario.users.sensitivity or ()],
        names=scenario.users.names,
    )
    found = fg.design(fg.PaymentGame(scenario.utility, dearer))
    grid = next(block for section in small.sections if section.name == "assumptions"
                for block in section.blocks if block.kind == "grid")  # fmt: skip
    row = next(row for row in grid.rows if row[0] == "privacy costs 20 % higher")
    assert row[1:3] == [number(float(found.alpha)), number(float(found.platform_utility))]
    dear = scenario.path.with_name("scaled.toml")
    dear.write_text(SMALL.replace("scale = 1000000", "scale = 800000"), encoding="utf-8")
    cheaper = fg.design(fg.PaymentGame(fg.load(dear)))
    row = next(row for row in grid.rows if row[0] == "money per unit of the utility 20 % lower")
    assert row[1:3] == [number(float(cheaper.alpha)), number(float(cheaper.platform_utility))]


def test_who_chooses_what_is_said_in_full(tmp_path: Path) -> None:
    """From the words of each row its profile is had again; of five users the largest group is all others."""
    five = "".join(f'[[users]]\nname = "u{k}"\nsensitivity = [0, {0.01 * k}]\n' for k in range(1, 6))
    text = f'[utility]\nkind = "linear-laplace"\nlevels = [0, inf]\n{five}'
    made = report(written(tmp_path, text), solvers=["fairgames:pure"])
    grid = next(block for section in made.sections if section.name == "equilibria"
                for block in section.blocks if block.kind == "grid")  # fmt: skip
    names = made.facts.game.users.names
    assert made.facts.found is not None
    told = set()
    for row in grid.rows:
        groups = dict(reversed(part.split(" – ")) for part in row[1].split("; "))
        by_user = {name: level for who, level in groups.items() for name in who.split(", ")}
        told.add(tuple(by_user.get(name, by_user.get("all others", by_user.get("everybody"))) for name in names))
    assert len(told) == len(grid.rows)
    found = {
        tuple(names[list(vector).index(1)] for vector, names in zip(one.strategies, [["0", "inf"]] * 5, strict=True))
        for one in made.facts.found.equilibria
    }
    assert told >= found
    assert any("the answer" in row[0] for row in grid.rows)


def test_under_theorem_1_there_is_no_share(tmp_path: Path) -> None:
    made = report(written(tmp_path), rule="coalition", solvers=["fairgames"])
    assert "no share to choose" in made.html
    assert "Pay out" not in made.html


def test_a_crowd_shares_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SMALL.partition("[[users]]")[0].replace("[0, 1, inf]", "[0, inf]").replace('"noisy & <b>bold</b>", ', "")
    text += '[[users]]\nname = "phone"\ncount = 60\nsensitivity = [0, 300]\n'
    text += "".join(f'[[users]]\nname = "p{k}"\nsensitivity = [0, {400 + k}]\n' for k in range(2))
    monkeypatch.setattr(answer, "_MOST_LINES", 2)
    made = report(written(tmp_path, text))
    assert "phone-1 … phone-60 (60)" in made.html
    assert "The first 2 of 3 lines are shown." in made.html
    paid = number(float(sum(made.facts.best.payments)))
    assert f"<td>{paid}</td>" in made.html


def test_in_a_browser(small: Report, ten: Path, tmp_path: Path) -> None:
    """No violation of axe's rules, nothing on the console, and no page wider than the window."""
    small.write(tmp_path / "small.html")
    report(ten).write(tmp_path / "ten.html")
    assert (tmp_path / "ten.html").stat().st_size < 1_500_000
    with browser() as opened:
        for name in ("small.html", "ten.html"):
            for width in (390, 1280):
                seen = opened.page(tmp_path / name, width)
                assert (seen.console_errors, seen.axe_violations) == ([], [])
                assert int.from_bytes(seen.screenshot[16:20], "big") == width
        with opened.opened(tmp_path / "ten.html", 390) as (page, errors):
            # On a telephone a finding is read in words without moving the table aside.
            cells = page.query_selector_all("#audit td:nth-child(3)")
            ends = [cell.evaluate("(one) => one.getBoundingClientRect().right") for cell in cells]
            assert len(ends) > 8
            assert max(ends) <= 390
            assert errors == []
        with opened.opened(tmp_path / "small.html", 1280) as (page, errors):
            assert EVIL in page.inner_text("main")
            assert errors == []


def test_command_line(tmp_path: Path) -> None:
    path = str(written(tmp_path))
    done = CliRunner().invoke(cli, ["report", path, "--solver", "fairgames", "-o", str(tmp_path / "r.md"), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["equilibria"] >= 1
    for options in ([], ["-o", "r.docx"], ["-o", "r.md", "--extract", "x"]):
        assert CliRunner().invoke(cli, ["report", path, *options]).exit_code != 0


def test_pdf(small: Report, tmp_path: Path) -> None:
    with browser():  # skipped, or failed, where there is none
        small.write(tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


def test_without_chromium_a_pdf_is_refused(small: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"needs Chromium.* or write \.html"):
        small.write(tmp_path / "r.pdf")


def test_the_same_input_is_the_same_page(tmp_path: Path) -> None:
    """Two processes with other hash seeds write the same bytes."""
    path = written(tmp_path)
    script = (
        "import sys; from fairgames.report import report; report(sys.argv[1], solvers=['fairgames']).write(sys.argv[2])"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, str(path), str(tmp_path / f"{seed}.html")],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)},
            check=True,
        )
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()
