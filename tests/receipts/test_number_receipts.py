"""Receipt numbers: 1, 2, 3, whoever asks, however often and at the same time."""

import itertools
import random
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Attempt, Client, Disposition, PaymentStatus, Transaction
from chalicelib.errors import DataFault, TryLater
from chalicelib.receipts.number_receipts import NumberingDesk, number_receipts
from chalicelib.receipts.request import ReceiptRequest, series_of_order
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.order_items import order_to_item
from chalicelib.storage.receipts import MAX_RECEIPTS, ReceiptBook
from tests.support.clients import client
from tests.support.local_province import LocalProvince, local_province
from tests.support.receipt_orders import PAID_AT, SERIES, order_of
from tests.support.rows import ledger_rows
from tests.support.seeded import seed

NOW = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


def _create(ledger: Ledger, number: int, *kinds: ReceiptKind, is_paid: bool = True) -> str:
    order = order_of(number, *(kinds or (ReceiptKind.PHI,)))
    assert ledger.create_order(order) is None
    attempt = Attempt(
        attempt_no=1,
        channel="vnpay",
        account="quangninh",
        status=PaymentStatus.PENDING,
        client=Client.WEB,
        started_at=order.created_at,
        expires_at=order.expires_at,
        idempotency_key_hash=b"a",
    )
    assert ledger.add_attempt(order, attempt, NOW) is not None
    if is_paid:
        transaction = Transaction(
            channel="vnpay",
            account="quangninh",
            provider_transaction=f"N{number}",
            payment_no=f"{order.payment_code}01",
            amount=order.amount,
            paid_at=PAID_AT,
            recorded_at=PAID_AT,
            disposition=Disposition.APPLIED,
            raw=b"raw",
        )
        assert ledger.confirm(transaction, order.payment_code, 1, due_at=NOW) is None
    return order.payment_code


def _put_paid(province: LocalProvince, number: int) -> str:
    """The row of a paid order, without the way to it."""
    order = order_of(number, ReceiptKind.PHI)
    paid = {"status": "paid", "paid_by": f"T#{number}", "paid_at": to_epoch_ms(PAID_AT)}
    province.platform.dynamo.put(province.settings.ledger_table, order_to_item(order) | paid)
    return order.payment_code


def _desk(province: LocalProvince) -> NumberingDesk:
    parts = province.platform
    return NumberingDesk(
        parts.ledger, parts.receipt_book, parts.setup.read_province(), parts.random_bytes
    )


def _ask(code: str, kind: ReceiptKind = ReceiptKind.PHI, series: str = SERIES) -> ReceiptRequest:
    return ReceiptRequest(code, kind, series)


def _receipts(province: LocalProvince, series: str = SERIES) -> list[dict[str, Any]]:
    return ledger_rows(province, f"R#{series}#")


