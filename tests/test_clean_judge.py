"""What `qc-clean` decides about one artifact: tables."""

import pytest
from hypothesis import given

from qc_asset_crawler.cleanup.judge import Allowance, judge_cache, judge_mark, judge_sidecar
from qc_asset_crawler.cleanup.values import (
    Artifact,
    Content,
    Flaw,
    FlawKind,
    Kind,
    Mark,
    Ruling,
    Standing,
)
from qc_asset_crawler.model import Sidecar, Told, TrackerStatus
from samples import SIDECARS, SINGLE, VERDICT

SECOND = 1_000_000_000


def with_verdict(status: str, code: int | None = None) -> Sidecar:
    told = VERDICT._replace(tracker_status=TrackerStatus(status, code))
    return SINGLE._replace(verdicts=(VERDICT, told), qc_result="pass")


@pytest.mark.parametrize(
    ("sidecar", "standing"),
    [
        (SINGLE, Standing.OURS),
        (SINGLE._replace(content_state="missing", asset_id="A-1"), Standing.OURS),
        (SINGLE._replace(notes="look at frame 12"), Standing.SAID),
        (SINGLE._replace(qc_result="pass"), Standing.SAID),
        (
            SINGLE._replace(qc_result="pass", tracker_status=TrackerStatus("queued")),
            Standing.UNSENT,
        ),
        (SINGLE._replace(extra={"approvals": [{"by": "anna"}]}), Standing.SAID),
        (SINGLE._replace(extra={"schema_name": "qc", "frames": [1]}), Standing.OURS),
        (SINGLE._replace(qc_result="approved"), Standing.SAID),
        (SINGLE._replace(verdicts=(VERDICT._replace(qc_result="pending"),)), Standing.SAID),
        (with_verdict(Told.OK, 200), Standing.SAID),
        (with_verdict(Told.DISABLED), Standing.SAID),
        (with_verdict(Told.QUEUED), Standing.UNSENT),
        (with_verdict(Told.UNAUTHORIZED, 401), Standing.UNSENT),
        (with_verdict(Told.ERROR, 500), Standing.UNSENT),
        (with_verdict(Told.REJECTED, 422), Standing.UNSENT),
        (with_verdict(Told.NOT_FOUND, 404), Standing.UNSENT),
        (with_verdict("of a version to come"), Standing.UNSENT),
        (SINGLE._replace(tracker_status=TrackerStatus("queued")), Standing.OURS),
    ],
)
def test_a_sidecar_that_can_be_read(sidecar: Sidecar, standing: Standing) -> None:
    for by_name in (True, False):
        for beside in (True, False):
            ruling = judge_sidecar(Content(sidecar), by_name=by_name, beside_media=beside)
            assert ruling.standing is standing


@pytest.mark.parametrize(
    ("kind", "by_name", "beside_media", "standing"),
    [
        (FlawKind.NO_FILE, True, True, Standing.FOREIGN),
        (FlawKind.NO_SIDECAR, True, True, Standing.FOREIGN),
        (FlawKind.EMPTY, True, True, Standing.OURS),
        (FlawKind.EMPTY, True, False, Standing.FOREIGN),
        (FlawKind.DAMAGED, True, True, Standing.UNKNOWN),
        (FlawKind.DAMAGED, False, True, Standing.FOREIGN),
        (FlawKind.NEWER, True, True, Standing.UNKNOWN),
        (FlawKind.NEWER, False, True, Standing.UNKNOWN),
        (FlawKind.UNREADABLE, True, True, Standing.UNKNOWN),
        (FlawKind.UNREADABLE, False, False, Standing.UNKNOWN),
    ],
)
def test_a_sidecar_that_cannot(
    kind: FlawKind, by_name: bool, beside_media: bool, standing: Standing
) -> None:
    content = Content(Flaw(kind, "words"))
    ruling = judge_sidecar(content, by_name=by_name, beside_media=beside_media)
    assert ruling.standing is standing
    assert ruling.detail


