"""How the command ends where its surroundings fail: one line, the right exit code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")

ENVIRONMENT = {**os.environ, "PYTHONUNBUFFERED": ""}


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "two.toml"
    path.write_text(
        '[utility]\nkind = "linear-laplace"\nlevels = [0, 1]\n'
        '[[users]]\nname = "p"\ncount = 2\nsensitivity = [0, 0.1]\nlevel = 1\n'
    )
    return str(path)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fairgames", *arguments]


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_full_output(scenario: str, json: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("payments", scenario, *json), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        74,
        "Error: the output cannot be read or written: No space left on device\n",
    )


def test_closed_output(scenario: str) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command("payments", scenario)], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (74, "Error: standard output cannot be read or written: it is closed\n")


@pytest.mark.parametrize("arguments", [["--help"], ["payments", "SCENARIO"], ["payments", "SCENARIO", "--json"]])
def test_nobody_reads(scenario: str, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    arguments = [scenario if argument == "SCENARIO" else argument for argument in arguments]
    done = subprocess.run(command(*arguments), stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


#: Interrupts itself while a module is imported: early (click), and late (a command, NumPy).
AT_IMPORT = """
import importlib.abc, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
sys.argv = ["fairgames", "payments", {scenario!r}]
from fairgames.start import main
main()
"""


@pytest.mark.parametrize("name", ["click", "numpy", "fairgames.cli.payments", "fairgames.valuation.methods.subsets"])
def test_an_interrupt_during_imports(scenario: str, name: str) -> None:
    code = AT_IMPORT.format(name=name, scenario=scenario)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


def test_an_interrupt_during_work(scenario: str) -> None:
    code = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import fairgames.valuation.methods.subsets as subsets
subsets.divide = lambda *_: signal.raise_signal(signal.SIGINT)
from fairgames.start import main
sys.argv = ["fairgames", "payments", sys.argv[1]]
main()
"""
    done = subprocess.run([sys.executable, "-c", code, scenario], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_full_memory(scenario: str) -> None:
    code = """
import sys
import fairgames.valuation.methods.subsets as subsets
def divide(*_):
    raise MemoryError
subsets.divide = divide
from fairgames.start import main
sys.argv = ["fairgames", "payments", sys.argv[1]]
main()
"""
    done = subprocess.run([sys.executable, "-c", code, scenario], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the memory is full.")
    assert done.stderr.count("\n") == 1


def test_a_limit_of_address_space_counts() -> None:
    """A limit of 4 GiB: no more than that can be had, whatever the machine has."""
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from fairgames import memory
print(memory.available_bytes())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 4 << 30
