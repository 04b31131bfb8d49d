"""Real readers open every kind of frame, and see what was meant to be seen."""

import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest

from fake_kinds import KINDS, Kind, bakery_of, expected, gradient, write_frame
from fake_readers import depth_as_seen, openexr, openimageio, pillow, readers_of
from qc_asset_crawler.errors import UsageError
from qc_asset_crawler.fakeseq.bake import Bakery
from qc_asset_crawler.fakeseq.formats import find_format
from qc_asset_crawler.fakeseq.picture import GLYPHS, draw
from qc_asset_crawler.fakeseq.plan import make_plan
from qc_asset_crawler.fakeseq.request import (
    Compression,
    Depth,
    Endian,
    FakeRequest,
    Look,
    Naming,
)
from qc_asset_crawler.fakeseq.stamp import Stamp

TOLERANCE = {"8": 1 / 200, "10": 1 / 1000, "16": 1 / 65000, "half": 1 / 1000, "float": 1e-6}
# An odd width and height: rows that have to be filled up, and a last block of zip that is not full.
SIZE = (67, 37)

HALF = Kind("exr", Depth.HALF, Compression.NONE, None)
ZIP = Kind("exr", Depth.HALF, Compression.ZIP, None)
DPX = Kind("dpx", Depth.TEN, Compression.NONE, Endian.BIG)
JPG = Kind("jpg", Depth.EIGHT, Compression.NONE, None)


def is_slow(kind: Kind, reader: str) -> bool:
    """Tell whether a reader starts programs, and others know the kind as well."""
    return reader in {"oiiotool", "imagemagick"} or (reader == "ffmpeg" and kind.ext != "dpx")


BY_READER = [
    pytest.param(kind, reader, marks=[pytest.mark.slow] if is_slow(kind, reader) else [])
    for kind in KINDS
    for reader in readers_of(kind)
]


@pytest.mark.parametrize(("kind", "reader"), BY_READER, ids=str)
def test_readers_see_the_picture_and_the_number(tmp_path: Path, kind: Kind, reader: str) -> None:
    width, height = SIZE
    if reader == "imagemagick" and (kind.ext, kind.depth) == ("dpx", "16"):
        width += 1  # it knows nothing of the bytes that fill up an odd row of 16 bits
    path = write_frame(tmp_path, kind, 1024, Look(width, height))
    seen = readers_of(kind)[reader](path)
    assert (seen.width, seen.height, seen.channels) == (width, height, 3)
    assert seen.depth == depth_as_seen(reader, kind)
    off = np.abs(seen.pixels - expected(width, height, "1024"))
    if kind.ext == "jpg":
        assert off.mean() < 0.02
        assert off.max() < 0.4
    else:
        assert off.max() <= TOLERANCE[kind.depth]


def test_every_kind_has_two_independent_readers() -> None:
    for kind in KINDS:
        independent = set(readers_of(kind)) - {"oiiotool"}
        assert len(independent) >= 2, kind


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (7, 5), (24, 9), (25, 9), (640, 360)], ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_pictures_of_any_size_are_read(tmp_path: Path, kind: Kind, size: tuple[int, int]) -> None:
    seen = openimageio(write_frame(tmp_path, kind, 1024, Look(*size)))
    assert (seen.width, seen.height) == size
    if draw(*size, 4, 0).box is None:
        off = np.abs(seen.pixels - gradient(*size))
        off[0, 0] = 0  # the first pixel is the frame's own
    else:
        off = np.abs(seen.pixels - expected(*size, "1024"))
    if kind.ext != "jpg":
        assert off.max() <= TOLERANCE[kind.depth]


def test_tiny_frames_differ_in_their_pixels_too(tmp_path: Path) -> None:
    for kind in KINDS:
        if kind.ext == "jpg":
            continue
        paths = [write_frame(tmp_path, kind, number, Look(3, 2)) for number in range(1001, 1021)]
        assert len({openimageio(path).pixels[0, 0].tobytes() for path in paths}) == 20


def test_large_blocks_of_png_are_cut_up(tmp_path: Path) -> None:
    kind = Kind("png", Depth.SIXTEEN, Compression.NONE, None)
    seen = openimageio(write_frame(tmp_path, kind, 1024, Look(400, 100)))
    assert np.abs(seen.pixels - expected(400, 100, "1024")).max() <= TOLERANCE["16"]
    kind = kind._replace(depth=Depth.EIGHT)
    assert pillow(write_frame(tmp_path, kind, 1024, Look(400, 100))).width == 400


