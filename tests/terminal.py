"""A command on a pseudo terminal, for the tests."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support import Tool, command


@dataclass
class Terminal:
    """A command on a pseudo terminal, and what it has shown so far."""

    process: subprocess.Popen[bytes]
    fd: int
    shown: bytes = field(default=b"")

    def read(self, seconds: float = 0.05) -> bool:
        """Take what comes; False: the other end is closed."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.shown += data
        return bool(data)

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + 20
        while text not in self.shown.decode():
            assert self.read(), self.shown
            assert time.monotonic() < end, self.shown

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def end(self) -> int:
        """Wait for the command to end; return its status."""
        until = time.monotonic() + 60
        while self.read(1.0) and self.process.poll() is None:
            assert time.monotonic() < until, self.shown
        while self.read(0.1) and select.select([self.fd], [], [], 0)[0]:
            pass
        return self.process.wait(timeout=20)

    @property
    def screen(self) -> list[str]:
        """What is left on the screen, line by line."""
        lines = self.shown.decode().replace("\r\n", "\n").split("\n")
        return [_after_erasing(line) for line in lines]


def _after_erasing(line: str) -> str:
    """Play carriage returns and erasing to the end of the line."""
    kept = ""
    for part in line.split("\r"):
        text, erased, rest = part.partition("\x1b[K")
        kept = text + rest if erased else text + kept[len(text) :]
    return kept


Opener = Callable[..., Terminal]


@contextmanager
def terminals(tool: Tool) -> Iterator[Opener]:
    """Start a command on terminals of its own, and end it."""
    opened: list[Terminal] = []

    def start(*args: str | Path, term: str = "xterm") -> Terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [command(tool.name), *map(str, args)],
            env={**tool.env, "TERM": term},
            cwd=tool.cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        opened.append(Terminal(process, ours))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.fd)
