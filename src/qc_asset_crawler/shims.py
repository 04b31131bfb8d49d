"""The installed commands: one error boundary around each."""

import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from .cli.exits import Exit
from .errors import QCError, UsageError
from .text import show

_SWITCH_SECONDS = 0.001
_OUT_OF_MEMORY = (Exit.INTERNAL, "exit 1: out of memory; what is done is kept")


def qc_crawl() -> int:
    """Run `qc-crawl`."""
    return _run("qc-crawl", "qc_asset_crawler.cli.crawl")


def qc_clean() -> int:
    """Run `qc-clean`."""
    return _run("qc-clean", "qc_asset_crawler.cli.clean")


def qc_report() -> int:
    """Run `qc-report`."""
    return _run("qc-report", "qc_asset_crawler.cli.report")


def make_fake_seq() -> int:
    """Run `make-fake-seq`."""
    return _run("make-fake-seq", "qc_asset_crawler.cli.fake")


def checkout() -> Path | None:
    """Return the root of the checkout the tool runs from, or None where it is installed."""
    root = Path(__file__).resolve().parents[2]
    in_checkout = (root / "pyproject.toml").is_file() and (root / "qc_crawl.py").is_file()
    return root if in_checkout else None


def _run(command: str, module: str) -> int:
    """Run a command; whatever goes wrong is one line that says what to do next."""
    if os.name != "posix":
        print(f"{command}: runs on Linux and macOS only", file=sys.stderr)
        return Exit.USAGE
    if sys.getfilesystemencoding().lower() != "utf-8":
        # File names are bytes, and recorded names must not depend on somebody's locale.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
    _ready_streams()
    # A thread that comes back from the system waits this long for one that computes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        # Each command imports only itself: start-up is felt.
        return int(import_module(module).main(sys.argv[1:], os.environ, checkout()))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary
        try:
            status, why = _explain(error, command)
        except MemoryError:  # in describing something else
            status, why = _OUT_OF_MEMORY
        _give_up_streams()
        with suppress(MemoryError):  # to say so again would take some too
            print(f"{command}: {why}", file=sys.stderr)
        return status
    finally:
        # All is done, and the interpreter would answer a Ctrl-C while it ends with a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _explain(error: Exception | KeyboardInterrupt, command: str) -> tuple[int, str]:
    """Return the exit status that an error means, and one line that says why."""
    match error:
        case UsageError():
            return Exit.USAGE, f"{error} (see {command} --help)"
        case QCError():
            return Exit.INCOMPLETE, str(error)
        case KeyboardInterrupt():
            return Exit.INTERRUPTED, "exit 130: interrupted"
        case BrokenPipeError():
            return Exit.INCOMPLETE, "exit 3: whoever read stdout has gone; run it again"
        case MemoryError():  # to say more would take some
            return _OUT_OF_MEMORY
        case _:
            return Exit.INTERNAL, f"exit 1: internal error: {_describe(error)}; please report it"


def _give_up_streams() -> None:
    """Let nothing that is still in the buffer fail once more when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            from .cli.console import give_up  # noqa: PLC0415 - start-up is felt

            give_up(stream)


def _ready_streams() -> None:
    """JSON is UTF-8 wherever it goes, and no character a terminal lacks stops a run.

    Who shares a pipe with us may have made it non-blocking: what did not fit at once would be lost.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller (>&-)
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
            with suppress(OSError):  # it is none, or has gone
                os.set_blocking(stream.fileno(), True)


def _describe(error: Exception) -> str:
    """Say what an unexpected error was and where, in one printable line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"{type(error).__name__}: {show(str(error))}{where}"
