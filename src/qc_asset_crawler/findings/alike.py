"""What tells that a file is like the last one, so that it need not be looked at anew. Pure."""

from struct import Struct

from .values import NOTHING, Check, Look, Sample

_NOTHING_AT_HAND = memoryview(b"")


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


class Remembering:
    """Asks a checker about files, one after the other; each is told as if it were the only one.

    Where a file has the size of the last one, and the same bytes in all places that the checker
    read then, it would say the same. It is for checkers that read by `Sample.at` alone, and of
    formats whose frames mostly have one size. Used by one thread at a time.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._size = -1
        self._read: list[tuple[int, int, bytes]] = []
        self._look = NOTHING

    def __call__(self, sample: Sample) -> Look:
        """Look at a file."""
        head = sample.head
        if sample.size != self._size:
            self._size, self._read = sample.size, []
            return self._check(sample)
        if not self._read:
            return self._look_anew(sample)
        for begin, end, there in self._read:
            if bytes(head[begin:end]) != there:
                return self._look_anew(sample)
        return self._look

    def _look_anew(self, sample: Sample) -> Look:
        """Ask the checker, and remember what it read if that is all in the first bytes."""
        read: list[tuple[int, int, bytes]] = []

        def note(offset: int, count: int) -> bytes:
            data = sample.at(offset, count)
            read.append((offset, offset + count, data))
            return data

        self._look = self._check(Sample(sample.size, _NOTHING_AT_HAND, note))
        at_hand = len(sample.head)
        whole = at_hand >= sample.size
        self._read = read if whole or all(end <= at_hand for _, end, _ in read) else []
        return self._look
