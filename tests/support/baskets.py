"""Three payee units with bills of their own, portals that see some of them, and baskets."""

from typing import Any

from chalicelib.domain.portals import PORTAL_SCOPES, KeyPrefix, Portal, PortalKey, hash_key, new_key
from chalicelib.domain.province import Mode
from chalicelib.wiring import Platform
from tests.channels.biller_wire import KEY
from tests.domain.province_documents import item, unit
from tests.support.biller_bank import biller_account
from tests.support.bills import bill_body
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call
from tests.support.seeded import province_document, seed

CITY_KEY = new_key(KeyPrefix.PORTAL_TEST, b"city-portal-16by")
UNITS = ("UNITA", "UNITB", "UNITC")
Bill = dict[str, Any]


def seed_units(platform: Platform) -> None:
    """`city` issues bills for every unit; portal-a sees those of UNITA alone; a bank counter."""
    seed(platform)
    document = province_document()
    document["payee_units"].append(unit("UNITC"))
    open_tariff = {"rule": "open", "max_minor": 200_000_000}
    document["fee_items"] += [
        item("TUITION", *UNITS, tariff=open_tariff, allows_partial=True),
        item("RENT", *UNITS, tariff=open_tariff, receipt_kind="lephi", allows_partial=True),
    ]
    document["channel_accounts"] += [
        biller_account("a", "BANK-A"),
        biller_account("c", "BANK-C", payee_units=["UNITB"]),
    ]
    platform.setup.write_province(document)
    platform.secrets.write_secret("biller/a", {"signing_key": KEY})
    platform.secrets.write_secret("biller/c", {"signing_key": KEY})
    platform.setup.write_portal(
        Portal("city", {"vi": "city", "en": "city"}, Mode.TEST, None, (), b"code secret of city")
    )
    key = PortalKey(hash_key(CITY_KEY), "city", Mode.TEST, PORTAL_SCOPES, platform.now())
    platform.setup.write_key(key)


def issue_bill(province: LocalProvince, number: int, **changes: Any) -> Bill:
    """One of the city's, of 10,000 đồng and `number` more, of the units in turn."""
    body = bill_body(
        reference=f"TB-{number}",
        payee_unit=UNITS[number % 3],
        fee_item="TUITION",
        principal_minor=10_000 + number,
    )
    key = f"bill-{number}"
    asked = {**body, **changes}
    answer = call(province, "POST", "/v1/bills", asked, key=CITY_KEY, idempotency_key=key)
    assert answer.status == 201, answer
    bill: Bill = answer.json
    return bill


def issue_bills(province: LocalProvince, count: int) -> list[Bill]:
    return [issue_bill(province, number) for number in range(count)]


def make_basket(
    province: LocalProvince,
    bills: list[Bill],
    idempotency_key: str = "basket-1",
    key: str = CITY_KEY,
    **changes: Any,
) -> HttpAnswer:
    body = {"payment_codes": [bill["payment_code"] for bill in bills], **changes}
    return call(province, "POST", "/v1/orders", body, key=key, idempotency_key=idempotency_key)


def made_basket(province: LocalProvince, bills: list[Bill], key: str = "basket-1") -> Any:
    answer = make_basket(province, bills, key)
    assert answer.status == 201, answer
    return answer.json


def start_basket(
    province: LocalProvince, code: str, channel: str = "vnpay", idempotency_key: str = "p-1"
) -> HttpAnswer:
    body = {"channel": channel, "client": "web"}
    target = f"/v1/orders/{code}/payments"
    return call(province, "POST", target, body, key=CITY_KEY, idempotency_key=idempotency_key)


def started_basket(province: LocalProvince, code: str, idempotency_key: str = "p-1") -> str:
    answer = start_basket(province, code, idempotency_key=idempotency_key)
    assert answer.status == 201, answer
    payment_no: str = answer.json["payment_no"]
    return payment_no


def look_at(province: LocalProvince, code: str, key: str = CITY_KEY) -> Any:
    answer = call(province, "GET", f"/v1/orders/{code}", key=key)
    assert answer.status == 200, answer
    return answer.json


def words_of(bills: list[Bill]) -> dict[str, str]:
    return {bill["payment_code"]: bill["verification_word"] for bill in bills}
