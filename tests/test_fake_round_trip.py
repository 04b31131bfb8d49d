"""What `make-fake-seq` says it made is what `qc-crawl` finds."""

from pathlib import Path

import pytest

from support import Tool, first, only_sidecar, sidecars

ROWS = [
    (("--base", "plate"),),
    (("--base", "plate", "--frames", "40", "--holes", "17", "--ranges", "5", "--seed", "3"),),
    (("--like", "bg_%06d.dpx", "--start", "0", "--frames", "12", "--holes", "4"),),
    (("--base", "r", "--ext", "tif", "--pad", "1", "--start", "998", "--end", "1003"),),
    (("--base", "r", "--ext", "png", "--pad", "3", "--start", "98", "--frames", "7"),),
    (("--base", "s", "--ext", "jpeg", "--step", "10", "--end", "1101"),),
    (("--like", "1001.TIFF", "--start", "9", "--ranges", "4"),),
    (("--like", "take-0099.exr", "--bytes", "0", "--holes", "30"),),
    (("--base", "100%_v2-", "--pad", "8", "--start", "5", "--end", "90", "--holes", "60"),),
]
FIELDS = ("frame_count", "frame_min", "frame_max", "frames", "holes", "range_count", "pad", "ext")
ASKED = {
    "--frames": "frame_count",
    "--holes": "holes",
    "--ranges": "range_count",
    "--start": "frame_min",
    "--end": "frame_max",
}


@pytest.mark.parametrize("args", first(3, ROWS))
def test_the_sidecar_says_what_was_asked(
    qc: Tool, fake: Tool, shot: Path, args: tuple[str, ...]
) -> None:
    made = fake.json("--out", shot, *args)
    report = qc.json(shot)
    assert (report["summary"]["assets"], report["summary"]["sequences"]) == (1, 1)
    assert report["summary"]["bytes_seen"] == made["bytes"]
    sequence = only_sidecar(shot)["sequence"]
    assert {field: sequence[field] for field in FIELDS} == {field: made[field] for field in FIELDS}
    assert sequence["pattern"] == made["pattern"]
    asked = dict(zip(args[::2], args[1::2], strict=True))
    for option, field in ASKED.items():
        if option in asked:
            assert sequence[field] == int(asked[option])


def test_several_sequences_of_one_folder(qc: Tool, fake: Tool, shot: Path) -> None:
    for ext in ("exr", "dpx", "tif", "png", "jpg"):
        fake.run("--out", shot, "--base", "plate", "--ext", ext, "--frames", "5")
    qc.run(shot)
    assert set(sidecars(shot)) == {
        f"plate.%04d.{ext}" for ext in ("exr", "dpx", "tif", "png", "jpg")
    }
