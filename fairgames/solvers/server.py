"""The running child process of an engine package, and its keeper, seen from this program."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import socket
import subprocess
import sys
from typing import IO, Any

from fairgames.solvers import keeper
from fairgames.solvers.wire import KILL, LENGTH, PLAY, WAIT, end_of

_CHUNK = 2**16
#: For the server to answer a command, and for the keeper to end everything.
_STOP_SECONDS = 5.0


class Server:
    """The keeper and the engine's process, started together.

    Parameters
    ----------
    copies : whether it lets copies of itself play; else it serves one request

    Attributes
    ----------
    control : the socket on which it takes commands
    running : whether it was not closed yet
    idle : whether it waits for a request; else it has to be closed
    ended : whether it has ended by itself
    said : what it wrote to standard error before it served
    """

    def __init__(self, copies: bool) -> None:
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # the same fairgames as here
        self.control, theirs = socket.socketpair()
        self.running, self.idle, self.ended, self.said = True, True, False, b""
        self._rest, self._copies = b"", copies
        self._mark = secrets.token_hex(16)
        try:
            self._keeper = subprocess.Popen(
                [sys.executable, "-P", keeper.__file__, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": path, keeper.MARK: self._mark},
                start_new_session=True,  # what ends the program by a signal from the terminal does not end this
            )
        except BaseException:
            self.control.close()
            raise
        finally:
            theirs.close()

    def play(self, request: dict[str, Any], files: tuple[int, ...]) -> None:
        text = json.dumps(request).encode()
        self.idle = False
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # ended already: messages() says so
            socket.send_fds(self.control, [PLAY], files)
            self.control.sendall(LENGTH.pack(len(text)) + text)

    def messages(self) -> list[dict[str, Any]]:
        """The server's messages; waits for one, or for its end."""
        try:
            chunk = self.control.recv(_CHUNK)
        except ConnectionResetError:
            chunk = b""
        self.ended = not chunk
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [json.loads(line) for line in lines]

    def stop(self, command: bytes) -> str:
        """End the engine with all that it has started; how its process ended before that.

        Where the server does not answer, or is the engine itself, it is ended, too.
        """
        if not self._copies and command == WAIT:
            select.select([self.control], [], [], _STOP_SECONDS)
        self.control.settimeout(_STOP_SECONDS)
        with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            if self._copies and not self.ended:
                self.control.sendall(command)
            while self._copies and not self.ended:
                for message in self.messages():
                    if "ended" in message:
                        self.control.settimeout(None)
                        self.idle = True
                        return message["ended"] or "closed its answers"
        return self.close()

    def close(self) -> str:
        """End everything at once; how the server ended before that."""
        self.running = self.idle = False
        stdin, stderr = _stream(self._keeper.stdin), _stream(self._keeper.stderr)
        with contextlib.suppress(BrokenPipeError):
            # More than closing: a forked program may hold this pipe open, too.
            os.write(stdin.fileno(), keeper.ENDING if self.ended else KILL)
        try:
            code = self._keeper.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:  # stopped, say: its end takes the server along, and that the engine
            self._keeper.kill()
            code = self._keeper.wait()
        if code < 0:  # by a signal: the last that it should have done
            keeper.end_marked(self._mark)
        os.set_blocking(stderr.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            self.said = os.read(stderr.fileno(), _CHUNK)
        for stream in (self.control, stdin, stderr):
            stream.close()
        if code == keeper.ALIVE:
            return "did not answer any more"
        return end_of(keeper.SIGNAL_BASE - code if code > keeper.SIGNAL_BASE else code)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the keeper was started with these streams")
    return stream
