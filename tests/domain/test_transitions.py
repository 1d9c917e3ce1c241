"""Both transition tables, every status with every event, written out a second time by hand."""

from itertools import product

import pytest

from chalicelib.domain import orders, payments
from chalicelib.domain.orders import OrderEvent, OrderStatus
from chalicelib.domain.payments import IN_FLIGHT, PaymentEvent, PaymentStatus

# Rows: status. Columns: started, succeeded, cancelled, expired, part refunded, fully refunded,
# reversed.
ORDERS = """
created             pending  paid  cancelled  expired  -                   -         -
pending             pending  paid  cancelled  expired  -                   -         -
paid                -        -     -          -        partially_refunded  refunded  pending
partially_refunded  -        -     -          -        partially_refunded  refunded  -
refunded            -        -     -          -        -                   -         -
cancelled           -        -     -          -        -                   -         -
expired             -        -     -          -        -                   -         -
"""
ORDER_EVENTS = (
    "payment_started payment_succeeded order_cancelled order_expired part_refunded fully_refunded"
    " payment_reversed"
)

# Rows: status. Columns: pending, lost, success, failure, reversal.
PAYMENTS = """
initiated   pending  unknown  succeeded  failed  -
pending     pending  unknown  succeeded  failed  -
unknown     pending  unknown  succeeded  failed  -
failed      -        -        succeeded  -       -
succeeded   -        -        -          -       reversed
reversed    -        -        -          -       -
"""
PAYMENT_EVENTS = "reported_pending outcome_lost reported_success reported_failure reported_reversal"


def read_table(text: str, events: str) -> dict[tuple[str, str], str]:
    rows = [line.split() for line in text.strip().splitlines()]
    return {
        (row[0], event): after
        for row in rows
        for event, after in zip(events.split(), row[1:], strict=True)
    }


ORDER_TABLE = read_table(ORDERS, ORDER_EVENTS)
PAYMENT_TABLE = read_table(PAYMENTS, PAYMENT_EVENTS)


def test_the_tables_here_cover_every_status_and_event() -> None:
    assert set(ORDER_TABLE) == set(product(OrderStatus, OrderEvent))
    assert set(PAYMENT_TABLE) == set(product(PaymentStatus, PaymentEvent))


@pytest.mark.parametrize(("status", "event"), list(product(OrderStatus, OrderEvent)))
def test_an_order_moves_only_along_the_table(status: OrderStatus, event: OrderEvent) -> None:
    after = orders.TRANSITIONS.get((status, event))
    assert (after or "-") == ORDER_TABLE[status, event]


@pytest.mark.parametrize(("status", "event"), list(product(PaymentStatus, PaymentEvent)))
def test_a_payment_moves_only_along_the_table(status: PaymentStatus, event: PaymentEvent) -> None:
    after = payments.TRANSITIONS.get((status, event))
    assert (after or "-") == PAYMENT_TABLE[status, event]


@pytest.mark.parametrize("event", list(OrderEvent))
def test_a_conditional_write_demands_the_sources_of_an_order_s_event(event: OrderEvent) -> None:
    expected = {status for status in OrderStatus if ORDER_TABLE[status, event] != "-"}
    assert set(orders.sources_of(event)) == expected
    assert len(orders.sources_of(event)) == len(expected)


@pytest.mark.parametrize("event", list(PaymentEvent))
def test_a_conditional_write_demands_the_sources_of_a_payment_s_event(event: PaymentEvent) -> None:
    expected = {status for status in PaymentStatus if PAYMENT_TABLE[status, event] != "-"}
    assert set(payments.sources_of(event)) == expected


def test_an_event_leads_to_one_status_wherever_it_comes_from() -> None:
    """A write can name the new status without reading the old one."""
    for table in (ORDER_TABLE, PAYMENT_TABLE):
        for event in {event for _, event in table}:
            assert len({after for (_, name), after in table.items() if name == event} - {"-"}) == 1


def test_money_that_came_in_is_left_only_by_refunds_and_by_its_banks_reversal() -> None:
    leaving = {event for (status, event) in orders.TRANSITIONS if status is OrderStatus.PAID}
    refunds = {OrderEvent.PART_REFUNDED, OrderEvent.FULLY_REFUNDED}
    assert leaving == refunds | {OrderEvent.PAYMENT_REVERSED}
    events = {event for (status, event) in payments.TRANSITIONS if status == "succeeded"}
    assert events == {PaymentEvent.REPORTED_REVERSAL}


def test_what_is_lost_or_pending_never_becomes_failed_by_itself() -> None:
    into_failed = {event for (_, event), after in PAYMENT_TABLE.items() if after == "failed"}
    assert into_failed == {"reported_failure"}
    into_unknown = {event for (_, event), after in PAYMENT_TABLE.items() if after == "unknown"}
    assert into_unknown == {"outcome_lost"}


def test_every_status_can_be_reached_from_the_first() -> None:
    for table, first, statuses in (
        (ORDER_TABLE, "created", set(OrderStatus)),
        (PAYMENT_TABLE, "initiated", set(PaymentStatus)),
    ):
        reached, found = {first}, {first}
        while found:
            found = {after for (status, _), after in table.items() if status in found} - {"-"}
            found -= reached
            reached |= found
        assert reached == statuses


def test_a_payment_is_in_flight_until_somebody_said_how_it_ended() -> None:
    assert {PaymentStatus.INITIATED, PaymentStatus.PENDING, PaymentStatus.UNKNOWN} == IN_FLIGHT
