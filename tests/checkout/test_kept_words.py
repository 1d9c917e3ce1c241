"""Whatever a provider says is kept to the byte: with its transaction, or as a message."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest

from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Pending, Succeeded
from chalicelib.errors import DataFault, TryLater
from chalicelib.storage.compression import compress
from chalicelib.storage.evidence import Evidence
from chalicelib.storage.expressions import encode
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.messages import Messages
from tests.support.clients import client
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.notifications import (
    VNPAY_PATH,
    ipn_code,
    ipn_fields,
    send_ipn,
    send_sandbox,
    sign_ipn,
)
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows, message_rows, money_rows

FAILURE = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
WAITING = {"vnp_TransactionStatus": "01", "vnp_TransactionNo": "0"}
RAW = b'{"told": "\xff\x00 as it came"}'


@pytest.fixture
def payment_no(province: LocalProvince) -> str:
    code = create(province).json["payment_code"]
    payment_no: str = start(province, code).json["payment_no"]
    return payment_no


def opened(province: LocalProvince, row: dict[str, Any]) -> bytes:
    return province.platform.ledger.evidence.open(row["raw"], f"{row['pk']}|{row['sk']}")


def told(province: LocalProvince) -> list[tuple[str, str, str, str]]:
    return [(row["pk"], row["kind"], row["outcome"], row["code"]) for row in message_rows(province)]


def attempt(province: LocalProvince, payment_no: str) -> str:
    order = call(province, "GET", f"/v1/orders/{payment_no[:18]}").json
    status: str = order["payments"][0]["status"]
    return status


def report(payment_no: str, outcome: Any, raw: bytes = RAW) -> Report:
    return Report("vnpay", "quangninh", payment_no, outcome, raw)


def record(province: LocalProvince, words: Report) -> str:
    return record_outcome(province.platform.ledger, words, province.clock())


def test_a_failure_is_kept_with_all_that_is_known_of_it(
    province: LocalProvince, payment_no: str
) -> None:
    query = sign_ipn(ipn_fields(payment_no, 50_000, **FAILURE))
    assert ipn_code(province.http("GET", f"{VNPAY_PATH}?{query}")) == "00"
    (row,) = message_rows(province)
    raw = row.pop("raw")
    assert row == {
        "pk": f"M#{payment_no}",
        "sk": f"notification#{sha256(query.encode()).hexdigest()}",
        "kind": "notification",
        "channel": "vnpay",
        "account": "quangninh",
        "outcome": "failed",
        "code": "24",
        "received_at": 1_772_416_800_000,
        "length": len(query),
    }
    assert opened(province, {**row, "raw": raw}) == query.encode()


@pytest.mark.parametrize("words", [FAILURE, WAITING], ids=["failed", "pending"])
def test_the_same_again_leaves_every_row_as_it_is(
    province: LocalProvince, payment_no: str, words: dict[str, str]
) -> None:
    send_ipn(province, payment_no, 50_000, **words)
    before = ledger_rows(province)
    province.clock.advance(minutes=5)
    send_ipn(province, payment_no, 50_000, **words)
    assert ledger_rows(province) == before
    assert len(message_rows(province)) == 1


def test_the_same_from_many_at_once_is_kept_once(province: LocalProvince, payment_no: str) -> None:
    barrier = Barrier(8)

    def tell(_: int) -> str:
        barrier.wait()
        try:
            return record(province, report(payment_no, Pending("01")))
        except TryLater:
            return "later"

    with ThreadPoolExecutor(8) as pool:
        assert "pending" in set(pool.map(tell, range(8)))
    assert told(province) == [(f"M#{payment_no}", "notification", "pending", "01")]
    assert attempt(province, payment_no) == "pending"


def test_a_success_is_kept_in_its_transaction_and_nowhere_else(
    province: LocalProvince, payment_no: str
) -> None:
    query = sign_ipn(ipn_fields(payment_no, 50_000))
    province.http("GET", f"{VNPAY_PATH}?{query}")
    province.http("GET", f"{VNPAY_PATH}?{query}")
    (row,) = ledger_rows(province, "T#")
    assert province.platform.ledger.evidence.open(row["raw"], row["pk"]) == query.encode()
    assert message_rows(province) == []


def test_a_success_told_again_in_other_bytes_is_kept_once_more(
    province: LocalProvince, payment_no: str
) -> None:
    send_ipn(province, payment_no)
    before = money_rows(province)
    for _ in range(2):
        assert ipn_code(send_ipn(province, payment_no, vnp_CardType="QRCODE")) == "02"
    assert money_rows(province) == before
    assert told(province) == [(f"M#{payment_no}", "notification", "succeeded", "14422574")]
    (row,) = message_rows(province)
    assert b"QRCODE" in opened(province, row)


@pytest.mark.parametrize("number", ["22000000000001231401", "", "220000000000000123", "x" * 3000])
def test_money_without_an_order_told_twice_is_kept_twice_and_recorded_once(
    province: LocalProvince, number: str
) -> None:
    paid = Succeeded("V-1", Money(50_000, "VND"), province.clock())
    for raw in (b"first", b"first", b"second"):
        assert record(province, report(number, paid, raw)) == "no_order"
    (row,) = ledger_rows(province, "T#")
    assert province.platform.ledger.evidence.open(row["raw"], row["pk"]) == b"first"
    ((pk, _, outcome, _),) = told(province)
    assert outcome == "succeeded"
    assert pk in (f"M#{number}", "M#vnpay#quangninh")
    assert opened(province, message_rows(province)[0]) == b"second"


def test_a_transaction_that_names_another_payment_is_kept_under_that_one(
    province: LocalProvince, payment_no: str
) -> None:
    send_ipn(province, payment_no)
    other = create(province, "k-2", reference="HS-2").json["payment_code"]
    second = start(province, other, idempotency_key="p-2").json["payment_no"]
    send_ipn(province, second)
    assert told(province) == [(f"M#{second}", "notification", "succeeded", "14422574")]


def test_a_forged_message_is_not_kept(province: LocalProvince, payment_no: str) -> None:
    before = ledger_rows(province)
    query = sign_ipn(ipn_fields(payment_no, 50_000, **FAILURE), "FORGED")
    assert ipn_code(province.http("GET", f"{VNPAY_PATH}?{query}")) == "97"
    assert ledger_rows(province) == before


def test_a_signed_message_that_cannot_be_read_is_kept_with_its_account(
    province: LocalProvince, payment_no: str
) -> None:
    before = money_rows(province)
    for _ in range(2):
        assert send_sandbox(province, payment_no, amount_minor="50000").status == 503
    assert money_rows(province) == before
    assert told(province) == [
        ("M#sandbox#quangninh", "notification", "unreadable", "notification_unreadable")
    ]
    assert b'"amount_minor": "50000"' in opened(province, message_rows(province)[0])


def test_words_that_cannot_be_kept_move_nothing(
    province: LocalProvince, payment_no: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> bool:
        raise TryLater("busy", "the store is busy")

    before = ledger_rows(province)
    with monkeypatch.context() as patched:
        patched.setattr(Messages, "keep", refuse)
        answers: list[HttpAnswer] = [
            send_ipn(province, payment_no, 50_000, **FAILURE),
            send_ipn(province, payment_no, 50_000, **WAITING),
        ]
        assert send_sandbox(province, payment_no, amount_minor="50000").status == 503
    assert [ipn_code(answer) for answer in answers] == ["99", "99"]
    assert ledger_rows(province) == before
    assert attempt(province, payment_no) == "initiated"


def test_a_long_code_is_cut(province: LocalProvince, payment_no: str) -> None:
    record(province, report(payment_no, Pending("c" * 3000)))
    assert told(province) == [(f"M#{payment_no}", "notification", "pending", "c" * 64)]


def test_money_recorded_by_the_last_release_is_compared_with_what_it_was_recorded_with(
    province: LocalProvince, payment_no: str
) -> None:
    """Its row's words are compressed text, or the mark of a question."""
    paid = Succeeded("V-1", Money(50_000, "VND"), province.clock())
    assert record(province, report(payment_no, paid, b"told")) == "paid"
    (row,) = ledger_rows(province, "T#")
    assert row["raw"] == compress("told")
    assert record(province, report(payment_no, paid, b"told")) == "repeated"
    assert message_rows(province) == []
    put(province, {**row, "raw": compress("query:1")})
    assert record(province, report(payment_no, paid, b"told")) == "repeated"
    assert len(message_rows(province)) == 1


