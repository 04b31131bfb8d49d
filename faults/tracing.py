"""System calls of our commands: name them, and let `strace` make one of them go wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .commands import Done, Process, finish, needed, start
from .processes import is_stopped, status_of
from .rows import MissingError

_DRIVER = Path(__file__).with_name("traced.py")
_SECONDS = 60.0
_ENTERED = re.compile(r"(?P<thread>\d+) +(?P<call>\w+)\(")
_RESUMED = re.compile(r"(?P<thread>\d+) +<\.\.\. (?P<call>\w+) resumed>")
OUTPUT = frozenset({"results", "messages"})
# What a call is about, by what stands in its line; the first that fits counts.
_KINDS = (
    ("results", re.compile(r"^\w+\(1<")),
    ("messages", re.compile(r"^\w+\(2<")),
    ("cache", re.compile(r"\.qc\.hashcache\.json[\">]")),
    ("set-aside sidecar", re.compile(r"\.unreadable-")),
    ("sidecar", re.compile(r"(?:\.qc\.json|qc\.sequence\.json)[\">]")),
    ("lock", re.compile(r"\.qc\.lock[\">]")),
    ("temp in .qc", re.compile(r"/\.qc(?:>, \"|/)\.qc-[^\"]+\.tmp[\">]")),
    ("temp", re.compile(r"\.qc-[^\"]+\.tmp[\">]")),
    ("media", re.compile(r"\.(?:exr|mov)[\">]")),
    (".qc", re.compile(r"[\"/]\.qc[\">]")),
)


class Call(NamedTuple):
    """One system call: the `number`th of that name in its thread since the tracer came."""

    thread: int
    name: str
    number: int
    text: str
    struck: bool = False

    @property
    def kind(self) -> str:
        """What it is about."""
        return next((kind for kind, is_so in _KINDS if is_so.search(self.text)), "folder")

    @property
    def creates(self) -> bool:
        """Whether it may make a new file."""
        return "O_CREAT" in self.text

    def __str__(self) -> str:
        return f"{self.name} no. {self.number} ({self.kind})"


class Traced(NamedTuple):
    """A command that was traced to its end, and the calls that were looked for."""

    done: Done
    calls: list[Call]
    pid: int

    def struck(self) -> list[Call]:
        """Return the calls that were made to go wrong."""
        return [call for call in self.calls if call.struck]


def traced(
    log: Path, command: str, *args: str | Path, calls: Iterable[str], inject: str = ""
) -> Traced:
    """Run a command to its end under `strace`; `inject` is as after its `-e inject=`.

    Raises:
        MissingError: there is no `strace`, or it is not allowed to trace.
    """
    strace = needed("strace")
    processes = [start(command, *args, prefix=(sys.executable, str(_DRIVER)))]
    process = processes[0]
    try:
        _wait_until_stopped(process)
        processes.append(_attach(strace, process, log, calls, inject))
        process.send_signal(signal.SIGCONT)
        done = finish(process)
        processes[-1].communicate(timeout=_SECONDS)  # what it has yet to write to its log
    finally:
        for one in processes:
            if one.poll() is None:
                one.kill()
                one.communicate()
    return Traced(done, list(_parse(log.read_text("utf-8", "replace"))), process.pid)


def _attach(strace: str, process: Process, log: Path, calls: Iterable[str], inject: str) -> Process:
    command = [strace, "-f", "-y", "-qq", "-s", "32", "-o", str(log), "-p", str(process.pid)]
    command += ["-e", f"trace={','.join(f'?{call}' for call in calls)}", "-e", "signal=none"]
    if inject:
        command += ["-e", f"inject={inject}"]
    tracer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + _SECONDS
    while not int(status_of(process, "TracerPid")):
        if tracer.poll() is not None or time.monotonic() > until:
            tracer.kill()
            said = tracer.communicate()[1].decode(errors="replace").strip()
            raise MissingError(f"strace cannot be used: {said}")
        time.sleep(0.002)
    return tracer


def _wait_until_stopped(process: Process) -> None:
    until = time.monotonic() + _SECONDS
    while not is_stopped(process):
        if process.poll() is not None or time.monotonic() > until:
            raise MissingError(f"a command does not start: {finish(process, 0).err}")
        time.sleep(0.002)


def _parse(log: str) -> Iterator[Call]:
    """Read the log of a tracer; a call that another thread interrupts is in two lines."""
    counts: Counter[tuple[int, str]] = Counter()
    open_calls: dict[int, Call] = {}
    for line in log.splitlines():
        entered, resumed = _ENTERED.match(line), _RESUMED.match(line)
        if entered is not None:
            thread, name = int(entered["thread"]), entered["call"]
            counts[thread, name] += 1
            text = line[entered.start("call") :]
            call = Call(thread, name, counts[thread, name], text)
            if "<unfinished ...>" in line:
                open_calls[thread] = call
                continue
        elif resumed is not None and int(resumed["thread"]) in open_calls:
            call = open_calls.pop(int(resumed["thread"]))
        else:
            continue
        yield call._replace(struck="(INJECTED)" in line)
    yield from open_calls.values()  # it was killed in them


def is_below(call: Call, root: Path) -> bool:
    """Tell whether a call is about something below a folder, or the folder itself."""
    return os.fspath(root) in call.text
