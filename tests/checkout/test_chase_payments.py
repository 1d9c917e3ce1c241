"""Asking about open payments: nothing is failed by guess, nothing expires unasked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from chalicelib.channels.contract import Answered, Credentials, PaymentQuery
from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Succeeded
from chalicelib.errors import OutcomeUnknown
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows

PAID = Succeeded("14422574", Money(50_000, "VND"), datetime(2026, 3, 2, 2, 1, 30, tzinfo=UTC))
LOST = OutcomeUnknown("answer_lost", "no answer")
ABSENT = Pending("91", is_absent=True)


@dataclass
class ScriptedVnpay(Vnpay):
    """VNPAY that answers questions from a script; its last line repeats."""

    script: list[Outcome | Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        self.asked.append(query.payment_no)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return Answered(answer, b"")


@pytest.fixture
def vnpay(province: LocalProvince) -> ScriptedVnpay:
    scripted = ScriptedVnpay(script=[LOST])
    province.platform.channels = {**province.platform.channels, "vnpay": scripted}
    return scripted


@pytest.fixture
def payment_no(province: LocalProvince) -> str:
    code = create(province).json["payment_code"]
    found: str = start(province, code).json["payment_no"]
    return found


def state(province: LocalProvince, payment_no: str) -> tuple[str, str]:
    found = call(province, "GET", f"/v1/orders/{payment_no[:18]}").json
    return found["status"], found["payments"][0]["status"]


def chase_after(province: LocalProvince, minutes: float) -> None:
    province.clock.advance(minutes=minutes)
    province.chase()


def test_nothing_is_asked_before_its_time(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    chase_after(province, 1.9)
    assert vnpay.asked == []
    chase_after(province, 0.2)
    assert vnpay.asked == [payment_no]


def test_a_lost_notification_is_made_good_by_asking(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    vnpay.script = [PAID]
    chase_after(province, 3)
    assert state(province, payment_no) == ("paid", "succeeded")
    assert ipn_code(send_ipn(province, payment_no)) == "02"


def test_silence_makes_a_payment_unknown_and_never_failed(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    for _ in range(60):
        chase_after(province, 2)
    assert state(province, payment_no) == ("pending", "unknown")
    assert call(province, "GET", f"/v1/orders/{payment_no[:18]}").json["unknown_outcome"] is True
    vnpay.script = [PAID]
    chase_after(province, 61)
    assert state(province, payment_no) == ("paid", "succeeded")


def test_questions_come_at_growing_distances(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    minutes_asked = []
    for minute in range(1, 200):
        before = len(vnpay.asked)
        chase_after(province, 1)
        if len(vnpay.asked) > before:
            minutes_asked.append(minute)
    assert minutes_asked == [2, 3, 5, 8, 13, 23, 38, 98, 158]


def test_a_refusal_by_the_provider_fails_the_payment_and_the_order_expires_later(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    vnpay.script = [Failed("24")]
    chase_after(province, 3)
    assert state(province, payment_no) == ("pending", "failed")
    chase_after(province, 11.9)
    assert state(province, payment_no)[0] == "pending"
    chase_after(province, 30)
    assert state(province, payment_no) == ("expired", "failed")
    assert vnpay.asked == [payment_no]


def test_an_unpaid_order_expires_without_a_question(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    chase_after(province, 14.9)
    assert province.platform.ledger.read_order(code).status == "created"  # type: ignore[union-attr]
    chase_after(province, 0.2)
    assert province.platform.ledger.read_order(code).status == "expired"  # type: ignore[union-attr]
    assert create(province, "k-2").status == 201, "its obligation is free again"


def test_an_abandoned_payment_expires_only_after_asking_and_grace(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    vnpay.script = [ABSENT]
    for _ in range(29):
        chase_after(province, 1)
    assert state(province, payment_no)[0] == "pending"
    asked = len(vnpay.asked)
    for _ in range(20):
        chase_after(province, 1)
    assert state(province, payment_no) == ("expired", "failed")
    assert len(vnpay.asked) > asked, "it was asked about once more before it expired"


def test_a_payment_that_stays_pending_lets_the_order_expire_after_asking(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    vnpay.script = [Pending("01")]
    for _ in range(60):
        chase_after(province, 1)
    assert state(province, payment_no) == ("expired", "pending")
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    assert [row["kind"] for row in ledger_rows(province, "CASE#")] == ["late_success"]


def test_an_order_does_not_expire_while_its_channel_is_silent(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    for _ in range(48):
        chase_after(province, 60)
    assert state(province, payment_no) == ("pending", "unknown")


def test_an_order_does_not_expire_while_the_provider_holds_the_money(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    vnpay.script = [Pending("07", needs_person=True)]
    for _ in range(48):
        chase_after(province, 60)
    assert state(province, payment_no) == ("pending", "pending")
    assert [row["kind"] for row in ledger_rows(province, "CASE#")] == ["held_by_provider"]


def test_one_orders_trouble_does_not_stop_the_others(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    other = create(province, "k-2", reference="HS-2").json["payment_code"]
    second = start(province, other, idempotency_key="p-2").json["payment_no"]
    vnpay.script = [LOST, Failed("24")]
    chase_after(province, 3)
    assert sorted(vnpay.asked) == sorted([payment_no, second])
    assert {state(province, each)[1] for each in (payment_no, second)} == {"unknown", "failed"}


def test_a_success_while_the_question_is_on_its_way_is_not_overwritten(
    province: LocalProvince, payment_no: str, vnpay: ScriptedVnpay
) -> None:
    def paid_meanwhile(credentials: Credentials, query: PaymentQuery) -> Answered:
        send_ipn(province, payment_no)
        return Answered(Failed("24"), b"")

    vnpay.query_payment = paid_meanwhile  # type: ignore[method-assign]
    chase_after(province, 3)
    assert state(province, payment_no) == ("paid", "succeeded")
