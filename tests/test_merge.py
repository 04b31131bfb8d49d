"""`qc-report --merge`: what the runs of shards come to, and which of them are missing."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qc_asset_crawler.errors import UsageError
from qc_asset_crawler.reports.documents import parse_document
from qc_asset_crawler.reports.shards import Flaw, Merged, PartRun, merge
from support import Json, Tool, make_frames, rewrite

OF = 3


@pytest.fixture
def report(qc: Tool) -> Tool:
    """The installed `qc-report`."""
    return replace(qc, name="qc-report")


@pytest.fixture
def show(tmp_path: Path) -> Path:
    for number in range(6):
        make_frames(tmp_path / "show" / f"s{number}", f"plate{number}")
    return tmp_path / "show"


def crawled(qc: Tool, show: Path, *options: str, statuses: tuple[int, ...] = (0,)) -> list[Path]:
    """Run all shards, and keep what each prints."""
    documents = [show.parent / f"shard-{number}.json" for number in range(1, OF + 1)]
    for number, document in enumerate(documents, start=1):
        process = qc.start("--json", "--shard", f"{number}/{OF}", *options, show)
        document.write_bytes(process.communicate()[0])
        assert process.returncode in statuses
    return documents


def test_all_shards_are_there(qc: Tool, report: Tool, show: Path) -> None:
    (show / "s3" / "raw.ari").touch()
    documents = crawled(qc, show)
    out = report.run("--merge", *documents).out
    assert "\nnot looked at: 1 .ari\n" in out
    assert "\ncrawl: 3 of 3 shards\nended from 2" in out
    assert " UTC\n7 folders, each worked by exactly one shard\n" in out
    assert "6 assets: 6 new\nread 30 files" in out
    assert "6 assets: 6 pending (7 folders looked at" in out
    merged = report.json("--merge", *documents)
    plain = report.json(show)
    assert merged["assets"] == plain["assets"]
    assert merged["runs"]["missing"] == []
    assert merged["runs"]["folders"] == 7


def test_missing_shards_are_named_with_what_does_their_work(
    qc: Tool, report: Tool, show: Path
) -> None:
    documents = crawled(qc, show)
    documents[1].write_text("")
    documents[2].unlink()
    done = report.run("--merge", *documents[:2], status=3)
    assert "crawl: 1 of 3 shards; missing: 2-3\n" in done.out
    for number in (2, 3):
        assert f"missing  shard {number} of 3: qc-crawl --shard {number}/3 {show}\n" in done.out
    assert f"unusable  {documents[1]} is empty" in done.out
    assert "each worked" not in done.out
    assert "exit 3: missing-shards=2 unusable-documents=1" in done.err


def test_what_a_shard_could_not_examine_is_told_and_the_exit_is_the_worst(
    qc: Tool, report: Tool, show: Path
) -> None:
    gated = crawled(qc, show, "--fail-on", "pending", statuses=(0, 4))
    assert "exit 4: pending=6" in report.run("--merge", *gated, status=4).err
    bad = next((show / "s1" / ".qc").iterdir())
    bad.write_text("{")
    documents = crawled(qc, show, statuses=(0, 3))
    done = report.run("--merge", *documents, status=3)
    assert f"bad-sidecar  {bad}: is not JSON" in done.out
    assert "exit 3: bad-sidecar=1" in done.err


def test_a_page_and_a_table_are_of_the_tree(
    qc: Tool, report: Tool, show: Path, tmp_path: Path
) -> None:
    documents = crawled(qc, show)
    report.run("--csv", tmp_path / "r.csv", "--html", tmp_path / "r.html", "--merge", *documents)
    assert (tmp_path / "r.csv").read_text().count("plate") == 6
    assert "plate5" in (tmp_path / "r.html").read_text()


def test_the_tree_may_be_mounted_elsewhere(
    qc: Tool, report: Tool, show: Path, tmp_path: Path
) -> None:
    documents = crawled(qc, show)
    (tmp_path / "mnt").mkdir()
    show.rename(tmp_path / "mnt" / "show")
    assert "ROOT does not exist" in report.run("--merge", *documents, status=2).err
    out = report.run(tmp_path / "mnt" / "show", "--merge", *documents).out
    assert "3 of 3 shards" in out
    assert "6 assets: 6 pending" in out


def test_verifications_are_merged_as_well(qc: Tool, report: Tool, show: Path) -> None:
    crawled(qc, show)
    documents = crawled(qc, show, "--verify")
    assert "verification: 3 of 3 shards" in report.run("--merge", *documents).out
    rewrite(show / "s2" / "plate2.1003.exr")
    documents = crawled(qc, show, "--verify", statuses=(0, 4))
    out = report.run("--merge", *documents, status=4).out
    assert re.search(rf"found  {show}/s2/plate2.%04d.exr: .*change", out)


def test_the_command_for_a_missing_shard_does_what_the_others_did(
    qc: Tool, report: Tool, show: Path
) -> None:
    """It must not write where they verified, nor sign nothing where they signed."""
    options = ("--result", "pass", "--note", "as graded", "--operator", "anna", "--yes")
    documents = crawled(qc, show, *options, "--exclude", "*.mov")
    done = report.run("--merge", *documents[1:], status=3)
    command = done.out.partition("shard 1 of 3: ")[2].partition("\n")[0]
    assert command.startswith("qc-crawl --shard 1/3 ")
    assert command.endswith(f" {show}")
    for words in ("--result pass", "--note 'as graded'", "--operator anna", "--exclude '*.mov'"):
        assert f" {words} " in command
    documents = crawled(qc, show, "--verify")
    done = report.run("--merge", *documents[1:], status=3)
    assert f"qc-crawl --shard 1/3 --verify {show}\n" in done.out


def test_what_cannot_be_merged_is_a_usage_error(qc: Tool, report: Tool, show: Path) -> None:
    one, *_ = crawled(qc, show)
    (show.parent / "whole.json").write_text(qc.run("--json", show).out)
    for documents, why in (
        ([show.parent / "gone.json"], "there is no document"),
        ([one, show], "is a folder: ROOT goes before --merge"),
        ([one, show.parent / "whole.json"], "the whole of its ROOT"),
    ):
        assert why in report.run("--merge", *documents, status=2).err
    assert "which ROOT?" in report.run(status=2).err


def summary(number: int, of: int = 2, **other: Any) -> Json:
    return {
        "made": "2026-01-01T00:00:00",
        "roots": ["/jobs/show"],
        "asked": {},
        "interrupted": False,
        "exit": {"status": 0, "reasons": {}},
        "shard": {"number": number, "of": of},
        "folders": 1,
        "elsewhere": of - 1,
        "assets": 1,
        "states": {"new": 1},
        "problems": [],
        **other,
    }


def read(name: str, summary: Mapping[str, Any], *paths: str) -> PartRun | Flaw:
    document = {"assets": [{"path": path} for path in paths], "summary": summary}
    return parse_document(name, json.dumps(document).encode())


def merged(*summaries: Json, **how: Any) -> Merged:
    return merge([read(f"{at}", one, f"a{at}") for at, one in enumerate(summaries)], **how)


def test_of_a_shard_that_ran_again_the_last_run_counts() -> None:
    late, early = {"made": "2026-01-02T00:00:00"}, {"made": "2026-01-01T00:00:00"}
    found = merged(summary(1, **late, assets=5), summary(1, **early, assets=3), summary(2))
    assert found.earlier == ("1",)
    assert found.total("assets") == 6
    assert found.is_complete


def test_an_interrupted_run_is_no_success() -> None:
    found = merged(summary(1, interrupted=True), summary(2))
    assert not found.is_complete
    assert found.reasons() == {"interrupted-runs": 1}


def test_an_asset_that_two_shards_worked_on_is_named() -> None:
    runs = [read("a", summary(1), "x", "y"), read("b", summary(2), "y")]
    found = merge(runs)
    assert found.twice == ("y",)
    assert not found.is_complete


def test_what_every_shard_names_is_told_once() -> None:
    problem = {"kind": "unreadable", "path": "/jobs/show/a", "detail": "Permission denied"}
    found = merged(summary(1, problems=[problem]), summary(2, problems=[problem]))
    assert len(found.problems) == 1


def test_a_tree_with_nothing_in_any_shard_is_no_success() -> None:
    empty = [summary(1, assets=0), summary(2, assets=0)]
    assert merged(*empty).reasons() == {"nothing-found": 1}
    assert merged(*empty, allow_empty=True).is_complete
    none = [summary(1, compared=0), summary(2, compared=0)]
    assert "sequence" in merged(*none).nothing[0].detail
    assert merged(summary(1, compared=0), summary(2, compared=3)).is_complete


def test_lists_are_merged_without_a_promise_of_completeness() -> None:
    runs = [summary(1, shard=None, listed=5), summary(1, shard=None, listed=7)]
    assert merged(*runs).of is None
    assert merged(*runs).is_complete


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (summary(2, of=3), "another number"),
        (summary(2, asked={"verify": True}), "other options"),
        (summary(2, asked={"result": "pass"}), "other options"),
        (summary(2, asked={"exclude": ["a"]}), "other options"),
        (summary(2, listed=3), "another list"),
        (summary(2, roots=["/jobs/show", "/jobs/other"]), "another number of ROOTs"),
        (summary(2, roots=["/jobs/other"]), "another ROOT"),
        (summary(2, shard=None, listed=3), "another number"),
        (summary(2, shard=None), "the whole of its ROOT"),
    ],
)
def test_what_is_of_something_else_is_refused(other: Json, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        merged(summary(1), other)


def test_other_mount_points_agree_by_the_name_of_root() -> None:
    problem = {"kind": "unreadable", "path": "/Volumes/raid/show/a", "detail": "Permission denied"}
    there = summary(2, roots=["/Volumes/raid/show"], problems=[problem])
    here = summary(1, problems=[{**problem, "path": "/jobs/show/a"}])
    found = merge([read("a", here, "/jobs/show/x"), read("b", there, "/Volumes/raid/show/x")])
    assert found.twice == ("/jobs/show/x",)
    assert [problem.path for problem in found.problems] == ["/jobs/show/a"]
    assert merged(summary(1), summary(2, roots=["/data"]), anywhere=True).is_complete


def test_folders_that_no_shard_worked_on_are_no_success() -> None:
    """As one that was moved from where it was the second's to where it is the first's."""
    found = merged(summary(1, folders=2, elsewhere=3), summary(2, folders=2, elsewhere=3))
    assert found.unaccounted == 1
    assert found.reasons() == {"unaccounted-folders": 1}
    grown = merged(summary(1, folders=2, elsewhere=3), summary(2, folders=4, elsewhere=2))
    assert grown.is_complete


def test_what_a_verification_or_a_gate_found_is_carried_over() -> None:
    odd = {"path": "a", "states": ["silent-change"], "detail": "frame 3"}
    fine = {"path": "b", "states": ["ok"], "detail": ""}
    document = {"assets": [odd, fine], "summary": summary(1, of=1, asked={"verify": True})}
    (run,) = merge([parse_document("x", json.dumps(document).encode())]).runs
    assert run.odd == (("a", "silent-change: frame 3"),)
    finding = {"kind": "missing-frames", "frames": "1001", "detail": "1 frame is missing"}
    gate = {"fail_on": "missing-frames,pending"}
    assets = [{"path": "a", "findings": [finding]}, {"path": "b", "qc_result": "pending"}]
    document = {"assets": [*assets, {"path": "c"}], "summary": summary(1, of=1, asked=gate)}
    (run,) = merge([parse_document("x", json.dumps(document).encode())]).runs
    assert run.odd == (("a", "missing-frames 1001: 1 frame is missing"), ("b", "pending"))


def test_what_every_shard_names_counts_once_for_the_exit() -> None:
    problem = {"kind": "unreadable", "path": "/jobs/show/a", "detail": "Permission denied"}
    ended = {"exit": {"status": 3, "reasons": {"unreadable": 1}}, "problems": [problem]}
    assert merged(summary(1, **ended), summary(2, **ended)).reasons() == {"unreadable": 1}


def test_what_was_not_looked_at_is_summed_up() -> None:
    ari = {"not_looked_at": {".ari": 2}}
    found = merged(summary(1, **ari), summary(2, **ari))
    assert found.summed(lambda run: run.not_looked_at) == {".ari": 4}


def test_a_problem_that_another_version_knows_is_one_all_the_same() -> None:
    problem = {"kind": "of-the-future", "path": "/jobs/show/a", "detail": "why"}
    found = merged(summary(1, problems=[problem]), summary(2))
    assert [(one.kind, one.detail) for one in found.problems] == [
        ("unexamined", "of-the-future: why")
    ]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"[]", b"null", b'{"assets": []}', b'{"summary": 3}', b"\xff"),
        json.dumps({"assets": [], "summary": summary(1, dry_run=True)}).encode(),
        *(
            json.dumps({"assets": [], "summary": summary(1, **wrong)}).encode()
            for wrong in (
                {"made": 3},
                {"roots": []},
                {"roots": [3]},
                {"shard": {"number": 3, "of": 2}},
                {"shard": "1/2"},
                {"folders": "many"},
                {"states": {"new": "one"}},
                {"problems": [{"kind": "odd"}]},
                {"made": "yesterday"},
                {"folders": -5},
                {"asked": None},
                {"shard": {"number": 1, "of": 999_999_999}},
                {"exit": 0},
            )
        ),
    ],
)
def test_what_is_no_document_is_a_flaw(data: bytes) -> None:
    assert isinstance(parse_document("x", data), Flaw)
    found = merge([read("a", summary(1)), read("b", summary(2)), parse_document("x", data)])
    assert [flaw.document for flaw in found.flaws] == ["x"]
    assert not found.is_complete
