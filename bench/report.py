"""What was measured, as a Markdown table and as JSON."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from .rounds import Measured
from .targets import Case, Extra, Memory, Target

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A case with what its rivals took."""

    case: Case
    measured: tuple[Measured, ...]
    left_out: str = ""

    def named(self, name: str) -> Measured | None:
        """Return one rival's runs; None: it is not installed."""
        return next((one for one in self.measured if one.name == name), None)

    def reached(self, target: Target) -> float | None:
        """Return what a target came to: a ratio, ms or MB; None where nobody can tell."""
        mine = self.named(target.of)
        if mine is None:
            return None
        if isinstance(target, Memory):
            return mine.memory / _MB
        other = self.named(target.to)
        if other is None:
            return None
        if isinstance(target, Extra):
            return (mine.wall - other.wall) * 1000
        return mine.wall / other.wall


def markdown(rows: Sequence[Row]) -> str:
    """Write the table that docs/performance.md shows."""
    lines = [
        "| work | rival | median s | least s | most MB | target |",
        "|---|---|---:|---:|---:|---|",
    ]
    for row in rows:
        if row.left_out:
            lines.append(f"| {row.case.name} | left out: {row.left_out} | – | – | – |  |")
        for at, one in enumerate(row.measured):
            least = min(sample.wall for sample in one.samples)
            figures = f"{one.wall:.3f} | {least:.3f} | {one.memory / _MB:.0f}"
            name = row.case.name if at == 0 else ""
            lines.append(f"| {name} | {one.name} | {figures} | {_targets(row, one.name)} |")
    return "\n".join(lines) + "\n"


def _targets(row: Row, name: str) -> str:
    words = []
    for target in row.case.targets:
        reached = row.reached(target)
        if target.of != name or reached is None:
            continue
        words.append(_reached(target, reached))
    return ", ".join(words)


def _reached(target: Target, reached: float) -> str:
    if isinstance(target, Memory):
        return f"{reached:.0f} MB (≤ {target.limit})"
    if isinstance(target, Extra):
        return f"{target.to} + **{reached:.0f}** ms (≤ {target.limit})"
    places = 2 if target.limit >= 1 else 3
    return f"**{reached:.{places}f}** × {target.to} (≤ {round(target.limit, 3)})"


def document(rows: Sequence[Row]) -> str:
    """Write all samples as JSON."""
    cases = [
        {
            "case": row.case.name,
            "left out": row.left_out or None,
            "rivals": [
                {
                    "name": one.name,
                    "wall": [round(sample.wall, 4) for sample in one.samples],
                    "cpu": [round(sample.cpu, 4) for sample in one.samples],
                    "memory": one.memory,
                }
                for one in row.measured
            ],
        }
        for row in rows
    ]
    return json.dumps({"machine": machine(), "cases": cases}, indent=2) + "\n"


def machine() -> dict[str, object]:
    """Describe what it was measured on."""
    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "b3sum": _version("b3sum"),
    }


def _version(program: str) -> str | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip()
