"""The same seed makes the same bytes, on every machine, with every Python and every release.

These hashes are never to change: whoever keeps the hash of a fake sequence relies on them.
jpg and zip are not among them: their bytes depend on the version of libjpeg and of zlib.
"""

from hashlib import blake2b

import pytest

from fake_kinds import KINDS, Kind, bakery_of
from qc_asset_crawler.fakeseq.request import Look

SAME_EVERYWHERE = [kind for kind in KINDS if kind.ext != "jpg" and kind.compression == "none"]

GOLDEN: dict[str, tuple[str, str, str]] = {
    "exr-half": ("0de2ac694896b35f", "cef4b7874f806b6d", "f5d67c60fcab8239"),
    "exr-float": ("b75f4a99f70a237c", "da2b6659e4dacaf4", "0ce87421ee778b98"),
    "dpx-10-big": ("dc1d8e3dd7f4b994", "2fa9e516a5b10b38", "347c886ce6179f72"),
    "dpx-10-little": ("57c67520f8db91cc", "e292ab14b0cc98f9", "a900a86b8007cf9b"),
    "dpx-8-big": ("7f40a7a47d24eacc", "5b8d690d93a1a263", "ff5d18d4c428cb6b"),
    "dpx-8-little": ("ca1ba49462dadbda", "af168490f6d72a89", "9328ccdfef9b6325"),
    "dpx-16-big": ("623cb18753734fd2", "28fe9ee0cdf41cc6", "cf7f1ea8289b06c6"),
    "dpx-16-little": ("e0744e903bed0467", "638608418fdd818a", "908f92cbc7325479"),
    "tif-8-little": ("0b189ca4deb4e5ed", "6dc3e0a99abe83f0", "5a194717c0d3d51c"),
    "tif-8-big": ("7029516dc6049cac", "922a763d87882783", "34047fb22a233311"),
    "tif-16-little": ("c18356752c60bb1e", "8d3fed5f50fc7e9f", "b042141c08c18bef"),
    "tif-16-big": ("4b2b3b10d4d44fec", "653eac61aa8f1271", "b3da85f7494534fb"),
    "tif-float-little": ("dd8683e1089f6a08", "19909e3c3102bd26", "f578fe760b1eaec6"),
    "tif-float-big": ("9c9c1b8e98dd0a7f", "212e525887d016b1", "db229f28d66d4c80"),
    "png-8": ("80eeed6f47921d62", "d268e3c4d938cd36", "f3a8b35b6404a75f"),
    "png-16": ("5810891014a4db60", "46043ba6afc21af3", "a71299946f56d01a"),
}


def digest(kind: Kind, look: Look, seed: int, *numbers: int) -> str:
    bakery = bakery_of(kind, look, seed)
    found = blake2b(digest_size=8)
    for number in numbers:
        found.update(bakery.bake(number).data)
    return found.hexdigest()


def digests(kind: Kind) -> tuple[str, str, str]:
    return (
        digest(kind, Look(), 0, 1001, 1002, 1024),
        digest(kind, Look(131, 77), 7, 1001, 1009),
        digest(kind, Look(3, 2), 1, 1001, 1024),
    )


@pytest.mark.parametrize("kind", SAME_EVERYWHERE, ids=str)
def test_the_same_seed_makes_the_same_bytes(kind: Kind) -> None:
    assert digests(kind) == GOLDEN[str(kind)]


# Every digit there is, so that none changes unseen.
GOLDEN_NUMBERS = {1035678: "e3df8165f7f85a4c", 1024: "9317ff9990a6d8b5", 1009: "839edec483f3fc21"}


@pytest.mark.parametrize("number", GOLDEN_NUMBERS)
def test_the_same_number_makes_the_same_bytes(number: int) -> None:
    bakery = bakery_of(SAME_EVERYWHERE[0], Look(160, 40), start=number)
    data = bakery.bake(number).data
    assert blake2b(data, digest_size=8).hexdigest() == GOLDEN_NUMBERS[number]
