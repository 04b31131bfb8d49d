"""Identities: UUIDs of version 7, and the UTC time they were made."""

import re
import time
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from qc_asset_crawler.identity import new_stamp, uuid7

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


@settings(deadline=None)
@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_a_uuid_is_of_version_7_and_keeps_its_time_and_every_random_bit(unix_ms, bits):
    made = uuid.UUID(uuid7(unix_ms, bits))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == unix_ms
    assert (made.int >> 64 & 0xFFF) << 62 | made.int & (2**62 - 1) == bits
    assert str(made) == uuid7(unix_ms, bits)


def test_uuids_of_later_times_sort_behind():
    made = [uuid7(unix_ms, 2**74 - 1 - unix_ms) for unix_ms in (1, 2, 300, 2**40, 2**47)]
    assert made == sorted(made)


def test_the_example_of_the_rfc():
    made = uuid7(0x017F22E279B0, 0xCC3 << 62 | 0x18C4DC0C0C07398F)
    assert made == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_a_fresh_identity_is_of_now_in_utc_with_microseconds():
    before = time.time_ns() // 1_000_000
    stamp = new_stamp()
    after = time.time_ns() // 1_000_000
    assert TIME.fullmatch(stamp.qc_time)
    assert before <= uuid.UUID(stamp.qc_id).int >> 80 <= after
    when = datetime.fromisoformat(stamp.qc_time)
    assert when.utcoffset() == timedelta(0)
    assert abs(when - datetime.now(UTC)) < timedelta(seconds=10)
    made_ms = uuid.UUID(stamp.qc_id).int >> 80
    assert abs(when.timestamp() * 1000 - made_ms) < 2


def test_no_two_identities_are_alike():
    stamps = [new_stamp() for _ in range(2000)]
    assert len({stamp.qc_id for stamp in stamps}) == 2000
    assert [s.qc_time for s in stamps] == sorted(s.qc_time for s in stamps)
