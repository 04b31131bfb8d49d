"""What tells that a file is like the last one, so that it need not be looked at anew. Pure."""

from struct import Struct


class Beginning:
    """The first bytes of a file, up to an end, but for `others`: those do not matter.

    `others` are the offsets where they begin and end, in order.
    """

    def __init__(self, head: memoryview, end: int, others: list[tuple[int, int]]) -> None:
        begins = [0, *(after for _, after in others)]
        ends = [*(before for before, _ in others), end]
        lengths = [to - at for at, to in zip(begins, ends, strict=True)]
        gaps = [0, *(after - before for before, after in others)]
        parts = zip(gaps, lengths, strict=True)
        # It takes all parts out at once: far faster than one by one.
        self._layout = Struct("".join([f"{gap}x{length}s" for gap, length in parts]))
        self._parts = self._layout.unpack_from(head)

    def is_of(self, head: memoryview) -> bool:
        """Tell whether a file begins so."""
        layout = self._layout
        return len(head) >= layout.size and layout.unpack_from(head) == self._parts
