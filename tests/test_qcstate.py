"""What becomes of an asset: the life cycle as a table, every row of it, both kinds of run."""

import pytest

from qc_asset_crawler.identity import Stamp
from qc_asset_crawler.model import Finding, Fingerprint, Sidecar, TrackerStatus, unite
from qc_asset_crawler.qcstate import KEEP, Content, Gone, Signature, decide, schema_is_older
from qc_asset_crawler.settings import DEFAULT_POLICY, Policy, QCResult, Signing
from samples import DIGEST_A, DIGEST_B, HASH_A, HASH_B, SEQUENCE, SINGLE, VERDICT, sequence_of

STAMP = Stamp("019b0000-0000-7000-8000-000000000001", "2026-01-02T03:04:05.000006+00:00")
RUN = "019b0000-0000-7000-8000-0000000000ff"
BUILT_IN = Policy()
CONFIGURED = Policy("2026.1", configured=True)

NIGHTLY = Signature(RUN, BUILT_IN, "cron")
NIGHTLY_CONFIGURED = NIGHTLY._replace(policy=CONFIGURED)
PASSING = Signature(RUN, BUILT_IN, "anna", Signing(QCResult.PASS, "fine"))

FRESH = Fingerprint(2048, 1, 1762949063, DIGEST_A)
TOUCHED = Fingerprint(2048, 1, 1762949999, DIGEST_B)
SAME = Content(SINGLE.asset_path, HASH_A, FRESH)
RESTAMPED = SAME._replace(fingerprint=TOUCHED)
CHANGED = Content(
    SINGLE.asset_path, HASH_B, TOUCHED, findings=(Finding("silent-change", None, "seen"),)
)
GONE = Gone()

PASSED = SINGLE._replace(
    qc_result="pass",
    notes="looks good",
    asset_id="A-17",
    content_state="unchanged",
    verdicts=(VERDICT,),
    tracker_status=TrackerStatus("ok", 200),
    extra={"colour": "acescg"},
)
MISSING = PASSED._replace(content_state="missing")
CONFIGURED_BEFORE = PASSED._replace(policy_version="2026.1")
NO_POLICY = PASSED._replace(policy_version="")
LEGACY = PASSED._replace(schema_version="1.0.0", tool_version="eikon-qc-marker/0.9")

PENDING_NOW = {
    "qc_result": "pending",
    "qc_time": STAMP.qc_time,
    "operator": "cron",
    "notes": "",
}
MODIFIED_NOW = {
    **PENDING_NOW,
    "content_state": "modified",
    "content_hash": HASH_B,
    "prev_content_hash": HASH_A,
    "cheap_fp": TOUCHED,
    "findings": CHANGED.findings,
}

