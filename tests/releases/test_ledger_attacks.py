"""The ledger against files: second names, stolen locks, modes, full disks, and crashes at every system call."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from fairgames.errors import InputError
from fairgames.releases import Ledger, LedgerError, ledger_disk
from tests.crashes import failing_everywhere, killed_everywhere

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "ledger.json", {"ann": 2})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Second names ---------------------------------------------------------------------------------


def test_a_hard_link_spends_nothing(ledger, tmp_path):
    """Three of a budget of two, one under each name and one more, were possible."""
    other = tmp_path / "other.json"
    os.link(ledger.path, other)
    for path in (ledger.path, other):
        with pytest.raises(LedgerError, match=r"has 2 names \(hard links\).* nothing was charged\. Remove all names"):
            Ledger(path).charge({"ann": 1})
        with pytest.raises(LedgerError, match="2 names"):
            Ledger(path).admit({"ben": 1})
    assert ledger.accounts().left("ann") == 2
    other.unlink()
    ledger.charge({"ann": 2})


def test_a_hard_link_made_during_a_charge_is_seen(ledger, tmp_path, monkeypatch):
    real = ledger_disk.draft_of

    def linking(*arguments, **options):
        os.link(ledger.path, tmp_path / "other.json")
        return real(*arguments, **options)

    monkeypatch.setattr(ledger_disk, "draft_of", linking)
    with pytest.raises(LedgerError, match="2 names"):
        ledger.charge({"ann": 1})
    assert names(tmp_path) == ["ledger.json", "ledger.json.lock", "other.json"]


def test_symbolic_links_are_other_words_for_one_ledger(ledger, tmp_path):
    (tmp_path / "far").mkdir()
    one, two = tmp_path / "one.json", tmp_path / "far" / "two.json"
    one.symlink_to("ledger.json")
    two.symlink_to("../one.json")
    assert [Ledger(path).charge({"ann": "1/2"}).number for path in (one, two, ledger.path)] == [1, 2, 3]
    assert one.is_symlink()
    assert two.is_symlink()
    assert names(tmp_path / "far") == ["two.json"]  # the lock lies where the ledger does
    with pytest.raises(LedgerError, match="exists already"):
        Ledger.create(one, {"ann": 5})


def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    for ask in (lambda path: Ledger(path).charge({}), lambda path: Ledger.create(path, {})):
        with pytest.raises(LedgerError):
            ask(tmp_path / "ring")
    with pytest.raises(LedgerError):
        Ledger("nul\0.json").charge({})


def test_a_lock_file_that_leads_elsewhere_is_refused(ledger, tmp_path):
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "ledger.json.lock").unlink()
    (tmp_path / "ledger.json.lock").symlink_to("victim")
    with pytest.raises(LedgerError, match=r"cannot be locked .*; nothing was charged"):
        ledger.charge({"ann": 1})
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize("which", ["ledger.json", "ledger.json.lock"])
def test_a_pipe_is_no_ledger_and_is_not_waited_for(ledger, tmp_path, which):
    (tmp_path / which).unlink()
    os.mkfifo(tmp_path / which)
    with pytest.raises(LedgerError, match="not a regular file"):
        ledger.charge({"ann": 1})


# Stolen locks ---------------------------------------------------------------------------------

HOLDER = """
import sys
from fairgames.releases import Ledger, ledger_disk
real = ledger_disk.draft_of
def slow(*arguments, **options):
    print("inside", flush=True)
    sys.stdin.readline()
    return real(*arguments, **options)
ledger_disk.draft_of = slow
print(Ledger("ledger.json").charge({"ann": 2}).number, flush=True)
"""


@pytest.mark.parametrize("theft", ["removed", "replaced"])
def test_a_lock_that_was_taken_away_lets_nobody_else_in(ledger, tmp_path, theft, monkeypatch):
    """While one process is in the middle of a charge; before, both spent the same budget."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout.readline() == "inside\n"
    lock = tmp_path / "ledger.json.lock"
    lock.unlink()
    if theft == "replaced":
        lock.touch()
    monkeypatch.setattr("fairgames.releases.ledger._PATIENCE", 0.2)
    with pytest.raises(LedgerError, match="locked by another process"):
        ledger.charge({"ann": 2})
    said = holder.communicate("go\n", timeout=60)[1]
    assert "its lock file was removed while it was locked; nothing was charged" in said
    assert ledger.accounts().entries == ()
    ledger.charge({"ann": 2})


