"""The process that decodes, and what its words mean."""

import importlib.util
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from bench.confusion import confusion

from qc_asset_crawler.decoding.decoder import Decoder
from qc_asset_crawler.decoding.judge import READERS, Said, judge, one_line
from qc_asset_crawler.decoding.scratch import Scratch
from qc_asset_crawler.errors import DecoderError, StopRequestedError, never
from qc_asset_crawler.findings.values import Facts, Look
from support import Tool

needs_decoder = pytest.mark.skipif(
    importlib.util.find_spec("OpenImageIO") is None, reason="OpenImageIO is not installed"
)
PICTURE = memoryview(b"v/1\x01 and so on")
WORKER = """
import os, signal, sys, time
print('{"trouble": ""}', flush=True)
for _ in sys.stdin:
    kind = open(sys.argv[1], "rb").read()[4:].decode()
    if kind == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hang":
        time.sleep(60)
    print('{"reader": "openexr", "said": "bad ' + kind + '"}', flush=True)
"""


def told(decoder: Decoder, what: str) -> str:
    """Have a picture decoded that makes the stand-in for the worker do something."""
    assert decoder.begin("a.exr", memoryview(b"v/1\x01" + what.encode()))
    return decoder.judged(Look()).detail


@pytest.fixture
def worker(tmp_path: Path) -> Path:
    path = tmp_path / "worker.py"
    path.write_text(WORKER)
    return path


@pytest.fixture
def decoder(worker: Path) -> Iterator[Decoder]:
    with closing(Decoder(never, 0.5, worker)) as decoder:
        yield decoder


def test_a_picture_that_ends_the_decoder_is_named_and_the_next_one_decoded(
    decoder: Decoder,
) -> None:
    assert told(decoder, "crash") == "the decoder crashed (SIGSEGV)"
    assert told(decoder, "pixel") == "the decoder says: bad pixel"
    assert told(decoder, "hang") == "the decoder did not come to an end in 0.5 seconds"
    assert told(decoder, "pixel") == "the decoder says: bad pixel"


def test_a_decoder_that_was_killed_says_nothing_of_the_picture(decoder: Decoder) -> None:
    with pytest.raises(DecoderError, match="signal 9"):
        told(decoder, "killed")
    assert told(decoder, "pixel") == "the decoder says: bad pixel"


def test_who_asks_to_stop_does_not_wait_for_the_decoder(worker: Path) -> None:
    with closing(Decoder(lambda: True, 60, worker)) as decoder, pytest.raises(StopRequestedError):
        told(decoder, "hang")


def test_only_pictures_are_decoded(decoder: Decoder) -> None:
    for name in ("a.mov", "a.wav", "a.ari", "a"):
        assert not decoder.begin(name, PICTURE)
    assert decoder.begin("a.png", PICTURE)


NO_READER = 'OpenImageIO could not find a format reader for the file. Is it "x"?'
RGB, ODD = Facts("tiff", 1, 1, "3", "16"), Facts("tiff", 1, 1, "1", "5")
JUDGED = {
    "nothing": ("png", RGB, Said("png", ""), ""),
    "a complaint": ("png", RGB, Said("png", "CRC error"), "the decoder says: CRC error"),
    "not opened": ("exr", None, Said("", NO_READER), "the decoder cannot open it as EXR"),
    "usual, not opened": ("tiff", RGB, Said("", NO_READER), "the decoder cannot open it as TIFF"),
    "odd, not opened": ("tiff", ODD, Said("", NO_READER), ""),
    "unknown, not opened": ("dpx", None, Said("", NO_READER), ""),
    "not supported": ("jpeg", None, Said("jpeg", "Unsupported JPEG data precision 12"), ""),
    "not built in": ("tiff", RGB, Said("tiff", "LZMA support is not configured"), ""),
    "too large": ("tiff", RGB, Said("tiff", 'exceeds "limits:channels"'), ""),
    "as something else": ("tiff", RGB, Said("raw", "no preview"), ""),
    "long": ("png", RGB, Said("png", "x" * 999), "the decoder says: " + "x" * 160 + "…"),
}


@pytest.mark.parametrize(("format_", "facts", "said", "detail"), JUDGED.values(), ids=list(JUDGED))
def test_what_a_decoder_does_not_know_is_no_finding(
    format_: str, facts: Facts | None, said: Said, detail: str
) -> None:
    look = judge(Look(facts), format_, said)
    assert look.facts == facts
    assert (look.kind or "", look.detail) == ("unreadable" if detail else "", detail)


def test_the_words_of_a_decoder_are_one_harmless_line() -> None:
    path = "/proc/self/fd/7"
    said = f'bad data ("{path}")\r\nbad data ("{path}")\n\x1b[2J{path}: \u202eend'
    assert one_line(said, path) == r"bad data; \x1b[2Jthe file: \u202eend"


def test_bytes_lie_in_a_file_where_the_system_has_none_in_memory() -> None:
    scratch = Scratch(in_memory=False)
    scratch.write(memoryview(b"old bytes"))
    scratch.clear()
    scratch.write(memoryview(b"new"))
    assert Path(scratch.path).read_bytes() == b"new"
    scratch.close()
    assert not Path(scratch.path).exists()


# Files that others have called whole, and what is true of them all the same.
TOLD_OF = {
    "crash-0da013a13571cc8eb457a39fee8db18f8a3c7127.tif": "its fax lines end too early",
    "separate_planar_extra_samples.tiff": "it says that a strip of it has no bytes",
}


@needs_decoder
def test_no_false_alarm_on_real_media() -> None:
    folder = Path(os.environ.get("QC_TEST_MEDIA", ""))
    if not (folder / "MANIFEST.json").is_file():
        pytest.skip("QC_TEST_MEDIA names no folder with a MANIFEST.json")
    with closing(Decoder(never)) as decoder:
        table, alarms = confusion(folder, decoder)
    assert {Path(alarm.split(": ")[1]).name for alarm in alarms} <= TOLD_OF.keys()
    assert caught(table) > caught(confusion(folder)[0])


def caught(table: dict[tuple[str, str], Counter[str]]) -> int:
    """Count the pictures that others have called damaged, and of which something is found."""
    return sum(
        counts.total() - counts[""]
        for (format_, state), counts in table.items()
        if state == "damaged" and format_ in READERS
    )


@needs_decoder
@pytest.mark.slow
@pytest.mark.parametrize("ext", ["exr", "dpx", "tif", "png", "jpg"])
def test_no_bytes_whatever_end_the_decoder(fake: Tool, tmp_path: Path, ext: str) -> None:
    fake.run("--out", tmp_path, "--base", "a", "--ext", ext, "--frames", "3", "--size", "40x30")
    good = next(tmp_path.glob("*")).read_bytes()
    chance = random.Random(ext)
    with closing(Decoder(never, 30)) as decoder:
        for _ in range(400):
            data = bytearray(good)
            for _ in range(chance.randint(1, 9)):
                data[chance.randrange(chance.choice((min(512, len(data)), len(data))))] ^= 0x55
            assert decoder.begin(f"a.{ext}", memoryview(data[: chance.randint(20, len(data))]))
            look = decoder.judged(Look())
            assert look.detail.isprintable()
            assert "crashed" not in look.detail
            assert "come to an end" not in look.detail
