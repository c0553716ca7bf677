"""What ships: a forgotten line in pyproject.toml drops an adapter silently, so look into the packages."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Where adapters announce themselves.
GROUPS = ("fairgames.solvers", "fairgames.programs", "fairgames.federations")
ADAPTERS = sorted(path.parent for path in ROOT.glob("adapters/fairgames_*/__init__.py"))


def build(target: str, source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (package,) = folder.iterdir()
    return package


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build("wheel", ROOT, tmp_path_factory.mktemp("wheel")))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> tarfile.TarFile:
    return tarfile.open(build("sdist", ROOT, tmp_path_factory.mktemp("sdist")))


def read(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def entry_points(wheel: zipfile.ZipFile, group: str) -> dict[str, EntryPoint]:
    parser = configparser.ConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(read(wheel, "entry_points.txt"))
    return {name: EntryPoint(name, value, group) for name, value in parser[group].items()}


def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(read(wheel, "METADATA"))


def test_there_are_adapters():
    assert "fairgames_nashpy" in {adapter.name for adapter in ADAPTERS}
    assert not (ROOT / "adapters" / "__init__.py").exists()


@pytest.mark.parametrize("package", [ROOT / "fairgames", *ADAPTERS], ids=lambda package: package.name)
def test_every_file_of_every_package_is_in_the_wheel(wheel: zipfile.ZipFile, package: Path):
    files = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    expected = {path.relative_to(package.parent).as_posix() for path in files}
    assert expected - set(wheel.namelist()) == set()
    assert f"{package.name}/py.typed" in wheel.namelist()


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_every_adapter_has_an_entry_point(wheel: zipfile.ZipFile, adapter: Path):
    modules = {point.module for group in GROUPS for point in entry_points(wheel, group).values()}
    assert adapter.name in {module.partition(".")[0] for module in modules}


def test_every_entry_point_leads_into_the_wheel(wheel: zipfile.ZipFile):
    points = [point for group in (*GROUPS, "console_scripts") for point in entry_points(wheel, group).values()]
    for point in points:
        path = point.module.replace(".", "/")
        assert {f"{path}.py", f"{path}/__init__.py"} & set(wheel.namelist()), point
        assert callable(point.load()), point


def test_nothing_else_is_in_the_wheel(wheel: zipfile.ZipFile):
    packages = {"fairgames", *(adapter.name for adapter in ADAPTERS)}
    strangers = [name for name in wheel.namelist() if name.split("/")[0] not in packages and ".dist-info/" not in name]
    assert strangers == []
    assert not [
        name for name in wheel.namelist() if re.search(r"(^|/)(test_|tests/|conftest|benchmarks/)|\.pyc$", name)
    ]


def test_the_metadata(wheel: zipfile.ZipFile):
    fields = metadata(wheel)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (fields["Name"], fields["Version"]) == ("fairgames", project["version"])
    assert fields["Requires-Python"] == ">=3.11"
    assert fields["License-Expression"] == "MIT"
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
    assert set(fields.get_all("Provides-Extra")) == set(project["optional-dependencies"])
    if (ROOT / "README.md").exists():
        assert fields["Description-Content-Type"] == "text/markdown", "add readme = 'README.md' to pyproject.toml"


def test_all_is_for_users_and_leaves_out_the_tools_of_developers():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    included = set(re.findall(r"fairgames\[([\w,-]+)\]", " ".join(extras["all"])))
    assert {name for names in included for name in names.split(",")} == set(extras) - {"all", "test", "docs"}


def test_no_paths_of_this_machine(wheel: zipfile.ZipFile):
    here = re.compile(rb"|".join(re.escape(str(path)).encode() for path in (ROOT, sys.prefix, Path.cwd())))
    anywhere = re.compile(rb"/home/\w|/Users/\w|[A-Z]:\\\\Users")
    for name in wheel.namelist():
        content = wheel.read(name)
        assert not here.search(content), name
        assert not anywhere.search(content), name


def test_the_sdist_builds_the_same_wheel(sdist: tarfile.TarFile, wheel: zipfile.ZipFile, tmp_path: Path):
    sdist.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    for name in ("LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml", "tests/test_packaging.py"):
        assert (source / name).is_file(), name
    again = zipfile.ZipFile(build("wheel", source, tmp_path / "wheel"))
    assert sorted(again.namelist()) == sorted(wheel.namelist())


def test_the_wheel_works_without_the_source(wheel: zipfile.ZipFile, tmp_path: Path):
    """Unpacked elsewhere and first on the path, it finds its own solvers and runs one in a child process."""
    wheel.extractall(tmp_path)
    script = """
import sys, numpy as np, fairgames, fairgames_nashpy
from fairgames.solvers.crosscheck import crosscheck
from fairgames.games.normal_form import NormalFormGame
assert all(module.__file__.startswith(sys.argv[1]) for module in (fairgames, fairgames_nashpy))
check = crosscheck(NormalFormGame.from_arrays(np.eye(2), np.eye(2)), ["nashpy", "fairgames"])
print(sorted(check.reports), len(check.equilibria), {report.error for report in check.reports.values()})
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "['fairgames:complete', 'fairgames:extreme', 'fairgames:pure', 'nashpy:lemke-howson', "
    )
    assert done.stdout.endswith(" 3 {None}\n")


def test_the_files_that_are_listed_as_slow_exist(request: pytest.FixtureRequest):
    """conftest.py marks all others fast: a renamed file would be among them."""
    (listed,) = (
        plugin.SLOW
        for name, plugin in request.config.pluginmanager.list_name_plugin()
        if str(name).endswith(f"{ROOT.name}/conftest.py")
    )
    assert listed - {path.stem.removeprefix("test_") for path in ROOT.glob("tests/**/test_*.py")} == set()


def test_the_lowest_versions_are_those_of_pyproject():
    """.ci/lowest.txt pins each requirement to its lower bound; 2 is written 2.0.0."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pinned = dict(
        re.findall(r"^([\w-]+)==(\S+)$", (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )
    bounds = dict(re.match(r"([\w-]+)>=([^,]+)", one).groups() for one in asked)  # type: ignore[union-attr]
    assert set(pinned) == set(bounds)
    assert all(f"{pinned[name]}.".startswith(f"{bounds[name]}.") for name in bounds), (pinned, bounds)