@given(SIDECARS)
def test_whatever_a_sidecar_says_nothing_a_person_said_goes_by_itself(sidecar: Sidecar) -> None:
    ruling = judge_sidecar(Content(sidecar), by_name=True, beside_media=True)
    artifact = Artifact(Kind.SIDECAR, "cut.mov.qc.json", ruling)
    if sidecar.verdicts or sidecar.notes or sidecar.qc_result != "pending" or sidecar.extra:
        assert not Allowance().permits(artifact)
        assert not Allowance(unsent=True).permits(artifact)
    told = {verdict.tracker_status.status for verdict in sidecar.verdicts}
    if told - {"ok", "disabled"}:
        assert not Allowance(verdicts=True).permits(artifact)
    assert Allowance(verdicts=True, unsent=True).permits(artifact)


@pytest.mark.parametrize(
    ("allowance", "going"),
    [
        (Allowance(), {Standing.OURS}),
        (Allowance(verdicts=True), {Standing.OURS, Standing.SAID}),
        (Allowance(unsent=True), {Standing.OURS}),
        (Allowance(verdicts=True, unsent=True), {Standing.OURS, Standing.SAID, Standing.UNSENT}),
        (Allowance(cache_only=True), set()),
    ],
)
def test_what_goes(allowance: Allowance, going: set[Standing]) -> None:
    for standing in Standing:
        artifact = Artifact(Kind.SIDECAR, "cut.mov.qc.json", Ruling(standing))
        assert allowance.permits(artifact) is (standing in going)


@pytest.mark.parametrize("kind", Kind)
def test_cache_only_takes_caches_only(kind: Kind) -> None:
    artifact = Artifact(kind, "name", Ruling(Standing.OURS))
    assert Allowance(cache_only=True).permits(artifact) is (kind is Kind.CACHE)


@pytest.mark.parametrize(
    ("head", "ours", "standing"),
    [
        (b'{"qc_hashcache": 1', True, Standing.OURS),
        (b"", True, Standing.OURS),
        (b"[]", False, Standing.FOREIGN),
        (Flaw(FlawKind.NO_FILE, "is a link"), False, Standing.FOREIGN),
        (Flaw(FlawKind.UNREADABLE, "Permission denied"), False, Standing.UNKNOWN),
    ],
)
def test_a_cache(head: bytes | Flaw, ours: bool, standing: Standing) -> None:
    assert judge_cache(head, is_ours=ours).standing is standing


@pytest.mark.parametrize(
    ("kind", "mark", "standing"),
    [
        (Kind.LOCK, Mark(True, 0), Standing.OURS),
        (Kind.LOCK, Mark(False, 29 * SECOND), Standing.IN_USE),
        (Kind.LOCK, Mark(False, 30 * SECOND), Standing.OURS),
        (Kind.TEMP, Mark(True, 0), Standing.OURS),
        (Kind.TEMP, Mark(False, 3599 * SECOND), Standing.IN_USE),
        (Kind.TEMP, Mark(False, 3600 * SECOND), Standing.OURS),
        (Kind.TEMP, Mark(False, -SECOND), Standing.IN_USE),
        (Kind.LOCK, Mark(False, -6 * SECOND), Standing.OURS),
        (Kind.LOCK, Mark(flaw=Flaw(FlawKind.NO_FILE, "is a link")), Standing.FOREIGN),
        (Kind.LOCK, Mark(flaw=Flaw(FlawKind.NO_SIDECAR, "is none")), Standing.FOREIGN),
        (Kind.LOCK, Mark(flaw=Flaw(FlawKind.UNREADABLE, "is sealed")), Standing.UNKNOWN),
    ],
)
def test_a_lock_or_temp_file(kind: Kind, mark: Mark, standing: Standing) -> None:
    assert judge_mark(kind, mark).standing is standing