def test_a_ledger_that_was_replaced_during_a_charge_is_not_overwritten(ledger, tmp_path, monkeypatch):
    real = ledger_disk.draft_of

    def replacing(*arguments, **options):
        copy = tmp_path / "copy"
        copy.write_bytes(ledger.path.read_bytes())
        copy.replace(ledger.path)
        return real(*arguments, **options)

    monkeypatch.setattr(ledger_disk, "draft_of", replacing)
    with pytest.raises(LedgerError, match="was replaced while it was locked; nothing was charged"):
        ledger.charge({"ann": 1})
    assert ledger.accounts().entries == ()


def test_a_new_ledger_replaces_no_other(tmp_path, monkeypatch):
    real = ledger_disk.draft_of

    def early(*arguments, **options):
        (tmp_path / "ledger.json").write_text("another process's")
        return real(*arguments, **options)

    monkeypatch.setattr(ledger_disk, "draft_of", early)
    with pytest.raises(LedgerError, match="exists already"):
        Ledger.create(tmp_path / "ledger.json", {"ann": 1})
    assert (tmp_path / "ledger.json").read_text() == "another process's"


# Modes and places -----------------------------------------------------------------------------


def test_new_ledgers_and_locks_are_their_owner_s(tmp_path):
    before = os.umask(0)
    try:
        ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 2})
        ledger.charge({"ann": 1})
    finally:
        os.umask(before)
    assert [mode(path) for path in sorted(tmp_path.iterdir())] == [0o600, 0o600]


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o400])
def test_a_charge_keeps_the_mode(ledger, kept):
    ledger.path.chmod(kept)
    ledger.charge({"ann": 1})
    assert mode(ledger.path) == kept


def test_a_network_file_system_is_refused(ledger, monkeypatch):
    for kind in ("nfs4", "cifs", "fuse.sshfs"):
        monkeypatch.setattr(ledger_disk, "file_system", lambda _, kind=kind: kind)
        for ask in (lambda: ledger.charge({"ann": 1}), lambda: Ledger.create(f"{ledger.path}2", {})):
            with pytest.raises(LedgerError, match=rf"network \({kind}\).*two hosts could spend one budget twice"):
                ask()
    monkeypatch.undo()
    assert ledger.accounts().entries == ()


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="only Linux tells")
def test_what_a_file_system_is():
    assert ledger_disk.file_system(Path("/proc")) == "proc"
    known = {line.split()[2] for line in Path("/proc/filesystems").read_text().splitlines() if len(line.split()) > 2}
    assert ledger_disk.file_system(Path.cwd()) not in known | {None}


READ_ONLY = """
import fcntl, os, sys
from fairgames.releases import Ledger
os.chdir(sys.argv[1])
os.setuid(65534) if os.getuid() == 0 else None
ledger = Ledger("ledger.json")
print(ledger.accounts().left("ann"))
ledger.charge({"ann": 1})
"""


@pytest.mark.parametrize("left", [[], ["ledger.json.lock"]])
def test_a_read_only_folder(tmp_path, left):
    """It can be read; what is charged is refused, with the reason, whether the lock file is there or not."""
    folder = tmp_path / "ledgers"
    ledger = Ledger.create(folder / "ledger.json", {"ann": 2})
    for path in folder.iterdir():
        if path.name not in [*left, "ledger.json"]:
            path.unlink()
        else:
            path.chmod(0o666)
    folder.chmod(0o555)
    for parent in tmp_path.parents[:3]:
        if parent.owner() and parent.stat().st_uid == os.getuid() and "pytest" in parent.name:
            parent.chmod(0o755)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder)], env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    folder.chmod(0o755)
    assert done.stdout == "2\n"
    assert "LedgerError: ledger.json: cannot be " in done.stderr.splitlines()[-1]
    assert "(Permission denied); nothing was charged" in done.stderr.splitlines()[-1]
    assert ledger.accounts().entries == ()


# Full disks -----------------------------------------------------------------------------------

FULL = """
import resource, sys
from fairgames.privacy import LinearLaplaceMechanism
from fairgames.releases import Ledger, LedgerError, release
for limit in map(int, sys.argv[1:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        release([0], LinearLaplaceMechanism([1], 1), [1], Ledger("ledger.json"), ["ann"])
    except LedgerError as error:
        print(error)
"""


