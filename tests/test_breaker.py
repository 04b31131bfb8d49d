"""When calls to the tracker are given up, what is said of it, and who is still waited for."""

import threading

import pytest

from qc_asset_crawler.crawler.breaker import Breaker
from qc_asset_crawler.model import Told
from qc_asset_crawler.outbox import NOT_ASKED, Answer, Fault

TAKEN = Answer(Told.OK, 200)
REFUSED = Answer(Told.REJECTED, 422, "will not have it")
UNKNOWN = Answer(Told.NOT_FOUND, 200, "knows no such asset")
UNUSABLE = Answer(Told.ERROR, 200, "gave an asset id that cannot be used")
DOWN = Answer(Told.QUEUED, 503, "is not available (503)", fault=Fault.TRAK)
SILENT = Answer(Told.QUEUED, None, "was silent for 15 s", fault=Fault.TRAK)
BROKEN = Answer(Told.ERROR, 500, "answered 500", fault=Fault.TRAK)
FORBIDDEN = Answer(Told.UNAUTHORIZED, 403, "does not permit it (403)", fault=Fault.TRAK)
WRONG_KEY = Answer(Told.UNAUTHORIZED, 401, "does not take the key (401)", fault=Fault.SETUP)
MOVED = Answer(Told.QUEUED, 302, "redirects to elsewhere (302)", fault=Fault.SETUP)


class Calls:
    """Calls that a breaker watches, by a clock of their own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.breaker = Breaker(lambda: self.now)

    def take(self, answer: Answer, seconds: float = 0.01) -> bool:
        """Make a call that takes so long."""
        started = self.breaker.begin()
        self.now += seconds
        return self.breaker.take(answer, started)


def after(*answers: Answer) -> Breaker:
    calls = Calls()
    for answer in answers:
        calls.take(answer)
    return calls.breaker


# What was answered, and why no more calls are made (None: they are).
ROWS = {
    "nothing yet": ([], None),
    "four failures": ([DOWN] * 4, None),
    "five failures": ([DOWN] * 5, DOWN.detail),
    "five failures of several kinds": ([DOWN, SILENT, BROKEN, FORBIDDEN, SILENT], SILENT.detail),
    "many failures, each with answers between": ([*[DOWN] * 4, TAKEN] * 10, None),
    "four, an answer, five": ([*[DOWN] * 4, TAKEN, *[DOWN] * 5], DOWN.detail),
    "a refusal is an answer": ([*[DOWN] * 4, REFUSED, *[DOWN] * 4], None),
    "not to know an asset is an answer": ([*[DOWN] * 4, UNKNOWN, *[DOWN] * 4], None),
    "an unusable id concerns its asset alone": ([*[DOWN] * 4, UNUSABLE, *[DOWN] * 4], None),
    "only refusals": ([REFUSED, UNKNOWN, UNUSABLE] * 10, None),
    "a wrong key, at once": ([WRONG_KEY], WRONG_KEY.detail),
    "a redirect, at once": ([TAKEN, MOVED], MOVED.detail),
    "once open it stays open": ([WRONG_KEY, *[TAKEN] * 10], WRONG_KEY.detail),
    "the first reason is the one that is told": ([*[DOWN] * 5, WRONG_KEY, MOVED], DOWN.detail),
}


@pytest.mark.parametrize(("answers", "why"), ROWS.values(), ids=list(ROWS))
def test_it_opens_after_five_failures_in_a_row_or_where_the_setup_is_wrong(answers, why):
    assert after(*answers).why == why


def test_a_fault_is_said_once_and_another_one_once_too():
    calls = Calls()
    answers = [DOWN, DOWN, TAKEN, DOWN, SILENT, REFUSED, SILENT, DOWN, WRONG_KEY, WRONG_KEY]
    said = [answer.detail for answer in answers if calls.take(answer)]
    assert said == [DOWN.detail, SILENT.detail, WRONG_KEY.detail]


def test_a_server_that_says_something_new_each_time_does_not_fill_the_terminal():
    calls = Calls()
    said = 0
    for number in range(1000):
        fault = Answer(Told.ERROR, 500, f"answered 500: {number}", fault=Fault.TRAK)
        said += calls.take(fault)
        calls.take(TAKEN)
    assert 0 < said <= 20


def test_several_threads_are_told_of_one_fault_once():
    breaker = Breaker()
    told: list[bool] = []
    ready = threading.Barrier(8)

    def call() -> None:
        ready.wait()
        told.extend(breaker.take(DOWN, breaker.begin()) for _ in range(200))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(told), sum(told)) == (1600, 1)
    assert breaker.why == DOWN.detail


def test_what_nobody_waited_for_says_nothing_of_the_tracker():
    assert after(*[DOWN] * 4, *[NOT_ASKED] * 10).why is None
    assert after(*[DOWN] * 4, NOT_ASKED, DOWN).why == DOWN.detail
    assert not Calls().take(NOT_ASKED)


# The seconds that each call took, and whether more of them are waited for after the crawl.
PROMPTNESS = {
    "never called": ([], True),
    "quick": ([0.05], True),
    "slow": ([3.0], False),
    "quick, then slow": ([0.05, 3.0], False),
    "slow, then quick": ([3.0, 0.05], True),
    "just too slow": ([1.0], False),
}


@pytest.mark.parametrize(("seconds", "prompt"), PROMPTNESS.values(), ids=list(PROMPTNESS))
def test_only_a_tracker_that_answers_quickly_is_prompt(seconds, prompt):
    calls = Calls()
    for one in seconds:
        calls.take(TAKEN, one)
    assert calls.breaker.is_prompt() is prompt


def test_a_call_that_is_open_for_long_is_not_prompt_and_no_call_at_all_is_nobodys_fault():
    calls = Calls()
    calls.take(TAKEN)
    calls.now += 100
    assert calls.breaker.is_prompt()
    started = calls.breaker.begin()
    calls.now += 0.9
    assert calls.breaker.is_prompt()
    calls.now += 0.2
    assert not calls.breaker.is_prompt()
    calls.breaker.take(TAKEN, started)
    calls.take(TAKEN)
    assert calls.breaker.is_prompt()
