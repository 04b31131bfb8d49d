"""What the tracker still has to be told, and what its answers change in a sidecar."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc_asset_crawler.crawler.errands import Request, converse, plan_errands
from qc_asset_crawler.model import Sidecar, Told, TrackerStatus, Verdict
from qc_asset_crawler.outbox import (
    NO_DEBTS,
    PARKED,
    WAITING,
    Answer,
    Debts,
    Fault,
    after_look_up,
    after_post,
    debts_of,
    known_id,
    next_post,
    owes_look_up,
    requeued,
    settled,
    sum_debts,
    told,
)
from qc_asset_crawler.text import is_asset_id
from samples import HASH_B, SINGLE, VERDICT, FakeTrak, record_of

HOSTILE_IDS = [
    "", ".", "..", "../assets/1", "a/b", "a\\b", "a%2fb", "a?x=1", "a#b", "a b", " a", "a\n",
    "a\r\nx-evil: 1", "a\0", "a:b", "a@b", "\u00e4", "\u0661", "\uff41", "a\u200b", "\udce9",
    "x" * 129,
]  # fmt: skip


def verdict(number: int, said: str, status: str = "queued", code: int | None = None) -> Verdict:
    return VERDICT._replace(
        qc_id=f"019a7e41-e94e-724f-9b36-{number:012d}",
        qc_result=said,
        notes=f"note {number}",
        tracker_status=TrackerStatus(status, code, {"seen": number}),
        extra={"room": number},
    )


def asset(*said: str, top: str = "disabled", asset_id: str | None = "A-1") -> Sidecar:
    """Make a sidecar of verdicts written like ``pass:ok``, or just ``ok`` for a pass."""
    pairs = [("pass:" + one).split(":")[-2:] for one in said]
    verdicts = tuple(verdict(at, *pair) for at, pair in enumerate(pairs))
    return SINGLE._replace(verdicts=verdicts, tracker_status=TrackerStatus(top), asset_id=asset_id)


def statuses(sidecar: Sidecar) -> list[str]:
    return [str(one.tracker_status.status) for one in sidecar.verdicts]


# A sidecar, what it owes, and which verdict goes first. Of an unknown asset the look-up is owed
# with the first verdict that waits.
OWED = {
    "nothing": (asset(), NO_DEBTS, None),
    "nothing, asked": (asset(top="ok"), NO_DEBTS, None),
    "nothing, Trak has no such asset": (asset(top="not_found", asset_id=None), NO_DEBTS, None),
    "a question": (asset(top="queued", asset_id=None), Debts(lookups=1), None),
    "a question though it is known": (asset(top="queued"), Debts(lookups=1), None),
    "a question that failed": (asset(top="error"), Debts(lookups=1), None),
    "a question without right": (asset(top="unauthorized"), Debts(lookups=1), None),
    "said while Trak was off": (asset("disabled", "disabled"), NO_DEBTS, None),
    "all delivered": (asset("ok", "fail:ok", top="ok"), NO_DEBTS, None),
    "one waits": (asset("queued", top="queued"), Debts(verdicts=1), 0),
    "one waits for its asset": (
        asset("queued", top="queued", asset_id=None),
        Debts(verdicts=1, lookups=1),
        0,
    ),
    "one waits, of a hostile id": (
        asset("queued", top="ok", asset_id="../1"),
        Debts(verdicts=1, lookups=1),
        0,
    ),
    "one waits behind what is done": (asset("ok", "disabled", "queued"), Debts(verdicts=1), 2),
    "every kind that waits": (
        asset("unauthorized", "error", "queued", top="error"),
        Debts(verdicts=3),
        0,
    ),
    "parked": (
        asset("rejected", "not_found", "rejected", top="rejected"),
        Debts(rejected=2, not_found=1),
        None,
    ),
    "parked does not hold up": (
        asset("rejected", "ok", "error", top="error"),
        Debts(verdicts=1, rejected=1),
        2,
    ),
    "a word that nobody knows": (asset("sent", "QUEUED", top="whatever"), NO_DEBTS, None),
}


@pytest.mark.parametrize(("sidecar", "debts", "first"), OWED.values(), ids=list(OWED))
def test_what_an_asset_owes_is_in_its_sidecar(sidecar, debts, first):
    assert debts_of(sidecar)._replace(failed=0) == debts
    assert next_post(sidecar) == first
    assert owes_look_up(sidecar) is bool(debts.lookups)
    assert bool(debts) is (debts.verdicts + debts.lookups > 0)


def test_debts_are_added_up_and_taken_away():
    owed = [sidecar for sidecar, _, _ in OWED.values()]
    total = sum_debts(owed)
    assert total._replace(failed=0) == Debts(verdicts=8, lookups=6, rejected=3, not_found=1)
    assert total.parked == 4
    assert total - sum_debts(owed[5:]) == sum_debts(owed[:5])
    assert not total - total
    assert sum_debts([]) == NO_DEBTS


# What would be sent next failed the last time: nothing of it is worth trying first.
FAILED = {
    "nothing": (asset(), False),
    "never tried": (asset("queued", top="queued"), False),
    "a failed verdict": (asset("error", top="error"), True),
    "a failed question": (asset(top="error"), True),
    "a failed question, and a verdict that waits for it": (
        asset("queued", top="error", asset_id=None),
        True,
    ),
    "a failed verdict, and one that waits behind it": (asset("error", "queued", top="error"), True),
    "only parked": (asset("rejected", top="rejected"), False),
    "a new verdict behind a parked one": (asset("rejected", "queued", top="queued"), False),
}


@pytest.mark.parametrize(("sidecar", "failed"), FAILED.values(), ids=list(FAILED))
def test_what_cannot_get_on_before_something_that_failed_counts_as_failed(sidecar, failed):
    """Else a few such assets use up the patience of every run, and the others never get a turn."""
    assert debts_of(sidecar).only_failed is failed


@pytest.mark.parametrize("hostile", HOSTILE_IDS, ids=ascii)
def test_a_hostile_id_is_no_id(hostile):
    sidecar = asset("queued", top="ok", asset_id=hostile)
    assert known_id(sidecar) is None
    assert owes_look_up(sidecar)
    found = after_look_up(sidecar, Answer(Told.OK, 200, asset_id=hostile))
    assert known_id(found) is None


@pytest.mark.parametrize("good", ["A-17", "1", "...", "a.b_c-d", "-", "x" * 128])
def test_an_id_is_what_is_safe_anywhere(good):
    assert known_id(asset(asset_id=good)) == good


# The verdicts before and after; a bare status is a pass.
SETTLED = {
    "nothing": ([], []),
    "no withdrawal": (["queued", "fail:rejected"], ["queued", "rejected"]),
    "with nothing to withdraw": (["pending:queued"], ["disabled"]),
    "that failed, with nothing to withdraw": (["pending:error"], ["disabled"]),
    "after what was never sent": (["disabled", "pending:queued"], ["disabled", "disabled"]),
    "after what is delivered": (["ok", "pending:queued"], ["ok", "queued"]),
    "that failed, after what is delivered": (["ok", "pending:error"], ["ok", "error"]),
    "of what was said long ago": (
        ["ok", "disabled", "rejected", "pending:queued"],
        ["ok", "disabled", "rejected", "queued"],
    ),
    "behind what waits": (["queued", "pending:queued"], ["queued", "queued"]),
    "behind what failed": (["error", "pending:queued"], ["error", "queued"]),
    "behind what is refused": (["rejected", "pending:queued"], ["rejected", "rejected"]),
    "behind what Trak has no asset for": (
        ["not_found", "pending:queued"],
        ["not_found", "not_found"],
    ),
    "behind the last of what is refused": (
        ["rejected", "not_found", "pending:queued"],
        ["rejected", "not_found", "not_found"],
    ),
    "behind what is refused and what waits": (
        ["rejected", "queued", "pending:queued"],
        ["rejected", "queued", "queued"],
    ),
    "twice": (["rejected", "pending:queued", "pending:queued"], ["rejected"] * 3),
    "twice, with nothing": (["pending:queued", "pending:queued"], ["disabled"] * 2),
    "then something new": (["pending:queued", "queued"], ["disabled", "queued"]),
    "a delivered one stays": (["disabled", "pending:ok"], ["disabled", "ok"]),
}


@pytest.mark.parametrize(("before", "after"), SETTLED.values(), ids=list(SETTLED))
def test_a_withdrawal_is_sent_only_where_there_is_something_to_withdraw(before, after):
    sidecar = asset(*before)
    once = settled(sidecar)
    assert statuses(once) == after
    assert settled(once) == once
    assert facts(once) == facts(sidecar)


def test_what_was_refused_is_queued_again_and_nothing_else():
    before = asset("ok", "rejected", "disabled", "not_found", "error", "pending:rejected")
    after = requeued(before)
    assert statuses(after) == ["ok", "queued", "disabled", "queued", "error", "queued"]
    assert facts(after) == facts(before)
    parked = before._replace(verdicts=(verdict(1, "pass", "rejected", 422),))
    assert requeued(parked).verdicts[0].tracker_status == TrackerStatus("queued", None, {"seen": 1})


FOUND = Answer(Told.OK, 200, asset_id="B-2")
NO_SUCH = Answer(Told.NOT_FOUND, 200)
# The id before, the answer, and the id, the statuses of two verdicts and the top status after it.
LOOKED_UP = {
    "found": (None, FOUND, "B-2", ["queued", "ok"], ("ok", 200)),
    "found, another than before": ("A-1", FOUND, "B-2", ["queued", "ok"], ("ok", 200)),
    "found, hostile before": ("../1", FOUND, "B-2", ["queued", "ok"], ("ok", 200)),
    "no such asset": (None, NO_SUCH, None, ["not_found", "ok"], ("not_found", 200)),
    "no such asset, known before": ("A-1", NO_SUCH, "A-1", ["queued", "ok"], ("not_found", 200)),
    "no such asset, hostile": ("..", NO_SUCH, "..", ["not_found", "ok"], ("not_found", 200)),
    "down": (None, Answer(Told.QUEUED, 503), None, ["queued", "ok"], ("queued", 503)),
    "down, known": ("A-1", Answer(Told.QUEUED), "A-1", ["queued", "ok"], ("queued", None)),
    "wrong key": (None, Answer(Told.UNAUTHORIZED, 401), None, ["queued", "ok"],
                  ("unauthorized", 401)),
    "unusable": ("A-1", Answer(Told.ERROR, 200), "A-1", ["queued", "ok"], ("error", 200)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "answer", "asset_id", "after", "top"), LOOKED_UP.values(), ids=list(LOOKED_UP)
)
def test_what_a_look_up_came_to(before, answer, asset_id, after, top):
    sidecar = asset("queued", "ok", asset_id=before, top="queued")
    found = after_look_up(sidecar, answer)
    assert found.asset_id == asset_id
    assert statuses(found) == after
    assert (found.tracker_status.status, found.tracker_status.http_code) == top
    assert facts(found) == facts(sidecar)


@pytest.mark.parametrize("status", list(Told))
def test_what_posting_a_verdict_came_to_is_noted_in_that_verdict_and_on_top(status):
    sidecar = asset("ok", "error", "queued", top="queued")
    after = after_post(sidecar, 1, Answer(status, 299))
    assert after.verdicts[1].tracker_status == TrackerStatus(status, 299, {"seen": 1})
    assert (after.verdicts[0], after.verdicts[2]) == (sidecar.verdicts[0], sidecar.verdicts[2])
    assert after.tracker_status == TrackerStatus(status, 299)
    assert facts(after) == facts(sidecar)


BEFORE = asset("queued", "queued", top="queued", asset_id=None)._replace(extra={"a": 1})
DONE = after_post(after_look_up(BEFORE, FOUND), 0, Answer(Told.OK, 201))
MORE = verdict(7, "fail")
# What somebody else made of the sidecar meanwhile, and what differs from that after the answers.
MERGED = {
    "nothing": (BEFORE, ("B-2", ["ok", "queued"], "ok")),
    "a verdict was added": (
        BEFORE._replace(verdicts=(*BEFORE.verdicts, MORE)),
        ("B-2", ["ok", "queued", "queued"], "ok"),
    ),
    "two copies were united, an older verdict first": (
        BEFORE._replace(verdicts=(MORE._replace(qc_time="2020"), *BEFORE.verdicts)),
        ("B-2", ["queued", "ok", "queued"], "ok"),
    ),
    "another id was given": (
        BEFORE._replace(asset_id="C-3"),
        ("C-3", ["ok", "queued"], "ok"),
    ),
    "all was delivered": (
        asset("ok", "ok", top="ok", asset_id="B-2")._replace(extra={"a": 1}),
        ("B-2", ["ok", "ok"], "ok"),
    ),
    "the first was refused": (
        BEFORE._replace(verdicts=asset("rejected", "queued").verdicts),
        ("B-2", ["ok", "queued"], "ok"),
    ),
    "unknown keys came": (
        BEFORE._replace(extra={"a": 2, "b": [1]}, content_hash=HASH_B, notes="theirs"),
        ("B-2", ["ok", "queued"], "ok"),
    ),
    "a verdict is gone": (
        BEFORE._replace(verdicts=BEFORE.verdicts[1:]),
        ("B-2", ["queued"], "ok"),
    ),
}


@pytest.mark.parametrize(("now", "after"), MERGED.values(), ids=list(MERGED))
def test_answers_are_carried_over_to_what_somebody_else_wrote_meanwhile(now, after):
    merged = told(now, BEFORE, DONE)
    assert (merged.asset_id, statuses(merged), merged.tracker_status.status) == after
    assert facts(merged) == facts(now)
    kept = {"asset_id": None, "verdicts": (), "tracker_status": TrackerStatus()}
    assert merged._replace(**kept) == now._replace(**kept)


def test_what_was_delivered_by_somebody_else_stays_so_whatever_we_were_answered():
    delivered = asset("ok", "ok", top="ok", asset_id=None)
    for status in (*WAITING, *PARKED):
        failed = after_post(BEFORE, 0, Answer(status, 500))
        assert statuses(told(delivered, BEFORE, failed)) == ["ok", "ok"]


def test_what_is_said_of_an_unknown_asset_is_not_said_of_one_whose_id_was_given_meanwhile():
    unknown = after_look_up(BEFORE, Answer(Told.NOT_FOUND, 200))
    assert statuses(told(BEFORE, BEFORE, unknown)) == ["not_found"] * 2
    given_id = BEFORE._replace(asset_id="C-3")
    assert told(given_id, BEFORE, unknown) == given_id


def test_where_nothing_was_answered_nothing_is_changed():
    for now, _ in MERGED.values():
        assert told(now, BEFORE, BEFORE) == now


def facts(sidecar: Sidecar) -> list[tuple[object, ...]]:
    """Return everything of the verdicts that is not about the tracker."""
    return [(*v.said, v.run_id, v.extra, v.tracker_status.extra) for v in sidecar.verdicts]


RESULTS = st.sampled_from(["pass", "fail", "pending"])
POSTS = st.sampled_from(list(Told)[1:]).map(lambda status: Answer(status, 299))
LOOK_UPS = st.sampled_from(
    [
        Answer(Told.OK, 200, asset_id="B-2"),
        Answer(Told.NOT_FOUND, 200),
        Answer(Told.QUEUED, None, "down", fault=Fault.TRAK),
        Answer(Told.ERROR, 200),
    ]
)
HISTORIES = st.lists(st.tuples(RESULTS, st.sampled_from([*Told, "sent"])), max_size=6)
IDS = st.sampled_from([None, "A-1", "../1", ""])
RUNS = st.lists(
    st.tuples(
        st.builds(
            Request, st.sampled_from([VERDICT.run_id, "another"]), st.booleans(), st.booleans()
        ),
        st.lists(LOOK_UPS, max_size=1),
        st.lists(POSTS, max_size=6),
        st.integers(0, 8),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150)
@given(HISTORIES, st.sampled_from(list(Told)), IDS, RUNS)
def test_whatever_was_said_and_answered_is_told_in_order_and_stays_as_it_was_said(
    history, top, asset_id, runs
):
    verdicts = tuple(verdict(at, *one) for at, one in enumerate(history))
    now = SINGLE._replace(verdicts=verdicts, tracker_status=TrackerStatus(top), asset_id=asset_id)
    for request, look_ups, posts, calls in runs:
        for errand in plan_errands([("a.mov", record_of(now))], False, request, str):
            trak = FakeTrak(look_ups, posts)
            after = converse(errand, trak, partial(next, iter([True] * calls), False)).after
            check_conversation(now, after, trak, request)
            assert told(now, now, after) == after
            now = after


def check_conversation(before: Sidecar, after: Sidecar, trak: FakeTrak, request: Request) -> None:
    order = {one.qc_id: at for at, one in enumerate(before.verdicts)}
    sent = [order[qc_id] for _, qc_id, _ in trak.posted]
    was = [one.tracker_status.status for one in before.verdicts]
    now = [one.tracker_status.status for one in after.verdicts]
    assert sent == sorted(set(sent)), "each once, in order"
    for at in sent:
        earlier = range(at)
        assert was[at] in WAITING or (request.retry_rejected and was[at] in PARKED)
        assert not [i for i in earlier if now[i] in WAITING], "what waits holds up the others"
        if before.verdicts[at].qc_result == "pending":
            assert [i for i in earlier if now[i] == "ok"], "there is something to withdraw"
    assert all(one == "ok" for one, first in zip(now, was, strict=True) if first == "ok")
    assert [at for at, one in enumerate(now) if one == "ok" != was[at]] == [
        at for at in sent if now[at] == "ok"
    ]
    assert [(v.said, v.run_id, v.extra) for v in after.verdicts] == [
        (v.said, v.run_id, v.extra) for v in before.verdicts
    ]
    assert len(trak.asked) <= 1
    for asset_id, qc_id, body in trak.posted:
        assert is_asset_id(asset_id)
        assert body["asset_id"] == asset_id == after.asset_id
        said = before.verdicts[order[qc_id]]
        assert [body[key] for key in SAID] == [getattr(said, key) for key in SAID]


SAID = ("qc_id", "qc_time", "qc_result", "operator", "notes", "content_hash", "run_id")
