"""Bugs planted in baskets, parts and reversals: each is found, by the invariant that is there for
it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from chalicelib.checkout import record_basket
from chalicelib.domain import bill_parts
from chalicelib.domain.baskets import Covered
from chalicelib.domain.cases import Case
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import PaymentStatus, Transaction
from chalicelib.storage import baskets as rows
from chalicelib.storage.baskets import BasketPayment, Baskets
from chalicelib.storage.order_changes import settled_change
from chalicelib.storage.reversals import ReversalChange, Reversals
from tests.support.baskets import (
    CITY_KEY,
    issue_bill,
    issue_bills,
    made_basket,
    seed_units,
    started_basket,
)
from tests.support.biller_bank import Bank
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import read_tables
from tests.support.requiring import InvariantBroken
from tests.support.settled_invariants import check_settled

Play = Callable[[LocalProvince], Any]


def basket(province: LocalProvince) -> None:
    code = made_basket(province, issue_bills(province, 2))["payment_code"]
    send_ipn(province, started_basket(province, code), 20_001)


def basket_with_a_paid_bill(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    alone = started_basket(province, bills[0]["payment_code"], "p-2")
    send_ipn(province, alone, 10_000, vnp_TransactionNo="777")
    send_ipn(province, payment_no, 20_001)


def basket_with_an_amended_bill(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    target = f"/v1/bills/{bills[0]['payment_code']}/amend"
    body = {"reason": "x", "lines": [{"fee_item": "TUITION", "amount_minor": 9_000}]}
    done = call(province, "POST", target, body, key=CITY_KEY, idempotency_key="a-1")
    assert done.status == 200, done
    send_ipn(province, payment_no, 20_001)


def part(province: LocalProvince) -> None:
    code = issue_bill(province, 0, principal_minor=90_000)["payment_code"]
    send_ipn(province, started_part(province, code), 40_000)


def part_of_a_paid_bill(province: LocalProvince) -> None:
    code = issue_bill(province, 0, principal_minor=90_000)["payment_code"]
    payment_no = started_part(province, code)
    send_ipn(province, started_basket(province, code), 90_000, vnp_TransactionNo="777")
    send_ipn(province, payment_no, 40_000)


def started_part(province: LocalProvince, code: str) -> str:
    target, body = f"/v1/bills/{code}/parts", {"amount_minor": 40_000}
    made = call(province, "POST", target, body, key=CITY_KEY, idempotency_key="part-1")
    return started_basket(province, made.json["payment_code"], "p-3")


def reversal(province: LocalProvince) -> None:
    bank, bill = Bank(province), issue_bill(province, 0)
    bank.pay(bank.locked(bill["payment_code"], amount_minor=10_000), amount_minor=10_000)
    province.pump()
    bank.reverse(amount_minor=10_000)


def any_version() -> Any:
    def lax(covered: Covered, transaction: Transaction, code: str, due_at: Any) -> Any:
        return settled_change(transaction, covered.payment_code, due_at).set("paid_in", code)

    return mock.patch.object(rows, "covered_change", lax)


def basket_not_named() -> Any:
    def nameless(covered: Covered, transaction: Transaction, code: str, due_at: Any) -> Any:
        return settled_change(transaction, covered.payment_code, due_at)

    return mock.patch.object(rows, "covered_change", nameless)


def case_of_another_amount() -> Any:
    make = record_basket.unplaced_case

    def wrong(money: Transaction, bill: Covered) -> Case:
        return replace(make(money, bill), amount=Money(1, "VND"))

    return mock.patch.object(record_basket, "unplaced_case", wrong)


def bills_left_out() -> Any:
    """The basket is paid, and a bill that refused is forgotten."""
    confirm = Baskets.confirm

    def forgetful(baskets: Baskets, payment: BasketPayment, unplaced: Any) -> Any:
        left = {code for code, _ in unplaced}
        kept = tuple(each for each in payment.basket.covers if each.payment_code not in left)
        return confirm(baskets, replace(payment, basket=replace(payment.basket, covers=kept)), ())

    return mock.patch.object(Baskets, "confirm", forgetful)


def bill_not_lowered() -> Any:
    confirm = Baskets.confirm

    def alone(baskets: Baskets, payment: BasketPayment, bill: Order, lowered: Order) -> Any:
        empty = replace(payment, basket=replace(payment.basket, covers=()))
        return confirm(baskets, empty, ())

    return mock.patch.object(Baskets, "confirm_part", alone)


def lowered_too_little() -> Any:
    take = bill_parts.without

    def less(lines: Any, paid: Any) -> Any:
        return take(lines, [replace(each, amount_minor=1) for each in paid])

    return mock.patch.object(record_basket, "without", less)


def lowered_twice() -> Any:
    """The same part once more under the next version, as without the guard of its money."""
    lower = record_basket.lower

    def again(order: Order, paid: Order, money: Transaction) -> Any:
        once = lower(order, paid, money)
        return once and replace(once, parts=(*once.parts, replace(once.parts[0], amount_minor=1)))

    return mock.patch.object(record_basket, "lower", again)


def receipted_although_refused() -> Any:
    lines = property(lambda order: tuple(sorted({line.receipt_kind for line in order.lines})))
    return mock.patch.object(Order, "receipt_kinds", lines)


def receipts_stay_good() -> Any:
    def elsewhere(reversals: Reversals, _: ReversalChange, voided: Any) -> Any:
        key = {"pk": {"S": f"X#{voided.issued.number}"}, "sk": {"S": "-"}}
        return {"Put": {"TableName": reversals._table, "Item": key}}

    return mock.patch.object(Reversals, "_void_action", elsewhere)


def reversal_forgotten() -> Any:
    """The order is open again and does not say why."""
    reverse = Reversals._order_action

    def silent(reversals: Reversals, asked: ReversalChange) -> Any:
        action = reverse(reversals, asked)
        values = action["Update"]["ExpressionAttributeValues"]
        empty = {
            name: {"L": []} if value == {"L": [{"S": asked.money.key}]} else value
            for name, value in values.items()
        }
        return {"Update": {**action["Update"], "ExpressionAttributeValues": empty}}

    return mock.patch.object(Reversals, "_order_action", silent)


def attempt_stays_good() -> Any:
    return mock.patch.object(PaymentStatus.REVERSED, "_value_", "succeeded")


MATRIX: tuple[tuple[Callable[[], Any], Play, str], ...] = (
    (any_version, basket_with_an_amended_bill, "I3 amount"),
    (basket_not_named, basket, "I3 part of a basket"),
    (case_of_another_amount, basket_with_a_paid_bill, "I6 part's case"),
    (bills_left_out, basket_with_a_paid_bill, "I3 part of a basket"),
    (bill_not_lowered, part, "I3 part of a basket"),
    (lowered_too_little, part, "I4 a part lowers the principal"),
    (lowered_twice, part, "I3 part"),
    (receipted_although_refused, part_of_a_paid_bill, "I8 receipt"),
    (receipts_stay_good, reversal, "I8"),
    (reversal_forgotten, reversal, "I[34] reversals"),
    (attempt_stays_good, reversal, "I3 reversed attempt"),
)


def play(province: LocalProvince, story: Play) -> None:
    story(province)
    province.pump()
    check_settled(read_tables(province))


@pytest.mark.parametrize(
    ("plant", "story", "invariant"), MATRIX, ids=[plant.__name__ for plant, _, _ in MATRIX]
)
def test_a_planted_bug_is_found(plant: Callable[[], Any], story: Play, invariant: str) -> None:
    with (
        local_province(seed_units, PortalReceiver()) as province,
        plant(),
        pytest.raises(InvariantBroken, match=f"^{invariant}"),
    ):
        play(province, story)


@pytest.mark.parametrize("story", dict.fromkeys(story for _, story, _ in MATRIX))
def test_without_a_bug_the_same_story_is_sound(story: Play) -> None:
    with local_province(seed_units, PortalReceiver()) as province:
        play(province, story)
