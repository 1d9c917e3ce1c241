"""The code on a counter's paper, and money that comes by it: no attempt was ever started."""

from collections.abc import Iterator

import pytest

from chalicelib.channels.vietqr.payload import read_vietqr
from chalicelib.checkout.counter_qr import counter_qr
from chalicelib.domain.money import Money
from chalicelib.wiring import Platform
from tests.channels import vietqr_wire
from tests.channels.vietqr_wire import CASSO_CREDIT, SECRETS
from tests.checkout.test_payment_code_alone import told
from tests.domain.province_documents import account
from tests.support import seeded
from tests.support.local_province import BASE_URL, LocalProvince, local_province
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows

PAID_AT = "2026-03-02 09:01:30"
PATH = "/channels/vietqr/quangninh/notifications"


def seed(platform: Platform) -> None:
    seeded.seed(platform)
    document = seeded.province_document()
    fields = dict(vietqr_wire.vietqr_credentials().account.fields)
    document["channel_accounts"] += [account("vietqr", fields=fields, max_minor=499_999_999)]
    platform.setup.write_province(document)
    platform.secrets.write_secret("vietqr/quangninh", dict(SECRETS))


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def code(province: LocalProvince) -> str:
    code: str = create(province).json["payment_code"]
    return code


def printed(province: LocalProvince, code: str) -> str:
    parts = province.platform
    order = parts.ledger.read_order(code)
    assert order is not None
    return counter_qr(order, parts.setup.read_province(), BASE_URL)


def transfer(
    province: LocalProvince, memo: str, reference: str = "FT1", amount_minor: int = 50_000
) -> int:
    """What the bank's credit notice is answered."""
    words = {"description": memo, "reference": reference, "amount": amount_minor}
    message = vietqr_wire.casso({**CASSO_CREDIT, "transactionDateTime": PAID_AT, **words})
    return province.http("POST", PATH, message.raw_body, dict(message.headers)).status


def status(province: LocalProvince, code: str) -> str:
    answer: str = call(province, "GET", f"/v1/orders/{code}").json["status"]
    return answer


def money(province: LocalProvince) -> list[tuple[str, str]]:
    rows = ledger_rows(province, "T#")
    return [(row["payment_no"], row["disposition"]) for row in rows]


def kinds(province: LocalProvince) -> list[str]:
    return [row["kind"] for row in ledger_rows(province, "CASE#")]


def test_it_is_a_transfer_of_what_is_owed_with_the_code_as_memo(
    province: LocalProvince, code: str
) -> None:
    before = ledger_rows(province)
    read = read_vietqr(printed(province, code))
    assert (read.amount, read.memo, read.is_for_one) == (Money(50_000, "VND"), code, True)
    assert printed(province, code) == printed(province, code)
    assert ledger_rows(province) == before


def test_without_an_account_it_is_our_own_address(province: LocalProvince) -> None:
    code = create(province, channels=["sandbox"]).json["payment_code"]
    assert printed(province, code) == f"{BASE_URL}/c/{code}"


def test_a_transfer_by_it_pays_though_nobody_started_a_payment(
    province: LocalProvince, code: str
) -> None:
    assert transfer(province, read_vietqr(printed(province, code)).memo) == 200
    assert (status(province, code), money(province)) == ("paid", [(f"{code}01", "applied")])
    before = ledger_rows(province)
    assert transfer(province, code) == 200
    assert ledger_rows(province) == before


def test_a_second_wallet_is_surplus_with_a_case_to_refund(
    province: LocalProvince, code: str
) -> None:
    transfer(province, code, "FT1")
    transfer(province, code, "FT2")
    assert status(province, code) == "paid"
    assert sorted(money(province)) == [(f"{code}01", "applied"), (f"{code}01", "surplus")]
    assert kinds(province) == ["double_payment"]


def test_after_another_channel_paid_it_is_surplus_too(province: LocalProvince, code: str) -> None:
    payment_no = start(province, code, "sandbox").json["payment_no"]
    assert told(province, payment_no) == "paid"
    transfer(province, code)
    assert sorted(money(province)) == [(f"{code}01", "applied"), (f"{code}02", "surplus")]
    assert kinds(province) == ["double_payment"]


def test_another_amount_is_a_case_and_pays_nothing(province: LocalProvince, code: str) -> None:
    transfer(province, code, amount_minor=49_000)
    assert money(province) == [(f"{code}01", "wrong_amount")]
    assert (status(province, code), kinds(province)) == ("created", ["wrong_amount"])


def test_a_cancelled_order_s_paper_is_a_late_success(province: LocalProvince, code: str) -> None:
    target = f"/v1/orders/{code}/cancel"
    assert call(province, "POST", target, {}, idempotency_key="c-1").status == 200
    transfer(province, code)
    assert money(province) == [(f"{code}01", "late_success")]
    assert (status(province, code), kinds(province)) == ("cancelled", ["late_success"])


def test_with_two_attempts_on_the_account_the_first_is_meant(
    province: LocalProvince, code: str
) -> None:
    start(province, code, "vietqr", "p-1")
    start(province, code, "vietqr", "p-2")
    transfer(province, code)
    assert money(province) == [(f"{code}01", "applied")]


def test_a_credit_that_was_told_with_its_attempt_is_no_other_without(
    province: LocalProvince, code: str
) -> None:
    start(province, code, "vietqr", "p-1")
    second = start(province, code, "vietqr", "p-2").json["payment_no"]
    transfer(province, second)
    transfer(province, code)
    assert (money(province), kinds(province)) == ([(second, "applied")], [])


def test_an_order_of_another_unit_is_not_paid_by_this_account(province: LocalProvince) -> None:
    code = create(province, channels=["sandbox"]).json["payment_code"]
    transfer(province, code)
    assert (money(province), kinds(province)) == ([(code, "suspense")], ["suspense"])
