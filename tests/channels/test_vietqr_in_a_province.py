"""A bank transfer from the code on the screen to receipt, case and the bank's listing."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
import resvg_py
import zxingcpp
from PIL import Image

from chalicelib.channels.contract import Message
from chalicelib.channels.vietqr.payload import read_vietqr
from chalicelib.domain.breaks import AccountDay, BreakStatus
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import ReconciliationStatus
from chalicelib.wiring import Platform
from infra.simulator import Simulator, default_config
from infra.simulator.bank import VIETQR_KEY
from infra.simulator.wire import Answered, Call
from tests.channels import vietqr_wire
from tests.channels.vietqr_wire import CASSO_CREDIT, PAYOS_CREDIT, SECRETS, SEPAY_CREDIT
from tests.domain.province_documents import account
from tests.simulator.platform import fetch
from tests.support import seeded
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince, local_province
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows, message_rows, money_rows
from tests.web.test_pay_pages import Payer

PATH = "/channels/vietqr/quangninh/notifications"
DAY = AccountDay("vietqr", "quangninh", date(2026, 3, 2))
LISTING = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "memo": "Content",
        "provider_transaction": "Reference",
        "amount": "Credit",
        "paid_at": "Date",
    },
    "amount": {"scale": "decimal", "may_be_empty": True},
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S"},
}


def seed(platform: Platform) -> None:
    seeded.seed(platform)
    document = seeded.province_document()
    fields = vietqr_wire.vietqr_credentials().account.fields
    document["channel_accounts"] += [
        account("vietqr", fields=dict(fields), max_minor=499_999_999, statement_layout=LISTING)
    ]
    platform.setup.write_province(document)
    platform.secrets.write_secret("vietqr/quangninh", dict(SECRETS))


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def payment_no(province: LocalProvince) -> str:
    code = create(province).json["payment_code"]
    number: str = start(province, code, "vietqr").json["payment_no"]
    return number


def send(province: LocalProvince, message: Message) -> HttpAnswer:
    return province.http("POST", PATH, message.raw_body, dict(message.headers))


def casso(province: LocalProvince, memo: str, **changes: Any) -> HttpAnswer:
    told = {"description": memo, "transactionDateTime": "2026-03-02 09:01:30", **changes}
    return send(province, vietqr_wire.casso({**CASSO_CREDIT, **told}))


def sepay(province: LocalProvince, memo: str, **changes: Any) -> HttpAnswer:
    told = {"content": memo, "transactionDate": "2026-03-02 09:01:30", **changes}
    return send(province, vietqr_wire.sepay_keyed({**SEPAY_CREDIT, **told}))


def payos(province: LocalProvince, memo: str, **changes: Any) -> HttpAnswer:
    told = {"description": memo, "transactionDateTime": "2026-03-02 09:01:30", **changes}
    return send(province, vietqr_wire.payos({**PAYOS_CREDIT, **told}))


def order(province: LocalProvince, payment_no: str) -> Any:
    return call(province, "GET", f"/v1/orders/{payment_no[:18]}").json


def money(province: LocalProvince) -> list[tuple[str, int, str]]:
    return sorted(
        (row["payment_no"], row["amount_minor"], row["disposition"])
        for row in ledger_rows(province, "T#")
    )


def case_kinds(province: LocalProvince) -> list[str]:
    return sorted(row["kind"] for row in ledger_rows(province, "CASE#"))


def test_the_payer_gets_a_code_with_the_exact_amount_and_number(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    answer = start(province, code, "vietqr")
    assert answer.status in (200, 201)
    action = answer.json["action"]
    assert action["type"] == "qr_code"
    seen = read_vietqr(action["payload"])
    assert (seen.amount, seen.memo) == (Money(50_000, "VND"), answer.json["payment_no"])
    assert start(province, code, "vietqr").json == answer.json


@pytest.mark.parametrize("tell", [casso, sepay, payos])
def test_a_credit_with_amount_and_number_pays_and_is_receipted(
    province: LocalProvince, payment_no: str, tell: Any
) -> None:
    answer = tell(province, f"MBVCB.123.{payment_no}.CT tu NGUYEN VAN A")
    assert (answer.status, answer.json) == (200, {"success": True})
    province.pump()
    paid = order(province, payment_no)
    assert (paid["status"], paid["paid_at"]) == ("paid", "2026-03-02T02:01:30Z")
    assert len(paid["receipts"]) == 1
    assert money(province) == [(payment_no, 50_000, "applied")]
    assert case_kinds(province) == []


def test_the_same_credit_from_three_aggregators_is_one_transaction(
    province: LocalProvince, payment_no: str
) -> None:
    assert casso(province, payment_no).status == 200
    before = money_rows(province)
    for again in (casso, sepay, payos):
        answer = again(province, payment_no)
        assert (answer.status, answer.json) == (200, {"success": True})
    assert sepay(province, "cut by the other aggregator").status == 200
    assert payos(province, payment_no[:18]).status == 200
    assert money_rows(province) == before
    assert money(province) == [(payment_no, 50_000, "applied")]


@pytest.mark.parametrize("amount", [49_999, 50_001])
def test_a_wrong_amount_is_a_case_and_the_right_one_still_pays(
    province: LocalProvince, payment_no: str, amount: int
) -> None:
    assert casso(province, payment_no, amount=amount).status == 200
    assert sepay(province, payment_no, transferAmount=amount).status == 200
    found = order(province, payment_no)
    assert (found["status"], found["needs_review"]) == ("pending", True)
    assert money(province) == [(payment_no, amount, "wrong_amount")]
    assert casso(province, payment_no, reference="FT2").status == 200
    assert order(province, payment_no)["status"] == "paid"
    assert case_kinds(province) == ["wrong_amount"]


def test_a_second_transfer_is_surplus_with_a_refund_case(
    province: LocalProvince, payment_no: str
) -> None:
    assert casso(province, payment_no).status == 200
    assert casso(province, payment_no, id=2, reference="FT26060000099").status == 200
    assert sepay(province, payment_no, referenceCode="FT26060000099").status == 200
    assert money(province) == [(payment_no, 50_000, "applied"), (payment_no, 50_000, "surplus")]
    assert case_kinds(province) == ["double_payment"]
    province.pump()
    assert len(order(province, payment_no)["receipts"]) == 1


def test_a_lost_notice_lets_the_order_expire_and_the_late_one_is_a_case(
    province: LocalProvince, payment_no: str
) -> None:
    """Nobody can be asked, so silence never fails the payment."""
    for _ in range(16):
        province.clock.advance(minutes=4)
        province.chase()
        in_flight = order(province, payment_no)["payments"][0]["status"]
        assert in_flight == "pending"
    assert order(province, payment_no)["status"] == "expired"
    assert casso(province, payment_no).status == 200
    assert casso(province, payment_no).status == 200
    found = order(province, payment_no)
    assert (found["status"], found["needs_review"]) == ("expired", True)
    assert money(province) == [(payment_no, 50_000, "late_success")]
    assert case_kinds(province) == ["late_success"]


def test_a_payer_who_types_the_code_alone_has_paid(
    province: LocalProvince, payment_no: str
) -> None:
    grouped = " ".join(payment_no[place : place + 3] for place in range(0, 18, 3))
    assert casso(province, f"nop phi {grouped}").status == 200
    assert order(province, payment_no)["status"] == "paid"
    assert money(province) == [(payment_no, 50_000, "applied")]


@pytest.mark.parametrize(
    "memo", ["", "nop phi", "{no} 22000000000000775501", "22000000000000775501"]
)
def test_money_that_names_no_payment_of_ours_or_two_goes_to_suspense(
    province: LocalProvince, payment_no: str, memo: str
) -> None:
    for _ in range(2):
        answer = casso(province, memo.format(no=payment_no))
        assert (answer.status, answer.json) == (200, {"success": True})
    ((_, amount, disposition),) = money(province)
    assert (amount, disposition) == (50_000, "suspense")
    assert case_kinds(province) == ["suspense"]
    assert order(province, payment_no)["status"] == "pending"
    province.pump()


def test_tests_of_an_aggregator_are_acknowledged_and_move_nothing(
    province: LocalProvince, payment_no: str
) -> None:
    before = money_rows(province)
    confirmation = {
        "orderCode": 123,
        "accountNumber": "12345678",
        "reference": "TF230204212323",
    }
    for answer in (
        casso(province, payment_no, id=0),
        payos(province, "VQRIO123", **confirmation),
        sepay(province, payment_no, transferType="out"),
    ):
        assert (answer.status, answer.json) == (200, {"success": True})
    assert money_rows(province) == before
    assert {(row["pk"], row["outcome"]) for row in message_rows(province)} == {
        ("M#vietqr#quangninh", "no_payment")
    }
    assert len(message_rows(province)) == 3


def test_a_forged_notice_is_refused_and_nothing_is_written(
    province: LocalProvince, payment_no: str
) -> None:
    before = ledger_rows(province)
    forged = vietqr_wire.casso({**CASSO_CREDIT, "description": payment_no}, "FORGED")
    other = {**CASSO_CREDIT, "description": payment_no, "accountNumber": "SIMULATEDVCB9"}
    old = vietqr_wire.sepay({**SEPAY_CREDIT, "content": payment_no})
    for message in (forged, vietqr_wire.casso(other), old, vietqr_wire.posted(b"{}", {})):
        answer = send(province, message)
        assert (answer.status, answer.json) == (401, {"success": False})
    assert ledger_rows(province) == before


def test_a_signed_notice_in_time_is_taken(province: LocalProvince, payment_no: str) -> None:
    """The window of SePay's signature is on the platform's clock."""
    told = {**SEPAY_CREDIT, "content": payment_no, "transactionDate": "2026-03-02 09:01:30"}
    age = vietqr_wire.RECEIVED_AT - province.clock.at
    assert send(province, vietqr_wire.sepay(told, age=age)).status == 200
    assert order(province, payment_no)["status"] == "paid"


def test_the_channel_hides_itself_from_500_million_on(province: LocalProvince) -> None:
    lines = [{"fee_item": "FINE", "amount_minor": 200_000_000, "description": "a"}] * 3
    big = create(province, "big", lines=lines, reference="BIG").json
    offered = {each["channel"]: each for each in big["channels"]}
    assert offered["vietqr"]["available"] is False
    assert start(province, big["payment_code"], "vietqr").status == 422


def test_the_payer_sees_a_code_on_the_page_scans_it_and_sees_it_paid(
    province: LocalProvince,
) -> None:
    """The page's drawing, an independent reader, the simulator's bank: none knows another."""
    payer = Payer(province)
    answer = payer.press(payer.open("?lang=en"), "vietqr")
    assert answer.status == 200, answer.text
    svg = re.search("<svg.*?</svg>", answer.text, re.DOTALL)
    assert svg is not None
    png = resvg_py.svg_to_bytes(svg_string=svg[0], width=400)
    (scanned,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(bytes(png))).convert("L"))
    config = replace(default_config(BASE_URL, "x", "x"), retry_seconds=0.0)
    published = dict.fromkeys(SECRETS, VIETQR_KEY)
    province.platform.secrets.write_secret("vietqr/quangninh", published)

    def deliver(call: Call) -> Answered:
        told = province.http(call.method, call.url, call.body, dict(call.headers))
        return Answered(told.status, told.text.encode())

    with Simulator(config, clock=province.clock, send_call=deliver) as bank:
        body = urlencode({"payload": scanned.text, "memo_form": "prefixed", "notices": "payos"})
        told = fetch(f"{bank.url}/vietqr/transfers", body.encode())
    assert (told.status, b"answered: 200" in told.body) == (201, True)
    province.pump()
    assert "Paid We received 50,000 VND through vietqr" in payer.open("?lang=en").text


def listed(*rows: tuple[str, str, str]) -> bytes:
    """Reference, credit and memo of transfers of the morning."""
    lines = [f'02/03/2026 09:01:30,{ref},,{credit},"{memo}"' for ref, credit, memo in rows]
    header = "Date,Reference,Debit,Credit,Content"
    return "\n".join([header, *lines, "02/03/2026 10:00:00,FEE1,1100,,phi dich vu", ""]).encode()


def test_the_banks_listing_agrees_with_what_the_aggregators_told(
    province: LocalProvince, payment_no: str
) -> None:
    casso(province, f"CT {payment_no[:18]} cam on")
    province.pump()
    rows = (("ft-26060.000017", "50000", f"CT {payment_no[:18]} cam on"),)
    province.put_statement("vietqr", "quangninh", "2026-03-02", "listing.csv", listed(*rows))
    summary = province.platform.reconciliations.read_summary(DAY)
    assert summary is not None
    assert (summary.status, summary.break_counts) == (ReconciliationStatus.MATCHED, {})
    assert summary.theirs.count == 1


def test_the_banks_listing_finds_the_credit_whose_notice_was_lost(
    province: LocalProvince, payment_no: str
) -> None:
    code = create(province, "k-2", reference="HS-2").json["payment_code"]
    other = start(province, code, "vietqr", "p-2").json["payment_no"]
    casso(province, "no number", reference="FT1")
    casso(province, other, reference="FT2", amount=49_000)
    province.pump()
    content = listed(
        ("FT1", "50000", "no number"),
        ("FT2", "49000", other),
        ("FT3", "50000", f"MBVCB.9.{payment_no}"),
        ("FT4", "7000", "tien dien"),
    )
    province.put_statement("vietqr", "quangninh", "2026-03-02", "listing.csv", content)
    found = [
        (str(each.found.kind), each.found.row_no)
        for each in province.platform.reconciliations.list_breaks_of(DAY)
        if each.status is BreakStatus.OPEN
    ]
    assert sorted(found) == [
        ("amount_mismatch", 3),
        ("state_mismatch", 4),
        ("unidentified_credit", 2),
        ("unidentified_credit", 5),
    ]
    assert order(province, payment_no)["status"] == "pending"
