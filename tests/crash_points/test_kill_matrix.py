"""The checks can fail: each planted bug is found, by the invariant that is there for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import pytest

import app as table_of_contents
from chalicelib.storage.receipts import ReceiptBook
from tests.crash_points import (
    back_rooms,
    bill_desk,
    decisions,
    front_door,
    planted_bugs,
    planted_in_decisions,
    planted_in_words,
)
from tests.crash_points.front_door import (
    FAILURE,
    HELD,
    creates,
    new_order,
    new_payment,
    notifies,
)
from tests.crash_points.plays import (
    Handler,
    Invoke,
    crashes_of,
    play_each,
    play_without_fault,
)
from tests.crash_points.world import World, world
from tests.support.local_province import Context

Plant = Callable[[], AbstractContextManager[Any]]
ALL = front_door.HANDLERS + bill_desk.HANDLERS + decisions.HANDLERS + back_rooms.HANDLERS
HANDLERS = {each.name: each for each in ALL}


def prepare_second_order(prepared: World) -> Invoke:
    """Another order for the same reference, whatever it is answered."""
    new_order(prepared)

    def invoke() -> bool:
        creates(prepared, "k-2")()
        prepared.told.clear()
        return True

    return invoke


def prepare_pending_after_failure(prepared: World) -> Invoke:
    payment_no = new_payment(prepared)
    assert notifies(prepared, payment_no, 50_000, **FAILURE)()
    return notifies(prepared, payment_no, 50_000, **HELD)


def prepare_two_numberers(prepared: World) -> Invoke:
    """One reads the orders; before it writes, another one numbers them."""
    consume = back_rooms.prepare_numberer(prepared)
    issue = ReceiptBook.issue
    is_first = [True]

    def late(book: ReceiptBook, receipts: Any) -> Any:
        if is_first.pop() if is_first else False:
            issue(book, receipts)
        return issue(book, receipts)

    prepared.patches.enter_context(mock.patch.object(ReceiptBook, "issue", late))
    return consume


def prepare_stream_again(prepared: World) -> Invoke:
    """All was carried, and then the stream tells it again."""
    assert notifies(prepared, new_payment(prepared))()
    event = {"Records": prepared.province.take_stream()}

    def invoke() -> bool:
        answer = table_of_contents.ledger_stream(event, Context())
        return not answer["batchItemFailures"]

    assert invoke()
    prepared.province.pump()
    prepared.province.clock.advance(minutes=1)
    return invoke


STORIES = {
    "the stream comes twice": prepare_stream_again,
    "a second order for one reference": prepare_second_order,
    "pending after a failure": prepare_pending_after_failure,
    "two numberers": prepare_two_numberers,
    "a bill looked at under a payment": bill_desk.prepare_look_under_a_payment,
    "a bill amended and listed": bill_desk.prepare_amend_stream,
}


MATRIX: tuple[tuple[Plant, str, str], ...] = (
    (planted_bugs.any_amount, "notification: wrong amount", "I3 amount and account"),
    (planted_bugs.any_status, "notification: second success", "I3 paid once"),
    (planted_bugs.overwritten_transactions, "notification: transaction reused", "I3 paid once"),
    (planted_bugs.no_obligation, "a second order for one reference", "I3 obligation"),
    (planted_bugs.obligation_kept, "cancel", "I3 obligation"),
    (
        planted_bugs.answered_and_forgotten,
        "notification: success on a closed order",
        "I7 acknowledged",
    ),
    (planted_bugs.money_without_a_case, "notification: second success", "I6 case"),
    (planted_bugs.failure_is_left, "pending after a failure", "I4 payment edge"),
    (planted_bugs.nothing_due_after_payment, "notification: success", "I7 effects due"),
    (
        planted_bugs.random_notice_ids,
        "stream: receipts and a cancellation",
        "I8 one notice per fact",
    ),
    (planted_bugs.bodies_composed_anew, "the stream comes twice", "I8 notice delivered"),
    (
        planted_bugs.sweeper_off,
        "sweeper after a lost stream",
        "I8 (receipts of an order|still due)",
    ),
    (
        planted_bugs.done_before_it_is_handed_over,
        "sweeper after a lost stream",
        "I8 one notice per fact",
    ),
    (planted_bugs.counted_apart, "receipt numberer", "I8 no gap"),
    (planted_bugs.numbered_twice, "two numberers", "I8 receipt"),
    (planted_bugs.half_a_dong, "notification: wrong amount", "I1 whole numbers"),
    (planted_bugs.no_search_rows, "cancel", "views: search"),
    (planted_bugs.day_rows_of_orders_only, "notification: unknown order", "views: day rows"),
    (planted_bugs.replays_composed_anew, "create", "I10 same answer"),
    (
        planted_bugs.priced_under_a_payment,
        "a bill looked at under a payment",
        "I4 owed under a payment",
    ),
    (planted_bugs.history_forgotten, "bill: amend", "I4 an act for each version"),
    (planted_bugs.surcharge_of_another_day, "bill: priced for another day", "I1 surcharge"),
    (planted_bugs.amendments_not_listed, "a bill amended and listed", "views: bills"),
    (planted_bugs.forgotten_breaks, "reconciliation: a file arrives", "I9 breaks"),
    (planted_in_decisions.decided_piecemeal, "case: assigned", "I6 case"),
    (
        planted_in_decisions.hold_without_an_end,
        "notification: failure after a hold",
        "I6 case stands in the way",
    ),
    (planted_in_decisions.closed_cases_stay_listed, "case: dismissed", "views: open cases"),
    (
        planted_in_decisions.decisions_forget_their_answer,
        "case: refund decided",
        "I10 same answer",
    ),
    (planted_in_decisions.told_number_lost, "case: assigned", "I4 told number"),
    (planted_in_words.words_forgotten, "chaser: pending", "I7 the provider's words"),
    (
        planted_in_words.words_kept_after_the_move,
        "notification: failure",
        "I7 the provider's words",
    ),
)


@pytest.fixture
def prepared() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.mark.parametrize(
    ("plant", "story", "invariant"), MATRIX, ids=[plant.__name__ for plant, _, _ in MATRIX]
)
def test_a_planted_bug_is_found(prepared: World, plant: Plant, story: str, invariant: str) -> None:
    handler = HANDLERS.get(story) or Handler(story, STORIES[story], is_warm=True)
    invoke = handler.prepare(prepared)
    with plant(), pytest.raises(AssertionError, match=f"InvariantBroken: {invariant}"):
        play_crashes(prepared, handler, invoke)


def play_crashes(prepared: World, handler: Handler, invoke: Invoke) -> None:
    usual = play_without_fault(prepared, handler, invoke)
    play_each(prepared, handler, invoke, crashes_of(usual.calls), usual)


@pytest.mark.parametrize("story", STORIES)
def test_without_a_bug_the_same_story_is_sound(prepared: World, story: str) -> None:
    handler = Handler(story, STORIES[story], is_warm=True)
    play_without_fault(prepared, handler, handler.prepare(prepared))
