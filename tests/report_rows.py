"""Reports to test with: a few telling assets, and very many."""

from qc_asset_crawler.crawler.report import Problem, ProblemKind
from qc_asset_crawler.model import Finding, Fingerprint, SequenceKey, Sidecar, Verdict
from qc_asset_crawler.reports.judge import flawed_row, recorded_row
from qc_asset_crawler.reports.values import Report, Row
from samples import DIGEST_A, HASH_A, HASH_B, SINGLE, VERDICT, sequence_of

MADE = "2025-11-14T06:00:00.000000+00:00"
FAILED = VERDICT._replace(qc_result="fail", operator="ben", notes="wrong slate")
WITHDRAWN = VERDICT._replace(qc_result="pending", operator="cleo", notes="")
TRUNCATED = Finding("truncated", "1002-1003", "ends early")
FRAMES = (*range(1001, 1011), *range(1015, 1021))
PLATE = SINGLE._replace(
    asset_path="/jobs/show/sh010",
    sequence=sequence_of(FRAMES),
    cheap_fp=Fingerprint(16 * 4096, 16, 1762949063, DIGEST_A),
)


def passed(sidecar: Sidecar, *verdicts: Verdict) -> Sidecar:
    """Let somebody pass an asset as it is."""
    said = (*verdicts, VERDICT._replace(content_hash=sidecar.content_hash))
    return sidecar._replace(qc_result="pass", content_state="unchanged", verdicts=said)


def file_row(name: str, sidecar: Sidecar, folder: str = "/jobs/show/sh010") -> Row:
    """Judge a single file."""
    return recorded_row(folder, name, f".qc/{name}.qc.json", sidecar)


def sequence_row(sidecar: Sidecar, folder: str = "/jobs/show/sh010") -> Row:
    """Judge a sequence."""
    assert sidecar.sequence is not None
    return recorded_row(folder, sidecar.sequence.key, ".qc/qc.sequence.json", sidecar)


def small_report(*more: Row) -> Report:
    """Return a report with an asset of every kind, of every state, and with every concern."""
    missing = passed(SINGLE)._replace(content_state="missing")
    modified = passed(SINGLE)._replace(
        qc_result="pending", content_state="modified", content_hash=HASH_B
    )
    newer = Problem(
        ProblemKind.NEWER_SIDECAR, "/jobs/show/sh020/.qc/x.json", "schema 2.0.0 is newer"
    )
    rows = (
        sequence_row(PLATE._replace(findings=(TRUNCATED,))),
        file_row("fail.mov", SINGLE._replace(qc_result="fail", verdicts=(VERDICT, FAILED))),
        file_row("gone.mov", missing),
        file_row("modified.mov", modified),
        file_row("pass.mov", passed(SINGLE, FAILED)),
        file_row("same.mov", SINGLE._replace(verdicts=(VERDICT,))),
        file_row("new.mov", SINGLE, "/jobs/show/sh020"),
        flawed_row("/jobs/show/sh020", None, ".qc/x.qc.sequence.json", newer),
        *more,
    )
    shut = Problem(ProblemKind.UNREADABLE, "/jobs/show/shut", "Permission denied")
    return Report(("/jobs/show",), MADE, rows, (shut,), folders_seen=4, seconds=0.5)


def large_report(count: int) -> Report:
    """Return a report of very many assets, 50 in a folder, most of them passed sequences."""
    rows = []
    for number in range(count):
        folder = f"/jobs/show/sequence{number // 5000:03d}/shot{number // 50:05d}/plates"
        name = f"show_shot{number // 50:05d}_plate{number % 50:02d}_v{number % 7:03d}."
        record = sequence_of(FRAMES)._replace(key=SequenceKey(name, "exr", 4))
        when = f"2025-11-13T{number % 24:02d}:{number % 60:02d}:00.000000+00:00"
        sidecar = PLATE._replace(asset_path=folder, sequence=record, qc_time=when)
        verdict = VERDICT._replace(qc_time=when, operator=f"artist{number % 40}")
        if number % 10:
            sidecar = passed(sidecar)._replace(verdicts=(verdict,))
        if number % 100 == 1:
            sidecar = sidecar._replace(content_hash=HASH_A if number % 3 else HASH_B)
        if number % 50 == 2:
            sidecar = sidecar._replace(findings=(TRUNCATED,))
        key = record.key
        place = f".qc/{key.base}.exr.qc.sequence.json"
        rows.append(recorded_row(folder, key, place, sidecar))
    return Report(("/jobs/show",), MADE, tuple(rows), folders_seen=count // 50, seconds=1.0)
