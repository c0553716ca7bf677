"""Processes that are killed at every system call, and system calls that fail, one after the other."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

_TRACE_ME, _SYSCALL = 0, 24
_PTRACE = ctypes.CDLL(None, use_errno=True).ptrace
_PTRACE.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_long]
_PTRACE.restype = ctypes.c_long


def killed_everywhere(act: Callable[[], object]) -> Iterator[int]:
    """Run ``act`` in a child that is killed at its first system call, at its second, … until it lives to its end.

    The child stops before and after each of its calls (ptrace), so that the kill falls between any
    two of them. Yields after each kill the number of stops until it.
    """
    for stops in range(1, 100_000):
        child = os.fork()
        if child == 0:
            try:
                traced = _PTRACE(_TRACE_ME, 0, 0, 0)
                os.kill(os.getpid(), signal.SIGSTOP)
                act()
            finally:
                os._exit(0 if traced == 0 else 77)
        if _kill_at(child, stops):
            return
        yield stops


def _kill_at(child: int, stops: int) -> bool:
    """Whether the child came to its end before it had stopped so often."""
    for stop in range(stops + 1):  # the first is its own
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status) == 77:
                pytest.skip("the system lets nobody trace")
            return True
        assert os.WIFSTOPPED(status), status
        if stop == stops:
            os.kill(child, signal.SIGKILL)
        else:
            assert _PTRACE(_SYSCALL, child, 0, 0) == 0
    os.waitpid(child, 0)
    return False


#: What stands between a program and its files.
CALLS = [(os, name) for name in (
    "open", "close", "stat", "lstat", "fstat", "fchmod", "fchown", "fsync", "replace", "unlink", "scandir", "mkdir",
)] + [(fcntl, "flock")]  # fmt: skip


def failing_everywhere(act: Callable[[], object], code: int = errno.EIO) -> Iterator[tuple[str, object | Exception]]:
    """Run ``act`` with its first call to the system failing, then its second, … until none is left to fail.

    Yields what failed and what came of it: an answer, or the exception.
    """
    for number in range(1, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            failed: list[str] = []
            _arm(patch, number, code, failed)
            try:
                outcome: object = act()
            except Exception as error:
                outcome = error
        if not failed:
            return
        yield f"{number}: {failed[0]}", outcome


def _arm(patch: pytest.MonkeyPatch, number: int, code: int, failed: list[str]) -> None:
    count = [0]

    def failing(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] != number:
                return real(*arguments, **options)
            if name == "close":  # which closes, whatever it says
                real(*arguments, **options)
            failed.append(name)
            raise OSError(code, os.strerror(code))

        return call

    for module, name in CALLS:
        patch.setattr(module, name, failing(name, getattr(module, name)))