def test_a_full_disk_charges_nothing_and_releases_nothing(ledger, tmp_path):
    """The system gives no byte beyond a limit, wherever that is."""
    before = ledger.path.read_bytes()
    limits = [0, 1, len(before), len(before) + 50]
    done = subprocess.run(
        [sys.executable, "-c", FULL, *map(str, limits)], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == len(limits)
    for said in done.stdout.splitlines():
        assert said.startswith("ledger.json: cannot be written (File too large); nothing was charged. Make room")
        assert "choose another place" not in said
    assert ledger.path.read_bytes() == before
    assert names(tmp_path) == ["ledger.json", "ledger.json.lock"]
    ledger.charge({"ann": 1})


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
def test_whatever_call_fails_what_is_said_is_so(ledger, tmp_path, code):
    """Nothing charged where that is said, no second charge where it is not, and the next charge goes on."""
    opened = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    said, charged = set(), 0
    ledger = Ledger.create(tmp_path / "many.json", {"ann": 1000})
    for what, outcome in failing_everywhere(lambda: ledger.charge({"ann": 1}), code):
        entries = ledger.accounts().entries
        if isinstance(outcome, Exception):
            assert isinstance(outcome, LedgerError), what
            confirmed = "holds the charge" in str(outcome)
            assert confirmed or "nothing was charged" in str(outcome) or "cannot be read" in str(outcome), what
            said.add(str(outcome).partition(": ")[2].partition(" (")[0])
        else:
            confirmed = True
        charged += confirmed
        assert len(entries) == charged, (what, outcome)
        charged += 1
        assert ledger.charge({"ann": 1}).number == charged, what
        assert names(tmp_path) == ["ledger.json", "ledger.json.lock", "many.json", "many.json.lock"], what
    assert said >= {"cannot be locked", "cannot be written", "holds the charge, but the disk did not confirm it"}
    assert not opened or len(os.listdir("/proc/self/fd")) == opened


# Crashes --------------------------------------------------------------------------------------


def test_a_crash_between_any_two_system_calls(ledger, tmp_path):
    """The ledger is as before or as after; whatever was released is charged; the next charge leaves no trace of it."""
    base, released = ledger.path.read_bytes(), tmp_path / "released"

    def charge_and_release():
        ledger.charge({"ann": 1}, "killed")
        os.close(os.open(released, os.O_CREAT | os.O_WRONLY))

    states = []
    for stops in killed_everywhere(charge_and_release):
        entries = ledger.accounts().entries
        assert [entry.purpose for entry in entries] in ([], ["killed"]), stops
        assert entries or not released.exists(), stops
        states.append(len(entries))
        ledger.charge({"ann": 1}, "next")
        assert ledger.accounts().left("ann") == Fraction(1 - len(entries)), stops
        released.unlink(missing_ok=True)
        assert names(tmp_path) == ["ledger.json", "ledger.json.lock"], stops
        ledger.path.write_bytes(base)
    assert states == sorted(states)
    assert {0, 1} <= set(states)
    assert len(states) > 40


def test_a_crash_while_a_ledger_is_made(tmp_path):
    """It is there whole, or not there and can be made."""
    path = tmp_path / "ledger.json"
    found = set()
    for stops in killed_everywhere(lambda: Ledger.create(path, {"ann": 2})):
        found.add(path.exists())
        if not path.exists():
            Ledger.create(path, {"ann": 2})
        assert Ledger(path).charge({"ann": 1}).number == 1, stops
        assert names(tmp_path) == ["ledger.json", "ledger.json.lock"]
        path.unlink()
        Path(f"{path}.lock").unlink()
    assert found == {False, True}


def test_kill_9_at_random_moments(tmp_path):
    """A few of many: the module kill_runs makes as many as asked for."""
    from tests.kill_runs import ledger_run

    for number in range(3):
        ledger_run(tmp_path / str(number), seed=number)


def test_a_stopped_process_keeps_others_waiting_not_cheating(ledger, tmp_path, monkeypatch):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout.readline() == "inside\n"
    holder.send_signal(signal.SIGSTOP)
    monkeypatch.setattr("fairgames.releases.ledger._PATIENCE", 0.1)
    begun = time.monotonic()
    with pytest.raises(InputError, match="locked by another process"):
        ledger.charge({"ann": 1})
    assert time.monotonic() - begun < 30
    holder.send_signal(signal.SIGCONT)
    holder.communicate("go\n", timeout=60)
    assert ledger.accounts().left("ann") == 0
