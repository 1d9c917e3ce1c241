from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import PaymentStatus
from chalicelib.web.pages.standing import (
    Standing,
    awaited_attempt,
    may_start,
    missing_receipts,
    paying_attempt,
    standing_of,
)
from tests.web.pages.samples import CASES, NOW, ORDER, ORDERS, PAID, RECEIPTED, attempt

OPEN = (OrderStatus.CREATED, OrderStatus.PENDING)
LATER = ORDER.expires_at


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("ready", Standing.READY),
        ("try_again", Standing.TRY_AGAIN),
        ("set_right", Standing.SET_RIGHT),
        ("taken_back", Standing.TAKEN_BACK),
        ("asking", Standing.ASKING),
        ("unknown", Standing.UNKNOWN),
        ("review", Standing.REVIEW),
        ("paid", Standing.PAID),
        ("paid_awaiting_receipt", Standing.PAID),
        ("paid_review", Standing.PAID_REVIEW),
        ("partly_refunded", Standing.PARTLY_REFUNDED),
        ("refunded", Standing.REFUNDED),
        ("cancelled", Standing.CANCELLED),
        ("expired", Standing.EXPIRED),
    ],
)
def test_each_state_of_an_order_has_its_sentence(name: str, standing: Standing) -> None:
    assert standing_of(ORDERS[name], NOW) is standing


@pytest.mark.parametrize(
    ("status", "attempt_status", "has_case", "is_late"),
    list(product(OrderStatus, (None, *PaymentStatus), (False, True), (False, True))),
)
def test_no_combination_invites_to_pay_while_money_may_be_under_way_or_has_arrived(
    status: OrderStatus, attempt_status: PaymentStatus | None, has_case: bool, is_late: bool
) -> None:
    order = replace(
        ORDER,
        status=status,
        attempts=(attempt(attempt_status),) if attempt_status else (),
        cases=CASES if has_case else {},
    )
    now = LATER if is_late else NOW
    standing = standing_of(order, now)
    is_invited = may_start(order, now) and standing is not Standing.ASKING
    over = (PaymentStatus.FAILED, PaymentStatus.SUCCEEDED, PaymentStatus.REVERSED)
    is_quiet = attempt_status in (None, *over)
    assert is_invited == (status in OPEN and is_quiet and not has_case and not is_late)
    if attempt_status is PaymentStatus.UNKNOWN and status in OPEN:
        assert not may_start(order, now)
        assert standing is (Standing.REVIEW if has_case else Standing.UNKNOWN)


def test_a_payment_under_way_is_awaited_also_after_the_time_to_pay() -> None:
    asking = ORDERS["asking"]
    assert standing_of(asking, LATER) is Standing.ASKING
    assert not may_start(asking, LATER)
    assert standing_of(ORDER, LATER - timedelta(seconds=1)) is Standing.READY
    assert standing_of(ORDER, LATER) is Standing.EXPIRED


def test_the_page_speaks_of_the_unknown_payment_before_a_newer_one() -> None:
    unknown, pending = attempt(PaymentStatus.UNKNOWN, 1), attempt(PaymentStatus.PENDING, 2)
    order = replace(ORDER, attempts=(unknown, pending))
    assert awaited_attempt(order) == unknown
    assert standing_of(order, NOW) is Standing.UNKNOWN
    assert awaited_attempt(replace(ORDER, attempts=(attempt(PaymentStatus.FAILED),))) is None


def test_a_failure_before_a_running_payment_is_not_what_the_page_tells() -> None:
    order = replace(
        ORDER, attempts=(attempt(PaymentStatus.FAILED, 1), attempt(PaymentStatus.PENDING, 2))
    )
    assert standing_of(order, NOW) is Standing.ASKING


def test_the_page_speaks_of_the_payment_that_paid_not_of_one_of_a_wrong_amount_before_it() -> None:
    wrong = attempt(PaymentStatus.SUCCEEDED, 1, "vietqr")
    right = attempt(PaymentStatus.SUCCEEDED, 2, "vnpay")
    assert paying_attempt(replace(PAID, attempts=(wrong, right))) == right
    assert paying_attempt(replace(PAID, attempts=(wrong,), paid_by=None)) == wrong
    assert paying_attempt(ORDER) is None


def test_a_failure_after_money_that_was_sent_back_is_told_as_a_failure() -> None:
    order = replace(
        ORDER, attempts=(attempt(PaymentStatus.SUCCEEDED, 1), attempt(PaymentStatus.FAILED, 2))
    )
    assert standing_of(order, NOW) is Standing.TRY_AGAIN


def test_receipts_are_missing_until_every_kind_of_the_lines_has_one() -> None:
    assert missing_receipts(PAID) == 2
    assert missing_receipts(replace(PAID, receipts=RECEIPTED.receipts[:1])) == 1
    assert missing_receipts(RECEIPTED) == 0
