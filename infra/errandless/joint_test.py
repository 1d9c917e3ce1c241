"""A payee unit's joint test: what one of its test orders has been through, read from live data.

The report is a file beside the province's own, `joint-tests/<unit>.json`; `payee_units.csv` names
it, and no unit that names one goes live before it passed.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.domain.breaks import AccountDay, BreakStatus
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.notices import DeliveryStatus, NoticeType, notice_id_of
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import Transaction
from chalicelib.domain.province import Mode
from chalicelib.receipts.request import missing_kinds
from chalicelib.storage.views import OrderSearch
from chalicelib.wiring import Platform

FOLDER = "joint-tests"
# Of the newest orders of each portal; who tests does it now.
LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Step:
    step: str
    passed: bool
    what: str


@dataclass(frozen=True, slots=True)
class JointTest:
    """`payment_code` "": no test order was found."""

    province: str
    unit: str
    payment_code: str
    made_at: str
    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        return all(step.passed for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def examine_unit(platform: Platform, unit: str, portals: list[str], now: datetime) -> JointTest:
    """By the test order that came furthest."""
    province = platform.setup.read_province()
    examined = [
        (order, tuple(_steps(platform, order))) for order in _orders(platform, unit, portals)
    ]
    best = max(examined, key=lambda each: sum(step.passed for step in each[1]), default=None)
    return JointTest(
        province=province.code,
        unit=unit,
        payment_code=best[0].payment_code if best else "",
        made_at=to_rfc3339(now),
        steps=best[1] if best else (Step("order_made", False, "no test order of the unit"),),
    )


def write_report(report: JointTest, folder: Path) -> Path:
    path = folder / FOLDER / f"{report.unit}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


def report_faults(folder: Path, document: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Of the province's document: a unit's index and why it may not be live."""
    province = document["profile"].get("code")
    for index, unit in enumerate(document["payee_units"]):
        fault = report_fault(folder, province, unit)
        if fault is not None:
            yield index, fault


def report_fault(folder: Path, province: object, unit: dict[str, Any]) -> str | None:
    """Why a unit of the province's document may not be live; None: it may."""
    name = unit.get("joint_test_report")
    if unit.get("stage") != "live" or name is None:
        return None
    try:
        report = json.loads((folder / FOLDER / str(name)).read_text("utf-8"))
        about, passed = (report["province"], report["unit"]), report["passed"]
    except (OSError, ValueError, LookupError, TypeError):
        return f"{FOLDER}/{name} is no report: `errandless units report` writes it"
    if about != (province, unit.get("code")):
        return f"{FOLDER}/{name} is about another unit"
    return None if passed is True else f"{FOLDER}/{name} says that the joint test did not pass"


def _orders(platform: Platform, unit: str, portals: list[str]) -> Iterator[Order]:
    for portal in portals:
        search = OrderSearch(portal, payee_unit=unit)
        page = platform.views.search_orders(search, LOOKED_AT, None)
        for order in platform.ledger.read_orders(page.payment_codes).values():
            if order.mode is Mode.TEST and order.payee_unit == unit:
                yield order


def _steps(platform: Platform, order: Order) -> Iterator[Step]:
    yield Step("order_made", True, f"{order.payment_code} at {to_rfc3339(order.created_at)}")
    found = platform.ledger.read_transaction(order.paid_by) if order.paid_by else None
    is_paid = order.status is OrderStatus.PAID and found is not None
    yield Step("paid", is_paid, order.paid_by or "not paid")
    issued = ", ".join(f"{each.series}/{each.number}" for each in order.receipts)
    yield Step("receipts_issued", is_paid and not missing_kinds(order), issued or "none")
    delivered_at = _delivered_at(platform, order)
    yield Step("notice_delivered", delivered_at != "", delivered_at or "to no endpoint")
    matched = _matched(platform, found) if is_paid and found else ""
    yield Step("statement_matched", matched != "", matched or "in no reconciled day")


def _delivered_at(platform: Platform, order: Order) -> str:
    """The first endpoint that took the notice of the payment; "": none."""
    notice = platform.deliveries.read_notice(
        notice_id_of(NoticeType.ORDER_PAID, order.payment_code)
    )
    if notice is None:
        return ""
    for endpoint in platform.setup.list_endpoints(order.portal):
        delivery = platform.deliveries.read_delivery(
            endpoint.endpoint_id, notice.occurred_at, notice.notice_id
        )
        if delivery is not None and delivery.status is DeliveryStatus.DELIVERED:
            return endpoint.endpoint_id
    return ""


def _matched(platform: Platform, paid: Transaction) -> str:
    """The account-day whose statement has the payment without a break; "": none."""
    zone = platform.setup.read_province().zone
    of = AccountDay(paid.channel, paid.account, paid.counted_on(zone))
    summary = platform.reconciliations.read_summary(of)
    breaks = platform.reconciliations.list_breaks_of(of)
    broken = {each.found.provider_transaction for each in breaks if each.status is BreakStatus.OPEN}
    is_there = summary is not None and summary.has_statement
    if not is_there or paid.provider_transaction in broken:
        return ""
    return f"{of.channel} {of.account} {of.business_day}"
