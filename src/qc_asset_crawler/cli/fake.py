"""`make-fake-seq`: parse, plan, look, write."""

import os
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from ..errors import QCError, StopRequestedError, UsageError
from ..fakeseq.bake import Bakery, Sizes
from ..fakeseq.frames import MOST_RUNS
from ..fakeseq.plan import FakePlan, make_plan
from ..fakeseq.write import Taken, Written, find_taken, open_folder, write_frames
from ..text import json_text, plural, show
from .console import Console
from .ending import Ending, finish
from .exits import Exit
from .fake_parser import build_parser, fake_request
from .fake_words import Outcome, fake_json, fake_summary
from .signals import Interruption, interruptible

COMMAND = "make-fake-seq"
_REDRAW_SECONDS = 0.1


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `make-fake-seq` and return its exit status.

    Raises:
        UsageError: an argument is wrong, or arguments contradict each other.
    """
    del checkout
    options = build_parser().parse_args(argv)
    plan = make_plan(fake_request(options))
    if options.json and plan.frames.range_count > MOST_RUNS:
        runs = f"{plan.frames.range_count:,}"
        raise UsageError(f"--json lists every run: {MOST_RUNS:,} at most, and these are {runs}")
    if not options.out:
        raise UsageError("--out is empty")
    console = Console(COMMAND)
    with interruptible(console) as interruption:
        run = _Run(options, plan, console, interruption, environ.get("TERM", ""))
        ending = run.dry() if options.dry_run else run.write()
    return finish(ending, console)


class _Prepared(NamedTuple):
    """What bakes the frames; `sizes` are None where telling them would take baking all."""

    bakery: Bakery
    sizes: Sizes | None


class _Run(NamedTuple):
    """A plan about to be carried out."""

    options: Namespace
    plan: FakePlan
    console: Console
    interruption: Interruption
    terminal: str

    def dry(self) -> Ending:
        """Show what would be made."""
        started = time.monotonic()
        prepared = self._prepare(measure=True)
        with ExitStack() as stack:
            folder_fd = self._open_out(make=False)
            if folder_fd is not None:
                stack.callback(os.close, folder_fd)
            taken = self._taken(folder_fd)
        ending = self._refusal(taken) or self._ending(Written(0, 0, stopped=self.interruption()))
        self._show(Written(0, 0), prepared.sizes if prepared else None, ending, started)
        return ending

    def write(self) -> Ending:
        """Make the frames."""
        started = time.monotonic()
        prepared = self._prepare(measure=self.plan.file_bytes is not None)
        if prepared is None:
            written = Written(0, 0, stopped=True)
            ending = self._ending(written)
        else:
            written, ending = self._bake(prepared.bakery, started)
        self._show(written, prepared.sizes if prepared else None, ending, started)
        return ending

    def _bake(self, bakery: Bakery, started: float) -> tuple[Written, Ending]:
        """Write the frames, unless names are taken."""
        folder_fd = self._open_out(make=True)
        assert folder_fd is not None
        try:
            refusal = self._refusal(self._taken(folder_fd))
            if refusal is not None:
                return Written(0, 0), refusal
            written = write_frames(
                folder_fd,
                self.plan,
                bakery,
                force=self.options.force,
                stopped=self.interruption,
                on_file=self._progress(started),
            )
        finally:
            os.close(folder_fd)
        return written, self._ending(written)

    def _prepare(self, *, measure: bool) -> _Prepared | None:
        """Draw what frames have in common; tell their sizes, at least where that costs nothing.

        None: a signal came before the end.
        """
        try:
            bakery = Bakery(self.plan, self.interruption)
            known = measure or bakery.sizes_are_known
            return _Prepared(bakery, bakery.measure() if known else None)
        except StopRequestedError:
            return None

    def _open_out(self, *, make: bool) -> int | None:
        """Open the folder to write into; None where it is not there and is not to be made."""
        out = self.options.out
        try:
            return open_folder(out, make=make)
        except (FileExistsError, NotADirectoryError):
            raise UsageError(f"--out is no folder: {show(out)}") from None
        except OSError as error:
            raise self._unusable(error) from None

    def _taken(self, folder_fd: int | None) -> Taken:
        if folder_fd is None:
            return Taken()
        try:
            return find_taken(folder_fd, self.plan)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> QCError:
        return QCError(f"exit 3: --out {show(self.options.out)}: {error.strerror}")

    def _refusal(self, taken: Taken) -> Ending | None:
        """Refuse to begin where names are taken."""
        if taken.folder is not None:
            words = f"{show(taken.folder)} is a folder; nothing was written"
        elif taken.count and not self.options.force:
            first = show(taken.first)
            exist = "exists" if taken.count == 1 else f"and {taken.count - 1:,} more exist"
            words = f"{first} {exist} already; nothing was written (--force overwrites)"
        else:
            return None
        return Ending(Exit.INCOMPLETE, {"exists": taken.count}, words)

    def _ending(self, written: Written) -> Ending:
        if written.failed is not None:
            missing = len(self.plan.frames) - written.files
            words = f"{show(written.failed)}: {written.why}; {self._done(written.files)}"
            return Ending(Exit.INCOMPLETE, {"unwritten": missing}, words)
        if written.stopped:
            words = f"interrupted; {self._done(written.files)}"
            return Ending(self.interruption.status, words=words)
        return Ending(Exit.DONE)

    def _done(self, files: int) -> str:
        made = "were" if files != 1 else "was"
        return f"{files:,} of {plural(len(self.plan.frames), 'file')} {made} written"

    def _show(self, written: Written, sizes: Sizes | None, ending: Ending, started: float) -> None:
        seconds = time.monotonic() - started
        outcome = Outcome(
            self.options.out, self.plan, written, sizes, ending, self.options.dry_run, seconds
        )
        if self.options.json:
            self.console.result(json_text(fake_json(outcome)))
        elif ending.status == Exit.DONE and not self.options.quiet:
            self.console.result(fake_summary(outcome))

    def _progress(self, started: float) -> Callable[[int], None]:
        """Return what draws the line of progress, if there is somebody to see it."""
        total, drawn = len(self.plan.frames), started
        if self.options.quiet or self.terminal == "dumb" or not self.console.err.isatty():
            return lambda _: None

        def draw(files: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= _REDRAW_SECONDS and now - started >= 1:
                drawn = now
                rate = files / (now - started)
                self.console.draw(f"{files:,} of {plural(total, 'file')} · {rate:,.0f} files/s")

        return draw
