"""What the bytes of a TIFF tell."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_kinds import Kind
from picture_bytes import begun, cuts, frame, hurt, kinds_of, look_at, never_raises
from qc_asset_crawler.findings.tiff import check, knows
from qc_asset_crawler.findings.values import Facts, Look
from qc_asset_crawler.findings.values import Kind as Wrong

BYTE, TEXT, SHORT, LONG, LONG8 = 1, 2, 3, 4, 16
CODES = {BYTE: "B", TEXT: "B", SHORT: "H", LONG: "I", LONG8: "Q"}
SIZES = {BYTE: 1, TEXT: 1, SHORT: 2, LONG: 4, LONG8: 8}
WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, STRIPS = 256, 257, 258, 259, 277, 273
ROWS, LENGTHS, TILES, TILE_LENGTHS, SUB, KINDS_OF_SAMPLE = 278, 279, 324, 325, 330, 339
SOFTWARE, XMP, PRIVATE = 305, 700, 65000
Field = tuple[int, int, list[int]]


class Order:
    """How numbers are written: "<" or ">", and whether it is a BigTIFF."""

    def __init__(self, mark: str, *, big: bool = False) -> None:
        self.mark, self.big = mark, big
        self.inline = 8 if big else 4

    def pack(self, code: str, *values: int) -> bytes:
        return struct.pack(f"{self.mark}{len(values)}{code}", *values)

    def pointer(self, *values: int) -> bytes:
        return self.pack("Q" if self.big else "I", *values)

    def header(self, first: int) -> bytes:
        start = b"II" if self.mark == "<" else b"MM"
        more = self.pack("H", 43, 8, 0) if self.big else self.pack("H", 42)
        return start + more + self.pointer(first)

    def directory(self, at: int, fields: list[Field], following: int = 0) -> bytes:
        """Write a directory at an offset, and its values behind it."""
        entry = 20 if self.big else 12
        behind = at + (8 if self.big else 2) + entry * len(fields) + self.inline
        table = self.pack("Q" if self.big else "H", len(fields))
        values = b""
        for tag, kind, numbers in fields:
            raw = self.pack(CODES[kind], *numbers)
            table += self.pack("H", tag, kind) + self.pointer(len(numbers))
            if len(raw) <= self.inline:
                table += raw.ljust(self.inline, b"\0")
            else:
                table += self.pointer(behind + len(values))
                values += raw
        return table + self.pointer(following) + values


ORDERS = [Order("<"), Order(">"), Order("<", big=True), Order(">", big=True)]
LITTLE = ORDERS[0]


def fields(**changed: Field | None) -> list[Field]:
    """Return the fields of 20 by 10 pixels of 3 channels of 8 bits, in 2 strips at byte 16."""
    usual: dict[str, Field | None] = {
        "width": (WIDTH, SHORT, [20]),
        "height": (HEIGHT, SHORT, [10]),
        "bits": (BITS, SHORT, [8, 8, 8]),
        "compression": (COMPRESSION, SHORT, [1]),
        "strips": (STRIPS, LONG, [16, 316]),
        "samples": (SAMPLES, SHORT, [3]),
        "rows": (ROWS, SHORT, [5]),
        "lengths": (LENGTHS, LONG, [300, 300]),
    }
    return sorted(field for field in (usual | changed).values() if field)


def tiff(order: Order = LITTLE, pixels: int = 600, **changed: Field | None) -> bytes:
    """Write a header, pixels at byte 16, then the directory."""
    at = 16 + pixels
    return (
        order.header(at).ljust(16, b"\0") + bytes(pixels) + order.directory(at, fields(**changed))
    )


def first_then_pixels(pixels: int, **changed: Field | None) -> bytes:
    """Write the directory first, the pixels at byte 512."""
    changed.setdefault("strips", (STRIPS, LONG, [512, 812]))
    head = LITTLE.header(8) + LITTLE.directory(8, fields(**changed))
    return head.ljust(512, b"\0") + bytes(pixels)


GOOD = [frame(kind, 6, 4) for kind in kinds_of("tif")] + [tiff(order) for order in ORDERS]
PLAIN = Facts("tiff", 20, 10, "3", "8", "none")


@pytest.mark.parametrize("kind", kinds_of("tif"), ids=str)
def test_a_whole_frame(kind: Kind) -> None:
    data = frame(kind)
    assert knows(memoryview(data))
    assert look_at(check, data) == Look(Facts("tiff", 16, 9, "3", str(kind.depth), "none"))


@pytest.mark.parametrize("kind", kinds_of("tif"), ids=str)
def test_every_cut_of_a_frame_is_seen(kind: Kind) -> None:
    assert {look_at(check, cut).kind for cut in cuts(frame(kind))} == {Wrong.TRUNCATED}


@pytest.mark.parametrize("order", ORDERS)
def test_every_cut_is_seen_where_the_directory_comes_last(order: Order) -> None:
    data = tiff(order)
    assert look_at(check, data) == Look(PLAIN)
    unseen = [len(cut) for cut in cuts(data) if look_at(check, cut).kind is not Wrong.TRUNCATED]
    # Where nothing but the last pointer is missing, a writer may have left it out.
    assert unseen == ([len(data) - 8] if order.big else [])


def test_a_cut_says_where() -> None:
    assert look_at(check, tiff()[:500]).detail == "ends at 500 of 618 bytes announced"
    cut = look_at(check, first_then_pixels(599))
    assert cut == Look(PLAIN, Wrong.TRUNCATED, "ends at 1,111 of 1,112 bytes announced")


@pytest.mark.parametrize(
    ("changed", "facts"),
    [
        ({"compression": (COMPRESSION, SHORT, [5])}, PLAIN._replace(compression="lzw")),
        ({"compression": (COMPRESSION, SHORT, [32946])}, PLAIN._replace(compression="zip")),
        ({"compression": (COMPRESSION, SHORT, [60000])}, PLAIN._replace(compression="60000")),
        ({"bits": (BITS, SHORT, [5, 6, 5])}, PLAIN._replace(bits="5,6,5")),
        ({"bits": (BITS, SHORT, [8, 8, 8, 1])}, PLAIN),
        ({"bits": None, "samples": None}, PLAIN._replace(bits="1", channels="1")),
        ({"kind": (KINDS_OF_SAMPLE, SHORT, [2] * 3)}, PLAIN._replace(bits="8 signed")),
        ({"width": (WIDTH, SHORT, [20, 21])}, None),
        ({"height": None}, None),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_the_facts(order: Order, changed: dict[str, Field | None], facts: Facts | None) -> None:
    assert look_at(check, tiff(order, **changed)) == Look(facts)


def test_half_is_called_half() -> None:
    half: dict[str, Field] = {
        "bits": (BITS, SHORT, [16] * 3),
        "kind": (KINDS_OF_SAMPLE, SHORT, [3] * 3),
    }
    assert look_at(check, tiff(**half)).facts == PLAIN._replace(bits="half")


@pytest.mark.parametrize("order", ORDERS)
def test_no_directory_was_written(order: Order) -> None:
    assert look_at(check, order.header(0) + bytes(500)).kind is Wrong.INCOMPLETE
    assert look_at(check, order.header(100) + bytes(500)).kind is Wrong.INCOMPLETE


def test_a_pointer_that_is_left_out_is_no_finding() -> None:
    data = LITTLE.header(616).ljust(616, b"\0")
    data += LITTLE.directory(616, fields(bits=None, strips=None, lengths=None))
    assert look_at(check, data).kind is None
    assert look_at(check, data[:-4]).kind is None
    assert look_at(check, data[:-3]).kind is Wrong.TRUNCATED


@pytest.mark.parametrize("lengths", [[300, 10**9], [10**9, 10**9]])
def test_too_many_bytes_announced_of_uncompressed_strips(lengths: list[int]) -> None:
    changed: dict[str, Field | None] = {"lengths": (LENGTHS, LONG, lengths)}
    assert look_at(check, first_then_pixels(600, **changed)).kind is None
    assert look_at(check, first_then_pixels(599, **changed)).kind is Wrong.TRUNCATED
    changed["compression"] = (COMPRESSION, SHORT, [5])
    assert look_at(check, first_then_pixels(600, **changed)).kind is Wrong.TRUNCATED


def test_strips_without_lengths() -> None:
    assert look_at(check, first_then_pixels(600, lengths=None)).kind is None
    assert look_at(check, first_then_pixels(300, lengths=None)).kind is Wrong.TRUNCATED


def test_tiles_and_those_that_were_never_written() -> None:
    tiles: dict[str, Field | None] = {
        "strips": None, "lengths": None, "rows": None,
        "tiles": (TILES, LONG, [0, 512, 812]),
        "tile_lengths": (TILE_LENGTHS, LONG, [0, 300, 300]),
    }  # fmt: skip
    assert look_at(check, first_then_pixels(600, **tiles)).kind is None
    assert look_at(check, first_then_pixels(599, **tiles)).kind is Wrong.TRUNCATED


def test_strips_of_the_old_jpeg_are_left_alone() -> None:
    changed: dict[str, Field | None] = {"compression": (COMPRESSION, SHORT, [6])}
    assert look_at(check, first_then_pixels(10, **changed)).kind is None


def test_a_table_too_large_to_be_read_whole() -> None:
    count = 100_000
    starts = [2_000_000 + 10 * at for at in range(count)]
    large: dict[str, Field | None] = {
        "strips": (STRIPS, LONG, starts),
        "lengths": (LENGTHS, SHORT, [10] * count),
        "compression": (COMPRESSION, SHORT, [5]),
    }
    data = LITTLE.header(8) + LITTLE.directory(8, fields(**large))
    data = data.ljust(2_000_000, b"\0") + bytes(10 * count)
    assert look_at(check, data).kind is None
    assert look_at(check, data[:-1]).kind is Wrong.TRUNCATED


@pytest.mark.parametrize("tag", [SOFTWARE, XMP, PRIVATE])
def test_values_at_the_end_of_the_file(tag: int) -> None:
    kind = TEXT if tag == SOFTWARE else BYTE
    data = tiff(more=(tag, kind, [65] * 30 + [0]))
    assert look_at(check, data).kind is None
    assert look_at(check, data[:-5]).kind is (None if tag == PRIVATE else Wrong.TRUNCATED)


def test_a_text_that_is_ended_is_whole_whatever_its_count() -> None:
    data = tiff(more=(SOFTWARE, TEXT, [65] * 30 + [0]))
    at = data.index(struct.pack("<HHI", SOFTWARE, TEXT, 31))
    longer = data[:at] + struct.pack("<HHI", SOFTWARE, TEXT, 39) + data[at + 8 :]
    assert look_at(check, longer).kind is None


def pages(order: Order, *, sub: bool = False) -> bytes:
    """Write a picture, and behind it another, the next or one below the first."""
    second = 2000
    below: dict[str, Field | None] = {"sub": (SUB, LONG, [second])} if sub else {}
    at = 700
    first = order.directory(at, fields(**below), 0 if sub else second)
    head = order.header(at).ljust(at, b"\0") + first
    strips: Field = (STRIPS, LONG, [3000, 3300])
    more = order.directory(second, fields(strips=strips))
    return (head.ljust(second, b"\0") + more).ljust(3600, b"\0")


@pytest.mark.parametrize("sub", [False, True])
@pytest.mark.parametrize("order", ORDERS)
def test_directories_behind_the_first(order: Order, sub: bool) -> None:
    data = pages(order, sub=sub)
    assert look_at(check, data) == Look(PLAIN)
    for end in (1500, 2001, 2050, 3599):
        cut = look_at(check, data[:end])
        assert (cut.facts, cut.kind) == (PLAIN, Wrong.TRUNCATED)


def test_a_next_directory_that_is_none_is_left_alone() -> None:
    whole = LITTLE.header(616).ljust(616, b"\0")
    assert look_at(check, whole + LITTLE.directory(616, fields(), 99_999)).kind is None
    assert look_at(check, whole + LITTLE.directory(616, fields(), 0x7FFFFFFE)).kind is None
    assert look_at(check, whole + LITTLE.directory(616, fields(), 20)).kind is None
    assert look_at(check, whole + LITTLE.directory(616, fields(), 616)).kind is None
    junk = LITTLE.directory(16, [(900, LONG, [1] * 9), (300, LONG, [1] * 9)])
    junk = junk.replace(struct.pack("<I", 9), struct.pack("<I", 99_999))
    whole = (LITTLE.header(616).ljust(16, b"\0") + junk).ljust(616, b"\0")
    assert look_at(check, whole + LITTLE.directory(616, fields(), 16)).kind is None


def test_an_unknown_width_of_offsets_is_left_alone() -> None:
    data = bytearray(tiff(ORDERS[2]))
    data[4] = 16
    assert look_at(check, bytes(data)) == Look()


@pytest.mark.parametrize("data", [b"X", b"IM*\0", b"II\0*" + bytes(20), b"\x89PNG\r\n\x1a\n"])
def test_another_beginning(data: bytes) -> None:
    assert look_at(check, data).kind is Wrong.BAD_MAGIC
    assert not knows(memoryview(data))


@given(st.one_of(begun([order.header(16) for order in ORDERS]), hurt([*GOOD, pages(LITTLE)])))
def test_nothing_makes_it_raise(data: bytes) -> None:
    never_raises(check, data)