def test_where_the_recorded_words_open_no_more_the_new_ones_are_kept(
    province: LocalProvince, payment_no: str
) -> None:
    paid = Succeeded("V-1", Money(50_000, "VND"), province.clock())
    record(province, report(payment_no, paid))
    (row,) = ledger_rows(province, "T#")
    put(province, {**row, "raw": b"\x00damaged"})
    assert record(province, report(payment_no, paid)) == "repeated"
    assert len(message_rows(province)) == 1


def put(province: LocalProvince, row: dict[str, Any]) -> None:
    client("dynamodb").put_item(TableName=province.settings.ledger_table, Item=encode(row))


def test_messages_are_found_by_their_number_page_by_page(
    province: LocalProvince, payment_no: str
) -> None:
    for number in range(30):
        raw = bytes([number]) + sha256(bytes([number])).digest() * 2000
        record(province, report(payment_no, Pending(f"{number:02d}"), raw))
    ledger = province.platform.ledger
    found = sorted(ledger.messages.of(payment_no), key=lambda kept: kept.message.code)
    assert [kept.message.code for kept in found] == [f"{number:02d}" for number in range(30)]
    assert {kept.length for kept in found} == {64_001}
    assert list(ledger.messages.of("22000000000000012301")) == []


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"vnp_ResponseCode": "88", "vnp_TransactionStatus": "88"}, 1),
        ({"vnp_ResponseCode": "00", "vnp_TransactionStatus": "88"}, 1),
        ({"vnp_ResponseCode": "00", "vnp_TransactionStatus": "01"}, 0),
        ({"vnp_ResponseCode": "07", "vnp_TransactionStatus": "07"}, 0),
        ({"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02"}, 0),
    ],
)
def test_a_code_of_no_table_is_counted_and_warned_of(
    province: LocalProvince,
    payment_no: str,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    number: int,
) -> None:
    send_ipn(province, payment_no, 50_000, **changes)
    lines = capsys.readouterr().out.splitlines()
    counted = [line for line in lines if '"codes_unmapped":[1.0]' in line.replace(" ", "")]
    by_channel = [line for line in counted if '"channel":"vnpay"' in line.replace(" ", "")]
    assert (len(counted), len(by_channel)) == (2 * number, number)
    warned = [line for line in lines if '"code_unmapped"' in line]
    assert len(warned) == number
    assert all('"code":"88"' in line.replace(" ", "") for line in warned)


def test_without_an_envelope_nothing_is_packed_and_clear_words_are_opened(
    province: LocalProvince, payment_no: str
) -> None:
    bare = Ledger(province.platform.dynamo, province.settings.ledger_table)
    before = ledger_rows(province)
    with pytest.raises(DataFault):
        record_outcome(bare, report(payment_no, Pending("01")), province.clock())
    assert ledger_rows(province) == before
    assert Evidence().open(compress("told"), "row") == b"told"


def test_a_report_shows_no_words_of_the_provider(payment_no: str, province: LocalProvince) -> None:
    words = replace(report(payment_no, Pending("01")), raw=b"Nguyen Van Canary")
    assert "Canary" not in repr(words.as_message(province.clock()))
