"""Look at files of which decoders have told what they are: `python -m bench.confusion FOLDER`.

The folder holds a MANIFEST.json with `entries`: `path`, `format`, and `state` (`ok`, `truncated`,
`damaged`, `zero`). Prints the table of docs/findings.md, and every false alarm.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

from qc_asset_crawler.findings.checks import looker
from qc_asset_crawler.findings.values import HEAD_BYTES, Kind, Sample

_look = looker()
_STATES = ("ok", "truncated", "damaged", "zero")


def seen(path: Path, format_: str) -> str:
    """Return what is found in a file of a format, however it is called: a kind, or nothing."""
    size = path.stat().st_size
    if not size:
        return Kind.ZERO_BYTE
    with path.open("rb") as file:
        head = memoryview(file.read(HEAD_BYTES))
        told = _look(
            f"a.{format_}", Sample(size, head, lambda at, n: os.pread(file.fileno(), n, at))
        )
    return told.kind or ""


def confusion(folder: Path) -> tuple[dict[tuple[str, str], Counter[str]], list[str]]:
    """Return what was found, by format and state; and the false alarms."""
    table: dict[tuple[str, str], Counter[str]] = {}
    alarms: list[str] = []
    for entry in json.loads((folder / "MANIFEST.json").read_text())["entries"]:
        kind = seen(folder / entry["path"], entry["format"])
        table.setdefault((entry["format"], entry["state"]), Counter())[kind] += 1
        if kind and entry["state"] == "ok":
            alarms.append(f"{kind}: {entry['path']}")
    return table, alarms


def markdown(table: dict[tuple[str, str], Counter[str]]) -> str:
    """Write the table: of how many files of a state something is said, and of how many."""
    lines = [
        "| format | " + " | ".join(_STATES) + " |",
        "|---|" + "---:|" * len(_STATES),
    ]
    formats = [*sorted({name for name, _ in table}), "all"]
    for name in formats:
        cells = []
        for state in _STATES:
            counts = Counter[str]()
            for (format_, state_), found in table.items():
                if state_ == state and name in {format_, "all"}:
                    counts += found
            total = counts.total()
            cells.append(f"{total - counts['']} of {total}" if total else "–")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; tell by the exit status whether there are false alarms."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QC_TEST_MEDIA", "."))
    table, alarms = confusion(folder)
    print(markdown(table))
    for alarm in alarms:
        print(f"false alarm: {alarm}")
    return bool(alarms)


if __name__ == "__main__":
    sys.exit(main())
