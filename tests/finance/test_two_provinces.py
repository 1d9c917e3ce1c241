"""Zhejiang by the interface's own words, Quảng Ninh by a mapping that is data: the same code."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.province_document import find_faults
from infra.errandless.paths import ROOT
from infra.simulator.finance import VIETNAM, FinanceSystem
from tests.domain.province_documents import small_document
from tests.finance.samples_signed import other_signature
from tests.support.local_province import Clock, local_cloud
from tests.support.notifications import send_sandbox
from tests.support.seeded_province import SeededProvince, bring_up

GUIDES = ROOT / "infra" / "guides"


@pytest.fixture
def clock() -> Iterator[Clock]:
    with local_cloud() as clock:
        yield clock


def sample(code: str) -> list[dict[str, Any]]:
    path: Path = GUIDES / f"finance-messages.{code}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def send(province: SeededProvince, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = province.call("POST", "/v1/finance/messages", {"messages": messages})
    assert answer.status == 200, answer
    answers: list[dict[str, Any]] = answer.json["answers"]
    return answers


def pay(province: SeededProvince, code: str, amount_minor: int, currency: str) -> None:
    body = {"channel": "sandbox", "client": "web"}
    target = f"/v1/orders/{code}/payments"
    started = province.call("POST", target, body, idempotency_key=f"p-{code}")
    assert started.status == 201, started
    path = f"/channels/sandbox/{province.seeded.channels['sandbox']['account']}/notifications"
    with province.serving() as local:
        told = {"amount_minor": amount_minor, "currency": currency}
        told |= {"paid_at": "2026-03-02T06:05:09Z", "transaction_no": f"SB-{code}"}
        answer = send_sandbox(local, started.json["payment_no"], path=path, **told)
        assert answer.status == 200, answer
        local.pump()


def calling(province: SeededProvince) -> Any:
    def ask(path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        answer = province.call("GET" if body is None else "POST", path, body)
        return answer.status, answer.json

    return ask


def test_zhejiangs_sample_messages_are_taken_as_they_are(clock: Clock) -> None:
    zhejiang = bring_up("zhejiang", clock)
    messages = sample("zhejiang")
    answers = send(zhejiang, messages)
    assert [each["state"] for each in answers] == ["accepted"] * len(messages)
    told = [each["result"].get("catalogue") or each["result"]["bill"] for each in answers]
    assert told == ["differs", "same", "issued", "issued", "amended", "issued", "cancelled"]
    assert [each["result"]["amount_minor"] for each in answers[2:5]] == [20_000, 120_000, 100_000]


def test_a_fine_of_200_yuan_doubles_at_3_percent_a_day_and_no_more(clock: Clock) -> None:
    """Article 72 of the law on administrative penalties: 3 % a day, at most the fine."""
    zhejiang = bring_up("zhejiang", clock)
    code = send(zhejiang, sample("zhejiang"))[2]["result"]["payment_code"]
    for day, amount in (
        (datetime(2026, 4, 10, tzinfo=UTC), 26_000),
        (datetime(2026, 6, 1, tzinfo=UTC), 40_000),
    ):
        clock.at = day
        order = zhejiang.call("GET", f"/v1/orders/{code}").json
        assert order["amount_minor"] == amount


def test_zhejiangs_payment_is_told_in_yuan_with_two_decimals_by_a_24_hour_clock(
    clock: Clock,
) -> None:
    zhejiang = bring_up("zhejiang", clock)
    code = send(zhejiang, sample("zhejiang"))[4]["result"]["payment_code"]
    pay(zhejiang, code, 100_000, "CNY")
    system = FinanceSystem("hz-nontax")
    system.read_results(calling(zhejiang))
    (told,) = system.facts("paid")
    assert (told["NOTICENO"], told["ENTERCODE"], told["PAYMONEY"]) == (
        "3301002026000002",
        "330100001",
        "1000.00",
    )
    assert (told["PAYDATE"], told["PAYTIME"], told["WAYCODE"]) == ("20260302", "140509", "sandbox")
    assert system.sums_of_day("2026-03-02") == {
        ("330100001", "103042701", "paid"): (1, Decimal("1000.00"))
    }


def test_quang_ninhs_words_days_and_amounts_are_another_systems(clock: Clock) -> None:
    quangninh = bring_up("quangninh", clock)
    answers = send(quangninh, sample("quangninh"))
    assert [each["state"] for each in answers] == ["accepted"] * 3
    assert [each["result"]["amount_minor"] for each in answers] == [1_000_000, 50_000, 800_000]
    code = answers[1]["result"]["payment_code"]
    pay(quangninh, code, 50_000, "VND")
    system = FinanceSystem("qn-finance", words=VIETNAM)
    system.read_results(calling(quangninh))
    told = next(each for each in system.facts("paid") if each["SoThongBao"] == "TB-2026-0002")
    assert (told["MaDonVi"], told["SoTienNop"], told["NgayNop"], told["GioNop"]) == (
        "1.22.002",
        "50000",
        "02/03/2026",
        "130509",
    )
    assert told["KhoanThu"] == [
        {"MaKhoanThu": "2852", "SoLuong": "1", "ThanhTien": "50000", "TienChamNop": "0"}
    ]


def test_quang_ninhs_lateness_is_told_in_percent(clock: Clock) -> None:
    """0.05 % a day: after ten days 0.5 % of 800,000."""
    quangninh = bring_up("quangninh", clock)
    code = send(quangninh, sample("quangninh"))[0]["result"]["payment_code"]
    clock.at = datetime(2026, 4, 10, tzinfo=UTC)
    assert quangninh.call("GET", f"/v1/orders/{code}").json["amount_minor"] == 804_000


def test_another_implementation_signs_the_same(clock: Clock) -> None:
    """openssl, which shares nothing with either side."""
    for message in (*sample("zhejiang"), *sample("quangninh")):
        assert other_signature(message) == message["signature"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sender": "X"}, "finance_systems/0/sender"),
        ({"names": {"bill": {"reference": ""}}}, "finance_systems/0/names/bill/reference"),
        ({"names": {"bill": {"nothing": "X"}}}, "finance_systems/0/names/bill/nothing"),
        ({"names": {"bill": {"reference": "PAYER"}}}, "finance_systems/0/names/bill"),
        ({"names": {"letter": {}}}, "finance_systems/0/names/letter"),
        ({"days": "MM/DD/YYYY"}, "finance_systems/0/days"),
        ({"amounts": "float"}, "finance_systems/0/amounts"),
        ({"rates": "x"}, "finance_systems/0/rates"),
        ({"statuses": {"1": "maybe"}}, "finance_systems/0/statuses/1"),
        ({"files_from": "25:00"}, "finance_systems/0/files_from"),
        ({"more": 1}, "finance_systems/0/more"),
    ],
)
def test_a_wrong_mapping_is_named_by_its_place(changes: dict[str, Any], path: str) -> None:
    document = small_document()
    system = {"sender": "a-system", "portal": "p", "secret_name": "finance/a"}
    document["profile"]["finance_systems"] = [system]
    assert find_faults(document) == ()
    document["profile"]["finance_systems"] = [system | changes]
    (fault,) = find_faults(document)
    assert "/".join(map(str, fault.path)) == f"profile/{path}"


def test_one_portal_has_one_finance_system() -> None:
    document = small_document()
    system = {"sender": "a-system", "portal": "p", "secret_name": "finance/a"}
    document["profile"]["finance_systems"] = [system, system | {"sender": "b-system"}]
    assert [fault.path[-1] for fault in find_faults(document)] == ["portal", "portal"]