def test_zip_holds_the_very_pixels_of_none_frame_after_frame(tmp_path: Path) -> None:
    for depth in (Depth.HALF, Depth.FLOAT):
        plain = bakery_of(HALF._replace(depth=depth), Look(*SIZE))
        packed = bakery_of(ZIP._replace(depth=depth), Look(*SIZE))
        for number in (1024, 1001, 1011):
            (tmp_path / "a.exr").write_bytes(plain.bake(number).data)
            (tmp_path / "b.exr").write_bytes(packed.bake(number).data)
            read = [openexr(tmp_path / name).pixels for name in ("a.exr", "b.exr")]
            assert np.array_equal(*read)
        assert (tmp_path / "b.exr").stat().st_size < (tmp_path / "a.exr").stat().st_size / 2


def test_a_frame_is_the_same_whatever_was_made_before_it() -> None:
    for kind in KINDS:
        one, other = bakery_of(kind), bakery_of(kind)
        for number in (1001, 1019, 1008):
            one.bake(number)
        assert one.bake(1010).data == other.bake(1010).data


def test_the_digits_can_be_told_apart() -> None:
    shapes = {"".join(rows) for rows in GLYPHS.values()}
    assert len(shapes) == 11
    for rows in GLYPHS.values():
        assert [len(row) for row in rows] == [5] * 7


@pytest.mark.parametrize("number", [1035678, 1024, 1009])
def test_every_digit_has_its_shape(tmp_path: Path, number: int) -> None:
    for kind in (HALF, DPX):
        seen = openimageio(write_frame(tmp_path, kind, number, Look(160, 40)))
        off = np.abs(seen.pixels - expected(160, 40, str(number)))
        assert off.max() <= TOLERANCE[kind.depth]


def test_the_seed_changes_the_colours() -> None:
    assert len({bytes(bakery_of(HALF, seed=seed).bake(1001).data) for seed in range(20)}) == 20
    for seed in range(20):
        picture = draw(64, 36, 4, seed)
        for ramp in (picture.reds, picture.greens, picture.blues):
            assert abs(ramp[-1] - ramp[0]) > 10000


# -- padding ------------------------------------------------------------------------------------


# png fills up in chunks, of which the last may not be too small for one.
FILLINGS = [0, 1, 12, 40_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 11, (1 << 20) + 12, 3 << 20]


@pytest.mark.parametrize(("kind", "reader"), BY_READER, ids=str)
def test_padded_files_are_read_without_a_complaint(tmp_path: Path, kind: Kind, reader: str) -> None:
    needed = bakery_of(kind).bake(1024).size
    for more in FILLINGS if kind.ext == "png" else (1, 40_000):
        path = write_frame(tmp_path, kind, 1024, Look(bytes=needed + more))
        assert path.stat().st_size == needed + more
        seen = readers_of(kind)[reader](path)
        off = np.abs(seen.pixels - expected(64, 36, "1024"))
        assert off.max() <= (0.4 if kind.ext == "jpg" else TOLERANCE[kind.depth])


@pytest.mark.parametrize("more", FILLINGS)
def test_a_padded_png_is_chunks_to_its_end(more: int) -> None:
    kind = Kind("png", Depth.EIGHT, Compression.NONE, None)
    needed = bakery_of(kind).bake(1024).size
    data = b"".join(bakery_of(kind, Look(bytes=needed + more)).bake(1024).parts())
    at, names = 8, []
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        (checksum,) = struct.unpack_from(">I", data, at + 8 + size)
        assert checksum == zlib.crc32(data[at + 4 : at + 8 + size])
        assert size <= 8_000_000  # libpng takes no more
        names.append(name)
        at += 12 + size
    assert at == len(data) == needed + more
    assert names[:5] == [b"IHDR", b"tEXt", b"tEXt", b"tEXt", b"IDAT"]
    assert set(names[5:-1]) == {b"fiLl"}
    assert names[-1] == b"IEND"


@pytest.mark.parametrize("endian", list(Endian))
@pytest.mark.parametrize(("size", "said"), [(50_000, 50_000), (5 << 30, 0xFFFFFFFF)])
def test_dpx_says_its_size_where_there_is_room_for_it(endian: Endian, size: int, said: int) -> None:
    baked = bakery_of(DPX._replace(endian=endian), Look(bytes=size)).bake(1024)
    mark = ">" if endian is Endian.BIG else "<"
    assert baked.size == size
    assert struct.unpack_from(f"{mark}I", baked.data, 16) == (said,)


@pytest.mark.parametrize("ext", ["exr", "dpx", "tif", "png", "jpg"])
def test_the_longest_rows_there_are(ext: str) -> None:
    most = find_format(ext).most_side
    for size in ((most, 1), (1, most)):
        asked = FakeRequest(Naming(base="plate", ext=ext), look=Look(*size))
        assert Bakery(make_plan(asked)).bake(1001).size > 15_000
    with pytest.raises(UsageError, match=f"{ext}: .* {most:,} a side"):
        make_plan(FakeRequest(Naming(base="plate", ext=ext), look=Look(most + 1, 1)))


