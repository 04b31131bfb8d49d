"""Have pictures decoded in a process of its own, from memory.

A decoder works on bytes that nobody vouches for, and prints what it likes: apart from the crawl it
may crash, or be ended when somebody presses Ctrl-C. It is given the very bytes that were hashed.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DecoderError, StopRequestedError, UsageError, never
from ..findings.checks import picture_format
from ..findings.values import Look
from ..text import show
from .judge import Said, judge, one_line
from .scratch import Scratch

_WORKER = Path(__file__).with_name("worker.py")
_MOST_SECONDS = 600.0
_START_SECONDS = 60.0
_TICK_MILLISECONDS = 100
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL})


def need_decoder() -> None:
    """Make sure that pictures can be decoded here.

    Raises:
        UsageError: they cannot; the text says what to install.
    """
    decoder = Decoder(never)
    try:
        decoder.start()
    except DecoderError as error:
        raise UsageError(
            f"--decode needs OpenImageIO: pip install 'qc-asset-crawler[images]' ({error})"
        ) from None
    finally:
        decoder.close()


class Decoder:
    """Decodes one picture after the other. Used by one thread at a time.

    `stopped` is asked while it is waited for, `seconds` at most; `worker` is what the process runs.
    """

    def __init__(
        self,
        stopped: Callable[[], bool],
        seconds: float = _MOST_SECONDS,
        worker: Path = _WORKER,
    ) -> None:
        self._stopped = stopped
        self._seconds = seconds
        self._worker = worker
        self._scratch: Scratch | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._format = ""
        self.decoded = 0

    def start(self) -> None:
        """Start the process now, to know whether it does.

        Raises:
            DecoderError: it does not, or cannot decode.
        """
        self._running(self._cleared())

    def begin(self, name: str, head: memoryview) -> bool:
        """Take the first bytes of a file, if it is a picture that is decoded.

        Raises:
            DecoderError: there is no room for them.
        """
        self._format = picture_format(name, head) or ""
        if self._format:
            self._cleared()
            self.feed(head)
        return bool(self._format)

    def feed(self, piece: memoryview) -> None:
        """Take some more bytes of it.

        Raises:
            DecoderError: there is no room for them.
        """
        assert self._scratch is not None
        with _making_room():
            self._scratch.write(piece)

    def judged(self, look: Look) -> Look:
        """Decode the picture whose bytes were taken, and return what is to be told of it.

        Raises:
            DecoderError: the decoder does not work here.
            StopRequestedError: asked to stop; the decoder is ended.
        """
        assert self._scratch is not None
        said = self._ask(self._running(self._scratch), self._scratch.path)
        self._scratch.clear()
        self.decoded += 1
        return judge(look, self._format, said)

    def _cleared(self) -> Scratch:
        with _making_room():
            if self._scratch is None:
                self._scratch = Scratch()
            self._scratch.clear()
        return self._scratch

    def _ask(self, process: subprocess.Popen[bytes], path: str) -> Said:
        assert process.stdin is not None
        try:
            process.stdin.write(b"\n")
            answer = self._answer(process, self._seconds)
        except TimeoutError:
            self._end()
            return Said(end=f"did not come to an end in {self._seconds:g} seconds")
        except (EOFError, BrokenPipeError):
            return self._crashed(process)
        return Said(answer["reader"], one_line(answer["said"], path))

    def _crashed(self, process: subprocess.Popen[bytes]) -> Said:
        """Say that the process has gone, if that is the picture's doing."""
        status = process.wait()
        self._end()
        if -status in _CRASHES:
            return Said(end=f"crashed ({signal.Signals(-status).name})")
        how = f"signal {-status}" if status < 0 else f"status {status}"
        raise DecoderError(f"the decoder was ended ({how}): too little memory?")

    def _running(self, scratch: Scratch) -> subprocess.Popen[bytes]:
        """Return the process; start it if there is none.

        Raises:
            DecoderError: it does not start, or cannot decode.
        """
        if self._process is not None:
            return self._process
        command = [sys.executable, "-P", str(self._worker)]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own file, by this Python
                [*command, scratch.path],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[scratch.fd],
                process_group=0,  # Ctrl-C is for the crawl, which ends this
            )
        except OSError as error:
            raise DecoderError(f"it does not start: {error.strerror}") from None
        self._process = process
        try:
            trouble = self._answer(process, _START_SECONDS)["trouble"]
        except (EOFError, TimeoutError):
            trouble = "it does not start"
        if trouble:
            self._end()
            raise DecoderError(show(trouble))
        return process

    def _answer(self, process: subprocess.Popen[bytes], seconds: float) -> dict[str, str]:
        """Wait for one line of the process.

        Raises:
            EOFError: the process has gone.
            TimeoutError: it says nothing for too long.
            StopRequestedError: asked to stop; the process is ended.
        """
        assert process.stdout is not None
        fd, data = process.stdout.fileno(), b""
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while not data.endswith(b"\n"):
            if poll.poll(_TICK_MILLISECONDS):
                piece = os.read(fd, 1 << 16)
                if not piece:
                    raise EOFError
                data += piece
            elif self._stopped():
                self._end()
                raise StopRequestedError
            elif time.monotonic() > until:
                raise TimeoutError
        answer: dict[str, str] = json.loads(data)
        return answer

    def _end(self) -> None:
        """End the process, if it runs."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def close(self) -> None:
        """End the process, and forget the bytes."""
        self._end()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None


@contextmanager
def _making_room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DecoderError(f"there is no room for its bytes ({error.strerror})") from None