# What the run is, what was recorded, what is there now, and what differs in the record after it
# (None: nothing is written).
AUTOMATED = {
    "same, same policy": (NIGHTLY, PASSED, SAME, None),
    "same, same policy, never judged": (NIGHTLY, SINGLE, SAME, None),
    "same, failed": (NIGHTLY, PASSED._replace(qc_result="fail"), SAME, None),
    "same, other stamps": (NIGHTLY, PASSED, RESTAMPED, {"cheap_fp": TOUCHED}),
    "same, recorded by an older schema": (
        NIGHTLY,
        LEGACY,
        SAME,
        {"schema_version": "1.1.0", "tool_version": "eikon-qc-marker/1.0.0"},
    ),
    "same, recorded by a newer minor schema": (
        NIGHTLY,
        PASSED._replace(schema_version="1.2.0"),
        SAME,
        None,
    ),
    "same, newer minor schema, other stamps": (
        NIGHTLY,
        PASSED._replace(schema_version="1.12.0"),
        RESTAMPED,
        {"cheap_fp": TOUCHED},
    ),
    "same, policy changed": (
        NIGHTLY_CONFIGURED,
        PASSED,
        SAME,
        {**PENDING_NOW, "policy_version": "2026.1", "content_state": "unchanged"},
    ),
    "same, policy as configured before": (NIGHTLY_CONFIGURED, CONFIGURED_BEFORE, SAME, None),
    "same, policy not configured any more": (NIGHTLY, CONFIGURED_BEFORE, SAME, None),
    "same, recorded without a policy": (NIGHTLY, NO_POLICY, SAME, None),
    "same, recorded without a policy, other stamps": (
        NIGHTLY,
        NO_POLICY,
        RESTAMPED,
        {"cheap_fp": TOUCHED},
    ),
    "same, recorded without a policy, the first one configured": (
        NIGHTLY_CONFIGURED,
        NO_POLICY,
        SAME,
        {**PENDING_NOW, "policy_version": "2026.1", "content_state": "unchanged"},
    ),
    "same, policy configured as what was built in": (
        NIGHTLY._replace(policy=Policy(DEFAULT_POLICY, configured=True)),
        PASSED,
        SAME,
        None,
    ),
    "same, asset id given": (NIGHTLY._replace(asset_id="A-9"), PASSED, SAME, {"asset_id": "A-9"}),
    "same, the asset id it has": (NIGHTLY._replace(asset_id="A-17"), PASSED, SAME, None),
    "changed": (NIGHTLY, PASSED, CHANGED, MODIFIED_NOW),
    "changed, never judged": (NIGHTLY, SINGLE, CHANGED, MODIFIED_NOW),
    "changed, policy changed": (
        NIGHTLY_CONFIGURED,
        PASSED,
        CHANGED,
        {**MODIFIED_NOW, "policy_version": "2026.1"},
    ),
    "changed, policy not configured any more": (NIGHTLY, CONFIGURED_BEFORE, CHANGED, MODIFIED_NOW),
    "changed, older schema": (
        NIGHTLY,
        LEGACY,
        CHANGED,
        {
            **MODIFIED_NOW,
            "schema_version": "1.1.0",
            "tool_version": "eikon-qc-marker/1.0.0",
        },
    ),
    "missing and back, same": (NIGHTLY, MISSING, SAME, {"content_state": "unchanged"}),
    "missing and back, same bytes with other stamps": (
        NIGHTLY,
        MISSING,
        RESTAMPED,
        {"content_state": "unchanged", "cheap_fp": TOUCHED},
    ),
    "missing and back, changed": (NIGHTLY, MISSING, CHANGED, MODIFIED_NOW),
    "missing and back, policy changed": (
        NIGHTLY_CONFIGURED,
        MISSING,
        SAME,
        {**PENDING_NOW, "policy_version": "2026.1", "content_state": "unchanged"},
    ),
}
EITHER = {
    "gone": (NIGHTLY, PASSED, GONE, {"content_state": "missing"}),
    "gone, policy changed": (NIGHTLY_CONFIGURED, PASSED, GONE, {"content_state": "missing"}),
    "gone in an operator run": (PASSING, PASSED, GONE, {"content_state": "missing"}),
    "still gone": (NIGHTLY, MISSING, GONE, None),
    "still gone in an operator run": (PASSING, MISSING, GONE, None),
    "gone, never recorded": (NIGHTLY, None, GONE, None),
}
ROWS = {**AUTOMATED, **EITHER}


@pytest.mark.parametrize(("run", "before", "now", "after"), ROWS.values(), ids=list(ROWS))
def test_the_life_cycle(run, before, now, after):
    decision = decide(before, now, run, STAMP)
    if after is None:
        assert decision == KEEP
        return
    assert decision.sidecar == before._replace(**after)
    assert decision.why


@pytest.mark.parametrize("run", [NIGHTLY, NIGHTLY_CONFIGURED], ids=["built-in", "configured"])
@pytest.mark.parametrize("before", [PASSED, MISSING, LEGACY, CONFIGURED_BEFORE, SINGLE, SEQUENCE])
@pytest.mark.parametrize("now", [SAME, RESTAMPED, CHANGED, GONE])
def test_deciding_a_second_time_changes_nothing(run, before, now):
    if before is SEQUENCE and not isinstance(now, Gone):
        now = now._replace(asset_path=before.asset_path, sequence=before.sequence)
    once = decide(before, now, run, STAMP).sidecar or before
    assert decide(once, now, run, Stamp("other", "later")) == KEEP