# -- headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "timecode"),
    [
        (0, (0, 0, 0, 0)),
        (23, (0, 0, 0, 23)),
        (24, (0, 0, 1, 0)),
        (1001, (0, 0, 41, 17)),
        (86400, (1, 0, 0, 0)),
        (24 * 86400 - 1, (23, 59, 59, 23)),
        (24 * 86400, (0, 0, 0, 0)),
    ],
)
def test_timecode(number: int, timecode: tuple[int, ...]) -> None:
    stamp = Stamp(number, str(number), "x")
    assert stamp.timecode == timecode
    assert f"{stamp.bcd_timecode:08x}" == "".join(f"{part:02d}" for part in timecode)


def test_the_header_of_exr(tmp_path: Path) -> None:
    import OpenEXR

    for kind in (HALF, ZIP):
        with OpenEXR.File(str(write_frame(tmp_path, kind, 1001))) as file:
            header = file.header()
            time = header["timeCode"]
            assert (time.hours, time.minutes, time.seconds, time.frame) == (0, 0, 41, 17)
            assert not time.dropFrame
            assert header["imageCounter"] == 1001
            assert header["reelName"] == "plate"
            assert header["software"] == "make-fake-seq"
            assert header["framesPerSecond"] == 24


def attributes(path: Path) -> dict[str, object]:
    import OpenImageIO

    spec = OpenImageIO.ImageBuf(str(path)).spec()
    return {attribute.name: attribute.value for attribute in spec.extra_attribs}


@pytest.mark.parametrize("endian", list(Endian))
def test_the_header_of_dpx(tmp_path: Path, endian: Endian) -> None:
    path = write_frame(tmp_path, DPX._replace(endian=endian), 1001)
    header = attributes(path)
    assert header["dpx:TimeCode"] == "00:00:41:17"
    assert header["dpx:FramePosition"] == 1001
    assert header["dpx:FrameId"] == "1001"
    assert header["dpx:FrameRate"] == header["dpx:TemporalFrameRate"] == 24.0
    assert header["dpx:SourceImageFileName"] == "plate.1001.dpx"
    assert header["Software"] == "make-fake-seq"
    assert header["dpx:HighData"] == 1023
    assert "DateTime" not in header
    data = path.read_bytes()
    assert data[:4] == (b"SDPX" if endian == "big" else b"XPDS")
    mark = ">" if endian == "big" else "<"
    assert struct.unpack_from(f"{mark}I", data, 16) == (len(data),)
    assert data[36:50] == b"plate.1001.dpx"


def test_ffprobe_finds_the_timecode_of_dpx(tmp_path: Path) -> None:
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("there is no ffprobe here")
    path = write_frame(tmp_path, DPX, 1001)
    args = (program, "-v", "error", "-show_frames", "-show_streams", "-of", "json", path)
    done = subprocess.run(args, capture_output=True, check=True)
    assert "00:00:41:17" in json.dumps(json.loads(done.stdout))


@pytest.mark.parametrize("endian", list(Endian))
def test_the_header_of_tif(tmp_path: Path, endian: Endian) -> None:
    import tifffile

    kind = Kind("tif", Depth.EIGHT, Compression.NONE, endian)
    with tifffile.TiffFile(write_frame(tmp_path, kind, 1001)) as file:
        tags = {tag.name: tag.value for tag in file.pages[0].tags.values()}
        assert file.byteorder == (">" if endian == "big" else "<")
    assert tags["ImageDescription"] == "frame 1001, time code 00:00:41:17"
    assert tags["DocumentName"] == "plate.1001.tif"
    assert tags["PageName"] == "1001"
    assert tags["Software"] == "make-fake-seq"
    assert "DateTime" not in tags


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_header_drives_a_terminal(kind: Kind) -> None:
    base = "a\x1b[31m\x07\n\u202e\u0085\udce9"
    data = bytes(bakery_of(kind, base=base).bake(1001).data)
    assert base.isprintable() is False
    assert rb"a\x1b[31m\x07\x0a\u202e\u0085\xe9" in data
    assert b"\x1b[31m" not in data


def test_dpx_keeps_the_end_of_a_number_that_is_too_long(tmp_path: Path) -> None:
    asked = FakeRequest(Naming(base="plate", ext="dpx", pad=40))
    path = tmp_path / "a.dpx"
    path.write_bytes(Bakery(make_plan(asked)).bake(1001).data)
    assert attributes(path)["dpx:FrameId"] == "1001".zfill(31)


def test_the_texts_of_png_and_jpg(tmp_path: Path) -> None:
    from PIL import Image

    kind = Kind("png", Depth.EIGHT, Compression.NONE, None)
    with Image.open(write_frame(tmp_path, kind, 1001)) as image:
        assert image.text == {
            "Title": "plate",
            "Software": "make-fake-seq",
            "Comment": "frame 1001, time code 00:00:41:17",
        }
    with Image.open(write_frame(tmp_path, JPG, 1001)) as image:
        comment = image.info["comment"].decode()
    assert comment == "plate, frame 1001, time code 00:00:41:17, make-fake-seq"
