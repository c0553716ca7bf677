"""Files that are replaced: whole or not at all, with the mode and the owner they had, and no draft left."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fairgames.errors import InputError
from fairgames.reading import atomic
from fairgames.reading.atomic import replacing, write_atomically
from tests.crashes import failing_everywhere, killed_everywhere


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_text("before")
    return path


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o666, 0o755, 0o444])
def test_the_mode_stays(target, kept):
    target.chmod(kept)
    write_atomically(target, ["after"])
    assert (target.read_text(), mode(target)) == ("after", kept)


def test_a_new_file_has_what_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", ["x"])
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o640


def test_nobody_else_reads_the_draft_of_a_file_that_is_its_owner_s(target):
    target.chmod(0o600)
    with replacing(target):
        drafts = [path for path in target.parent.iterdir() if path != target]
        assert [mode(path) for path in drafts] == [0o600]


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root may give files away")
def test_the_owner_stays(target):
    os.chown(target, 1234, 4321)
    target.chmod(0o640)
    write_atomically(target, ["after"])
    found = target.stat()
    assert (found.st_uid, found.st_gid, mode(target), target.read_text()) == (1234, 4321, 0o640, "after")


def test_what_would_change_hands_is_refused(target, monkeypatch):
    real = os.fstat
    monkeypatch.setattr(
        atomic.os, "fstat", lambda handle: os.stat_result([*real(handle)[:4], 99999, *real(handle)[5:]])
    )

    def forbidden(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(atomic.os, "fchown", forbidden)
    monkeypatch.setattr(atomic, "is_at", lambda *_: True)
    with pytest.raises(InputError, match=r"cannot be written \(it belongs to somebody else"):
        write_atomically(target, ["after"])
    assert target.read_text() == "before"
    assert os.listdir(target.parent) == ["file.txt"]


def test_a_symbolic_link_keeps_pointing_where_it_does(target):
    link = target.with_name("link")
    link.symlink_to(target.name)
    write_atomically(link, ["after"])
    assert link.is_symlink()
    assert target.read_text() == "after"


def test_a_crash_between_any_two_system_calls(target):
    """The file is as before or as after, and the next one that writes it removes what was left."""
    found = set()
    for stops in killed_everywhere(lambda: write_atomically(target, ["after", " " * 10_000])):
        found.add(target.read_text())
        assert target.read_text() in ("before", "after" + " " * 10_000), stops
        write_atomically(target, ["before"])
        assert os.listdir(target.parent) == ["file.txt"], stops
    assert len(found) == 2


def test_whatever_call_fails(target):
    for what, outcome in failing_everywhere(lambda: write_atomically(target, ["after"])):
        assert outcome is None or isinstance(outcome, InputError), what
        assert target.read_text() == ("after" if outcome is None else "before"), what
        write_atomically(target, ["before"])
        assert os.listdir(target.parent) == ["file.txt"], what


def test_a_draft_in_other_hands_is_left_to_them(target):
    """Two writers of one file: each writes its own draft, and the later one stays."""
    with replacing(target) as one:
        one.write(b"one")
        write_atomically(target, ["two"])
        assert target.read_text() == "two"
        assert len(os.listdir(target.parent)) == 2
    assert target.read_text() == "one"
    assert os.listdir(target.parent) == ["file.txt"]


def test_drafts_of_other_files_stay(target):
    other = target.with_name(f"{atomic._prefix(target.with_name('other'))}0123.tmp")
    other.write_text("")
    mine = target.with_name(f"{atomic._prefix(target)}0123.tmp")
    mine.write_text("")
    write_atomically(target, ["after"])
    assert other.exists()
    assert not mine.exists()


def test_names_of_the_greatest_length(tmp_path):
    path = tmp_path / ("ä" * 125 + ".txt")
    write_atomically(path, ["x"])
    assert path.read_text() == "x"