@pytest.mark.parametrize(
    ("run", "policy"), [(NIGHTLY, "2025.11.0"), (NIGHTLY_CONFIGURED, "2026.1")]
)
def test_the_first_time_an_asset_is_seen_it_is_pending_and_new(run, policy):
    run = run._replace(asset_id="A-1")
    now = CHANGED._replace(sequence=sequence_of((1, 2, 3)))
    assert decide(None, now, run, STAMP).sidecar == Sidecar(
        schema_version="1.1.0",
        tool_version="eikon-qc-marker/1.0.0",
        policy_version=policy,
        qc_id=STAMP.qc_id,
        qc_time=STAMP.qc_time,
        qc_result="pending",
        notes="",
        operator="cron",
        asset_id="A-1",
        asset_path=CHANGED.asset_path,
        content_hash=HASH_B,
        content_state="new",
        prev_content_hash=None,
        findings=CHANGED.findings,
        sequence=sequence_of((1, 2, 3)),
        cheap_fp=TOUCHED,
    )


SIGNED = {
    "first seen": (None, SAME, "new", HASH_A, None),
    "same": (PASSED, SAME, "unchanged", HASH_A, None),
    "recorded as new, same": (SINGLE, SAME, "unchanged", HASH_A, None),
    "changed": (PASSED, CHANGED, "modified", HASH_B, HASH_A),
    "missing and back, same": (MISSING, SAME, "unchanged", HASH_A, None),
    "missing and back, changed": (MISSING, CHANGED, "modified", HASH_B, HASH_A),
    "of an older schema": (LEGACY, SAME, "unchanged", HASH_A, None),
}


@pytest.mark.parametrize("result", list(QCResult))
@pytest.mark.parametrize(
    ("before", "now", "state", "content_hash", "previous"), SIGNED.values(), ids=list(SIGNED)
)
def test_a_verdict_is_recorded_whatever_was_there(
    before, now, state, content_hash, previous, result
):
    run = PASSING._replace(signing=Signing(result, "fine"))
    after = decide(before, now, run, STAMP).sidecar
    assert after is not None
    assert (after.qc_result, after.operator, after.notes) == (result, "anna", "fine")
    assert (after.qc_id, after.qc_time) == (STAMP.qc_id, STAMP.qc_time)
    assert (after.content_state, after.content_hash) == (state, content_hash)
    assert after.prev_content_hash == previous
    assert after.cheap_fp == now.fingerprint
    assert after.schema_version == "1.1.0"
    last = after.verdict
    assert last is not None
    assert (last.qc_id, last.qc_time, last.run_id) == (STAMP.qc_id, STAMP.qc_time, RUN)
    assert (last.qc_result, last.operator, last.notes) == (result, "anna", "fine")
    assert last.content_hash == content_hash
    assert after.verdicts[:-1] == (before.verdicts if before else ())


def test_what_people_said_is_appended_and_never_edited():
    first = decide(None, SAME, PASSING, STAMP).sidecar
    later = Stamp("019b0000-0000-7000-8000-000000000002", "2026-01-03T00:00:00.000000+00:00")
    failing = PASSING._replace(
        run_id="2", operator="ben", signing=Signing(QCResult.FAIL, "banding")
    )
    second = decide(first, CHANGED, failing, later).sidecar
    withdrawn = decide(
        second, CHANGED, PASSING._replace(run_id="3", signing=Signing(QCResult.PENDING)), STAMP
    )
    assert withdrawn.sidecar is not None
    said = [(v.operator, v.qc_result, v.content_hash) for v in withdrawn.sidecar.verdicts]
    assert said == [("anna", "pass", HASH_A), ("ben", "fail", HASH_B), ("anna", "pending", HASH_B)]
    assert withdrawn.sidecar.verdicts[:2] == second.verdicts


def test_one_run_says_its_verdict_on_the_same_bytes_once():
    first = decide(None, SAME, PASSING, STAMP).sidecar
    again = decide(first, SAME, PASSING, STAMP)
    assert (again.sidecar, again.why) == (None, "signed pass")
    assert len(decide(first, CHANGED, PASSING, STAMP).sidecar.verdicts) == 2
    assert len(decide(first, SAME, PASSING._replace(run_id="2"), STAMP).sidecar.verdicts) == 2


