"""The installed commands: one error boundary around each."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import QCError, UsageError
from .text import show

_Main = Callable[[list[str], Mapping[str, str], Path | None], int]


def qc_crawl() -> int:
    """Run `qc-crawl`."""
    from .cli.crawl import main  # noqa: PLC0415 - each command imports only itself

    return _run("qc-crawl", main)


def checkout() -> Path | None:
    """Return the root of the checkout the tool runs from, or None where it is installed."""
    root = Path(__file__).resolve().parents[2]
    in_checkout = (root / "pyproject.toml").is_file() and (root / "qc_crawl.py").is_file()
    return root if in_checkout else None


def _run(command: str, main: _Main) -> int:
    """Run a command; whatever goes wrong is one line that says what to do next."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # File names are bytes, and recorded names must not depend on somebody's locale.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
    _speak_utf8()
    try:
        return main(sys.argv[1:], os.environ, checkout())
    except UsageError as error:
        return _say(f"{command}: {error} (see {command} --help)", 2)
    except QCError as error:
        return _say(f"{command}: {error}", 3)
    except KeyboardInterrupt:
        return _say(f"\n{command}: exit 130: interrupted", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _say(f"{command}: exit 3: whoever read stdout has gone; run it again", 3)
    except Exception as error:  # noqa: BLE001 - the boundary
        return _say(f"{command}: exit 1: internal error: {_describe(error)}; please report it", 1)


def _speak_utf8() -> None:
    """JSON is UTF-8 wherever it goes, and no character a terminal lacks stops a run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _describe(error: Exception) -> str:
    """Say what an unexpected error was and where, in one printable line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"{type(error).__name__}: {show(str(error))}{where}"
