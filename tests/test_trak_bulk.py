"""Answers that are too long, or more than one: what is left of them harms nobody."""

import subprocess
import sys
from pathlib import Path

import pytest

from trak_clients import Bytes, client_of, says, serving
from trak_contract import asset_id_of
from trak_misbehaviour import Behaviour

EARLY = b"HTTP/1.1 %d Early\r\nLink: </x>\r\n\r\n"
FOUND = says(200, {"items": [{"asset_id": "another"}]}).pieces


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour("huge", 3),
        Behaviour("redirect", "302:/x"),
        Bytes((EARLY % 103, *FOUND), 0.15),
        Bytes((EARLY % 102, *FOUND), 0.15),
        Bytes((EARLY % 100, *FOUND), 0.15),
    ],
    ids=["huge", "redirect", "103", "102", "100"],
)
def test_no_answer_is_taken_for_that_to_the_next_question(behaviour: Behaviour | Bytes) -> None:
    with serving() as trak:
        trak.behave = lambda one: behaviour if b'"/one"' in one.body else None
        client = client_of(trak)
        client.look_up("/one")
        assert client.look_up("/other").asset_id == asset_id_of("/other")


ASK = """
import sys, time
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import TrakClient
client = TrakClient(Trak(sys.argv[1], Secret("Key-7f3A-Zz09"), deadline_seconds=3), lambda: False)
started = time.monotonic()
print(client.look_up("/a").status, time.monotonic() - started)
print(*[line for line in open("/proc/self/status") if line.startswith("VmHWM")])
"""
BLANKS = [b" " * (1 << 20)] * 200
LENGTH = b"Content-Length: 209715200\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BULKY = {
    "length": Behaviour("huge"),
    "chunked": Behaviour("huge-chunked"),
    "packed": Behaviour("gzip-bomb"),
    "endless chunk": Bytes((CHUNKED + b"-1\r\n", *BLANKS), hang_up=True),
    "redirect": Bytes(
        (
            b"HTTP/1.1 302 X\r\nLocation: /x\r\n" + LENGTH,
            *BLANKS,
        )
    ),
    "unauthorized": Bytes(
        (
            b"HTTP/1.1 401 X\r\n" + LENGTH,
            *BLANKS,
        )
    ),
}

OFTEN = ("length",)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to tell the memory")
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(sent, id=how, marks=[] if how in OFTEN else pytest.mark.slow)
        for how, sent in BULKY.items()
    ],
)
def test_an_answer_of_200_megabytes_takes_neither_memory_nor_time(behaviour: object) -> None:
    with serving(behaviour) as trak:
        done = subprocess.run(
            [sys.executable, "-c", ASK, trak.url],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    status, seconds, _, kilobytes, _ = done.stdout.split()
    assert status != "ok"
    assert int(kilobytes) < 150 << 10
    assert float(seconds) < 5
