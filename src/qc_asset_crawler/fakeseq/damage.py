"""Good bytes made bad. Pure."""

_MAGIC_BYTES = 4


def cut_in_pixels(data: bytes | bytearray, pixels: tuple[int, int]) -> bytes:
    """Return a frame that ends in the middle of its pixels."""
    first, end = pixels
    return bytes(data[: first + (end - first) // 2])


def without_magic(data: bytes | bytearray) -> bytes:
    """Return a frame whose first bytes no reader knows."""
    return bytes(byte ^ 0xFF for byte in data[:_MAGIC_BYTES]) + data[_MAGIC_BYTES:]
