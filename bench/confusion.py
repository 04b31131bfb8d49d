"""Look at files of which decoders have told what they are: `python -m bench.confusion FOLDER`.

The folder holds a MANIFEST.json with `entries`: `path`, `format`, and `state` (`ok`, `truncated`,
`damaged`, `zero`). Prints the table of docs/findings.md, and every false alarm; with `--decode`
what is found where pictures are decoded, too.
"""

import json
import os
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from qc_asset_crawler.decoding.decoder import Decoder
from qc_asset_crawler.decoding.judge import READERS
from qc_asset_crawler.errors import never
from qc_asset_crawler.findings.checks import looker
from qc_asset_crawler.findings.values import HEAD_BYTES, Kind, Look, Sample

_look = looker()
_STATES = ("ok", "truncated", "damaged", "zero")


def seen(path: Path, format_: str, decoder: Decoder | None = None) -> Look:
    """Return what is found in a file of a format, however it is called."""
    name, size = f"a.{format_}", path.stat().st_size
    if not size:
        return Look(None, Kind.ZERO_BYTE)
    with path.open("rb") as file:
        head = memoryview(file.read(HEAD_BYTES))
        told = _look(name, Sample(size, head, lambda at, n: os.pread(file.fileno(), n, at)))
        if decoder and told.kind is None and decoder.begin(name, head):
            decoder.feed(memoryview(file.read()))
            told = decoder.judged(told)
    return told


def confusion(
    folder: Path, decoder: Decoder | None = None
) -> tuple[dict[tuple[str, str], Counter[str]], list[str]]:
    """Return what was found, by format and state; and the false alarms."""
    table: dict[tuple[str, str], Counter[str]] = {}
    alarms: list[str] = []
    for entry in json.loads((folder / "MANIFEST.json").read_text())["entries"]:
        format_, state = entry["format"], entry["state"]
        if decoder and format_ not in READERS:
            continue
        look = seen(folder / entry["path"], format_, decoder)
        table.setdefault((format_, state), Counter())[look.kind or ""] += 1
        if look.kind and state == "ok":
            alarms.append(f"{look.kind}: {entry['path']}: {look.detail}")
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
    given = [word for word in sys.argv[1:] if word != "--decode"]
    folder = Path(given[0] if given else os.environ.get("QC_TEST_MEDIA", "."))
    with closing(Decoder(never)) as decoder:
        table, alarms = confusion(folder, decoder if "--decode" in sys.argv else None)
    print(markdown(table))
    for alarm in alarms:
        print(f"false alarm: {alarm}")
    return bool(alarms)


if __name__ == "__main__":
    sys.exit(main())
