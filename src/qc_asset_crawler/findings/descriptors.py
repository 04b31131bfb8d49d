"""What an MXF's descriptors say of its picture, or of its sound if it has no picture.

SMPTE ST 377-1, annexes F and G (https://pub.smpte.org/doc/377-1/); tags after
https://registry.smpte-ra.org/
"""

from struct import Struct

from .klv import klvs
from .values import Facts, Sample

_MOST_SETS, _MOST_ITEMS, _WINDOW = 200, 100, 4 << 10
_SET = b"\x06\x0e\x2b\x34\x02\x53\x01\x01\x0d\x01\x01\x01\x01\x01"
_PICTURES = (0x27, 0x28, 0x29, 0x51)  # generic, CDCI, RGBA, MPEG
_SOUNDS = (0x42, 0x47, 0x48)  # generic, AES3, wave
_ITEM = Struct(">HH")
_CODING, _HEIGHT, _WIDTH, _SHOWN_HEIGHT, _SHOWN_WIDTH, _LAYOUT = (
    0x3201, 0x3202, 0x3203, 0x3208, 0x3209, 0x320C,
)  # fmt: skip
_DEPTH, _BITS, _CHANNELS = 0x3301, 0x3D01, 0x3D07
_SEPARATE_FIELDS = 1  # then the height is that of a field
_CODINGS = {
    b"\x04\x01\x02\x02\x01": "mpeg", b"\x04\x01\x02\x02\x02": "dv",
    b"\x04\x01\x02\x02\x71": "dnxhd",
    b"\x04\x01\x02\x02\x03\x01": "jpeg2000", b"\x04\x01\x02\x02\x03\x06": "prores",
    b"\x04\x01\x02\x01": "none",
}  # fmt: skip


def mxf_facts(sample: Sample, at: int) -> Facts:
    """Return what is said in the sets that follow the header, as far as they are at hand."""
    sound: Facts | None = None
    for found in klvs(sample, at, _MOST_SETS, _WINDOW):
        if found.end > len(sample.head):
            break
        if found.key.startswith(_SET):
            if found.key[14] in _PICTURES:
                return _picture(_items(sample.at(found.start, found.end - found.start)))
            if found.key[14] in _SOUNDS:
                sound = sound or _sound(_items(sample.at(found.start, found.end - found.start)))
    return sound or Facts("mxf")


def _items(data: bytes) -> dict[int, bytes]:
    """Return a set's items by their tags."""
    items: dict[int, bytes] = {}
    at = 0
    for _ in range(_MOST_ITEMS):
        if at + 4 > len(data):
            break
        tag, size = _ITEM.unpack_from(data, at)
        items[tag] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return items


def _number(items: dict[int, bytes], tag: int) -> int | None:
    value = items.get(tag)
    return int.from_bytes(value) if value and len(value) <= 4 else None


def _text(items: dict[int, bytes], tag: int) -> str | None:
    number = _number(items, tag)
    return None if number is None else str(number)


def _picture(items: dict[int, bytes]) -> Facts:
    width = _number(items, _SHOWN_WIDTH) or _number(items, _WIDTH)
    height = _number(items, _SHOWN_HEIGHT) or _number(items, _HEIGHT)
    if height and _number(items, _LAYOUT) == _SEPARATE_FIELDS:
        height *= 2
    if not width or not height:
        width = height = None
    return Facts("mxf", width, height, None, _text(items, _DEPTH), _coding(items))


def _coding(items: dict[int, bytes]) -> str | None:
    label = items.get(_CODING, b"")[8:]
    if label.startswith(b"\x04\x01\x02\x02\x01") and label[5:6] >= b"\x30":
        return "h264"
    return next((word for start, word in _CODINGS.items() if label.startswith(start)), None)


def _sound(items: dict[int, bytes]) -> Facts:
    return Facts("mxf", None, None, _text(items, _CHANNELS), _text(items, _BITS))
