"""What is asked and told of a folder's assets: the plan, the conversation, and what is sent."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from qc_asset_crawler.crawler.errands import (
    Conversation,
    Errand,
    Request,
    converse,
    holds_several,
    plan_errands,
)
from qc_asset_crawler.crawler.plan import excluded_sequences, resolve
from qc_asset_crawler.identity import Stamp
from qc_asset_crawler.listing import Passed
from qc_asset_crawler.model import Owner, SequenceKey, Sidecar, Told, TrackerStatus
from qc_asset_crawler.outbox import Answer, Fault, debts_of
from qc_asset_crawler.qcstate import Content, Signature, decide
from qc_asset_crawler.sequences.grouping import by_extension
from qc_asset_crawler.settings import Policy, QCResult, Settings, Signing
from qc_asset_crawler.sidecar.codec import encode, encode_post
from qc_asset_crawler.sidecar.recorded import (
    BadKind,
    BadSidecar,
    Place,
    Record,
    Records,
    SidecarMode,
)
from samples import HASH_A, HASH_B, SEQUENCE, SINGLE, VERDICT, FakeTrak, record_of, sequence_of

FOLDER = "/jobs/show/shot"
PLATE, MASK = SequenceKey("plate.", "exr", 4), SequenceKey("mask_100%_", "tif", 3)
RUN, OTHER_RUN = VERDICT.run_id, "019a7e41-e000-7000-8000-00000000000b"
NIGHTLY = Request(OTHER_RUN)
STAMP = Stamp("019b0000-0000-7000-8000-000000000001", "2026-01-02T03:04:05.000006+00:00")


def verdict(number: int, said: str, status: str, code: int | None = None):
    qc_id = f"019a7e41-e94e-724f-9b36-{number:012d}"
    tracker = TrackerStatus(status, code)
    return VERDICT._replace(qc_id=qc_id, qc_result=said, tracker_status=tracker)


def sidecar(*statuses: str, top: str = "disabled", asset_id: str | None = "A-1") -> Sidecar:
    verdicts = tuple(verdict(at, "pass", status) for at, status in enumerate(statuses))
    return SINGLE._replace(verdicts=verdicts, tracker_status=TrackerStatus(top), asset_id=asset_id)


def join(name: str) -> str:
    return f"{FOLDER}/{name}"


def of(owner: Owner, what: Sidecar) -> tuple[Owner, Record]:
    """Return a record of an asset in the folder."""
    if isinstance(owner, SequenceKey):
        shape = sequence_of((1, 2, 3))._replace(key=owner)
        return owner, record_of(what._replace(asset_path=FOLDER, sequence=shape))
    return owner, record_of(what._replace(asset_path=join(owner)))


def plan(
    *records: tuple[Owner, Record], several: bool = False, request: Request = NIGHTLY
) -> list[Errand]:
    return plan_errands(list(records), several, request, join)


NEW = sidecar(top="queued", asset_id=None)
SIGNED = sidecar("queued", top="queued")
# An asset, whether the folder holds several sequences, who asks, and the path that is asked for.
ASKED = {
    "a file": ("slate.mov", NEW, False, NIGHTLY, f"{FOLDER}/slate.mov"),
    "a file among sequences": ("slate.mov", NEW, True, NIGHTLY, f"{FOLDER}/slate.mov"),
    "the only sequence": (PLATE, NEW, False, NIGHTLY, FOLDER),
    "one of several": (PLATE, NEW, True, NIGHTLY, f"{FOLDER}/plate.%04d.exr"),
    "one with a percent sign": (MASK, NEW, True, NIGHTLY, f"{FOLDER}/mask_100%%_%03d.tif"),
    "changed, though it is known": (PLATE, sidecar(top="queued"), False, NIGHTLY, FOLDER),
    "an unknown one with a verdict": (
        PLATE,
        sidecar("queued", top="ok", asset_id=None),
        False,
        NIGHTLY,
        FOLDER,
    ),
    "one of a hostile id": (
        PLATE,
        sidecar("queued", top="ok", asset_id="../1"),
        False,
        NIGHTLY,
        FOLDER,
    ),
    "signed in this run, though it is known": (PLATE, SIGNED, False, Request(RUN), FOLDER),
    "signed in another run, and known": (PLATE, SIGNED, False, NIGHTLY, None),
    "signed in this run, id given": (PLATE, SIGNED, False, Request(RUN, id_given=True), None),
    "signed, nothing known yet": (
        PLATE,
        sidecar("queued", top="queued", asset_id=None),
        True,
        Request(RUN),
        f"{FOLDER}/plate.%04d.exr",
    ),
}


@pytest.mark.parametrize(
    ("owner", "what", "several", "request_", "path"), ASKED.values(), ids=list(ASKED)
)
def test_the_path_that_the_tracker_is_asked_for(owner, what, several, request_, path):
    (errand,) = plan(of(owner, what), several=several, request=request_)
    assert errand.look_up == path
    assert errand.path == join(owner.pattern if isinstance(owner, SequenceKey) else owner)


def test_a_sequence_at_the_top_of_everything_has_one_slash():
    key, record = of(PLATE, NEW)
    at_top = record._replace(sidecar=record.sidecar._replace(asset_path="/"))
    assert [errand.look_up for errand in plan((key, at_top), several=True)] == ["/plate.%04d.exr"]


QUESTION_OPEN = {
    "new": None,
    "asked for": NEW,
    "asked for, and given before": sidecar(top="queued", asset_id="GIVEN"),
    "signed": sidecar("queued", top="queued"),
}


@pytest.mark.parametrize("before", QUESTION_OPEN.values(), ids=list(QUESTION_OPEN))
@pytest.mark.parametrize("signing", [None, Signing(QCResult.PASS)], ids=["nightly", "signed"])
@pytest.mark.parametrize("content_hash", [HASH_A, HASH_B], ids=["same", "changed"])
def test_an_id_given_with_the_run_is_never_replaced_by_the_trackers_answer(
    before, signing, content_hash
):
    """Also where the question was still open from an earlier run."""
    signature = Signature(OTHER_RUN, Policy(), "anna", signing, "GIVEN", tells_trak=True)
    now = Content(SINGLE.asset_path, content_hash, SINGLE.cheap_fp)
    after = decide(before, now, signature, STAMP).sidecar or before
    trak = FakeTrak(look_ups=[Answer(Told.OK, 200, asset_id="TRAKS")] * 9)
    talks = [
        converse(errand, trak, lambda: True)
        for errand in plan(of("slate.mov", after), request=Request(OTHER_RUN, id_given=True))
    ]
    assert {talk.after.asset_id for talk in talks} <= {"GIVEN"}
    assert {asset_id for asset_id, _, _ in trak.posted} <= {"GIVEN"}
    assert trak.asked == []
    assert not any(debts_of(talk.after).lookups for talk in talks), "the answer was given"


FRAMES = tuple(PLATE.name(number) for number in range(1, 5))
MASKS = tuple(MASK.name(number) for number in range(1, 5))
PADLESS = tuple(f"plate.{number}.exr" for number in (1, 2, 3))


def recorded(*keys: SequenceKey) -> Records:
    return Records(sequences={key: of(key, NEW)[1] for key in keys})


NEWER = BadSidecar(Place(SidecarMode.SUBDIR, "x"), BadKind.NEWER, "newer", MASK)
# The names in a folder, what is recorded there, and whether it holds several sequences.
SEVERAL = {
    "nothing": ((), Records(), False),
    "one, new": (FRAMES, Records(), False),
    "one, recorded": (FRAMES, recorded(PLATE), False),
    "one, missing": ((), recorded(PLATE), False),
    "one, and files": ((*FRAMES, "slate.mov", "still.png"), recorded(PLATE), False),
    "one, whose pad got narrower": (PADLESS, recorded(PLATE), False),
    "two living": ((*FRAMES, *MASKS), Records(), True),
    "one living, one missing": (FRAMES, recorded(PLATE, MASK), True),
    "two missing": ((), recorded(PLATE, MASK), True),
    "one living, one of a newer schema": (FRAMES, Records(bad=(NEWER,)), True),
}


@pytest.mark.parametrize(("names", "records", "several"), SEVERAL.values(), ids=list(SEVERAL))
def test_several_are_several_whether_they_live_or_not(names, records, several):
    assert holds_several(records, resolve(by_extension(names), {}, records, Settings())) is several


def test_what_this_run_was_told_to_exclude_still_counts():
    records = recorded(PLATE, MASK)
    passed = dict.fromkeys(MASKS, Passed.EXCLUDED)
    assert holds_several(records, resolve(by_extension(FRAMES), passed, records, Settings()))


@pytest.mark.parametrize(
    ("excluded", "records", "several"),
    [(MASKS, Records(), True), (MASKS[:1], Records(), False), (PADLESS, recorded(PLATE), False)],
    ids=["a sequence", "too few frames for one", "frames of the recorded one"],
)
def test_a_sequence_that_is_excluded_counts_though_it_was_never_recorded(
    excluded, records, several
):
    passed = dict.fromkeys(excluded, Passed.EXCLUDED)
    left = () if excluded is PADLESS else FRAMES
    others = excluded_sequences(passed, Settings())
    assert (
        holds_several(records, resolve(by_extension(left), passed, records, Settings()), others)
        is several
    )


def test_only_what_is_owed_is_an_errand_and_what_failed_comes_last():
    planned = plan(
        of("a-failed.mov", sidecar("error", top="error")),
        of("b-asked-in-vain.mov", sidecar(top="error", asset_id=None)),
        of("c-done.mov", sidecar("ok", top="ok")),
        of("d-refused.mov", sidecar("rejected", top="rejected")),
        of("e-off.mov", sidecar("disabled")),
        of("f-signed-and-asked-in-vain.mov", sidecar("queued", top="error", asset_id=None)),
        of("g-behind-a-failed-one.mov", sidecar("error", "queued", top="error")),
        of("y-new.mov", NEW),
        of("z-signed.mov", SIGNED),
    )
    names = [errand.path.rpartition("/")[2].partition(".")[0] for errand in planned]
    assert names[:2] == ["y-new", "z-signed"]
    assert names[2:] == [
        "a-failed",
        "b-asked-in-vain",
        "f-signed-and-asked-in-vain",
        "g-behind-a-failed-one",
    ]


def test_what_was_refused_goes_again_only_on_request():
    refused = [of("a.mov", sidecar("rejected", "ok")), of("b.mov", sidecar("not_found"))]
    assert plan(*refused) == []
    trak = FakeTrak()
    for errand in plan(*refused, request=Request(OTHER_RUN, retry_rejected=True)):
        talk = converse(errand, trak, lambda: True)
        assert talk.after.verdicts[0].tracker_status.status == "ok"
        assert (talk.changed, talk.delivered) == (True, 1)
    assert len(trak.posted) == 2


def test_an_asset_that_the_tracker_did_not_know_is_asked_for_again_on_request():
    unknown = of("a.mov", sidecar("not_found", top="not_found", asset_id=None))
    assert plan(unknown) == []
    (errand,) = plan(unknown, request=Request(OTHER_RUN, retry_rejected=True))
    assert errand.look_up == f"{FOLDER}/a.mov"


def test_a_withdrawal_with_nothing_to_withdraw_is_written_down_without_a_call():
    idle = sidecar()._replace(verdicts=(verdict(0, "pending", "queued"),))
    (errand,) = plan(of("a.mov", idle))
    trak = FakeTrak()
    talk = converse(errand, trak, lambda: True)
    assert (trak.asked, trak.posted) == ([], [])
    assert talk.after.verdicts[0].tracker_status == TrackerStatus("disabled")
    assert talk.changed


def talk_of(what: Sidecar, trak: FakeTrak, calls: int = 99) -> Conversation:
    """Have one conversation, of which no more than so many calls are allowed."""
    (errand,) = plan(of("a.mov", what))
    allowed = iter([True] * calls)
    return converse(errand, trak, lambda: next(allowed, False))


def test_a_conversation_ends_where_it_is_given_up():
    what = sidecar("queued", "queued", "queued", asset_id=None)
    for calls, (asked, posted) in enumerate([(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)]):
        trak = FakeTrak()
        talk = talk_of(what, trak, calls)
        assert (len(trak.asked), len(trak.posted)) == (asked, posted)
        assert (talk.looked_up, talk.delivered) == (bool(asked), posted)
        assert talk.changed is (calls > 0)


GIVEN_UP = Answer(Told.QUEUED, None, "was not waited for any longer", fault=Fault.OURS)


@pytest.mark.parametrize("status", ["error", "rejected", "queued"])
@pytest.mark.parametrize("calls", [0, 9], ids=["before a call", "in a call"])
def test_what_nobody_waited_for_leaves_everything_as_it_was(status, calls):
    for asset_id in ("A-1", None):
        what = of("a.mov", sidecar(status, "queued", top="error", asset_id=asset_id))
        (errand,) = plan(what, request=Request(OTHER_RUN, retry_rejected=True))
        trak = FakeTrak([GIVEN_UP], [GIVEN_UP])
        talk = converse(errand, trak, lambda: calls > 0)
        assert talk.after == what[1].sidecar
        assert (talk.changed, talk.looked_up, talk.notices) == (False, False, ())


def test_the_id_that_was_found_is_the_one_that_is_told():
    trak = FakeTrak()
    talk = talk_of(sidecar("queued", asset_id=None), trak)
    ((asset_id, qc_id, body),) = trak.posted
    assert (asset_id, body["asset_id"], talk.after.asset_id) == ("B-2",) * 3
    assert qc_id == body["qc_id"] == talk.after.verdicts[0].qc_id


@pytest.mark.parametrize("qc_id", ["", "..", "a/b", "a\r\nx-evil: 1", "\u00e4", "x" * 129])
def test_a_verdict_whose_id_is_not_fit_for_a_header_is_parked_and_the_next_one_told(qc_id):
    odd = sidecar("queued", "queued")
    odd = odd._replace(verdicts=(odd.verdicts[0]._replace(qc_id=qc_id), odd.verdicts[1]))
    trak = FakeTrak()
    talk = talk_of(odd, trak)
    assert [one.tracker_status.status for one in talk.after.verdicts] == ["rejected", "ok"]
    assert [told for _, told, _ in trak.posted] == [odd.verdicts[1].qc_id]
    assert [(notice.path, notice.status) for notice in talk.notices] == [
        (join("a.mov"), "rejected")
    ]


ILL = {
    "a refused verdict": (Answer(Told.REJECTED, 422, "will not have it"), ["rejected"]),
    "a verdict it cannot digest": (Answer(Told.ERROR, 200, "odd"), ["error"]),
    "what ails the tracker is not told of each asset": (
        Answer(Told.QUEUED, 503, "is down", fault=Fault.TRAK),
        [],
    ),
    "what is wrong with the setup neither": (
        Answer(Told.UNAUTHORIZED, 401, "wrong key", fault=Fault.SETUP),
        [],
    ),
    "nothing": (Answer(Told.OK, 201), []),
}


@pytest.mark.parametrize(("answer", "noticed"), ILL.values(), ids=list(ILL))
def test_what_concerns_one_asset_is_told_with_its_name(answer, noticed):
    talk = talk_of(sidecar("queued"), FakeTrak(posts=[answer]))
    assert [notice.status for notice in talk.notices] == noticed
    assert all(notice.path == join("a.mov") for notice in talk.notices)
    assert all(notice.detail == answer.detail for notice in talk.notices)


def test_an_asset_unknown_to_the_tracker_is_worth_a_word_only_if_somebody_signed_it():
    unknown = [Answer(Told.NOT_FOUND, 200, "knows no such asset")]
    assert talk_of(NEW, FakeTrak(unknown)).notices == ()
    signed = talk_of(sidecar("queued", asset_id=None), FakeTrak(unknown))
    assert [notice.status for notice in signed.notices] == ["not_found"]


GOLDEN_POST = Path(__file__).with_name("golden") / "post.json"
SCHEMA = json.loads(
    files("qc_asset_crawler").joinpath("sidecar/sidecar-1.1.0.schema.json").read_text("utf-8")
)
# It differs from the sidecar in everything that a verdict says.
POSTED = VERDICT._replace(
    qc_id="019a7e41-e94e-724f-9b36-5ca4918a79ff",
    qc_time="2025-11-12T08:00:00.000001+00:00",
    qc_result="fail",
    operator="ben",
    notes="banding\u202e, see \u201cA-17\u201d",
    content_hash=HASH_B,
    run_id="019a7e41-e000-7000-8000-0000000000ff",
    tracker_status=TrackerStatus("error", 500),
)
TELLING = SEQUENCE._replace(
    asset_id="A-17",
    asset_path="/jobs/show/caf\udce9/plate 100%",
    verdicts=(POSTED, VERDICT),
    extra={"colour": "acescg"},
)


def test_a_verdict_is_sent_as_the_golden_file_to_the_byte():
    assert encode_post(TELLING, POSTED).decode() == GOLDEN_POST.read_text("utf-8")


def test_what_is_sent_is_the_sidecar_overlaid_with_each_field_of_the_verdict():
    recorded_as = json.loads(encode(TELLING))
    for at, said in enumerate(TELLING.verdicts):
        sent = json.loads(encode_post(TELLING, said))
        overlay = recorded_as["verdicts"][at]
        assert {key: sent[key] for key in overlay} == overlay
        kept = recorded_as.keys() - overlay.keys()
        assert {"asset_id", "asset_path", "content_state", "sequence", "colour"} <= kept
        assert {key: sent[key] for key in kept} == {key: recorded_as[key] for key in kept}
        assert sent.keys() == recorded_as.keys() | {"run_id"}


@pytest.mark.parametrize("what", [TELLING, SINGLE._replace(verdicts=(POSTED,))])
def test_what_is_sent_obeys_the_schema_of_sidecars(what):
    sent = json.loads(encode_post(what, POSTED))
    validator = Draft202012Validator(SCHEMA)
    assert [error.message for error in validator.iter_errors(sent)] == []
