"""Where text goes: results to stdout, everything else to stderr, below one line of progress."""

import os
import sys
from collections.abc import Callable
from typing import TextIO

from ..errors import QCError, never

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


def give_up(stream: TextIO) -> None:
    """Let nothing that is still in the buffer fail once more when the interpreter ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


class Console:
    """The two streams of a command. `command` stands before every message on stderr."""

    def __init__(
        self,
        command: str,
        level: str = "INFO",
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.command = command
        self.level = level
        self.out = sys.stdout if out is None else out
        self.err = sys.stderr if err is None else err
        self._drawn = ""
        self.interrupted: Callable[[], bool] = never

    def result(self, text: str) -> None:
        """Write a result to stdout."""
        self.erase()
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if self.interrupted():  # its terminal went, and with it who would have read this
                give_up(self.out)
                return
            raise QCError(f"exit 3: stdout cannot be written: {error.strerror}") from None

    def say(self, level: str, text: str) -> None:
        """Write a message to stderr, if the level asks for it."""
        if _LEVELS[level] < _LEVELS[self.level]:
            return
        mark = f"{level.lower()}: " if level != "INFO" else ""
        self.line(f"{self.command}: {mark}{text}")

    def line(self, text: str) -> None:
        """Write a line to stderr, whatever the level."""
        self.erase()
        self._tell(f"{text}\n")

    def _tell(self, text: str) -> None:
        """Write to stderr; where nobody can be told (the terminal is gone), the run goes on."""
        try:
            self.err.write(text)
            self.err.flush()
        except OSError:
            give_up(self.err)

    def draw(self, text: str) -> None:
        """Draw the line of progress over the last one."""
        if text == self._drawn:
            return
        self._tell(f"\r{text}\x1b[K")
        self._drawn = text

    def erase(self) -> None:
        """Remove the line of progress."""
        if self._drawn:
            self._tell("\r\x1b[K")
            self._drawn = ""

    def can_ask(self) -> bool:
        """Tell whether there is a person to be asked, who sees the question."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.isatty()

    def ask(self, question: str) -> None:
        """Put a question; its answer is typed behind it."""
        self.erase()
        self._tell(f"{question} [y/N] ")

    def close(self) -> None:
        """Leave a clean prompt."""
        self.erase()