def test_200_orders_given_three_times_to_8_racing_numberers_get_1_to_200(
    province: LocalProvince,
) -> None:
    orders, racers = 200, 8
    codes = [_put_paid(province, number) for number in range(1, orders + 1)]
    requests = [_ask(code) for code in codes for _ in range(3)]
    random.Random(7).shuffle(requests)
    batches = iter([requests[start : start + 40] for start in range(0, len(requests), 40)])
    lock, failures = threading.Lock(), []

    def race() -> None:
        # Each racer retries by itself, as a queue would bring its batch again.
        dynamo = Dynamo(client("dynamodb"), sleep=lambda seconds: None)
        table = province.settings.ledger_table
        desk = NumberingDesk(
            Ledger(dynamo, table),
            ReceiptBook(dynamo, table),
            province.platform.setup.read_province(),
            province.platform.random_bytes,
        )
        while True:
            with lock:
                batch = next(batches, None)
            if batch is None:
                return
            for _ in range(5):
                try:
                    assert number_receipts(desk, batch, NOW) == frozenset()
                    break
                except TryLater:
                    continue
            else:
                failures.append(batch)

    threads = [threading.Thread(target=race) for _ in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    receipts = _receipts(province)
    assert [row["number"] for row in receipts] == list(range(1, orders + 1))
    assert {row["payment_code"] for row in receipts} == set(codes)
    assert len({row["token"] for row in receipts}) == orders
    marks = {
        row["pk"].removeprefix("O#"): row["receipts"]["phi"] for row in ledger_rows(province, "O#")
    }
    assert {(code, mark["number"], mark["token"]) for code, mark in marks.items()} == {
        (row["payment_code"], row["number"], row["token"]) for row in receipts
    }
    (counter,) = ledger_rows(province, f"S#{SERIES}")
    assert counter["next"] == orders + 1


def test_a_receipt_holds_what_the_e_receipt_shows(province: LocalProvince) -> None:
    code = _create(province.platform.ledger, 1, ReceiptKind.PHI, ReceiptKind.LEPHI)
    number_receipts(_desk(province), [_ask(code)], NOW)
    receipt = province.platform.receipt_book.read(SERIES, 1)
    assert receipt is not None
    assert receipt.kind is ReceiptKind.PHI
    assert receipt.amount == Money(10_000, "VND"), "its own kind's lines only"
    assert [line.fee_item for line in receipt.lines] == ["FEE-phi"]
    assert receipt.payment_code == code
    assert receipt.payee_unit == "UNITA"
    assert receipt.paid_by == "T#vnpay#quangninh#N1"
    assert receipt.paid_on == date(2026, 3, 2)
    assert receipt.issued_at == NOW
    assert receipt.sealed_payer == b"sealed 1"
    assert (receipt.pattern, receipt.serial) == ("01BLP0-001", "QN-26E")
    assert len(receipt.token) == 32
    assert receipt.token.isalnum()


def test_two_kinds_are_two_receipts_in_two_series(province: LocalProvince) -> None:
    code = _create(province.platform.ledger, 1, ReceiptKind.PHI, ReceiptKind.LEPHI)
    charges = "test-UNITA-lephi-2026"
    number_receipts(_desk(province), [_ask(code)], NOW)
    number_receipts(_desk(province), [_ask(code, ReceiptKind.LEPHI, charges)], NOW)
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert {(each.kind, each.series, each.number) for each in order.receipts} == {
        (ReceiptKind.PHI, SERIES, 1),
        (ReceiptKind.LEPHI, charges, 1),
    }
    amounts = [
        row["amount_minor"] for series in (SERIES, charges) for row in _receipts(province, series)
    ]
    assert sum(amounts) == order.amount.amount_minor


def test_the_series_is_the_year_of_the_payment_in_the_provinces_zone() -> None:
    order = order_of(1, ReceiptKind.PHI)
    object.__setattr__(order, "paid_at", datetime(2026, 12, 31, 17, 30, tzinfo=UTC))
    assert series_of_order(order, ReceiptKind.PHI, ZONE) == "test-UNITA-phi-2027"
    assert series_of_order(order, ReceiptKind.PHI, "UTC") == "test-UNITA-phi-2026"


def test_more_than_a_transaction_holds_goes_in_several(province: LocalProvince) -> None:
    count = 2 * MAX_RECEIPTS + 3
    codes = [_put_paid(province, number) for number in range(1, count + 1)]
    number_receipts(_desk(province), [_ask(code) for code in codes], NOW)
    assert [row["number"] for row in _receipts(province)] == list(range(1, count + 1))


@pytest.mark.parametrize("fault", ["unpaid", "missing", "other kind", "other series"])
def test_what_must_not_have_a_receipt_is_refused_and_the_others_are_numbered(
    province: LocalProvince, fault: str
) -> None:
    ledger = province.platform.ledger
    good = [_create(ledger, 1), _create(ledger, 2)]
    bad = (
        "229999999999999999"
        if fault == "missing"
        else _create(ledger, 3, is_paid=fault != "unpaid")
    )
    request = _ask(bad)
    if fault == "other kind":
        request = _ask(bad, ReceiptKind.LEPHI)
    if fault == "other series":
        request = _ask(bad, series="test-UNITB-phi-2026")
    batch = [_ask(good[0]), request, _ask(good[1])]
    assert number_receipts(_desk(province), batch, NOW) == {bad}
    assert [row["payment_code"] for row in _receipts(province)] == good


def test_a_receipt_that_exists_is_not_given_twice(province: LocalProvince) -> None:
    code = _create(province.platform.ledger, 1)
    for _ in range(3):
        assert number_receipts(_desk(province), [_ask(code), _ask(code)], NOW) == frozenset()
    assert [row["number"] for row in _receipts(province)] == [1]


class _Racing(ReceiptBook):
    """Before each transaction another numberer goes ahead with `rival`."""

    rival: Any = None

    def issue(self, receipts: Any) -> Any:
        if self.rival is not None:
            rival, self.rival = self.rival, None
            rival()
        return super().issue(receipts)


def test_a_numberer_that_was_overtaken_takes_the_next_free_numbers(province: LocalProvince) -> None:
    parts = province.platform
    codes = [_create(parts.ledger, number) for number in (1, 2, 3)]
    book = _Racing(parts.dynamo, province.settings.ledger_table)
    book.rival = lambda: number_receipts(_desk(province), [_ask(codes[1])], NOW)
    desk = NumberingDesk(parts.ledger, book, parts.setup.read_province(), parts.random_bytes)
    number_receipts(desk, [_ask(code) for code in codes], NOW)
    numbered = {row["payment_code"]: row["number"] for row in _receipts(province)}
    assert numbered == {codes[1]: 1, codes[0]: 2, codes[2]: 3}


def test_a_counter_that_fell_behind_its_receipts_stops_everything(province: LocalProvince) -> None:
    parts = province.platform
    number_receipts(_desk(province), [_ask(_create(parts.ledger, 1))], NOW)
    row = {"pk": f"S#{SERIES}", "sk": "-", "next": 1}
    parts.dynamo.put(province.settings.ledger_table, row)
    client("dynamodb").delete_item(
        TableName=province.settings.ledger_table,
        Key={"pk": {"S": f"S#{SERIES}"}, "sk": {"S": "-"}},
    )
    with pytest.raises(DataFault) as fault:
        number_receipts(_desk(province), [_ask(_create(parts.ledger, 2))], NOW)
    assert fault.value.code == "receipt_number_taken"
    assert len(_receipts(province)) == 1


def test_a_full_series_stops_before_an_eighth_digit(province: LocalProvince) -> None:
    parts = province.platform
    row = {"pk": f"S#{SERIES}", "sk": "-", "next": 9_999_999}
    parts.dynamo.put(province.settings.ledger_table, row)
    codes = [_create(parts.ledger, number) for number in (1, 2)]
    number_receipts(_desk(province), [_ask(codes[0])], NOW)
    with pytest.raises(DataFault) as fault:
        number_receipts(_desk(province), [_ask(codes[1])], NOW)
    assert fault.value.code == "series_full"
    assert [row["pk"] for row in _receipts(province)] == [f"R#{SERIES}#9999999"]


def test_tokens_come_from_the_randomness_that_is_passed_in(province: LocalProvince) -> None:
    turns = itertools.count(1)
    parts = province.platform
    desk = NumberingDesk(
        parts.ledger,
        parts.receipt_book,
        parts.setup.read_province(),
        lambda length: next(turns).to_bytes(length, "big"),
    )
    codes = [_create(parts.ledger, number) for number in (1, 2)]
    number_receipts(desk, [_ask(code) for code in codes], NOW)
    assert [row["token"] for row in _receipts(province)] == ["a" * 31 + "b", "a" * 31 + "c"]
