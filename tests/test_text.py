"""What is shown of names: one printable line each, and no two names alike."""

import json
import unicodedata

import pytest
from hypothesis import given, settings

from qc_asset_crawler.text import human_bytes, json_text, plural, show
from samples import names

SHOWN = {
    "plate.1001.exr": "plate.1001.exr",
    "café 空 (1).exr": "café 空 (1).exr",
    "": "",
    "a\nb": "a\\x0ab",
    "a\r": "a\\x0d",
    "\x1b[31mred": "\\x1b[31mred",
    "exe\u202egpj.exr": "exe\\u202egpj.exr",
    "\u2066a\u2069": "\\u2066a\\u2069",
    "\u200e\u200f\u061c": "\\u200e\\u200f\\u061c",
    "a\u2028b": "a\\u2028b",
    "zero\u200bwidth": "zero\\u200bwidth",
    "caf\udce9": "caf\\xe9",
    "half \ud83d": "half \\ud83d",
    "tag\U000e0001": "tag\\U000e0001",
    "a\\x0ab": "a\\\\x0ab",
    "tab\tdel\x7f": "tab\\x09del\\x7f",
}


@pytest.mark.parametrize(("name", "shown"), SHOWN.items(), ids=map(ascii, SHOWN))
def test_a_name_is_shown_as_one_printable_line(name, shown):
    assert show(name) == shown


@settings(max_examples=50)
@given(names(), names())
def test_no_two_names_are_shown_alike(one, other):
    assert show(one).isprintable()
    assert (show(one) == show(other)) is (one == other)


CONTROLS = [chr(code) for code in (*range(0x80, 0x100), *range(0xDC80, 0xDD00))]


def test_a_control_character_and_a_broken_byte_are_shown_differently():
    assert len({show(char) for char in CONTROLS}) == len(CONTROLS)


@given(names(30))
def test_json_keeps_every_text_and_holds_nothing_unprintable(text):
    written = json_text({"b": text, "a": [text]})
    assert json.loads(written) == {"a": [text], "b": text}
    assert written.encode("utf-8").decode("utf-8") == written
    categories = {unicodedata.category(char) for char in written.replace("\n", "")}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_json_is_sorted_and_ends_with_one_line_break():
    assert json_text({"b": 1, "a": {"d": "é", "c": None}}) == (
        '{\n  "a": {\n    "c": null,\n    "d": "é"\n  },\n  "b": 1\n}\n'
    )
    assert json_text({"b": [1, 2]}, indent=None) == '{"b": [1, 2]}\n'


def test_json_escapes_what_could_drive_a_terminal():
    assert json_text({"a": "\x1b\u202e\x9b\udce9\U000e0001"}, indent=None) == (
        '{"a": "\\u001b\\u202e\\u009b\\udce9\\udb40\\udc01"}\n'
    )


def test_json_refuses_a_number_that_is_none():
    with pytest.raises(ValueError, match="JSON"):
        json_text({"a": float("nan")})


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1204, "1,204 files")]
)
def test_a_count_is_in_words(count, text):
    assert plural(count, "file") == text


def test_an_irregular_plural_is_as_given():
    assert plural(2, "frame is a link", "frames are links") == "2 frames are links"


BYTES = {
    0: "0 B",
    999: "999 B",
    1000: "1.0 kB",
    35_651_584: "35.7 MB",
    999_999: "1.0 MB",
    2 * 10**9: "2.0 GB",
    3_210_000_000_000: "3.2 TB",
    5 * 10**15: "5000.0 TB",
}


@pytest.mark.parametrize(("count", "text"), BYTES.items(), ids=map(str, BYTES))
def test_bytes_are_in_decimal_units(count, text):
    assert human_bytes(count) == text
