"""The arguments of `make-fake-seq`."""

import argparse
import re
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from ..fakeseq.request import (
    Compression,
    Damage,
    Depth,
    Endian,
    FakeRequest,
    Look,
    Naming,
    Numbering,
)
from .parser import Parser

_EXAMPLES = """\
examples:
  make-fake-seq --out shot --base plate                       24 frames of exr from 1001 on
  make-fake-seq --out shot --base bg --ext dpx --frames 100 --holes 7 --ranges 3
  make-fake-seq --out shot --like 'reel3.%06d.tif' --start 86400 --size 1920x1080
  make-fake-seq --out shot --base bad --damage truncated:2 --damage frozen:1 --json

"""

_STATUSES = """\
exit status:
  0    done
  1    internal error
  2    usage: nothing was written
  3    files could not be written, or exist already (--force overwrites them)
  130  interrupted (Ctrl-C); 143 terminated (SIGTERM); 129 the terminal is gone
       (SIGHUP); the files that are done are whole
"""

_Word = TypeVar("_Word", bound=StrEnum)
_Group = argparse._ArgumentGroup
_MOST = 2**63 - 1
_SHOWN = 40


def build_parser() -> Parser:
    """Build the parser of `make-fake-seq`."""
    parser = Parser(
        "make-fake-seq",
        "Make image sequences to test with: real frames, the frame number burnt in, "
        "the same bytes for the same options everywhere; with holes and damage on request.",
        _EXAMPLES + _STATUSES,
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="the folder to write into; made if need be"
    )
    _add_naming(parser.add_argument_group("what the files are called"))
    _add_numbering(parser.add_argument_group("which frames there are"))
    _add_look(parser.add_argument_group("what a frame is like"))
    _add_chance(parser.add_argument_group("chance and damage"))
    _add_running(parser.add_argument_group("how it is done, and what is shown"))
    return parser


def _add_naming(group: _Group) -> None:
    either = group.add_mutually_exclusive_group(required=True)
    either.add_argument("--base", metavar="NAME", help="plate makes plate.1001.exr")
    either.add_argument(
        "--like",
        metavar="SAMPLE",
        help="a name or a pattern (plate.%%04d.exr) to take base, padding and extension from",
    )
    group.add_argument(
        "--ext", metavar="EXT", help="exr, dpx, tif, tiff, png, jpg or jpeg (default: exr)"
    )
    group.add_argument("--pad", type=_whole, metavar="N", help="digits, with zeros (default: 4)")


def _add_numbering(group: _Group) -> None:
    group.add_argument(
        "--start", type=_whole, default=1001, metavar="N", help="the first frame (default: 1001)"
    )
    group.add_argument("--end", type=_whole, metavar="N", help="the last frame")
    group.add_argument(
        "--frames", type=_whole, metavar="N", help="how many files are made (default: 24)"
    )
    group.add_argument("--step", type=_whole, default=1, metavar="N", help="every Nth number")
    group.add_argument(
        "--holes", type=_whole, metavar="N", help="how many numbers are left out between them"
    )
    group.add_argument("--ranges", type=_whole, metavar="N", help="how many runs they come in")


def _add_look(group: _Group) -> None:
    group.add_argument(
        "--size", type=_size, default=(64, 36), metavar="WxH", help="in pixels (default: 64x36)"
    )
    group.add_argument(
        "--depth",
        type=_word(Depth),
        metavar="DEPTH",
        help="exr: half, float; dpx: 10, 8, 16; tif: 8, 16, float; png: 8, 16; jpg: 8 "
        "(default: the first)",
    )
    group.add_argument(
        "--compression",
        type=_word(Compression),
        metavar="KIND",
        help="none or, for exr, zip (default: none)",
    )
    group.add_argument(
        "--endian",
        type=_word(Endian),
        metavar="ORDER",
        help="big or little (default: big for dpx, little for tif)",
    )
    group.add_argument(
        "--bytes",
        type=_whole,
        metavar="N",
        help="pad each file with zeros to exactly N bytes; 0 makes empty files",
    )


def _add_chance(group: _Group) -> None:
    group.add_argument(
        "--seed",
        type=_whole,
        default=0,
        metavar="N",
        help="decides colours, holes and damaged frames (default: 0)",
    )
    group.add_argument(
        "--damage",
        type=_damage,
        action="append",
        default=[],
        metavar="KIND:N",
        help="break N frames; KIND is zero, truncated, header, frozen or resolution; repeatable",
    )


def _add_running(group: _Group) -> None:
    group.add_argument(
        "--force", action="store_true", help="overwrite files that exist, which else is refused"
    )
    group.add_argument("--dry-run", action="store_true", help="say what would be made")
    group.add_argument("--json", action="store_true", help="one JSON document on stdout")
    group.add_argument("--quiet", action="store_true", help="no progress, no summary")


def _whole(text: str) -> int:
    """Read a whole number as it is written by people: `int` takes more than that."""
    if re.fullmatch(r"[0-9]{1,19}", text) is None or int(text) > _MOST:
        raise argparse.ArgumentTypeError(f"a whole number, 0 to {_MOST}, not {_said(text)}")
    return int(text)


def _said(text: str) -> str:
    """Quote what was given, or its beginning; the parser makes it printable."""
    return f"'{text[:_SHOWN]}'" + ("…" if len(text) > _SHOWN else "")


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"WIDTHxHEIGHT, e.g. 1920x1080, not {_said(text)}")
    return int(match[1]), int(match[2])


def _damage(text: str) -> tuple[Damage, int]:
    kind, _, count = text.partition(":")
    if kind not in set(Damage) or re.fullmatch(r"[0-9]{1,9}", count) is None:
        kinds = ", ".join(Damage)
        raise argparse.ArgumentTypeError(f"KIND:N, KIND one of {kinds}, not {_said(text)}")
    return Damage(kind), int(count)


def _word(kind: type[_Word]) -> Callable[[str], _Word]:
    def parse(text: str) -> _Word:
        try:
            return kind(text)
        except ValueError:
            words = ", ".join(kind)
            raise argparse.ArgumentTypeError(f"one of {words}, not {_said(text)}") from None

    return parse


def fake_request(options: argparse.Namespace) -> FakeRequest:
    """Take from the parsed options what is asked to be made."""
    width, height = options.size
    return FakeRequest(
        naming=Naming(options.base, options.like, options.ext, options.pad),
        numbering=Numbering(
            options.start,
            options.end,
            options.frames,
            options.step,
            options.holes,
            options.ranges,
        ),
        look=Look(width, height, options.depth, options.compression, options.endian, options.bytes),
        damage=tuple(options.damage),
        seed=options.seed,
    )