def test_a_verdict_under_the_built_in_policy_keeps_the_configured_one_that_was_recorded():
    after = decide(CONFIGURED_BEFORE, SAME, PASSING, STAMP).sidecar
    assert after.policy_version == "2026.1"
    after = decide(PASSED, SAME, PASSING._replace(policy=CONFIGURED), STAMP).sidecar
    assert after.policy_version == "2026.1"


IDS = {
    "what it had": (PASSED, NIGHTLY, "A-17"),
    "what it had, signed": (PASSED, PASSING, "A-17"),
    "given": (PASSED, NIGHTLY._replace(asset_id="A-99"), "A-99"),
    "given, signed": (PASSED, PASSING._replace(asset_id="A-99"), "A-99"),
    "none": (SINGLE, NIGHTLY, None),
    "first given": (SINGLE, NIGHTLY._replace(asset_id="A-99"), "A-99"),
}


@pytest.mark.parametrize("now", [SAME, CHANGED], ids=["same", "changed"])
@pytest.mark.parametrize(("before", "run", "asset_id"), IDS.values(), ids=list(IDS))
def test_the_asset_id_sticks_until_another_is_given(before, run, asset_id, now):
    after = decide(before, now, run, STAMP).sidecar or before
    assert after.asset_id == asset_id


def test_passed_bytes_that_come_back_are_not_revived_but_told():
    changed = decide(PASSED, CHANGED, NIGHTLY, STAMP).sidecar
    assert changed.same_bytes_verdict() is None
    back = decide(changed, SAME, NIGHTLY, STAMP).sidecar
    assert (back.qc_result, back.content_state) == ("pending", "modified")
    assert back.same_bytes_verdict() == VERDICT


NO_SAME_BYTES = {
    "never judged": SINGLE,
    "still passed": PASSED,
    "withdrawn": PASSED._replace(
        qc_result="pending", verdicts=(VERDICT, VERDICT._replace(qc_result="pending"))
    ),
    "other bytes": PASSED._replace(qc_result="pending", content_hash=HASH_B),
    "of unknown bytes": PASSED._replace(
        qc_result="pending",
        content_hash=None,
        verdicts=(VERDICT._replace(content_hash=None),),
    ),
}


@pytest.mark.parametrize("sidecar", NO_SAME_BYTES.values(), ids=list(NO_SAME_BYTES))
def test_nothing_is_said_of_the_same_bytes_where_there_is_nothing_to_say(sidecar):
    assert sidecar.same_bytes_verdict() is None


def test_keys_of_other_versions_survive_what_is_measured_anew():
    before = SEQUENCE._replace(
        sequence=SEQUENCE.sequence._replace(extra={"step": 1}),
        cheap_fp=SEQUENCE.cheap_fp._replace(extra={"inodes": 4}),
        extra={"colour": "acescg"},
    )
    now = Content(before.asset_path, HASH_B, TOUCHED, sequence_of((1001, 1002)))
    for run in (NIGHTLY, PASSING):
        after = decide(before, now, run, STAMP).sidecar
        assert after.sequence == sequence_of((1001, 1002))._replace(extra={"step": 1})
        assert after.cheap_fp.extra == {"inodes": 4}
        assert after.extra == {"colour": "acescg"}


@pytest.mark.parametrize(
    ("version", "older"),
    [("1.0.0", True), ("1.0.99", True), ("1.1.0", False), ("1.1.1", False), ("1.10.0", False)],
)
def test_only_an_older_schema_is_brought_up_to_date(version, older):
    assert schema_is_older(version) is older


def test_two_copies_of_a_record_are_united_without_losing_a_word():
    other = VERDICT._replace(qc_id="019b0000-0000-7000-8000-00000000000b", operator="ben")
    early = other._replace(qc_id="early", qc_time="2025-01-01T00:00:00.000000+00:00")
    newer = PASSED._replace(verdicts=(VERDICT,), asset_id=None, extra={"a": 1})
    older = SINGLE._replace(
        verdicts=(early, VERDICT, other), asset_id="A-3", extra={"a": 0, "b": 2}
    )
    united = unite(newer, older)
    assert united.verdicts == (early, VERDICT, other)
    assert (united.asset_id, united.extra) == ("A-3", {"a": 1, "b": 2})
    assert (united.qc_result, united.notes) == (newer.qc_result, newer.notes)


