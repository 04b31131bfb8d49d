"""What `make-fake-seq` made, in words and for machines; `docs/make-fake-seq.md` has the keys."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ..fakeseq.bake import Sizes
from ..fakeseq.plan import FakePlan
from ..fakeseq.write import Written
from ..ranges import format_runs, runs_of
from ..text import human_bytes, plural, show
from .ending import Ending
from .shell import shell_path

_MOST_RUNS = 12


class Outcome(NamedTuple):
    """What became of a plan. `sizes` are None where they were not measured beforehand."""

    out: str
    plan: FakePlan
    written: Written
    sizes: Sizes | None
    ending: Ending
    dry_run: bool
    seconds: float


def fake_summary(outcome: Outcome) -> str:
    """Say what was made, or would be."""
    return "\n".join(_lines(outcome)) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    plan, frames = outcome.plan, outcome.plan.frames
    made = "would make" if outcome.dry_run else "made"
    place = show(f"{outcome.out.rstrip('/')}/{plan.key.pattern}")
    yield f"{made} {plural(len(frames), 'frame')}: {place}"
    yield f"frames: {_short(frames.runs())}{_holes(plan)}"
    yield f"each: {_each(outcome)}"
    total = _total(outcome) or 0
    if outcome.dry_run:
        yield f"bytes: {human_bytes(total)}"
    else:
        rate = len(frames) / outcome.seconds if outcome.seconds > 0 else 0
        yield f"wrote {human_bytes(total)} in {outcome.seconds:.1f} s ({rate:,.0f} files/s)"
    for harm in plan.harm:
        yield f"{harm.kind}: {_short(runs_of(harm.frames))}"
    if not outcome.dry_run:
        yield f"next: qc-crawl {shell_path(outcome.out)}"


def _total(outcome: Outcome) -> int | None:
    """Tell how large all files are; None where not all are there and nobody measured."""
    if outcome.sizes is not None:
        return outcome.sizes.total
    whole = outcome.written.files == len(outcome.plan.frames)
    return outcome.written.bytes if whole else None


def _short(runs: Iterable[tuple[int, int]]) -> str:
    """Write the first few runs; `--json` has them all."""
    some = tuple(islice(runs, _MOST_RUNS + 1))
    return format_runs(some[:_MOST_RUNS]) + (",…" if len(some) > _MOST_RUNS else "")


def _holes(plan: FakePlan) -> str:
    frames = plan.frames
    if not frames.holes:
        return ""
    return f" ({plural(frames.holes, 'hole')}, {plural(frames.range_count, 'run')})"


def _each(outcome: Outcome) -> str:
    plan, sizes = outcome.plan, outcome.sizes
    size = f"{plan.shape.picture.width}x{plan.shape.picture.height}"
    unit = "" if plan.shape.depth in {"half", "float"} else " bit"
    text = f"{size} {plan.format.name}, {plan.shape.depth}{unit}"
    if len(plan.format.compressions) > 1:
        text += f", compression {plan.shape.compression}"
    if plan.format.endians:
        text += f", {plan.shape.endian}-endian"
    return text + (f", {sizes.each:,} bytes" if sizes and sizes.each is not None else "")


def fake_json(outcome: Outcome) -> dict[str, object]:
    """Describe what was made, or would be."""
    plan, frames, shape = outcome.plan, outcome.plan.frames, outcome.plan.shape
    return {
        "out": outcome.out,
        "pattern": plan.key.pattern,
        "frame_count": len(frames),
        "frame_min": frames.first,
        "frame_max": frames.last,
        "frames": format_runs(tuple(frames.runs())),
        "holes": frames.holes,
        "range_count": frames.range_count,
        "pad": plan.key.pad,
        "size": [shape.picture.width, shape.picture.height],
        "ext": plan.key.ext,
        "depth": shape.depth,
        "compression": shape.compression,
        "endian": shape.endian if plan.format.endians else None,
        "bytes": _total(outcome),
        "bytes_per_file": outcome.sizes.each if outcome.sizes else None,
        "seed": plan.seed,
        "damage": [
            {"kind": harm.kind, "frames": format_runs(runs_of(harm.frames))} for harm in plan.harm
        ],
        "dry_run": outcome.dry_run,
        "files_written": outcome.written.files,
        "bytes_written": outcome.written.bytes,
        "seconds": round(outcome.seconds, 3),
        "status": int(outcome.ending.status),
        "reasons": dict(outcome.ending.reasons),
    }
