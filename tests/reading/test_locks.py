"""A lock is of use only while the file that is locked is the file of that name."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from fairgames.reading.locks import is_at, locked

FLAGS = os.O_RDWR | os.O_CREAT


def test_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", FLAGS, 0), pytest.raises(BlockingIOError), locked(tmp_path / "lock", FLAGS, 0.02):
        pass
    with locked(tmp_path / "lock", FLAGS, 0):
        pass


@pytest.mark.parametrize("theft", ["removed", "replaced"])
def test_who_waited_for_a_file_that_is_gone_takes_the_one_that_is_there(tmp_path: Path, theft: str) -> None:
    path, got = tmp_path / "lock", []

    def wait() -> None:
        with locked(path, FLAGS, 60) as file:
            got.append(is_at(file, path))

    with locked(path, FLAGS, 0) as first:
        other = threading.Thread(target=wait)
        other.start()
        while len([link for link in Path("/proc/self/fd").iterdir() if _leads_to(link, path)]) < 2:
            time.sleep(0.001)  # until it has opened the file that is going to be replaced
        path.unlink()
        if theft == "replaced":
            path.touch()
        assert not is_at(first, path)
    other.join()
    assert got == [True]


def _leads_to(link: Path, path: Path) -> bool:
    try:
        return os.readlink(link) == str(path)
    except OSError:
        return False


def test_links_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError), locked(tmp_path / name, FLAGS, 0):  # noqa: PT011 (the system's words)
            pass
    assert not (tmp_path / "elsewhere").exists()