def test_united_verdicts_stay_in_the_order_in_which_they_were_said():
    """The host on which the last one was said had a clock that is hours late."""
    last = VERDICT._replace(
        qc_id="019a0000-0000-7000-8000-00000000000c", qc_time="2025-01-01T00:00:00.000000+00:00"
    )
    longer = PASSED._replace(verdicts=(VERDICT, last))
    shorter = PASSED._replace(verdicts=(VERDICT,))
    assert unite(longer, shorter).verdicts == (VERDICT, last)
    assert unite(shorter, longer).verdicts == (VERDICT, last)


@pytest.mark.parametrize(
    ("sidecar", "word"),
    [
        (SINGLE, False),
        (PASSED, True),
        (SINGLE._replace(notes="see ticket"), True),
        (SINGLE._replace(asset_id="A-1"), True),
        (SEQUENCE, True),
    ],
)
def test_what_a_rerun_cannot_reproduce_is_known(sidecar, word):
    assert sidecar.holds_a_persons_word is word


NIGHTLY_TOLD, PASSING_TOLD = NIGHTLY._replace(tells_trak=True), PASSING._replace(tells_trak=True)
WITHDRAWING = PASSING_TOLD._replace(signing=Signing(QCResult.PENDING))
DELIVERED = PASSED._replace(verdicts=(VERDICT._replace(tracker_status=TrackerStatus("ok", 200)),))
OK, QUEUED, OFF = TrackerStatus("ok", 200), TrackerStatus("queued"), TrackerStatus()
# What the tracker is to be asked, and what it is to be told, after each run (None: no verdict).
TOLD = {
    "new": (NIGHTLY_TOLD, None, SAME, QUEUED, None),
    "new, Trak is off": (NIGHTLY, None, SAME, OFF, None),
    "new, id given": (NIGHTLY_TOLD._replace(asset_id="A-9"), None, SAME, OFF, None),
    "changed": (NIGHTLY_TOLD, DELIVERED, CHANGED, QUEUED, OK),
    "changed, Trak is off": (NIGHTLY, DELIVERED, CHANGED, OK, OK),
    "changed, id given": (NIGHTLY_TOLD._replace(asset_id="A-9"), DELIVERED, CHANGED, OK, OK),
    "signed at first sight": (PASSING_TOLD, None, SAME, QUEUED, QUEUED),
    "signed": (PASSING_TOLD, DELIVERED, CHANGED, QUEUED, QUEUED),
    "signed, Trak is off": (PASSING, DELIVERED, CHANGED, OK, OFF),
    "signed, id given": (PASSING_TOLD._replace(asset_id="A-9"), DELIVERED, CHANGED, OK, QUEUED),
    "withdrawn": (WITHDRAWING, DELIVERED, SAME, QUEUED, QUEUED),
    "withdrawn, nothing was delivered": (WITHDRAWING, PASSED, SAME, QUEUED, OFF),
    "pending said at first sight": (WITHDRAWING, None, SAME, QUEUED, OFF),
    "unchanged": (NIGHTLY_TOLD, DELIVERED, SAME, OK, OK),
    "refreshed": (NIGHTLY_TOLD, DELIVERED, RESTAMPED, OK, OK),
    "gone": (PASSING_TOLD, DELIVERED, GONE, OK, OK),
    "back": (NIGHTLY_TOLD, DELIVERED._replace(content_state="missing"), SAME, OK, OK),
    "policy": (NIGHTLY_CONFIGURED._replace(tells_trak=True), DELIVERED, SAME, OK, OK),
    "id set": (NIGHTLY_TOLD._replace(asset_id="A-9"), DELIVERED, SAME, OK, OK),
}


@pytest.mark.parametrize(("run", "before", "now", "asks", "tells"), TOLD.values(), ids=list(TOLD))
def test_what_is_new_changed_or_signed_is_queued_for_the_tracker(run, before, now, asks, tells):
    after = decide(before, now, run, STAMP).sidecar or before
    assert (after.tracker_status, after.verdict and after.verdict.tracker_status) == (asks, tells)
